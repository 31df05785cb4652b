"""Deribit's option books: `public/ticker`, `public/get_book_summary_by_currency`, and CSV files made of either.

A record is one instrument with the API's field names, or those of the six-hourly CSV books. Coin-settled classes are
quoted in coin; nothing is delayed, so a book holds for the latest of its own timestamps.
"""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from gex.calendar import instant
from gex.columns import Columns, Floats, Instants, Ints, column
from gex.contracts import ContractSpec
from gex.errors import SourceError, SymbolError
from gex.io.chain import Listing, SourceRows, chain_from_rows, main_underlying
from gex.io.csv_text import csv_records
from gex.io.json_text import json_value
from gex.io.records import number_column, text_column
from gex.io.text import utf8_payload
from gex.quotes import Cleaned, RejectReason
from gex.roots import deribit_spec
from gex.symbols import parse_deribit

_PAIR = re.compile(r"'(\w+)':\s*(-?[0-9.]+(?:[eE][+-]?\d+)?)")
# Where a value stands, in the order of preference: the names of `ticker`, of the book summary, of the CSV books.
_BID = ("best_bid_price", "bid_price")
_ASK = ("best_ask_price", "ask_price")
_LAST = ("last_price", "last")
_TIME = ("timestamp", "creation_timestamp")
_SPOT = ("index_price", "estimated_delivery_price")


@dataclass(frozen=True, eq=False, kw_only=True)
class DeribitMarks(Columns):
    """What Deribit itself computes for each option, in the order of the source; NaN where it prints nothing.

    Greeks have the exchange's units: delta in coins per coin without premium adjustment, gamma per USD, vega in USD per
    vol point, theta in USD per day, rho in USD per percentage point.
    """

    row: Ints = column(np.int64)
    time: Instants = column(np.datetime64)
    mark_price: Floats = column(np.float64)  # coin (inverse) or USDC
    mark_vol: Floats = column(np.float64)  # decimal
    underlying_price: Floats = column(np.float64)  # the forward of the expiry, USD; NaN where a book names none
    index_price: Floats = column(np.float64)
    interest_rate: Floats = column(np.float64)
    delta: Floats = column(np.float64)
    gamma: Floats = column(np.float64)
    vega: Floats = column(np.float64)
    theta: Floats = column(np.float64)
    rho: Floats = column(np.float64)


def parse_chain(payload: bytes | str, as_of: np.datetime64 | None = None, *, underlying: str | None = None) -> Cleaned:
    """The option chain of one coin, and what was refused. Row i is the i-th record.

    `as_of` None: the latest timestamp in the payload. `underlying` None: the coin with most options; a book of two
    coins refuses the other's as OTHER_UNDERLYING. `spot` is the median of the index prices beside the options.
    """
    return chain_from_records(deribit_records(payload), as_of, underlying=underlying)


def chain_from_records(
    records: list[dict[str, Any]], as_of: np.datetime64 | None = None, *, underlying: str | None = None
) -> Cleaned:
    """The chain of records with the API's field names, as `parse_chain`."""
    rows = _rows(records)
    contract = main_underlying(rows)
    name = contract.underlying if underlying is None else underlying
    is_ours = np.array([listing[0].underlying == name for listing in rows.listings] + [False])[rows.listing]
    if as_of is None:
        as_of = _latest(rows.quoted_at)
    index_price, _ = _numbers(records, _SPOT)
    known = index_price[is_ours & (index_price > 0.0) & (index_price < np.inf)]
    return chain_from_rows(
        rows,
        underlying=name,
        as_of=as_of,
        spot=float(np.median(known)) if len(known) else None,
        source="deribit",
    )


def parse_marks(payload: bytes | str) -> DeribitMarks:
    """Marks, forwards and Greeks as the exchange prints them, record by record of the same payload as the chain."""
    records = deribit_records(payload)
    greeks = [_nested(record.get("greeks")) for record in records]
    percent, _ = number_column(records, "mark_iv")
    decimal, _ = number_column(records, "implied_volatility")

    def greek(name: str) -> Floats:
        nested, flat = number_column(greeks, name)[0], number_column(records, name)[0]
        return np.where(np.isnan(nested), flat, nested)

    # The CSV books print the index where the forward is one the exchange interpolates ("SYN."): no forward at all.
    forward = number_column(records, "futures_price")[0]
    if not any("futures_price" in record for record in records):
        forward = number_column(records, "underlying_price")[0]
    return DeribitMarks(
        row=np.arange(len(records)),
        time=record_times(records),
        mark_price=number_column(records, "mark_price")[0],
        mark_vol=np.where(np.isnan(percent), decimal, percent / 100.0),
        underlying_price=forward,
        index_price=_numbers(records, _SPOT)[0],
        interest_rate=number_column(records, "interest_rate")[0],
        delta=greek("delta"),
        gamma=greek("gamma"),
        vega=greek("vega"),
        theta=greek("theta"),
        rho=greek("rho"),
    )


def deribit_records(payload: bytes | str, *, under: str = "") -> list[dict[str, Any]]:
    """The records of a JSON answer (bare, under `result`, or under `result` and the key `under`) or of a CSV."""
    data = utf8_payload(payload)
    if data.lstrip()[:1] in (b"{", b"["):
        value = json_value(data)
        if isinstance(value, dict) and "result" in value:
            value = value["result"]
        if isinstance(value, dict) and under in value:
            value = value[under]
        elements = value if isinstance(value, list) else [value]
        found: list[dict[str, Any]] = [element if isinstance(element, dict) else {} for element in elements]
    else:
        table = csv_records(data)
        if "instrument_name" not in table.names:
            raise SourceError(f"line 1: expected a column instrument_name, got {', '.join(table.names)[:200]}")
        found = [dict(record) for record in table.records]
    if not any("instrument_name" in record for record in found):
        raise SourceError(f"instrument_name: expected one in each of {len(found)} records, found none")
    return found


def _rows(records: list[dict[str, Any]]) -> SourceRows:
    listings: dict[Listing, int] = {}
    count = len(records)
    listing, right = np.full(count, -1, np.int32), np.zeros(count, np.int8)
    strike, status = np.full(count, np.nan), np.full(count, RejectReason.MALFORMED, np.int16)
    for row, name in enumerate(text_column(records, "instrument_name")):
        try:
            symbol = parse_deribit(name)
            key = (deribit_spec(symbol.root), symbol.date)
        except SymbolError:
            continue
        listing[row] = listings.setdefault(key, len(listings))
        strike[row], right[row], status[row] = symbol.strike, symbol.right, 0
    bid, bad_bid = _numbers(records, _BID)
    ask, bad_ask = _numbers(records, _ASK)
    open_interest, bad_interest = number_column(records, "open_interest")
    status[bad_interest & (status == 0)] = RejectReason.BAD_OPEN_INTEREST
    status[(bad_bid | bad_ask) & (status == 0)] = RejectReason.BAD_PRICE
    greeks = [_nested(record.get("greeks")) for record in records]
    volume = number_column([_nested(record.get("stats")) or record for record in records], "volume")[0]
    delta = number_column(greeks, "delta")[0]
    percent, decimal = number_column(records, "mark_iv")[0], number_column(records, "implied_volatility")[0]
    contracts = list(listings)
    return SourceRows(
        listings=tuple(contracts),
        row=np.arange(count),
        listing=listing,
        strike=strike,
        right=right,
        status=status,
        bid=bid,
        ask=ask,
        last=_numbers(records, _LAST)[0],
        volume=volume,
        open_interest=_in_contracts(open_interest, listing, [contract for contract, _ in contracts]),
        quoted_at=record_times(records),
        source_vol=np.where(np.isnan(percent), decimal, percent / 100.0),
        source_delta=np.where(np.isnan(delta), number_column(records, "delta")[0], delta),
        source_gamma=number_column(greeks, "gamma")[0],
    )


def _in_contracts(open_interest: Floats, listing: npt.NDArray[np.int32], contracts: list[ContractSpec]) -> Floats:
    """Contracts out of coins: Deribit counts the open interest of options in units of the underlying coin."""
    multiplier = np.array([contract.multiplier for contract in contracts] + [1.0])
    in_contracts: Floats = open_interest / multiplier[listing]
    return in_contracts


def _numbers(records: list[dict[str, Any]], keys: tuple[str, ...]) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """The numbers under the first of `keys` that a record has."""
    chosen = [
        {"value": next((record[key] for key in keys if record.get(key) not in (None, "")), None)} for record in records
    ]
    return number_column(chosen, "value")


def _nested(value: object) -> dict[str, Any]:
    """An object inside a record: as JSON has it, or as Python prints it into a CSV cell."""
    if isinstance(value, dict):
        return value
    return dict(_PAIR.findall(value)) if isinstance(value, str) and len(value) < 2_000 else {}


def record_times(records: list[dict[str, Any]]) -> Instants:
    """Milliseconds since 1970 or ISO 8601, UTC; NaT where neither."""
    times = np.full(len(records), "NaT", "datetime64[ns]")
    seen: dict[object, np.datetime64] = {}
    for row, record in enumerate(records):
        value = next((record[key] for key in _TIME if record.get(key) not in (None, "")), None)
        if isinstance(value, (int, float, str)) and not isinstance(value, bool):
            if value not in seen:
                seen[value] = _time(value)
            times[row] = seen[value]
    return times


def _time(value: float | str) -> np.datetime64:
    try:
        if isinstance(value, str) and not value.strip().isdigit():
            moment = dt.datetime.fromisoformat(value)
            return instant(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
        milliseconds = int(value)
    except (ValueError, OverflowError):
        return np.datetime64("NaT", "ns")
    if not 0 < milliseconds < 4_102_444_800_000:  # until 2100
        return np.datetime64("NaT", "ns")
    return np.datetime64(milliseconds * 1_000_000, "ns")


def _latest(times: Instants) -> np.datetime64:
    known = times[~np.isnat(times)]
    if not len(known):
        raise SourceError("timestamp: expected one beside the options, found none: say for which instant (as_of)")
    latest: np.datetime64 = known.max()
    return latest
