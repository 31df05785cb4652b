"""Tables of listed contracts: which row of a chain each line of them names."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from gex.columns import Ints
from gex.quotes import Quotes
from gex_server.wire.chain import right_from_column
from gex_server.wire.columns import Array, column, refuse_rows, row_count
from gex_server.wire.contracts import expiry_from_proto

KEY = ("strike", "right", "expiry_index")


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
    own = message.expiries if "expiries" in message.DESCRIPTOR.fields_by_name else ()
    last = len(own or quotes.expiries) - 1
    refuse_rows((expiry < 0) | (expiry > last), expiry, f"{path}.expiry_index", f"an index from 0 to {last}")
    refuse_rows(~(strike > 0.0) | np.isinf(strike), strike, f"{path}.strike", "a positive price")
    if own:
        expiry = _chain_expiries(own, quotes, f"{path}.expiries")[expiry]
    if not len(quotes):
        return np.full(len(strike), -1, np.int64)
    listed, named = _keys(quotes.expiry, quotes.strike, quotes.right), _keys(expiry, strike, right)
    order = np.argsort(listed, kind="stable")
    at = np.searchsorted(listed[order], named)
    row = order[np.minimum(at, len(order) - 1)]
    return np.where((at < len(order)) & (listed[row] == named), row, -1).astype(np.int64)


def _chain_expiries(own: Any, quotes: Quotes, path: str) -> Ints:
    """The chain's index of each expiry of a message, −1 where the chain has none of that root and date."""
    known = {(expiry.root, expiry.date): j for j, expiry in enumerate(quotes.expiries)}
    named = (expiry_from_proto(one, quotes.underlying, f"{path}[{i}]") for i, one in enumerate(own))
    return np.array([known.get((expiry.root, expiry.date), -1) for expiry in named], np.int64)


def _keys(expiry: Array, strike: Array, right: Array) -> Array:
    """One comparable value a contract."""
    keys = np.empty(len(strike), [("expiry", np.int32), ("strike", np.float64), ("right", np.int8)])
    keys["expiry"], keys["strike"], keys["right"] = expiry, strike, right
    return keys
