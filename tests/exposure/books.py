"""Books of a few lines and what the exposure stages make of them, for tests."""

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gex.columns import Bools, Floats
from gex.exposure.book import ExposureBook, exposure_books
from gex.exposure.lines import ExposureLines
from gex.exposure.map import computed_greeks, leg_units
from gex.forward import ForwardCurve
from gex.pairs import Pairs, pair_up
from gex.positioning import InventoryPositioning
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface
from tests.chains import book_of
from tests.naive_exposure import Option

Lines = list[tuple[float, float, float, str]]
MARKET = {"rate": 0.04, "dividend": 0.013}
BOOK_B: Lines = [(7, 0.15, 5100, "+800C"), (7, 0.15, 4900, "-1000P"), (7, 0.15, 5000, "+300C")]  # exposure.md 8.2


@dataclass(frozen=True, eq=False)
class Book:
    """One inventory on one surface."""

    quotes: Quotes
    surface: VolSurface
    contracts: Floats

    @cached_property
    def pairs(self) -> Pairs:
        return pair_up(self.quotes)

    @cached_property
    def lines(self) -> ExposureLines:
        return ExposureLines.of(self.pairs, self.surface)

    @cached_property
    def legs(self) -> tuple[Floats, Floats]:
        return leg_units(self.quotes, self.pairs, [self.contracts])

    @cached_property
    def weight(self) -> Floats:
        call, put = self.legs
        return call + put

    def exposure(self, **settings: object) -> ExposureBook:
        greeks = computed_greeks(self.quotes, self.surface)
        positioning = (InventoryPositioning(self.contracts),)
        (book,) = exposure_books(self.quotes, self.pairs, greeks, self.surface, positioning, **settings)
        return book


def book(lines: Lines, *, spot: float = 5000.0, **market: float) -> Book:
    return Book(*book_of(lines, spot=spot, **market))


def options(lines: Lines, *, multiplier: float = 100.0, rate: float = 0.0, dividend: float = 0.0) -> list[Option]:
    """The same book for the slow twins."""
    return [
        Option(strike, 1 if what.endswith("C") else -1, days / 365, vol, float(what[:-1]) * multiplier, rate, dividend)
        for days, vol, strike, what in lines
    ]


@dataclass(frozen=True, eq=False)
class QuadraticSurface:
    """σ0(k) = a + b·k + c·k² in every expiry."""

    forwards: ForwardCurve
    coefficients: tuple[float, float, float]

    @property
    def is_certified(self) -> Bools:
        return np.zeros(len(self.forwards), np.bool_)

    def vol(self, expiry: np.ndarray, log_moneyness: Floats) -> Floats:
        _, k = np.broadcast_arrays(expiry, log_moneyness)
        a, b, c = self.coefficients
        return a + b * k + c * k * k


def with_smile(plain: Book, coefficients: tuple[float, float, float]) -> Book:
    return dataclasses.replace(plain, surface=QuadraticSurface(plain.surface.forwards, coefficients))
