"""Several instruments at once."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize

from gex.errors import InputError, NumericalError
from gex.hedging.allocation import Allocation, AllocationProblem, allocate
from gex.hedging.closed_forms import whalley_wilmott_edge

SD = np.array([60_000.0 * 0.6, 3_000.0 * 0.75])
INFINITE = np.array([np.inf, np.inf])


def problem(**terms: object) -> AllocationProblem:
    """hedging.md §12.8: BTC and ETH, ρ 0.8, γ 1e-6, three days."""
    values: dict[str, object] = {
        "exposure": np.array([12.0, 150.0]),
        "loading": np.eye(2),
        "covariance": np.outer(SD, SD) * np.array([[1.0, 0.8], [0.8, 1.0]]),
        "cost": np.array([18.0, 1.2]),
        "risk_aversion": 1e-6,
        "horizon": 3.0 / 365.0,
        "held": np.zeros(2),
        "carry": np.zeros(2),
        "lower": -INFINITE,
        "upper": INFINITE,
    }
    return AllocationProblem(**{**values, **terms})  # type: ignore[arg-type]


def sd_per_day(case: AllocationProblem, holding: np.ndarray) -> float:
    return float(np.sqrt(case.variance(holding) / 365.0))


def test_the_allocation_of_the_reference() -> None:
    case = problem()
    answer = allocate(case, np.array([0.5, 25.0]))
    assert answer.holding == pytest.approx([-11.311557, -129.972565], abs=1e-6)
    assert np.abs(answer.gradient) == pytest.approx(case.cost, rel=1e-9)
    assert answer.objective == pytest.approx(377.7876, abs=5e-5)
    assert answer.objective_unhedged == pytest.approx(2193.7408, abs=5e-5)
    assert sd_per_day(case, case.held) == pytest.approx(38_242.6, abs=0.05)
    assert sd_per_day(case, answer.holding) == pytest.approx(3_484.5, abs=0.05)
    assert answer.lots.tolist() == [-11.5, -125.0]
    assert answer.objective_lots == pytest.approx(377.9920, abs=5e-5)


def test_a_dear_instrument_is_left_alone_with_proof() -> None:
    case = problem(cost=np.array([18.0, 12.0]))
    answer = allocate(case, np.array([0.5, 25.0]))
    assert answer.holding == pytest.approx([-17.810185, 0.0], abs=1e-6)
    assert abs(answer.gradient[1]) / 12.0 == pytest.approx(0.2622, abs=5e-5)


def test_bounds_hold_and_the_certificate_knows_them() -> None:
    case = problem(cost=np.array([18.0, 12.0]), lower=np.array([-10.0, -np.inf]), upper=np.zeros(2))
    assert allocate(case, np.ones(2)).holding == pytest.approx([-10.0, 0.0], abs=1e-9)


def test_one_instrument_over_the_natural_horizon_is_the_clamp_to_the_band() -> None:
    """hedging.md §7: with H = H* the allocation is Whalley–Wilmott's clamp exactly."""
    edge = whalley_wilmott_edge(30.0, 5e-4, 1e-6)
    horizon = (2.0 * edge) ** 2 / (6.0 * 18.0**2)
    for exposure in (-5.0, -1.0, 2.0, 9.0):
        case = AllocationProblem(
            exposure=np.array([exposure]),
            loading=np.eye(1),
            covariance=np.array([[36_000.0**2]]),
            cost=np.array([30.0]),
            risk_aversion=1e-6,
            horizon=horizon,
            held=np.zeros(1),
            carry=np.zeros(1),
            lower=np.array([-np.inf]),
            upper=np.array([np.inf]),
        )
        residual = exposure + allocate(case, np.array([1e-3])).holding[0]
        assert residual == pytest.approx(min(max(exposure, -edge), edge), abs=1e-9)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000))
def test_no_general_optimiser_finds_a_cheaper_allocation(seed: int) -> None:
    random = np.random.default_rng(seed)
    n, k = random.integers(1, 4), random.integers(1, 5)
    root = random.normal(size=(n, n))
    case = AllocationProblem(
        exposure=random.normal(size=n) * 3.0,
        loading=random.normal(size=(n, k)),
        covariance=root @ root.T + 0.1 * np.eye(n),
        cost=random.uniform(0.01, 0.5, k),
        risk_aversion=1.0,
        horizon=0.3,
        held=random.normal(size=k) * 0.2,
        carry=random.normal(size=k) * 0.01,
        lower=np.full(k, -4.0),
        upper=np.full(k, 4.0),
    )
    answer = allocate(case, np.full(k, 0.05))
    for start in (answer.holding, case.held):
        found = minimize(case.objective, start, method="Powell", bounds=[(-4.0, 4.0)] * int(k), options={"xtol": 1e-9})
        assert answer.objective <= float(found.fun) + 1e-9
    # Lots: never dearer than doing nothing, never a larger residual variance.
    assert answer.objective_lots <= answer.objective_unhedged
    assert case.variance(answer.lots) <= case.variance(case.held) * (1.0 + 1e-9)
    assert answer.objective <= answer.objective_lots + 1e-12


def test_carry_farming_is_refused_rather_than_run_to_the_bounds_of_the_world() -> None:
    case = problem(loading=np.array([[1.0, 0.0], [0.0, 0.0]]), carry=np.array([0.0, 500.0]))
    with pytest.raises(NumericalError, match="instrument 1 hedges nothing"):
        allocate(case, np.ones(2))
    bounded = replace(case, lower=np.array([-100.0, -3.0]))
    assert allocate(bounded, np.ones(2)).holding[1] == -3.0


def test_the_order_of_instruments_does_not_matter() -> None:
    def answer(order: list[int]) -> Allocation:
        case = problem(loading=np.eye(2)[:, order], cost=np.array([18.0, 1.2])[order])
        return allocate(case, np.array([0.5, 25.0])[order])

    assert answer([1, 0]).holding[::-1] == pytest.approx(answer([0, 1]).holding, abs=1e-8)
    assert answer([1, 0]).lots[::-1].tolist() == answer([0, 1]).lots.tolist()


def test_shapes_and_numbers_are_checked() -> None:
    with pytest.raises(InputError, match=r"AllocationProblem.cost: expected shape \(2,\)"):
        problem(cost=np.ones(3))
    with pytest.raises(InputError, match=r"AllocationProblem.exposure: expected numbers, got NaN"):
        problem(exposure=np.array([np.nan, 1.0]))
    with pytest.raises(InputError, match="no negative eigenvalue"):
        problem(covariance=np.array([[1.0, 2.0], [2.0, 1.0]]))
