"""Hull and White's delta: planted coefficients are found, noise is left alone, and nothing is fitted on the future."""

import math

import numpy as np
import pytest
from scipy.special import ndtr

from gex.backtest.minimum_variance import MINIMUM_VARIANCE_DELTA, minimum_variance_fit, with_minimum_variance
from gex.backtest.panel import Panel, held_book, near_the_money
from gex.backtest.recording import HedgeTerms
from gex.errors import InputError
from tests.backtest.recordings import START

TRUE = (-0.3, 0.2, -0.1)


def panel(*, noise: float, planted: tuple[float, float, float] = TRUE, count: int = 40, seed: int = 2) -> Panel:
    """Calls and puts whose marks move as Hull & White say, by steps of a day."""
    draw = np.random.default_rng(seed)
    strike = np.tile(np.linspace(92.0, 108.0, 9), 2)
    sign = np.repeat([1.0, -1.0], 9)
    time = START + np.arange(count) * np.timedelta64(86_400, "s")
    spot = 100.0 * np.exp(np.append(0.0, np.cumsum(0.006 * draw.standard_normal(count - 1))))
    years = (60.0 + count - np.arange(count)) / 365.0
    stdev = 0.2 * np.sqrt(years)[:, None]
    d1 = np.log(spot[:, None] / strike) / stdev + 0.5 * stdev
    delta = sign * ndtr(sign * d1)
    pull = spot[:, None] * np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi)  # vega/√T
    a, b, c = planted
    move = np.diff(spot)[:, None]
    change = delta[:-1] * move + pull[:-1] * move / spot[:-1, None] * (a + b * delta[:-1] + c * delta[:-1] ** 2)
    change += noise * draw.standard_normal(change.shape)
    mark = 20.0 + np.vstack([np.zeros(18), np.cumsum(change, axis=0)])
    ones = np.ones_like(mark)
    return Panel(
        underlying="X",
        contracts=tuple(f"{k}" for k in range(18)),
        expiry=np.full(18, time[0] + np.timedelta64(60 + count, "D")),
        strike=strike,
        sign=sign,
        time=time,
        spot=spot,
        bid=spot,
        ask=spot,
        mark=mark,
        delta=delta,
        gamma=np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi) / (spot[:, None] * stdev),
        vol=0.2 * ones,
        forward=spot[:, None] * ones,
        discount=ones,
        delta_factor=ones,
    )


def test_planted_coefficients_are_found_and_used() -> None:
    market = panel(noise=0.0)
    fit = minimum_variance_fit(market)
    np.testing.assert_allclose(fit.coefficients[-1, 0], TRUE, atol=1e-6)
    np.testing.assert_allclose(fit.coefficients[-1, 1], TRUE, atol=1e-6)
    assert fit.gain == pytest.approx([1.0, 1.0], abs=1e-9)
    assert fit.is_used[-1].tolist() == [1.0, 1.0]
    assert fit.is_used[0].tolist() == [0.0, 0.0]
    chosen = near_the_money(market, 0, most_days=200.0)
    book = held_book(market, chosen, -1.0, HedgeTerms(symbol="F"), name="book")
    found = with_minimum_variance(book, fit).signals[MINIMUM_VARIANCE_DELTA]
    assert found[0] == book.delta[0]  # nothing was known yet
    assert found[-1] != pytest.approx(book.delta[-1], abs=1e-3)


def test_noise_is_not_hedged_with() -> None:
    fit = minimum_variance_fit(panel(noise=0.3, planted=(0.0, 0.0, 0.0)))
    assert fit.is_used.mean() < 0.1
    assert (fit.gain < 0.05).all()


def test_the_fit_knows_the_past_alone() -> None:
    market = panel(noise=0.05)
    whole = minimum_variance_fit(market)
    for row in (8, 20):
        other = minimum_variance_fit(market.scrambled_after(row, 3))
        np.testing.assert_array_equal(whole.coefficients[: row + 1], other.coefficients[: row + 1])
        np.testing.assert_array_equal(whole.is_used[: row + 1], other.is_used[: row + 1])


def test_a_panel_without_forwards_is_refused() -> None:
    from dataclasses import replace

    with pytest.raises(InputError, match="forwards"):
        minimum_variance_fit(replace(panel(noise=0.0), forward=None))
