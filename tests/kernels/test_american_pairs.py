"""What pays, and the rate that slopes show: by hand."""

import numpy as np
import pytest

from gex.columns import Floats, frozen
from gex.kernels.american_pairs import shown_rate_gap, what_pays

LIMITS = (1.0 / 12.0, 0.02, 0.3, 2e-4)  # shortest, worst error, plausible, least error


def marks(rate: float, borrow: float, when: list[float], time: float = 0.5) -> list[list[bool]]:
    """[[call, put] by the boundary, [call, put] on the grid]."""
    found = np.empty((2, 1, 2), np.bool_)
    columns = [frozen(np.array(x)) for x in ([time], [rate], [borrow], when)]
    what_pays(*columns, 1e-12, found[0], found[1])
    return [[bool(x) for x in part[0]] for part in found]


@pytest.mark.parametrize(
    ("rate", "borrow", "when", "by_boundary", "by_grid"),
    [
        (0.05, 0.0, [], [False, True], [False, False]),
        (0.05, 0.02, [], [True, True], [False, False]),
        (0.0, 0.0, [], [False, False], [False, False]),
        (0.0, -0.04, [], [False, True], [False, False]),  # the spot grows: the limit of one boundary
        (-0.01, -0.04, [], [False, False], [False, True]),  # two boundaries
        (-0.04, -0.01, [], [False, False], [True, False]),
        (0.05, 0.0, [0.3], [False, False], [True, True]),
        (0.0, 0.0, [0.3], [False, False], [True, False]),  # a call is exercised for the dividend
        (0.05, 0.0, [0.6], [False, True], [False, False]),  # paid after expiry
    ],
)
def test_a_right_has_one_boundary_or_the_grid_or_nothing(
    rate: float, borrow: float, when: list[float], by_boundary: list[bool], by_grid: list[bool]
) -> None:
    assert marks(rate, borrow, when) == [by_boundary, by_grid]


def test_a_settled_expiry_pays_nothing() -> None:
    assert marks(0.05, 0.02, [], time=0.0) == [[False, False], [False, False]]


def gap(shown: Floats, error: Floats, time: Floats, rate: float = 0.04) -> tuple[float, float]:
    slope = np.exp(-shown * time)
    flags = np.ones(len(time), np.bool_)
    flags.flags.writeable = False
    return tuple(shown_rate_gap(frozen(slope), frozen(error * slope * time), rate, frozen(time), flags, *LIMITS))


def test_the_gap_is_the_mean_weighted_by_precision() -> None:
    """Shown 4.1 % to 10 and 4.4 % to 20 basis points: weights 4 to 1, so 0.16 % above 4 %."""
    mean, error = gap(np.array([0.041, 0.044]), np.array([0.001, 0.002]), np.array([0.5, 1.0]))
    assert mean == pytest.approx(0.0016, rel=0.03)
    assert error == pytest.approx(
        np.sqrt(1.8 / (1e6 + 0.25e6)), rel=0.05
    )  # their scatter is 1.8 of what the errors say


def test_an_outlier_and_expiries_that_know_nothing_do_not_pull() -> None:
    clean = np.array([0.05, 0.0502, 0.0498, 0.05, 0.05])
    error, time = np.full(5, 0.001), np.array([0.2, 0.4, 0.6, 0.8, 1.0])
    shown = clean.copy()
    shown[2] = 0.2
    assert gap(shown, error, time)[0] == pytest.approx(0.01, abs=6e-4)
    shown[2], error[2] = 0.2, 0.05  # known no better than five percent: left out
    assert gap(shown, error, time)[0] == pytest.approx(0.01, abs=1e-4)
    assert gap(shown, error, np.full(5, 0.05)) == (pytest.approx(np.nan, nan_ok=True), np.inf)  # all below a month
