"""Realised volatility from the prices that came by: of a day and of a month, both ending before the reading."""

import math
from dataclasses import dataclass

import numpy as np

_DAY = 86_400.0
_YEAR = 365.0 * _DAY


@dataclass(frozen=True, kw_only=True)
class RealisedVol:
    """Exponentially weighted mean squares of log returns, a return at most every `interval` seconds.

    A return counts with the time it took, so that gaps and irregular ticks weigh what they should. A constant 0.6 a
    √year in gives 0.6 out. `short` and `long` are None until half a day and five days have been seen.
    """

    interval: float = 300.0
    at: np.datetime64 | None = None
    price: float = math.nan
    short_square: float = 0.0  # per second
    long_square: float = 0.0
    seen: float = 0.0  # seconds

    def after(self, price: float, at: np.datetime64) -> "RealisedVol":
        """With one more price; what comes too soon, too late or is no price is left out."""
        if not (math.isfinite(price) and price > 0.0):
            return self
        if self.at is None:
            return RealisedVol(interval=self.interval, at=at, price=price)
        seconds = float((at - self.at) / np.timedelta64(1, "ns")) * 1e-9
        if seconds < self.interval:
            return self
        rate = math.log(price / self.price) ** 2 / seconds
        # At first the mean of what was seen, then the exponential one.
        weights = [
            max(1.0 - math.exp(-seconds / span), seconds / (self.seen + seconds)) for span in (_DAY, 30.0 * _DAY)
        ]
        return RealisedVol(
            interval=self.interval,
            at=at,
            price=price,
            short_square=self.short_square + weights[0] * (rate - self.short_square),
            long_square=self.long_square + weights[1] * (rate - self.long_square),
            seen=self.seen + seconds,
        )

    @property
    def short(self) -> float | None:
        """Of about a day, decimal per √year."""
        return math.sqrt(self.short_square * _YEAR) if self.seen >= 0.5 * _DAY else None

    @property
    def long(self) -> float | None:
        """Of about a month."""
        return math.sqrt(self.long_square * _YEAR) if self.seen >= 5.0 * _DAY else None
