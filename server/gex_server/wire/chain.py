"""Chains between the contract and gex. A malformed chain is refused here, by column and row; nothing is repaired.

A reader of files returns rows that it cannot use as rejects, since files are what they are. A publisher who sends a
malformed column has a defect of its own and is told so.
"""

from dataclasses import dataclass

import numpy as np
from gexapi.v1 import chain_pb2, common_pb2

from gex.columns import Floats
from gex.contracts import Right
from gex.errors import ColumnError
from gex.quotes import Cleaned, Quotes, RejectReason, Rejects
from gex_server.errors import FieldError, TooManyError
from gex_server.wire.columns import Array, column, merge_columns, refuse_rows, row_count
from gex_server.wire.contracts import expiry_from_proto, expiry_to_proto
from gex_server.wire.instants import (
    date_from_proto,
    instant_from_proto,
    instant_to_proto,
    instants_from_column,
    instants_to_column,
)

REQUIRED = ("strike", "right", "expiry_index")
NOT_NEGATIVE = ("bid", "ask", "last", "volume", "open_interest", "source_vol")  # NaN where not known
FINITE = ("source_delta", "source_gamma")  # NaN where not known
LEAST_PRICE, LARGEST_PRICE = 1e-100, 1e100  # of an underlying, currency; beyond them its cube is no number
REASONS = {reason.label: reason for reason in RejectReason}


@dataclass(frozen=True, kw_only=True)
class ChainLimits:
    """How large a chain may be."""

    rows: int = 100_000
    expiries: int = 1_000


def chain_from_proto(message: chain_pb2.Chain, path: str = "chain", limits: ChainLimits | None = None) -> Cleaned:
    """The chain with what its sender's reader had refused, as a reader of gex returns it: not cleaned yet.

    Raises ColumnError or FieldError naming field and row below `path`, TooLargeError beyond `limits`.
    """
    limits = limits or ChainLimits()
    if not message.underlying:
        raise FieldError("expected the name of the underlying, got nothing", field=f"{path}.underlying")
    if not message.HasField("as_of"):
        raise FieldError("expected the instant of the quotes, got nothing", field=f"{path}.as_of")
    as_of = instant_from_proto(message.as_of, f"{path}.as_of")
    spot = message.spot if message.HasField("spot") else None
    if spot is not None and not LEAST_PRICE <= spot <= LARGEST_PRICE:
        raise FieldError(f"expected a positive price, got {spot}", field=f"{path}.spot")
    count = _row_count(message, path, limits)
    rejects = _rejects_from_proto(message.source_rejects, f"{path}.source_rejects", limits)
    quotes = Quotes(
        underlying=message.underlying,
        as_of=as_of,
        spot=spot,
        expiries=tuple(
            expiry_from_proto(expiry, message.underlying, f"{path}.expiries[{i}]")
            for i, expiry in enumerate(message.expiries)
        ),
        source=message.source,
        open_interest_date=(
            np.datetime64(date_from_proto(message.open_interest_date, f"{path}.open_interest_date"), "D")
            if message.open_interest_date
            else None
        ),
        row=_rows(message, path, count),
        expiry=_expiry_index(message, path),
        strike=_strike(message, path),
        right=right_from_column(column(message, "right"), f"{path}.right"),
        **_optional_columns(message, path),
    )
    _refuse_foreign(quotes, path)
    dropped = int(np.count_nonzero(rejects.reason < RejectReason.BAD_PRICE))
    return Cleaned(quotes=quotes, rejects=rejects, row_count=count + dropped)


def spot_as_of_from_proto(message: chain_pb2.Chain, path: str) -> np.datetime64 | None:
    """The instant of a spot that came alone; None where it is that of the quotes."""
    if not message.HasField("spot_as_of"):
        return None
    if not message.HasField("spot"):
        raise FieldError("goes with a spot", field=f"{path}.spot_as_of")
    return instant_from_proto(message.spot_as_of, f"{path}.spot_as_of")


def quote_spot_from_proto(message: chain_pb2.Chain, path: str) -> Floats | None:
    """Per row the spot when its quote was taken; None where all are of the spot of the chain."""
    names = [name for name in ("expiry_spot", "quote_spot") if getattr(message, name)]
    if not names:
        return None
    if len(names) > 1:
        raise FieldError("expected expiry_spot or quote_spot, got both", field=f"{path}.quote_spot")
    (name,) = names
    field, spot = f"{path}.{name}", column(message, name)
    count = len(message.expiries) if name == "expiry_spot" else len(message.strike)
    if len(spot) != count or not message.HasField("spot"):
        unit = "expiry" if name == "expiry_spot" else "row"
        raise FieldError(f"expected one for each {unit}, {count}, and a spot, got {len(spot)}", field=field)
    refuse_rows(~((spot >= LEAST_PRICE) & (spot <= LARGEST_PRICE)), spot, field, "a positive price")
    return spot[_expiry_index(message, path)] if name == "expiry_spot" else spot


def chain_to_proto(
    chain: Cleaned,
    target: chain_pb2.Chain,
    *,
    spot_as_of: np.datetime64 | None = None,
    quote_spot: Floats | None = None,
) -> None:
    """Write a chain as a reader returned it: `chain_from_proto` gives it back, column by column."""
    quotes = chain.quotes
    if spot_as_of is not None:
        instant_to_proto(spot_as_of, target.spot_as_of)
    if quote_spot is not None:
        merge_columns(target, _quote_spots(quotes, quote_spot))
    target.underlying = quotes.underlying
    instant_to_proto(quotes.as_of, target.as_of)
    if quotes.spot is not None:
        target.spot = quotes.spot
    target.source = quotes.source
    if quotes.open_interest_date is not None:
        target.open_interest_date = str(quotes.open_interest_date.astype("datetime64[D]"))
    for expiry in quotes.expiries:
        expiry_to_proto(expiry, target.expiries.add())
    columns: dict[str, Array] = {
        "row": quotes.row,
        "expiry_index": quotes.expiry,
        "strike": quotes.strike,
        "right": right_to_column(quotes.right),
    }
    columns |= {
        name: getattr(quotes, name)
        for name in (*NOT_NEGATIVE, *FINITE)
        if not np.isnan(getattr(quotes, name)).all()  # an empty column is absent for every row
    }
    if not np.isnat(quotes.quoted_at).all():
        columns["quoted_at"] = instants_to_column(quotes.quoted_at)
    merge_columns(target, columns)
    rejects_to_proto(chain.rejects, target.source_rejects)


def _quote_spots(quotes: Quotes, quote_spot: Floats) -> dict[str, Array]:
    """By expiry where that says it all, else by row."""
    by_expiry = np.full(len(quotes.expiries), quotes.spot)
    by_expiry[quotes.expiry] = quote_spot
    if np.array_equal(by_expiry[quotes.expiry], quote_spot):
        return {"expiry_spot": by_expiry}
    return {"quote_spot": quote_spot}


def right_from_column(code: Array, path: str) -> Array:
    """+1 for calls and −1 for puts; a ColumnError names the first row that is neither."""
    unknown = (code != common_pb2.RIGHT_CALL) & (code != common_pb2.RIGHT_PUT)
    refuse_rows(unknown, code, path, "RIGHT_CALL (1) or RIGHT_PUT (2)")
    return np.where(code == common_pb2.RIGHT_CALL, Right.CALL, Right.PUT).astype(np.int8)


def right_to_column(right: Array) -> Array:
    """The codes of calls (+1) and puts (−1)."""
    return np.where(right > 0, common_pb2.RIGHT_CALL, common_pb2.RIGHT_PUT).astype(np.uint8)


def rejects_to_proto(rejects: Rejects, target: chain_pb2.SourceRejects) -> None:
    """Write every reject; open interest is left out where no row states any."""
    columns: dict[str, Array] = {"row": rejects.row}
    if not np.isnan(rejects.open_interest).all():
        columns["open_interest"] = rejects.open_interest
    merge_columns(target, columns)
    target.reason.extend([RejectReason(code).label for code in rejects.reason.tolist()])


def _row_count(message: chain_pb2.Chain, path: str, limits: ChainLimits) -> int:
    longest = max(len(message.strike), len(message.right), len(message.expiry_index))
    if longest > limits.rows:
        field = f"{path}.strike[{limits.rows}]"
        raise TooManyError(f"expected at most {limits.rows} rows, got {longest}", field=field)
    if len(message.expiries) > limits.expiries:
        field = f"{path}.expiries[{limits.expiries}]"
        raise TooManyError(f"expected at most {limits.expiries}, got {len(message.expiries)}", field=field)
    count = row_count(message, REQUIRED, path, besides=("expiry_spot",))
    if count == 0:
        raise ColumnError(f"{path}.strike: expected at least one row, got 0", column=f"{path}.strike", row=0)
    return count


def _rows(message: chain_pb2.Chain, path: str, count: int) -> Array:
    if not message.row:
        return np.arange(count, dtype=np.int64)
    rows = column(message, "row").astype(np.int64)
    refuse_rows(rows < 0, rows, f"{path}.row", "a position from 0 on")
    return rows


def _expiry_index(message: chain_pb2.Chain, path: str) -> Array:
    index = column(message, "expiry_index")
    count = len(message.expiries)
    refuse_rows((index < 0) | (index >= count), index, f"{path}.expiry_index", f"an index from 0 to {count - 1}")
    return index


def _strike(message: chain_pb2.Chain, path: str) -> Floats:
    strike = column(message, "strike")
    refuse_rows(~((strike > 0.0) & (strike < np.inf)), strike, f"{path}.strike", "a positive price")
    return strike


def _optional_columns(message: chain_pb2.Chain, path: str) -> dict[str, Array]:
    """The columns that may be left out, where they are not: an empty one is absent for every row."""
    given = {name: column(message, name) for name in (*NOT_NEGATIVE, *FINITE) if getattr(message, name)}
    for name, values in given.items():
        if name in NOT_NEGATIVE:
            refuse_rows((values < 0.0) | (values == np.inf), values, f"{path}.{name}", "a number from 0 on, or NaN")
        else:
            refuse_rows(np.isinf(values), values, f"{path}.{name}", "a finite number, or NaN")
    if message.quoted_at:
        given["quoted_at"] = instants_from_column(column(message, "quoted_at"), f"{path}.quoted_at")
    return given


def _refuse_foreign(quotes: Quotes, path: str) -> None:
    """One chain, one underlying: two price axes are never mixed."""
    for i, expiry in enumerate(quotes.expiries):
        if expiry.contract.underlying != quotes.underlying:
            raise FieldError(
                f"expected the underlying of the chain, {quotes.underlying!r}, got {expiry.contract.underlying!r}",
                field=f"{path}.expiries[{i}].underlying",
            )


def _rejects_from_proto(message: chain_pb2.SourceRejects, path: str, limits: ChainLimits) -> Rejects:
    count = row_count(message, ("row", "reason"), path)
    if count > limits.rows:
        raise TooManyError(f"expected at most {limits.rows} rows, got {count}", field=f"{path}.row[{limits.rows}]")
    for i, label in enumerate(message.reason):
        if label not in REASONS:
            raise ColumnError(
                f"{path}.reason[{i}]: expected one of {', '.join(REASONS)}, got {label!r}",
                column=f"{path}.reason",
                row=i,
            )
    known: dict[str, Array] = {"open_interest": column(message, "open_interest")} if message.open_interest else {}
    reason = np.array([REASONS[label] for label in message.reason], np.int16)
    return Rejects(row=column(message, "row"), reason=reason, **known)
