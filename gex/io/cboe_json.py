"""Cboe's delayed quotes as JSON: one object an option, every Greek printed (cdn.cboe.com/api/global/delayed_quotes)."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from gex.calendar import instant, quote_instant
from gex.columns import Bools
from gex.contracts import ContractSpec
from gex.errors import SourceError
from gex.io.chain import SourceRows, chain_from_rows, main_underlying
from gex.io.json_text import json_object, object_at, objects_at
from gex.io.occ_columns import split_occ_symbols
from gex.io.records import number_column, text_column
from gex.io.shown_session import table_instant
from gex.quotes import Cleaned, RejectReason

_NEW_YORK = ZoneInfo("America/New_York")
_FIELDS = {
    "bid": "bid",
    "ask": "ask",
    "last": "last_trade_price",
    "volume": "volume",
    "open_interest": "open_interest",
    "source_vol": "iv",
    "source_delta": "delta",
    "source_gamma": "gamma",
}


def parse_chain(payload: bytes | str, as_of: np.datetime64 | None = None, *, underlying: str | None = None) -> Cleaned:
    """The chain of a Cboe JSON answer, as of the instant its quotes hold for, and what in it was refused.

    Row i is element i of `data.options`. `as_of` None: the later of the underlying's last trade (New York time) and the
    answer's timestamp (UTC) less the delay, but never past the end of quoting; the answer of 2023-09-21 03:17 holds for
    2023-09-20 16:15 New York. `underlying` as in `gex.io.cboe_csv`.
    """
    answer = json_object(payload)
    data = object_at(answer, "data")
    options = objects_at(data, "options")
    rows = _rows(options)
    contract = main_underlying(rows)
    spot = data.get("current_price")
    if as_of is None:
        printed = _as_of(contract, answer, data)
        as_of = table_instant(rows, contract, printed)
        if as_of != printed:
            spot = None  # the price is newer than the table
    return chain_from_rows(
        rows,
        underlying=contract.underlying if underlying is None else underlying,
        as_of=as_of,
        spot=float(spot) if isinstance(spot, (int, float)) and 0.0 < spot < float("inf") else None,
        source="cboe_json",
    )


def _rows(options: list[dict[str, Any]]) -> SourceRows:
    occ = split_occ_symbols(text_column(options, "option"))
    status = occ.status.copy()
    fields: dict[str, Any] = {}
    for field, key in _FIELDS.items():
        fields[field], unreadable = number_column(options, key)
        if field == "open_interest":
            _mark(status, RejectReason.BAD_OPEN_INTEREST, unreadable)
        elif field in {"bid", "ask"}:
            _mark(status, RejectReason.BAD_PRICE, unreadable)
    return SourceRows(
        listings=occ.listings,
        row=np.arange(len(options)),
        listing=occ.listing,
        strike=occ.strike,
        right=occ.right,
        status=status,
        **fields,
    )


def _mark(status: npt.NDArray[np.int16], reason: RejectReason, rows: Bools) -> None:
    status[rows & (status == 0)] = reason


def _as_of(contract: ContractSpec, answer: dict[str, Any], data: dict[str, Any]) -> np.datetime64:
    candidates = []
    downloaded_at = _time(answer.get("timestamp"), dt.UTC)
    if downloaded_at is not None:
        candidates.append(quote_instant(contract, downloaded_at))
    traded_at = _time(data.get("last_trade_time"), _NEW_YORK)
    if traded_at is not None:
        # The time of a delayed trade is already that of the quotes beside it.
        candidates.append(quote_instant(contract, traded_at, delay=np.timedelta64(0, "s")))
    if not candidates:
        raise SourceError(
            "timestamp: expected a date and time, found none: say for which instant the quotes hold (as_of)"
        )
    return max(candidates)


def _time(value: object, zone: dt.tzinfo) -> np.datetime64 | None:
    try:
        naive = dt.datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if naive is None else instant(naive if naive.tzinfo else naive.replace(tzinfo=zone))
