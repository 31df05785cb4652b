"""Updates of kept chains, one by one: each is taken once, in its client's order, or answered with the reason why not."""

from functools import partial

from gexapi.v1 import chain_pb2

from gex.cleaning import clean
from gex.errors import NoQuotesError, UnknownUnderlyingError
from gex.quotes import Cleaned
from gex_server.errors import RevisionConflictError
from gex_server.services.runtime import Runtime
from gex_server.store import Snapshot
from gex_server.wire.updates import as_of_update, sent_chain, updated_chain

UNLISTED = "unknown_contract"


async def taken(runtime: Runtime, message: chain_pb2.StreamUpdatesRequest) -> chain_pb2.StreamUpdatesResponse:
    """The answer to one update; an error of the request leaves chain and sequence as they were."""
    as_of = as_of_update(message)
    client = runtime.clients.client(message.client_id)
    async with client.lock:
        response = chain_pb2.StreamUpdatesResponse(sequence=message.sequence)
        response.reason = client.refusal(message.sequence, is_whole=message.HasField("chain"))
        while not response.reason:
            snapshot = _kept(runtime, message)
            if snapshot is not None and as_of < snapshot.parsed.quotes.as_of:
                response.reason = "older_than_kept"
                client.last = message.sequence
                break
            revision = snapshot.revision if snapshot else 0
            rows = len(message.chain.strike) if snapshot is None else snapshot.parsed.row_count
            parsed, cleaned, unlisted = await runtime.pool.run(partial(_changed, runtime, snapshot, message), rows=rows)
            try:
                runtime.store.publish(parsed, cleaned, published_at=runtime.now(), expected_revision=revision)
            except RevisionConflictError:  # another sender was faster: once more, on what it left
                continue
            client.last = message.sequence
            response.is_applied = True
            if unlisted:
                response.rejects.add(reason=UNLISTED, count=unlisted, drops_row=True)
            break
        kept = _kept(runtime, message)
        response.revision = kept.revision if kept else 0
        return response


def _kept(runtime: Runtime, message: chain_pb2.StreamUpdatesRequest) -> Snapshot | None:
    """What is kept; None where nothing is and the update is a whole chain."""
    try:
        return runtime.store.snapshot(message.underlying)
    except UnknownUnderlyingError:
        if message.HasField("chain"):
            return None
        raise


def _changed(
    runtime: Runtime, snapshot: Snapshot | None, message: chain_pb2.StreamUpdatesRequest
) -> tuple[Cleaned, Cleaned, int]:
    """The chain as it would have been sent with the update in it, cleaned, and lines that it does not list."""
    if message.HasField("chain"):
        parsed, unlisted = sent_chain(message, runtime.settings.chain_limits), 0
    else:
        assert snapshot is not None
        parsed, unlisted = updated_chain(snapshot.parsed, message, as_of_update(message))
    cleaned = clean(parsed)
    if len(cleaned.quotes) == 0:
        raise NoQuotesError(f"{message.underlying}: no row of the chain would be left")
    return parsed, cleaned, unlisted
