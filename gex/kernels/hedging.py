"""The (a, b) no-trade band of a driftless mishedge.

Under the cost curve K(x) = ticket + proportional·x + impact·x^{3/2} trade when |X| ≥ a and land on sign(X)·b. Writing
x = a − b for the order and s = a + b, the two first-order conditions are one equation in x (hedging.md §5); volatility
cancels, what is left is `scale` = v²/Q = 12Γ²/γ:

    x⁴·√K(x) = scale·(ticket − ½·impact·x^{3/2})^{3/2},        s = (K(x)·scale/x)^{1/3}

The left side rises and the right side falls: one root, found by Newton's steps inside a bracket.
"""

import math

from numba import types

from gex.kernels.compiling import inlined, kernel, warms
from gex.kernels.normal import exp, log

_HALVINGS = 200  # of an interval; each search stops as soon as doubles run out
_SMALLEST, _LARGEST = 1e-300, 1e300
_LOG_LOW, _LOG_HIGH = -230.0, 230.0  # of the scale: e^±230 spans 1e±100, any market


@inlined
def cube_root(x):
    """∛x for x ≥ 0, to 3e-16 relative: a logarithm and one step of Newton, half the time of a power."""
    if not _SMALLEST < x < _LARGEST:
        return x ** (1.0 / 3.0)
    root = exp(log(x) * (1.0 / 3.0))
    return root - (root * root * root - x) / (3.0 * root * root)


@kernel
def optimal_order(scale, ticket, proportional, impact, lot):
    """The order size x ≥ lot of the cost-optimal band; 0 without ticket and lot (then one trades at the edge)."""
    if not ticket > 0.0:
        return lot
    # In u = ln x the equation is 4u + ½ln K = ln scale + 1.5·ln(rest): the left side rises at a rate of 4 to 5, the right
    # side falls, so that Newton's steps inside a bracket end in a few; a step that leaves the bracket halves it instead.
    high = math.sqrt(math.sqrt(scale * ticket))  # the solution of the ticket alone; other costs only shorten the order
    if impact > 0.0:
        high = min(high, (2.0 * ticket / impact) ** (2.0 / 3.0))
    low, goal = 0.0, math.log(scale)
    order = math.sqrt(math.sqrt(scale * ticket * math.sqrt(ticket / (ticket + high * proportional))))
    high *= 1.0 + 1e-9  # the solution stays inside the bracket
    order = min(order, 0.999 * high) if impact > 0.0 else order
    enough = 1e-13 if impact > 0.0 else 1e-8  # without impact the next step would be of the square of this one
    for _ in range(_HALVINGS):
        root = math.sqrt(order)
        slope_of_impact = impact * order * root
        cost = ticket + order * proportional + slope_of_impact
        rest = ticket - 0.5 * slope_of_impact
        if rest > 0.0:
            excess = 4.0 * math.log(order) + 0.5 * math.log(cost) - goal - 1.5 * math.log(rest)
            steepness = 4.0 + 0.5 * (order * proportional + 1.5 * slope_of_impact) / cost
            steepness += 1.125 * slope_of_impact / rest
            step = excess / steepness
        else:
            excess, step = 1.0, math.inf
        if excess < 0.0:
            low = order
        else:
            high = order
        following = order * math.exp(-step)
        if abs(step) < enough:
            order = following
            break
        if not low < following < high:
            following = 0.5 * (low + high)
            if not low < following < high:
                break
        order = following
    return max(order, lot)


@kernel
def optimal_band(scale, ticket, proportional, impact, lot):
    """Trigger a and target b, in units; b < 0 where one lot is longer than the band (it then crosses zero)."""
    order = optimal_order(scale, ticket, proportional, impact, lot)
    per_unit = proportional if order == 0.0 else ticket / order + proportional + impact * math.sqrt(order)
    width = cube_root(per_unit * scale)
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
