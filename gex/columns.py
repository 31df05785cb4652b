"""Frozen columns: the shape in which every table of numbers travels through gex.

A subclass of `Columns` is a frozen dataclass whose fields are either columns (made with `column`) or scalars that hold
for the whole table. Once built it is valid and never checked again: columns are 1-d, of one length, of their declared
type, own their memory and are read-only.
"""

import dataclasses
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from gex.errors import ColumnError

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Instants = npt.NDArray[np.datetime64]

_REQUIRED = object()


_SPECS: dict[
    type, tuple[tuple[str, np.dtype[Any], object], ...]
] = {}  # (name, dtype, fill): a chain asks a thousand times


def column(dtype: npt.DTypeLike, *, fill: object = _REQUIRED) -> Any:
    """Declare a column of `dtype`; with `fill` it may be left out and is then filled with that value.

    `np.datetime64` columns are kept in nanoseconds (UTC).
    """
    kind = np.dtype("datetime64[ns]") if np.dtype(dtype).kind == "M" else np.dtype(dtype)
    metadata = {"dtype": kind, "fill": fill}
    if fill is _REQUIRED:
        return dataclasses.field(metadata=metadata)
    return dataclasses.field(default=None, metadata=metadata)


@dataclass(frozen=True, eq=False, kw_only=True)
class Columns:
    """Base of every table: columns of one length, read-only, plus scalars that hold for all rows."""

    def __post_init__(self) -> None:
        owner, given = type(self), vars(self)  # the dataclass is frozen, its dictionary is ours until it is built
        length: int | None = None
        absent = []
        for spec in _column_specs(owner):
            name, dtype, _ = spec
            value = given[name]
            if value is None:
                absent.append(spec)
                continue
            if not (type(value) is np.ndarray and value.dtype == dtype and value.ndim == 1 and _is_frozen(value)):
                value = given[name] = _owned(value, dtype, owner, name)
            if length is None:
                length = value.shape[0]
            elif value.shape[0] != length:
                raise ColumnError(
                    f"{owner.__name__}.{name}: expected a 1-d column of {length} rows, got shape {value.shape}",
                    column=name,
                )
        for name, dtype, fill in absent:
            if fill is _REQUIRED:
                raise ColumnError(f"{owner.__name__}.{name}: expected a column, got None", column=name)
            array = np.empty(length or 0, dtype)
            array.fill(fill)
            array.flags.writeable = False
            given[name] = array

    def __len__(self) -> int:
        count: int = vars(self)[_column_specs(type(self))[0][0]].shape[0]
        return count

    @classmethod
    def column_names(cls) -> tuple[str, ...]:
        """Names of the columns, in the order of declaration."""
        return tuple([name for name, _, _ in _column_specs(cls)])

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """The columns by name, without copying."""
        held = vars(self)
        return {name: held[name] for name, _, _ in _column_specs(type(self))}

    def where(self, mask: Bools) -> Self:
        """The rows where `mask` is true, in their order."""
        return self.take(np.flatnonzero(mask))

    def take(self, index: npt.NDArray[np.integer[Any]]) -> Self:
        """The rows at `index`, in that order."""
        taken = {name: values[index] for name, values in self.columns().items()}
        for values in taken.values():
            values.flags.writeable = False  # ours alone, so that it is not copied again
        return dataclasses.replace(self, **taken)


def _column_specs(owner: type[Columns]) -> tuple[tuple[str, np.dtype[Any], object], ...]:
    known = _SPECS.get(owner)
    if known is None:
        declared = [field for field in dataclasses.fields(owner) if "dtype" in field.metadata]
        known = tuple((field.name, field.metadata["dtype"], field.metadata["fill"]) for field in declared)
        _SPECS[owner] = known
    return known


def _owned(value: object, dtype: np.dtype[Any], owner: type[Columns], column_name: str) -> npt.NDArray[Any]:
    """A read-only array of `dtype` that nobody else can write to."""
    if isinstance(value, np.ndarray) and value.dtype == dtype and value.ndim == 1:  # the usual case, without ceremony
        if not _is_frozen(value):
            value = np.array(value)
            value.flags.writeable = False
        return value
    name = f"{owner.__name__}.{column_name}"
    try:
        array = np.array(value)
        if array.dtype != dtype:
            with np.errstate(invalid="ignore"):
                cast = np.ascontiguousarray(array, dtype=dtype)
            if dtype.kind in "iu" and array.dtype.kind in "iuf" and not np.array_equal(cast, array):
                raise ValueError(f"values that are not whole numbers of type {dtype}")
            array = cast
    except (TypeError, ValueError, OverflowError) as error:
        raise ColumnError(f"{name}: expected values of type {dtype}, got {error}", column=column_name) from error
    if array.ndim != 1:
        raise ColumnError(f"{name}: expected a 1-d column, got shape {array.shape}", column=column_name)
    array.flags.writeable = False
    return array


def frozen(array: Floats) -> Floats:
    """A read-only, C-ordered array of the same floats: the type that kernels are compiled for."""
    view = np.ascontiguousarray(array, np.float64).view()
    view.flags.writeable = False
    return view


def _is_frozen(array: npt.NDArray[Any]) -> bool:
    """True where no one can write to the memory of `array`: it and every array it is a view of are read-only."""
    flags = array.flags
    if flags.writeable or not flags.c_contiguous:
        return False
    base: Any = array.base
    while isinstance(base, np.ndarray):
        if base.flags.writeable:
            return False
        base = base.base
    return base is None
