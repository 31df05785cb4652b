"""Choosing and judging apart; what the number of tries explains."""

import math

import numpy as np
import pytest

from gex.backtest.validation import (
    deflated_gain,
    deflated_probability,
    expected_best_ratio,
    overfitting_probability,
    purged_folds,
    select,
    walk_forward,
)
from gex.errors import InputError


def test_the_worked_example_of_the_deflated_sharpe_ratio() -> None:
    """Bailey & López de Prado (2014), p. 10: 0.1132 and 0.9004."""
    sd = math.sqrt(0.5 / 250.0)
    assert expected_best_ratio(100, sd) == pytest.approx(0.1132, abs=5e-5)
    found = deflated_probability(
        2.5 / math.sqrt(250.0), 1250, skewness=-3.0, kurtosis=10.0, variant_count=100, ratio_sd=sd
    )
    assert found == pytest.approx(0.9004, abs=5e-5)


def test_the_expected_best_of_worthless_variants_is_what_a_simulation_gives() -> None:
    draw = np.random.default_rng(2)
    best = draw.standard_normal((20_000, 50)).max(axis=1)
    assert expected_best_ratio(50, 1.0) == pytest.approx(best.mean(), rel=0.02)  # an approximation, 1 % high at 50


def test_walk_forward_judges_later_rows_only() -> None:
    folds = list(walk_forward(100, train=30, test=10, gap=3))
    assert folds
    for fold in folds:
        assert fold.train.max() + 3 < fold.test.min()
    np.testing.assert_array_equal(np.concatenate([f.test for f in folds]), np.arange(33, 93))


def test_purged_folds_share_no_time_with_what_is_judged() -> None:
    """Ten-day trades started daily: nothing that is open in the test window, nor two days after it, is trained on."""
    start = np.arange(60.0)
    end = start + 10.0
    judged = []
    for fold in purged_folds(start, end, 5, embargo=2.0):
        low, high = start[fold.test].min(), end[fold.test].max()
        assert ((end[fold.train] < low) | (start[fold.train] > high + 2.0)).all()
        judged.append(fold.test)
    np.testing.assert_array_equal(np.sort(np.concatenate(judged)), np.arange(60))


def test_without_purging_overlapping_outcomes_leak() -> None:
    """Planted: labels are ten-day sums of noise; the nearest neighbour in time predicts them until it is purged."""
    draw = np.random.default_rng(8)
    noise = draw.standard_normal(400)
    start = np.arange(390.0)
    label = np.array([noise[k : k + 10].sum() for k in range(390)])

    def skill(is_purged: bool) -> float:
        guess = np.empty(390)
        for fold in purged_folds(start, start + (9.0 if is_purged else 0.0), 39):
            for row in fold.test:
                guess[row] = label[fold.train[np.abs(fold.train - row).argmin()]]
        return float(np.corrcoef(guess, label)[0, 1])

    assert skill(False) > 0.35
    assert abs(skill(True)) < 0.2


def test_planted_overfitting_is_caught_by_all_three_figures() -> None:
    """200 worthless variants of 120 days: the best looks good where it was chosen and is nothing elsewhere."""
    gains = np.random.default_rng(4).standard_normal((120, 200))
    found = select(gains, walk_forward(120, train=40, test=20))
    assert found.in_sample > 0.3
    assert abs(found.out_of_sample) < 0.15
    assert found.variant_count == 200
    best = gains[:, gains.mean(axis=0).argmax()]
    naive = best.mean() / best.std() * math.sqrt(120)
    assert naive > 2.0  # significant, for who does not count the tries
    assert deflated_gain(gains) < 0.9
    assert overfitting_probability(gains) > 0.3


def test_a_variant_that_is_really_better_is_found() -> None:
    gains = np.random.default_rng(4).standard_normal((240, 20))
    gains[:, 7] += 0.6
    found = select(gains, walk_forward(240, train=80, test=40))
    assert set(found.chosen) == {7}
    assert found.out_of_sample > 0.4
    assert deflated_gain(gains) > 0.99
    assert overfitting_probability(gains) < 0.02


def test_bad_partitions_are_refused() -> None:
    with pytest.raises(InputError):
        list(purged_folds(np.arange(3.0), np.arange(3.0) - 1.0, 2))
    with pytest.raises(InputError):
        overfitting_probability(np.zeros((20, 4)), pieces=5)
    with pytest.raises(InputError):
        list(walk_forward(10, train=0, test=1))
