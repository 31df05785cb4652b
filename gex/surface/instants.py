"""A surface at instants that are no expiries, as arrays: volatilities, forwards and discount factors between them."""

from dataclasses import dataclass

import numpy as np

from gex.columns import Bools, Floats, Instants, Ints
from gex.forward import ForwardCurve
from gex.surface.certified import CertifiedSurface
from gex.surface.interpolation import PLAIN_CLOCK, slice_at
from gex.surface.rows import SliceRows
from gex.variance_time import VarianceClock


@dataclass(frozen=True, eq=False, kw_only=True)
class SurfaceAtInstants:
    """One slice an instant, each with its own proof; columns in the order of the instants."""

    slices: tuple[SliceRows, ...]
    time: Floats  # years of 365 days from as_of
    forward: Floats  # ln F linear in time between expiries; escrowed dividends in between are not seen
    discount_factor: Floats
    is_certified: Bools

    def vol_derivatives(self, piece: Ints, log_moneyness: Floats) -> tuple[Floats, Floats, Floats]:
        """(σ, ∂σ/∂k, ∂²σ/∂k²) at k on slice piece[i]; columns of one length."""
        out = np.empty((3, len(piece)))
        for i in np.unique(piece):
            mine, rows, time = piece == i, self.slices[i], self.time[i]
            w, slope, bend = rows_derivatives(rows, log_moneyness[mine])
            root = np.sqrt(w * time)
            out[:, mine] = root / time, 0.5 * slope / root, (0.5 * bend - 0.25 * slope**2 / w) / root
        return out[0], out[1], out[2]


def surface_at(surface: CertifiedSurface, at: Instants, clock: VarianceClock = PLAIN_CLOCK) -> SurfaceAtInstants:
    """The slices of instants after `as_of`, w linear in the variance time of `clock` at equal log-moneyness.

    Raises MissingDataError where the surface has no slice at all.
    """
    forwards = surface.forwards
    made = [slice_at(surface, instant, clock) for instant in at]
    time = PLAIN_CLOCK.years(forwards.as_of, at)
    forward, discount_factor = carried(forwards, time)
    return SurfaceAtInstants(
        slices=tuple(rows for rows, _ in made),
        time=time,
        forward=forward,
        discount_factor=discount_factor,
        is_certified=np.array([proven for _, proven in made], np.bool_),
    )


def carried(forwards: ForwardCurve, time: Floats) -> tuple[Floats, Floats]:
    """(F, D) at times between expiries: logarithms linear in time, through the spot and 1 now, at the last rate beyond."""
    known = np.flatnonzero(np.isfinite(forwards.forward) & (forwards.time_to_expiry > 0.0))
    known = known[np.argsort(forwards.time_to_expiry[known], kind="stable")]
    knot = np.append(0.0, forwards.time_to_expiry[known])
    at = np.minimum(time, knot[-1])
    scale = time / at
    growth = scale * np.interp(at, knot, np.append(0.0, np.log(forwards.forward[known] / forwards.spot)))
    discount = scale * np.interp(at, knot, np.append(0.0, np.log(forwards.discount_factor[known])))
    return forwards.spot * np.exp(growth), np.exp(discount)


def rows_derivatives(rows: SliceRows, log_moneyness: Floats) -> tuple[Floats, Floats, Floats]:
    """(w, ∂w/∂k, ∂²w/∂k²) of a slice, to the right of its knots."""
    row = np.searchsorted(rows.knot, log_moneyness, side="right") - 1
    c = rows.coefficient[np.maximum(row, 0)]
    u = log_moneyness - rows.knot[np.maximum(row, 0)]
    left = row < 0
    w = np.where(left, c[:, 0] - rows.left_slope * u, c[:, 0] + u * (c[:, 1] + u * (c[:, 2] + u * c[:, 3])))
    slope = np.where(left, -rows.left_slope, c[:, 1] + u * (2.0 * c[:, 2] + 3.0 * u * c[:, 3]))
    return w, slope, np.where(left, 0.0, 2.0 * c[:, 2] + 6.0 * u * c[:, 3])
