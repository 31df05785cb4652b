"""Random numbers by counter: the right law, the same whoever asks, antithetic ones exact mirrors."""

import numpy as np
import pytest
from scipy.special import ndtri

from gex.backtest.processes import MarketProcess, TimeGrid, VolatilityKind, sample_markets
from gex.kernels.compiling import kernel
from gex.kernels.random_draws import fill_keys, fill_normals, fill_uniforms, normal_quantile


@kernel
def _quantiles(u, out):
    for k in range(len(u)):
        out[k] = normal_quantile(u[k])


def draws(seed: int, steps: int, count: int = 256, *, uniform: bool = False) -> np.ndarray:
    key, sign = np.empty(count, np.uint64), np.empty(count)
    fill_keys(seed, 0, False, key, sign)
    out = np.empty((steps, count))
    for step in range(steps):
        fill_uniforms(key, step, 1, out[step]) if uniform else fill_normals(key, sign, step, 0, out[step])
    return out


def test_quantiles_are_those_of_scipy() -> None:
    u = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 20_001), 10.0 ** -np.linspace(1, 16, 500)])
    out = np.empty_like(u)
    _quantiles(u, out)
    np.testing.assert_allclose(out, ndtri(u), rtol=3e-15, atol=1e-15)  # AS 241 promises 1e-16 of either side
    assert out[0] < -4.7


def test_draws_have_the_moments_of_their_law() -> None:
    z = draws(5, 2000)  # 512,000: errors of the moments below are four standard errors
    n = z.size
    assert abs(z.mean()) < 4.0 / np.sqrt(n)
    assert abs((z**2).mean() - 1.0) < 4.0 * np.sqrt(2.0 / n)
    assert abs((z**4).mean() - 3.0) < 4.0 * np.sqrt(96.0 / n)
    for first, second in ((z[:-1], z[1:]), (z[:, :-1], z[:, 1:])):  # along a path, and across paths
        assert abs((first * second).mean()) < 4.0 / np.sqrt(first.size)
    counts = np.bincount((draws(5, 2000, uniform=True).ravel() * 64).astype(int), minlength=64)
    chi = ((counts - n / 64) ** 2 / (n / 64)).sum()
    assert chi < 63 + 4 * np.sqrt(126)


PROCESSES = {
    "gbm": MarketProcess(vol=0.3),
    "heston": MarketProcess(
        vol=0.3,
        kind=VolatilityKind.HESTON,
        mean_reversion=2.0,
        long_variance=0.16,
        vol_of_variance=0.5,
        correlation=-0.7,
    ),
    "regimes": MarketProcess(vol=0.2, kind=VolatilityKind.REGIMES, stressed_vol=0.6, rate_up=4.0, rate_down=12.0),
    "jumps": MarketProcess(vol=0.2, jump_rate=20.0, jump_mean=-0.02, jump_sd=0.04),
    "carry": MarketProcess(
        vol=0.4,
        funding_mean=0.1,
        funding_reversion=5.0,
        funding_sd=0.3,
        basis_mean=0.01,
        basis_reversion=8.0,
        basis_sd=0.05,
    ),
}


def stressed_share(up: float, down: float, step: float, count: int) -> float:
    """Mean share of steps in the second regime of a chain that switches at their ends."""
    share, total = 0.0, 0.0
    for _ in range(count):
        total += share / count
        share += (1.0 - share) * (1.0 - np.exp(-up * step)) - share * (1.0 - np.exp(-down * step))
    return total


@pytest.mark.parametrize("name", PROCESSES)
def test_every_market_is_a_martingale_with_its_variance(name: str) -> None:
    process, years, count = PROCESSES[name], 0.5, 20_000
    found = sample_markets(process, TimeGrid.even(years, 25), spot=100.0, path_count=count, seed=11)
    end = found.spot[:, -1]
    assert abs(end.mean() - 100.0) < 4.0 * end.std() / np.sqrt(count)
    variance = {
        "gbm": 0.09,
        "heston": 0.16 + (0.09 - 0.16) * (1.0 - np.exp(-2.0 * years)) / (2.0 * years),
        "regimes": 0.04 + 0.32 * stressed_share(4.0, 12.0, years / 25, 25),
        "jumps": 0.04 + 20.0 * (0.02**2 + 0.04**2),
        "carry": 0.16,
    }[name]
    realised = (np.diff(np.log(found.spot), axis=1) ** 2).sum(axis=1) / years
    # Full truncation steps Heston's variance by Euler: 2 % of bias at 25 steps.
    error = 4.0 * realised.std() / np.sqrt(count) + (0.02 * variance if name == "heston" else 0.002 * variance)
    assert abs(realised.mean() - variance) < error
    if name == "carry":
        assert abs(found.funding_rate[:, -1].std() - 0.3 * np.sqrt((1 - np.exp(-10 * years)) / 10.0)) < 0.002
        assert abs(found.basis[:, -1].std() - 0.05 * np.sqrt((1 - np.exp(-16 * years)) / 16.0)) < 0.0003


@pytest.mark.parametrize("name", PROCESSES)
def test_any_cut_of_the_paths_gives_the_same_paths(name: str) -> None:
    arguments = {"spot": 100.0, "seed": 3}
    grid = TimeGrid.even(0.1, 10)
    whole = sample_markets(PROCESSES[name], grid, path_count=700, **arguments)
    part = sample_markets(PROCESSES[name], grid, path_count=99, first_path=601, **arguments)
    np.testing.assert_array_equal(whole.spot[601:], part.spot)
    np.testing.assert_array_equal(whole.funding_rate[601:], part.funding_rate)


def test_antithetic_paths_mirror_each_other_and_halve_the_error_of_a_forward() -> None:
    grid = TimeGrid.even(0.25, 8)
    process = MarketProcess(vol=0.3)
    found = sample_markets(process, grid, spot=1.0, path_count=4000, seed=9, is_antithetic=True)
    shock = np.log(found.spot) + 0.045 * grid.time
    np.testing.assert_allclose(shock[::2], -shock[1::2], atol=1e-15)
    plain = sample_markets(process, grid, spot=1.0, path_count=4000, seed=9)
    pairs = 0.5 * (found.spot[::2, -1] + found.spot[1::2, -1])
    assert pairs.std() / np.sqrt(2000) < 0.25 * plain.spot[:, -1].std() / np.sqrt(4000)
