"""Where a hedge on paper has its market from: recorded books in a folder, of any source, in order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gex_cli.terminal import progress

if TYPE_CHECKING:
    from gex.backtest.paper import PaperMoment
    from gex.hedging.engine.config import EngineConfig
    from gex.hedging.instruments import HedgeInstrument
    from gex.hedging.reading import HedgeSettings
    from gex.io.futures_prices import FuturesPrices
    from gex.pipeline import Analysis
    from gex.portfolio.positions import OptionLine, Positions


@dataclass(frozen=True, kw_only=True)
class PaperOptions:
    """What is traded on paper, and how."""

    positions: Path
    instruments: Path
    underlying: str | None = None
    source: str = "auto"
    rate: float | None = None
    latency: float = 0.25
    patience: float = 3_600.0
    database: Path | None = None
    hedge: str = ""


class Source:
    """A folder of recorded books, or one file, in order of time; a file that cannot be used is told and left out."""

    def __init__(self, place: Path, options: PaperOptions) -> None:
        if not place.exists():
            raise FileNotFoundError(2, "no such file or folder", str(place))
        self.place, self.options = place, options
        files = [one for one in place.iterdir() if one.is_file()] if place.is_dir() else [place]
        self.paths = sorted(one for one in files if "futures" not in one.name)
        self.skipped: list[str] = []
        self.underlying = options.underlying or self._first_underlying()

    def moments(
        self, lines: "Sequence[OptionLine]", settings: "HedgeSettings", config: "EngineConfig"
    ) -> "Iterator[PaperMoment]":
        """One moment a book; the positions are keyed to the first, and priced on the surface of each."""
        from gex.backtest.paper import moment_of
        from gex.errors import InputError
        from gex.portfolio.positions import match_positions

        positions: Positions | None = None
        for analysis in sorted(self._analyses(), key=lambda one: one.cleaned.quotes.as_of):
            quotes = analysis.cleaned.quotes
            if positions is None:
                positions = match_positions(lines, quotes)
                for missing in positions.unmatched:
                    progress(f"{missing.message} in the first book, left out")
                if not len(positions):
                    raise InputError(f"{self.options.positions.name}: no position is in the first book")
            terms = [self._priced(one, quotes.as_of) for one in settings.instruments]
            yield moment_of(analysis, positions, terms, config)

    def _priced(self, terms: "HedgeInstrument", as_of: np.datetime64) -> "HedgeInstrument":
        """With its own recorded price where a file beside the folder has one within a minute, else as it is."""
        for prices in self._prices:
            if terms.symbol in prices.instruments:
                rows = prices.of(terms.symbol)
                nearest = int(np.argmin(np.abs(rows.time - as_of)))
                if abs(rows.time[nearest] - as_of) <= np.timedelta64(60, "s"):
                    return replace(terms, price=float(rows.price[nearest]))
        return terms

    @cached_property
    def _prices(self) -> "list[FuturesPrices]":
        """Recorded prices of futures: the files *futures*.csv* in the folder above."""
        from gex.io.detect import read_bytes
        from gex.io.futures_prices import parse_prices

        folder = self.place if self.place.is_dir() else self.place.parent
        return [
            parse_prices(read_bytes(path)) for path in sorted(folder.parent.glob("*futures*.csv*")) if path.is_file()
        ]

    def _analyses(self) -> "Iterator[Analysis]":
        from gex.errors import GexError
        from gex.io.detect import read_chain
        from gex.pipeline import ChainSettings, analyse

        settings = ChainSettings() if self.options.rate is None else ChainSettings(rate=self.options.rate)
        seen: set[int] = set()
        for path in self.paths:
            try:
                chain = read_chain(path, source=self.options.source, underlying=self.underlying)
                as_of = int(chain.quotes.as_of.astype("datetime64[ns]").astype(np.int64))
                if as_of in seen:
                    raise_same(path)
                found = analyse(chain, settings)
            except GexError as error:
                self.skipped.append(path.name)
                progress(f"{path.name}: {error}; left out")
                continue
            seen.add(as_of)
            yield found

    def _first_underlying(self) -> str:
        from gex.errors import GexError, InputError
        from gex.io.detect import read_chain

        for path in self.paths:
            try:
                return read_chain(path, source=self.options.source).quotes.underlying
            except GexError as error:
                last = error
        raise InputError(
            f"{self.place.name}: no book could be read ({last})" if self.paths else f"{self.place.name}: empty"
        )


def raise_same(path: Path) -> None:
    """Two books of one instant say two things at once."""
    from gex.errors import SourceError

    raise SourceError(f"{path.name} is of the same instant as another book")
