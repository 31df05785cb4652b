"""Deribit's recorded books as a market: a folder of whole option books, with futures and perpetuals beside them."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gex.backtest.recorded import RecordedFuture, RecordedInstant, RecordedMarket
from gex.calendar import instant
from gex.errors import NoForwardError, NoQuotesError, SourceError, SymbolError
from gex.io.deribit import chain_from_records, deribit_records
from gex.io.deribit_futures import future_settlement
from gex.io.detect import read_bytes
from gex.io.futures_prices import FuturesPrices, parse_prices
from gex.io.records import number_column, text_column
from gex.pipeline import ChainSettings, analyse
from gex.symbols import parse_deribit

LONGEST_GAP = 60.0
"""Seconds by which a price of the futures file may miss the book that it stands beside."""


def read_deribit_books(folder: str | Path, coin: str, *, settings: ChainSettings | None = None) -> RecordedMarket:
    """The books of `folder` (CSV or JSON, gzip or plain) for one coin; futures prices are looked for beside the folder.

    Files `*futures*.csv*` in the folder above are prices of perpetuals and dated futures; without them, and where they
    end, a perpetual has the index for its price and says so.
    """
    place = Path(folder)
    paths = sorted(path for path in place.iterdir() if path.is_file() and "futures" not in path.name)
    if not paths:
        raise SourceError(f"{place.name}: expected recorded books, found no file")
    beside = sorted(path for path in place.parent.glob("*futures*.csv*") if path.is_file())
    prices = [parse_prices(read_bytes(path)) for path in beside]
    return deribit_market((read_bytes(path) for path in paths), coin, prices=prices, settings=settings)


def deribit_market(
    payloads: Iterable[bytes],
    coin: str,
    *,
    prices: Sequence[FuturesPrices] = (),
    settings: ChainSettings | None = None,
) -> RecordedMarket:
    """One coin out of whole books, in order of time. A book that has no usable option of the coin is left out."""
    found: list[RecordedInstant] = []
    for payload in payloads:
        records = deribit_records(payload)
        try:
            found.append(_instant(records, coin, prices, settings))
        except (NoQuotesError, NoForwardError):
            continue
    found.sort(key=lambda one: one.as_of)
    return RecordedMarket(underlying=coin, instants=tuple(found))


def _instant(
    records: list[dict[str, Any]], coin: str, prices: Sequence[FuturesPrices], settings: ChainSettings | None
) -> RecordedInstant:
    cleaned = chain_from_records(records, underlying=coin)
    analysis = analyse(cleaned, settings)
    quotes = analysis.cleaned.quotes
    spot = quotes.spot
    if spot is None:
        raise NoForwardError(f"{coin} {quotes.as_of}: no index price is recorded")
    marks = number_column(records, "mark_price")[0]
    kept = {}
    for name, mark in zip(text_column(records, "instrument_name"), marks.tolist(), strict=True):
        try:
            symbol = parse_deribit(name)
        except SymbolError:
            continue
        if symbol.root == coin and np.isfinite(mark):
            kept[symbol.root, symbol.date, symbol.strike, int(symbol.right)] = mark
    futures = [_perpetual(coin, quotes.as_of, spot, prices), *_dated(records, coin)]
    return RecordedInstant(analysis=analysis, spot=spot, futures=tuple(futures), marks=kept)


def _perpetual(coin: str, as_of: np.datetime64, spot: float, prices: Sequence[FuturesPrices]) -> RecordedFuture:
    symbol = f"{coin}-PERPETUAL"
    for table in prices:
        if symbol in table.instruments:
            rows = table.of(symbol)
            gap = np.abs(rows.time - as_of)
            nearest = int(np.argmin(gap))
            if gap[nearest] <= np.timedelta64(round(LONGEST_GAP * 1e9), "ns"):
                return RecordedFuture(symbol=symbol, price=float(rows.price[nearest]))
    return RecordedFuture(symbol=symbol, price=spot, is_observed=False)


def _dated(records: list[dict[str, Any]], coin: str) -> list[RecordedFuture]:
    """Futures named beside the options of their expiry, at the median of the prices printed; interpolated ones are none."""
    price = number_column(records, "futures_price")[0]
    seen: dict[str, list[float]] = {}
    for name, value in zip(text_column(records, "futures_instrument_name"), price.tolist(), strict=True):
        if name and name.startswith(f"{coin}-") and 0.0 < value < np.inf:
            seen.setdefault(name, []).append(value)
    found = []
    for name, values in seen.items():
        try:
            expires_at = future_settlement(name)
        except SymbolError:
            continue
        if expires_at is not None:
            found.append(RecordedFuture(symbol=name, price=float(np.median(values)), expires_at=instant(expires_at)))
    return sorted(found, key=lambda future: (future.expires_at, future.symbol))
