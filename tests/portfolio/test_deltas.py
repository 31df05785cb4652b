"""Smile-adjusted and minimum-variance deltas."""

import numpy as np
import pytest

from gex.errors import InputError
from gex.portfolio.deltas import MinimumVarianceFit, fit_minimum_variance, minimum_variance_delta, smile_delta
from tests.books import Line, risk_of

TRUE = (-0.25, 0.4, -0.5)


@pytest.mark.parametrize(
    ("strike", "deltas"), [(90.0, (0.798573, 0.784896, 0.771220)), (110.0, (0.277211, 0.273129, 0.269047))]
)
def test_rows_have_the_smile_deltas_of_the_reference(strike: float, deltas: tuple[float, ...]) -> None:
    """hedging.md §2; a multiplier of 10."""
    risk = risk_of([Line(strike, 1, -2.0)], slope=-0.1, bend=0.3, multiplier=10.0)
    for stickiness, delta in zip((0.0, 1.0, 2.0), deltas, strict=True):
        assert smile_delta(risk, stickiness)[0] == pytest.approx(-20.0 * delta, abs=2e-5)


def simulated(noise: float, periods: int = 60, rows: int = 40, *, truth: tuple[float, float, float] = TRUE):  # type: ignore[no-untyped-def]
    random = np.random.default_rng(11)
    period = np.repeat(np.arange(periods), rows)
    move = np.repeat(random.normal(0.0, 0.01, periods), rows)
    delta = random.uniform(0.05, 0.95, periods * rows)
    time = random.uniform(0.05, 1.0, periods * rows)
    vega = 100.0 * np.sqrt(time) * np.exp(-8.0 * (delta - 0.5) ** 2) * 0.4
    a, b, c = truth
    by_vol = vega / np.sqrt(time) * move * (a + b * delta + c * delta**2)
    change = delta * move * 100.0 + by_vol + noise * random.normal(size=len(delta))
    return period, change, move, 100.0, delta, vega, time


def test_the_fit_finds_the_coefficients_it_was_made_with() -> None:
    fit = fit_minimum_variance(*simulated(0.0), window=20)
    assert fit.coefficients == pytest.approx(TRUE, abs=1e-10)
    assert (fit.gain, fit.in_sample_gain) == pytest.approx((1.0, 1.0), abs=1e-12)
    assert (fit.count, fit.period_count) == (800, 20)


def test_a_gain_is_judged_where_it_was_not_fitted() -> None:
    fit = fit_minimum_variance(*simulated(0.05), window=20)
    assert fit.coefficients == pytest.approx(TRUE, abs=0.2)  # 20 moves of spot of 1 %, 5 cents of noise
    assert 0.0 < fit.gain < 1.0
    assert fit.gain_interval[0] < fit.gain < fit.gain_interval[1]
    assert fit.is_trusted


def test_where_volatility_does_not_follow_spot_the_fit_is_not_trusted() -> None:
    fit = fit_minimum_variance(*simulated(0.1, truth=(0.0, 0.0, 0.0)), window=10)
    assert fit.in_sample_gain > 0.0  # three coefficients always find something
    assert not fit.is_trusted
    risk = risk_of([Line(95.0, 1, 3.0), Line(105.0, -1, 2.0)])
    assert minimum_variance_delta(risk, fit, fit).tolist() == risk.delta.tolist()


def test_calls_and_puts_have_their_own_coefficients() -> None:
    def fit(a: float) -> MinimumVarianceFit:
        return MinimumVarianceFit(
            coefficients=(a, 0.0, 0.0), count=9, period_count=3, in_sample_gain=0.1, gain=0.1, gain_interval=(0.05, 0.2)
        )

    risk = risk_of([Line(95.0, 1, -3.0), Line(105.0, -1, 2.0)])
    shift = (minimum_variance_delta(risk, fit(-0.2), fit(0.3)) - risk.delta) * 100.0 * np.sqrt(30.0 / 365.0)
    assert shift == pytest.approx([-0.2 * risk.vega[0], 0.3 * risk.vega[1]])


def test_too_few_periods_are_refused() -> None:
    with pytest.raises(InputError, match="at least 61 periods, got 60"):
        fit_minimum_variance(*simulated(0.1), window=61)
    assert np.isnan(fit_minimum_variance(*simulated(0.1), window=60).gain)
    assert not fit_minimum_variance(*simulated(0.1), window=60).is_trusted
    period, *rest = simulated(0.1)
    with pytest.raises(InputError, match="value_change: expected 2400 rows"):
        fit_minimum_variance(period, rest[0][:-1], *rest[1:], window=10)
