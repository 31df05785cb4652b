"""Columns out of records: the values under one key of many JSON objects."""

from typing import Any

import numpy as np

from gex.columns import Bools, Floats
from gex.io.numbers import parse_number


def number_column(records: list[dict[str, Any]], key: str) -> tuple[Floats, Bools]:
    """The numbers under `key`, NaN where there is none, and where there is something that is no number.

    Numbers sent as text are read; truth values are no numbers.
    """
    raw = [record.get(key) for record in records]
    unreadable = np.zeros(len(raw), bool)
    if all(type(value) is float for value in raw):
        return np.array(raw, np.float64), unreadable
    values = np.full(len(raw), np.nan)
    for index, value in enumerate(raw):
        if value is None or value == "":
            continue
        number = _number(value)
        if number is None:
            unreadable[index] = True
        else:
            values[index] = number
    return values, unreadable


def _number(value: object) -> float | None:
    if isinstance(value, str):
        return parse_number(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def text_column(records: list[dict[str, Any]], key: str) -> list[str]:
    """The text under `key`, empty where there is none."""
    return [value if isinstance(value := record.get(key), str) else "" for record in records]
