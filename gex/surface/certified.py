"""The published surface: one certified spline of total variance an expiry, and what is known about how well it fits."""

import enum
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, Ints, column, frozen
from gex.forward import ForwardCurve
from gex.kernels.spline import BUCKETS, fill_buckets, spline_derivatives, spline_variances, spline_vols
from gex.surface.protocol import SurfaceModel
from gex.surface.quality import FitQuality, fit_quality
from gex.surface.targets import SurfaceTargets


class Rung(enum.IntEnum):
    """How far down its ladder an expiry had to go to be certified."""

    NONE = 0  # no slice: nothing of this expiry can be priced
    FITTED = 1  # to its own bids and asks
    CUT = 2  # fitted again with constraints added where the certificate had failed
    COLD_REFIT = 3  # once more from the start, with wings held to those of the expiry before
    SPARSE = 4  # too few quotes: held to the eSSVI shape of its neighbours, and to its quotes
    BLENDED = 5  # fit and eSSVI mixed in the least proportion that is certified
    ESSVI = 6  # the spline projection of its eSSVI slice
    INTERPOLATED = (
        7  # between the expiries around it: no usable quotes of its own, or quotes at odds with several others
    )
    CARRIED = 8  # the total variance of the expiry before
    FLAT = 9  # one volatility for all strikes
    DECAYED = 10  # the last certified slice, scaled down by the time that passed


@dataclass(frozen=True, eq=False, kw_only=True)
class SliceStates(Columns):
    """One row per expiry, in the order of `forwards.expiries`."""

    rung: npt.NDArray[np.int8] = column(np.int8)  # Rung
    is_certified: Bools = column(np.bool_)  # the slice, and its pair with the expiry before
    is_suspect: Bools = column(np.bool_, fill=False)  # its quotes contradict those of other expiries
    is_stale: Bools = column(np.bool_, fill=False)  # carried on from an earlier surface
    needed_lift: Bools = column(np.bool_, fill=False)  # raised a little after the fit to close a calendar gap
    blend: Floats = column(np.float64, fill=np.nan)  # share of eSSVI where rung is BLENDED or ESSVI
    violation: Floats = column(np.float64, fill=np.nan)  # of the fit's constraints where it ended
    pass_count: Ints = column(np.int64, fill=0)
    calendar_gap: Floats = column(np.float64, fill=np.nan)  # least (w − w of the expiry before)/w; inf for the first
    left_slope: Floats = column(np.float64, fill=np.nan)  # −∂w/∂k of the put wing
    right_slope: Floats = column(np.float64, fill=np.nan)  # ∂w/∂k of the call wing
    age_seconds: Floats = column(
        np.float64, fill=np.nan
    )  # median of its quotes; of a stale slice since those of its fit


@dataclass(frozen=True, eq=False, kw_only=True)
class Anchors:
    """What a warm refit starts from: frozen knots and the last coefficients of the fitted slices, by time."""

    key: tuple[tuple[str, np.datetime64], ...]  # (root, settlement instant)
    theta: Floats
    knot_start: Ints
    knot: Floats  # in z = k/√θ
    table: Floats  # (knots, 4, 4)
    padded: Floats
    is_doubled: Bools
    kept: tuple[Floats, Ints, Floats, Floats, Ints]  # multipliers, penalties and cuts (`gex.kernels.sweep.fit_sweep`)


@dataclass(frozen=True, eq=False, kw_only=True)
class EssviParameters(Columns):
    """One eSSVI slice an expiry, in the order of `forwards.expiries`; NaN where there is none."""

    theta: Floats = column(np.float64)  # total variance at the money
    rho: Floats = column(np.float64)
    psi: Floats = column(np.float64)


@dataclass(frozen=True, eq=False, kw_only=True)
class CertifiedSurface:
    """Total variance as a cubic spline per expiry, linear in both wings, proven free of static arbitrage.

    Rows start[j] to start[j + 1] − 1 belong to expiry j: w(k) = Σ_p coefficient[r, p] (k − knot[r])^p from knot[r] to
    knot[r + 1]; the last row is the call wing, and left of the first knot w rises by states.left_slope[j] per unit.
    """

    forwards: ForwardCurve
    start: Ints
    knot: Floats
    coefficient: Floats
    states: SliceStates
    source: npt.NDArray[np.int8]  # SmileSource of each expiry
    targets: SurfaceTargets | None = None
    anchors: Anchors | None = field(default=None, repr=False)
    model: SurfaceModel = SurfaceModel.CERTIFIED
    parameters: EssviParameters | None = None  # of the eSSVI slices, where those were asked for

    @property
    def rungs(self) -> tuple[str, ...]:
        """Per expiry the name of its rung, "fitted" and so on; "none" without a slice."""
        return tuple(Rung(rung).name.lower() for rung in self.states.rung)

    @property
    def is_certified(self) -> Bools:
        """Per expiry: True where the slice and its pair with the expiry before are proven free of arbitrage."""
        return self.states.is_certified

    def total_variance(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """w = vol² · time_to_expiry; arrays broadcast, NaN where the expiry has no slice."""
        rows, k, shape = _flat(expiry, log_moneyness)
        out = np.empty(k.size)
        spline_variances(*self._tables, rows, k, out)
        return out.reshape(shape)

    def variance_derivatives(
        self, expiry: npt.NDArray[np.integer], log_moneyness: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """(w, ∂w/∂k, ∂²w/∂k²); at the kink where a wing begins, the derivatives to its right."""
        rows, k, shape = _flat(expiry, log_moneyness)
        out = np.empty((3, k.size))
        spline_derivatives(*self._tables, rows, k, out)
        return out[0].reshape(shape), out[1].reshape(shape), out[2].reshape(shape)

    def vol(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """Black volatility, decimal per √year; NaN where the expiry has no slice."""
        rows, k, shape = _flat(expiry, log_moneyness)
        out = np.empty(k.size)
        spline_vols(*self._tables, self.forwards.time_to_expiry, rows, k, out)
        return out.reshape(shape)

    def slice_rows(self, expiry: int) -> tuple[Floats, Floats, float]:
        """(knots, coefficients, left slope) of one expiry as published."""
        here = slice(int(self.start[expiry]), int(self.start[expiry + 1]))
        return self.knot[here], self.coefficient[here], float(self.states.left_slope[expiry])

    @cached_property
    def quality(self) -> FitQuality:
        """How near the surface is to its quotes, per expiry."""
        return fit_quality(self, self.targets)

    @cached_property
    def _tables(self) -> tuple[Ints, Floats, Floats, Floats, npt.NDArray[np.int16], Floats]:
        bucket, scale = np.zeros((len(self.start) - 1, BUCKETS), np.int16), np.zeros(len(self.start) - 1)
        fill_buckets(self.start, self.knot, bucket, scale)
        bucket.flags.writeable = False
        start = self.start.view()
        start.flags.writeable = False
        return start, frozen(self.knot), frozen(self.coefficient), self.states.left_slope, bucket, frozen(scale)


def _flat(expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> tuple[Ints, Floats, tuple[int, ...]]:
    rows, k = np.asarray(expiry, np.int64), np.asarray(log_moneyness, np.float64)
    if rows.shape != k.shape:
        rows, k = np.broadcast_arrays(rows, k)
    flat = np.ascontiguousarray(rows).reshape(-1).view()
    flat.flags.writeable = False
    return flat, frozen(np.ascontiguousarray(k).reshape(-1)), k.shape
