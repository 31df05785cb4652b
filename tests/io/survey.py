"""One line per chain of a folder of real files: rows, rejects by reason, expiries, forwards with their intervals.

Run as `python tests/io/survey.py ../shared/data`; the tests hold the sums.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from gex.cleaning import clean
from gex.errors import NoForwardError
from gex.forward import ForwardCurve, forward_curve
from gex.io import lean
from gex.io.detect import read_bytes, read_chain
from gex.pairs import pair_up
from gex.quotes import Cleaned

FOLDERS = ("cboe_csv", "cboe_json", "deribit_ticker_20200521", "deribit_book_summary_eth_20240108",
           "deribit_books_6h/dev_calm", "deribit_books_6h/dev_crash", "yfinance_202602", "lean_universes")  # fmt: skip
_GOOG = "option__usa__minute__goog__20151224_{}_american.zip"
ZIPS = (
    (_GOOG.format("quote"), _GOOG.format("openinterest")),
    ("futureoption__cme__minute__es__202003__20200106_quote_american.zip", None),
)


def chains(data: Path) -> Iterator[tuple[str, Cleaned]]:
    """Every chain of every file, by name: both coins of a Deribit book, both classes of a file with an adjusted one."""
    for folder in FOLDERS:
        for path in sorted((data / folder).glob("*.gz")):
            for underlying in _underlyings(path):
                yield f"{folder}/{path.name}", read_chain(path, underlying=underlying)
    for quotes, interest in ZIPS:
        folder = data / "lean_zip"
        payload = None if interest is None else read_bytes(folder / interest)
        yield f"lean_zip/{quotes}", lean.parse_chain(read_bytes(folder / quotes), open_interest=payload)


def _underlyings(path: Path) -> tuple[str | None, ...]:
    if path.name.startswith("deribit_options_snapshot"):
        return "BTC", "ETH"
    return (None, "AMD1") if path.name.startswith("amd") else (None,)


def line(name: str, chain: Cleaned) -> str:
    """The line of one chain."""
    quotes = chain.quotes
    rejects = " ".join(f"{reason.label}:{count}" for reason, count in chain.rejects.counts().items()) or "-"
    return (
        f"{name.split('/')[-1][:44]:44} {quotes.underlying:5} {str(quotes.as_of)[:16]} {chain.row_count:6d} "
        f"{len(quotes):6d} {len(quotes.expiries):3d} {_forward(chain):38} {rejects}"
    )


def _forward(chain: Cleaned) -> str:
    cleaned = clean(chain)
    try:
        curve: ForwardCurve = forward_curve(cleaned.quotes, pair_up(cleaned.quotes))
    except NoForwardError:
        return "no forward"
    known = np.flatnonzero(np.isfinite(curve.lower) & (curve.time_to_expiry > 0.0))
    if not len(known):
        return "no quoted pairs"
    first = known[0]
    return f"{curve.forward[first]:.6g} [{curve.lower[first]:.6g}, {curve.upper[first]:.6g}] {len(known)} expiries"


if __name__ == "__main__":
    for name, chain in chains(Path(sys.argv[1])):
        print(line(name, chain))
