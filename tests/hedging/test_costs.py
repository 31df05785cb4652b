"""The cost curve, carry and the value of a hedge."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.errors import InputError
from gex.hedging.costs import (
    CostCurve,
    CostLines,
    basis_cost,
    funding_cost,
    impact_coefficient,
    net_hedge_value,
)


def test_the_order_of_the_reference_costs_631_dollars() -> None:
    """hedging.md §4: Q 10, S 60,000, 3 bp + 0.5 bp, σ 0.6, ADV 20,000, Y 1."""
    impact = impact_coefficient(60_000.0, 0.6, 20_000.0)
    assert impact == pytest.approx(13.3242, abs=5e-5)
    lines = CostCurve(fee=18.0, half_spread=3.0, impact=impact).lines(-10.0)
    assert (lines.fee, lines.half_spread) == pytest.approx((180.0, 30.0))
    assert lines.impact == pytest.approx(421.35, abs=5e-3)
    assert lines.total == pytest.approx(631.35, abs=5e-3)


def test_a_short_receives_funding() -> None:
    assert funding_cost(-600_000.0, 1e-4, 24.0, 8.0) == pytest.approx(-180.0)
    assert funding_cost(1.0, 1e-3, 365.0 * 24.0, 8.0) == pytest.approx(1.095)  # 0.1 % per 8 h is 109.5 % a year


def test_a_short_earns_a_positive_basis_until_it_is_gone() -> None:
    week, quarter = 7.0 / 365.0, 0.25
    assert basis_cost(-600_000.0, 61_200.0, 60_000.0, week, quarter) == pytest.approx(
        -600_000 * math.log(1.02) * week / 0.25
    )
    assert basis_cost(1.0, 102.0, 100.0, 1.0, 0.25) == pytest.approx(math.log(1.02))


def test_net_values_of_the_reference() -> None:
    """hedging.md §12.2, ticket 20: b = 1.284164, H* = 4.4656 days; NHV(5 → b) = +53.65, NHV(3 → b) = −13.20."""
    curve, landing, horizon = CostCurve(fee=30.0, half_spread=0.0, ticket=20.0), 1.284164, 4.4656 / 365.0
    for before, worth in ((5.0, 53.65), (3.0, -13.20), (3.592701, 0.0)):
        value = net_hedge_value(
            before,
            landing,
            spot=60_000.0,
            vol=0.6,
            risk_aversion=1e-6,
            horizon=horizon,
            cost=curve.cost(before - landing),
        )
        assert value == pytest.approx(worth, abs=6e-3)  # H* is printed to four decimals


@given(st.lists(st.floats(-1e6, 1e6), min_size=8, max_size=8))
def test_lines_sum_to_the_total(amounts: list[float]) -> None:
    lines = CostLines(**dict(zip(CostLines.__dataclass_fields__, amounts, strict=True)))
    assert lines.total == math.fsum(amounts)
    assert lines.total == pytest.approx(lines.trading + lines.carry, abs=1e-8)
    assert (lines + lines).total == pytest.approx(2.0 * lines.total, abs=1e-8)


def test_no_order_costs_nothing() -> None:
    assert CostCurve(fee=1.0, half_spread=1.0, ticket=5.0).cost(0.0) == 0.0


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"fee": 1.0, "half_spread": math.nan}, "CostCurve.half_spread"),
        ({"fee": 1.0, "half_spread": 0.0, "ticket": -1.0}, "CostCurve.ticket"),
        ({"fee": -2.0, "half_spread": 1.0}, "fee \\+ half_spread of at least 0"),
    ],
)
def test_costs_that_cannot_be_are_refused(terms: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        CostCurve(**terms)
