"""Levels that desks watch: walls and max pain."""

import enum
from dataclasses import dataclass

import numpy as np

from gex.columns import Bools, Floats, Ints
from gex.contracts import Expiry
from gex.exposure.map import ExposureMap
from gex.pairs import Pairs
from gex.quotes import Quotes


class WallMode(enum.Enum):
    """What is compared across strikes to find a wall."""

    GROSS = "gross"  # the largest exposure of calls (of puts), whatever its sign
    NET = "net"  # the largest (the smallest) sum of calls and puts
    OPEN_INTEREST = "open_interest"  # the most contracts of calls (of puts), whoever owns them: no gamma in it


@dataclass(frozen=True, kw_only=True)
class Walls:
    """The strikes with the largest call and put gamma; None where no strike qualifies.

    `is_side_restricted`: the call wall is looked for at and above spot, the put wall at and below; an unrestricted wall may
    lie on the wrong side to draw.
    """

    mode: WallMode
    is_side_restricted: bool
    call_wall: float | None
    call_wall_exposure: float | None  # currency per 1 %, signed as the dealer's book; contracts for OPEN_INTEREST
    put_wall: float | None
    put_wall_exposure: float | None


@dataclass(frozen=True, eq=False, kw_only=True)
class StrikeSums:
    """Sums over expiries, one row a strike, ascending; gamma in currency per 1 %, NaN cells left out."""

    strike: Floats
    call: Floats
    put: Floats
    call_gross: Floats  # Σ|cell|
    put_gross: Floats
    call_open_interest: Floats  # contracts
    put_open_interest: Floats


@dataclass(frozen=True, eq=False)
class StrikeIndex:
    """Which cells stand on which strike; the same for all books of one chain."""

    strike: Floats
    at: Ints  # per cell

    @classmethod
    def of(cls, cell_strike: Floats) -> "StrikeIndex":
        """The distinct strikes of the cells."""
        strike, at = np.unique(cell_strike, return_inverse=True)
        return cls(strike, at)

    def sums(self, values: Floats) -> Floats:
        """Per strike, NaN left out."""
        return np.bincount(self.at, weights=np.nan_to_num(values), minlength=len(self.strike)).astype(np.float64)


def strike_sums(cells: ExposureMap, index: StrikeIndex | None = None) -> StrikeSums:
    """The map summed over expiries."""
    index = index or StrikeIndex.of(cells.strike)
    return StrikeSums(
        strike=index.strike,
        call=index.sums(cells.call_gamma_exposure),
        put=index.sums(cells.put_gamma_exposure),
        call_gross=index.sums(np.abs(cells.call_gamma_exposure)),
        put_gross=index.sums(np.abs(cells.put_gamma_exposure)),
        call_open_interest=index.sums(cells.call_open_interest),
        put_open_interest=index.sums(cells.put_open_interest),
    )


def walls(cells: ExposureMap, mode: WallMode, *, is_side_restricted: bool) -> Walls:
    """Call and put wall over all expiries of a map. Ties go to the strike nearest to spot, then to the lower."""
    return walls_of(strike_sums(cells), cells.spot, mode, is_side_restricted=is_side_restricted)


def walls_of(table: StrikeSums, spot: float, mode: WallMode, *, is_side_restricted: bool) -> Walls:
    """The walls of sums by strike."""
    everywhere = np.ones(len(table.strike), np.bool_)
    above = table.strike >= spot if is_side_restricted else everywhere
    below = table.strike <= spot if is_side_restricted else everywhere
    if mode is WallMode.GROSS:
        call_size, put_size, call_value, put_value = table.call_gross, table.put_gross, table.call, table.put
    elif mode is WallMode.NET:
        net = table.call + table.put
        call_size, put_size, call_value, put_value = net, -net, net, net
    else:
        call_size = call_value = table.call_open_interest
        put_size = put_value = table.put_open_interest
    call_at = _largest(table.strike, call_size, above, spot)
    put_at = _largest(table.strike, put_size, below, spot)
    return Walls(
        mode=mode,
        is_side_restricted=is_side_restricted,
        call_wall=None if call_at is None else float(table.strike[call_at]),
        call_wall_exposure=None if call_at is None else float(call_value[call_at]),
        put_wall=None if put_at is None else float(table.strike[put_at]),
        put_wall_exposure=None if put_at is None else float(put_value[put_at]),
    )


def all_walls(table: StrikeSums, spot: float) -> tuple[Walls, ...]:
    """Every mode, side-restricted and not."""
    return tuple(
        walls_of(table, spot, mode, is_side_restricted=restricted) for mode in WallMode for restricted in (True, False)
    )


def absolute_gamma_strike(cells: ExposureMap) -> float | None:
    """The strike with the largest Σ|exposure| of calls and puts; None where nothing is open."""
    return absolute_gamma_strike_of(strike_sums(cells), cells.spot)


def absolute_gamma_strike_of(table: StrikeSums, spot: float) -> float | None:
    """The strike with the largest gross gamma in sums by strike."""
    everywhere = np.ones(len(table.strike), np.bool_)
    at = _largest(table.strike, table.call_gross + table.put_gross, everywhere, spot)
    return None if at is None else float(table.strike[at])


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
