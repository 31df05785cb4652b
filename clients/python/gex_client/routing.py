"""Which underlying a call is about. Its name travels in the metadata, so that a front knows where the call belongs."""

import zlib
from typing import Any

from google.protobuf.message import Message

METADATA_KEY = "gex-underlying"


def shard_of(underlying: str, count: int) -> int:
    """The shard that keeps an underlying, of `count`: CRC-32 of its name modulo their number.

    HAProxy says the same as `req.hdr(gex-underlying),crc32,mod(2)`. "SPX" has the CRC-32 1,320,209,769: of two shards it
    is on the second, 1; "BTC" with 3,176,990,918 on the first, 0.
    """
    return zlib.crc32(underlying.encode()) % count


def routing_metadata(request: Message) -> tuple[tuple[str, str], ...]:
    """The metadata entry that names the underlying of a request; empty where it has none or several chains hold it."""
    names = underlyings_of(request)
    return ((METADATA_KEY, names[0]),) if names and _is_printable(names[0]) else ()


def underlyings_of(request: Any) -> tuple[str, ...]:
    """The underlyings whose kept chains a request needs, or whose chain it brings; none twice, in order of appearance."""
    fields = request.DESCRIPTOR.fields_by_name
    if "underlying" in fields and request.underlying:
        return (request.underlying,)
    if "chain" in fields and request.HasField("chain"):
        return (request.chain.underlying,)
    if request.DESCRIPTOR.name == "WatchRequest":  # one watch of a stream of several
        if request.HasField("exposure"):
            return underlyings_of(request.exposure)
        return underlyings_of(request.risk.watch) if request.HasField("risk") else ()
    if "watches" in fields:
        return tuple(dict.fromkeys(watch.underlying for watch in request.watches if "underlying" in _names(watch)))
    if "book" not in fields or fields["book"].message_type is None:
        return ()
    book = request.book
    named = [expiry.underlying for expiry in book.expiries] + [leg.underlying for leg in book.linear]
    named += [instrument.underlying for instrument in getattr(request, "instruments", ())]
    return tuple(dict.fromkeys(name for name in named if name))


def _names(message: Any) -> Any:
    return message.DESCRIPTOR.fields_by_name


def _is_printable(name: str) -> bool:
    """Metadata holds ASCII without control characters; other names are for the server to refuse."""
    return name.isascii() and name.isprintable()
