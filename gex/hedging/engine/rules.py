"""Rules of an adaptive hedge from a table of TOML: the fields of `EngineConfig` by their names, at whatever depth."""

import dataclasses
import datetime as dt
import enum
import types
import typing
from collections.abc import Mapping
from typing import Any

import numpy as np

from gex.calendar import instant
from gex.errors import InputError
from gex.hedging.engine.config import EngineConfig
from gex.hedging.policy import HedgePolicy

_ELSEWHERE = {"hedge", "policy", "policies"}  # named by the caller, and in [policy]


def parse_rules(table: Mapping[str, Any], *, hedge: str, policy: HedgePolicy) -> EngineConfig:
    """The rules that `[rules]` of a file says, beside its policy; InputErrors name table and key.

    Scalars as in `EngineConfig` (seconds, currency); [rules.breaker], [rules.limits], [rules.cascade] and
    [rules.regimes.volatility] (liquidity, correlation) as the classes of those names; [rules.regimes.coverage] is
    state = share; [[rules.windows]] and [[rules.triggers]] are one table each. What is absent has its default.
    """
    for name in _ELSEWHERE:
        if name in table:
            raise InputError(f"[rules], key {name}: not a rule, it is said elsewhere")
    values = _fields(EngineConfig, table, "[rules]")
    try:
        return EngineConfig(hedge=hedge, policy=policy, **values)
    except InputError as error:
        raise InputError(f"[rules]: {error}") from error


def _fields(kind: Any, table: Any, place: str) -> dict[str, Any]:
    if not isinstance(table, Mapping):
        raise InputError(f"{place}: expected a table, got {table!r}")
    hints = typing.get_type_hints(kind)
    known = [field.name for field in dataclasses.fields(kind) if field.name not in _ELSEWHERE]
    found = {}
    for key, value in table.items():
        if key not in known:
            raise InputError(f"{place}, key {key}: unknown; expected some of {', '.join(sorted(known))}")
        found[key] = _value(hints[key], value, f"{place}, key {key}")
    return found


def _value(kind: Any, value: Any, place: str) -> Any:
    """`value` of TOML as what a field declares."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        (inner,) = [one for one in arguments if one is not type(None)]
        return _value(inner, value, place)
    if origin is tuple:
        return _rows(arguments[0], value, place)
    if dataclasses.is_dataclass(kind):
        try:
            return kind(**_fields(kind, value, place))  # type: ignore[operator] # a class
        except TypeError as error:
            raise InputError(f"{place}: {str(error).split('__init__() ')[-1]}") from error
        except InputError as error:
            raise error if str(error).startswith(place) else InputError(f"{place}: {error}") from error
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        try:
            return kind(value)
        except ValueError as error:
            raise InputError(f"{place}: expected one of {', '.join(str(one.value) for one in kind)}") from error
    if kind is np.datetime64 or origin is np.datetime64:
        if not isinstance(value, str | dt.datetime):
            raise InputError(f"{place}: expected a date and time, got {value!r}")
        return instant(value)
    return _scalar(kind, value, place)


def _rows(kind: Any, value: Any, place: str) -> tuple[Any, ...]:
    if typing.get_origin(kind) is tuple:  # pairs of name and number
        if not isinstance(value, Mapping):
            raise InputError(f"{place}: expected a table of names and numbers, got {value!r}")
        return tuple(sorted((name, _scalar(float, one, f"{place}.{name}")) for name, one in value.items()))
    if not isinstance(value, list):
        raise InputError(f"{place}: expected [[tables]], got {value!r}")
    return tuple(_value(kind, one, f"{place} {i + 1}") for i, one in enumerate(value))


def _scalar(kind: Any, value: Any, place: str) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and is_number:
        return float(value)
    if kind is int and is_number and float(value).is_integer():
        return int(value)
    if kind in (bool, str) and isinstance(value, kind):
        return value
    raise InputError(f"{place}: expected {kind.__name__}, got {value!r}")
