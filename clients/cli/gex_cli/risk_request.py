"""Requests of a book: its risk, and what it would be worth elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gexapi.v1 import risk_pb2

from gex_cli.hedge_request import write_book
from gex_cli.options import ChainFile
from gex_cli.requests import text_of, write_analysis, write_chain

if TYPE_CHECKING:
    from gex.hedging.instruments import HedgeInstrument

SPOT_MOVES = (-10.0, -5.0, -3.0, -1.0, 0.0, 1.0, 3.0, 5.0, 10.0)  # per cent
VOL_POINTS = (-5.0, 0.0, 5.0)
_DAY = 86_400.0  # seconds


@dataclass(frozen=True, kw_only=True)
class Moves:
    """What scenarios are asked for: every spot move with every vol move at every time, and shocks."""

    spot_per_cent: Sequence[float] = ()
    vol_points: Sequence[float] = ()
    days: Sequence[float] = ()
    shocks: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """True where nothing is asked for."""
        return not (self.spot_per_cent or self.vol_points or self.days or self.shocks)


def risk_request(file: ChainFile, positions: Path, instruments: Path | None) -> risk_pb2.ComputeRiskRequest:
    """The risk of the book in `positions` over the chain in a file; its futures are among `instruments`."""
    from gex.errors import InputError
    from gex.hedging.reading import parse_hedge_settings
    from gex.portfolio.reading import parse_positions

    known: Sequence[HedgeInstrument] = ()
    if instruments is not None:
        try:
            settings = parse_hedge_settings(text_of(instruments))
        except InputError as error:
            raise InputError(f"{instruments.name}: {error}") from error
        known = settings.instruments
    try:
        lines = parse_positions(text_of(positions), linear_symbols=[instrument.symbol for instrument in known])
    except InputError as error:
        raise InputError(f"{positions.name}: {error}") from error
    if not lines:
        raise InputError(f"{positions.name}: expected at least one position, got none")
    request = risk_pb2.ComputeRiskRequest()
    chain = write_chain(file, request.chains.add())
    write_book(lines, known, chain.quotes.underlying, request.book)
    request.settings.group_by.extend(["underlying", "expiry"])
    write_analysis(file, request.settings.analysis)
    return request


def scenarios_request(request: risk_pb2.ComputeRiskRequest, moves: Moves) -> risk_pb2.ComputeScenariosRequest:
    """The book of a request elsewhere; where no axis is named, a grid of spot and volatility."""
    asked = risk_pb2.ComputeScenariosRequest(book=request.book, chains=request.chains)
    asked.settings.analysis.CopyFrom(request.settings.analysis)
    has_axis = bool(moves.spot_per_cent or moves.vol_points or moves.days)
    spots, vols = (moves.spot_per_cent, moves.vol_points) if has_axis else (SPOT_MOVES, VOL_POINTS)
    asked.spot_move.extend(0.01 * move for move in spots)
    asked.vol_points.extend(vols)
    asked.seconds.extend(_DAY * days for days in moves.days)
    asked.shocks.extend(moves.shocks)
    return asked
