"""Slow twins of early exercise with escrowed dividends: a binomial tree written to be read, and the parity loop on it."""

from typing import Any

import numpy as np
from scipy.optimize import brentq

from gex.columns import Floats
from tests.naive_black import undiscounted


def present_value(when: Floats, amount: Floats, growth: float, start: float, end: float) -> float:
    """Value at `start` of the dividends after it and before `end`: at its ex-date a dividend is gone."""
    counts = (when > start + 1e-12) & (when < end)
    return float((amount * np.exp(-growth * (when - start)))[counts].sum())


def tree_price(
    spot: float,
    strike: float,
    time: float,
    vol: float,
    sign: int,
    rate: float,
    borrow: float,
    when: Floats,
    amount: Floats,
    steps: int,
    *,
    is_american: bool = True,
) -> float:
    """Cox, Ross and Rubinstein on S*, exercise pays ±(S* + dividends to come − K)."""
    growth = rate - borrow
    escrowed = spot - present_value(when, amount, growth, 0.0, time)
    step = time / steps
    up = np.exp(vol * np.sqrt(step))
    chance = (np.exp(growth * step) - 1.0 / up) / (up - 1.0 / up)
    value = np.maximum(sign * (escrowed * up ** (2.0 * np.arange(steps + 1) - steps) - strike), 0.0)
    for i in range(steps - 1, -1, -1):
        value = np.exp(-rate * step) * (chance * value[1:] + (1.0 - chance) * value[:-1])
        if is_american:
            level = escrowed * up ** (2.0 * np.arange(i + 1) - i)
            value = np.maximum(value, sign * (level + present_value(when, amount, growth, i * step, time) - strike))
    return float(value[0])


def two_tree_price(*terms: object, steps: int = 400, **options: bool) -> float:
    """Mean of two trees, one step apart: the zigzag of odd and even steps cancels."""
    return 0.5 * (tree_price(*terms, steps, **options) + tree_price(*terms, steps + 1, **options))  # type: ignore[arg-type]


def _miss(vol: float, price: float, terms: tuple[Any, ...]) -> float:
    return two_tree_price(*terms[:3], vol, *terms[3:]) - price


def parity_loop(
    call: Floats,
    put: Floats,
    strike: Floats,
    spot: float,
    time: float,
    rate: float,
    when: Floats,
    amount: Floats,
    passes: int,
) -> list[float]:
    """Forwards after each pass of surface.md §3, from no borrow: both legs inverted in the tree, then parity."""
    discount_factor = np.exp(-rate * time)

    def forward_at(borrow: float) -> float:
        growth = rate - borrow
        return (spot - present_value(when, amount, growth, 0.0, time)) * float(np.exp(growth * time))

    borrow, found = 0.0, []
    for _ in range(passes):
        forward = forward_at(borrow)
        allowed = []
        for k, c, p in zip(strike, call, put, strict=True):
            european = []
            for sign, price in ((1, c), (-1, p)):
                terms = (spot, k, time, sign, rate, borrow, when, amount)
                vol = brentq(_miss, 0.02, 2.0, args=(price, terms), xtol=1e-9)
                european.append(discount_factor * float(undiscounted(forward, k, time, vol, sign)))
            allowed.append(k + (european[0] - european[1]) / discount_factor)
        target = float(np.median(allowed))
        borrow = brentq(lambda b, target=target: forward_at(b) - target, -0.5, 0.5, xtol=1e-14)
        found.append(target)
    return found
