"""Where the live chains are, and what is done with an answer. The getter is given, so nothing here knows a network."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gex.errors import InputError, SourceError
from gex.io import cboe_json, deribit
from gex.quotes import Cleaned
from gex.roots import INDEX_ROOTS

Getter = Callable[[str], bytes]  # the body under an address; raises OSError where there is none

_CBOE = "https://cdn.cboe.com/api/global/delayed_quotes/options/{}.json"
_DERIBIT = "https://www.deribit.com/api/v2/public/get_book_summary_by_currency?currency={}&kind=option"


@dataclass(frozen=True, kw_only=True)
class Fetched:
    """A chain as it came: the bytes to keep, and what they say."""

    url: str
    payload: bytes
    chain: Cleaned


def chain_url(source: str, underlying: str) -> str:
    """The address of a live chain: Cboe's delayed quotes (indices are written "_SPX") or Deribit's books of a coin."""
    if not (underlying.isascii() and underlying.isalnum() and underlying == underlying.upper()):
        raise InputError(f"underlying: expected capital letters and digits, got {underlying!r}")
    if source == "cboe":
        return _CBOE.format(f"_{underlying}" if underlying in INDEX_ROOTS else underlying)
    if source == "deribit":
        return _DERIBIT.format(underlying)
    raise InputError(f"source: expected cboe or deribit, got {source!r}")


def fetch_chain(source: str, underlying: str, get: Getter, *, as_of: np.datetime64 | None = None) -> Fetched:
    """The live chain of `underlying`. A SourceError says in one line what could not be reached or read."""
    url = chain_url(source, underlying)
    try:
        payload = get(url)
    except OSError as error:
        raise SourceError(f"{url}: cannot be reached: {error}") from error
    parse = cboe_json.parse_chain if source == "cboe" else deribit.parse_chain
    try:
        return Fetched(url=url, payload=payload, chain=parse(payload, as_of))
    except SourceError as error:
        raise SourceError(f"{url}: {error}") from error
