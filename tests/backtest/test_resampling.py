"""Block bootstrap: the intervals cover as they should, and pairing takes the common noise away."""

import numpy as np
import pytest

from gex.backtest.resampling import LEAST_BLOCKS, block_sums, paired_bootstrap


def mean(sums: np.ndarray) -> np.ndarray:
    return sums


def test_sums_are_of_each_block_in_order_of_appearance() -> None:
    found = block_sums(np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([9, 9, 2, 9]))
    np.testing.assert_array_equal(found[:, 0], [7.0, 3.0])


def test_the_interval_of_a_mean_is_that_of_the_central_limit() -> None:
    values = np.random.default_rng(1).standard_normal((400, 1))
    (found,) = paired_bootstrap(values, mean)
    assert found.high - found.low == pytest.approx(2 * 1.96 * values.std() / 20.0, rel=0.08)
    assert found.low < found.value < found.high


def test_intervals_of_dependent_blocks_widen_with_the_run() -> None:
    """An AR(1) of 0.8: the variance of the mean is nine times that of independent blocks."""
    draw = np.random.default_rng(6)
    noise = draw.standard_normal(3000)
    series = np.zeros(3000)
    for k in range(1, 3000):
        series[k] = 0.8 * series[k - 1] + noise[k]
    (short,) = paired_bootstrap(series[:, None], mean)
    (long,) = paired_bootstrap(series[:, None], mean, run=40)
    assert (long.high - long.low) / (short.high - short.low) == pytest.approx(3.0, rel=0.2)


def test_pairing_takes_the_common_noise_away() -> None:
    draw = np.random.default_rng(3)
    common = 10.0 * draw.standard_normal((100, 1))
    both = np.hstack([common, common + 1.0 + 0.1 * draw.standard_normal((100, 1))])
    (difference,) = paired_bootstrap(both, lambda m: (m[:, 1] - m[:, 0])[:, None])
    assert difference.excludes_zero
    assert difference.high - difference.low < 0.06


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    draw = np.random.default_rng(9)
    hits = 0
    for _ in range(200):
        (found,) = paired_bootstrap(draw.standard_normal((60, 1)), mean, draws=400)
        hits += found.low <= 0.0 <= found.high
    assert 0.90 <= hits / 200 <= 0.98


def test_too_few_blocks_have_no_interval() -> None:
    (found,) = paired_bootstrap(np.ones((LEAST_BLOCKS - 1, 1)), mean)
    assert found.value == 1.0
    assert np.isnan(found.low)
    assert not found.excludes_zero
