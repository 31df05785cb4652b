"""Contracts without optionality: futures on an index, linear and inverse perpetuals and futures, spot."""

import dataclasses
import enum
from dataclasses import dataclass
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

    @property
    def is_inverse(self) -> Bools:
        """True where the contract is paid in coin."""
        inverse: Bools = self.kind == LinearKind.INVERSE
        return inverse

    def growth(self, elapsed: float = 0.0) -> Floats:
        """∂F/∂S after `elapsed` years: (F/S)^{(T − t)/T} for dated contracts, 1 for spot and linear perpetuals.

        Inverse perpetuals keep their ratio to spot; a settled contract has 0.
        """
        dated = np.isfinite(self.time_to_expiry)
        left = np.where(dated, 1.0 - elapsed / np.where(dated, self.time_to_expiry, 1.0), 1.0)
        ratio = np.where(dated | self.is_inverse, self.price / self.spot, 1.0) ** np.maximum(left, 0.0)
        return np.where(left > 0.0, ratio, 0.0)

    def units_per_contract(self, spot: Floats | float | None = None, elapsed: float = 0.0) -> Floats:
        """Delta of one contract, units of underlying: (row,) at one spot, (spot, row) at several.

        Linear: multiplier·∂F/∂S. Inverse: currency per contract / F, the coin delta. ES at F/S = 1.007528: 50.3764.
        """
        growth = self.growth(elapsed)
        at = np.asarray(self.spot if spot is None else spot, np.float64)[..., np.newaxis]
        with np.errstate(divide="ignore"):
            inverse = np.where(growth > 0.0, self.multiplier / (at * growth), 0.0)
        return np.where(self.is_inverse, inverse, self.multiplier * growth)

    def delta(self, spot: Floats | float | None = None, elapsed: float = 0.0) -> Floats:
        """Signed delta of the rows, units of underlying (coin delta where inverse)."""
        return self.contracts * self.units_per_contract(spot, elapsed)

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
