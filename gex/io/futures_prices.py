"""Prices and funding of futures and perpetuals over time, from CSV files."""

import datetime as dt
import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Columns, Floats, Instants, column
from gex.errors import SourceError
from gex.io.numbers import parse_number
from gex.io.tables import Table, read_table
from gex.io.text import utf8_payload

_FUNDING_LINE = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})[ T](\d{2}):(\d{2})(?::(\d{2}))?,\s*(\S+)\s*\Z")
_INSTRUMENT = ("instrument_name", "futures_instrument_name", "instrument", "symbol")
_TIME = ("timestamp", "obs_datetime", "time", "datetime")
_PRICE = ("perp_futures_mark_price", "term_mark_price_final", "mark_price", "price", "close")


@dataclass(frozen=True, eq=False, kw_only=True)
class FuturesPrices(Columns):
    """One price per row, in order of time; the mark price where the source has one."""

    instruments: tuple[str, ...]

    instrument: npt.NDArray[np.int32] = column(np.int32)  # index into `instruments`
    time: Instants = column(np.datetime64)
    price: Floats = column(np.float64)  # currency per unit

    def of(self, instrument: str) -> "FuturesPrices":
        """The prices of one instrument."""
        if instrument not in self.instruments:
            raise SourceError(f"instrument: expected one of {', '.join(self.instruments)}, got {instrument!r}")
        return self.where(self.instrument == self.instruments.index(instrument))


@dataclass(frozen=True, eq=False, kw_only=True)
class FundingRates(Columns):
    """Funding paid by longs to shorts at `time`, as a fraction of notional for the interval that ended then."""

    time: Instants = column(np.datetime64)
    rate: Floats = column(np.float64)


def parse_prices(payload: bytes | str) -> FuturesPrices:
    """The prices in a CSV with columns for instrument, time and price; a row without one of them is an error."""
    table = read_table(payload)
    names = [_column(table, candidates) for candidates in (_INSTRUMENT, _TIME, _PRICE)]
    instrument, time, price = table.texts(names[0]), table.instants(names[1]), table.numbers(names[2])[0]
    bad = np.flatnonzero(
        np.isnat(time) | ~((price > 0.0) & (price < np.inf)) | np.array([not name for name in instrument])
    )
    if len(bad):
        raise SourceError(f"line {int(bad[0]) + 2}: expected an instrument, a time and a positive price")
    codes = {name: code for code, name in enumerate(dict.fromkeys(instrument))}
    order = np.argsort(time, kind="stable")
    return FuturesPrices(
        instruments=tuple(codes),
        instrument=np.array([codes[name] for name in instrument], np.int32)[order],
        time=time[order],
        price=price[order],
    )


def parse_funding(payload: bytes | str) -> FundingRates:
    """The funding in a CSV of lines "20201229 00:00:00,0.00020030", UTC, in order of time."""
    rates: list[tuple[np.datetime64, float]] = []
    for number, line in enumerate(utf8_payload(payload).decode("utf-8").splitlines(), 1):
        if not line.strip():
            continue
        match = _FUNDING_LINE.match(line)
        rate = parse_number(match[7]) if match is not None else None
        if match is None or rate is None or not abs(rate) < 1.0:
            raise SourceError(f"line {number}: expected a time and a funding rate, got {line[:60]!r}")
        try:
            moment = dt.datetime(*(int(part or 0) for part in match.groups()[:6]))  # type: ignore[arg-type]
        except ValueError as error:
            raise SourceError(f"line {number}: expected a time, got {line[:30]!r}") from error
        rates.append((np.datetime64(moment, "ns"), rate))
    if not rates:
        raise SourceError("line 1: expected a time and a funding rate, found nothing")
    rates.sort(key=lambda row: row[0])
    return FundingRates(
        time=np.array([time for time, _ in rates], "datetime64[ns]"), rate=np.array([rate for _, rate in rates])
    )


def _column(table: Table, candidates: tuple[str, ...]) -> str:
    found = next((name for name in candidates if name in table.columns), None)
    if found is None:
        raise SourceError(f"line 1: expected a column {' or '.join(candidates)}, got {', '.join(table.columns)[:200]}")
    return found
