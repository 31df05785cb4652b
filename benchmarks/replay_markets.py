"""The development markets of the real-data folder as recordings, each with its hedge, its costs and what is assumed."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from gex.backtest.chain_panel import deribit_panel
from gex.backtest.deribit_books import read_deribit_books
from gex.backtest.equity_chains import equity_panel
from gex.backtest.es_options import es_day_panel
from gex.backtest.index_minutes import call_on_minutes, read_index_minutes
from gex.backtest.panel import Panel, held_book, near_the_money
from gex.backtest.recorded import RecordedMarket
from gex.backtest.recording import HedgeTerms, Recording
from gex.io import lean, yahoo
from gex.io.detect import read_bytes, read_chain
from gex.pipeline import analyse
from gex.portfolio.linear import LinearKind

BOOK = 10.0  # units of every coin book, short
FEE, HALF_SPREAD = 5.0, 0.5  # bp: Deribit's taker fee, and half the spread of a perpetual


@dataclass(frozen=True)
class Market:
    """A set of recordings that is compared as one."""

    name: str
    says: str  # what it is and what is assumed
    recordings: tuple[Recording, ...]
    gross_units: float
    poll: float  # seconds between two looks
    clocks: tuple[int, ...]
    unit: str  # of a block
    run: int = 1
    latency: int = 0
    panels: tuple[Panel, ...] = ()


def days_of(time: np.ndarray) -> np.ndarray:
    return time.astype("datetime64[D]").astype(np.int64)


def calls(panel: Panel, *, most_days: float = 60.0) -> np.ndarray:
    """Calls near the money at the first instant: a book that needs a hedge, as the simulated one does."""
    chosen = near_the_money(panel, 0, most_days=most_days)
    return chosen[panel.sign[chosen] > 0.0]


def coin_book(panel: Panel, terms: HedgeTerms, name: str) -> Recording:
    chosen = calls(panel)
    return held_book(panel, chosen, -BOOK / len(chosen), terms, name=name, blocks=days_of(panel.time))


def deribit(regime: str, coin: str, folder: Path) -> Iterator[Market]:
    """A coin's books with the perpetual and with the first future of more than 14 days."""
    market = read_deribit_books(folder / "deribit_books_6h" / regime, coin)
    for hedge in (f"{coin}-PERPETUAL", first_future(market)):
        panel, missing = deribit_panel(market, hedge=hedge, half_spread_bps=HALF_SPREAD)
        contract = 10.0 if coin == "BTC" else 1.0
        terms = HedgeTerms(symbol=hedge, kind=LinearKind.INVERSE, multiplier=contract, fee_bps=FEE)
        book = coin_book(panel, terms, f"{regime} {coin}")
        yield Market(
            name=f"Deribit {coin}, {regime.removeprefix('dev_')}, {hedge}",
            says=(
                f"{BOOK:g} {coin} of short calls, 14–60 days and |Δ| 0.25–0.75 at the first of {len(panel.time)} "
                f"books, kept to the end; marks are the venue's, profit in coin at the price of the instant; fee "
                f"{FEE:g} bp, half spread {HALF_SPREAD:g} bp (assumed: none is recorded), no funding recorded; the "
                f"hedge's own price was missing at {missing} of {len(panel.time)} instants and its premium kept."
            ),
            recordings=(book,),
            gross_units=BOOK,
            poll=6.0 * 3600.0,
            clocks=(1, 4),
            unit="day",
            panels=(panel,),
        )


def first_future(market: RecordedMarket) -> str:
    """The nearest dated future with 14 days left, as it is known at the first instant."""
    first = market.instants[0]
    least = first.as_of + np.timedelta64(14, "D")
    return next(f.symbol for f in first.futures if f.expires_at is not None and f.expires_at > least)


def es_day(folder: Path) -> Iterator[Market]:
    """One day of options on the ES future."""
    place = folder / "lean_zip"
    panel = es_day_panel(
        place / "futureoption__cme__minute__es__202003__20200106_quote_american.zip",
        place / "future__cme__minute__es__20200106_quote.zip",
        month="202003",
        minutes=20,
    )
    chosen = calls(panel, most_days=100.0)
    contracts = 20.0
    units = -contracts * 50.0 / len(chosen)
    terms = HedgeTerms(symbol="ESH20", multiplier=50.0, fee_per_contract=1.18)
    hours = (panel.time.astype("datetime64[h]")).astype(np.int64)
    book = held_book(panel, chosen, units, terms, name="ES 2020-01-06", blocks=hours)
    small = HedgeTerms(symbol="MESH20", multiplier=5.0, fee_per_contract=0.35)
    small_book = held_book(panel, chosen, units, small, name="ES 2020-01-06, MES", blocks=hours)
    for name, one in (("ES", book), ("MES", small_book)):
        yield Market(
            name=f"ES options, 2020-01-06, {name} futures",
            says=(
                f"{contracts:g} contracts short, spread evenly over the {len(chosen)} calls of |Δ| 0.25–0.75 at the first "
                f"quotes of the day; {len(panel.time)} looks twenty minutes apart, orders fill at the next, at the recorded "
                "bid or ask of ESH20 (MES is given the same quotes); 1.18 USD (MES 0.35) a contract."
            ),
            recordings=(one,),
            gross_units=contracts * 50.0,
            poll=1200.0,
            clocks=(1, 3),
            unit="hour",
            latency=1,
            panels=(panel,),
        )


def spx_vol(folder: Path) -> float:
    """At-the-money volatility of about ten days in the last chain before the minutes: SPX of 2023-12-08."""
    analysis = analyse(read_chain(folder / "cboe_csv" / "spx_20231209_dec_only.csv.gz"))
    forwards = analysis.forwards
    days = forwards.time_to_expiry * 365.0
    vol = analysis.surface.vol(np.arange(len(days)), np.zeros(len(days)))
    known = np.flatnonzero(np.isfinite(vol))
    return float(vol[known[np.argmin(np.abs(days[known] - 14.0))]])


def spx_minutes(folder: Path) -> Iterator[Market]:
    """Overlapping calls of ten trading days."""
    minutes = read_index_minutes(folder / "spx_minute_2024q1" / "spx_minute_level_data_jan_mar_2024.csv.gz")
    minutes = minutes.where(minutes.day != minutes.day.max())
    vol = spx_vol(folder)
    terms = HedgeTerms(symbol="MES", multiplier=5.0)
    books = tuple(
        call_on_minutes(
            minutes, start_day=start, day_count=9, vol=vol, units=-1000.0, terms=terms, half_spread_bps=1.0, every=30
        )
        for start in range(0, len(np.unique(minutes.day)) - 9, 2)
    )
    yield Market(
        name="SPX minutes, January to March 2024",
        says=(
            f"{len(books)} overlapping at-the-money calls of ten trading days, ten contracts short each, every second day; "
            f"marked and hedged at {vol:.4f}, the volatility of about ten days in the last chain before (2023-12-08); looks "
            "every 30 minutes and at the close, filled at once at ±1 bp (assumed), lots of 5 units, no carry."
        ),
        recordings=books,
        gross_units=1000.0,
        poll=1800.0,
        clocks=(1, 14),
        unit="day",
        run=5,
    )


def equity(folder: Path) -> Iterator[Market]:
    """GOOG day by day, SPY at four stamps."""
    closes = [
        lean.parse_universe(
            read_bytes(path), lean.close_of(dt.date(2015, 12, int(path.name[11:13])), "GOOG"), underlying="GOOG"
        )
        for path in sorted((folder / "lean_universes").glob("goog_*.csv.gz"))
    ]
    stamps = [yahoo.parse_chain(read_bytes(path)) for path in sorted((folder / "yfinance_202602").glob("*.csv.gz"))]
    for name, chains, half in (("GOOG, 23–31 December 2015", closes, 2.0), ("SPY, 11–13 February 2026", stamps, 0.5)):
        panel = equity_panel(chains, half_spread_bps=half)
        chosen = calls(panel)
        root = panel.underlying
        terms = HedgeTerms(symbol=root, multiplier=1.0, fee_per_contract=0.005)
        book = held_book(panel, chosen, -1000.0 / len(chosen), terms, name=root, blocks=days_of(panel.time))
        yield Market(
            name=name,
            says=(
                f"1,000 units short, spread evenly over {len(chosen)} calls of 14–60 days and |Δ| 0.25–0.75 in the first of "
                f"{len(panel.time)} chains; shares at ±{half:g} bp (assumed) and half a cent each."
            ),
            recordings=(book,),
            gross_units=1000.0,
            poll=86_400.0,
            clocks=(1, 2),
            unit="day",
            panels=(panel,),
        )


MARKETS: tuple[Callable[[Path], Iterator[Market]], ...] = (
    *(partial(deribit, regime, coin) for regime in ("dev_calm", "dev_crash") for coin in ("BTC", "ETH")),
    es_day,
    spx_minutes,
    equity,
)
