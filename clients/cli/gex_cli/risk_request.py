"""Requests of a book: its risk, and what it would be worth elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gexapi.v1 import risk_pb2

from gex_cli.book_file import read_book, read_settings
from gex_cli.hedge_request import write_book, write_chains
from gex_cli.options import ChainFile
from gex_cli.requests import write_analysis

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


@dataclass(frozen=True, kw_only=True)
class Sums:
    """How a book is summed: in which currency, at which rates, and as if all of it were in one underlying."""

    currency: str = ""
    exchange_rates: Sequence[str] = ()  # "EUR=1.08"
    beta_to: str = ""
    betas: Sequence[str] = ()  # "QQQ=1.2" or "QQQ=1.2:0.05" with its standard error


def risk_request(
    file: ChainFile, positions: Path, instruments: Path | None, others: Sequence[Path] = (), sums: Sums | None = None
) -> risk_pb2.ComputeRiskRequest:
    """The risk of the book in `positions` over the chains in files; its futures are among `instruments`."""
    settings = None if instruments is None else read_settings(instruments)
    known = () if settings is None else settings.instruments
    lines = read_book(positions, [instrument.symbol for instrument in known])
    request = risk_pb2.ComputeRiskRequest()
    underlying = write_chains(file, others, request.chains)
    write_book(lines, settings, underlying, request.book)
    groups = ["underlying", "expiry", *(["account"] if request.book.accounts else [])]
    request.settings.group_by.extend(groups)
    _write_sums(sums or Sums(), request.settings)
    write_analysis(file, request.settings.analysis)
    return request


def _write_sums(sums: Sums, target: risk_pb2.RiskSettings) -> None:
    target.currency = sums.currency
    for text in sums.exchange_rates:
        name, rate, _ = _named(text, "--exchange-rate")
        target.exchange_rate[name] = rate
    target.beta_reference = sums.beta_to
    for text in sums.betas:
        name, value, error = _named(text, "--beta")
        target.beta[name] = value
        if error is not None:
            target.beta_standard_error[name] = error
    if sums.beta_to and sums.beta_to not in target.beta:
        target.beta[sums.beta_to] = 1.0


def _named(text: str, option: str) -> tuple[str, float, float | None]:
    """NAME=VALUE or NAME=VALUE:ERROR."""
    from gex.errors import InputError

    name, _, number = text.partition("=")
    value, _, error = number.partition(":")
    try:
        return name.strip(), float(value), float(error) if error else None
    except ValueError:
        raise InputError(f"{option}: expected a name and a number such as SPY=0.1, got {text!r}") from None


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
