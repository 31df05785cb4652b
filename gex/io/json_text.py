"""JSON of a source, opened with errors that say where."""

import json
from typing import Any

from gex.errors import SourceError
from gex.io.text import utf8_payload


def json_value(payload: bytes | str) -> Any:
    """The JSON value of a payload; a SourceError names line and column of the first byte that does not fit."""
    try:
        return json.loads(utf8_payload(payload).decode("utf-8"))
    except json.JSONDecodeError as error:
        raise SourceError(f"line {error.lineno}, column {error.colno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise SourceError(f"byte {error.start}: expected JSON in UTF-8, got {error.reason}") from error
    except (RecursionError, ValueError) as error:
        raise SourceError(f"not JSON that can be read: {error}") from error


def json_object(payload: bytes | str) -> dict[str, Any]:
    """The JSON object of a payload."""
    value = json_value(payload)
    if not isinstance(value, dict):
        raise SourceError(f"line 1: expected a JSON object, got {_kind(value)}")
    return value


def object_at(parent: dict[str, Any], key: str) -> dict[str, Any]:
    """The object under `key`."""
    value = parent.get(key)
    if not isinstance(value, dict):
        raise SourceError(f"{key}: expected an object, got {_kind(value)}")
    return value


def objects_at(parent: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The list of objects under `key`; elements that are no objects count as empty ones, to be refused by row."""
    value = parent.get(key)
    if not isinstance(value, list):
        raise SourceError(f"{key}: expected a list, got {_kind(value)}")
    return [element if isinstance(element, dict) else {} for element in value]


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return {dict: "an object", list: "a list", str: "text", bool: "a truth value"}.get(type(value), "a number")
