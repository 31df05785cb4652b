"""Columns into protobuf without a Python loop over rows.

A packed column is on the wire exactly `tag, varint(byte length), little-endian values`: it is written by concatenating
bytes and merging them into the message. 5,000 doubles take 5 µs this way and 200 µs through `extend`.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from gex_client.errors import ColumnError
from gex_client.view import Array

_LENGTH_DELIMITED = 2  # protobuf wire type
_DTYPES: dict[int, npt.DTypeLike] = {
    FieldDescriptor.TYPE_DOUBLE: "<f8",
    FieldDescriptor.TYPE_FIXED64: "<u8",
    FieldDescriptor.TYPE_SFIXED32: "<i4",
    FieldDescriptor.TYPE_ENUM: "u1",  # a varint below 128 is one byte
    FieldDescriptor.TYPE_BOOL: "u1",
}


def merge_columns(message: Message, columns: Mapping[str, Array]) -> None:
    """Fill the empty repeated fields of `message` that `columns` names, all in one merge."""
    message.MergeFromString(b"".join(_packed(message.DESCRIPTOR, name, array) for name, array in columns.items()))


def checked_column(name: str, values: object, dtype: npt.DTypeLike, length: int | None) -> Array:
    """`values` as a read-only 1-d array, without a copy where it has the type already; ColumnError where it is none."""
    try:
        array = np.asarray(values, dtype=dtype).view()
    except (TypeError, ValueError) as error:
        raise ColumnError(f"{name}: expected values of type {np.dtype(dtype)}, got {error}", column=name) from error
    if array.ndim != 1:
        raise ColumnError(f"{name}: expected a 1-d column, got shape {array.shape}", column=name)
    if length is not None and len(array) != length:
        raise ColumnError(f"{name}: expected {length} rows, got {len(array)}", column=name, row=min(length, len(array)))
    array.flags.writeable = False
    return array


def distinct_rows(*columns: Array) -> tuple[list[tuple[object, ...]], npt.NDArray[np.int32]]:
    """The distinct rows of some columns, ascending, and for every row the position of its own among them."""
    code = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, index = np.unique(column, return_inverse=True)
        code = code * len(values) + index
    _, first, index = np.unique(code, return_index=True, return_inverse=True)
    keys = list(zip(*(column[first].tolist() for column in columns), strict=True))
    return keys, index.astype(np.int32)


def _packed(descriptor: Any, name: str, array: Array) -> bytes:
    tag, dtype = _packed_field(descriptor, name)
    data = np.ascontiguousarray(array, dtype=dtype).tobytes()
    return tag + _varint(len(data)) + data if data else b""


@lru_cache(maxsize=1024)
def _packed_field(descriptor: Any, name: str) -> tuple[bytes, npt.DTypeLike]:
    field = descriptor.fields_by_name[name]
    return _varint(field.number << 3 | _LENGTH_DELIMITED), _DTYPES[field.type]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
