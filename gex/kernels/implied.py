"""Implied volatility: the total volatility s = σ√T at which Black's price equals the given one.

In normal form β = time value / √(FK), x = ln(F/K), y = |x|, h = y/s, t = s/2, and β = b(s) = ½·e^(−(h²+t²)/2)·𝒩(h, t) with
𝒩 = E((h−t)/√2) − E((h+t)/√2), E = erfcx. The root is found on g = ln b − ln β, below, and on the complement of the
largest price, above; with the first three derivatives in closed form a step is of fourth order, and needs no exponential.
"""

import math

from gex.kernels.compiling import CODES_OUT, FLOATS, FLOATS_OUT, SIGNS, inlined, kernel, warms
from gex.kernels.normal import SQRT_HALF, erfcx, erfcx_pair

OK = 0
AT_INTRINSIC = 1
BELOW_INTRINSIC = 2
ABOVE_MAXIMUM = 3
NO_TIME = 4
BAD_INPUT = 5
NO_CONVERGENCE = 6

_STEP_CAP = 60
_SETTLED = 3e-5  # relative step after which the error, of fourth order, is below rounding
_SQRT_TWO = math.sqrt(2.0)
_SQRT_TWO_PI = math.sqrt(2.0 * math.pi)
_SQRT_HALF_PI = math.sqrt(0.5 * math.pi)
_LN2 = math.log(2.0)
_BRANCH = 1.2  # t − h at which the two branches meet


@inlined
def householder(y, s, g, slope):
    """(Δs, ν, denominator) of one fourth-order step; `slope` is V = b/b′ of the branch."""
    inverse = 1.0 / s
    h = y * inverse
    t = 0.5 * s
    nu = -g * slope
    curvature = (h * h - t * t) * inverse
    third = curvature * curvature - 3.0 * h * h * inverse * inverse - 0.25
    x = curvature * nu + g
    q = third * nu * nu + 3.0 * curvature * nu * g + 2.0 * g * g
    denominator = 1.0 + x + q * (1.0 / 6.0)
    return nu * (1.0 + 0.5 * x) / denominator, nu, denominator


@kernel
def _main_objective(y, s, log_beta):
    """g and V below the branch point."""
    h = y / s
    t = 0.5 * s
    _, _, difference = erfcx_pair((h - t) * SQRT_HALF, t * _SQRT_TWO)
    return math.log(0.5 * difference) - log_beta - 0.5 * (h * h + t * t), _SQRT_HALF_PI * difference


@kernel
def _upper_objective(y, s, log_complement):
    """g and V above the branch point, on the complement of the largest price."""
    h = y / s
    t = 0.5 * s
    total = erfcx(max(t - h, 0.0) * SQRT_HALF) + erfcx((t + h) * SQRT_HALF)
    return math.log(0.5 * total) - log_complement - 0.5 * (h * h + t * t), -_SQRT_HALF_PI * total


@kernel
def _main_seed(y, log_beta):
    if log_beta > -600.0:
        beta = math.exp(log_beta)
        at_the_money = _SQRT_TWO_PI * beta
    else:
        at_the_money = 0.0
    if y == 0.0:
        return at_the_money
    return at_the_money + y / math.sqrt(2.0 * max(0.5 * y - log_beta, 0.5))


@kernel
def total_vol(y, log_beta, log_complement):
    """(s, converged): solves b(s) = β given ln β and the logarithm of the complement e^(−y/2) − β."""
    s_branch = _BRANCH + math.sqrt(_BRANCH * _BRANCH + 2.0 * y)
    h_branch = y / s_branch
    t_branch = 0.5 * s_branch
    _, _, difference = erfcx_pair((h_branch - t_branch) * SQRT_HALF, t_branch * _SQRT_TWO)
    log_branch = math.log(0.5 * difference) - 0.5 * (h_branch * h_branch + t_branch * t_branch)
    is_upper = log_beta > log_branch
    if is_upper:
        level = max(-2.0 * (log_complement + math.log(1.2533)), 1e-3)
        t = math.sqrt(level)
        t = math.sqrt(max(level - 2.0 * math.log(t + 0.5), 0.0))
        s = 2.0 * max(t, 0.5 * (1.0 + math.sqrt(1.0 + 2.0 * y)), t_branch)
        lowest, highest = s_branch, math.inf
    else:
        s = min(_main_seed(y, log_beta), s_branch)
        lowest, highest = 0.0, s_branch
    for _ in range(_STEP_CAP):
        if is_upper:
            g, slope = _upper_objective(y, s, log_complement)
        else:
            g, slope = _main_objective(y, s, log_beta)
        step, nu, denominator = householder(y, s, g, slope)
        if denominator <= 0.1 or step != step:
            step = nu
        step = min(max(step, -0.6 * s), 1.5 * s)
        s = min(max(s + step, lowest), highest)
        if abs(nu) <= _SETTLED * s and abs(step) <= _SETTLED * s:
            return s, True
    return s, False


@kernel
def implied_vol_one(price, forward, strike, time_to_expiry, sign, discount_factor):
    """(vol, status) of one option, whatever the input; vol is NaN unless status is OK or AT_INTRINSIC (then 0)."""
    if not (
        abs(price) < math.inf
        and 0.0 < forward < math.inf
        and 0.0 < strike < math.inf
        and abs(time_to_expiry) < math.inf
        and 0.0 < discount_factor < math.inf
        and sign * sign == 1
    ):
        return math.nan, BAD_INPUT
    if time_to_expiry <= 0.0:
        return math.nan, NO_TIME
    undiscounted = price / discount_factor
    intrinsic = max(sign * (forward - strike), 0.0)
    smaller = min(forward, strike)
    if undiscounted < intrinsic:
        return math.nan, BELOW_INTRINSIC
    if undiscounted >= (forward if sign > 0 else strike):
        return math.nan, ABOVE_MAXIMUM
    time_value = undiscounted - intrinsic
    if time_value >= smaller:
        return math.nan, ABOVE_MAXIMUM
    if time_value == 0.0:
        return 0.0, AT_INTRINSIC
    larger = max(forward, strike)
    y = math.log1p((larger - smaller) / smaller) if larger < 2.0 * smaller else math.log(larger) - math.log(smaller)
    log_beta = math.log(time_value / smaller) - 0.5 * y
    log_complement = math.log((smaller - time_value) / smaller) - 0.5 * y
    s, converged = total_vol(y, log_beta, log_complement)
    return s / math.sqrt(time_to_expiry), OK if converged else NO_CONVERGENCE


@kernel
def implied_vols(price, forward, strike, time_to_expiry, sign, discount_factor, vol, status):
    """Fill vol[n] and status[n] from discounted prices."""
    for i in range(price.shape[0]):
        vol[i], status[i] = implied_vol_one(
            price[i], forward[i], strike[i], time_to_expiry[i], sign[i], discount_factor[i]
        )


warms(implied_vols, FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, FLOATS, FLOATS_OUT, CODES_OUT)
