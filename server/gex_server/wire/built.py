"""What of the contract is not answered yet: such a field is refused by name, never ignored."""

from functools import lru_cache
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from gex_server.errors import NotBuiltError

UNBUILT: dict[str, frozenset[str]] = {
    "gexapi.v1.Chain": frozenset(
        [
            "bid_size",
            "ask_size",
            "source_vega",
            "source_theta_per_day",
            "source_forward",
            "futures",
        ]
    ),
    "gexapi.v1.AnalysisSettings": frozenset(
        [
            "dividend_yield",
            "borrow_rate",
            "dividends",
            "forwards",
            "non_trading_day_weight",
            "events",
        ]
    ),
    "gexapi.v1.HedgeConfiguration": frozenset(["book_name"]),
    "gexapi.v1.HedgePolicy": frozenset(
        [
            "minimum_hold_seconds",
            "maximum_orders_per_hour",
            "cost_budget_per_day",
            "maximum_loss",
            "evaluation_triggers",
            "coverage_by_regime",
        ]
    ),
}


def refuse_unbuilt(message: Message, path: str = "") -> None:
    """Raise a NotBuiltError naming the first field of `message`, or of a message in it, that is set and not built."""
    descriptor = message.DESCRIPTOR
    for field in _unbuilt_fields(descriptor):
        if is_set(message, field):
            name = f"{path}{field.name}"
            raise NotBuiltError(f"{name}: this server does not answer it yet, leave it out", field=name)
    for field in _ways_down(descriptor):
        if not is_set(message, field):
            continue
        value = getattr(message, field.name)
        if field.is_repeated:
            for i, item in enumerate(value):
                refuse_unbuilt(item, f"{path}{field.name}[{i}].")
        else:
            refuse_unbuilt(value, f"{path}{field.name}.")


def is_set(message: Message, field: FieldDescriptor) -> bool:
    """True where the sender gave the field a value other than its default, or any at all where it has presence."""
    if field.is_repeated:
        return len(getattr(message, field.name)) > 0
    if field.has_presence:
        return message.HasField(field.name)
    return bool(getattr(message, field.name) != field.default_value)


@lru_cache(maxsize=1024)
def _unbuilt_fields(descriptor: Any) -> tuple[FieldDescriptor, ...]:
    names = UNBUILT.get(descriptor.full_name, frozenset())
    return tuple(field for field in descriptor.fields if field.name in names)


@lru_cache(maxsize=1024)
def _ways_down(descriptor: Any) -> tuple[FieldDescriptor, ...]:
    """Fields whose messages have something unbuilt in them, at whatever depth."""
    built = [field for field in descriptor.fields if field not in _unbuilt_fields(descriptor)]
    return tuple(field for field in built if field.message_type and _holds_unbuilt(field.message_type, frozenset()))


def _holds_unbuilt(descriptor: Any, seen: frozenset[str]) -> bool:
    if descriptor.full_name in seen:
        return False
    if _unbuilt_fields(descriptor):
        return True
    inside = seen | {descriptor.full_name}
    return any(_holds_unbuilt(field.message_type, inside) for field in descriptor.fields if field.message_type)
