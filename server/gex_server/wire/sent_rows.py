"""How many rows a request carries, whatever its type: the lengths of all its columns named `strike`."""

from collections.abc import Callable
from functools import cache
from typing import Any

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

Counter = Callable[[Any], int]


def sent_rows(request: Message) -> int:
    """Rows of every chain, book, update and inventory in a request: 5,000 for a ComputeExposureRequest of that many."""
    count = _counter(request.DESCRIPTOR, ())
    return count(request) if count else 0


@cache
def _counter(descriptor: Descriptor, above: tuple[str, ...]) -> Counter | None:
    """What counts the rows of a message of this type; None where it can have none."""
    has_column = "strike" in descriptor.fields_by_name and descriptor.fields_by_name["strike"].is_repeated
    above = (*above, descriptor.full_name)
    singles: list[tuple[str, Counter]] = []
    lists: list[tuple[str, Counter]] = []
    for field in descriptor.fields:
        inner = field.message_type
        if inner is None or inner.full_name in above or inner.GetOptions().map_entry:
            continue
        count_inner = _counter(inner, above)
        if count_inner is not None:
            (lists if field.is_repeated else singles).append((field.name, count_inner))
    if not (has_column or singles or lists):
        return None

    def count(message: Any) -> int:
        rows = len(message.strike) if has_column else 0
        rows += sum(inner(getattr(message, name)) for name, inner in singles if message.HasField(name))
        return rows + sum(inner(entry) for name, inner in lists for entry in getattr(message, name))

    return count
