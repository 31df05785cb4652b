"""Black (1976) on forwards: value and twelve Greeks of a column of options in one pass.

Variables: x = ln(F/K), s = σ√T, h = |x|/s, t = s/2, d1 = x/s + t, d2 = d1 − s, φ̄ = D·φ(d1). The out-of-the-money value is
½·D·F·e^(−d1²/2)·[E((h−t)/√2) − E((h+t)/√2)], E = erfcx, with the difference taken inside the polynomial: no digits are
lost at any s, and both tail probabilities come with it.
"""

import math

import numpy as np

from gex.kernels.compiling import FLOATS, SIGNS, TABLE_OUT, inlined, kernel, warms
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, SQRT_HALF, erfcx_pair, exp, log, log_ratio

GREEK_COUNT = 13
TILE = 128  # rows of a tile: 13 × 128 × 8 bytes stay in the first-level cache
_SQRT_TWO = math.sqrt(2.0)
_WIDE = 1.4  # t − h from which the complement is taken; the polynomial holds to √2
_LARGE = 1e150
_SMALL = 1e-150


@inlined
def is_regular(forward, strike, time_to_expiry, vol, sign, discount_factor):
    """True where `black_lane` holds: everything finite, positive and far from the ends of the range of float64."""
    return (
        (forward > _SMALL)
        & (forward < _LARGE)
        & (strike > _SMALL)
        & (strike < _LARGE)
        & (time_to_expiry > 1e-30)
        & (time_to_expiry < 1e30)
        & (vol > 1e-30)
        & (vol < 1e30)
        & (discount_factor > 1e-100)
        & (discount_factor < 1e100)
        & (sign * sign == 1)
    )


@inlined
def black_lane(forward, strike, time_to_expiry, vol, sign, discount_factor):
    """The thirteen numbers of one regular option, in the order of `gex.greeks.Greeks`; branch-free."""
    root = math.sqrt(time_to_expiry)
    s = vol * root
    x = log_ratio(forward, strike)
    inverse = 1.0 / (forward * s)  # the one reciprocal behind 1/F, 1/s, 1/σ and 1/T
    inverse_s = inverse * forward
    inverse_forward = inverse * s
    inverse_vol = inverse_s * root
    inverse_root = inverse_s * vol
    inverse_time = inverse_root * inverse_root
    rate = -log(discount_factor) * inverse_time

    t = 0.5 * s
    scaled = x * inverse_s
    h = abs(scaled)
    d1 = scaled + t
    d2 = scaled - t
    is_wide = t - h > _WIDE
    lower = (t - h if is_wide else h - t) * SQRT_HALF
    width = (h if is_wide else t) * _SQRT_TWO
    near, far, difference = erfcx_pair(lower, width)

    gaussian = exp(-0.5 * d1 * d1)
    half = 0.5 * gaussian
    leg = half * forward
    # h may be infinite (strike far away, hardly any variance): both E are 0 then, their difference NaN
    out_value = leg * difference if h < 1e8 else 0.0
    out_value = min(forward, strike) - leg * (near + far) if is_wide else out_value
    value = discount_factor * (out_value + max(sign * (forward - strike), 0.0))

    is_below = x <= 0.0
    tail = half * (near if is_below else far)
    tail = tail if h < 1e8 else 0.0
    complement = 1.0 - tail
    is_upper = is_below & (not is_wide)  # the tail is N(d1), else N(−d1)
    above = tail if is_upper else complement
    below = complement if is_upper else tail
    delta = discount_factor * (above if sign > 0 else -below)

    density = discount_factor * INVERSE_SQRT_TWO_PI * gaussian
    forward_density = forward * density
    gamma = density * inverse
    vega = forward_density * root
    theta = rate * value - 0.5 * forward_density * vol * inverse_root
    rho = -time_to_expiry * value
    vanna = -density * d2 * inverse_vol
    charm = rate * delta + 0.5 * density * d2 * inverse_time
    product = d1 * d2
    vega_per_vol = vega * inverse_vol
    volga = vega_per_vol * product
    speed = -gamma * inverse_forward * (1.0 + d1 * inverse_s)
    zomma = gamma * (product - 1.0) * inverse_vol
    color = gamma * (rate + 0.5 * (1.0 - product) * inverse_time)
    ultima = -vega_per_vol * inverse_vol * (product * (1.0 - product) + d1 * d1 + d2 * d2)
    return value, delta, gamma, vega, theta, rho, vanna, charm, volga, speed, zomma, color, ultima


@kernel
def black_edge(forward, strike, time_to_expiry, vol, sign, discount_factor):
    """The thirteen numbers where `is_regular` fails: settled, without variance, a strike of 0; NaN for bad input."""
    nan = math.nan
    if not (sign * sign == 1 and time_to_expiry == time_to_expiry):
        return nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan
    intrinsic = discount_factor * max(sign * (forward - strike), 0.0) if forward == forward else nan
    if time_to_expiry <= 0.0:
        return intrinsic, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if not (
        forward >= 0.0
        and strike >= 0.0
        and forward < math.inf
        and strike < math.inf
        and time_to_expiry < math.inf
        and vol >= 0.0
        and vol < math.inf
        and discount_factor > 0.0
        and discount_factor < math.inf
    ):
        return nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan, nan
    if forward == strike:  # no variance exactly at the money: gamma and what follows from it have no limit
        delta = 0.5 * sign * discount_factor
        density = discount_factor * INVERSE_SQRT_TWO_PI
        root = math.sqrt(time_to_expiry)
        return 0.0, delta, nan, forward * density * root, nan, 0.0, 0.5 * density * root, nan, 0.0, nan, nan, nan, nan
    rate = -math.log(discount_factor) / time_to_expiry
    delta = sign * discount_factor if sign * (forward - strike) > 0.0 else 0.0
    theta = rate * intrinsic
    rho = -time_to_expiry * intrinsic
    return intrinsic, delta, 0.0, 0.0, theta, rho, 0.0, rate * delta, 0.0, 0.0, 0.0, 0.0, 0.0


@inlined
def to_spot(row, spot, forward, time_to_expiry):
    """A row of forward Greeks as derivatives to the spot, F = S·G, G = e^(bT), b held."""
    value, delta, gamma, vega, theta, _, vanna, charm, volga, speed, zomma, color, ultima = row
    growth = forward / spot
    carry = log_ratio(forward, spot) / time_to_expiry
    drift = carry * forward
    squared = growth * growth
    return (
        value,
        growth * delta,
        squared * gamma,
        vega,
        theta - drift * delta,
        time_to_expiry * (forward * delta - value),
        growth * vanna,
        growth * (charm - carry * delta - drift * gamma),
        volga,
        squared * growth * speed,
        squared * zomma,
        squared * (color - 2.0 * carry * gamma - drift * speed),
        ultima,
    )


@inlined
def to_coin(row, forward):
    """A row of undiscounted forward Greeks as values in coin and derivatives of the net delta ∂P/∂F − P/F."""
    value, delta, gamma, vega, theta, _, vanna, charm, volga, speed, zomma, color, ultima = row
    inverse = 1.0 / forward
    net_delta = delta - value * inverse
    net_gamma = gamma - net_delta * inverse
    net_vanna = vanna - vega * inverse
    net_charm = charm - theta * inverse
    return (
        value * inverse,
        net_delta,
        net_gamma,
        vega * inverse,
        theta * inverse,
        0.0,
        net_vanna,
        net_charm,
        volga * inverse,
        speed - (net_gamma - net_delta * inverse) * inverse,
        zomma - net_vanna * inverse,
        color - net_charm * inverse,
        ultima * inverse,
    )


@inlined
def store(tile, j, row):
    """Put the thirteen numbers of a row into column j."""
    tile[0, j] = row[0]
    tile[1, j] = row[1]
    tile[2, j] = row[2]
    tile[3, j] = row[3]
    tile[4, j] = row[4]
    tile[5, j] = row[5]
    tile[6, j] = row[6]
    tile[7, j] = row[7]
    tile[8, j] = row[8]
    tile[9, j] = row[9]
    tile[10, j] = row[10]
    tile[11, j] = row[11]
    tile[12, j] = row[12]


@kernel
def black_greeks(forward, strike, time_to_expiry, vol, sign, discount_factor, out):
    """Fill out[13, n] with value and Greeks of n options, derivatives to the forward.

    LLVM vectorises a loop with thirteen outputs only where it can tell them apart: they go to a tile whose shape it
    knows, and from there to `out`.
    """
    n = forward.shape[0]
    tile = np.empty((GREEK_COUNT, TILE))
    for block in range((n + TILE - 1) // TILE):  # range(0, n, 128) would hide that indices are ≥ 0
        start = block * TILE
        count = min(TILE, n - start)
        regular = 0
        for j in range(count):
            i = start + j
            regular += is_regular(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
            row = black_lane(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
            store(tile, j, row)
        for k in range(GREEK_COUNT):
            for j in range(count):
                out[k, start + j] = tile[k, j]
        if regular < count:
            for i in range(start, start + count):
                if not is_regular(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i]):
                    row = black_edge(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
                    store(out, i, row)


@kernel
def spot_greeks(spot, forward, strike, time_to_expiry, vol, sign, discount_factor, out):
    """As `black_greeks`, derivatives to the spot."""
    n = forward.shape[0]
    tile = np.empty((GREEK_COUNT, TILE))
    for block in range((n + TILE - 1) // TILE):
        start = block * TILE
        count = min(TILE, n - start)
        regular = 0
        for j in range(count):
            i = start + j
            regular += is_regular(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i]) & (
                is_regular(spot[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
            )
            row = black_lane(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
            store(tile, j, to_spot(row, spot[i], forward[i], time_to_expiry[i]))
        for k in range(GREEK_COUNT):
            for j in range(count):
                out[k, start + j] = tile[k, j]
        if regular < count:
            for i in range(start, start + count):
                _spot_edge(i, spot, forward, strike, time_to_expiry, vol, sign, discount_factor, out)


@kernel
def _spot_edge(i, spot, forward, strike, time_to_expiry, vol, sign, discount_factor, out):
    if time_to_expiry[i] > 0.0 and not _SMALL < spot[i] < _LARGE:
        for k in range(GREEK_COUNT):
            out[k, i] = math.nan
    elif not is_regular(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i]):
        row = black_edge(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
        store(out, i, to_spot(row, spot[i], forward[i], time_to_expiry[i]) if time_to_expiry[i] > 0.0 else row)


@kernel
def inverse_greeks(forward, strike, time_to_expiry, vol, sign, discount_factor, out):
    """As `black_greeks`, values in coin; `discount_factor` is 1 in every row."""
    n = forward.shape[0]
    tile = np.empty((GREEK_COUNT, TILE))
    for block in range((n + TILE - 1) // TILE):
        start = block * TILE
        count = min(TILE, n - start)
        regular = 0
        for j in range(count):
            i = start + j
            regular += is_regular(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
            row = black_lane(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
            store(tile, j, to_coin(row, forward[i]))
        for k in range(GREEK_COUNT):
            for j in range(count):
                out[k, start + j] = tile[k, j]
        if regular < count:
            for i in range(start, start + count):
                _coin_edge(i, forward, strike, time_to_expiry, vol, sign, discount_factor, out)


@kernel
def _coin_edge(i, forward, strike, time_to_expiry, vol, sign, discount_factor, out):
    if not is_regular(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i]):
        row = black_edge(forward[i], strike[i], time_to_expiry[i], vol[i], sign[i], discount_factor[i])
        store(out, i, to_coin(row, forward[i]))
        if time_to_expiry[i] <= 0.0:  # settled: the premium is in the account, nothing is left to hedge
            for k in range(1, GREEK_COUNT):
                out[k, i] = 0.0


warms(black_greeks, FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, FLOATS, TABLE_OUT)
warms(spot_greeks, FLOATS, FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, FLOATS, TABLE_OUT)
warms(inverse_greeks, FLOATS, FLOATS, FLOATS, FLOATS, SIGNS, FLOATS, TABLE_OUT)
