"""One step of a hedging rule: where its band stands, and what is traded when the mishedge is outside.

`optimal_band` is the very kernel that `gex.hedging.bands.find_band` calls; the other rules, the poll correction, the lot
and the landing are those of `find_band` and `landing_contracts`, held equal to them step by step in tests/backtest.
"""

import math

from numba import types

from gex.kernels.bits import bits_float, float_bits
from gex.kernels.compiling import FLOATS, inlined, kernel, warms
from gex.kernels.hedging import cube_root, optimal_band

UNHEDGED, STATIC, CLOCK, FIXED_TARGET, FIXED_EDGE = 0, 1, 2, 3, 4
WHALLEY_WILMOTT_EDGE, WHALLEY_WILMOTT_TARGET, ZAKAMOULINE, COST_OPTIMAL, REGIME_ADAPTIVE, TABLE_RULE = 5, 6, 7, 8, 9, 10
# Places in the table of rule parameters.
RISK_AVERSION, HALF_WIDTH, CLOCK_STEPS, RATIO, POLL_STEPS, POLL_INTERVAL, RULE_VOL = 0, 1, 2, 3, 4, 5, 6
FAST_DECAY, SLOW_DECAY, ENTER, LEAVE, STRESSED_MULTIPLE = 7, 8, 9, 10, 11
RULE_SIZE = 12
# Places in the table of costs and execution.
FEE, HALF_SPREAD, IMPACT, TICKET, LOT, LATENCY_STEPS, DEPTH, FILL_PROBABILITY = 0, 1, 2, 3, 4, 5, 6, 7
STARTS_HEDGED, FIRST_IS_FREE, TERMINAL = 8, 9, 10
EXECUTION_SIZE = 11
OVERSHOOT = 0.5825971579390106  # −ζ(½)/√(2π), as gex.hedging.closed_forms
_LEAST_SHIFT = 47  # 5 bits of the mantissa stay
_LEAST_FROM = (1023 - 64) << 5  # the table begins at 2⁻⁶⁴
LEAST_SIZE = 128 << 5  # and ends at 2⁶⁴
_LEAST_SQUARE, _STILL = 1e-200, 1e-9  # as gex.hedging.bands
_LOT_TOLERANCE = 1e-9  # of a lot, as gex.hedging.sizing


@inlined
def zakamouline_factor(cost_rate, vol, time_to_expiry):
    """1.12·λ^0.31·τ^0.05·σ^−0.25: what of H1 is the same on every path."""
    return 1.12 * cost_rate**0.31 * time_to_expiry**0.05 * vol**-0.25


@kernel
def rule_band(rule, parameters, spot, gamma, time_to_expiry, factor, is_stressed, ticket, proportional, impact, lot):
    """(trigger, target) of a rule as if watched without pause, units; `proportional` = λS, `impact` = η.

    `factor` is `zakamouline_factor`. λS = 30, Γ = 5e-4, γ = 1e-6, no ticket, Whalley–Wilmott: 2.2407024 both.
    """
    half_lot = 0.5 * lot
    if rule == CLOCK:
        return half_lot, 0.0
    if rule == FIXED_TARGET:
        return parameters[HALF_WIDTH], 0.0
    if rule == FIXED_EDGE:
        return parameters[HALF_WIDTH], parameters[HALF_WIDTH]
    if gamma * gamma < _LEAST_SQUARE or abs(gamma) * spot * parameters[RULE_VOL] <= _STILL * lot:
        return half_lot, -half_lot  # it does not move, as the planner sees it
    aversion = parameters[RISK_AVERSION]
    if is_stressed:
        aversion *= parameters[STRESSED_MULTIPLE]
    if rule in (COST_OPTIMAL, REGIME_ADAPTIVE):
        return optimal_band(12.0 * gamma * gamma / aversion, ticket, proportional, impact, lot)
    if rule == WHALLEY_WILMOTT_TARGET:
        return max(cube_root(6.0 * proportional * gamma * gamma / aversion), half_lot), 0.0
    if rule == WHALLEY_WILMOTT_EDGE:
        half = cube_root(1.5 * proportional * gamma * gamma / aversion)
    else:
        vol = parameters[RULE_VOL]
        half = proportional / (aversion * spot * spot * vol * vol * time_to_expiry)
        half += factor * math.sqrt(abs(gamma) / aversion)
    return half + half_lot, half - half_lot


@kernel
def fill_least_triggers(least):
    """Triggers of the (a, b) band on K(x) = 1 + x, at the scales e where the bits of a float64 step by 2⁻⁵ of an octave.

    Any band with a ticket k0 and proportional cost c has a = (k0/c)·least(scale·c⁴/k0³): one table serves every path, and
    since a grows with the scale the entry below bounds it, at most 0.8 % low.
    """
    for place in range(len(least)):
        scale = bits_float((place + _LEAST_FROM) << _LEAST_SHIFT)
        least[place] = optimal_band(scale, 1.0, 1.0, 0.0, 0.0)[0]


@kernel
def find_outside(
    rule, parameters, cost_rate, ticket, least, shift_rate, price, level, gamma, mishedge, is_stressed, lanes
):  # fmt: skip
    """Paths whose mishedge may be outside the band, into `lanes`; returns how many. The others surely are inside.

    |X| + poll shift is held against a bound under the trigger that needs no root: Whalley & Wilmott's band, which no cost
    curve and no lot narrows (a cube is compared), or with a ticket alone the table `least`. Most steps end here.
    """
    is_optimal = rule in (COST_OPTIMAL, REGIME_ADAPTIVE)
    is_cubic = is_optimal or rule in (WHALLEY_WILMOTT_EDGE, WHALLEY_WILMOTT_TARGET)
    count = 0
    if not is_cubic:
        for lane in range(len(level)):
            lanes[lane] = lane
        return len(level)
    coefficient = 0.5 if rule == WHALLEY_WILMOTT_TARGET else 0.125
    calm = 12.0 / parameters[RISK_AVERSION]
    stressed = calm / parameters[STRESSED_MULTIPLE]
    has_table = is_optimal and len(least) > 0 and cost_rate > 0.0
    inverse_cube = 1.0 / ticket**3 if ticket > 0.0 else 0.0
    for lane in range(len(level)):
        scale = (stressed if is_stressed[lane] else calm) * gamma[lane] * gamma[lane]
        reach = abs(mishedge[lane]) + shift_rate * abs(gamma[lane]) * level[lane]
        proportional = cost_rate * price[lane]
        is_inside = reach * reach * reach < coefficient * proportional * scale * (1.0 - 1e-12)
        if has_table:
            square = proportional * proportional
            place = (float_bits(scale * square * square * inverse_cube) >> _LEAST_SHIFT) - _LEAST_FROM
            bound = least[min(max(place, 0), len(least) - 1)] * (ticket if place >= 0 else 0.0)
            is_inside = is_inside or reach * proportional < bound * (1.0 - 1e-12)
        lanes[count] = lane
        count += 0 if is_inside else 1
    return count


@kernel
def corrected_band(trigger, target, mishedge_vol, poll_interval, lot):
    """The band as used: nearer by 0.5826·v√Δt where it is looked at only every Δt years, never under half a lot."""
    used = max(trigger - OVERSHOOT * mishedge_vol * math.sqrt(poll_interval), 0.5 * lot)
    return used, min(target, used)


@kernel
def landing_order(mishedge, target, lot):
    """Signed units that take the mishedge to its target: in whole lots the fewest that reach max(|target|, ½ lot)."""
    size = abs(mishedge)
    if lot > 0.0:
        landing = max(target, 0.5 * lot)
        lots = max(math.ceil((size - landing) / lot - _LOT_TOLERANCE), 1.0)
        units = 0.0 if size < 0.5 * lot * (1.0 - _LOT_TOLERANCE) else lots * lot
    else:
        units = size - max(target, 0.0)
    return -units if mishedge > 0.0 else units


@kernel
def valued_order(
    units, mishedge, trigger, target, mishedge_vol, poll_interval, spot, vol, aversion, ticket, rate, impact, lot
):
    """The order in whole lots, or one lot less of it where it is worth less than nothing and the shorter one is worth more.

    Worth as the engine has it: (γ/2)S²σ²(X² − X′²)·H* less the cost, H* = (a + b)²/(6v²), what a poll overshoots added.
    """
    if not (lot > 0.0 and mishedge_vol > 0.0) or units == 0.0:
        return units
    shift = OVERSHOOT * mishedge_vol * math.sqrt(poll_interval)
    horizon = (trigger + shift + target) ** 2 / (6.0 * mishedge_vol * mishedge_vol)
    scale = 0.5 * aversion * (spot * vol) ** 2 * horizon
    before = abs(mishedge) + shift
    shorter = units - math.copysign(lot, units)
    worth, less = _worth(units, mishedge, before, scale, ticket, rate, impact), 0.0
    if abs(shorter) > 0.5 * lot:
        less = _worth(shorter, mishedge, before, scale, ticket, rate, impact)
    else:
        return units
    return shorter if worth < 0.0 and less > worth else units


@inlined
def _worth(units, mishedge, before, scale, ticket, rate, impact):
    after, size = mishedge + units, abs(units)
    return scale * (before * before - after * after) - ticket - size * (rate + impact * math.sqrt(size))


_ONE = types.float64
warms(rule_band, types.int64, FLOATS, *((_ONE,) * 4), types.boolean, *((_ONE,) * 4))
warms(corrected_band, *((_ONE,) * 5))
warms(landing_order, *((_ONE,) * 3))
warms(valued_order, *((_ONE,) * 13))
