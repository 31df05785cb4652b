"""Changes of a kept chain: new columns in place of the old ones, on the rows that a message names."""

import dataclasses
import math
from typing import Any

import numpy as np
from gexapi.v1 import chain_pb2

from gex.columns import Ints
from gex.quotes import Cleaned, Quotes
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.chain import ChainLimits, chain_from_proto
from gex_server.wire.columns import Array, column, refuse_rows
from gex_server.wire.instants import date_from_proto, instant_from_proto, instants_from_column
from gex_server.wire.lines import chain_rows

BUILT = ("spot", "quotes", "open_interest", "chain")
LATER = ("trades", "futures", "book")


def as_of_update(message: chain_pb2.StreamUpdatesRequest) -> np.datetime64:
    """The instant that the new values hold for; FieldError where an update does not say what it changes, and when."""
    kind = message.WhichOneof("update")
    if not message.client_id:
        raise FieldError("expected a name that the sender keeps across reconnects, got nothing", field="client_id")
    if message.sequence < 1:
        raise FieldError("expected a number from 1 on, got 0", field="sequence")
    if not message.underlying:
        raise FieldError("expected the name of an underlying, got nothing", field="underlying")
    if kind is None:
        raise FieldError(f"expected one of {', '.join(BUILT)}, got nothing", field="update")
    if kind in LATER:
        raise NotBuiltError(f"{kind}: this server does not take {kind} yet", field=kind)
    if not message.HasField("as_of"):
        raise FieldError("expected the instant that the values hold for, got nothing", field="as_of")
    return instant_from_proto(message.as_of, "as_of")


def sent_chain(message: chain_pb2.StreamUpdatesRequest, limits: ChainLimits) -> Cleaned:
    """The whole chain of an update, at the instant of the update."""
    chain = chain_from_proto(message.chain, "chain", limits)
    if chain.quotes.underlying != message.underlying:
        raise FieldError(f"expected {message.underlying!r}, got {chain.quotes.underlying!r}", field="chain.underlying")
    if chain.quotes.as_of != as_of_update(message):
        raise FieldError("expected the instant of the update", field="chain.as_of")
    return chain


def updated_chain(kept: Cleaned, message: chain_pb2.StreamUpdatesRequest, as_of: np.datetime64) -> tuple[Cleaned, int]:
    """The kept chain, as it was sent, with the update in it; and how many lines of the update it does not list."""
    quotes = dataclasses.replace(kept.quotes, as_of=as_of)
    if message.HasField("spot"):
        spot = message.spot.spot
        if not 0.0 < spot < math.inf:
            raise FieldError(f"expected a positive price, got {spot}", field="spot.spot")
        return _with(kept, dataclasses.replace(quotes, spot=spot)), 0
    if message.HasField("quotes"):
        return _quoted(kept, quotes, message.quotes, as_of)
    return _opened(kept, quotes, message.open_interest)


def _quoted(kept: Cleaned, quotes: Quotes, table: chain_pb2.QuoteUpdate, as_of: np.datetime64) -> tuple[Cleaned, int]:
    for name in ("bid_size", "ask_size"):
        if getattr(table, name):
            raise NotBuiltError(
                f"quotes.{name}: this server does not answer it yet, leave it out", field=f"quotes.{name}"
            )
    row = chain_rows(table, quotes, "quotes")
    count = len(row)
    new: dict[str, Array] = {}
    for name in ("bid", "ask"):
        values = column(table, name) if getattr(table, name) else np.full(count, np.nan)
        refuse_rows((values < 0.0) | (values == np.inf), values, f"quotes.{name}", "a number from 0 on, or NaN")
        new[name] = values
    new["quoted_at"] = np.full(count, as_of, "datetime64[ns]")
    if table.quoted_at:
        new["quoted_at"] = instants_from_column(column(table, "quoted_at"), "quotes.quoted_at")
    return _with(kept, _replaced(quotes, row, new)), int(np.count_nonzero(row < 0))


def _opened(kept: Cleaned, quotes: Quotes, table: chain_pb2.OpenInterestUpdate) -> tuple[Cleaned, int]:
    row, count = chain_rows(table, quotes, "open_interest", ("open_interest",)), column(table, "open_interest")
    refuse_rows(~((count >= 0.0) & (count < np.inf)), count, "open_interest.open_interest", "contracts from 0 on")
    if table.open_interest_date:
        date = date_from_proto(table.open_interest_date, "open_interest.open_interest_date")
        quotes = dataclasses.replace(quotes, open_interest_date=np.datetime64(date, "D"))
    return _with(kept, _replaced(quotes, row, {"open_interest": count})), int(np.count_nonzero(row < 0))


def _replaced(quotes: Quotes, row: Ints, new: dict[str, Array]) -> Quotes:
    """`quotes` with new values on the rows named; of lines that name one row twice the last counts."""
    listed = row >= 0
    columns: dict[str, Any] = {}
    for name, values in new.items():
        columns[name] = getattr(quotes, name).copy()
        columns[name][row[listed]] = values[listed]
    return dataclasses.replace(quotes, **columns)


def _with(kept: Cleaned, quotes: Quotes) -> Cleaned:
    return Cleaned(quotes=quotes, rejects=kept.rejects, row_count=kept.row_count)
