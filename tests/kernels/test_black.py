"""The fused loop and its edges; the numbers themselves are held in tests/test_greeks.py."""

import math

import numpy as np
import pytest

from benchmarks.book import draw_book
from gex.kernels import black
from gex.kernels.compiling import kernel
from tests import naive_black as naive


@kernel
def lane(forward, strike, time, vol, sign, discount):
    return black.black_lane(forward, strike, time, vol, sign, discount)


@pytest.fixture(scope="module")
def wide():
    return draw_book(300, seed=3)


def filled(forward, strike, time, vol, sign, discount):
    out = np.full((13, len(forward)), 7.0)
    black.black_greeks(forward, strike, time, vol, sign, discount, out)
    return out


def test_the_loop_gives_the_slow_twins_numbers_over_the_whole_book(wide):
    forward, strike, time, vol, sign = wide
    discount = np.exp(-0.03 * time)
    out = filled(forward, strike, time, vol, sign, discount)
    for i in range(len(forward)):
        exact = naive.forward_greeks(forward[i], strike[i], time[i], vol[i], int(sign[i]), discount[i])
        for k, name in enumerate(naive.NAMES):
            value, scale = exact[name]
            assert abs(float((naive.mp.mpf(out[k, i]) - value) / scale)) < 2e-14, (name, i)


@pytest.mark.parametrize("bad", [0, 5, 127, 128, 200, 299])
def test_one_row_out_of_range_is_answered_apart_and_no_other_row_moves(wide, bad):
    forward, strike, time, vol, sign = (column.copy() for column in wide)
    discount = np.ones(len(forward))
    before = filled(forward, strike, time, vol, sign, discount)
    time[bad] = 0.0
    after = filled(forward, strike, time, vol, sign, discount)
    others = np.arange(len(forward)) != bad
    assert np.array_equal(before[:, others], after[:, others])
    assert after[0, bad] == max(sign[bad] * (forward[bad] - strike[bad]), 0.0)
    assert not after[1:, bad].any()


def test_the_edge_meets_the_lane_where_the_range_ends():
    for vol in (2e-30, 0.5e-30):  # just inside, just outside what the lane answers
        regular = black.is_regular.py_func(100.0, 90.0, 1.0, vol, 1, 0.9)
        found = lane(100.0, 90.0, 1.0, vol, 1, 0.9) if regular else black.black_edge(100.0, 90.0, 1.0, vol, 1, 0.9)
        assert found[0] == pytest.approx(9.0, rel=1e-15)
        assert found[1] == pytest.approx(0.9, rel=1e-15)
        assert found[4] == pytest.approx(-math.log(0.9) * 9.0, rel=1e-14)
        assert found[7] == pytest.approx(-math.log(0.9) * 0.9, rel=1e-14)
        assert found[2] == found[3] == 0.0
