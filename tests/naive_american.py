"""American options by a binomial tree, written to be read: the slow twin of the exercise boundary."""

import math

import numpy as np


def tree_price(
    spot: float, strike: float, time: float, vol: float, rate: float, carry_yield: float, sign: int, steps: int
) -> float:
    """Cox, Ross, Rubinstein: up by e^(σ√Δt), down by its inverse, exercised wherever that pays more."""
    step = time / steps
    up = math.exp(vol * math.sqrt(step))
    probability = (math.exp((rate - carry_yield) * step) - 1.0 / up) / (up - 1.0 / up)
    discount = math.exp(-rate * step)
    level = spot * up ** (2.0 * np.arange(steps + 1) - steps)
    value = np.maximum(sign * (level - strike), 0.0)
    for n in range(steps - 1, -1, -1):
        level = spot * up ** (2.0 * np.arange(n + 1) - n)
        held = discount * (probability * value[1:] + (1.0 - probability) * value[:-1])
        value = np.maximum(held, sign * (level - strike))
    return float(value[0])


def american_price(
    spot: float, strike: float, time: float, vol: float, rate: float, carry_yield: float, sign: int, steps: int = 1000
) -> float:
    """The tree at n and n + 1 steps, whose errors alternate, averaged."""
    return 0.5 * sum(tree_price(spot, strike, time, vol, rate, carry_yield, sign, steps + k) for k in (0, 1))
