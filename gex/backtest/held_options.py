"""The options of a recorded book, instant by instant: what revalues them at another price or another volatility."""

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from scipy.special import ndtr

from gex.columns import Bools, Floats
from gex.errors import InputError
from gex.hedging.closed_forms import leland_vol


class BookFigures(NamedTuple):
    """One number an instant; per unit of what the book counts in (coin where it is settled in coin)."""

    value: Floats
    delta: Floats  # net of premium where the book is settled in coin
    gamma: Floats


@dataclass(frozen=True, eq=False, kw_only=True)
class HeldOptions:
    """Options held over the instants of a recording; tables are (instant, contract).

    `delta_factor` is what the source's delta is beside ±N(±d1): a discount factor, a carry, or both. `is_alive` is False
    from the first instant after expiry on.
    """

    units: Floats  # signed, of each contract
    sign: Floats  # +1 call, −1 put
    strike: Floats
    forward: Floats
    vol: Floats
    years: Floats
    discount: Floats
    delta_factor: Floats
    is_alive: Bools
    is_coin_settled: bool = False

    def __post_init__(self) -> None:
        shape = self.forward.shape
        if len(shape) != 2 or any(t.shape != shape for t in (self.vol, self.years, self.discount, self.is_alive)):
            raise InputError(f"held options: expected tables of one shape, got {shape} and others")

    def until(self, row: int) -> "HeldOptions":
        """What was known at an instant."""
        tables = {name: getattr(self, name)[: row + 1].copy() for name in _TABLES}
        return replace(self, **tables)

    def figures(self, *, shift: Floats | None = None, vol_factor: Floats | None = None) -> BookFigures:
        """Model value, delta and gamma of the book with forwards times `shift` (one factor an instant).

        `vol_factor` multiplies volatilities, one a contract. Black (1976) at each option's own volatility: strikes keep
        theirs when the price moves. Forward 100, strike 100, 20 %, a year: call 7.9656, delta 0.5398, gamma 0.019848.
        """
        forward = self.forward if shift is None else self.forward * shift[:, None]
        factor = 1.0 if vol_factor is None else vol_factor[None]
        with np.errstate(divide="ignore", invalid="ignore"):
            stdev = self.vol * factor * np.sqrt(np.maximum(self.years, 0.0))
            d1 = np.log(forward / self.strike) / stdev + 0.5 * stdev
            value = self.sign * (forward * ndtr(self.sign * d1) - self.strike * ndtr(self.sign * (d1 - stdev)))
            gamma = np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi) / (forward * stdev)
        value, delta = self.discount * value, self.delta_factor * self.sign * ndtr(self.sign * d1)
        gamma = self.delta_factor * gamma
        if self.is_coin_settled:
            value = value / forward
            delta = delta - value
        lines = (np.where(self.is_alive & np.isfinite(line), line, 0.0) @ self.units for line in (value, delta, gamma))
        return BookFigures(*lines)

    def leland_delta(self, cost_rate: float, interval: float) -> Floats:
        """Delta at Leland's volatility for a hedge every `interval` years; where there is none, at the option's own.

        A long book and a short one differ in the sign of the correction, and a mixed one takes each option's own sign.
        """
        found = self.vol.copy()
        for (row, place), vol in np.ndenumerate(self.vol):
            if vol > 0.0:
                new = leland_vol(float(vol), 2.0 * cost_rate, interval, is_long=bool(self.units[place] > 0.0))
                found[row, place] = new if math.isfinite(new) else vol
        return replace(self, vol=found).figures().delta


_TABLES = ("forward", "vol", "years", "discount", "delta_factor", "is_alive")
