"""The lines of a chain, one per (expiry, strike), ready to be priced at any spot."""

import dataclasses
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from gex.columns import Columns, Floats, Ints, column, frozen
from gex.exposure.dynamics import shift_limits, smile_derivatives
from gex.exposure.total_gamma import total_gamma_curves
from gex.forward import ForwardCurve
from gex.kernels.exposure import gamma_at, gamma_at_moving_vol, gamma_curves, line_coefficients
from gex.kernels.sampling import sampling_classes
from gex.pairs import Pairs
from gex.positioning import DealerPositioning
from gex.quotes import Quotes
from gex.surface.protocol import VolSurface

SLOPE_STEP = 1e-4  # in log-moneyness, for the surface's slope by central difference
VOLS_AT_A_TIME = 2_000_000  # of (line, level) cells, so that a fine profile of a large chain stays in 50 MB

LOBE_SAMPLES = 5.0  # nodes a width: polynomials between them are exact to 1e-15 of a lobe

SkewStickiness = float | Floats
"""One ratio for all expiries, or one per expiry"""


class GammaKind(enum.Enum):
    """Which second derivative of the price is summed."""

    BLACK = "black"  # at the moved volatility, volatility held
    TOTAL = "total"  # along the smile dynamics: what a delta hedge that follows the smile trades


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
    discount_factor: Floats = column(np.float64)  # to the spot: S/F of coin-settled lines
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
            discount_factor=forwards.spot_discount_factor[pairs.expiry],
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

    @property
    def terms(self) -> tuple[Floats, Floats, Floats, Floats]:
        """(forward, strike, time to expiry, discount factor), in the order of kernels."""
        return self.forward, self.strike, self.time_to_expiry, self.discount_factor

    @cached_property
    def sampling(self) -> tuple[Ints, Ints, Floats]:
        """(start, lines, step): lines by the step of ln S at which their lobes may be sampled, as `gamma_curves` takes it.

        A fifth of the lobe's width or less, a power of two times the finest step; 0 for what is narrower.
        """
        return sampling_classes(self.coefficients[1], LOBE_SAMPLES)

    @cached_property
    def coefficients(self) -> Floats:
        """The table of `line_coefficients` (5, line_count)."""
        out = np.empty((5, len(self)))
        line_coefficients(self.spot, *self.terms, self.vol, out)
        return frozen(out)

    def coefficients_of(self, chosen: Ints) -> Floats:
        """The columns of `coefficients` at the chosen lines, computed anew."""
        out = np.empty((5, len(chosen)))
        line_coefficients(self.spot, *(frozen(column[chosen]) for column in (*self.terms, self.vol)), out)
        return out

    def refitted(self, surface: VolSurface, expiries: Sequence[int] | None = None) -> tuple[Self, Ints]:
        """The lines on a surface at the same spot and instant, and which of them differ; `expiries` may, None: any."""
        row: slice | Ints = slice(None)
        if expiries is not None and len(expiries) == 1:
            row = slice(int(self.start[expiries[0]]), int(self.start[expiries[0] + 1]))
        elif expiries is not None:
            part = [np.arange(self.start[j], self.start[j + 1]) for j in expiries]
            row = np.concatenate([np.empty(0, np.int64), *part])
        expiry, forwards = self.expiry[row], surface.forwards
        new = {"forward": self.forward[row]}
        if forwards is not self.forwards:
            new["forward"], new["time_to_expiry"] = forwards.forward[expiry], forwards.time_to_expiry[expiry]
            new["discount_factor"] = forwards.spot_discount_factor[expiry]
        new["vol"] = surface.vol(expiry, np.log(self.strike[row] / new["forward"]))
        differs = np.zeros(len(expiry), np.bool_)
        columns = {}
        for name, value in new.items():
            known = getattr(self, name)
            before = known[row]
            different = (value != before) & ((value == value) | (before == before))  # NaN stays NaN
            if different.any():
                differs |= different
                columns[name] = known.copy()
                columns[name][row] = value
                columns[name].flags.writeable = False
        chosen = np.flatnonzero(differs) + row.start if isinstance(row, slice) and row.start else None
        if chosen is None:
            chosen = np.arange(len(self))[row][differs]
        lines = dataclasses.replace(self, surface=surface, **columns)
        if len(chosen) < len(self) // 4:  # what the cached property would compute line by line
            table = self.coefficients.copy()
            table[:, chosen] = lines.coefficients_of(chosen)
            lines.__dict__["coefficients"] = frozen(table)
        return lines, chosen

    def gamma_exposure(
        self,
        level: Floats,
        weight: Floats,
        *,
        skew_stickiness: SkewStickiness = 1.0,
        gamma_kind: GammaKind = GammaKind.BLACK,
    ) -> tuple[Floats, Floats]:
        """Gamma exposure per 1 % at each spot `level`, ascending, and its slope: two arrays (book_count, level_count).

        `weight` (book_count, line_count) is signed contracts × multiplier. The smile moves by
        σ_R(K; F′) = σ0(ln(K/F0) + (R − 1)·ln(F′/F0)): R = 1 keeps the volatility of each strike, R = 0 that of each
        moneyness. Exposure in currency per 1 % move, slope per 1 % per point.
        """
        exposure = np.empty((len(weight), len(level)))
        slope = np.empty_like(exposure)
        level, weight = frozen(level), frozen(weight)
        if is_sticky_strike(skew_stickiness):
            gamma_curves(self.spot, level, *self.sampling, self.coefficients, weight, exposure, slope)
            return exposure, slope
        ratio = self.ratio(skew_stickiness)
        at_a_time = max(1, VOLS_AT_A_TIME // max(len(self), 1))
        for first in range(0, len(level), at_a_time):
            part = slice(first, first + at_a_time)
            if gamma_kind is GammaKind.TOTAL:
                exposure[:, part], slope[:, part] = total_gamma_curves(self, frozen(level[part]), weight, ratio)
                continue
            vol, vol_slope = self._moved_vol(level[part], ratio)
            value, derivative = np.empty((2, len(weight), vol.shape[1]))
            gamma_at_moving_vol(self.spot, frozen(level[part]), *self.terms, vol, vol_slope, weight, value, derivative)
            exposure[:, part], slope[:, part] = value, derivative
        return exposure, slope

    def gamma_exposure_of(
        self,
        level: Floats,
        book: Ints,
        weight: Floats,
        *,
        skew_stickiness: SkewStickiness = 1.0,
        gamma_kind: GammaKind = GammaKind.BLACK,
    ) -> tuple[Floats, Floats]:
        """As `gamma_exposure` for one book per level, in any order: two arrays (level_count,), bit for bit the same."""
        if is_sticky_strike(skew_stickiness):
            exposure, slope = np.empty((2, len(level)))
            gamma_at(self.spot, frozen(level), read_only(book), self.coefficients, frozen(weight), exposure, slope)
            return exposure, slope
        used, own = np.unique(book, return_inverse=True)
        order = np.argsort(level, kind="stable")
        every, slopes = self.gamma_exposure(
            level[order], weight[used], skew_stickiness=skew_stickiness, gamma_kind=gamma_kind
        )
        back = np.empty(len(level), np.int64)
        back[order] = np.arange(len(level))
        return every[own, back], slopes[own, back]

    def ratio(self, skew_stickiness: SkewStickiness) -> Floats:
        """The skew-stickiness ratio of every line."""
        ratio = np.asarray(skew_stickiness, np.float64)
        return np.full(len(self), float(ratio)) if ratio.ndim == 0 else ratio[self.expiry]

    def moved_moneyness(self, level: Floats, ratio: Floats) -> tuple[Floats, Floats]:
        """(where on today's smile each line is when spot is at each level, the ratio there), (line_count, level_count) each.

        Where the smile has moved as far as its proof allows (`shift_limits`) it rides with spot: the ratio there is 0.
        """
        move = np.log(level / self.spot)
        wanted = ratio[:, np.newaxis] * move
        low, high = self._limits(ratio)
        moved = np.clip(wanted, low[self.expiry, np.newaxis], high[self.expiry, np.newaxis])
        moneyness: Floats = np.log(self.strike / self.forward)[:, np.newaxis] - move + moved
        return moneyness, np.where(moved == wanted, ratio[:, np.newaxis], 0.0)

    def clamp_count(self, level: Floats, skew_stickiness: SkewStickiness) -> int:
        """Levels at which the smile of some expiry with lines has moved as far as its proof allows."""
        ratio = self.ratio(skew_stickiness)
        low, high = self._limits(ratio)
        of_expiry = np.zeros(len(self.forwards))
        of_expiry[self.expiry] = ratio
        wanted = of_expiry[:, np.newaxis] * np.log(level / self.spot)
        present = np.bincount(self.expiry, minlength=len(of_expiry)) > 0
        beyond = ((wanted < low[:, np.newaxis]) | (wanted > high[:, np.newaxis])) & present[:, np.newaxis]
        return int(beyond.any(axis=0).sum())

    def _limits(self, ratio: Floats) -> tuple[Floats, Floats]:
        of_expiry = np.ones(len(self.forwards))
        of_expiry[self.expiry] = ratio
        key = of_expiry.tobytes()
        known: dict[bytes, tuple[Floats, Floats]] = self.__dict__.setdefault("_known_limits", {})
        if key not in known:
            known[key] = shift_limits(self.surface, of_expiry)
        return known[key]

    def _moved_vol(self, level: Floats, ratio: Floats) -> tuple[Floats, Floats]:
        """Volatility of each line at each level (line_count, level_count), and its derivative to ln of the level."""
        moneyness, effective = self.moved_moneyness(level, ratio)
        vol, slope, _ = smile_derivatives(self.surface, self.expiry[:, np.newaxis], moneyness, SLOPE_STEP)
        return frozen(vol), frozen(slope * (effective - 1.0))


def read_only(index: Ints) -> Ints:
    """A read-only index column, as kernels are compiled for."""
    view = np.ascontiguousarray(index, np.int64).view()
    view.flags.writeable = False
    return view


def is_sticky_strike(skew_stickiness: SkewStickiness) -> bool:
    """True where every volatility stays with its strike: nothing of the smile moves, black and total gamma agree."""
    if isinstance(skew_stickiness, float):
        return skew_stickiness == 1.0
    return bool(np.all(np.asarray(skew_stickiness) == 1.0))


def dealer_weight(quotes: Quotes, pairs: Pairs, positionings: tuple[DealerPositioning, ...]) -> Floats:
    """Signed contracts × multiplier of call and put together, (positioning_count, line_count); + dealer long."""
    weight = np.empty((len(positionings), len(pairs)))
    for b, positioning in enumerate(positionings):
        units = positioning.dealer_contracts(quotes) * quotes.multiplier
        weight[b] = pairs.of_call(units, 0.0) + pairs.of_put(units, 0.0)
    return weight
