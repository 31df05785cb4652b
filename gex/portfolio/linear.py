"""Contracts without optionality: futures on an index, linear and inverse perpetuals and futures, spot."""

import dataclasses
import enum
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, column
from gex.errors import InputError


class LinearKind(enum.IntEnum):
    """How the price of the contract becomes money."""

    INDEX_FUTURE = 1  # multiplier × price change; ∂F/∂S = F/S
    LINEAR = 2  # the same on the asset itself; ∂F/∂S = 1 for a perpetual, F/S for a dated future
    INVERSE = 3  # paid in coin: currency per contract × (1/F0 − 1/F)
    SPOT = 4  # the asset

    @property
    def label(self) -> str:
        """The name in files: "index_future"."""
        return self.name.lower()


@dataclass(frozen=True, eq=False, kw_only=True)
class LinearPositions(Columns):
    """One row per contract without optionality of one underlying, at the spot at which the prices hold.

    `multiplier` is in units of underlying a contract; for INVERSE it is currency a contract (Deribit BTC 10).
    `time_to_expiry` in years, +inf for perpetuals and spot.
    """

    spot: float
    symbol: tuple[str, ...] = ()

    kind: npt.NDArray[np.int8] = column(np.int8)  # LinearKind
    contracts: Floats = column(np.float64)  # signed, + long
    multiplier: Floats = column(np.float64)
    price: Floats = column(np.float64)  # of the contract, currency per unit
    time_to_expiry: Floats = column(np.float64, fill=np.inf)
    entry_price: Floats = column(np.float64, fill=np.nan)  # NaN where not known
    carry_rate: Floats = column(np.float64, fill=np.nan)  # r − q to the expiry, per year; NaN: ln(price/spot)/T

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.symbol) != len(self):
            raise InputError(f"LinearPositions.symbol: expected {len(self)} names, got {len(self.symbol)}")

    def take(self, index: npt.NDArray[np.integer[Any]]) -> Self:
        """The rows at `index`, in that order, with their symbols."""
        columns = {name: getattr(self, name)[index] for name in self.column_names()}
        return dataclasses.replace(self, symbol=tuple(self.symbol[i] for i in index.tolist()), **columns)

    @classmethod
    def empty(cls, spot: float) -> "LinearPositions":
        """None at all."""
        nothing = np.empty(0)
        return cls(spot=spot, kind=nothing.astype(np.int8), contracts=nothing, multiplier=nothing, price=nothing)

    @cached_property
    def is_inverse(self) -> Bools:
        """True where the contract is paid in coin."""
        inverse: Bools = self.kind == LinearKind.INVERSE
        return inverse

    @cached_property
    def _ratio(self) -> tuple[Bools, Floats, Floats]:
        """(is dated, years to expiry or 1, F/S where it is not 1 by definition)."""
        dated = np.isfinite(self.time_to_expiry)
        life = np.where(dated, self.time_to_expiry, 1.0)
        ratio = np.where(dated | self.is_inverse, self.price / self.spot, 1.0)
        # What an inverse contract pays depends on its own price alone: no stated carry can change its delta.
        stated = dated & ~self.is_inverse & ~np.isnan(self.carry_rate)
        return dated, life, np.where(stated, np.exp(np.where(stated, self.carry_rate, 0.0) * life), ratio)

    def growth(self, elapsed: Floats | float = 0.0) -> Floats:
        """∂F/∂S after `elapsed` years: (F/S)^{(T − t)/T} for dated contracts, 1 for spot and linear perpetuals.

        A stated carry c makes e^{cT} of F/S, where price and spot were not printed at one instant. Inverse
        perpetuals keep their ratio to spot; a settled contract has 0. (row,), or (time, row) at several times.
        """
        dated, life, ratio_now = self._ratio
        passed = np.asarray(elapsed, np.float64)
        if passed.ndim == 0 and passed == 0.0:
            return np.where(self.time_to_expiry > 0.0, ratio_now, 0.0)
        passed = passed[..., np.newaxis] if passed.ndim else passed
        left = np.where(dated, 1.0 - passed / life, 1.0)
        ratio = ratio_now ** np.maximum(left, 0.0)
        return np.where(left > 0.0, ratio, 0.0)

    def units_per_contract(self, spot: Floats | float | None = None, elapsed: Floats | float = 0.0) -> Floats:
        """Delta of one contract, units of underlying: (row,) at one spot, (spot, row) at several, or at several times.

        Linear: multiplier·∂F/∂S. Inverse: currency per contract / F, the coin delta. ES at F/S = 1.007528: 50.3764.
        """
        growth = self.growth(elapsed)
        at = np.asarray(self.spot if spot is None else spot, np.float64)[..., np.newaxis]
        if not self.is_inverse.any():
            return np.broadcast_to(
                self.multiplier * growth, np.broadcast_shapes(at.shape[:-1] + growth.shape[-1:], growth.shape)
            )
        with np.errstate(divide="ignore"):
            inverse = np.where(growth > 0.0, self.multiplier / (at * growth), 0.0)
        return np.where(self.is_inverse, inverse, self.multiplier * growth)

    def delta(self, spot: Floats | float | None = None, elapsed: Floats | float = 0.0) -> Floats:
        """Signed delta of the rows, units of underlying (coin delta where inverse)."""
        return self.contracts * self.units_per_contract(spot, elapsed)

    def total_delta(self, spot: Floats, elapsed: Floats | float = 0.0) -> Floats:
        """Sum of the deltas at each spot, or at each pair of spot and time."""
        if len(self) == 0:
            return np.zeros(len(spot))
        total: Floats = self.delta(spot, elapsed).sum(axis=-1)
        return total

    @property
    def notional(self) -> Floats:
        """Signed currency notional of the rows: contracts × multiplier × price, for inverse ones contracts × multiplier."""
        return self.contracts * self.multiplier * np.where(self.is_inverse, 1.0, self.price)

    def value(self) -> Floats:
        """Currency value: price of what is spot; profit since entry for the others, NaN where the entry is not known."""
        profit = self.contracts * self.multiplier * (self.price - self.entry_price)
        inverse = self.contracts * self.multiplier * (1.0 / self.entry_price - 1.0 / self.price) * self.spot
        held = self.contracts * self.multiplier * self.price
        return np.where(self.is_inverse, inverse, np.where(self.kind == LinearKind.SPOT, held, profit))
