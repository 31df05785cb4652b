"""The delta of a book at other spots, other times and other volatilities, by repricing every position."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.calendar import YEAR, instant
from gex.columns import Bools, Columns, Floats, column
from gex.errors import InputError
from gex.kernels.hedging import book_delta as book_delta_kernel
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearPositions
from gex.surface.protocol import VolSurface

SLOPE_STEP = 1e-5  # in log-moneyness, of the central difference for the surface's slope
LEAST_VOL = 1e-6  # a shift down stops here
_BLOCK = 500_000  # spots × rows that are held at a time where the smile moves


@dataclass(frozen=True, eq=False, kw_only=True)
class BookRepricer(Columns):
    """The priced options of a book, ready to be repriced; linear contracts beside.

    Forwards move in proportion to spot, F = F0·x/S, and roll down their carry as time passes. The smile moves by
    σ_R(K; F′) = σ0(ln(K/F0) + (R − 1)·ln(x/S)): R = 1 keeps the volatility of each strike, R = 0 that of each moneyness;
    over time each option keeps its volatility. With R ≠ 1 deltas follow the smile: Δ = Δ_BS + (vega/S)(R − 1)∂σ/∂k.
    """

    surface: VolSurface
    carry: Carry
    linear: LinearPositions

    expiry: npt.NDArray[np.int32] = column(np.int32)  # index into the surface's expiries
    strike: Floats = column(np.float64)
    right: npt.NDArray[np.int8] = column(np.int8)
    units: Floats = column(np.float64)  # signed contracts × multiplier
    forward: Floats = column(np.float64)
    discount_factor: Floats = column(np.float64)
    time_to_expiry: Floats = column(np.float64)  # years
    vol: Floats = column(np.float64)  # at the spot of the surface
    is_inverse: Bools = column(np.bool_)

    @property
    def spot(self) -> float:
        """Where the book stands."""
        return self.surface.forwards.spot

    def delta(
        self,
        spots: npt.ArrayLike,
        *,
        as_of: np.datetime64 | None = None,
        vol_shift: float = 0.0,
        skew_stickiness: float = 1.0,
    ) -> Floats:
        """Delta of options and linear contracts at each spot, units of underlying; coin-settled ones net of premium."""
        elapsed = self.elapsed(as_of)
        delta, _ = self.options(spots, elapsed=elapsed, vol_shift=vol_shift, skew_stickiness=skew_stickiness)
        linear: Floats = self.linear.delta(np.atleast_1d(np.asarray(spots, np.float64)), elapsed).sum(axis=-1)
        return delta + linear

    def coin_profit(
        self,
        spots: npt.ArrayLike,
        *,
        as_of: np.datetime64 | None = None,
        vol_shift: float = 0.0,
        skew_stickiness: float = 1.0,
    ) -> Floats:
        """Coins that what is paid in coin gains from now to each spot: options and inverse contracts."""
        elapsed = self.elapsed(as_of)
        _, after = self.options(spots, elapsed=elapsed, vol_shift=vol_shift, skew_stickiness=skew_stickiness)
        _, now = self.options([self.spot], skew_stickiness=skew_stickiness)
        profit: Floats = (
            after - now[0] + inverse_profit(self.linear, np.atleast_1d(np.asarray(spots, np.float64)), elapsed)
        )
        return profit

    def elapsed(self, as_of: np.datetime64 | None) -> float:
        """Years from the instant of the surface to `as_of`; InputError where that lies before it."""
        if as_of is None:
            return 0.0
        years = float((instant(as_of) - self.surface.forwards.as_of) / YEAR)
        if not years >= 0.0:
            raise InputError(f"as_of: expected at or after {self.surface.forwards.as_of}, got {as_of}")
        return years

    def options(
        self, spots: npt.ArrayLike, *, elapsed: float = 0.0, vol_shift: float = 0.0, skew_stickiness: float = 1.0
    ) -> tuple[Floats, Floats]:
        """Delta (units) of all options and value in coin of the coin-settled ones, `elapsed` years on, at each spot."""
        level = np.atleast_1d(np.asarray(spots, np.float64))
        delta, coins = np.zeros(len(level)), np.zeros(len(level))
        if len(self) == 0:
            return delta, coins
        left = self.time_to_expiry - elapsed
        growth = self.forward / self.spot
        discount = self.discount_factor
        if elapsed > 0.0:
            growth = growth / self.carry.growth(np.array(elapsed))
            discount = discount / self.carry.discount(np.array(elapsed))
        # Half a nanosecond of years: a row is settled at its own instant, whatever the rounding of the subtraction.
        root_time = np.sqrt(np.where(left > 1.5e-17, left, 0.0))
        fixed = (_frozen(growth), self.strike, _frozen(root_time), _frozen(discount))
        rest = (self.right, self.units, self.is_inverse)
        rows = len(level) if skew_stickiness == 1.0 else max(1, _BLOCK // len(self))
        for start in range(0, len(level), rows):
            part = slice(start, min(start + rows, len(level)))
            vol, slope = self._smile(level[part], vol_shift, skew_stickiness)
            book_delta_kernel(_frozen(level[part]), *fixed, vol, slope, *rest, delta[part], coins[part])
        return delta, coins

    def _smile(self, level: Floats, vol_shift: float, skew_stickiness: float) -> tuple[Floats, Floats]:
        """Volatility and ∂σ/∂ln(spot) of every option at each spot; one row of each where the smile does not move."""
        if skew_stickiness == 1.0:
            vol = np.maximum(self.vol + vol_shift, LEAST_VOL)[np.newaxis]
            return _frozen(vol), _frozen(np.zeros_like(vol))
        stick = skew_stickiness - 1.0
        log_moneyness = np.log(self.strike / self.forward) + stick * np.log(level / self.spot)[:, np.newaxis]
        vol = np.maximum(self.surface.vol(self.expiry, log_moneyness) + vol_shift, LEAST_VOL)
        rise = self.surface.vol(self.expiry, log_moneyness + SLOPE_STEP)
        rise = rise - self.surface.vol(self.expiry, log_moneyness - SLOPE_STEP)
        return _frozen(vol), _frozen(stick * rise / (2.0 * SLOPE_STEP))


def inverse_profit(linear: LinearPositions, spots: Floats, elapsed: float) -> Floats:
    """Coins that inverse contracts gain from now to each spot: N·(1/F0 − 1/F)."""
    mine = linear.is_inverse
    if not mine.any():
        return np.zeros(np.shape(spots))
    held = linear.where(mine)
    # A contract that has settled keeps the profit of its last growth, 1: the future ends at spot.
    growth = np.where(held.growth(elapsed) > 0.0, held.growth(elapsed), 1.0)
    future = np.asarray(spots)[..., np.newaxis] * growth
    profit: Floats = (held.contracts * held.multiplier * (1.0 / held.price - 1.0 / future)).sum(axis=-1)
    return profit


def _frozen(array: Floats) -> Floats:
    """Read-only and contiguous, as kernels were compiled for; the arrays are local to one call."""
    array = np.ascontiguousarray(array, np.float64)
    if array.flags.writeable and array.base is not None:
        array = array.copy()
    array.flags.writeable = False
    return array
