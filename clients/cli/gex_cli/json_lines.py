"""Answers that are no message of the service, as JSON: one object in one line, null where a number is missing."""

import json
import math
import sys

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


def print_object(answer: dict[str, Json]) -> None:
    """The object in one line on standard output."""
    sys.stdout.write(json.dumps(_without_nan(answer), allow_nan=False, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _without_nan(value: Json) -> Json:
    if isinstance(value, dict):
        return {name: _without_nan(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
