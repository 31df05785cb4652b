"""Levels that desks watch: walls and max pain."""

import enum
import math
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats, Ints, frozen
from gex.contracts import Expiry
from gex.exposure.lines import read_only
from gex.exposure.map import ExposureMap
from gex.kernels.cells import sums_by_strike
from gex.kernels.levels import WALL_COUNT, max_pains, walls_of_books
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


@dataclass(frozen=True, eq=False)
class StrikeSums:
    """Sums over expiries, one column a strike, ascending; gamma in currency per 1 %, NaN cells left out.

    The rows of `table` (6, strikes): call, put, Σ|call|, Σ|put|, open contracts of calls and of puts.
    """

    strike: Floats
    table: Floats


@dataclass(frozen=True, eq=False)
class StrikeIndex:
    """Which cells stand on which strike; the same for all books of one chain."""

    strike: Floats
    at: Ints  # per cell

    @classmethod
    def of(cls, cell_strike: Floats) -> "StrikeIndex":
        """The distinct strikes of the cells."""
        strike, at = np.unique(cell_strike, return_inverse=True)
        return cls(frozen(strike), read_only(at))


def strike_sums(cells: ExposureMap, index: StrikeIndex | None = None) -> StrikeSums:
    """The map summed over expiries."""
    index = index or StrikeIndex.of(cells.strike)
    table = np.empty((6, len(index.strike)))
    sums_by_strike(
        index.at,
        cells.call_gamma_exposure,
        cells.put_gamma_exposure,
        cells.call_open_interest,
        cells.put_open_interest,
        table,
    )
    return StrikeSums(index.strike, table)


def walls(cells: ExposureMap, mode: WallMode, *, is_side_restricted: bool) -> Walls:
    """Call and put wall over all expiries of a map. Ties go to the strike nearest to spot, then to the lower."""
    every = all_walls(strike_sums(cells), cells.spot)
    return next(w for w in every if w.mode is mode and w.is_side_restricted is is_side_restricted)


def all_walls(table: StrikeSums, spot: float) -> tuple[Walls, ...]:
    """Every mode, side-restricted and not."""
    return walls_at(table, wall_positions(table, spot))


def wall_positions(table: StrikeSums, spot: float) -> Ints:
    """Index into the strikes of every wall and of the absolute gamma strike, −1 for none, as `wall_indices` orders them."""
    first: Ints = book_wall_positions(table.strike, table.table[np.newaxis], spot)[0]
    return first


def book_wall_positions(strike: Floats, tables: Floats, spot: float) -> Ints:
    """The same of several books at once, (books, WALL_COUNT); `tables` (books, 6, strikes)."""
    out = np.empty((len(tables), WALL_COUNT), np.int64)
    walls_of_books(strike, spot, frozen(tables), out)
    return out


def walls_at(table: StrikeSums, position: Ints) -> tuple[Walls, ...]:
    """The walls at the positions of `wall_positions`."""
    call, put, _, _, call_open_interest, put_open_interest = table.table
    net = call + put
    values = {
        WallMode.GROSS: (call, put),
        WallMode.NET: (net, net),
        WallMode.OPEN_INTEREST: (call_open_interest, put_open_interest),
    }
    result = []
    for k, (mode, restricted) in enumerate((mode, restricted) for mode in WallMode for restricted in (True, False)):
        call_at, put_at = int(position[2 * k]), int(position[2 * k + 1])
        call_value, put_value = values[mode]
        result.append(
            Walls(
                mode=mode,
                is_side_restricted=restricted,
                call_wall=None if call_at < 0 else float(table.strike[call_at]),
                call_wall_exposure=None if call_at < 0 else float(call_value[call_at]),
                put_wall=None if put_at < 0 else float(table.strike[put_at]),
                put_wall_exposure=None if put_at < 0 else float(put_value[put_at]),
            )
        )
    return tuple(result)


def absolute_gamma_strike(cells: ExposureMap) -> float | None:
    """The strike with the largest Σ|exposure| of calls and puts; None where nothing is open."""
    table = strike_sums(cells)
    return strike_at(table, int(wall_positions(table, cells.spot)[-1]))


def strike_at(table: StrikeSums, position: int) -> float | None:
    """The strike at a position of `wall_positions`; None for −1."""
    return None if position < 0 else float(table.strike[position])


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
    found, room = np.empty((len(quotes.expiries), 3)), np.empty(len(pairs))
    max_pains(read_only(pairs.start), pairs.strike, frozen(calls), frozen(puts), room, found)
    return tuple(
        MaxPain(expiry=expiry, strike=None, strike_high=None, payout=None)
        if math.isnan(payout)
        else MaxPain(expiry=expiry, strike=strike, strike_high=high, payout=payout * expiry.contract.multiplier)
        for expiry, (strike, high, payout) in zip(quotes.expiries, found.tolist(), strict=True)
    )
