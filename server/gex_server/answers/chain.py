"""A kept chain as it is sent back, and what publishing one says."""

from typing import Any

from gexapi.v1 import chain_pb2

from gex.cleaning import clean
from gex.errors import NoQuotesError
from gex.quotes import Cleaned
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.chain import (
    ChainLimits,
    chain_from_proto,
    chain_to_proto,
    quote_spot_from_proto,
    rejects_to_proto,
    spot_as_of_from_proto,
)
from gex_server.wire.provenance import provenance_of_chain, reject_counts


def published(request: chain_pb2.PublishChainRequest, limits: ChainLimits | None = None) -> tuple[Cleaned, Cleaned]:
    """The chain of a publish request, as sent and cleaned. NoQuotesError where no row survives cleaning."""
    refuse_unbuilt(request)
    parsed = chain_from_proto(request.chain, "chain", limits)
    cleaned = clean(parsed)
    if len(cleaned.quotes) == 0:
        reasons = ", ".join(f"{reason.label} {count}" for reason, count in cleaned.rejects.counts().items())
        raise NoQuotesError(f"chain: none of {parsed.row_count} rows can be used ({reasons})")
    return parsed, cleaned


def published_spots(chain: chain_pb2.Chain) -> dict[str, Any]:
    """What a chain says of its spot beside its price: the instant, and the spot behind each quote."""
    return {"spot_as_of": spot_as_of_from_proto(chain, "chain"), "quote_spot": quote_spot_from_proto(chain, "chain")}


def publish_answer(cleaned: Cleaned, revision: int) -> chain_pb2.PublishChainResponse:
    """What was kept of a chain under `revision`."""
    response = chain_pb2.PublishChainResponse(
        underlying=cleaned.quotes.underlying,
        revision=revision,
        row_count=cleaned.row_count,
        kept_row_count=len(cleaned.quotes),
    )
    reject_counts(cleaned, response.rejects)
    provenance_of_chain(cleaned, revision, response.provenance)
    return response


def chain_answer(parsed: Cleaned, cleaned: Cleaned, revision: int, **spots: Any) -> chain_pb2.GetChainResponse:
    """A kept chain: as it was sent, with its updates, and what cleaning refused. `spots` as in `published_spots`."""
    response = chain_pb2.GetChainResponse(revision=revision)
    chain_to_proto(parsed, response.chain, **spots)
    reject_counts(cleaned, response.rejects)
    rejects_to_proto(cleaned.rejects, response.rejected_rows)
    provenance_of_chain(cleaned, revision, response.provenance)
    return response
