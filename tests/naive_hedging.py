"""Hedging written to be read: slow twins of the kernels and of what stands on them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize


def normal_cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def normal_density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def black_price(forward: float, strike: float, time: float, vol: float, right: int) -> float:
    """Undiscounted."""
    stdev = vol * math.sqrt(time)
    d1 = math.log(forward / strike) / stdev + 0.5 * stdev
    return right * (forward * normal_cdf(right * d1) - strike * normal_cdf(right * (d1 - stdev)))


@dataclass(frozen=True)
class Option:
    strike: float
    right: int
    units: float
    time: float
    growth: float = 1.0
    discount: float = 1.0
    is_inverse: bool = False


def value_in_currency(option: Option, spot: float, vol: float) -> float:
    """A coin-settled option pays (S − K)⁺/S coins: worth P(F)/F coins, where nothing is discounted."""
    forward = spot * option.growth
    price = black_price(forward, option.strike, option.time, vol, option.right)
    return option.units * (price / option.growth if option.is_inverse else option.discount * price)


def book_delta(
    options: Sequence[Option], spot: float, smile: Callable[[Option, float], float], step: float = 1e-4
) -> float:
    """Delta by five-point differences of the value along the smile; of the coins, times spot, for coin-settled options."""

    def worth(option: Option, at: float) -> float:
        value = value_in_currency(option, at, smile(option, at))
        return value / at if option.is_inverse else value

    h = spot * step
    total = 0.0
    for option in options:
        far = worth(option, spot - 2.0 * h) - worth(option, spot + 2.0 * h)
        near = worth(option, spot + h) - worth(option, spot - h)
        slope = (far + 8.0 * near) / (12.0 * h)
        total += spot * slope if option.is_inverse else slope
    return total


def band_cost(a: float, b: float, q: float, v: float, cost: Callable[[float], float]) -> float:
    """J(a, b) = Q(a² + b²) + K(a − b)·v²/(a² − b²), currency a year."""
    return q * (a * a + b * b) + cost(a - b) * v * v / (a * a - b * b)


def best_band(q: float, v: float, cost: Callable[[float], float], start: tuple[float, float]) -> tuple[float, float]:
    """The minimum of J over order size and sum of the levels, by a general optimiser."""

    def objective(logs: np.ndarray) -> float:
        x, s = np.exp(logs)
        return band_cost(0.5 * (s + x), 0.5 * (s - x), q, v, cost)

    a, b = start
    found = minimize(
        objective,
        np.log([a - b, a + b]),
        method="Nelder-Mead",
        options={"xatol": 1e-11, "fatol": 1e-14, "maxiter": 10_000, "maxfev": 10_000},
    )
    x, s = np.exp(found.x)
    return 0.5 * (s + x), 0.5 * (s - x)


def simulated_band(
    low: float, low_target: float, high: float, high_target: float, nodes: int = 4001
) -> tuple[float, float]:
    """Trades a year and mean square of a mishedge of volatility 1, from its stationary density on a grid.

    A random walk over the nodes that restarts at a target when it leaves: the density solves a linear system.
    """
    x = np.linspace(low, high, nodes)
    step = x[1] - x[0]
    n = nodes - 2
    transition = np.zeros((n, n))
    for i in range(n):
        for j, landing in ((i - 1, low_target), (i + 1, high_target)):
            if 0 <= j < n:
                transition[i, j] += 0.5
            else:
                place = (landing - x[1]) / step
                k = min(max(math.floor(place), 0), n - 2)
                weight = place - k
                transition[i, k] += 0.5 * (1.0 - weight)
                transition[i, k + 1] += 0.5 * weight
    system = np.vstack([(transition.T - np.eye(n))[:-1], np.ones(n)])
    density = np.linalg.solve(system, np.append(np.zeros(n - 1), 1.0))
    exits = 0.5 * (density[0] + density[-1]) / step**2
    return exits, float(density @ (x[1:-1] ** 2))
