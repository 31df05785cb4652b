"""Levels that desks watch: walls and max pain."""

import enum
from dataclasses import dataclass

import numpy as np

from gex.columns import Bools, Floats
from gex.contracts import Expiry
from gex.exposure.map import ExposureMap
from gex.pairs import Pairs
from gex.quotes import Quotes


class WallMode(enum.Enum):
    """What is compared across strikes to find a wall."""

    GROSS = "gross"  # the largest exposure of calls (of puts), whatever its sign
    NET = "net"  # the largest (the smallest) sum of calls and puts


@dataclass(frozen=True, kw_only=True)
class Walls:
    """The strikes with the largest call and put gamma; None where no strike qualifies.

    `is_side_restricted`: the call wall is looked for at and above spot, the put wall at and below; an unrestricted wall may
    lie on the wrong side to draw.
    """

    mode: WallMode
    is_side_restricted: bool
    call_wall: float | None
    call_wall_exposure: float | None  # currency per 1 %, signed as the dealer's book
    put_wall: float | None
    put_wall_exposure: float | None


@dataclass(frozen=True)
class _ByStrike:
    strike: Floats
    call: Floats
    put: Floats


def walls(cells: ExposureMap, mode: WallMode, *, is_side_restricted: bool) -> Walls:
    """Call and put wall over all expiries of a map. Ties go to the strike nearest to spot, then to the lower."""
    table = _by_strike(cells)
    everywhere = np.ones(len(table.strike), np.bool_)
    above = table.strike >= cells.spot if is_side_restricted else everywhere
    below = table.strike <= cells.spot if is_side_restricted else everywhere
    if mode is WallMode.GROSS:
        call_at = _largest(table.strike, np.abs(table.call), above, cells.spot)
        put_at = _largest(table.strike, np.abs(table.put), below, cells.spot)
        call_value, put_value = table.call, table.put
    else:
        net = table.call + table.put
        call_at = _largest(table.strike, net, above, cells.spot)
        put_at = _largest(table.strike, -net, below, cells.spot)
        call_value = put_value = net
    return Walls(
        mode=mode,
        is_side_restricted=is_side_restricted,
        call_wall=None if call_at is None else float(table.strike[call_at]),
        call_wall_exposure=None if call_at is None else float(call_value[call_at]),
        put_wall=None if put_at is None else float(table.strike[put_at]),
        put_wall_exposure=None if put_at is None else float(put_value[put_at]),
    )


def absolute_gamma_strike(cells: ExposureMap) -> float | None:
    """The strike with the largest Σ|exposure| of calls and puts; None where nothing is open."""
    table = _by_strike(cells)
    everywhere = np.ones(len(table.strike), np.bool_)
    at = _largest(table.strike, np.abs(table.call) + np.abs(table.put), everywhere, cells.spot)
    return None if at is None else float(table.strike[at])


def _by_strike(cells: ExposureMap) -> _ByStrike:
    strike, at = np.unique(cells.strike, return_inverse=True)
    call = np.bincount(at, weights=np.nan_to_num(cells.call_gamma_exposure), minlength=len(strike))
    put = np.bincount(at, weights=np.nan_to_num(cells.put_gamma_exposure), minlength=len(strike))
    return _ByStrike(strike=strike, call=call.astype(np.float64), put=put.astype(np.float64))


def _largest(strike: Floats, value: Floats, allowed: Bools, spot: float) -> int | None:
    """Index of the largest positive value among `allowed`; ties to the nearest to spot, then the lower."""
    candidates = np.flatnonzero(allowed & (value > 0.0))
    if len(candidates) == 0:
        return None
    best = candidates[value[candidates] == value[candidates].max()]
    order = np.lexsort((strike[best], np.abs(strike[best] - spot)))
    return int(best[order[0]])


@dataclass(frozen=True, kw_only=True)
class MaxPain:
    """The settlement price at which the holders of one expiry's options are paid least, from open interest.

    The payout is convex and piecewise linear, so ties are an interval: `strike` is its lower end. None where nothing of
    the expiry is open.
    """

    expiry: Expiry
    strike: float | None
    strike_high: float | None
    payout: float | None  # currency, multiplier included


def max_pain(quotes: Quotes, pairs: Pairs) -> tuple[MaxPain, ...]:
    """Max pain of every expiry; AM and PM of one date apart: argmin over listed P of Σ OI_c(P − K)⁺ + Σ OI_p(K − P)⁺."""
    open_interest = np.nan_to_num(quotes.open_interest)
    calls, puts = pairs.of_call(open_interest, 0.0), pairs.of_put(open_interest, 0.0)
    result = []
    for j, expiry in enumerate(quotes.expiries):
        rows = slice(int(pairs.start[j]), int(pairs.start[j + 1]))
        strike, call, put = pairs.strike[rows], calls[rows], puts[rows]
        if not (call.sum() + put.sum() > 0.0):
            result.append(MaxPain(expiry=expiry, strike=None, strike_high=None, payout=None))
            continue
        # at P = K_i the calls below are paid, and the puts above
        paid_calls = strike * np.cumsum(call) - np.cumsum(call * strike)
        paid_puts = np.cumsum((put * strike)[::-1])[::-1] - strike * np.cumsum(put[::-1])[::-1]
        payout = paid_calls + paid_puts
        lowest = payout.min()
        ties = strike[payout <= lowest + 1e-9 * max(lowest, 1.0)]
        result.append(
            MaxPain(
                expiry=expiry,
                strike=float(ties[0]),
                strike_high=float(ties[-1]),
                payout=float(lowest * expiry.contract.multiplier),
            )
        )
    return tuple(result)
