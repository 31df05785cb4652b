"""Cross hedges against the reference."""

import math

import pytest

from gex.errors import InputError
from gex.hedging.cross import CrossVerdict, break_even_correlation, cross_hedge

TERMS = {
    "exposure_vol": 0.75,
    "hedge_vol": 0.6,
    "cost": 300.0,
    "sd": 20_000.0 * math.sqrt(365.0),
    "risk_aversion": 1e-6,
}
HORIZON = 3.0 / 365.0


def test_break_even_of_the_reference() -> None:
    """hedging.md §7: C 300, γ 1e-6, σ_V 20,000 a day, three days: 0.7071; "0.6" would pay for nothing."""
    sd = 20_000.0 * math.sqrt(365.0)
    assert break_even_correlation(300.0, sd=sd, risk_aversion=1e-6, horizon=HORIZON) == pytest.approx(0.7071, abs=5e-5)


@pytest.mark.parametrize(
    ("correlation", "count", "is_held", "verdict"),
    [
        (0.9, 500, False, CrossVerdict.ENTER),  # low end 0.882
        (0.9, 12, False, CrossVerdict.LEAVE),  # 0.672: the same estimate from a dozen days
        (0.77, 500, False, CrossVerdict.LEAVE),  # 0.732: above break-even, not by enough to begin
        (0.77, 500, True, CrossVerdict.KEEP),
        (0.74, 500, True, CrossVerdict.LEAVE),  # 0.698
        (-0.9, 500, False, CrossVerdict.ENTER),  # the sign is beta's business
    ],
)
def test_the_low_end_of_the_interval_decides(
    correlation: float, count: int, is_held: bool, verdict: CrossVerdict
) -> None:
    found = cross_hedge(correlation, count, horizon=HORIZON, is_held=is_held, **TERMS)
    assert found.verdict is verdict
    assert found.beta == pytest.approx(correlation * 0.75 / 0.6)


def test_an_interval_round_zero_knows_nothing() -> None:
    found = cross_hedge(0.1, 50, horizon=HORIZON, **TERMS)
    assert (found.correlation_low, found.verdict) == (0.0, CrossVerdict.LEAVE)


def test_without_risk_nothing_breaks_even() -> None:
    with pytest.raises(InputError, match="positive sd"):
        break_even_correlation(1.0, sd=0.0, risk_aversion=1e-6, horizon=HORIZON)
