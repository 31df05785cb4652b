"""Put–call parity of a whole chain: which pairs are near the money, the slope they show, the forwards they allow.

Rows are pairs quoted on both sides, ascending in strike within an expiry; expiry j has the rows start[j] to start[j + 1].
`centre` is C − P at the mids, `half_width` half of its quoted interval, `straddle` C + P at the mids.
"""

import math

import numpy as np
from numba import boolean, float64, int64, types

from gex.kernels.compiling import FLOATS, FLOATS_OUT, INDICES, TABLE_OUT, kernel, warms

HUBER = 0.25  # half-spreads beyond which a pair's pull on the forward stops growing
OUTLIER = 2.0  # standard deviations beyond which its pull on the slope does; inside its own quotes none is beyond √3


@kernel
def near_the_money(strike, centre, straddle, inverse, first, last, deviations, at_least, near):
    """Mark in `near` the rows of first ≤ i < last within so many standard deviations of where call and put cost the same.

    The standard deviation of ln S is read off the straddle there, F·σ√T ≈ straddle/0.8 (coin prices are relative to F
    already). Fewer than `at_least` such rows: the `at_least` nearest. Returns how many are marked.
    """
    count = last - first
    middle = first
    for i in range(first, last):
        near[i] = count <= at_least
        if abs(centre[i]) < abs(centre[middle]):
            middle = i
    if count <= at_least:
        return count
    stdev = straddle[middle] / 0.8
    if not inverse:
        stdev /= strike[middle]
    reach = deviations * stdev
    marked = 0
    for i in range(first, last):
        if abs(math.log(strike[i] / strike[middle])) <= reach:
            near[i] = True
            marked += 1
    low = middle
    high = middle
    while marked < at_least:  # strikes ascend: widen around the middle by the nearer neighbour
        for i in range(first, last):
            near[i] = low <= i <= high
        marked = high - low + 1
        if marked >= at_least:
            break
        below = math.log(strike[middle] / strike[low - 1]) if low > first else math.inf
        above = math.log(strike[high + 1] / strike[middle]) if high + 1 < last else math.inf
        if below <= above:
            low -= 1
        else:
            high += 1
    return marked


@kernel
def slope_of(strike, centre, half_width, near, first, last):
    """(D, standard error) of C − P = D(F − K) over the rows marked: weighted least squares, outliers reweighted.

    A value is uniform in its quoted interval, so its standard deviation is half_width/√3. NaN for fewer than four rows,
    or where the strikes have no spread.
    """
    count = 0
    for i in range(first, last):
        count += near[i]
    if count < 4:
        return math.nan, math.nan
    slope = math.nan
    intercept = math.nan
    variance = math.nan
    for _ in range(12):
        total = 0.0
        at = 0.0
        value = 0.0
        for i in range(first, last):
            if near[i]:
                deviation = max(half_width[i], 1e-9) / math.sqrt(3.0)
                weight = 1.0 / (deviation * deviation)
                if slope == slope:
                    residual = abs(centre[i] - intercept - slope * strike[i]) / deviation
                    weight *= 1.0 if residual <= OUTLIER else OUTLIER / residual
                total += weight
                at += weight * strike[i]
                value += weight * centre[i]
        at /= total
        value /= total
        spread = 0.0
        tilt = 0.0
        for i in range(first, last):
            if near[i]:
                deviation = max(half_width[i], 1e-9) / math.sqrt(3.0)
                weight = 1.0 / (deviation * deviation)
                if slope == slope:
                    residual = abs(centre[i] - intercept - slope * strike[i]) / deviation
                    weight *= 1.0 if residual <= OUTLIER else OUTLIER / residual
                spread += weight * (strike[i] - at) * (strike[i] - at)
                tilt += weight * (strike[i] - at) * (centre[i] - value)
        if not spread > 1e-18 * total * at * at:  # one strike, to rounding
            return math.nan, math.nan
        new = tilt / spread
        variance = 1.0 / spread
        done = abs(new - slope) <= 1e-12 * abs(new)
        slope = new
        intercept = value - slope * at
        if done:
            break
    return -slope, math.sqrt(variance)


@kernel
def parity_forward(lower, upper, alive):
    """(forward, L, U, dropped, standard error) of the intervals [lower, upper] with `alive` true; NaN where none is.

    L is the largest lower end and U the smallest upper one. Where they cross, the interval whose binding end lies farther
    from the median centre is dropped (`alive` is changed) until they do not. The forward is the Huber mean of the centres,
    weights min(1, HUBER/|r|)/h² with r = (centre − mean)/h, clipped to [L, U]: it never contradicts the quotes behind it.

    Where every price is uniform in its quoted interval the true forward is uniform in [L, U], so the mean squared error of
    a forward x is (U − L)²/12 + (x − (L + U)/2)². Quotes that contradict each other do not fit that picture: where any was
    dropped the error is at least that of a median, 1.2533·1.4826·median|centre − x|/√n, over all of them.
    """
    n = lower.shape[0]
    centre = np.empty(n)
    wanted = alive.copy()
    dropped = 0
    low = -math.inf
    high = math.inf
    while True:
        low = -math.inf
        high = math.inf
        at_low = -1
        at_high = -1
        count = 0
        for i in range(n):
            if alive[i]:
                centre[count] = 0.5 * (lower[i] + upper[i])
                count += 1
                if lower[i] > low:
                    low = lower[i]
                    at_low = i
                if upper[i] < high:
                    high = upper[i]
                    at_high = i
        if count == 0:
            return math.nan, math.nan, math.nan, dropped, math.nan
        if low <= high:
            break
        middle = np.median(centre[:count])
        alive[at_low if low - middle >= middle - high else at_high] = False
        dropped += 1
    mean = math.nan
    for _ in range(100):
        total = 0.0
        weights = 0.0
        for i in range(n):
            if alive[i]:
                here = 0.5 * (lower[i] + upper[i])
                half = max(0.5 * (upper[i] - lower[i]), 1e-12 * abs(here))
                weight = 1.0 / (half * half)
                if mean == mean:
                    residual = abs(here - mean) / half
                    weight *= 1.0 if residual <= HUBER else HUBER / residual
                total += weight * here
                weights += weight
        new = total / weights
        done = abs(new - mean) <= 1e-14 * abs(new)
        mean = new
        if done:
            break
    found = min(max(mean, low), high)
    error = math.hypot((high - low) / math.sqrt(12.0), found - 0.5 * (low + high))
    if dropped > 0:
        count = 0
        for i in range(n):
            if wanted[i]:
                centre[count] = abs(0.5 * (lower[i] + upper[i]) - found)
                count += 1
        error = max(error, 1.2533 * 1.4826 * np.median(centre[:count]) / math.sqrt(count))
    return found, low, high, dropped, error


@kernel
def parity_slopes(start, strike, centre, half_width, straddle, inverse, deviations, at_least, slope, error):
    """slope[j], error[j] = discount factor and standard error that the pairs near the money of expiry j show."""
    near = np.zeros(strike.shape[0], np.bool_)
    for j in range(start.shape[0] - 1):
        first = start[j]
        last = start[j + 1]
        near_the_money(strike, centre, straddle, inverse[j], first, last, deviations, at_least, near)
        slope[j], error[j] = slope_of(strike, centre, half_width, near, first, last)


@kernel
def parity_forwards(
    start,
    strike,
    centre,
    half_width,
    straddle,
    inverse,
    discount_factor,
    deviations,
    at_least,
    forward,
    lower,
    upper,
    count,
    dropped,
    error,
):
    """Forward, box, pairs, dropped pairs and standard error of every expiry; NaN where it has no pair."""
    near = np.zeros(strike.shape[0], np.bool_)
    for j in range(start.shape[0] - 1):
        first = start[j]
        last = start[j + 1]
        count[j] = near_the_money(strike, centre, straddle, inverse[j], first, last, deviations, at_least, near)
        low = np.empty(last - first)
        high = np.empty(last - first)
        alive = np.zeros(last - first, np.bool_)
        for i in range(first, last):
            down = centre[i] - half_width[i]
            up = centre[i] + half_width[i]
            if inverse[j]:  # C − P = 1 − K/F in coin
                low[i - first] = strike[i] / (1.0 - down) if down < 1.0 else math.inf
                high[i - first] = strike[i] / (1.0 - up) if up < 1.0 else math.inf
            else:  # C − P = D(F − K)
                low[i - first] = strike[i] + down / discount_factor[j]
                high[i - first] = strike[i] + up / discount_factor[j]
            alive[i - first] = near[i] and math.isfinite(low[i - first]) and math.isfinite(high[i - first])
        forward[j], lower[j], upper[j], dropped[j], error[j] = parity_forward(low, high, alive)


@kernel
def quoted_pairs(start, strike, call, put, bid, ask, out_start, out):
    """The pairs whose call and put both have a bid and an ask, in their order; returns how many, out_start by expiry.

    out[:, i] = (strike, call less put at the mids, half the quoted interval of that, call plus put at the mids).
    """
    count = 0
    for j in range(start.shape[0] - 1):
        out_start[j] = count
        for i in range(start[j], start[j + 1]):
            c = call[i]
            p = put[i]
            if c < 0 or p < 0:
                continue
            if bid[c] > 0.0 and ask[c] >= bid[c] and bid[p] > 0.0 and ask[p] >= bid[p]:
                call_mid = 0.5 * (bid[c] + ask[c])
                put_mid = 0.5 * (bid[p] + ask[p])
                out[0, count] = strike[i]
                out[1, count] = call_mid - put_mid
                out[2, count] = 0.5 * (ask[c] - bid[c] + ask[p] - bid[p])
                out[3, count] = call_mid + put_mid
                count += 1
    out_start[start.shape[0] - 1] = count
    return count


_FLAGS = types.Array(boolean, 1, "C", readonly=True)
_COUNTS_OUT = types.Array(int64, 1, "C")
_PAIRS = (INDICES, FLOATS, FLOATS, FLOATS, FLOATS, _FLAGS)
warms(quoted_pairs, INDICES, FLOATS, INDICES, INDICES, FLOATS, FLOATS, _COUNTS_OUT, TABLE_OUT)
warms(parity_slopes, *_PAIRS, float64, int64, FLOATS_OUT, FLOATS_OUT)
warms(
    parity_forwards,
    *(*_PAIRS, FLOATS, float64, int64),
    *(FLOATS_OUT, FLOATS_OUT, FLOATS_OUT, _COUNTS_OUT, _COUNTS_OUT, FLOATS_OUT),
)
