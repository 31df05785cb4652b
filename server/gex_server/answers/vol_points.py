"""A surface at points, at listed expiries and at instants between them: the answer of EvaluateVols."""

from dataclasses import dataclass

import numpy as np
from gexapi.v1 import common_pb2, surface_pb2

from gex.columns import Floats, Instants, Ints
from gex.pipeline import Analysis
from gex.surface.broken_line import BrokenLineSurface, line_derivatives
from gex.surface.certified import CertifiedSurface
from gex.surface.error_bars import vol_error_bars
from gex.surface.instants import SurfaceAtInstants, surface_at
from gex.surface.protocol import vol_derivatives
from gex_server.answers.market import Checkpoint, analysis_of_message, no_checkpoint
from gex_server.answers.surface import surface_provenance
from gex_server.errors import FieldError, TooManyError
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.columns import column, merge_columns, refuse_rows, row_count
from gex_server.wire.variance import clock_from_proto

MOST_POINTS = 5_000_000
MOST_INSTANTS = 1_000


@dataclass(frozen=True, eq=False)
class _Values:
    """Columns of the answer, in the order of the points."""

    vol: Floats
    slope: Floats
    curvature: Floats
    error: Floats
    forward: Floats
    discount_factor: Floats
    total_variance: Floats
    is_certified: bool


def evaluate_vols(
    request: surface_pb2.EvaluateVolsRequest,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> surface_pb2.EvaluateVolsResponse:
    """The surface of the chain in the request at its points."""
    settings = points_settings(request)
    if not request.HasField("chain"):
        raise FieldError("expected a chain, or the name of a kept underlying", field="chain")
    analysis = analysis_of_message(request.chain, settings, "settings", limits)
    checkpoint()
    return vols_answer(request, analysis, revision=0)


def points_settings(request: surface_pb2.EvaluateVolsRequest) -> common_pb2.AnalysisSettings:
    """The settings that the analysis depends on: the clock and its events only interpolate, which is done here."""
    clock_from_proto(request.settings, None, "settings")
    settings = common_pb2.AnalysisSettings()
    settings.CopyFrom(request.settings)
    for name in ("variance_clock", "non_trading_day_weight", "events"):
        settings.ClearField(name)
    refuse_unbuilt(request.chain, "chain.")
    refuse_unbuilt(settings, "settings.")
    return settings


def vols_answer(
    request: surface_pb2.EvaluateVolsRequest, analysis: Analysis, *, revision: int
) -> surface_pb2.EvaluateVolsResponse:
    """Volatility, total variance and slopes at every point, in the order of the request."""
    place = _checked(request)
    found = _at_instants(request, analysis, place) if request.at else _at_expiries(request, analysis, place)
    response = surface_pb2.EvaluateVolsResponse(underlying=analysis.cleaned.quotes.underlying, revision=revision)
    columns = {
        "vol": found.vol,
        "total_variance": found.total_variance,
        "vol_slope": found.slope,
        "vol_curvature": found.curvature,
        "forward": found.forward,
        "discount_factor": found.discount_factor,
    }
    merge_columns(response, columns | ({"vol_error": found.error} if request.with_vol_error else {}))
    response.is_certified = found.is_certified
    surface_provenance(request.settings, analysis, revision, response.provenance)
    if request.at and request.settings.variance_clock:
        response.provenance.variance_clock = request.settings.variance_clock
    return response


def _checked(request: surface_pb2.EvaluateVolsRequest) -> str:
    """The name of the column that says where; everything that can be refused without the surface is."""
    if len(request.log_moneyness) > 0 and len(request.strike) > 0:
        raise FieldError("expected log_moneyness or strike, got both", field="strike")
    if len(request.expiry_index) > 0 and len(request.at) > 0:
        raise FieldError("expected expiry_index or at, got both", field="at")
    place, when = "strike" if request.strike else "log_moneyness", "at" if request.at else "expiry_index"
    count = max(len(request.expiry_index), len(request.at))
    if count > MOST_POINTS:
        raise TooManyError(f"expected at most {MOST_POINTS} points, got {count}", field=f"{when}[{MOST_POINTS}]")
    if row_count(request, (place, when), "request") == 0:
        raise FieldError("expected at least one point, got none", field=when)
    where = column(request, place)
    if place == "log_moneyness":
        refuse_rows(~np.isfinite(where), where, place, "a finite number")
    else:
        refuse_rows(~((where > 0.0) & (where < np.inf)), where, place, "a positive price")
    return place


def _at_expiries(request: surface_pb2.EvaluateVolsRequest, analysis: Analysis, place: str) -> _Values:
    surface, forwards = analysis.surface, analysis.forwards
    expiry, k = column(request, "expiry_index").astype(np.int64), column(request, place)
    last = len(forwards) - 1
    refuse_rows((expiry < 0) | (expiry > last), expiry, "expiry_index", f"an index from 0 to {last}")
    if place == "strike":
        k = np.log(k / forwards.forward[expiry])
    error = np.full(len(k), np.nan)
    if isinstance(surface, CertifiedSurface):
        vol, slope, curvature = vol_derivatives(surface, expiry, k)
        if request.with_vol_error:
            _error_bars(surface, expiry, k, error)
    else:
        assert isinstance(surface, BrokenLineSurface)
        vol, slope, curvature = line_derivatives(surface, expiry, k)
    return _Values(
        vol,
        slope,
        curvature,
        error,
        forwards.forward[expiry],
        forwards.discount_factor[expiry],
        surface.total_variance(expiry, k),
        bool(surface.is_certified[np.unique(expiry)].all()),
    )


def _error_bars(surface: CertifiedSurface, expiry: Ints, k: Floats, out: Floats) -> None:
    for j in np.unique(expiry):
        mine = expiry == j
        out[mine] = vol_error_bars(surface, int(j), k[mine])


def _at_instants(request: surface_pb2.EvaluateVolsRequest, analysis: Analysis, place: str) -> _Values:
    surface, forwards = analysis.surface, analysis.forwards
    if not isinstance(surface, CertifiedSurface):
        seen = 'expected surface_model "certified" or "essvi" with it: broken lines say nothing between expiries'
        raise FieldError(seen, field="at")
    at: Instants = column(request, "at").astype(np.int64).astype("datetime64[ns]")
    refuse_rows(~(at > forwards.as_of), at, "at", f"an instant after that of the quotes, {forwards.as_of}")
    wanted, piece = np.unique(at, return_inverse=True)
    if len(wanted) > MOST_INSTANTS:
        raise TooManyError(f"expected at most {MOST_INSTANTS} different instants, got {len(wanted)}", field="at")
    clock = clock_from_proto(request.settings, forwards.expiries[0].contract.calendar, "settings")
    between: SurfaceAtInstants = surface_at(surface, wanted, clock)
    k = column(request, place)
    if place == "strike":
        k = np.log(k / between.forward[piece])
    vol, slope, curvature = between.vol_derivatives(piece, k)
    return _Values(
        vol,
        slope,
        curvature,
        np.full(len(k), np.nan),
        between.forward[piece],
        between.discount_factor[piece],
        vol**2 * between.time[piece],
        bool(between.is_certified.all()),
    )
