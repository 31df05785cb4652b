"""The (a, b) no-trade band of a driftless mishedge, and the delta of a book over many spots.

Under the cost curve K(x) = ticket + proportional·x + impact·x^{3/2} trade when |X| ≥ a and land on sign(X)·b. Writing
x = a − b for the order and s = a + b, the two first-order conditions are one equation in x (hedging.md §5); volatility
cancels, what is left is `scale` = v²/Q = 12Γ²/γ:

    x⁴·√K(x) = scale·(ticket − ½·impact·x^{3/2})^{3/2},        s = (K(x)·scale/x)^{1/3}

The left side rises and the right side falls, so that bisection needs no starting value.
"""

import math

from numba import types

from gex.kernels.compiling import FLOATS, FLOATS_OUT, SIGNS, TABLE, kernel, warms
from gex.kernels.normal import log_ratio, normal_cdf, normal_density

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


@kernel
def book_delta(spot, growth, strike, root_time, discount, vol, slope, sign, units, is_inverse, delta, coin_value):
    """Delta of a whole book at each spot, and the coin value of what is paid in coin.

    Row j has the forward spot·growth[j], √T in `root_time`, `units` signed contracts × multiplier; `vol` is (1 or m, n),
    `slope` the ∂σ/∂ln(spot) at fixed strike that the smile dynamic gives, of the same shape. Currency-settled rows:
    D·G·c·N(c·d1) + D·G·φ(d1)·√T·slope. Coin-settled: c·(K/F)·N(c·d2) + φ(d1)·√T·slope, the delta net of the premium.
    A row whose √T is 0 has settled and adds nothing.
    """
    for i in range(spot.shape[0]):
        v = i if vol.shape[0] > 1 else 0
        total = 0.0
        coins = 0.0
        for j in range(strike.shape[0]):
            if root_time[j] <= 0.0:
                continue
            forward = spot[i] * growth[j]
            stdev = vol[v, j] * root_time[j]
            d1 = log_ratio(forward, strike[j]) / stdev + 0.5 * stdev
            c = float(sign[j])
            bend = normal_density(d1) * root_time[j] * slope[v, j]
            if is_inverse[j]:
                premium = c * strike[j] / forward * normal_cdf(c * (d1 - stdev))
                total += units[j] * (premium + bend)
                coins += units[j] * (c * normal_cdf(c * d1) - premium)
            else:
                total += units[j] * discount[j] * growth[j] * (c * normal_cdf(c * d1) + bend)
        delta[i] = total
        coin_value[i] = coins


_FLAGS = types.Array(types.bool_, 1, "C", readonly=True)
_FIVE = (types.float64,) * 5
warms(optimal_band, *_FIVE)
warms(scale_of_trigger, *_FIVE)
warms(scale_of_risk, *_FIVE)
warms(book_delta, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, TABLE, TABLE, SIGNS, FLOATS, _FLAGS, FLOATS_OUT, FLOATS_OUT)
