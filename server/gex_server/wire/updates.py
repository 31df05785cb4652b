"""Updates of what is kept: the next snapshot of a chain, from the one before and a message of the stream.

A snapshot is a function of the one before and the message alone, so that a server that reads its journal again comes to
the state that it had.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
from gexapi.v1 import chain_pb2

from gex.columns import Floats, Ints
from gex.quotes import Cleaned, Quotes
from gex_server.errors import FieldError, NotBuiltError, TooManyError
from gex_server.store import Snapshot, published_after
from gex_server.wire.chain import (
    FINITE,
    LARGEST_PRICE,
    LEAST_PRICE,
    ChainLimits,
    chain_from_proto,
    quote_spot_from_proto,
    spot_as_of_from_proto,
)
from gex_server.wire.columns import Array, column, row_count
from gex_server.wire.instants import date_from_proto, instant_from_proto, instants_from_column
from gex_server.wire.lines import KEY, NamedLines, named_lines
from gex_server.wire.refusals import Refusals
from gex_server.wire.trades import started, traded

BUILT = ("spot", "quotes", "open_interest", "trades", "chain", "book", "inventory")
# Kinds that are refused, and why: nothing that is computed from a chain would change by them, and an update that is taken
# and changes nothing misleads. PublishChain refuses the same fields.
LATER = {
    "futures": "forwards come from the parity of the options; quote a future as an instrument of a hedge (HedgeTick.quotes)"
}
ORDERED = ("spot", "quotes", "open_interest", "chain")  # an earlier instant than the kept one of the kind is too late


@dataclass(frozen=True, eq=False, kw_only=True)
class Changed:
    """What an update makes of a chain: `snapshot` None where nothing of it could be used."""

    snapshot: Snapshot | None
    refusals: Refusals
    open_interest: Floats | None = None  # per row of the update, for the counts of what was refused


def as_of_update(message: chain_pb2.StreamUpdatesRequest) -> np.datetime64:
    """The instant that the new values hold for; FieldError where an update does not say what it changes, and when."""
    kind = message.WhichOneof("update")
    if not message.client_id:
        raise FieldError("expected a name that the sender keeps across reconnects, got nothing", field="client_id")
    if message.sequence < 1:
        raise FieldError("expected a number from 1 on, got 0", field="sequence")
    if kind is None:
        raise FieldError(f"expected one of {', '.join(BUILT)}, got nothing", field="update")
    if not message.underlying and kind != "book":
        raise FieldError("expected the name of an underlying, got nothing", field="underlying")
    if kind in LATER:
        raise NotBuiltError(f"{kind}: no chain of this server keeps {kind}: {LATER[kind]}", field=kind)
    if not message.HasField("as_of"):
        raise FieldError("expected the instant that the values hold for, got nothing", field="as_of")
    return instant_from_proto(message.as_of, "as_of")


def is_too_late(kept: Snapshot, kind: str, as_of: np.datetime64) -> bool:
    """True where what is kept of that kind is of a later instant."""
    return kind in ORDERED and bool(as_of < kept.as_of(kind))


def changed(
    before: Snapshot | None,
    message: chain_pb2.StreamUpdatesRequest,
    published_at: np.datetime64,
    limits: ChainLimits | None = None,
) -> Changed:
    """The chain with the update in it; `before` may be None for a whole chain only."""
    limits = limits or ChainLimits()
    kind, as_of = message.WhichOneof("update"), as_of_update(message)
    if kind == "chain":
        whole = published_after(
            before,
            sent_chain(message, limits),
            published_at,
            spot_as_of=spot_as_of_from_proto(message.chain, "chain"),
            quote_spot=quote_spot_from_proto(message.chain, "chain"),
        )
        return Changed(snapshot=whole, refusals=Refusals(0))
    assert before is not None
    if kind == "spot":
        return Changed(
            snapshot=_next(before, published_at, **_at_spot(before, message.spot, as_of)), refusals=Refusals(0)
        )
    table = getattr(message, kind)
    _check_size(table, kind, limits)
    lines = named_lines(table, before.parsed.quotes.expiries, before.underlying, before.listing, kind)
    open_interest = None
    if kind == "quotes":
        changes = _quoted(before, table, lines, as_of)
    elif kind == "open_interest":
        changes = _opened(before, table, lines, as_of)
        open_interest = column(table, "open_interest")
    elif kind == "trades":
        changes = traded(before, table, lines, as_of)
    else:
        changes = started(before, table, lines, as_of)
    is_used = bool(lines.refusals.good.any()) or kind == "inventory"
    if kind == "quotes" and not len(lines.row):
        is_used = message.quotes.others_stand  # nothing moved, or the spot alone
    snapshot = _next(before, published_at, **changes) if is_used else None
    return Changed(snapshot=snapshot, refusals=lines.refusals, open_interest=open_interest)


def sent_chain(message: chain_pb2.StreamUpdatesRequest, limits: ChainLimits) -> Cleaned:
    """The whole chain of an update, at the instant of the update."""
    chain = chain_from_proto(message.chain, "chain", limits)
    if chain.quotes.underlying != message.underlying:
        raise FieldError(f"expected {message.underlying!r}, got {chain.quotes.underlying!r}", field="chain.underlying")
    if chain.quotes.as_of != as_of_update(message):
        raise FieldError("expected the instant of the update", field="chain.as_of")
    return chain


def _next(before: Snapshot, published_at: np.datetime64, **changes: object) -> Snapshot:
    return before.having(revision=before.revision + 1, published_at=published_at, **changes)


def _check_size(table: chain_pb2.QuoteUpdate, kind: str, limits: ChainLimits) -> None:
    """Columns of one length, and not too long."""
    own = {"open_interest": ("open_interest",), "trades": ("contract_count",), "inventory": ("contract_count",)}
    count = row_count(table, (*KEY, *own.get(kind, ())), kind)
    if count > limits.rows:
        raise TooManyError(f"expected at most {limits.rows} rows, got {count}", field=f"{kind}.strike[{limits.rows}]")
    if len(table.expiries) > limits.expiries:
        field = f"{kind}.expiries[{limits.expiries}]"
        raise TooManyError(f"expected at most {limits.expiries}, got {len(table.expiries)}", field=field)


def _positive(spot: float, field: str) -> float:
    if not LEAST_PRICE <= spot <= LARGEST_PRICE:
        raise FieldError(f"expected a positive price, got {spot}", field=field)
    return spot


def _at_spot(before: Snapshot, update: chain_pb2.SpotUpdate, as_of: np.datetime64) -> dict[str, object]:
    spot = _positive(update.spot, "spot.spot")
    quote_spot, known = before.quote_spot, before.parsed.quotes.spot
    if quote_spot is None:  # the quotes are of the spot that was known with them; where none was, of this one
        quote_spot = np.full(len(before.parsed.quotes), spot if known is None else known)
    quotes = before.parsed.quotes.at_spot(spot)
    return {"parsed": _with(before.parsed, quotes), "spot_as_of": as_of, "quote_spot": quote_spot}


def _quoted(
    before: Snapshot, table: chain_pb2.QuoteUpdate, lines: NamedLines, as_of: np.datetime64
) -> dict[str, object]:
    for name in ("bid_size", "ask_size"):
        if getattr(table, name):
            raise NotBuiltError(
                f"quotes.{name}: no chain of this server keeps sizes, no answer would use them; leave it out",
                field=f"quotes.{name}",
            )
    new = _quote_columns(table, lines, as_of)
    row = np.where(lines.refusals.good, lines.row, -1)
    quotes, changes = _replaced(dataclasses.replace(before.parsed.quotes, as_of=as_of), row, new), dict[str, object]()
    taken_at = quotes.spot
    if table.HasField("spot"):
        taken_at = _positive(table.spot, "quotes.spot")
        if as_of >= before.as_of("spot"):
            quotes, changes["spot_as_of"] = quotes.at_spot(taken_at), None
    changes["parsed"] = _with(before.parsed, quotes)
    changes["quote_spot"] = _spots_after(before, table, lines, taken_at, quotes.spot)
    changes["quotes_revision"] = changes["rows_revision"] = before.revision + 1
    return changes


def _quote_columns(table: chain_pb2.QuoteUpdate, lines: NamedLines, as_of: np.datetime64) -> dict[str, Array]:
    """The new values of the lines by name; a line with one that is none is marked."""
    count = len(lines.row)
    new: dict[str, Array] = {}
    for name in ("bid", "ask"):
        new[name] = column(table, name) if getattr(table, name) else np.full(count, np.nan)
        lines.refusals.mark((new[name] < 0.0) | (new[name] == np.inf), "bad_price")
    for name in ("last", "volume", "source_vol", "source_delta", "source_gamma"):
        if getattr(table, name):
            new[name] = column(table, name)
            bad = np.isinf(new[name]) if name in FINITE else (new[name] < 0.0) | (new[name] == np.inf)
            lines.refusals.mark(bad, "malformed")
    lines.refusals.mark(lines.row < 0, "unknown_contract")
    new["quoted_at"] = np.full(count, as_of, "datetime64[ns]")
    if table.quoted_at:
        new["quoted_at"] = instants_from_column(column(table, "quoted_at"), "quotes.quoted_at")
    return new


def _spots_after(
    before: Snapshot, table: chain_pb2.QuoteUpdate, lines: NamedLines, taken_at: float | None, spot: float | None
) -> Floats | None:
    """Per row the spot that its quote is of: `taken_at` of those named, and of all that stand; None: all of `spot`."""
    if spot is None or taken_at is None:
        return before.quote_spot
    known = before.parsed.quotes.spot
    spots = before.quote_spot
    if spots is None:
        spots = np.full(len(before.parsed.quotes), taken_at if known is None else known)
    good, listed = lines.refusals.good, lines.row >= 0
    if table.others_stand:
        refused = lines.row[listed & ~good]  # what came instead of these quotes is not known
        kept, spots = spots[refused], np.full(len(spots), taken_at)
        spots[refused] = kept
    else:
        spots = spots.copy()
    spots[lines.row[listed & good]] = taken_at
    return None if (spots == spot).all() else spots


def _opened(
    before: Snapshot, table: chain_pb2.OpenInterestUpdate, lines: NamedLines, as_of: np.datetime64
) -> dict[str, object]:
    quotes, count = before.parsed.quotes, column(table, "open_interest")
    lines.refusals.mark(~((count >= 0.0) & (count < np.inf)), "bad_open_interest")
    lines.refusals.mark(lines.row < 0, "unknown_contract")
    if table.open_interest_date:
        date = date_from_proto(table.open_interest_date, "open_interest.open_interest_date")
        quotes = dataclasses.replace(quotes, open_interest_date=np.datetime64(date, "D"))
    row = np.where(lines.refusals.good, lines.row, -1)
    parsed = _with(before.parsed, _replaced(quotes, row, {"open_interest": count}))
    return {"parsed": parsed, "open_interest_as_of": as_of, "rows_revision": before.revision + 1}


def _replaced(quotes: Quotes, row: Ints, new: dict[str, Array]) -> Quotes:
    """`quotes` with new values on the rows named; of lines that name one row twice the last counts."""
    listed = row >= 0
    columns: dict[str, Array] = {}
    for name, values in new.items():
        columns[name] = getattr(quotes, name).copy()
        columns[name][row[listed]] = values[listed]
        columns[name].flags.writeable = False
    return dataclasses.replace(quotes, **columns)  # type: ignore[arg-type]


def _with(kept: Cleaned, quotes: Quotes) -> Cleaned:
    return Cleaned(quotes=quotes, rejects=kept.rejects, row_count=kept.row_count)
