"""Value, thirteen Greeks and implied volatility by the finite differences of dividends.py, from two grids each.

numpy outside, compiled inside: a row takes hundreds of microseconds, so the arrays around it cost nothing.
"""

import numpy as np
import numpy.typing as npt

from gex.kernels.black import GREEK_COUNT
from gex.kernels.dividends import COARSE, FINE, ROW_COUNT, dividend_values

Floats = npt.NDArray[np.float64]

_VOL_BUMP = 1e-2
_RATE_BUMP = 1e-4
_STEP_CAP = 60
_SETTLED = 1e-9
_HIGHEST = 20.0


def grid_values(terms: tuple[Floats, ...], grid_vol: Floats, when: Floats, amount: Floats, is_american: bool) -> Floats:
    """[7, n] of rows (spot, strike, time, vol, rate, yield, sign): price, delta, gamma, speed, theta, charm, color.

    From two grids, with the error in the square of their spacing taken out.
    """
    spot, strike, time_to_expiry, vol, rate, carry_yield, sign = terms
    order = np.argsort(time_to_expiry, kind="stable")
    columns = [np.ascontiguousarray(c[order]) for c in (spot, strike, time_to_expiry, vol, grid_vol, rate, carry_yield)]
    signs = np.ascontiguousarray(sign[order])
    for column in (*columns, signs):
        column.flags.writeable = False
    results = []
    for node_count, step_count in (COARSE, FINE):
        out = np.empty((ROW_COUNT, len(order)))
        dividend_values(*columns, signs, when, amount, is_american, node_count, step_count, out)
        results.append(out)
    coarse, fine = results
    best = np.empty_like(fine)
    best[:, order] = (4.0 * fine - coarse) / 3.0
    intrinsic = np.maximum(sign * (spot - strike), 0.0)
    if is_american:
        best[0] = np.maximum(best[0], intrinsic)
    return best


def dividend_greeks(terms: tuple[Floats, ...], when: Floats, amount: Floats, is_future: bool) -> Floats:
    """[13, n] of American options in the order of `gex.greeks.Greeks`; rows as in `grid_values`, valid, with time left."""
    spot, strike, time_to_expiry, vol, rate, carry_yield, sign = terms

    def at(vol_shift: float = 0.0, rate_shift: float = 0.0) -> Floats:
        moved_yield = carry_yield + rate_shift if is_future else carry_yield
        moved = (spot, strike, time_to_expiry, vol * (1.0 + vol_shift), rate + rate_shift, moved_yield, sign)
        return grid_values(moved, vol, when, amount, True)

    step = vol * _VOL_BUMP
    base = at()
    plus, minus, plus2, minus2 = (at(vol_shift=k * _VOL_BUMP) for k in (1.0, -1.0, 2.0, -2.0))
    rate_plus, rate_minus = at(rate_shift=_RATE_BUMP), at(rate_shift=-_RATE_BUMP)
    by_vol = (8.0 * (plus - minus) - (plus2 - minus2)) / (12.0 * step)
    out = np.empty((GREEK_COUNT, len(spot)))
    out[0], out[1], out[2], out[9], out[4], out[7], out[11] = base
    out[3], out[6], out[10] = by_vol[0], by_vol[1], by_vol[2]
    out[5] = (rate_plus[0] - rate_minus[0]) / (2.0 * _RATE_BUMP)
    out[8] = (16.0 * (plus[0] + minus[0]) - (plus2[0] + minus2[0]) - 30.0 * base[0]) / (12.0 * step * step)
    out[12] = (plus2[0] - minus2[0] - 2.0 * (plus[0] - minus[0])) / (2.0 * step**3)
    is_exercised = (base[0] == sign * (spot - strike)) & (base[2] == 0.0)
    out[3, is_exercised] = 0.0
    out[5:, is_exercised] = 0.0
    return out


def dividend_implied_vols(
    price: Floats, terms: tuple[Floats, ...], when: Floats, amount: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """(vol, is_found) of valid American rows by secant steps between brackets; terms as in `grid_values` without vol."""
    n = len(price)
    low, high = np.full(n, 1e-3), np.full(n, _HIGHEST)
    vol, last_vol, last_miss = np.full(n, 0.3), np.full(n, np.nan), np.full(n, np.nan)
    is_found = np.zeros(n, np.bool_)
    found = np.full(n, np.nan)
    for _ in range(_STEP_CAP):
        rows = np.flatnonzero(~is_found)
        if rows.size == 0:
            break
        now = vol[rows]
        spot, strike, time_to_expiry, rate, carry_yield, sign = (column[rows] for column in terms)
        values = grid_values((spot, strike, time_to_expiry, now, rate, carry_yield, sign), now, when, amount, True)
        miss = values[0] - price[rows]
        is_high = miss > 0.0
        high[rows[is_high]] = now[is_high]
        low[rows[~is_high]] = now[~is_high]
        with np.errstate(divide="ignore", invalid="ignore"):
            following = now - miss * (now - last_vol[rows]) / (miss - last_miss[rows])
        middle = 0.5 * (low[rows] + high[rows])
        middle = np.where(high[rows] > 2.0, np.sqrt(low[rows] * high[rows]), middle)
        following = np.where((following > low[rows]) & (following < high[rows]), following, middle)
        following = np.where(miss == 0.0, now, following)
        last_vol[rows], last_miss[rows] = now, miss
        is_settled = (
            (np.abs(following - now) <= _SETTLED * now) | (miss == 0.0) | (high[rows] - low[rows] <= _SETTLED * now)
        )
        vol[rows] = following
        found[rows[is_settled]] = following[is_settled]
        is_found[rows[is_settled]] = True
    return found, is_found
