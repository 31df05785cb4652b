"""Values of the engine as text and back, exactly: what a log keeps, what is hashed, what is decided again."""

import dataclasses
import enum
import functools
import hashlib
import json
import math
import types
import typing
from collections.abc import Callable
from typing import Any, TypeVar

import numpy as np

from gex.errors import InputError

Value = TypeVar("Value")
Json = Any
_INSTANT, _INTEGER = np.dtype("datetime64[ns]"), np.dtype(np.int64)  # made once: a decision writes dozens of instants
_NUMBERS = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}


def to_json(value: object) -> Json:
    """`value` as what JSON knows: fields by name, enums by value, instants as nanoseconds, no float loses a digit.

    Fields are written as what they are declared to be (an int in a float field is a float), so that what is read back is
    written alike. Fields that are not compared (a repricer, triggers searched for) are no part of the value.
    """
    return _writer(typing.cast(Any, type(value)))(value)


def from_json(kind: type[Value], data: Json) -> Value:
    """The value of `kind` that `to_json` wrote; InputError names what does not fit."""
    return typing.cast(Value, _reader(typing.cast(Any, kind))(data))


def text_of(value: object) -> str:
    """Canonical text: the same value, the same text, whatever wrote it."""
    return json.dumps(to_json(value), separators=(",", ":"), sort_keys=True, allow_nan=False)


def field_texts(value: object, before: object = None, known: dict[str, str] | None = None) -> dict[str, str]:
    """Text of every field of a value; of fields that are the same objects in `before` the texts `known`."""
    kind: Any = type(value)
    found = {}
    for name, write in _fields(kind):
        part = getattr(value, name)
        if known is not None and part is getattr(before, name):
            found[name] = known[name]
        else:
            found[name] = json.dumps(write(part), separators=(",", ":"), sort_keys=True, allow_nan=False)
    return found


def value_of(kind: type[Value], text: str) -> Value:
    """The value behind its text."""
    try:
        return from_json(kind, json.loads(text))
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(f"{kind.__name__}: the text is none of it ({error})") from error


def digest(*texts: str) -> str:
    """SHA-256 of texts, each with its length before it, hexadecimal."""
    found = hashlib.sha256()
    for text in texts:
        data = text.encode()
        found.update(f"{len(data)}:".encode())
        found.update(data)
    return found.hexdigest()


@functools.cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind) if field.compare)


@functools.cache
def _fields(kind: Any) -> list[tuple[str, Callable[[Any], Json]]]:
    hints = typing.get_type_hints(kind)
    return [(name, _writer(hints[name])) for name in _names(kind)]


@functools.cache
def _writer(kind: Any) -> Callable[[Any], Json]:
    """How a value declared as `kind` is written."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = [_writer(one) for one in arguments if one is not type(None)]
        return lambda value: None if value is None else inner(value)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            each = _writer(arguments[0])
            if arguments[0] in (int, str):
                return list
            return lambda value: [each(one) for one in value]
        writers = [_writer(one) for one in arguments]
        return lambda value: [write(one) for write, one in zip(writers, value, strict=True)]
    if kind is np.datetime64 or origin is np.datetime64:
        return lambda value: int(value.astype(_INSTANT).astype(_INTEGER))
    if kind is float:
        return _float
    if kind in (int, str, bool):
        return lambda value: kind(value)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return lambda value: value.value
    if kind is tuple:
        return lambda value: [to_json(one) for one in value]
    if dataclasses.is_dataclass(kind):
        fields = _fields(typing.cast(typing.Hashable, kind))
        return lambda value: {name: write(getattr(value, name)) for name, write in fields}
    raise InputError(f"to_json: no writer for {kind}")


def _float(value: float) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else repr(number)


@functools.cache
def _reader(kind: Any) -> Callable[[Json], Any]:
    """How a value of `kind` is read."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = [_reader(one) for one in arguments if one is not type(None)]
        return lambda data: None if data is None else inner(data)
    if origin is tuple:
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            each = _reader(arguments[0])
            return lambda data: tuple(each(one) for one in data)
        readers = [_reader(one) for one in arguments]
        return lambda data: tuple(read(one) for read, one in zip(readers, data, strict=True))
    if kind is np.datetime64 or origin is np.datetime64:
        return lambda data: np.datetime64(data, "ns")
    if kind is float:
        return lambda data: _NUMBERS[data] if isinstance(data, str) else float(data)
    if kind in (int, str, bool):
        return lambda data: kind(data)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return lambda data: kind(data)
    if dataclasses.is_dataclass(kind) and isinstance(kind, type):
        hints = typing.get_type_hints(kind)
        fields = {name: _reader(hints[name]) for name in _names(kind)}
        return lambda data: kind(**{name: read(data[name]) for name, read in fields.items() if name in data})
    raise InputError(f"from_json: no reader for {kind}")
