"""Slow twins of the exposure kernels, one option and one spot at a time, written to be read."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

YEAR_DAYS = 365.0


@dataclass(frozen=True)
class Option:
    """One line of a dealer's book: `units` = signed contracts × multiplier, years, decimal vol; F = S·e^{(r − q)T}."""

    strike: float
    right: int  # +1 call, −1 put
    time: float
    vol: float
    units: float
    rate: float = 0.0
    dividend: float = 0.0


def density(x: float) -> float:
    return math.exp(-0.5 * x * x) / math.sqrt(2.0 * math.pi)


def cdf(x: float) -> float:
    return 0.5 * math.erfc(-x / math.sqrt(2.0))


def d_one(option: Option, spot: float) -> tuple[float, float]:
    """(d1, v) by spot, rate and dividend."""
    v = option.vol * math.sqrt(option.time)
    forward = spot * math.exp((option.rate - option.dividend) * option.time)
    return math.log(forward / option.strike) / v + 0.5 * v, v


def price(option: Option, spot: float) -> float:
    if option.time <= 0.0:
        return 0.0
    d1, v = d_one(option, spot)
    carried, discount = math.exp(-option.dividend * option.time), math.exp(-option.rate * option.time)
    s = option.right
    return s * (carried * spot * cdf(s * d1) - discount * option.strike * cdf(s * (d1 - v)))


def delta(option: Option, spot: float) -> float:
    if option.time <= 0.0:
        return 0.0
    d1, _ = d_one(option, spot)
    return option.right * math.exp(-option.dividend * option.time) * cdf(option.right * d1)


def gamma(option: Option, spot: float) -> float:
    if option.time <= 0.0:
        return 0.0
    d1, v = d_one(option, spot)
    return math.exp(-option.dividend * option.time) * density(d1) / (spot * v)


def vanna(option: Option, spot: float) -> float:
    if option.time <= 0.0:
        return 0.0
    d1, v = d_one(option, spot)
    return -math.exp(-option.dividend * option.time) * density(d1) * (d1 - v) / option.vol


def charm(option: Option, spot: float) -> float:
    """∂delta/∂t per year of calendar time."""
    if option.time <= 0.0:
        return 0.0
    d1, v = d_one(option, spot)
    t, carried = option.time, math.exp(-option.dividend * option.time)
    drift = option.dividend * carried * cdf(option.right * d1) * option.right
    carry = 2.0 * (option.rate - option.dividend) * t - (d1 - v) * v
    return drift - carried * density(d1) * carry / (2.0 * t * v)


def gamma_exposure(book: Sequence[Option], spot: float) -> float:
    """Currency of delta per 1 %: Σ units·gamma·S²·0.01."""
    return sum(option.units * gamma(option, spot) for option in book) * spot * spot * 0.01


def delta_units(book: Sequence[Option], spot: float) -> float:
    return sum(option.units * delta(option, spot) for option in book)


def vanna_exposure(book: Sequence[Option], spot: float) -> float:
    return sum(option.units * vanna(option, spot) for option in book) * spot * 0.01


def charm_exposure(book: Sequence[Option], spot: float) -> float:
    return sum(option.units * charm(option, spot) for option in book) * spot / YEAR_DAYS


def roots(book: Sequence[Option], low: float, high: float, step: float) -> list[float]:
    """Every change of sign of the gamma exposure on a fine uniform grid, bisected."""
    count = math.ceil((high - low) / step)
    grid = [low + step * n for n in range(count + 1)]
    value = [gamma_exposure(book, x) for x in grid]
    found = []
    for left, right, a, b in zip(grid, grid[1:], value, value[1:], strict=False):
        if (a > 0.0) == (b > 0.0):
            continue
        for _ in range(100):
            middle = 0.5 * (left + right)
            left, right = (middle, right) if (gamma_exposure(book, middle) > 0.0) == (a > 0.0) else (left, middle)
        found.append(0.5 * (left + right))
    return found


def error_variance(
    exposures: Sequence[float], clusters: Sequence[int], probability: float, correlation: float
) -> float:
    """4p(1 − p)·[(1 − ρ)·Σg² + ρ·Σ_c(Σg)²], from the covariances of signs one by one."""
    total = 0.0
    single = 4.0 * probability * (1.0 - probability)  # the variance of a sign that is −1 with probability p
    for i, (g, c) in enumerate(zip(exposures, clusters, strict=True)):
        for j, (h, d) in enumerate(zip(exposures, clusters, strict=True)):
            share = 1.0 if i == j else (correlation if c == d else 0.0)
            total += single * share * g * h
    return total


def max_pain(strikes: Sequence[float], calls: Sequence[float], puts: Sequence[float]) -> list[float]:
    """Every listed price at which the options pay least."""
    payout = [
        sum(n * max(p - k, 0.0) for n, k in zip(calls, strikes, strict=True))
        + sum(n * max(k - p, 0.0) for n, k in zip(puts, strikes, strict=True))
        for p in strikes
    ]
    return [k for k, paid in zip(strikes, payout, strict=True) if paid == min(payout)]
