"""Dealer exposure of a chain: the answer of ComputeExposure and GetExposure."""

import dataclasses

import numpy as np
from gexapi.v1 import common_pb2, exposure_pb2

from gex.columns import Bools
from gex.exposure.expected_move import expected_moves
from gex.exposure.levels import max_pain
from gex.exposure.map import GreekSource
from gex.exposure.provenance import exposure_provenance
from gex.exposure.spread import positioning_spread
from gex.pairs import Pairs
from gex.pipeline import Analysis
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    ContractBasis,
    DealerPositioning,
    MixturePositioning,
    OpenInterestPositioning,
    ScenarioPositioning,
    TradeInventory,
    UncertainPositioning,
)
from gex.quotes import Quotes
from gex_server.answers.dealers import Dealers, counted_rows, dealers
from gex_server.answers.market import Checkpoint, Timed, analysis_of_message, no_checkpoint, untimed
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import ChainLimits
from gex_server.wire.exposure import (
    book_to_proto,
    dynamics_flips_to_proto,
    expected_move_to_proto,
    groups_to_proto,
    max_pain_to_proto,
    spread_to_proto,
)
from gex_server.wire.exposure_provenance import exposure_provenance_to_proto, market_provenance
from gex_server.wire.flow import book_in_instrument, flow_to_proto, forward_map_to_proto
from gex_server.wire.positioning import Inputs
from gex_server.wire.provenance import (
    expiry_states,
    provenance_of_analysis,
    reject_counts,
    smile_dynamics,
    smile_dynamics_name,
    used_rows,
)
from gex_server.wire.settings import ExposureQuestion, exposure_question_from_proto

Response = exposure_pb2.ComputeExposureResponse | exposure_pb2.GetExposureResponse


def compute_exposure(
    request: exposure_pb2.ComputeExposureRequest,
    *,
    limits: ChainLimits | None = None,
    checkpoint: Checkpoint = no_checkpoint,
    timed: Timed = untimed,
) -> exposure_pb2.ComputeExposureResponse:
    """Exposure of the chain in the request."""
    refuse_unbuilt(request)
    asked = request.settings
    analysis = analysis_of_message(request.chain, asked.analysis, "settings.analysis", limits, timed=timed)
    checkpoint()
    response = exposure_pb2.ComputeExposureResponse()
    fill_exposure(response, analysis, asked, revision=0, checkpoint=checkpoint, timed=timed)
    return response


def kept_exposure(
    analysis: Analysis,
    settings: exposure_pb2.ExposureSettings,
    revision: int,
    inventory: TradeInventory | None = None,
) -> exposure_pb2.GetExposureResponse:
    """Exposure of a kept chain that is already analysed with `settings.analysis`; `inventory` of its kept trades."""
    refuse_unbuilt(settings, "settings.")
    response = exposure_pb2.GetExposureResponse()
    fill_exposure(response, analysis, settings, revision=revision, inventory=inventory)
    return response


def fill_exposure(
    response: Response,
    analysis: Analysis,
    message: exposure_pb2.ExposureSettings,
    *,
    revision: int,
    inventory: TradeInventory | None = None,
    checkpoint: Checkpoint = no_checkpoint,
    timed: Timed = untimed,
) -> None:
    """Fill an empty response with everything that is asked for of an analysed chain."""
    quotes, pairs = counted_rows(analysis, message, "settings")
    question = exposure_question_from_proto(message, quotes, "settings", inventory)
    found = timed("dealers", lambda: dealers(analysis, question, quotes, pairs, checkpoint))()
    response.underlying = quotes.underlying
    response.spot = analysis.forwards.spot
    response.revision = revision
    for i in range(len(found.books)):
        _book(i, found, question, quotes, message, response.books.add())
    expiry_states(analysis, response.expiries)
    _max_pains(response, quotes, pairs)
    for move in expected_moves(analysis.surface):
        expected_move_to_proto(move, response.expected_moves.add())
    reject_counts(analysis.cleaned, response.rejects)
    spread = positioning_spread(found.books)
    if spread is not None:
        spread_to_proto(spread, response.spread)
    _provenance(response, analysis, question, quotes, spot_is_given=message.analysis.HasField("spot"))
    market_provenance(analysis.forwards, response.provenance)
    stands_on = exposure_provenance(
        dataclasses.replace(analysis.cleaned, quotes=quotes),
        found.surface,
        found.greeks,
        question.positionings,
        question.dynamics,
        question.gamma_kind,
    )
    models = [one.model for one in message.positionings] or [OI_CALLS_LONG_PUTS_SHORT.name]
    exposure_provenance_to_proto(stands_on, question.positionings, models, quotes, response.provenance)


def _book(
    i: int,
    found: Dealers,
    question: ExposureQuestion,
    quotes: Quotes,
    message: exposure_pb2.ExposureSettings,
    target: exposure_pb2.ExposureBook,
) -> None:
    """Write everything about the i-th positioning."""
    book, rule = found.books[i], question.vol_in_time
    book_to_proto(book, quotes, target, omit_map=message.omit_map, omit_profile=message.omit_profile)
    if not message.omit_profile:
        smile_dynamics(question.dynamics, found.surface, rule, target.profile.smile_dynamics)
    groups_to_proto(book, quotes, question.groups, target)
    if question.instrument is not None:
        book_in_instrument(book, question.instrument, quotes.as_of, target)
    for flow in found.flows[i] if found.flows else ():
        flow_to_proto(flow, target.flows.add())
    if found.maps:
        forward_map_to_proto(found.maps[i], found.delta_units[i], target.forward_map)
        smile_dynamics(question.dynamics, found.surface, rule, target.forward_map.smile_dynamics)
    for flips in found.dynamics_flips[i] if found.dynamics_flips else ():
        dynamics_flips_to_proto(flips, found.surface, rule, target.dynamics_flips.add())
    inputs = question.inputs.get(book.positioning, Inputs())
    target.unpriced_line_count += inputs.unmatched_line_count
    target.unpriced_contract_count += inputs.unmatched_contract_count
    target.unsigned_contract_count = inputs.unsigned_contract_count
    target.censored_row_count = inputs.censored_row_count


def _max_pains(response: Response, quotes: Quotes, pairs: Pairs) -> None:
    open_interest = np.bincount(
        quotes.expiry, weights=np.nan_to_num(quotes.open_interest), minlength=len(quotes.expiries)
    )
    for j, pain in enumerate(max_pain(quotes, pairs)):
        if pain.strike is not None:
            max_pain_to_proto(pain, j, float(open_interest[j]), response.max_pains.add())


def _provenance(
    response: Response, analysis: Analysis, question: ExposureQuestion, quotes: Quotes, *, spot_is_given: bool
) -> None:
    target = response.provenance
    provenance_of_analysis(analysis, response.revision, target, spot_is_given=spot_is_given)
    target.positionings.extend(book.positioning for book in response.books)
    if question.greek_source is GreekSource.SOURCE:
        target.greeks_source = common_pb2.GREEKS_SOURCE_SOURCE
    ratio = question.dynamics.skew_stickiness
    target.smile_dynamics = question.dynamics.name if ratio is None else smile_dynamics_name(ratio)
    if ratio is not None:
        target.skew_stickiness = ratio
    used_rows(target, quotes, _used(analysis, question, quotes))


def _used(analysis: Analysis, question: ExposureQuestion, quotes: Quotes) -> Bools:
    """True for the rows that entered the sums: their Greek is known, and the contracts that some positioning counts."""
    if question.greek_source is GreekSource.SOURCE:
        priced = np.isfinite(quotes.source_gamma)
    else:
        log_moneyness = np.log(quotes.strike / analysis.forwards.forward[quotes.expiry])
        priced = np.isfinite(analysis.surface.vol(quotes.expiry, log_moneyness))
    counted = np.zeros(len(quotes), np.bool_)
    for positioning in question.positionings:
        counted |= _is_counted(positioning, quotes)
    return priced & counted


def _is_counted(positioning: DealerPositioning, quotes: Quotes) -> Bools:
    """True for the rows whose contracts a positioning knows."""
    if isinstance(positioning, UncertainPositioning):
        return _is_counted(positioning.model, quotes)
    if isinstance(positioning, MixturePositioning):
        counted: Bools = np.any([_is_counted(part, quotes) for part in positioning.parts], axis=0)
        return counted
    if isinstance(positioning, OpenInterestPositioning) and positioning.basis is ContractBasis.VOLUME:
        return np.isfinite(quotes.volume)
    if isinstance(positioning, OpenInterestPositioning | ScenarioPositioning):
        return np.isfinite(quotes.open_interest)
    return np.ones(len(quotes), np.bool_)
