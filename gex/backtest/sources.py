"""Recorded markets to replay: what a source is, and the books, hedges and costs that are made of it."""

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gex.backtest.chain_panel import deribit_panel
from gex.backtest.deribit_books import read_deribit_books
from gex.backtest.equity_chains import equity_panel
from gex.backtest.es_options import es_day_panel
from gex.backtest.index_minutes import Settlement, call_on_minutes, read_index_minutes
from gex.backtest.panel import Panel, held_book, near_the_money
from gex.backtest.recorded import RecordedMarket
from gex.backtest.recording import HedgeTerms, Recording
from gex.columns import Ints
from gex.errors import InputError, NoQuotesError, SourceError
from gex.io import lean
from gex.io.detect import read_bytes, read_chain
from gex.pipeline import analyse
from gex.portfolio.linear import LinearKind
from gex.quotes import Cleaned


@dataclass(frozen=True, kw_only=True)
class ReplayMarket:
    """Recordings that are compared as one market."""

    name: str
    says: str  # what it is and what is assumed
    recordings: tuple[Recording, ...]
    gross_units: float
    poll: float  # seconds between two looks
    clocks: tuple[int, ...]  # looks between two hedges of the clocks
    unit: str = "day"  # of a block
    run: int = 1  # blocks drawn together
    latency: int = 0  # looks from decision to fill
    panels: tuple[Panel, ...] = ()  # what the recordings were made of, row for row
    missing_prices: int = 0  # instants at which the hedge's own price was not recorded


@dataclass(frozen=True, kw_only=True)
class DeribitSource:
    """A folder of Deribit books: calls near the money at the first one, hedged with the perpetual or a dated future."""

    folder: Path
    coin: str
    hedge: str = ""  # instrument; empty: the perpetual; "dated": the first future with 14 days left
    units: float = -10.0  # of all calls near the money together
    fee_bps: float = 5.0
    half_spread_bps: float = 0.5
    average_daily_volume: float | None = None  # contracts a day, for impact; None: none is charged

    def market(self) -> ReplayMarket:
        """The books as a market of one recording."""
        return deribit_replay(self, read_deribit_books(_folder(self.folder), self.coin))


@dataclass(frozen=True, kw_only=True)
class FutureOptionsSource:
    """A day of minute quotes of options on a future and of the future (zips as Lean keeps them)."""

    options: Path
    futures: Path
    month: str  # of the future, yyyymm
    symbol: str = "ES"
    units: float = -1000.0
    multiplier: float = 50.0
    fee_per_contract: float = 1.18
    minutes: int = 20  # between two looks
    most_days: float = 100.0
    average_daily_volume: float | None = None  # contracts a day

    def market(self) -> ReplayMarket:
        """The day as a market of one recording; orders fill at the next look."""
        return future_options_replay(self, self.panel())

    def panel(self) -> Panel:
        """Marks and Greeks of the day."""
        return es_day_panel(_file(self.options), _file(self.futures), month=self.month, minutes=self.minutes)


@dataclass(frozen=True, kw_only=True)
class IndexMinutesSource:
    """Minutes of an index level: overlapping calls at the money, marked and hedged at one volatility known before."""

    levels: Path
    chain: Path | None = None  # the last chain before: its volatility at the money of `days`
    vol: float | None = None  # or the volatility itself
    underlying: str = "SPX"
    days: int = 9  # trading days from start to settlement
    start_every: int = 2  # days between two starts
    units: float = -1000.0
    every: int = 30  # minutes between two looks
    multiplier: float = 5.0
    half_spread_bps: float = 1.0
    settlement: Settlement = Settlement.PM
    drop_last_day: bool = True
    average_daily_volume: float | None = None  # contracts a day

    def market(self) -> ReplayMarket:
        """Every start as a recording."""
        minutes = read_index_minutes(_file(self.levels))
        if self.drop_last_day:
            minutes = minutes.where(minutes.day != minutes.day.max())
        days = len(np.unique(minutes.day))
        if days <= self.days:
            raise InputError(f"index minutes: expected more than {self.days} days, found {days}")
        vol, known = self.known_vol()
        terms = HedgeTerms(
            symbol=f"{self.underlying} future",
            multiplier=self.multiplier,
            average_daily_volume=self.average_daily_volume,
        )
        books = tuple(
            call_on_minutes(
                minutes,
                start_day=start,
                day_count=self.days,
                vol=vol,
                units=self.units,
                terms=terms,
                half_spread_bps=self.half_spread_bps,
                every=self.every,
                settlement=self.settlement,
            )
            for start in range(0, days - self.days, self.start_every)
        )
        return ReplayMarket(
            name=f"{self.underlying} minutes, {_span(minutes.time)}",
            says=(
                f"{len(books)} overlapping at-the-money calls of {self.days + 1} trading days, {self.units:g} units each, "
                f"one every {self.start_every} days; marked and hedged at {vol:.4f}, {known}; looks every {self.every} "
                f"minutes and at the close, filled at once at ±{self.half_spread_bps:g} bp (assumed), lots of "
                f"{self.multiplier:g} units, no carry, {self.settlement.value.upper()} settlement."
            ),
            recordings=books,
            gross_units=abs(self.units),
            poll=60.0 * self.every,
            clocks=(1, 14),
            run=5,
        )

    def known_vol(self) -> tuple[float, str]:
        """The volatility that is hedged with, and where it is from."""
        if self.vol is not None:
            return self.vol, "as configured"
        if self.chain is None:
            raise InputError("index minutes: expected vol, or the chain of an earlier day (chain)")
        analysis = analyse(read_chain(_file(self.chain)))
        days = analysis.forwards.time_to_expiry * 365.0
        vol = analysis.surface.vol(np.arange(len(days)), np.zeros(len(days)))
        known = np.flatnonzero(np.isfinite(vol))
        wanted = 1.4 * (self.days + 1)  # calendar days of so many sessions
        day = str(analysis.cleaned.quotes.as_of)[:10]
        best = known[np.argmin(np.abs(days[known] - wanted))]
        return float(vol[best]), f"that of {days[best]:.0f} days in the chain of {day}"


@dataclass(frozen=True, kw_only=True)
class ChainsSource:
    """Chain files of one share or index, one a day or a few stamps: calls near the money at the first, hedged with it.

    A zip of minute quotes is looked at every `minutes`.
    """

    folder: Path
    files: str = "*"  # pattern of the names
    units: float = -1000.0
    half_spread_bps: float = 2.0
    fee_per_unit: float = 0.005
    minutes: int = 30
    most_days: float = 60.0
    average_daily_volume: float | None = None  # units a day

    def market(self) -> ReplayMarket:
        """The chains as a market of one recording."""
        paths = sorted(path for path in _folder(self.folder).glob(self.files) if path.is_file())
        if not paths:
            raise InputError(f"chains: no file of {self.folder} is called {self.files}")
        chains = [one for path in paths for one in self._chains(path)]
        panel = equity_panel(chains, half_spread_bps=self.half_spread_bps)
        return chains_replay(self, panel)

    def _chains(self, path: Path) -> list[Cleaned]:
        data = read_bytes(path)
        if not data.startswith(b"PK\x03\x04"):
            return [read_chain(path)]
        last = lean.parse_chain(data).quotes
        start = last.as_of - np.timedelta64(24, "h")
        looks = np.arange(start, last.as_of + np.timedelta64(1, "ns"), np.timedelta64(self.minutes, "m"))
        found: list[Cleaned] = []
        for moment in [*looks.astype("datetime64[ns]"), last.as_of]:
            if found and moment <= found[-1].quotes.as_of:
                continue
            try:
                chain = lean.parse_chain(data, moment)
            except (NoQuotesError, SourceError):
                continue
            if np.isfinite(chain.quotes.bid).sum() >= 2:
                found.append(chain)
        return found


Source = DeribitSource | FutureOptionsSource | IndexMinutesSource | ChainsSource
KINDS: dict[str, type[Source]] = {
    "deribit": DeribitSource,
    "future_options": FutureOptionsSource,
    "index_minutes": IndexMinutesSource,
    "chains": ChainsSource,
}


def deribit_replay(source: DeribitSource, market: RecordedMarket) -> ReplayMarket:
    """Books that were read before, so that several hedges share one reading."""
    coin = source.coin
    hedge = source.hedge or f"{coin}-PERPETUAL"
    if hedge == "dated":
        hedge = first_future(market)
    panel, missing = deribit_panel(market, hedge=hedge, half_spread_bps=source.half_spread_bps)
    chosen = _calls(panel, 60.0)
    contract = 10.0 if coin == "BTC" else 1.0
    terms = HedgeTerms(
        symbol=hedge,
        kind=LinearKind.INVERSE,
        multiplier=contract,
        fee_bps=source.fee_bps,
        average_daily_volume=source.average_daily_volume,
    )
    name = f"{source.folder.name} {coin}"
    book = held_book(panel, chosen, source.units / len(chosen), terms, name=name, blocks=_days(panel))
    return ReplayMarket(
        name=f"Deribit {coin}, {source.folder.name.removeprefix('dev_')}, {hedge}",
        says=(
            f"{source.units:g} {coin} of {len(chosen)} calls, 14–60 days and |Δ| 0.25–0.75 at the first of "
            f"{len(panel.time)} books, kept to the end; marks are the venue's, profit in coin at the price of the instant; "
            f"fee {source.fee_bps:g} bp, half spread {source.half_spread_bps:g} bp (assumed: none is recorded), no funding "
            f"recorded; the hedge's own price was missing at {missing} of {len(panel.time)} instants and its premium kept."
        ),
        recordings=(book,),
        gross_units=abs(source.units),
        poll=_poll(book),
        clocks=(1, 4),
        panels=(panel,),
        missing_prices=missing,
    )


def first_future(market: RecordedMarket) -> str:
    """The nearest dated future with 14 days left, as it is known at the first instant."""
    first = market.instants[0]
    least = first.as_of + np.timedelta64(14, "D")
    found = next((f.symbol for f in first.futures if f.expires_at is not None and f.expires_at > least), None)
    if found is None:
        raise InputError(f"{market.underlying}: no dated future with 14 days left is recorded at the first instant")
    return found


def future_options_replay(source: FutureOptionsSource, panel: Panel) -> ReplayMarket:
    """A day that was read before."""
    chosen = _calls(panel, source.most_days)
    terms = HedgeTerms(
        symbol=f"{source.symbol} {source.month}",
        multiplier=source.multiplier,
        fee_per_contract=source.fee_per_contract,
        average_daily_volume=source.average_daily_volume,
    )
    hours = panel.time.astype("datetime64[h]").astype(np.int64)
    day = str(panel.time[0])[:10]
    book = held_book(panel, chosen, source.units / len(chosen), terms, name=f"{source.symbol} {day}", blocks=hours)
    return ReplayMarket(
        name=f"{panel.underlying} options, {day}, {source.symbol} futures",
        says=(
            f"{source.units:g} units spread evenly over the {len(chosen)} calls of |Δ| 0.25–0.75 at the first quotes of the "
            f"day; {len(panel.time)} looks {source.minutes} minutes apart, orders fill at the next, at the recorded bid or "
            f"ask of the future of {source.month}; {source.multiplier:g} units and {source.fee_per_contract:g} a contract."
        ),
        recordings=(book,),
        gross_units=abs(source.units),
        poll=60.0 * source.minutes,
        clocks=(1, 3),
        unit="hour",
        latency=1,
        panels=(panel,),
    )


def chains_replay(source: ChainsSource, panel: Panel) -> ReplayMarket:
    """Chains that were read before."""
    chosen = _calls(panel, source.most_days)
    root = panel.underlying
    terms = HedgeTerms(
        symbol=root,
        multiplier=1.0,
        fee_per_contract=source.fee_per_unit,
        average_daily_volume=source.average_daily_volume,
    )
    blocks = _days(panel)
    is_one_day = len(np.unique(blocks)) == 1
    if is_one_day:
        blocks = panel.time.astype("datetime64[h]").astype(np.int64)
    book = held_book(panel, chosen, source.units / len(chosen), terms, name=root, blocks=blocks)
    return ReplayMarket(
        name=f"{root}, {_span(panel.time)}",
        says=(
            f"{source.units:g} units spread evenly over {len(chosen)} calls of 14–{source.most_days:g} days and |Δ| "
            f"0.25–0.75 in the first of {len(panel.time)} chains; hedged with the underlying itself at ±"
            f"{source.half_spread_bps:g} bp (assumed) and {source.fee_per_unit:g} a unit."
        ),
        recordings=(book,),
        gross_units=abs(source.units),
        poll=_poll(book),
        clocks=(1, 2),
        unit="hour" if is_one_day else "day",
        panels=(panel,),
    )


def _calls(panel: Panel, most_days: float) -> Ints:
    """Calls near the money at the first instant: a book that needs a hedge, as the simulated one does."""
    chosen = near_the_money(panel, 0, most_days=most_days)
    chosen = chosen[panel.sign[chosen] > 0.0]
    if not len(chosen):
        raise InputError(f"{panel.underlying}: no call of 14 to {most_days:g} days near the money at the first instant")
    return chosen


def _days(panel: Panel) -> Ints:
    return panel.time.astype("datetime64[D]").astype(np.int64)


def _poll(book: Recording) -> float:
    return float(np.median(np.diff(book.time) / np.timedelta64(1, "s")))


def _span(time: np.ndarray) -> str:
    first, last = (dt.date.fromisoformat(str(moment)[:10]) for moment in (time[0], time[-1]))
    return str(first) if first == last else f"{first} to {last}"


def _folder(place: Path) -> Path:
    if not place.is_dir():
        raise InputError(f"recorded.folder: {place} is no folder")
    return place


def _file(place: Path) -> Path:
    if not place.is_file():
        raise InputError(f"recorded: {place} is no file")
    return place
