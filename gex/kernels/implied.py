"""Implied volatility: the total volatility s = σ√T at which Black's price equals the given one.

In normal form β = time value / √(FK), x = ln(F/K), y = |x|, h = y/s, t = s/2, and β = b(s) = ½·e^(−(h²+t²)/2)·𝒩(h, t) with
𝒩 = E((h−t)/√2) − E((h+t)/√2), E = erfcx. The root is found on g = ln b − ln β, below, and on the complement of the
largest price, above; with the first three derivatives in closed form a step is of fourth order, and needs no exponential.
"""

import math

import numpy as np

from gex.kernels.bits import fma, polynomial_by_squares, polynomial_of_two
from gex.kernels.compiling import CODES_OUT, FLOATS, FLOATS_OUT, SIGNS, inlined, kernel, warms
from gex.kernels.normal import SQRT_HALF, erfcx, erfcx_pair, log, log_ratio
from gex.kernels.seed_coefficients import CORRECTIONS, RATE_ABOVE, RATE_BELOW

OK = 0
AT_INTRINSIC = 1
BELOW_INTRINSIC = 2
ABOVE_MAXIMUM = 3
NO_TIME = 4
BAD_INPUT = 5
NO_CONVERGENCE = 6

TILE = 128
_GATE = 3e-4  # a step this short, relative to s, leaves 0.2·(3e-4)⁴ = 2e-15
_LOST = 0.05  # a step this long from the last volatility leaves more than a second one is sure to mend
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


@inlined
def _seed(y, beta, inverse_beta):
    """s to 1.7e-4 for t ≤ 1.5, t − h ≤ 1.45: the inverse of Bachelier's formula, corrected for the lognormal."""
    v = 1.0 / math.sqrt(1.0 + log(fma(0.39894228, y * inverse_beta, 1.0)))
    above = (y + beta) * polynomial_by_squares(v, RATE_ABOVE)
    below = polynomial_by_squares(v, RATE_BELOW)
    squared = above * above
    total = fma(4.0 * below, below, squared)
    reciprocal = 1.0 / (below * total)  # one division for s₀ = above/below and w = s₀²/(s₀² + 4)
    first = above * total * reciprocal
    w = squared * below * reciprocal
    m = 0.25 * first * first
    # w is known last: sums over v are ready when it comes
    return fma(first * m, polynomial_of_two(w, v, CORRECTIONS), first)


@inlined
def _scalar_seed(y, log_beta):
    """The same from ln β, and a rough guess from its leading terms where β or t are out of reach of the fit."""
    if log_beta > -690.0:
        beta = math.exp(log_beta)
        s = _seed(y, beta, 1.0 / beta)
        if 0.0 < s < 3.1:
            return s
    distance = math.sqrt(2.0 * max(-log_beta - 0.5 * y, 0.0))  # h − t, from ln b = −(h − t)²/2 − ht, 2ht = y
    return 2.0 * y / (distance + math.sqrt(distance * distance + 2.0 * y))


@kernel
def total_vol(y, log_beta, log_complement):
    """(s, converged): solves b(s) = β given ln β and the logarithm of the complement e^(−y/2) − β."""
    if y == 0.0 and log_beta < -690.0:
        return _SQRT_TWO_PI * math.exp(log_beta), True
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
        s = min(_scalar_seed(y, log_beta), s_branch)
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
    share = time_value / smaller
    # a subnormal quotient has lost digits
    log_share = math.log(share) if share > 1e-290 else math.log(time_value) - math.log(smaller)
    log_beta = log_share - 0.5 * y
    log_complement = math.log((smaller - time_value) / smaller) - 0.5 * y
    s, converged = total_vol(y, log_beta, log_complement)
    return s / math.sqrt(time_to_expiry), OK if converged else NO_CONVERGENCE


@inlined
def _normal_form(price, forward, strike, sign, discount_factor):
    """(time value, y, β, 1/β) of one option; anything at all outside the domain."""
    time_value = price / discount_factor - max(sign * (forward - strike), 0.0)
    y = abs(log_ratio(forward, strike))
    root = math.sqrt(forward * strike)
    reciprocal = 1.0 / (root * time_value)  # one division for β and 1/β
    return time_value, y, time_value * time_value * reciprocal, root * root * reciprocal


@inlined
def _is_in_range(time_value, y, beta, forward, strike, time_to_expiry, sign):
    """True where the vector lanes hold; one `&` of comparisons, so that NaN fails."""
    product = forward * strike
    return (
        (time_value > 1e-130)
        & (time_value < 1e130)
        & (beta > 1e-250)
        & (beta < 1.0)
        & (y < 600.0)
        & (forward > 0.0)
        & (product > 1e-250)
        & (product < 1e250)
        & (time_to_expiry > 1e-300)
        & (time_to_expiry < 1e300)
        & (sign * sign == 1)
    )


@inlined
def _main_step(y, s, beta):
    """(new s, ν) of one step below the branch point."""
    inverse = 1.0 / s
    h = y * inverse
    t = 0.5 * s
    _, _, difference = erfcx_pair((h - t) * SQRT_HALF, t * _SQRT_TWO)
    g = log_ratio(0.5 * difference, beta) - 0.5 * fma(h, h, t * t)
    step, nu, _ = householder(y, s, g, _SQRT_HALF_PI * difference)
    return s + step, nu


@inlined
def _is_safe(y, s, nu):
    """True where one step from s ended at the root: it was short, and taken where the branch is well behaved."""
    return (abs(nu) <= _GATE * s) & (s * (0.5 * s - 1.38) <= y) & (s <= 3.0)


@inlined
def cold_vol(price, forward, strike, time_to_expiry, sign, discount_factor):
    """The volatility of one option by guess and one step; NaN where that is not known to suffice."""
    time_value, y, beta, inverse_beta = _normal_form(price, forward, strike, sign, discount_factor)
    guess = _seed(y, beta, inverse_beta)
    s, nu = _main_step(y, guess, beta)
    is_good = _is_in_range(time_value, y, beta, forward, strike, time_to_expiry, sign) & _is_safe(y, guess, nu)
    return s / math.sqrt(time_to_expiry) if is_good else math.nan


@kernel
def implied_vols(price, forward, strike, time_to_expiry, sign, discount_factor, vol, status):
    """Fill vol[n] and status[n] from discounted prices.

    First one vector loop: guess, one step, NaN where that is not known to suffice. Then those rows by the robust solver,
    which also says why a row has no volatility.
    """
    for i in range(price.shape[0]):
        vol[i] = cold_vol(price[i], forward[i], strike[i], time_to_expiry[i], sign[i], discount_factor[i])
    _mend(price, forward, strike, time_to_expiry, sign, discount_factor, vol, status)


@kernel
def implied_vols_from(price, forward, strike, time_to_expiry, sign, discount_factor, previous, vol, status):
    """As `implied_vols`, from the volatilities of the last tick (NaN where there is none).

    A block whose rows all moved little takes one step; where any moved more the block takes a second; where any moved
    far, or has no last volatility, the block starts cold.
    """
    n = price.shape[0]
    total = np.empty(TILE)
    log_money = np.empty(TILE)
    values = np.empty(TILE)
    for block in range((n + TILE - 1) // TILE):
        start = block * TILE
        count = min(TILE, n - start)
        moved = 0
        lost = 0
        for j in range(count):
            i = start + j
            time_value, y, beta, _ = _normal_form(price[i], forward[i], strike[i], sign[i], discount_factor[i])
            guess = previous[i] * math.sqrt(time_to_expiry[i])
            s, nu = _main_step(y, guess, beta)
            is_good = _is_in_range(time_value, y, beta, forward[i], strike[i], time_to_expiry[i], sign[i])
            moved += is_good & (not _is_safe(y, guess, nu))
            lost += is_good & (not abs(nu) <= _LOST * guess)
            total[j] = s if is_good else math.nan
            log_money[j] = y
            values[j] = beta
        if lost > 0:
            for j in range(count):
                i = start + j
                vol[i] = cold_vol(price[i], forward[i], strike[i], time_to_expiry[i], sign[i], discount_factor[i])
            continue
        if moved > 0:
            for j in range(count):
                guess = total[j]
                s, nu = _main_step(log_money[j], guess, values[j])
                total[j] = s if _is_safe(log_money[j], guess, nu) else math.nan
        for j in range(count):
            vol[start + j] = total[j] / math.sqrt(time_to_expiry[start + j])
    _mend(price, forward, strike, time_to_expiry, sign, discount_factor, vol, status)


@kernel
def _mend(price, forward, strike, time_to_expiry, sign, discount_factor, vol, status):
    """Statuses of all rows, and the volatilities that the vector loops left NaN."""
    for i in range(vol.shape[0]):
        status[i] = OK
    for i in range(vol.shape[0]):
        if vol[i] != vol[i]:
            vol[i], status[i] = implied_vol_one(
                price[i], forward[i], strike[i], time_to_expiry[i], sign[i], discount_factor[i]
            )


warms(implied_vols, FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, FLOATS, FLOATS_OUT, CODES_OUT)
warms(implied_vols_from, FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, FLOATS, FLOATS, FLOATS_OUT, CODES_OUT)
