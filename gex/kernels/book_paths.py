"""Delta, gamma and value of a book of options on a block of paths: the same options, a different spot on each path.

A row of `book` is one line: strike, sign (+1 call, −1 put, 0 a contract whose delta is units·(S − strike), a pure gamma),
signed units, the volatility that deltas are computed with, the one that marks it, the step at which it settles and the
number of steps its settlement price is averaged over (0: the price of that step).
"""

import math

from gex.kernels.compiling import inlined, kernel
from gex.kernels.normal import INVERSE_SQRT_TWO_PI, SQRT_HALF, erfcx, exp, log_ratio

STRIKE, SIGN, UNITS, DELTA_VOL, MARK_VOL, EXPIRY_STEP, AVERAGED_STEPS = 0, 1, 2, 3, 4, 5, 6
BOOK_WIDTH = 7
_LEAST = 1e-12  # of spot: the strike that stands for those at or below 0 where a logarithm is taken
BLACK, MINIMUM_VARIANCE, INTRINSIC = 0, 1, 2  # kinds of delta


@inlined
def _tail(d):
    """(N(d), e^(−d²/2)), branch-free."""
    gaussian = exp(-0.5 * d * d)
    tail = 0.5 * erfcx(abs(d) * SQRT_HALF) * gaussian
    return (1.0 - tail if d > 0.0 else tail), gaussian


@kernel
def add_black(level, strike, stdev, sign, units, weight, delta, gamma):
    """Add units·weight·(N(±d1)) and the gamma of one line with a strike a path; `stdev` = σ√τ > 0, r = 0."""
    size = units * weight
    scale = size * INVERSE_SQRT_TWO_PI / stdev
    shift = 0.0 if sign > 0.0 else -1.0
    for lane in range(len(level)):
        d1 = log_ratio(level[lane], max(strike[lane], _LEAST * level[lane])) / stdev + 0.5 * stdev
        upper, gaussian = _tail(d1)
        delta[lane] += size * (upper + shift)
        gamma[lane] += scale * gaussian / level[lane]


@kernel
def add_value(level, strike, stdev, sign, units, value):
    """Add the undiscounted value of one line with a strike a path."""
    for lane in range(len(level)):
        d1 = log_ratio(level[lane], max(strike[lane], _LEAST * level[lane])) / stdev + 0.5 * stdev
        call = level[lane] * _tail(d1)[0] - strike[lane] * _tail(d1 - stdev)[0]
        value[lane] += units * (call if sign > 0.0 else call - level[lane] + strike[lane])


@kernel
def prepare_strike(level, row, step, fixed_sum, strike):
    """The strike of a line on each path, and the weight of what is not yet fixed of its average.

    With a share u of the average fixed at A the option is one on the rest with strike (K − uA)/(1 − u), of 1 − u units
    (hedging.md §2). It may be at or below 0: in the money whatever comes.
    """
    averaged = int(row[AVERAGED_STEPS])
    fixed = step - (int(row[EXPIRY_STEP]) - averaged) if averaged > 0 else 0
    if fixed <= 0:
        for lane in range(len(level)):
            strike[lane] = row[STRIKE]
        return 1.0
    left = 1.0 - fixed / averaged
    for lane in range(len(level)):
        strike[lane] = (row[STRIKE] - fixed_sum[lane] / averaged) / left
    return left


@inlined
def effective_time(variance_time, step, row):
    """Variance time left to a line at a step, years; an average of n steps has lost two thirds of its window.

    Before the window T − 2Δ/3, inside it a third of what is left (as `gex.calendar.averaged_time`).
    """
    expiry, averaged = int(row[EXPIRY_STEP]), int(row[AVERAGED_STEPS])
    left = variance_time[expiry] - variance_time[step]
    if averaged == 0:
        return left
    window = variance_time[expiry] - variance_time[expiry - averaged]
    return left - 2.0 * window / 3.0 if left >= window else left / 3.0


@kernel
def book_greeks(level, book, step, variance_time, kind, skew, fixed_sum, strike, delta, gamma, spare):
    """Delta and gamma of the whole book on every path at a step. `skew` is (a, b, c) of the minimum-variance delta.

    Δ_MV = Δ + vega/(S√T)·(a + bΔ + cΔ²), vega/(S√T) = S·Γ·σ·√T, with Δ that of a call or put of one unit (Hull & White).
    """
    count = len(level)
    for lane in range(count):
        delta[lane] = 0.0
        gamma[lane] = 0.0
    for line in range(book.shape[0]):
        row = book[line]
        units, sign = row[UNITS], row[SIGN]
        if step >= int(row[EXPIRY_STEP]):
            continue
        if sign == 0.0:
            for lane in range(count):
                delta[lane] += units * (level[lane] - row[STRIKE])
                gamma[lane] += units
            continue
        left = prepare_strike(level, row, step, fixed_sum[line], strike)
        if kind == INTRINSIC:
            for lane in range(count):
                is_in = sign * (level[lane] - strike[lane]) > 0.0
                delta[lane] += units * sign * left if is_in else 0.0
            continue
        time = effective_time(variance_time, step, row)
        stdev = row[DELTA_VOL] * math.sqrt(time)
        if not stdev > 0.0:
            continue
        if kind == BLACK:
            add_black(level, strike, stdev, sign, units, left, delta, gamma)
            continue
        for lane in range(count):
            spare[0, lane] = 0.0
            spare[1, lane] = 0.0
        add_black(level, strike, stdev, sign, 1.0, 1.0, spare[0], spare[1])
        for lane in range(count):
            one, curve = spare[0, lane], spare[1, lane]
            adjusted = one + level[lane] * curve * row[DELTA_VOL] * math.sqrt(time) * (
                skew[0] + one * (skew[1] + one * skew[2])
            )
            delta[lane] += units * left * adjusted
            gamma[lane] += units * left * curve


@kernel
def book_value(level, book, step, variance_time, fixed_sum, strike, value):
    """Value of the lines alive on every path at a step, by their marking volatility; settled ones count 0."""
    for lane in range(len(level)):
        value[lane] = 0.0
    for line in range(book.shape[0]):
        row = book[line]
        if step >= int(row[EXPIRY_STEP]):
            continue
        if row[SIGN] == 0.0:
            left = variance_time[int(row[EXPIRY_STEP])] - variance_time[step]
            variance = row[MARK_VOL] * row[MARK_VOL] * left
            for lane in range(len(level)):
                away = level[lane] - row[STRIKE]
                value[lane] += 0.5 * row[UNITS] * (away * away + level[lane] * level[lane] * math.expm1(variance))
            continue
        left = prepare_strike(level, row, step, fixed_sum[line], strike)
        stdev = row[MARK_VOL] * math.sqrt(effective_time(variance_time, step, row))
        add_value(level, strike, stdev, row[SIGN], row[UNITS] * left, value)


@kernel
def settle_book(level, book, step, fixed_sum, cash):
    """Add what settles at this step to `cash`, after the fixing of this step was added to the averages."""
    for line in range(book.shape[0]):
        row = book[line]
        expiry, averaged = int(row[EXPIRY_STEP]), int(row[AVERAGED_STEPS])
        if averaged > 0 and expiry - averaged < step <= expiry:
            for lane in range(len(level)):
                fixed_sum[line, lane] += level[lane]
        if step != expiry:
            continue
        for lane in range(len(level)):
            price = fixed_sum[line, lane] / averaged if averaged > 0 else level[lane]
            if row[SIGN] == 0.0:
                cash[lane] += 0.5 * row[UNITS] * (price - row[STRIKE]) ** 2
            else:
                cash[lane] += row[UNITS] * max(row[SIGN] * (price - row[STRIKE]), 0.0)
