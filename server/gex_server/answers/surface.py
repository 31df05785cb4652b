"""The surface of a chain, with its proof and what it has against the quotes: the answer of GetSurface."""

import numpy as np
from gexapi.v1 import common_pb2, surface_pb2

from gex.pipeline import Analysis
from gex.quoted_market import as_quoted
from gex.surface.broken_line import SmileSource
from gex.surface.certified import CertifiedSurface
from gex.surface.protocol import SourcedSurface
from gex_server.answers.market import Checkpoint, analysis_of_message, no_checkpoint
from gex_server.errors import FieldError
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.choices import one_of
from gex_server.wire.provenance import expiry_states, provenance_of_analysis, reject_counts, used_rows
from gex_server.wire.quote_check import arbitrages_to_proto, repairs_to_proto
from gex_server.wire.surface import line_to_proto, slice_to_proto, total_quality

MODELS = {"": "", "spline": "certified", "certified": "certified", "essvi": "essvi", "broken_line": "broken_line"}
LATER_MODELS = ("svi", "sabr")


def compute_surface(
    request: surface_pb2.GetSurfaceRequest, *, limits: ChainLimits | None = None, checkpoint: Checkpoint = no_checkpoint
) -> surface_pb2.GetSurfaceResponse:
    """The surface of the chain in the request."""
    settings = surface_settings(request)
    if not request.HasField("chain"):
        raise FieldError("expected a chain, or the name of a kept underlying", field="chain")
    analysis = analysis_of_message(request.chain, settings, "settings", limits)
    checkpoint()
    return surface_answer(request, analysis, revision=0)


def surface_settings(request: surface_pb2.GetSurfaceRequest) -> common_pb2.AnalysisSettings:
    """The settings with the model of the request in them; what is not built is refused before anything is computed."""
    refuse_unbuilt(request)
    one_of(request.model, tuple(MODELS), LATER_MODELS, "model")
    model = MODELS[request.model]
    asked = request.settings.surface_model
    if model and asked and asked != model:
        raise FieldError(f"expected the surface_model of the settings, {asked!r}, got {request.model!r}", field="model")
    settings = common_pb2.AnalysisSettings()
    settings.CopyFrom(request.settings)
    settings.surface_model = model or asked
    return settings


def surface_answer(
    request: surface_pb2.GetSurfaceRequest, analysis: Analysis, *, revision: int
) -> surface_pb2.GetSurfaceResponse:
    """Every slice with its proof, in order of settlement, and what is wrong with the quotes where that was asked for."""
    quotes, surface = analysis.cleaned.quotes, analysis.surface
    response = surface_pb2.GetSurfaceResponse(
        underlying=quotes.underlying, spot=analysis.forwards.spot, revision=revision
    )
    expiry_states(analysis, response.expiries)
    alive = np.flatnonzero(surface.source != SmileSource.NONE)
    for j in alive[np.argsort(surface.forwards.time_to_expiry[alive], kind="stable")].tolist():
        if isinstance(surface, CertifiedSurface):
            slice_to_proto(surface, j, response.slices.add())
        else:
            line_to_proto(surface, j, response.slices.add())
    if isinstance(surface, CertifiedSurface):
        total_quality(surface, response.quality)
    response.is_certified = len(alive) > 0 and bool(surface.is_certified[alive].all())
    if request.check_quotes:
        quoted = as_quoted(analysis)
        arbitrages_to_proto(quoted, response.quote_arbitrages)
        if isinstance(quoted.surface, CertifiedSurface):
            repairs_to_proto(quoted, quoted.surface, response.quote_repairs)
    reject_counts(analysis.cleaned, response.rejects)
    surface_provenance(request.settings, analysis, response.revision, response.provenance)
    return response


def surface_provenance(
    settings: common_pb2.AnalysisSettings, analysis: Analysis, revision: int, target: common_pb2.Provenance
) -> None:
    """Where a surface comes from: its chain, the quotes that made it, and whether something of it is old."""
    quotes, surface = analysis.cleaned.quotes, analysis.surface
    provenance_of_analysis(analysis, revision, target, spot_is_given=settings.HasField("spot"))
    used_rows(target, quotes, _is_used(analysis, surface))
    if isinstance(surface, CertifiedSurface) and surface.states.is_stale.any():
        target.staleness.is_stale = True
        target.staleness.reasons.append("surface")


def _is_used(analysis: Analysis, surface: SourcedSurface) -> np.ndarray:
    quotes, vols = analysis.cleaned.quotes, analysis.vols
    if not isinstance(surface, CertifiedSurface):
        return vols.is_out_of_the_money & np.isfinite(surface.vol(quotes.expiry, np.zeros(len(quotes))))
    is_used = np.zeros(len(quotes), np.bool_)
    if surface.targets is not None:
        is_used[surface.targets.row] = True
    return is_used
