"""Bytes of a text file as UTF-8, whatever wrote them."""

import codecs

from gex.errors import SourceError

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def utf8_payload(payload: bytes | str) -> bytes:
    """`payload` in UTF-8 without a byte-order mark; UTF-16 is known by its mark or by its zero bytes.

    Bytes that are no UTF-8 are taken as Latin-1: names may be in any old code page, numbers and symbols are ASCII.
    """
    if isinstance(payload, str):
        return payload.lstrip("\ufeff").encode("utf-8", "replace")
    for mark, encoding in _MARKS:
        if payload.startswith(mark):
            return _converted(payload[len(mark) :], encoding)
    if payload.isascii() and b"\0" not in payload[:4]:
        return payload
    head = payload[:200]
    if len(head) >= 4 and head.count(0) * 3 > len(head):
        return _converted(payload, "utf-16-le" if head[1::2].count(0) > head[::2].count(0) else "utf-16-be")
    return _converted(payload, "utf-8")


def _converted(payload: bytes, encoding: str) -> bytes:
    if encoding != "utf-8":
        payload = payload[: len(payload) // 2 * 2]  # a file cut inside a character loses that character only
    try:
        text = payload.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding != "utf-8":
            raise SourceError(f"byte {error.start}: expected text in {encoding}, got {error.reason}") from error
        text = payload.decode("latin-1")
    return text.encode("utf-8")
