"""Deribit's futures and perpetuals: their quotes and funding, and what `public/get_instruments` says is listed."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from gex.calendar import instant
from gex.columns import Columns, Floats, Instants, Ints, column
from gex.contracts import Payoff
from gex.errors import SourceError, SymbolError
from gex.io.deribit import deribit_records, record_times
from gex.io.records import number_column, text_column
from gex.quotes import RejectReason, Rejects
from gex.symbols import OptionSymbol, parse_deribit

_FUTURE = re.compile(r"([A-Z]+(?:_[A-Z]+)?)-(PERPETUAL|([0-9]{1,2})([A-Z]{3})([0-9]{2}))\Z")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True, eq=False, kw_only=True)
class FutureQuotes(Columns):
    """One row per future or perpetual, in the order of the source; NaN where the source prints nothing."""

    instruments: tuple[str, ...]  # name of each row

    row: Ints = column(np.int64)
    time: Instants = column(np.datetime64)
    settles_at: Instants = column(np.datetime64)  # NaT for a perpetual
    bid: Floats = column(np.float64)  # USD per coin
    ask: Floats = column(np.float64)
    mark_price: Floats = column(np.float64)
    index_price: Floats = column(np.float64)
    funding_8h: Floats = column(np.float64)  # fraction of notional, longs to shorts; NaN for dated futures
    open_interest: Floats = column(np.float64)  # in units of `get_instruments`' amount: USD for inverse ones


@dataclass(frozen=True, kw_only=True)
class FuturesRead:
    """The futures of a payload, and the rows that are none."""

    quotes: FutureQuotes
    rejects: Rejects
    row_count: int


@dataclass(frozen=True, kw_only=True)
class ListedInstrument:
    """One instrument as the exchange lists it. `option` is None for futures, `settles_at` None for perpetuals."""

    name: str
    option: OptionSymbol | None
    payoff: Payoff
    settlement_currency: str
    contract_size: float  # coins for options, USD for inverse futures
    minimum_amount: float
    ticks: tuple[tuple[float, float], ...]  # (from this price, tick)
    settles_at: np.datetime64 | None
    maker_fee: float  # fraction; NaN where not printed
    taker_fee: float


def future_settlement(name: str) -> np.datetime64 | None:
    """When a future settles: "BTC-25SEP20" on 2020-09-25 08:00 UTC; None for a perpetual. SymbolError otherwise."""
    match = _FUTURE.match(name)
    if match is None:
        raise SymbolError(f"symbol: expected COIN-PERPETUAL or COIN-dMMMyy, got {name!r}")
    if match[2] == "PERPETUAL":
        return None
    try:
        date = dt.datetime(2000 + int(match[5]), _MONTHS.index(match[4]) + 1, int(match[3]), 8)
    except ValueError as error:
        raise SymbolError(f"symbol: expected a date of the calendar, got {name!r}") from error
    return instant(date)


def parse_futures(payload: bytes | str) -> FuturesRead:
    """The quotes of futures in a `ticker` or book-summary answer or a CSV of either; options in it are MALFORMED rows."""
    records = deribit_records(payload)
    names = text_column(records, "instrument_name")
    settles_at = np.full(len(records), "NaT", "datetime64[ns]")
    status = np.zeros(len(records), np.int16)
    for row, name in enumerate(names):
        try:
            moment = future_settlement(name)
        except SymbolError:
            status[row] = RejectReason.MALFORMED
            continue
        if moment is not None:
            settles_at[row] = moment
    kept = np.flatnonzero(status == 0)

    def numbers(*keys: str) -> Floats:
        values = np.full(len(records), np.nan)
        for key in reversed(keys):
            found = number_column(records, key)[0]
            values = np.where(np.isnan(found), values, found)
        return values[kept]

    def prices(*keys: str) -> Floats:
        values = numbers(*keys)
        return np.where((values > 0.0) & (values < np.inf), values, np.nan)

    quotes = FutureQuotes(
        instruments=tuple(names[row] for row in kept.tolist()),
        row=kept,
        time=record_times(records)[kept],
        settles_at=settles_at[kept],
        bid=prices("best_bid_price", "bid_price"),
        ask=prices("best_ask_price", "ask_price"),
        mark_price=prices("mark_price"),
        index_price=prices("index_price", "estimated_delivery_price"),
        funding_8h=numbers("funding_8h"),
        open_interest=numbers("open_interest"),
    )
    refused = np.flatnonzero(status)
    return FuturesRead(quotes=quotes, rejects=Rejects(row=refused, reason=status[refused]), row_count=len(records))


def parse_instruments(payload: bytes | str) -> tuple[ListedInstrument, ...]:
    """What `public/get_instruments` lists. An instrument whose terms contradict its name is a SourceError."""
    return tuple(_listed(record, row) for row, record in enumerate(deribit_records(payload)))


def _listed(record: dict[str, Any], row: int) -> ListedInstrument:
    name = record.get("instrument_name")
    place = f"record {row}, {name}"
    if not isinstance(name, str):
        raise SourceError(f"record {row}: expected an instrument_name, got {name!r}")
    option = None
    try:
        if record.get("kind") == "option":
            option = parse_deribit(name)
            settles_at: np.datetime64 | None = instant(option.date) + np.timedelta64(8, "h")
        else:
            settles_at = future_settlement(name)
    except SymbolError as error:
        raise SourceError(f"{place}: {error}") from error
    expires = number_column([record], "expiration_timestamp")[0][0]
    if settles_at is not None and np.isfinite(expires) and _instant_of(expires) != settles_at:
        raise SourceError(f"{place}: expected expiration_timestamp {settles_at}, got {record['expiration_timestamp']}")
    strike = number_column([record], "strike")[0][0]
    if option is not None and np.isfinite(strike) and strike != option.strike:
        raise SourceError(f"{place}: expected strike {option.strike}, got {record['strike']}")
    size = _positive(record, "contract_size", place)
    currency = record.get("settlement_currency") or record.get("base_currency") or ""
    linear = record.get("instrument_type", "reversed") == "linear"
    return ListedInstrument(
        name=name,
        option=option,
        payoff=Payoff.LINEAR if linear else Payoff.INVERSE,
        settlement_currency=str(currency),
        contract_size=size,
        minimum_amount=_positive(record, "min_trade_amount", place),
        ticks=_ticks(record, place),
        settles_at=settles_at,
        maker_fee=float(number_column([record], "maker_commission")[0][0]),
        taker_fee=float(number_column([record], "taker_commission")[0][0]),
    )


def _instant_of(milliseconds: float) -> np.datetime64:
    """Milliseconds since 1970 as an instant, NaT where they are out of range."""
    if not 0.0 < milliseconds < 4.1e12:
        return np.datetime64("NaT", "ns")
    return np.datetime64(int(milliseconds) * 1_000_000, "ns")


def _positive(record: dict[str, Any], key: str, place: str) -> float:
    value = number_column([record], key)[0][0]
    if not 0.0 < value < np.inf:
        raise SourceError(f"{place}: expected a positive {key}, got {record.get(key)!r}")
    return float(value)


def _ticks(record: dict[str, Any], place: str) -> tuple[tuple[float, float], ...]:
    ticks = [(0.0, _positive(record, "tick_size", place))]
    steps = record.get("tick_size_steps")
    for step in steps if isinstance(steps, list) else []:
        if not isinstance(step, dict):
            raise SourceError(f"{place}: expected objects in tick_size_steps, got {step!r}")
        ticks.append((_positive(step, "above_price", place), _positive(step, "tick_size", place)))
    return tuple(sorted(ticks))
