"""The least of any hedge on a recording: against a slow search, by hand, and below every rule."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.backtest.hindsight import hindsight_hedge
from gex.backtest.recording import Recording
from gex.backtest.replay import replay
from gex.backtest.standard import standard_strategies
from gex.errors import NumericalError
from tests.backtest.recordings import random_recording, recorded


def score_of(recording: Recording, position: np.ndarray, gamma: float) -> float:
    """Slow twin: cost + γ/2 Σ tracking² of one sequence of positions, closed at the last instant."""
    price, multiplier = recording.price, recording.terms.multiplier
    held, total = 0.0, 0.0
    for row in range(len(recording)):
        wanted = float(position[row]) if row < len(recording) - 1 else 0.0
        if row > 0:
            move = price[row] - price[row - 1]
            total += 0.5 * gamma * ((recording.delta[row - 1] + held * multiplier) * move) ** 2
            total += held * multiplier * price[row - 1] * recording.funding[row]
        total += abs(wanted - held) * multiplier * price[row] * recording.cost_rate(row)
        held = wanted
    return total


def short_recording(count: int, seed: int, **columns: object) -> Recording:
    draw = np.random.default_rng(seed)
    spot = 100.0 * np.exp(np.cumsum(0.02 * draw.standard_normal(count)))
    return recorded(
        spot, np.arange(count) / 365.0, 3.0 * draw.standard_normal(count), np.full(count, -0.05), lot=1.0, **columns
    )


def test_one_interval_by_hand() -> None:
    """Δ = −2, spot 100 → 101, 0.1 % one way: x contracts cost 0.1·x + 0.101·x and leave (x − 2)²·γ/2; γ = 1: x = 1.799."""
    one = recorded(np.array([100.0, 101.0]), np.array([0.0, 1e-3]), np.full(2, -2.0), np.zeros(2), lot=1.0)
    found = hindsight_hedge(one, 1.0)
    assert found.position[0] == pytest.approx(2.0 - 0.201, abs=1e-12)
    assert found.score(1.0) == pytest.approx(0.201 * 1.799 + 0.5 * 0.201**2, abs=1e-12)
    assert hindsight_hedge(one, 0.0).score(0.0) == 0.0


@pytest.mark.parametrize("seed", range(4))
def test_no_sequence_on_a_grid_is_better(seed: int) -> None:
    """Every one of 13⁴ sequences on a grid, and the best of them is within the grid's own error."""
    one = short_recording(5, seed)
    grid = np.linspace(-6.0, 6.0, 13)
    least = min(score_of(one, np.array([*path, 0.0]), 0.5) for path in itertools.product(grid, repeat=4))
    found = hindsight_hedge(one, 0.5)
    assert found.score(0.5) == pytest.approx(score_of(one, found.position, 0.5), rel=1e-12)
    assert found.score(0.5) <= least + 1e-12
    assert found.score(0.5) > 0.6 * least


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), gamma=st.floats(1e-3, 50.0), count=st.integers(2, 40), size=st.floats(1e-6, 0.5))
def test_no_step_away_from_it_is_better(seed: int, gamma: float, count: int, size: float) -> None:
    """Convex: where no coordinate and no run of equal positions can be moved to advantage, it is the minimum."""
    draw = np.random.default_rng(seed)
    one = short_recording(count, seed, funding=1e-4 * draw.standard_normal(count))
    found = hindsight_hedge(one, gamma)
    best = score_of(one, found.position, gamma)
    for start in range(count - 1):
        for stop in range(start + 1, count):
            for sign in (-1.0, 1.0):
                moved = found.position.copy()
                moved[start:stop] += sign * size
                assert score_of(one, moved, gamma) >= best - 1e-9 * (1.0 + best)


def test_a_closed_market_is_not_traded_in() -> None:
    shut = np.ones(40)
    shut[10:20] = 0.0
    found = hindsight_hedge(short_recording(40, 1, can_trade=shut), 1.0)
    assert np.ptp(found.position[9:20]) == 0.0


def test_no_rule_is_below_it() -> None:
    gamma = 2.0
    one = random_recording(120)
    least = hindsight_hedge(one, gamma).score(gamma)
    assert least > 0.0
    for latency in (0, 1):
        for rule in standard_strategies(risk_aversion=gamma, gross_units=1.0, poll=3600.0, latency=latency):
            outcome = replay(one, rule)
            assert float(outcome.cost.sum() + 0.5 * gamma * (outcome.tracking**2).sum()) >= least


def test_a_carry_without_risk_is_refused() -> None:
    """Spot does not move and a short receives 1 % an interval: there is no least cost."""
    flat = recorded(np.full(4, 100.0), np.arange(4) / 365.0, np.zeros(4), np.zeros(4), funding=np.full(4, 0.01))
    with pytest.raises(NumericalError, match="carry"):
        hindsight_hedge(flat, 1.0)
    assert math.isfinite(hindsight_hedge(replace(flat, funding=np.zeros(4)), 1.0).score(1.0))
