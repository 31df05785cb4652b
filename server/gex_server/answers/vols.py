"""Forward, implied volatility and Greeks of every listed option: the answer of ComputeVols."""

import numpy as np
from gexapi.v1 import surface_pb2

from gex.pipeline import Analysis
from gex_server.answers.market import Checkpoint, Timed, analysis_of_message, no_checkpoint, untimed
from gex_server.errors import FieldError
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.columns import with_message
from gex_server.wire.provenance import expiry_states, provenance_of_analysis, reject_counts, used_rows
from gex_server.wire.vols import option_vols, quoted_greeks

OPTIONS = surface_pb2.ComputeVolsResponse.OPTIONS_FIELD_NUMBER


def compute_vols(
    request: surface_pb2.ComputeVolsRequest,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
    timed: Timed = untimed,
) -> surface_pb2.ComputeVolsResponse:
    """Volatilities of the chain in the request."""
    encoded = encoded_vols(request, limits=limits, checkpoint=checkpoint, timed=timed)
    return surface_pb2.ComputeVolsResponse.FromString(encoded)


def encoded_vols(
    request: surface_pb2.ComputeVolsRequest,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
    timed: Timed = untimed,
) -> bytes:
    """The same as it is on the wire."""
    refuse_unbuilt(request)
    if not request.HasField("chain"):
        raise FieldError("expected a chain, or the name of a kept underlying", field="chain")
    analysis = analysis_of_message(request.chain, request.settings, "settings", limits, timed=timed)
    checkpoint()
    return vols_of(analysis, revision=0, spot_is_given=request.settings.HasField("spot"), timed=timed)


def vols_of(analysis: Analysis, *, revision: int, spot_is_given: bool, timed: Timed = untimed) -> bytes:
    """The encoded ComputeVolsResponse of an analysed chain."""
    response = surface_pb2.ComputeVolsResponse()
    response.underlying = analysis.cleaned.quotes.underlying
    response.spot = analysis.forwards.spot
    response.revision = revision
    expiry_states(analysis, response.expiries)
    vol, greeks = timed("greeks", lambda: quoted_greeks(analysis))()
    reject_counts(analysis.cleaned, response.rejects)
    provenance_of_analysis(analysis, revision, response.provenance, spot_is_given=spot_is_given)
    used_rows(response.provenance, analysis.cleaned.quotes, np.isfinite(vol))
    return with_message(response.SerializeToString(), OPTIONS, option_vols(analysis, (vol, greeks)))
