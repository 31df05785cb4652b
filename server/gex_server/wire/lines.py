"""Tables of listed contracts: which row of a chain each line of them names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from gexapi.v1 import common_pb2

from gex.columns import Floats, Ints
from gex.contracts import Expiry, Right
from gex.listing import Listing
from gex.quotes import Quotes
from gex_server.wire.chain import right_from_column
from gex_server.wire.columns import Array, column, refuse_rows, row_count
from gex_server.wire.contracts import expiry_from_proto
from gex_server.wire.refusals import Refusals

KEY = ("strike", "right", "expiry_index")
_RIGHTS = np.array([0, Right.CALL, Right.PUT], np.int8)  # by RIGHT_UNSPECIFIED, RIGHT_CALL, RIGHT_PUT


def chain_rows(
    message: Any, quotes: Quotes, path: str, required: Sequence[str] = (), besides: Sequence[str] = ()
) -> Ints:
    """The row of `quotes` that each line of the table `message` names, −1 where the chain does not list it.

    `expiry_index` points into the message's own expiries where it has any, else into those of the chain. Raises
    ColumnError or FieldError below `path` where a column is malformed or shorter than the others.
    `besides` are repeated fields that are no columns.
    """
    row_count(message, (*KEY, *required), path, besides=besides)
    expiry, strike = column(message, "expiry_index"), column(message, "strike")
    right = right_from_column(column(message, "right"), f"{path}.right")
    own = own_expiries(message, quotes.underlying, path)
    last = len(own or quotes.expiries) - 1
    refuse_rows((expiry < 0) | (expiry > last), expiry, f"{path}.expiry_index", f"an index from 0 to {last}")
    refuse_rows(~(strike > 0.0) | np.isinf(strike), strike, f"{path}.strike", "a positive price")
    listing = Listing.of(quotes)
    if own:
        expiry = listing.places(own)[expiry]
    return listing.rows(expiry, strike, right)


def own_expiries(message: Any, underlying: str, path: str) -> tuple[Expiry, ...]:
    """The expiries that a table brings along; none where it uses those of the chain."""
    own = message.expiries if "expiries" in message.DESCRIPTOR.fields_by_name else ()
    return tuple(expiry_from_proto(one, underlying, f"{path}.expiries[{i}]") for i, one in enumerate(own))


@dataclass(frozen=True, eq=False, kw_only=True)
class NamedLines:
    """The contracts that the lines of an update name; lines that name none are in `refusals`."""

    expiries: tuple[Expiry, ...]  # that `expiry` points into
    expiry: Ints
    strike: Floats
    right: Array
    row: Ints  # of the chain, −1 where it does not list the contract
    refusals: Refusals


def named_lines(
    message: Any, chain_expiries: tuple[Expiry, ...], underlying: str, listing: Listing | None, path: str
) -> NamedLines:
    """The lines of a table whose columns are of one length; what is wrong with a line is told, not raised."""
    expiry, strike, code = (column(message, name) for name in ("expiry_index", "strike", "right"))
    own = own_expiries(message, underlying, path)
    expiries = own or chain_expiries
    refusals = Refusals(len(strike))
    refusals.mark(~((strike > 0.0) & (strike < np.inf)), "bad_strike")
    is_right = (code == common_pb2.RIGHT_CALL) | (code == common_pb2.RIGHT_PUT)
    refusals.mark(~is_right, "unknown_right")
    is_expiry = (expiry >= 0) & (expiry < len(expiries))
    refusals.mark(~is_expiry, "unknown_expiry")
    right = _RIGHTS[np.where(is_right, code, 0)]
    at = np.where(is_expiry, expiry, -1).astype(np.int64)
    row = np.full(len(strike), -1, np.int64)
    if listing is not None and len(strike):
        in_chain = listing.places(expiries) if own else np.arange(len(expiries))
        row = listing.rows(np.where(at >= 0, np.append(in_chain, -1)[at], -1), strike, right)
    return NamedLines(expiries=expiries, expiry=at, strike=strike, right=right, row=row, refusals=refusals)
