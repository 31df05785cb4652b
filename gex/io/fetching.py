"""Where the live chains are, and what is done with an answer. The getter is given, so nothing here knows a network."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gex.errors import InputError, SourceError
from gex.io import cboe_json, deribit
from gex.quotes import Cleaned
from gex.roots import INDEX_ROOTS

Getter = Callable[[str], bytes]  # the body under an address; raises OSError where there is none

HOSTS = {"cboe": "https://cdn.cboe.com", "deribit": "https://www.deribit.com"}
_CBOE = "/api/global/delayed_quotes/options/{}.json"
_DERIBIT = "/api/v2/public/get_book_summary_by_currency?currency={}&kind=option"


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A chain as it came: the bytes to keep, and what they say."""

    url: str
    payload: bytes
    chain: Cleaned


def chain_url(source: str, underlying: str, *, host: str | None = None) -> str:
    """The address of a live chain: Cboe's delayed quotes (indices are written "_SPX") or Deribit's books of a coin.

    `host` ("https://test.deribit.com") takes the place of the source's own.
    """
    if source not in HOSTS:
        raise InputError(f"source: expected {' or '.join(HOSTS)}, got {source!r}")
    if not (underlying.isascii() and underlying.isalnum() and underlying == underlying.upper()):
        raise InputError(f"underlying: expected capital letters and digits, got {underlying!r}")
    root = host_of(source, host)
    if source == "cboe":
        return root + _CBOE.format(f"_{underlying}" if underlying in INDEX_ROOTS else underlying)
    return root + _DERIBIT.format(underlying)


def stream_url(host: str | None = None) -> str:
    """The address of Deribit's websocket."""
    return host_of("deribit", host).replace("http", "ws", 1) + "/ws/api/v2"


def host_of(source: str, host: str | None) -> str:
    """`host` without its last slash, else the source's own."""
    if host is None:
        return HOSTS[source]
    if not host.startswith(("https://", "http://")) or len(host.split("/")) < 3 or not host.split("/")[2]:
        raise InputError(f"host: expected https://name or http://name:port, got {host!r}")
    return host.rstrip("/")


def fetch_chain(
    source: str, underlying: str, get: Getter, *, as_of: np.datetime64 | None = None, host: str | None = None
) -> Fetched:
    """The live chain of `underlying`. A SourceError says in one line what could not be reached or read."""
    url = chain_url(source, underlying, host=host)
    try:
        payload = get(url)
    except OSError as error:
        raise SourceError(f"{url}: cannot be reached: {error}") from error
    parse = cboe_json.parse_chain if source == "cboe" else deribit.parse_chain
    try:
        return Fetched(url=url, payload=payload, chain=parse(payload, as_of))
    except SourceError as error:
        raise SourceError(f"{url}: {error}") from error
