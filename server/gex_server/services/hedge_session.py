"""A kept hedge over a stream: ticks, fills and overrides in, decisions out, each once and in order."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import numpy as np
from gexapi.v1 import hedge_pb2

from gex.errors import GexError, UnknownUnderlyingError
from gex.hedging.engine.codec import value_of
from gex.hedging.engine.decision import Decision
from gex.hedging.engine.fills import FillReceipt
from gex.hedging.engine.inputs import InputInstants
from gex.hedging.engine.journal import Clearing, Entry, FillEvent, Funding, Kind, Outcome, OverrideEvent
from gex.hedging.engine.reading import FollowedBook
from gex.hedging.engine.summary import ledger_summary
from gex_server.answers.risk import Market, currency_of, risk_of, sent_markets
from gex_server.errors import FieldError, NotBuiltError
from gex_server.hedges import KeptHedge, book_of
from gex_server.services.hedge_restore import restore_instruments, restore_market
from gex_server.services.runtime import Runtime
from gex_server.wire.book import books_from_proto
from gex_server.wire.built import refuse_unbuilt
from gex_server.wire.decisions import decision_to_proto, fill_from_proto, ledger_to_proto, override_from_proto
from gex_server.wire.engine_config import engine_config_from_proto
from gex_server.wire.hedge import instrument_from_proto
from gex_server.wire.instants import instant_from_proto, instant_to_proto
from gex_server.wire.staleness import kept_instants, sent_instants

Response = hedge_pb2.HedgeSessionResponse
LARGEST_SEQUENCE = (1 << 63) - 1  # what the audit log holds


async def decisions_of(
    runtime: Runtime, requests: AsyncIterator[hedge_pb2.HedgeSessionRequest]
) -> AsyncIterator[Response]:
    """An answer to every message, what others caused between them, and heartbeats in silence."""
    heard: asyncio.Queue[Response] = asyncio.Queue()
    joined: set[KeptHedge] = set()
    moved = asyncio.Event()
    last: dict[str, int] = {}
    source = aiter(requests)
    reading = asyncio.ensure_future(anext(source))
    listening = asyncio.ensure_future(heard.get())
    following = asyncio.ensure_future(_moved(runtime, joined, moved))
    try:
        while True:
            done, _ = await asyncio.wait(
                {reading, listening, following},
                timeout=runtime.settings.heartbeat_seconds,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if not done:
                response = Response()
                instant_to_proto(runtime.now(), response.heartbeat.at)
                yield response
            if listening in done:
                yield listening.result()
                listening = asyncio.ensure_future(heard.get())
            if following in done:
                for hedge in following.result():
                    yield await _after_market(runtime, hedge)
                following = asyncio.ensure_future(_moved(runtime, joined, moved))
            if reading in done:
                try:
                    request = reading.result()
                except StopAsyncIteration:
                    return
                hedge = runtime.hedges.hedge(request.hedge, runtime.audit)
                if hedge not in joined:
                    hedge.listeners.add(heard)
                    joined.add(hedge)
                yield await answered(runtime, hedge, request, heard, last)
                moved.set()
                reading = asyncio.ensure_future(anext(source))
    finally:
        for hedge in joined:
            hedge.listeners.discard(heard)
        for task in (reading, listening, following):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, StopAsyncIteration, Exception):
                await task


async def answered(
    runtime: Runtime,
    hedge: KeptHedge,
    request: hedge_pb2.HedgeSessionRequest,
    own: "asyncio.Queue[Response] | None",
    last: dict[str, int],
) -> Response:
    """The answer to one message: applied once by its sequence; one that was taken before gets its answer again."""
    response = Response(sequence=request.sequence)
    async with hedge.lock:
        try:
            if not 0 < request.sequence <= LARGEST_SEQUENCE:
                raise FieldError(f"expected a number from 1 to {LARGEST_SEQUENCE}", field="sequence")
            recorded = response.last_sequence = hedge.last_sequence
            if request.sequence <= recorded:
                return _again(hedge, request, response)
            before = last.get(hedge.name)
            if before is not None and request.sequence != before + 1:
                response.acknowledgement.reason = "gap" if request.sequence > before else "duplicate"
                return response
            await _apply(runtime, hedge, request, response)
            last[hedge.name] = request.sequence
        except GexError as error:
            response.failure.reason, response.failure.message = error.reason, str(error)
            if request.sequence:
                last[hedge.name] = request.sequence  # refused and answered: the next one follows it
        response.last_sequence = hedge.last_sequence
        for listener in hedge.listeners:
            if listener is not own and response.HasField("decision"):
                other = Response()
                other.decision.CopyFrom(response.decision)
                listener.put_nowait(other)
    return response


async def _apply(
    runtime: Runtime, hedge: KeptHedge, request: hedge_pb2.HedgeSessionRequest, response: Response
) -> None:
    as_of, kind = instant_from_proto(request.as_of, "as_of"), request.WhichOneof("event")
    now, sequence = runtime.now(), request.sequence
    if kind == "configuration":
        await configure(runtime, hedge, request.configuration, as_of, sequence)
        response.acknowledgement.is_applied = True
    elif kind == "tick":
        await follow(runtime, hedge)
        hedge.ticked(request.tick, as_of)
        asks = hedge.asked(as_of)
        if asks:
            decided(hedge, " ".join(asks), as_of, now, sequence, response.decision)
        else:
            response.acknowledgement.is_applied = True
    elif kind == "book":
        if hedge.configuration is None:
            raise FieldError("expected the configuration of the hedge first", field="book")
        configuration = hedge_pb2.HedgeConfiguration()
        configuration.CopyFrom(hedge.configuration)
        configuration.book.CopyFrom(request.book)
        await configure(runtime, hedge, configuration, as_of, sequence)
        response.acknowledgement.is_applied = True
    elif kind == "fill":
        receipt = filled(hedge, request.fill, now, sequence)
        response.acknowledgement.is_applied, response.acknowledgement.reason = receipt.is_applied, receipt.reason
    elif kind == "override":
        override_event(hedge, request.override, as_of, now, sequence)
        if hedge.followed:
            decided(hedge, "override", as_of, now, None, response.decision)
        else:
            response.acknowledgement.is_applied = True
    elif kind == "funding":
        hedge.take(Funding(amount=request.funding.amount, as_of=as_of), as_of, now, sequence)
        response.acknowledgement.is_applied = True
    elif kind == "evaluate":
        await follow(runtime, hedge)
        ask = request.evaluate
        decided(
            hedge,
            ask.trigger or "user",
            as_of,
            now,
            sequence,
            response.decision,
            with_spot_triggers=ask.with_triggers,
            resets_breaker=ask.resets_breaker,
        )
    else:
        raise FieldError("expected an event, got none", field="event")


def decided(
    hedge: KeptHedge,
    trigger: str,
    as_of: np.datetime64,
    now: np.datetime64,
    sequence: int | None,
    target: hedge_pb2.Decision,
    *,
    with_spot_triggers: bool = False,
    resets_breaker: bool = False,
) -> None:
    """Decide, write it down, and say it."""
    outcome, decision, elapsed = hedge.decide(
        trigger,
        as_of,
        now,
        sequence,
        with_spot_triggers=with_spot_triggers,
        resets_breaker=resets_breaker,
    )
    decision_to_proto(decision, hedge.config, outcome.entry, hedge.currency, target)
    ledger_to_proto(ledger_summary(outcome.standing.state), hedge.currency, target.ledger)
    target.elapsed_ns = elapsed


async def configure(
    runtime: Runtime,
    hedge: KeptHedge,
    configuration: hedge_pb2.HedgeConfiguration,
    as_of: np.datetime64,
    sequence: int | None,
) -> Outcome | None:
    """The hedge with these rules, instruments and book; `sequence` None: restored from the log, nothing is written."""
    if configuration.book_name:
        raise NotBuiltError("configuration.book_name: this server hedges a book that comes along, send `book`")
    for place, instrument in enumerate(configuration.instruments):
        refuse_unbuilt(instrument, f"configuration.instruments[{place}].")
        if instrument.HasField("cross"):
            field = f"configuration.instruments[{place}].cross"
            raise NotBuiltError(f"{field}: a kept hedge takes correlations from its readings", field=field)
    if configuration.book.coin_equity:
        field = "configuration.book.coin_equity"
        raise NotBuiltError(
            f"{field}: a kept hedge takes it from policy.coin_equity and from its readings", field=field
        )
    if not configuration.instruments:
        raise FieldError("expected at least one instrument, got none", field="configuration.instruments")
    config = engine_config_from_proto(configuration, hedge.name, "configuration")
    books = books_from_proto(configuration.book, "configuration.book")
    first = books[0].underlying
    instruments = {}
    for place, message in enumerate(configuration.instruments):
        path = f"configuration.instruments[{place}]"
        terms = instrument_from_proto(message, path)
        if terms.symbol in instruments:
            raise FieldError(f"{terms.symbol!r} appears twice", field=f"{path}.symbol")
        underlying = message.underlying or first
        if underlying not in {book.underlying for book in books}:
            raise FieldError(f"expected an underlying of the book, got {underlying!r}", field=f"{path}.underlying")
        instruments[terms.symbol] = (underlying, terms)
    outcome = None
    previous = hedge.configuration
    hedge.configuration, hedge.revisions = configuration, {}
    try:
        hedge.followed = {}
        await follow(runtime, hedge)
        if sequence is not None:
            outcome = hedge.open(config, instruments, configuration, as_of, runtime.now(), sequence)
    except GexError:
        hedge.configuration = previous
        hedge.followed = {}
        raise
    known = {symbol: pair for symbol, pair in hedge.instruments.items() if symbol in instruments}
    hedge.instruments = instruments if sequence is not None else {**instruments, **known}
    hedge.currency = configuration.instruments[0].currency or hedge.currency
    return outcome


async def follow(runtime: Runtime, hedge: KeptHedge) -> None:
    """The books priced anew where their kept chains have moved; UnknownUnderlyingError where one is not kept."""
    if hedge.configuration is None:
        return
    if not hedge.followed:
        restore_instruments(hedge)
    configuration = hedge.configuration
    sent_names = {chain.underlying for chain in configuration.chains}
    if hedge.followed and all(
        name in sent_names or runtime.store.snapshot(name).revision == hedge.revisions.get(name)
        for name in hedge.followed
    ):
        return
    books = books_from_proto(configuration.book, "configuration.book")
    settings, path = configuration.analysis, "configuration.analysis"
    markets: dict[str, Market] = {}
    instants: dict[str, InputInstants] = {}
    for book in books:
        if book.underlying in sent_names:
            continue
        try:
            snapshot = runtime.store.snapshot(book.underlying)
        except UnknownUnderlyingError as error:
            raise UnknownUnderlyingError(f"{error}; send it along, or publish it first") from error
        analysis = await runtime.analyses.analysis(snapshot, settings, path)
        markets[book.underlying] = Market(analysis=analysis, revision=snapshot.revision)
        instants[book.underlying] = kept_instants(snapshot)
    config = engine_config_from_proto(configuration, hedge.name, "configuration")

    def priced() -> dict[str, FollowedBook]:
        found = markets | sent_markets(configuration.chains, settings, path, runtime.settings.chain_limits)
        followed = {}
        for book in books:
            policy = config.policy_of(book.underlying)
            analysis = found[book.underlying].analysis
            followed[book.underlying] = FollowedBook(
                risk=risk_of(book, analysis),
                underlying=book.underlying,
                skew_stickiness=policy.skew_stickiness,
                instants=instants.get(book.underlying) or sent_instants(analysis),
            )
        markets.update(found)
        return followed

    rows = len(book_of(hedge).options.strike) + sum(len(chain.strike) for chain in configuration.chains)
    hedge.followed = await runtime.pool.run(priced, rows=rows)
    for name, market in markets.items():
        if hedge.revisions.get(name) != market.revision or not market.revision:
            hedge.spots.pop(name, None)  # the chain is newer than the ticks before it
        hedge.revisions[name] = market.revision
    hedge.currency = currency_of(markets[books[0].underlying].analysis)
    restore_market(hedge)


def filled(hedge: KeptHedge, message: hedge_pb2.Fill, now: np.datetime64, sequence: int | None) -> FillReceipt:
    """The receipt of a fill; one that was reported before changes nothing."""
    fill = fill_from_proto(message, "fill")
    if hedge.standing is not None and hedge.audit.has_fill(hedge.name, fill.fill_id):
        state = hedge.standing.state
        return FillReceipt(
            is_applied=False,
            reason="duplicate",
            position=state.position(fill.symbol),
            in_flight=state.in_flight(fill.symbol),
        )
    terms = None
    if hedge.standing is not None and hedge.standing.state.account(fill.symbol) is None:
        restore_instruments(hedge)
        terms = hedge.instruments.get(fill.symbol, (None, None))[1]
    event = FillEvent(fill=fill, instrument=terms)
    receipt = hedge.take(event, fill.filled_at, now, sequence).receipt
    assert receipt is not None
    return receipt


def override_event(
    hedge: KeptHedge, message: hedge_pb2.Override, as_of: np.datetime64, now: np.datetime64, sequence: int | None
) -> None:
    """An override set or cleared."""
    if message.kind == "clear":
        if not message.user.strip() or not message.reason.strip():
            raise FieldError("expected who and why", field="override.user")
        hedge.take(Clearing(user=message.user, reason=message.reason, as_of=as_of), as_of, now, sequence)
    else:
        override = override_from_proto(message, "override")
        hedge.take(OverrideEvent(override=override, as_of=as_of), as_of, now, sequence)


def recorded(hedge: KeptHedge, entry: Entry, target: hedge_pb2.Decision) -> None:
    """Write a decision from its record."""
    assert entry.decision is not None
    decision_to_proto(value_of(Decision, entry.decision), hedge.config, entry, hedge.currency, target)


def _again(hedge: KeptHedge, request: hedge_pb2.HedgeSessionRequest, response: Response) -> Response:
    found = hedge.audit.of_message(hedge.name, request.sequence)
    if found is not None and found.entry.kind is Kind.DECIDED:
        recorded(hedge, found.entry, response.decision)
    else:
        response.acknowledgement.reason = "duplicate"
    return response


async def _after_market(runtime: Runtime, hedge: KeptHedge) -> Response:
    """The decision after a kept chain moved by itself."""
    response = Response()
    async with hedge.lock:
        try:
            await follow(runtime, hedge)
            decided(hedge, "chain", runtime.now(), runtime.now(), None, response.decision)
        except GexError as error:
            response.failure.reason, response.failure.message = error.reason, str(error)
    return response


async def _moved(runtime: Runtime, joined: set[KeptHedge], moved: asyncio.Event) -> list[KeptHedge]:
    """The hedges whose kept chains are newer than what they decided on."""
    while True:
        moved.clear()
        waits = {
            asyncio.ensure_future(runtime.store.wait_newer(name, revision)): hedge
            for hedge in joined
            for name, revision in hedge.revisions.items()
            if revision
        }
        woken = asyncio.ensure_future(moved.wait())
        try:
            done, _ = await asyncio.wait({*waits, woken}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (*waits, woken):
                task.cancel()
        found = {waits[task] for task in done if task in waits}  # type: ignore[index]
        if found:
            return list(found)
