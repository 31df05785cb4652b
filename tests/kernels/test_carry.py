"""Huber's weights, the search for a first ex-date and the borrow of a forward, against slow twins."""

import numpy as np
import pytest

from gex.columns import frozen
from gex.kernels.carry import first_date_losses, huber_fit, implied_borrows


def slow_huber(matrix: np.ndarray, target: np.ndarray, observed: int) -> tuple[np.ndarray, float]:
    """numpy's least squares, eight times reweighted."""
    weight, found = np.ones(len(target)), np.zeros(matrix.shape[1])
    for _ in range(8):
        root = np.sqrt(weight)
        found = np.linalg.lstsq(root[:, None] * matrix, root * target, rcond=None)[0]
        miss = np.abs(target - matrix @ found)
        weight[:observed] = np.minimum(1.0, 2.0 / np.maximum(miss[:observed], 1e-300))
    return found, float(np.where(miss <= 2.0, miss**2, 4.0 * miss - 4.0).sum())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("columns", [2, 3, 9])
def test_the_fit_is_that_of_reweighted_least_squares(seed: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    matrix = random.normal(size=(30, columns)) * 10.0 ** random.uniform(-3.0, 3.0, columns)
    target = matrix @ random.normal(size=columns) + random.normal(size=30)
    target[:3] += 50.0  # outliers
    found = np.empty(columns)
    loss = huber_fit(frozen(matrix), frozen(target), 27, found)
    expected, expected_loss = slow_huber(matrix, target, 27)
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    assert loss == pytest.approx(expected_loss, rel=1e-9)


def test_one_value_in_five_pulls_the_mean_by_no_more_than_its_weight() -> None:
    found = np.empty(1)
    huber_fit(frozen(np.ones((5, 1))), frozen(np.array([0.0, 0.0, 0.0, 0.0, 100.0])), 5, found)
    assert found[0] == pytest.approx(0.5, abs=0.01)


def test_what_no_row_says_is_nought() -> None:
    found = np.empty(2)
    huber_fit(frozen(np.array([[1.0, 0.0], [1.0, 0.0]])), frozen(np.array([3.0, 3.0])), 2, found)
    assert found == pytest.approx([3.0, 0.0], rel=1e-14)


def test_the_search_finds_the_date_that_the_ladder_steps_at() -> None:
    """Of twelve expiries those past day 30 see 1.00 less, those past day 121 another: days 24 to 30 explain it."""
    days = np.array([3.0, 7.0, 14.0, 20.0, 30.5, 45.0, 60.0, 90.0, 115.0, 125.0, 180.0, 200.0])
    time, rate = frozen(days / 365.0), frozen(np.zeros(12))
    step = frozen((days > 30.0) * 1.0 + (days > 121.0) * 1.0 + (days > 212.0))
    starts = frozen(np.arange(1.0, 91.0) / 365.0)
    losses = np.empty(90)
    without = first_date_losses(
        starts, 91.0 / 365.0, 100.0, 0.04, 0.2, time, rate, step, frozen(np.full(12, 0.01)), losses
    )
    best = np.flatnonzero(losses == losses.min()) + 1
    assert best.min() == 24 and best.max() == 30  # noqa: PT018 — day 24 + 91 is the 115th, which does not see it yet
    assert losses.min() < 1.0 < without


def test_the_borrow_of_the_published_forward() -> None:
    """surface.md §7 vector 12."""
    out = np.empty(3)
    columns = (np.array([101.00746325, np.nan, 101.0]), np.full(3, 0.05), np.array([0.5, 0.5, 0.0]))
    dividends = (frozen(np.array([0.12, 0.37])), frozen(np.array([0.25, 0.25])))
    implied_borrows(100.0, *(frozen(c) for c in columns), *dividends, out)
    assert out[0] == pytest.approx(0.02, abs=1e-9)
    assert np.isnan(out[1:]).all()
