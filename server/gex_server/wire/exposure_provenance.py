"""What an exposure stands on, in the provenance of its answer."""

from collections.abc import Sequence

import numpy as np
from gexapi.v1 import common_pb2

from gex.contracts import Exercise
from gex.exposure.map import GreekSource
from gex.exposure.provenance import ExposureProvenance, PositioningSource
from gex.exposure.spot_check import implied_spot
from gex.forward import ForwardCurve
from gex.positioning import InventoryPositioning, UncertainPositioning
from gex.positioning.protocol import DealerPositioning
from gex.quotes import Quotes
from gex_server.wire.instants import instant_to_proto

EXERCISE_MODELS = ("european", "european_equivalent", "source")


def exposure_provenance_to_proto(
    found: ExposureProvenance,
    positionings: Sequence[DealerPositioning],
    models: Sequence[str],
    quotes: Quotes,
    target: common_pb2.Provenance,
) -> None:
    """Write what is known beyond the chain; `models` are the names of the models as requests spell them."""
    target.gamma_kind = found.gamma_kind.value
    target.exercise_model = exercise_model(quotes, found.greek_source)
    target.certified_expiry_count, target.expiry_count = found.certified_expiry_count, found.expiry_count
    target.unpriced_row_count = found.unpriced.row_count
    if found.unpriced.open_interest is not None:
        target.unpriced_open_interest = found.unpriced.open_interest
    target.input_hash = found.input_hash
    for source, positioning, model in zip(found.positionings, positionings, models, strict=True):
        _source(source, positioning, model, target.positioning_sources.add())


def exercise_model(quotes: Quotes, greek_source: GreekSource) -> str:
    """How options that may be exercised early were valued, of the rows that count."""
    if greek_source is GreekSource.SOURCE:
        return "source"
    held = {quotes.expiries[j].contract.exercise for j in np.unique(quotes.expiry)}
    return "european_equivalent" if Exercise.AMERICAN in held else "european"


def market_provenance(forwards: ForwardCurve, target: common_pb2.Provenance) -> None:
    """Write the dividends and the spot that forwards imply, and a warning where the spot given cannot be theirs."""
    if forwards.carry is not None:
        paid = forwards.carry.dividends
        for time, amount, error in zip(paid.time, paid.amount, forwards.carry.amount_error, strict=False):
            target.implied_dividends.add(time=time, amount=amount, standard_error=error)
    implied = implied_spot(forwards)
    if implied is None:
        return
    target.implied_spot = implied.spot
    if implied.doubts(forwards.spot):
        gap = forwards.spot - implied.spot
        target.warnings.add(
            reason="spot_of_another_instant",
            message=f"the spot {forwards.spot:,.10g} lies {gap:+,.4g} from the {implied.spot:,.2f} that the nearest forward "
            f"implies, more than {implied.tolerance:,.2g} of quotes and carry: it is of another instant than the quotes "
            "(a last trade after hours, an index print before their close)",
        )


def _source(
    found: PositioningSource, positioning: DealerPositioning, model: str, target: common_pb2.PositioningSource
) -> None:
    target.positioning, target.model = found.name, model
    if found.sign_error_probability is not None:
        target.sign_error_probability = found.sign_error_probability
    if found.sign_error_correlation is not None:
        target.sign_error_correlation = found.sign_error_correlation
    target.unsigned_contract_count = found.unsigned_contract_count
    target.censored_row_count = found.left_censored_row_count
    target.exchanges.extend(found.exchanges)
    inner = positioning.model if isinstance(positioning, UncertainPositioning) else positioning
    if isinstance(inner, InventoryPositioning) and inner.as_of is not None:
        instant_to_proto(inner.as_of, target.inventory_as_of)
