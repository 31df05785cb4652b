"""Messages of the contract from plain values: mappings, instants, tuples, dates."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, cast

import numpy as np
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from gex_client.errors import InputError

M = TypeVar("M", bound=Message)
Instant = np.datetime64 | dt.datetime | str
Values = Mapping[str, Any]

_NS = 1_000_000_000


def message_from(kind: type[M], values: Values | M | None, path: str = "") -> M:
    """A message of `kind` with these values: field names as in the contract, nested mappings for nested messages.

    Enums are their names in lower case ("inverse"), instants datetime64, aware datetimes or ISO 8601 text with an
    offset. None leaves a field out. InputError names the path of a field that does not exist or does not fit.

    >>> from gexapi.v1 import exposure_pb2
    >>> message_from(exposure_pb2.ExposureSettings, {"profile_low": 0.9, "smile_dynamics": {"name": "sticky_strike"}})
    profile_low: 0.9
    smile_dynamics {
      name: "sticky_strike"
    }
    <BLANKLINE>
    """
    if isinstance(values, kind):
        return values
    message = kind()
    if values is not None:
        _fill(message, cast(Values, values), path or kind.DESCRIPTOR.name)
    return message


def nanoseconds(instant: Instant, path: str = "as_of") -> int:
    """Nanoseconds since 1970 UTC of an instant; InputError where text or datetime says no offset from UTC.

    >>> nanoseconds("1970-01-01T00:00:01Z")
    1000000000
    """
    if isinstance(instant, np.datetime64):
        if np.isnat(instant):
            raise InputError(f"{path}: expected an instant, got NaT")
        return int(instant.astype("datetime64[ns]").astype(np.int64))
    if isinstance(instant, str):
        try:
            instant = dt.datetime.fromisoformat(instant)
        except ValueError as error:
            raise InputError(f"{path}: expected ISO 8601 as 2024-03-01T21:00:00Z, got {instant!r}") from error
    if not isinstance(instant, dt.datetime):
        raise InputError(f"{path}: expected an instant, got {type(instant).__name__}")
    if instant.tzinfo is None:
        raise InputError(f"{path}: expected an instant with its offset from UTC, got {instant.isoformat()}")
    since = instant - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    found = (since.days * 86_400 + since.seconds) * _NS + since.microseconds * 1_000
    if not -(2**63) < found < 2**63:  # the least of 64 bits is NaT
        raise InputError(f"{path}: expected an instant from 1678 to 2262, got {instant.isoformat()}")
    return found


def set_timestamp(target: Timestamp, instant: Instant, path: str) -> None:
    """Write an instant into a Timestamp."""
    target.seconds, target.nanos = divmod(nanoseconds(instant, path), _NS)


def _fill(message: Message, values: Values, path: str) -> None:
    if not isinstance(values, Mapping):
        raise InputError(f"{path}: expected a mapping of fields, got {type(values).__name__}")
    fields = message.DESCRIPTOR.fields_by_name
    for name, value in values.items():
        if name not in fields:
            raise InputError(f"{path}.{name}: no such field; there is {', '.join(fields)}")
        if value is None:
            continue
        field = fields[name]
        if field.message_type is not None:
            _fill_message(message, field, value, f"{path}.{name}")
        else:
            _fill_scalar(message, field, value, f"{path}.{name}")


def _fill_message(message: Message, field: Any, value: Any, path: str) -> None:
    target = getattr(message, field.name)
    if field.message_type.GetOptions().map_entry:
        target.update(value)
    elif field.is_repeated:
        for index, item in enumerate(_sequence(value, path)):
            _fill_one(target.add(), item, f"{path}[{index}]")
    else:
        target.SetInParent()
        _fill_one(target, value, path)


def _fill_one(target: Message, value: Any, path: str) -> None:
    if isinstance(value, Message):
        target.CopyFrom(value)
    elif isinstance(target, Timestamp):
        set_timestamp(target, value, path)
    else:
        _fill(target, value, path)


def _fill_scalar(message: Message, field: Any, value: Any, path: str) -> None:
    try:
        if field.is_repeated:
            target = getattr(message, field.name)
            target.extend(_number(field, item, path) for item in _sequence(value, path))
        else:
            setattr(message, field.name, _number(field, value, path))
    except (TypeError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def _number(field: Any, value: Any, path: str) -> Any:
    if field.enum_type is not None and isinstance(value, str):
        return enum_number(field.enum_type, value, path)
    if isinstance(value, np.generic):
        return value.item()
    if field.type == FieldDescriptor.TYPE_STRING and isinstance(value, dt.date):
        return value.isoformat()
    return value


def enum_number(enum: Any, name: str, path: str) -> int:
    """The number of an enum's value by its name without prefix, in lower case: "inverse"."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    found = enum.values_by_name.get(prefix + name.upper())
    if found is None:
        names = [value.name.removeprefix(prefix).lower() for value in enum.values[1:]]
        raise InputError(f"{path}: expected one of {', '.join(names)}, got {name!r}")
    return int(found.number)


def _sequence(value: Any, path: str) -> Sequence[Any]:
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise InputError(f"{path}: expected a sequence, got {value!r}")
    return list(value)
