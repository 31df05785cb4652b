"""Answers of the service as values: fields by name, columns as numpy arrays, what is absent as None.

A `View` stands before a protobuf message and decodes a field when it is first asked for, in one copy of memory a column.
Its subclasses declare the fields with their types; names, units, signs and what absence means are those of the contract
(`protos/gexapi/v1`), field by field.
"""

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import numpy.typing as npt
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

if TYPE_CHECKING:
    from gex_client.frames import DataFrame
    from gex_client.polars_frames import PolarsFrame

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]
Signs = npt.NDArray[np.int8]  # +1 call, −1 put
Dates = npt.NDArray[np.datetime64]  # datetime64[D]
Instants = npt.NDArray[np.datetime64]  # datetime64[ns], UTC; NaT where not known
Strings = npt.NDArray[np.str_]

_NS = 1_000_000_000
_SIGN_OF_RIGHT = np.array([0, 1, -1], np.int8)  # by RIGHT_UNSPECIFIED, RIGHT_CALL, RIGHT_PUT
VIEWS: dict[str, type["View"]] = {}  # by the full name of the message


class View:
    """One message of the service, read-only. `proto` is the protobuf message itself."""

    __slots__ = ("_decoded", "proto")
    of: ClassVar[tuple[type[Message], ...]] = ()

    proto: Message
    _decoded: dict[str, Any]

    def __init_subclass__(cls, *, of: type[Message] | tuple[type[Message], ...] = ()) -> None:
        cls.of = of if isinstance(of, tuple) else (of,)
        for kind in cls.of:
            VIEWS[kind.DESCRIPTOR.full_name] = cls

    def __init__(self, message: Message) -> None:
        object.__setattr__(self, "proto", message)
        object.__setattr__(self, "_decoded", {})

    def __getattr__(self, name: str) -> Any:
        decoded = self._decoded
        if name not in decoded:
            field = self.proto.DESCRIPTOR.fields_by_name.get(name)
            if field is None:
                raise AttributeError(f"{type(self).__name__} has no field {name!r}; it has {', '.join(dir(self))}")
            decoded[name] = self._value(field)
        return decoded[name]

    def _value(self, field: Any) -> Any:
        value = getattr(self.proto, field.name)
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            return dict(value)
        if field.message_type is not None:
            if field.is_repeated:
                return tuple(view_of(item) for item in value)
            if not self.proto.HasField(field.name):
                return None
            if field.message_type.full_name == "google.protobuf.Timestamp":
                return instant_of_timestamp(value.seconds, value.nanos)
            return view_of(value)
        if field.is_repeated:
            return self._column(value, field)
        if field.has_presence and not self.proto.HasField(field.name):
            return None
        return _scalar(value, field)

    def _column(self, value: Any, field: Any) -> Array | tuple[str, ...]:
        if field.type == FieldDescriptor.TYPE_STRING:
            return tuple(value)
        return column_of(value, field)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"{type(self).__name__}.{name}: an answer cannot be changed")

    def __dir__(self) -> list[str]:
        return [field.name for field in self.proto.DESCRIPTOR.fields]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, View) and self.proto == other.proto

    __hash__ = None  # type: ignore[assignment] # protobuf messages have no hash

    def __reduce__(self) -> tuple[type["View"], tuple[Message]]:
        return type(self), (self.proto,)

    def __repr__(self) -> str:
        scalars = [
            f"{field.name}={getattr(self, field.name)!r}"
            for field, _ in self.proto.ListFields()
            if not field.is_repeated and field.message_type is None
        ]
        return f"{type(self).__name__}({', '.join(scalars)})"


class Table(View):
    """A message whose repeated fields are columns of one length; an empty column is absent for every row."""

    __slots__ = ()

    def columns(self) -> dict[str, Array]:
        """The columns that are not empty, by name, in the order of the contract."""
        return {
            field.name: getattr(self, field.name)
            for field in self.proto.DESCRIPTOR.fields
            if _is_column(field) and len(getattr(self.proto, field.name))
        }

    def _column(self, value: Any, field: Any) -> Array:
        return column_of(value, field)

    def __len__(self) -> int:
        return max(len(getattr(self.proto, f.name)) for f in self.proto.DESCRIPTOR.fields if _is_column(f))

    def to_frame(self) -> "DataFrame":
        """The columns as a pandas frame; `pip install gex-client[pandas]`."""
        from gex_client.frames import frame_of_columns

        return frame_of_columns(self.columns())

    def to_polars(self) -> "PolarsFrame":
        """The columns as a polars frame; `pip install gex-client[polars]`."""
        from gex_client.polars_frames import polars_of_columns

        return polars_of_columns(self.columns())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self)} rows: {', '.join(self.columns())})"


def view_of(message: Message) -> View:
    """The view declared for this kind of message."""
    return VIEWS.get(message.DESCRIPTOR.full_name, View)(message)


def _is_column(field: Any) -> bool:
    return field.is_repeated and field.message_type is None


def instant_of_timestamp(seconds: int, nanos: int) -> np.datetime64:
    """The instant as datetime64[ns], UTC."""
    return np.datetime64(seconds * _NS + nanos, "ns")


def column_of(value: Any, field: Any) -> Array:
    """A repeated scalar field as a read-only array; rights become +1 and −1, other enums their names in lower case."""
    array = _array(value, field)
    array.flags.writeable = False
    return array


def _array(value: Any, field: Any) -> Array:
    if field.type == FieldDescriptor.TYPE_STRING:
        texts = np.array(list(value), dtype=np.str_)
        return texts.astype("datetime64[D]") if field.name == "expiry" else texts
    array = np.asarray(value)
    if field.type == FieldDescriptor.TYPE_FIXED64:
        nanoseconds = array.astype(np.int64)
        return np.where(nanoseconds == 0, np.datetime64("NaT", "ns"), nanoseconds.astype("datetime64[ns]"))
    if field.enum_type is not None:
        table = _SIGN_OF_RIGHT if field.enum_type.name == "Right" else np.array(_labels(field.enum_type))
        decoded: Array = table[array]
        return decoded
    return array


def _scalar(value: Any, field: Any) -> Any:
    if field.enum_type is not None:
        return int(_SIGN_OF_RIGHT[value]) if field.enum_type.name == "Right" else _labels(field.enum_type)[value]
    if field.type == FieldDescriptor.TYPE_STRING and field.name == "expiry":
        return np.datetime64(value, "D")
    return value


def _labels(enum: Any) -> list[str]:
    """Names of an enum's values without its prefix, lower case, by number; "" for unspecified: ["", "ok", ...]."""
    prefix = enum.values_by_number[0].name.removesuffix("UNSPECIFIED")
    names = [enum.values_by_number[number].name.removeprefix(prefix).lower() for number in range(len(enum.values))]
    return ["", *names[1:]]
