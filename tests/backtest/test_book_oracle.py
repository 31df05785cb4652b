"""The dynamic programme of a recorded book: that of a single call, its limits, and nothing known too early."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gex.backtest.book_oracle import OPTIMUM_HIGH, OPTIMUM_LOW, BookOptimum, book_optimum, with_optimum
from gex.backtest.guards import check_no_look_ahead
from gex.backtest.held_options import HeldOptions
from gex.backtest.oracle import optimal_hedge
from gex.backtest.recording import HedgeTerms, Recording
from gex.backtest.replay import replay
from gex.backtest.standard import OPTIMUM, signalled_strategies, with_leland
from gex.portfolio.linear import LinearKind
from tests.backtest.recordings import START, YEAR_NS

STEPS, YEARS, VOL = 24, 30.0 / 365.0, 0.2


def call_recording(
    *, half_spread: float = 1e-3, is_coin: bool = False, is_inverse: bool = False, expires: float = YEARS, seed: int = 1
) -> Recording:
    """One short call at the money on a diffusing price of 1."""
    time = np.linspace(0.0, YEARS, STEPS + 1)
    draw = np.random.default_rng(seed)
    spot = np.exp(np.append(0.0, np.cumsum(VOL * math.sqrt(YEARS / STEPS) * draw.standard_normal(STEPS))))
    years = (expires - time)[:, None]
    ones = np.ones((STEPS + 1, 1))
    options = HeldOptions(
        units=np.array([-1.0]),
        sign=np.ones(1),
        strike=np.ones(1),
        forward=spot[:, None],
        vol=VOL * ones,
        years=years,
        discount=ones,
        delta_factor=ones,
        is_alive=years > 1e-12,
        is_coin_settled=is_coin,
    )
    figures = options.figures()
    return Recording(
        name="call",
        underlying="X",
        terms=HedgeTerms(symbol="F", kind=LinearKind.INVERSE if is_inverse else LinearKind.LINEAR, multiplier=1e-4),
        is_coin_settled=is_coin,
        options=options,
        time=START + np.round(time * YEAR_NS).astype("timedelta64[ns]"),
        block=np.arange(STEPS + 1),
        spot=spot,
        bid=spot * (1.0 - half_spread),
        ask=spot * (1.0 + half_spread),
        book_profit=np.zeros(STEPS + 1),
        book_value=figures.value,
        delta=figures.delta,
        gamma=figures.gamma,
        vol=np.full(STEPS + 1, VOL),
        time_to_expiry=np.maximum(years[:, 0], 1e-9),
    )


def solved(recording: Recording, gamma: float) -> BookOptimum:
    found = book_optimum(recording, gamma)
    assert isinstance(found, BookOptimum)
    return found


def at_the_money(found: BookOptimum, row: int) -> tuple[float, float]:
    middle = len(found.log_price) // 2
    return float(found.lower[row, middle]), float(found.upper[row, middle])


def test_one_call_has_the_band_of_the_published_programme() -> None:
    """Hedge steps are 0.37 and 0.25 hundredths; the sale at the end is a digital of λ more: λφ(0)/σ√T = 0.007."""
    best = optimal_hedge(risk_aversion=50.0, cost=1e-3, vol=VOL, step_years=YEARS / STEPS, step_count=STEPS)
    low, high = at_the_money(solved(call_recording(), 50.0), 0)
    middle = len(best.log_spot) // 2
    assert low == pytest.approx(best.lower[0, middle] + 0.007, abs=0.005)
    assert high == pytest.approx(best.upper[0, middle] + 0.007, abs=0.005)
    assert high - low > 0.05


def test_its_certainty_cost_is_the_programmes_premium_and_the_closing() -> None:
    """The premium from no hedge, less the option's value, plus what closing a hedge of ½ costs on average: λ/2."""
    best = optimal_hedge(risk_aversion=50.0, cost=1e-3, vol=VOL, step_years=YEARS / STEPS, step_count=STEPS)
    one = call_recording()
    found = solved(one, 50.0)
    extra = found.certainty_cost - (best.premium + float(one.book_value[0]))
    assert 0.0 < extra < 0.7e-3


def test_without_costs_the_band_is_the_delta() -> None:
    one = call_recording(half_spread=0.0)
    low, high = at_the_money(solved(one, 5.0), 0)
    assert high - low < 0.01
    assert 0.5 * (low + high) == pytest.approx(-one.delta[0], abs=0.01)


@pytest.mark.parametrize("is_inverse", [False, True])
def test_a_coin_book_needs_its_premium_less(is_inverse: bool) -> None:
    """Without costs the hedge is that of Δ − V/S, whether it is units or currency."""
    one = call_recording(half_spread=0.0, is_coin=True, is_inverse=is_inverse)
    found = solved(one, 5.0)
    low, high = at_the_money(found, 0)
    assert 0.5 * (low + high) == pytest.approx(-one.delta[0], abs=0.01)
    plain = call_recording(half_spread=0.0)
    assert one.delta[0] - plain.delta[0] == pytest.approx(0.0229, abs=1e-3)
    np.testing.assert_allclose(found.delta[0, len(found.log_price) // 2], one.delta[0], atol=1e-9)


def test_an_option_that_expires_on_the_way_is_settled_on_the_way() -> None:
    """After its expiry nothing is left to hedge: the programme wants no hedge, and keeps one only to save its sale."""
    found = solved(call_recording(expires=0.5 * YEARS), 50.0)
    assert at_the_money(found, STEPS - 2)[0] <= 0.0
    assert at_the_money(found, 0)[0] > 0.3


def test_signals_know_nothing_of_what_comes_after() -> None:
    one = call_recording()
    first, why = with_optimum(one, 50.0)
    assert why == ""
    for row in (3, 11):
        second, _ = with_optimum(one.scrambled_after(row, 7), 50.0)
        for name in (OPTIMUM_LOW, OPTIMUM_HIGH):
            np.testing.assert_array_equal(first.signals[name][: row + 1], second.signals[name][: row + 1])
    assert (first.signals[OPTIMUM_LOW] <= first.signals[OPTIMUM_HIGH]).all()


def test_strategies_of_signals_look_at_the_present_alone_and_keep_the_hedge_in_the_set() -> None:
    one = with_leland(with_optimum(call_recording(), 50.0)[0], 4)
    strategies = signalled_strategies((one,), risk_aversion=50.0, poll=108_000.0, leland_rows=4)
    assert [strategy.name for strategy in strategies] == ["Leland, every 4", OPTIMUM]
    for strategy in strategies:
        check_no_look_ahead(lambda _, strategy=strategy: strategy, one, (2, 9))  # type: ignore[misc]
    outcome = replay(one, strategies[1])
    hedge = outcome.position[:-1] * 1e-4
    assert (hedge >= one.signals[OPTIMUM_LOW][:-1] - 1e-4).all()
    assert (hedge <= one.signals[OPTIMUM_HIGH][:-1] + 1e-4).all()
    assert signalled_strategies((call_recording(),), risk_aversion=1.0, poll=1.0, leland_rows=4) == ()


def test_where_there_is_none_it_says_why() -> None:
    one = call_recording()
    assert "one by one" in with_optimum(replace(one, options=None), 1.0)[1]
    assert "ticket" in with_optimum(replace(one, terms=replace(one.terms, ticket=1.0)), 1.0)[1]
