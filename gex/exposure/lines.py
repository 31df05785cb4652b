"""The lines of a chain, one per (expiry, strike), ready to be priced at any spot."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from gex.columns import Columns, Floats, Ints, column, frozen
from gex.forward import ForwardCurve
from gex.kernels.exposure import gamma_at_fixed_vol, gamma_at_moving_vol
from gex.pairs import Pairs
from gex.positioning import DealerPositioning
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface

SLOPE_STEP = 1e-4  # in log-moneyness, for the surface's slope by central difference


@dataclass(frozen=True, eq=False, kw_only=True)
class ExposureLines(Columns):
    """What one expiry and strike of a chain is at the spot of the surface.

    Call and put of a strike share gamma at one volatility, so a line carries both. A line that cannot be priced (no
    forward, no volatility) has vol NaN and contributes nothing; `start` bounds the lines of each expiry.
    """

    surface: VolSurface
    start: Ints  # (expiry_count + 1,)

    expiry: Ints = column(np.int64)
    strike: Floats = column(np.float64)
    forward: Floats = column(np.float64)
    discount_factor: Floats = column(np.float64)
    time_to_expiry: Floats = column(np.float64)  # years
    vol: Floats = column(np.float64)  # decimal per √year, at the spot of the surface

    @classmethod
    def of(cls, pairs: Pairs, surface: VolSurface) -> Self:
        """The lines of all pairs of a chain, priced on `surface`."""
        forwards = surface.forwards
        forward = forwards.forward[pairs.expiry]
        return cls(
            surface=surface,
            start=pairs.start,
            expiry=pairs.expiry,
            strike=pairs.strike,
            forward=forward,
            discount_factor=forwards.discount_factor[pairs.expiry],
            time_to_expiry=forwards.time_to_expiry[pairs.expiry],
            vol=surface.vol(pairs.expiry, np.log(pairs.strike / forward)),
        )

    @property
    def spot(self) -> float:
        """The spot at which the lines stand."""
        return self.forwards.spot

    @property
    def forwards(self) -> ForwardCurve:
        """The forwards of the surface."""
        return self.surface.forwards

    def gamma_exposure(self, level: Floats, weight: Floats, *, skew_stickiness: float = 1.0) -> tuple[Floats, Floats]:
        """Gamma exposure per 1 % at each spot `level`, and its slope: two arrays (book_count, level_count).

        `weight` (book_count, line_count) is signed contracts × multiplier. The smile moves by
        σ_R(K; F′) = σ0(ln(K/F0) + (R − 1)·ln(F′/F0)): R = 1 keeps the volatility of each strike, R = 0 that of each
        moneyness. Exposure in currency per 1 % move, slope per 1 % per point.
        """
        exposure = np.empty((len(weight), len(level)))
        slope = np.empty_like(exposure)
        line = (self.forward, self.strike, self.time_to_expiry, self.discount_factor)
        level, weight = frozen(level), frozen(weight)
        if skew_stickiness == 1.0:
            gamma_at_fixed_vol(self.spot, level, *line, self.vol, weight, exposure, slope)
        else:
            vol, vol_slope = self._moved_vol(level, skew_stickiness)
            gamma_at_moving_vol(self.spot, level, *line, vol, vol_slope, weight, exposure, slope)
        return exposure, slope

    def _moved_vol(self, level: Floats, skew_stickiness: float) -> tuple[Floats, Floats]:
        """Volatility of each line at each level (line_count, level_count), and its derivative to ln of the level."""
        moneyness = np.log(self.strike / self.forward)[:, np.newaxis]
        moneyness = moneyness + (skew_stickiness - 1.0) * np.log(level / self.spot)
        expiry = self.expiry[:, np.newaxis]
        vol = self.surface.vol(expiry, moneyness)
        ahead = self.surface.vol(expiry, moneyness + SLOPE_STEP)
        behind = self.surface.vol(expiry, moneyness - SLOPE_STEP)
        return frozen(vol), frozen((ahead - behind) * ((skew_stickiness - 1.0) / (2.0 * SLOPE_STEP)))


def dealer_weight(quotes: Quotes, pairs: Pairs, positionings: tuple[DealerPositioning, ...]) -> Floats:
    """Signed contracts × multiplier of call and put together, (positioning_count, line_count); + dealer long."""
    weight = np.empty((len(positionings), len(pairs)))
    for b, positioning in enumerate(positionings):
        units = positioning.dealer_contracts(quotes) * quotes.multiplier
        weight[b] = pairs.of_call(units, 0.0) + pairs.of_put(units, 0.0)
    return weight
