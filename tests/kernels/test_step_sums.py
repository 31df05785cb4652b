"""Sums of normal distribution functions, against scipy's one by one."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import ndtr

from gex.columns import frozen
from gex.kernels.smile_sums import bent_state_sums
from gex.kernels.step_sums import curve_sums, moving_sums, point_sums, state_sums

Floats = npt.NDArray[np.float64]
RANDOM = np.random.default_rng(7)
COUNT = 1003  # no multiple of a tile or a vector
WIDTH = np.exp(RANDOM.uniform(np.log(1e-5), np.log(2.0), COUNT))
CENTRE = RANDOM.normal(0.0, 0.2, COUNT) / WIDTH
AMOUNT = RANDOM.normal(0.0, 10.0, COUNT)
GROSS = np.abs(AMOUNT).sum()
MOVE = np.unique(np.append(np.linspace(-0.3, 0.25, 701), 0.0))


def density(d: Floats) -> Floats:
    return np.exp(-0.5 * d * d) / np.sqrt(2.0 * np.pi)


def point(move: Floats) -> tuple[Floats, Floats]:
    out, slope = np.empty((2, len(move)))
    point_sums(frozen(move), frozen(CENTRE), frozen(1.0 / WIDTH), frozen(AMOUNT), out, slope)
    return out, slope


def test_points_are_the_sums_of_scipy() -> None:
    d = CENTRE + MOVE[:, np.newaxis] / WIDTH
    out, slope = point(MOVE)
    assert out == pytest.approx(ndtr(d) @ AMOUNT, abs=2e-15 * GROSS)
    steepest = np.abs(AMOUNT / WIDTH).max()
    assert slope == pytest.approx(density(d) @ (AMOUNT / WIDTH), abs=1e-12 * steepest)


def test_curves_are_points_to_rounding() -> None:
    sampled = np.floor(np.log2(WIDTH / (5.0 * 0.00125)))
    group = np.clip(sampled, -1, 6).astype(np.int64) + 1
    lines = np.argsort(group, kind="stable")
    start = np.searchsorted(group[lines], np.arange(9))
    step = frozen(np.append(0.0, 0.00125 * 2.0 ** np.arange(7)))
    for index in (start, lines):
        index.flags.writeable = False
    out, slope = np.empty((1, len(MOVE))), np.empty((1, len(MOVE)))
    curve_sums(frozen(MOVE), start, lines, step, frozen(CENTRE), frozen(1.0 / WIDTH), frozen(AMOUNT), out, slope)
    value, change = point(MOVE)
    assert out[0] == pytest.approx(value, abs=1e-14 * GROSS)
    assert slope[0] == pytest.approx(change, abs=1e-12 * np.abs(AMOUNT / WIDTH).max())


@pytest.mark.parametrize("half", [0.5, -0.5])
def test_states_drop_what_has_settled(half: float) -> None:
    start = np.array([0, 300, 301, COUNT])
    start.flags.writeable = False
    root = np.array([[0.1, 0.2, 0.5], [0.0, 0.2, 0.4], [0.0, 0.0, 0.3], [0.0, 0.0, 0.0]])
    move, shift = np.array([0.01, 0.0, -0.02, 0.0]), np.array([0.0, 0.05, -5.0, 0.0])
    moneyness, vol = RANDOM.normal(0.0, 0.2, COUNT), RANDOM.uniform(0.1, 0.6, COUNT)
    base = np.array([3.0, -1.0, 0.5])
    out = np.empty(4)
    state_sums(
        frozen(move), frozen(shift), 1e-6, frozen(root), start, frozen(moneyness), frozen(vol), half,
        frozen(AMOUNT), frozen(base), out,
    )  # fmt: skip
    for n in range(4):
        by_line = np.repeat(root[n], np.diff(start))
        live = by_line > 0.0
        v = np.maximum(vol + shift[n], 1e-6)[live] * by_line[live]
        d = (moneyness[live] + move[n]) / v + half * v
        slow = ndtr(d) @ AMOUNT[live] + base[root[n] > 0.0].sum()
        assert out[n] == pytest.approx(slow, abs=2e-15 * GROSS)


def test_moving_volatilities_bend_the_delta() -> None:
    move = np.array([-0.05, 0.0, 0.03])
    root = np.where(np.arange(COUNT) % 7 == 0, 0.0, RANDOM.uniform(0.05, 1.0, COUNT))
    moneyness = RANDOM.normal(0.0, 0.2, COUNT)
    vol, slope = RANDOM.uniform(0.1, 0.6, (3, COUNT)), RANDOM.normal(0.0, 0.3, (3, COUNT))
    out = np.empty(3)
    moving_sums(frozen(move), frozen(root), frozen(moneyness), frozen(vol), frozen(slope), 0.5, frozen(AMOUNT), out)
    live = root > 0.0
    v = vol[:, live] * root[live]
    d = (moneyness[live] + move[:, np.newaxis]) / v + 0.5 * v
    slow = (ndtr(d) + density(d) * root[live] * slope[:, live]) @ AMOUNT[live]
    assert out == pytest.approx(slow, abs=2e-15 * GROSS)


def test_a_step_out_of_reach_is_all_or_nothing() -> None:
    out, slope = np.empty((2, 2))
    point_sums(
        frozen(np.array([-1.0, 1.0])), frozen(np.zeros(1)), frozen(np.array([1e9])), frozen(np.array([3.0])), out, slope
    )
    assert out.tolist() == [0.0, 3.0]
    assert slope.tolist() == [0.0, 0.0]


def test_bent_states_add_the_slope_of_the_volatility() -> None:
    start = np.array([0, 300, 301, COUNT])
    start.flags.writeable = False
    root = np.array([[0.1, 0.2, 0.5], [0.0, 0.2, 0.4], [0.0, 0.0, 0.0]])
    move, shift = np.array([0.01, 0.0, 0.0]), np.array([0.0, 0.05, 0.0])
    moneyness, vol, bend = (
        RANDOM.normal(0.0, 0.2, COUNT),
        RANDOM.uniform(0.1, 0.6, COUNT),
        RANDOM.normal(0.0, 0.3, COUNT),
    )
    base, out = np.array([1.0, 2.0, 4.0]), np.empty(3)
    lines = (frozen(moneyness), frozen(vol), frozen(bend))
    bent_state_sums(
        frozen(move), frozen(shift), 1e-6, frozen(root), start, *lines, 0.5, frozen(AMOUNT), frozen(base), out
    )
    width = np.repeat(root, np.diff(start), axis=1)
    v = (vol + shift[:, np.newaxis]) * width
    with np.errstate(divide="ignore", invalid="ignore"):
        d = (moneyness + move[:, np.newaxis]) / v + 0.5 * v
        own = np.where(width > 0.0, ndtr(d) + density(d) * width * bend, 0.0)
    assert out == pytest.approx(own @ AMOUNT + (root > 0.0) @ base, abs=1e-12 * GROSS)
