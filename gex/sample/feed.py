"""A sample written as the file a person would download: Cboe's delayed-quotes table as CSV."""

from zoneinfo import ZoneInfo

import numpy as np

from gex.calendar import CBOE_DELAY, quote_instant
from gex.columns import Floats
from gex.contracts import Expiry, Right
from gex.errors import InputError
from gex.sample.chain import Sample
from gex.symbols import OptionSymbol, format_occ

_COLUMNS = (
    "Expiration Date,Calls,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest,"
    "Strike,Puts,Last Sale,Net,Bid,Ask,Volume,IV,Delta,Gamma,Open Interest"
)
_NEW_YORK = ZoneInfo("America/New_York")


def sample_csv(sample: Sample) -> str:
    """The raw chain of an index sample in the layout of Cboe's quote table: a line a strike, zeros for what is missing.

    The date line says when the file would have been downloaded, a quarter of an hour after `as_of`, so that a reader
    that knows of the delay comes back to `as_of`. The table has no column for the time of a quote: a stale row cannot
    be told from a sound one.
    """
    quotes = sample.quotes
    if sample.kind != "index" or quotes.spot is None:
        raise InputError(f"sample_csv: expected an index sample, got {sample.kind}")
    downloaded_at = quotes.as_of + CBOE_DELAY
    minute = downloaded_at.astype("datetime64[m]")
    if minute != downloaded_at or quote_instant(quotes.expiries[0].contract, downloaded_at) != quotes.as_of:
        raise InputError(f"sample_csv: expected an as_of on a whole minute of quoting hours, got {quotes.as_of}")
    local = minute.astype("datetime64[us]").item().replace(tzinfo=ZoneInfo("UTC")).astimezone(_NEW_YORK)
    stamp = f"{local:%B} {local.day}, {local.year} at {local.hour % 12 or 12}:{local:%M %p %Z}"
    spot = quotes.spot
    lines = [
        "",
        f"{sample.description},Last: {spot:.4f},Change: {-0.0012 * spot:.4f}",
        f'"Date: {stamp}",Bid: {0.998 * spot:.2f},Ask: {1.002 * spot:.2f},Size: 1*1,Volume: 0',
        _COLUMNS,
    ]
    heads = [(f"{one.date:%a %b %d %Y}", *_symbol_heads(one)) for one in quotes.expiries]
    calls, puts = (_side(sample, side) for side in (0, 1))
    strikes = quotes.strike[::2]
    thousandths = np.round(strikes * 1000.0).astype(np.int64).tolist()
    for expiry, strike, code, call, put in zip(
        quotes.expiry[::2].tolist(), strikes.tolist(), thousandths, calls, puts, strict=True
    ):
        date, call_head, put_head = heads[expiry]
        lines.append(f"{date},{call_head}{code:08d},{call},{strike:.2f},{put_head}{code:08d},{put}")
    return "\r\n".join(lines) + "\r\n"


def _symbol_heads(expiry: Expiry) -> tuple[str, str]:
    """The symbols of an expiry's calls and puts up to the strike: "SPXW240612C", "SPXW240612P"."""
    call, put = (
        format_occ(OptionSymbol(root=expiry.root, date=expiry.date, right=right, strike=1.0), padded=False)[:-8]
        for right in (Right.CALL, Right.PUT)
    )
    return call, put


def _side(sample: Sample, side: int) -> list[str]:
    """The fields of calls (0) or puts (1) from Last Sale to Open Interest, a text a strike."""
    quotes = sample.quotes
    columns = [
        _texts(values[side::2])
        for values in (
            quotes.last,
            np.zeros(len(quotes)),
            quotes.bid,
            quotes.ask,
            quotes.volume,
            quotes.source_vol,
            quotes.source_delta,
            quotes.source_gamma,
            quotes.open_interest,
        )
    ]
    return [",".join(fields) for fields in zip(*columns, strict=True)]


def _texts(values: Floats) -> list[str]:
    """Shortest decimal texts, whole numbers without a point, 0 for what is missing."""
    return [f"{value:.10g}" for value in np.nan_to_num(values).tolist()]
