"""The (a, b) no-trade band of a driftless mishedge.

Under the cost curve K(x) = ticket + proportional·x + impact·x^{3/2} trade when |X| ≥ a and land on sign(X)·b. Writing
x = a − b for the order and s = a + b, the two first-order conditions are one equation in x (hedging.md §5); volatility
cancels, what is left is `scale` = v²/Q = 12Γ²/γ:

    x⁴·√K(x) = scale·(ticket − ½·impact·x^{3/2})^{3/2},        s = (K(x)·scale/x)^{1/3}

The left side rises and the right side falls, so that bisection needs no starting value.
"""

import math

from numba import types

from gex.kernels.compiling import kernel, warms

_HALVINGS = 200  # of an interval that starts at most 1e300 wide; stops as soon as doubles run out
_LOG_LOW, _LOG_HIGH = -230.0, 230.0  # of the scale: e^±230 spans 1e±100, any market


@kernel
def optimal_order(scale, ticket, proportional, impact, lot):
    """The order size x ≥ lot of the cost-optimal band; 0 without ticket and lot (then one trades at the edge)."""
    if not ticket > 0.0:
        return lot
    high = (scale * ticket) ** 0.25  # the solution of the ticket alone; other costs only shorten the order
    if impact > 0.0:
        high = min(high, (2.0 * ticket / impact) ** (2.0 / 3.0))
    low = 0.0
    for _ in range(_HALVINGS):
        order = 0.5 * (low + high)
        if not low < order < high:
            break
        root = math.sqrt(order)
        cost = ticket + order * (proportional + impact * root)
        rest = ticket - 0.5 * impact * order * root
        if rest > 0.0 and order**4 * math.sqrt(cost) < scale * rest * math.sqrt(rest):
            low = order
        else:
            high = order
    return max(0.5 * (low + high), lot)


@kernel
def optimal_band(scale, ticket, proportional, impact, lot):
    """Trigger a and target b, in units; b < 0 where one lot is longer than the band (it then crosses zero)."""
    order = optimal_order(scale, ticket, proportional, impact, lot)
    per_unit = proportional if order == 0.0 else ticket / order + proportional + impact * math.sqrt(order)
    width = (per_unit * scale) ** (1.0 / 3.0)
    return 0.5 * (width + order), 0.5 * (width - order)


@kernel
def _scale_of(wanted, is_trigger, ticket, proportional, impact, lot):
    """Both measures grow with the scale: bisection on its logarithm."""
    if not wanted > 0.0:
        return 0.0 if wanted == 0.0 else math.nan
    low, high = _LOG_LOW, _LOG_HIGH
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        a, b = optimal_band(math.exp(middle), ticket, proportional, impact, lot)
        measure = a if is_trigger else math.sqrt((a * a + b * b) / 6.0)
        if measure < wanted:
            low = middle
        else:
            high = middle
    if low == _LOG_LOW:
        return 0.0
    return math.inf if high == _LOG_HIGH else math.exp(0.5 * (low + high))


@kernel
def scale_of_trigger(trigger, ticket, proportional, impact, lot):
    """The scale 12Γ²/γ at which the trigger is `trigger`; 0 where even an infinite risk aversion leaves it wider."""
    return _scale_of(trigger, True, ticket, proportional, impact, lot)


@kernel
def scale_of_risk(risk, ticket, proportional, impact, lot):
    """The scale 12Γ²/γ at which √((a² + b²)/6), the sd of the mishedge in units, is `risk`; 0 where a lot is more."""
    return _scale_of(risk, False, ticket, proportional, impact, lot)


_FIVE = (types.float64,) * 5
warms(optimal_band, *_FIVE)
warms(scale_of_trigger, *_FIVE)
warms(scale_of_risk, *_FIVE)
