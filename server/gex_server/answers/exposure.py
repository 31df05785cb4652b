"""Dealer exposure of a chain: the answer of ComputeExposure and GetExposure."""

import numpy as np
from gexapi.v1 import common_pb2, exposure_pb2

from gex.columns import Bools
from gex.exposure.expected_move import expected_moves
from gex.exposure.levels import max_pain
from gex.exposure.map import GreekSource
from gex.exposure.spread import positioning_spread
from gex.pipeline import Analysis, ExposureSettings, dealer_exposure
from gex.positioning import InventoryPositioning, UncertainPositioning
from gex_server.answers.market import Checkpoint, analysis_of_message, no_checkpoint
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.exposure import book_to_proto, expected_move_to_proto, max_pain_to_proto, spread_to_proto
from gex_server.wire.provenance import (
    expiry_states,
    provenance_of_analysis,
    reject_counts,
    smile_dynamics_name,
    used_rows,
)
from gex_server.wire.settings import exposure_settings_from_proto

Response = exposure_pb2.ComputeExposureResponse | exposure_pb2.GetExposureResponse


def compute_exposure(
    request: exposure_pb2.ComputeExposureRequest,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
) -> exposure_pb2.ComputeExposureResponse:
    """Exposure of the chain in the request."""
    refuse_unbuilt(request)
    analysis = analysis_of_message(request.chain, request.settings.analysis, "settings.analysis", limits)
    checkpoint()
    response = exposure_pb2.ComputeExposureResponse()
    fill_exposure(response, analysis, request.settings, revision=0)
    return response


def kept_exposure(
    analysis: Analysis, settings: exposure_pb2.ExposureSettings, revision: int
) -> exposure_pb2.GetExposureResponse:
    """Exposure of a kept chain that is already analysed with `settings.analysis`."""
    refuse_unbuilt(settings, "settings.")
    response = exposure_pb2.GetExposureResponse()
    fill_exposure(response, analysis, settings, revision=revision)
    return response


def fill_exposure(
    response: Response, analysis: Analysis, message: exposure_pb2.ExposureSettings, *, revision: int
) -> None:
    """Fill an empty response with everything that is asked for of an analysed chain."""
    quotes = analysis.cleaned.quotes
    settings, unmatched = exposure_settings_from_proto(message, quotes, "settings")
    books = dealer_exposure(analysis, settings)
    response.underlying = quotes.underlying
    response.spot = analysis.forwards.spot
    response.revision = revision
    for book in books:
        target = response.books.add()
        book_to_proto(book, analysis, target, omit_map=message.omit_map, omit_profile=message.omit_profile)
        lines, contracts = unmatched.get(book.positioning, (0, 0.0))
        target.unpriced_line_count += lines
        target.unpriced_contract_count += contracts
    expiry_states(analysis, response.expiries)
    _max_pains(response, analysis)
    for move in expected_moves(analysis.surface):
        expected_move_to_proto(move, response.expected_moves.add())
    reject_counts(analysis.cleaned, response.rejects)
    spread = positioning_spread(books)
    if spread is not None:
        spread_to_proto(spread, response.spread)
    _provenance(response, analysis, settings, spot_is_given=message.analysis.HasField("spot"))


def _max_pains(response: Response, analysis: Analysis) -> None:
    quotes = analysis.cleaned.quotes
    open_interest = np.bincount(
        quotes.expiry, weights=np.nan_to_num(quotes.open_interest), minlength=len(quotes.expiries)
    )
    for j, pain in enumerate(max_pain(quotes, analysis.pairs)):
        if pain.strike is not None:
            max_pain_to_proto(pain, j, float(open_interest[j]), response.max_pains.add())


def _provenance(response: Response, analysis: Analysis, settings: ExposureSettings, *, spot_is_given: bool) -> None:
    target = response.provenance
    provenance_of_analysis(analysis, response.revision, target, spot_is_given=spot_is_given)
    target.positionings.extend(book.positioning for book in response.books)
    if settings.greek_source is GreekSource.SOURCE:
        target.greeks_source = common_pb2.GREEKS_SOURCE_SOURCE
    target.smile_dynamics = smile_dynamics_name(settings.skew_stickiness)
    target.skew_stickiness = settings.skew_stickiness
    used_rows(target, analysis.cleaned.quotes, _used(analysis, settings))


def _used(analysis: Analysis, settings: ExposureSettings) -> Bools:
    """True for the rows of the cleaned chain that entered the sums: their Greek and their contracts are known."""
    quotes, forwards = analysis.cleaned.quotes, analysis.forwards
    if settings.greek_source is GreekSource.SOURCE:
        priced = np.isfinite(quotes.source_gamma)
    else:
        log_moneyness = np.log(quotes.strike / forwards.forward[quotes.expiry])
        priced = np.isfinite(analysis.surface.vol(quotes.expiry, log_moneyness))
    models = [one.model if isinstance(one, UncertainPositioning) else one for one in settings.positionings]
    if all(isinstance(model, InventoryPositioning) for model in models):
        return priced
    return priced & np.isfinite(quotes.open_interest)
