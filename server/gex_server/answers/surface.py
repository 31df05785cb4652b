"""The certified surface of a chain, and its values at points: the answers of GetSurface and EvaluateVols."""

import numpy as np
from gexapi.v1 import surface_pb2

from gex.columns import Floats, Ints
from gex.pipeline import Analysis
from gex.surface.certified import CertifiedSurface, Rung
from gex.surface.fitting import fit_surface
from gex.surface.protocol import vol_derivatives
from gex_server.answers.market import Checkpoint, analysis_of_message, no_checkpoint
from gex_server.errors import FieldError, TooManyError
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.choices import one_of
from gex_server.wire.columns import column, merge_columns, refuse_rows, row_count
from gex_server.wire.provenance import expiry_states, provenance_of_analysis, reject_counts, used_rows
from gex_server.wire.surface import slice_to_proto, total_quality

MOST_POINTS = 5_000_000
LATER_MODELS = ("essvi", "svi", "sabr")


def compute_surface(
    request: surface_pb2.GetSurfaceRequest, *, limits: ChainLimits | None = None, checkpoint: Checkpoint = no_checkpoint
) -> surface_pb2.GetSurfaceResponse:
    """The surface of the chain in the request."""
    check_surface_request(request)
    analysis, surface = _sent(request, limits, checkpoint)
    return surface_answer(request, analysis, surface, revision=0)


def evaluate_vols(
    request: surface_pb2.EvaluateVolsRequest,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> surface_pb2.EvaluateVolsResponse:
    """The surface of the chain in the request at its points."""
    refuse_unbuilt(request)
    analysis, surface = _sent(request, limits, checkpoint)
    return vols_answer(request, analysis, surface, revision=0)


def check_surface_request(request: surface_pb2.GetSurfaceRequest) -> None:
    """Refuse what is not built, before anything is computed."""
    refuse_unbuilt(request)
    one_of(request.model, ("", "spline"), LATER_MODELS, "model")


def surface_of(analysis: Analysis) -> CertifiedSurface:
    """The certified surface of an analysed chain, fitted from nothing: the same chain gives the same surface."""
    surface: object = analysis.surface
    if isinstance(surface, CertifiedSurface):
        return surface
    return fit_surface(analysis.cleaned.quotes, analysis.vols, analysis.forwards)


def surface_answer(
    request: surface_pb2.GetSurfaceRequest, analysis: Analysis, surface: CertifiedSurface, *, revision: int
) -> surface_pb2.GetSurfaceResponse:
    """Every slice with its proof, in order of settlement."""
    quotes, states = analysis.cleaned.quotes, surface.states
    response = surface_pb2.GetSurfaceResponse(
        underlying=quotes.underlying, spot=analysis.forwards.spot, revision=revision
    )
    expiry_states(analysis, response.expiries)
    alive = np.flatnonzero(states.rung != Rung.NONE)
    for j in alive[np.argsort(surface.forwards.time_to_expiry[alive], kind="stable")].tolist():
        slice_to_proto(surface, j, response.slices.add())
    for j, state in enumerate(response.expiries):
        state.is_certified = bool(states.is_certified[j])
    total_quality(surface, response.quality)
    response.is_certified = len(alive) > 0 and bool(states.is_certified[alive].all())
    reject_counts(analysis.cleaned, response.rejects)
    _provenance(request, analysis, surface, response)
    return response


def vols_answer(
    request: surface_pb2.EvaluateVolsRequest, analysis: Analysis, surface: CertifiedSurface, *, revision: int
) -> surface_pb2.EvaluateVolsResponse:
    """Volatility, total variance and slopes at every point, in the order of the request."""
    forwards = surface.forwards
    expiry, log_moneyness = _points(request, surface)
    vol, slope, curvature = vol_derivatives(surface, expiry, log_moneyness)
    response = surface_pb2.EvaluateVolsResponse(underlying=analysis.cleaned.quotes.underlying, revision=revision)
    merge_columns(
        response,
        {
            "vol": vol,
            "total_variance": surface.total_variance(expiry, log_moneyness),
            "vol_slope": slope,
            "vol_curvature": curvature,
            "forward": forwards.forward[expiry],
            "discount_factor": forwards.discount_factor[expiry],
        },
    )
    response.is_certified = bool(surface.is_certified[np.unique(expiry)].all())
    _provenance(request, analysis, surface, response)
    return response


def _sent(
    request: surface_pb2.GetSurfaceRequest | surface_pb2.EvaluateVolsRequest,
    limits: ChainLimits | None,
    checkpoint: Checkpoint,
) -> tuple[Analysis, CertifiedSurface]:
    if not request.HasField("chain"):
        raise FieldError("expected a chain, or the name of a kept underlying", field="chain")
    analysis = analysis_of_message(request.chain, request.settings, "settings", limits)
    checkpoint()
    surface = surface_of(analysis)
    checkpoint()
    return analysis, surface


def _points(request: surface_pb2.EvaluateVolsRequest, surface: CertifiedSurface) -> tuple[Ints, Floats]:
    if len(request.log_moneyness) > 0 and len(request.strike) > 0:
        raise FieldError("expected log_moneyness or strike, got both", field="strike")
    place = "strike" if request.strike else "log_moneyness"
    if len(request.expiry_index) > MOST_POINTS:
        seen = f"expected at most {MOST_POINTS} points, got {len(request.expiry_index)}"
        raise TooManyError(seen, field=f"expiry_index[{MOST_POINTS}]")
    if row_count(request, (place, "expiry_index"), "request") == 0:
        raise FieldError("expected at least one point, got none", field="expiry_index")
    expiry, where = column(request, "expiry_index").astype(np.int64), column(request, place)
    last = len(surface.forwards) - 1
    refuse_rows((expiry < 0) | (expiry > last), expiry, "expiry_index", f"an index from 0 to {last}")
    if place == "log_moneyness":
        refuse_rows(~np.isfinite(where), where, place, "a finite number")
        return expiry, where
    refuse_rows(~((where > 0.0) & (where < np.inf)), where, place, "a positive price")
    return expiry, np.log(where / surface.forwards.forward[expiry])


def _provenance(
    request: surface_pb2.GetSurfaceRequest | surface_pb2.EvaluateVolsRequest,
    analysis: Analysis,
    surface: CertifiedSurface,
    response: surface_pb2.GetSurfaceResponse | surface_pb2.EvaluateVolsResponse,
) -> None:
    target, quotes = response.provenance, analysis.cleaned.quotes
    spot_is_given = request.settings.HasField("spot")
    provenance_of_analysis(analysis, response.revision, target, spot_is_given=spot_is_given)
    is_used = np.zeros(len(quotes), np.bool_)
    if surface.targets is not None:
        is_used[surface.targets.row] = True
    used_rows(target, quotes, is_used)
    if surface.states.is_stale.any():
        target.staleness.is_stale = True
        target.staleness.reasons.append("surface")
