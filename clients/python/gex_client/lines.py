"""Lines of a chain - one option each, with what is said of it - from columns by name."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gexapi.v1 import common_pb2
from google.protobuf.descriptor import FieldDescriptor

from gex_client.chain import dates_of, signs_of_right
from gex_client.columns import checked_column, distinct_rows, merge_columns
from gex_client.errors import ColumnError
from gex_client.view import Array

_CODES = np.array([common_pb2.RIGHT_PUT, 0, common_pb2.RIGHT_CALL], np.uint8)  # by sign + 1
_OPTION = ("expiry", "strike", "right")
_DTYPES: dict[int, Any] = {
    FieldDescriptor.TYPE_DOUBLE: np.float64,
    FieldDescriptor.TYPE_FIXED64: "datetime64[ns]",
    FieldDescriptor.TYPE_SFIXED32: np.int32,
    FieldDescriptor.TYPE_BOOL: np.bool_,
}


def write_lines(message: Any, columns: Mapping[str, Any], *, required: Sequence[str]) -> None:
    """Fill an update of columns: `expiry`, `root`, `strike`, `right` name the option, the others are those of the message.

    >>> from gexapi.v1 import chain_pb2
    >>> update = chain_pb2.QuoteUpdate()
    >>> write_lines(update, {"expiry": ["2024-03-15", "2024-03-15"], "root": ["SPXW", "SPX"], "strike": [5000, 5000],
    ...                      "right": ["C", "P"], "bid": [60.1, 55.2], "ask": [60.5, 55.6]}, required=("bid", "ask"))
    >>> [expiry.root for expiry in update.expiries], list(update.expiry_index), list(update.ask)
    (['SPX', 'SPXW'], [1, 0], [60.5, 55.6])
    """
    of_message = {one.name: one for one in message.DESCRIPTOR.fields if one.is_repeated and one.message_type is None}
    known = [*_OPTION, "root", *(name for name in of_message if name not in (*_OPTION, "expiry_index"))]
    for name in columns:
        if name not in known:
            raise ColumnError(f"{name}: no such column; there is {', '.join(known)}", column=name)
    for name in (*_OPTION, *required):
        if columns.get(name) is None:
            raise ColumnError(f"{name}: expected a column, got none", column=name)
    right = signs_of_right(columns["right"])
    count = len(right)
    dates = checked_column("expiry", dates_of(columns["expiry"]), "datetime64[D]", count)
    root = checked_column("root", columns.get("root", np.full(count, "")), np.str_, count)
    keys, index = distinct_rows(dates, root)
    for date, of_root in keys:
        message.expiries.add(expiry=str(date), root=str(of_root))
    written: dict[str, Array] = {"expiry_index": index, "right": _CODES[right + 1]}
    for name, field in of_message.items():
        values = columns.get(name)
        if name in written or values is None:
            continue
        if field.type == FieldDescriptor.TYPE_STRING:
            getattr(message, name).extend(checked_column(name, values, np.str_, count).tolist())
            continue
        column = checked_column(name, values, _DTYPES[field.type], count)
        if field.type == FieldDescriptor.TYPE_FIXED64:
            column = np.where(np.isnat(column), 0, column.astype(np.int64))
        written[name] = column
    merge_columns(message, written)
