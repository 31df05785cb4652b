"""A certified surface as messages of the contract."""

import math

import numpy as np
from gexapi.v1 import surface_pb2

from gex.surface.broken_line import SmileSource
from gex.surface.certified import CertifiedSurface, Rung
from gex.surface.error_bars import vol_error_bars
from gex.surface.protocol import SourcedSurface, vol_derivatives
from gex.surface.quality import FitQuality, quote_errors
from gex_server.wire.columns import merge_columns
from gex_server.wire.instants import instant_to_proto

RUNG_MODELS = {Rung.ESSVI: "essvi"}  # where another made the slice than the spline
# columns of FitQuality of gex -> FitQuality of the contract
QUALITY = {
    "quote_count": "quote_count",
    "share_inside": "inside_share",
    "median_error_bp": "median_error_vol_bp",
    "rmse_bp": "rms_error_vol_bp",
}
FLAGS = {"is_stale": "stale", "is_suspect": "suspect", "needed_lift": "lifted"}


def slice_to_proto(surface: CertifiedSurface, j: int, target: surface_pb2.SurfaceSlice) -> None:
    """Write the slice of expiry `j`, which has one: its curve, its proof and how well it fits."""
    states, rung = surface.states, Rung(surface.states.rung[j])
    target.expiry_index = j
    target.model = RUNG_MODELS.get(rung, "spline")
    knot, coefficient, left_slope = surface.slice_rows(j)
    merge_columns(target, {"knot": knot, "coefficient": coefficient.ravel()})
    target.left_slope, target.right_slope = -left_slope, float(states.right_slope[j])
    expiry, money = np.array([j]), np.zeros(1)
    target.at_the_money_total_variance = float(surface.total_variance(expiry, money)[0])
    vol, skew, curvature = (float(values[0]) for values in vol_derivatives(surface, expiry, money))
    target.at_the_money_vol, target.at_the_money_skew, target.at_the_money_curvature = vol, skew, curvature
    error = float(vol_error_bars(surface, j, money)[0])
    if math.isfinite(error):
        target.at_the_money_vol_error = error
    _certificate(surface, j, rung, target.certificate)
    _quality(surface.quality, j, int(states.pass_count[j]), target.quality)
    if not states.is_stale[j]:
        instant_to_proto(surface.forwards.as_of, target.fitted_at)
    target.flags.extend(flag for name, flag in FLAGS.items() if getattr(states, name)[j])
    if rung is Rung.SPARSE:
        target.flags.append("few_quotes")
    if surface.source[j] == SmileSource.INFERRED:
        target.flags.append("inferred")
    if surface.parameters is not None and math.isfinite(surface.parameters.theta[j]):
        for name in ("theta", "rho", "psi"):
            target.parameters[name] = float(getattr(surface.parameters, name)[j])
    for name in ("blend", "violation", "age_seconds"):
        value = float(getattr(states, name)[j])
        if math.isfinite(value):
            setattr(target, name, value)


def line_to_proto(surface: SourcedSurface, j: int, target: surface_pb2.SurfaceSlice) -> None:
    """Write the straight lines of volatility of expiry `j` as parabolas of variance: a curve without a proof."""
    target.expiry_index, target.model = j, "broken_line"
    knot, coefficient, _ = surface.slice_rows(j)
    merge_columns(target, {"knot": knot, "coefficient": coefficient.ravel()})
    expiry, money = np.array([j]), np.zeros(1)
    target.at_the_money_total_variance = float(surface.total_variance(expiry, money)[0])
    target.at_the_money_vol = float(surface.vol(expiry, money)[0])
    target.certificate.failures.append("not_proven")
    instant_to_proto(surface.forwards.as_of, target.fitted_at)


def total_quality(surface: CertifiedSurface, target: surface_pb2.FitQuality) -> None:
    """Write the quality over all quotes of all slices; nothing but counts where there are no quotes."""
    target.iteration_count = int(surface.states.pass_count.sum())
    if surface.targets is None:
        return
    _, error, inside, half_spreads = quote_errors(surface, surface.targets)
    target.quote_count = len(error)
    if len(error):
        target.inside_share = float(inside.mean())
        target.median_error_vol_bp = float(np.median(np.abs(error)))
        target.rms_error_vol_bp = float(np.sqrt(np.mean(error**2)))
        target.chi = float(np.sqrt(np.mean(half_spreads**2)))


def _certificate(surface: CertifiedSurface, j: int, rung: Rung, target: surface_pb2.SurfaceCertificate) -> None:
    target.is_certified = bool(surface.states.is_certified[j])
    target.rung = rung.name.lower()
    gap = float(surface.states.calendar_gap[j])
    if math.isfinite(gap):  # infinite for the first
        target.calendar_gap = gap
    if not target.is_certified:
        target.failures.append("not_proven")
    elif math.isfinite(gap):
        target.calendar_margin = 0.0


def _quality(quality: FitQuality, j: int, passes: int, target: surface_pb2.FitQuality) -> None:
    target.iteration_count = passes
    target.SetInParent()
    if quality.quote_count[j]:
        for name, field in QUALITY.items():
            setattr(target, field, getattr(quality, name)[j].item())
        target.chi = math.sqrt(quality.chi_square[j])
