"""A recorded market: what was known at each instant of a tape, in order of time, and what an option was worth then."""

import bisect
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from gex.contracts import Right
from gex.errors import InputError
from gex.pipeline import Analysis


@dataclass(frozen=True, kw_only=True)
class RecordedFuture:
    """One future at one instant. `is_observed` False: no price of its own was recorded, the index stands for it."""

    symbol: str
    price: float  # currency per unit
    expires_at: np.datetime64 | None = None  # None: a perpetual
    is_observed: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordedInstant:
    """One underlying at one instant: the analysed chain, the futures beside it, the venue's own marks of options."""

    analysis: Analysis
    spot: float  # the index
    futures: tuple[RecordedFuture, ...]
    marks: dict[tuple[str, dt.date, float, int], float]  # (root, date, strike, ±1) → the contract's own currency a unit

    @property
    def as_of(self) -> np.datetime64:
        """The instant of the quotes."""
        return self.analysis.cleaned.quotes.as_of

    def future(self, symbol: str) -> RecordedFuture | None:
        """A future by name; None where nothing was recorded of it."""
        return next((future for future in self.futures if future.symbol == symbol), None)

    def mark(self, root: str, date: dt.date, strike: float, right: Right) -> float | None:
        """The venue's mark of one option a unit, in the contract's own currency (coin for inverse ones); None: no mark."""
        return self.marks.get((root, date, strike, int(right)))


@dataclass(frozen=True, eq=False, kw_only=True)
class RecordedMarket:
    """One underlying over time. Nothing of a later instant is in an earlier one, so `until` is all a rule may see."""

    underlying: str
    instants: tuple[RecordedInstant, ...]

    def __post_init__(self) -> None:
        if not self.instants:
            raise InputError(f"market {self.underlying}: expected at least one instant, got none")
        times = [instant.as_of for instant in self.instants]
        late = next((i for i in range(1, len(times)) if not times[i - 1] < times[i]), None)
        if late is not None:
            raise InputError(f"market {self.underlying}: expected rising instants, got {times[late]} at place {late}")

    def __len__(self) -> int:
        return len(self.instants)

    def __iter__(self) -> Iterator[RecordedInstant]:
        return iter(self.instants)

    @cached_property
    def times(self) -> np.ndarray:
        """Instants, datetime64[ns], ascending."""
        return np.array([instant.as_of for instant in self.instants], "datetime64[ns]")

    @cached_property
    def spots(self) -> np.ndarray:
        """Index prices, one an instant."""
        return np.array([instant.spot for instant in self.instants])

    @property
    def days(self) -> float:
        """From the first instant to the last."""
        return float((self.times[-1] - self.times[0]) / np.timedelta64(1, "D"))

    def until(self, as_of: np.datetime64) -> Sequence[RecordedInstant]:
        """What had been recorded by `as_of`, that instant included."""
        return self.instants[
            : bisect.bisect_right(self.times.tolist(), int(as_of.astype("datetime64[ns]").astype(np.int64)))
        ]

    def realised_vol(self, place: int, *, span: float, least: int = 4) -> float | None:
        """Volatility per √year of the log returns that ended before instant `place`, those of `span` seconds; None: too few.

        The sum of squared returns over the time they took: gaps between instants need not be equal. 1 % every six
        hours: 0.01·√(4·365) = 0.382.
        """
        last = place - 1
        first = int(np.searchsorted(self.times, self.times[place] - np.timedelta64(round(span * 1e9), "ns")))
        if last - first < least:
            return None
        returns = np.diff(np.log(self.spots[first : last + 1]))
        years = float((self.times[last] - self.times[first]) / np.timedelta64(1, "s")) / (365.0 * 86_400.0)
        return float(np.sqrt((returns**2).sum() / years))
