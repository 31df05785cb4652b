"""Which quotes make a smile, in order of slice and log-moneyness, and what each says of total variance."""

import math

import numpy as np

from gex.kernels.compiling import kernel

NOTHING = 0
BIDDEN = 1  # has a bid that is no target of its own: it ends a run of asks without bids
QUOTED = 2
UNBID = 3  # an ask out of the money without a bid
PRINTED = 4

_ROOT_TWO_PI = math.sqrt(2.0 * math.pi)


@kernel
def classify(slice_of, is_outside, is_ok, bid, ask, bid_vol, mid_vol, ask_vol, source_vol, tick, widest, kind, count):
    """kind[i] of every quote, and count[j, kind] of every slice; slice_of −1 is no slice.

    Quoted: bid of at least one tick, ask of at most `widest` bids, volatilities of both.
    """
    for i in range(kind.shape[0]):
        kind[i] = NOTHING
        j = slice_of[i]
        if j < 0 or not is_outside[i]:
            continue
        if (
            is_ok[i]
            and bid_vol[i] > 0.0
            and mid_vol[i] > 0.0
            and math.isfinite(ask_vol[i])
            and bid[i] >= tick[i] * (1.0 - 1e-9)
            and ask[i] <= widest * bid[i]
        ):
            kind[i] = QUOTED
        elif bid[i] > 0.0:
            kind[i] = BIDDEN
        elif ask_vol[i] > 0.0:
            kind[i] = UNBID
        elif math.isnan(bid[i]) and math.isnan(ask[i]) and 0.0 < source_vol[i] < math.inf:
            kind[i] = PRINTED
        count[j, kind[i]] += 1


@kernel
def order_rows(slice_of, strike, kind, start, row):
    """row[start[j]:start[j + 1]]: the quotes of slice j that are anything, ascending in strike (then in row)."""
    fill = start.copy()
    for i in range(kind.shape[0]):
        if kind[i] != NOTHING:
            j = slice_of[i]
            row[fill[j]] = i
            fill[j] += 1
    for j in range(start.shape[0] - 1):
        low, high = start[j], start[j + 1]
        for a in range(low + 1, high):  # sources sort by strike, so this is one comparison a row
            if strike[row[a - 1]] > strike[row[a]]:
                here = row[low:high].copy()
                order = np.argsort(strike[here], kind="mergesort")
                for b in range(high - low):
                    row[low + b] = here[order[b]]
                break


@kernel
def choose(kind, right, start, row, zero_bids, prefers_prints, kept):
    """kept[a]: True where row[a] is a target. Asks without bids count outward from the money up to the zero_bids-th in a
    row; prints only in slices that prefer them.
    """
    for j in range(start.shape[0] - 1):
        low, high = start[j], start[j + 1]
        for a in range(low, high):
            what = kind[row[a]]
            kept[a] = what == QUOTED or (what == PRINTED and prefers_prints[j])
        for side in range(2):
            run = 0
            for step in range(high - low):
                a = low + step if side == 0 else high - 1 - step
                i = row[a]
                if (right[i] > 0) != (side == 0):
                    continue
                what = kind[i]
                if what == UNBID:
                    run += 1
                    kept[a] = run <= zero_bids
                    if run >= zero_bids:
                        break
                elif what != PRINTED:
                    run = 0


@kernel
def variances(
    kind, start, row, expiry, strike, bid_vol, ask_vol, source_vol, age, forward, time, tick_price, print_width, decay,
    floor_share, k, low, middle, high, weight, money, slice_age,
):  # fmt: skip
    """Fill the columns of the targets, and per slice the level at the money and the median age.

    Spreads are floored by what a tick of price is worth in w (w moves by 2√w per unit of √w, vega is F n(d₊)) and by
    `floor_share` of the median spread of the slice; weight = e^{−age/decay}/(count · spread²).
    """
    room = np.empty(max(k.shape[0], 1))
    spread = np.empty(max(k.shape[0], 1))
    for j in range(start.shape[0] - 1):
        first, stop = start[j], start[j + 1]
        used = 0
        left_k, left_w, right_k, right_w = -math.inf, math.nan, math.inf, math.nan
        for a in range(first, stop):
            i = row[a]
            e = expiry[i]
            k[a] = math.log(strike[i] / forward[e])
            what = kind[i]
            bid, ask = bid_vol[i], ask_vol[i]
            if what == PRINTED:
                bid, ask = source_vol[i] * (1.0 - print_width), source_vol[i] * (1.0 + print_width)
            elif what == UNBID:
                bid = 0.0
            t = time[e]
            low[a], high[a] = bid * bid * t, ask * ask * t
            vol = 0.5 * (bid + ask)
            middle[a] = vol * vol * t if what != UNBID else math.nan
            spread[a] = high[a] - low[a]
            if what != PRINTED:
                root = max(vol, 1e-6) * math.sqrt(t)
                d = -k[a] / root + 0.5 * root
                vega = forward[e] * math.exp(-0.5 * d * d) / _ROOT_TWO_PI
                worth = 2.0 * root * tick_price[e] / max(vega, 1e-300)
                spread[a] = max(spread[a], min(worth, max(root * root, spread[a])))
            if what == UNBID:
                continue
            room[used] = spread[a]
            used += 1
            if k[a] <= 0.0:
                left_k, left_w = k[a], middle[a]
            elif right_k == math.inf:
                right_k, right_w = k[a], middle[a]
        floor = 1e-12
        money[j] = math.nan
        if used > 0:
            floor = max(floor, floor_share * np.median(room[:used]))
            if left_k == -math.inf:
                money[j] = right_w
            elif right_k == math.inf:
                money[j] = left_w
            else:
                money[j] = left_w + (right_w - left_w) * (-left_k) / (right_k - left_k)
        aged = 0
        for a in range(first, stop):
            i = row[a]
            width = max(spread[a], floor)
            old = 0.0 if math.isnan(age[i]) else age[i]
            fade = math.exp(-old / decay) if old > 0.0 else 1.0
            weight[a] = fade / (width * width * (stop - first))
            if not math.isnan(age[i]):
                room[aged] = age[i]
                aged += 1
        slice_age[j] = np.median(room[:aged]) if aged > 0 else math.nan
