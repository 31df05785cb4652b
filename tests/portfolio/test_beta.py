"""Beta, correlation and what is not known of them."""

import numpy as np
import pytest

from gex.errors import InputError
from gex.portfolio.beta import Beta, correlation_interval, estimate_beta, residual_share


@pytest.mark.parametrize(("count", "interval"), [(60, (0.408, 0.741)), (500, (0.541, 0.653))])
def test_fisher_intervals_of_the_reference(count: int, interval: tuple[float, float]) -> None:
    """hedging.md §7, ρ̂ = 0.6."""
    assert correlation_interval(0.6, count) == pytest.approx(interval, abs=5e-4)


@pytest.mark.parametrize(("correlation", "share"), [(0.6, 0.80), (0.8, 0.60), (0.9, 0.436), (0.95, 0.312)])
def test_what_a_hedge_leaves_of_the_deviation(correlation: float, share: float) -> None:
    assert residual_share(correlation) == pytest.approx(share, abs=5e-4)
    assert Beta(value=1.0, standard_error=0.1, count=50, correlation=correlation).idiosyncratic_share == pytest.approx(
        share, abs=5e-4
    )


def test_the_estimate_is_the_regression_of_numpy() -> None:
    random = np.random.default_rng(5)
    x = random.normal(0.0, 0.01, 300)
    y = 0.001 + 1.4 * x + random.normal(0.0, 0.02, 300)
    beta = estimate_beta(np.append(y, np.nan), np.append(x, 0.01))
    (slope, _), covariance = np.polyfit(x, y, 1, cov=True)
    assert beta.value == pytest.approx(slope, rel=1e-10)
    assert beta.standard_error == pytest.approx(np.sqrt(covariance[0, 0]), rel=1e-8)
    assert beta.correlation == pytest.approx(np.corrcoef(x, y)[0, 1], rel=1e-12)
    assert beta.count == 300


def test_intervals_cover_the_truth_as_often_as_they_say() -> None:
    random = np.random.default_rng(6)
    hits = 0
    for _ in range(1000):
        x = random.normal(size=40)
        y = 0.7 * x + np.sqrt(1.0 - 0.49) * random.normal(size=40)
        low, high = estimate_beta(y, x).correlation_interval
        hits += low <= 0.7 <= high
    assert hits == pytest.approx(950, abs=25)  # 3.6 standard errors of a count of 1000


def test_few_observations_say_nothing() -> None:
    assert correlation_interval(0.9, 3) == (-1.0, 1.0)
    assert correlation_interval(1.0, 50) == (1.0, 1.0)
    for y, x in (([1.0, 2.0], [1.0, 2.0]), ([1.0] * 9, [1.0] * 9), ([1.0] * 5, [1.0] * 4)):
        with pytest.raises(InputError):
            estimate_beta(y, x)
    with pytest.raises(InputError, match="from -1 to 1"):
        correlation_interval(1.2, 50)
