"""The development markets of the real-data folder, each a source of `gex backtest` with its hedge, costs and assumptions."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from gex.backtest.deribit_books import read_deribit_books
from gex.backtest.sources import (
    ChainsSource,
    DeribitSource,
    FutureOptionsSource,
    IndexMinutesSource,
    ReplayMarket,
    deribit_replay,
    future_options_replay,
)

LEFT_OUT = """Not replayed: `deribit_ticker_20200521`, `deribit_book_summary_eth_20240108`, `cboe_json` and the single Cboe
stamps (RUT, QQQ, AMD, TSLA, XSP, SPY 2023, SPX of 2022 and December 2023) are one instant each; `occ_oi_history` and
`binance_funding` hold no option prices; the index and futures bars of 2013 and 2021 have no options beside them; tables of
textbooks are no market."""


def deribit(regime: str, coin: str, folder: Path) -> Iterator[ReplayMarket]:
    """A coin's books with the perpetual and with the first future of more than 14 days."""
    place = folder / "deribit_books_6h" / regime
    market = read_deribit_books(place, coin)
    for hedge in ("", "dated"):
        yield deribit_replay(DeribitSource(folder=place, coin=coin, hedge=hedge), market)


def es_day(folder: Path) -> Iterator[ReplayMarket]:
    """One day of options on the ES future, hedged with ES and, at the same quotes, with MES."""
    place = folder / "lean_zip"
    source = FutureOptionsSource(
        options=place / "futureoption__cme__minute__es__202003__20200106_quote_american.zip",
        futures=place / "future__cme__minute__es__20200106_quote.zip",
        month="202003",
    )
    panel = source.panel()
    yield future_options_replay(source, panel)
    yield future_options_replay(replace(source, symbol="MES", multiplier=5.0, fee_per_contract=0.35), panel)


def spx_minutes(folder: Path) -> Iterator[ReplayMarket]:
    """Overlapping calls of ten trading days, at the volatility of the last chain before."""
    yield IndexMinutesSource(
        levels=folder / "spx_minute_2024q1" / "spx_minute_level_data_jan_mar_2024.csv.gz",
        chain=folder / "cboe_csv" / "spx_20231209_dec_only.csv.gz",
    ).market()


def daily_chains(folder: Path) -> Iterator[ReplayMarket]:
    """Shares and indices at closes or a few stamps, and a day of GOOG every half hour."""
    cboe, lean = folder / "cboe_csv", folder / "lean_zip"
    shares = (
        ChainsSource(folder=folder / "lean_universes", files="goog_*.csv.gz"),
        ChainsSource(folder=lean, files="option__usa__minute__goog__20151224_quote*"),
        ChainsSource(folder=folder / "yfinance_202602", files="*.csv.gz", half_spread_bps=0.5),
        ChainsSource(folder=cboe, files="spy_2025*.csv.gz", half_spread_bps=0.5),
    )
    indices = (
        ChainsSource(folder=cboe, files="spx_20230[45]*.csv.gz", half_spread_bps=1.0, fee_per_unit=0.0),
        ChainsSource(folder=cboe, files="ndx_2023*.csv.gz", half_spread_bps=1.0, fee_per_unit=0.0),
    )
    for source in (*shares, *indices):
        yield source.market()


MARKETS: tuple[Callable[[Path], Iterator[ReplayMarket]], ...] = (
    *(partial(deribit, regime, coin) for regime in ("dev_calm", "dev_crash") for coin in ("BTC", "ETH")),
    es_day,
    spx_minutes,
    daily_chains,
)
