"""Mixed load on a server beside a model of what it must keep: feeds, questions, watches and a hedge at once."""

import asyncio
import random
import statistics
import time
from dataclasses import dataclass, field
from typing import Any

import grpc.aio
from gexapi.v1 import (
    chain_pb2,
    chain_pb2_grpc,
    exposure_pb2,
    exposure_pb2_grpc,
    hedge_pb2_grpc,
    risk_pb2,
    risk_pb2_grpc,
    surface_pb2,
    surface_pb2_grpc,
    watch_pb2,
    watch_pb2_grpc,
)

from benchmarks.latency.requests import hedge_messages
from tests.server.fuzz_calls import resident_mebibytes
from tests.server.requests import book_message, chain_message

NAMES = ("SPX", "NDX", "RUT")
RESENT = 0.02  # share of updates that are sent twice, as after a lost answer
RECONNECT = 200  # updates on one stream
PAUSE = 0.02  # seconds between updates of one feed
ANSWERED = 60.0  # seconds within which a watch that was cancelled has ended
SAMPLE = 1.0  # seconds between looks at the memory


@dataclass
class Model:
    """What a chain must be after the updates that were acknowledged; plain lists and one dictionary."""

    chain: chain_pb2.Chain
    revision: int
    open_interest: list[float]
    bid: list[float]
    ask: list[float]
    spot: float
    net: dict[int, float] = field(default_factory=dict)  # contracts that customers bought less those sold, by row
    sequence: int = 0


@dataclass
class Soak:
    """What a run came to."""

    updates: int = 0
    questions: int = 0
    watched: int = 0
    decisions: int = 0
    wrong: list[str] = field(default_factory=list)  # what was not as it must be
    resident: list[float] = field(default_factory=list)  # MiB, once a second

    @property
    def growth(self) -> float:
        """MiB between the middle of the run and its end: medians of its second and its last fifth."""
        fifth = len(self.resident) // 5
        if not fifth:
            return 0.0  # nothing can be said of a few looks
        return statistics.median(self.resident[-fifth:]) - statistics.median(self.resident[fifth : 2 * fifth])


LEAST = 3  # of everything, also where the time is over before


async def soak(address: str, process: int, seconds: float, seed: int = 7) -> Soak:
    """Load a fresh server for so long; `process` is its number."""
    run, ends = Soak(), time.monotonic() + seconds
    options = [("grpc.max_receive_message_length", -1)]
    async with grpc.aio.insecure_channel(address, options) as channel:
        models = {name: await _begun(channel, name) for name in NAMES}
        tasks = [_feed(channel, models[name], run, ends, random.Random(f"{seed}{name}")) for name in NAMES]
        tasks += [_ask(channel, models, run, ends, random.Random(seed)), _hedge(channel, run, ends)]
        tasks += [_watch(channel, name, run, ends) for name in NAMES]
        tasks += [_watch_all(channel, models, run, ends), _look(process, run, ends)]
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, BaseException):
                run.wrong.append(f"{type(ended).__name__}: {str(ended)[:500]}")
        for model in models.values():
            run.wrong += await _differences(channel, model)
    return run


async def _begun(channel: Any, name: str) -> Model:
    chain = chain_message(underlying=name, options=200)
    answer = await chain_pb2_grpc.ChainServiceStub(channel).PublishChain(chain_pb2.PublishChainRequest(chain=chain))
    return Model(
        chain=chain,
        revision=answer.revision,
        open_interest=list(chain.open_interest),
        bid=list(chain.bid),
        ask=list(chain.ask),
        spot=chain.spot,
    )


async def _feed(channel: Any, model: Model, run: Soak, ends: float, chance: random.Random) -> None:
    """Updates of every kind on one stream after the other; each answer is compared with what it must be."""
    stub = chain_pb2_grpc.ChainServiceStub(channel)
    while _goes_on(ends, run.updates):
        call = stub.StreamUpdates()
        for _ in range(RECONNECT):
            if not _goes_on(ends, run.updates):
                break
            message = _update(model, chance)
            await call.write(message)
            answer = await call.read()
            told = (answer.sequence, answer.revision, answer.is_applied, answer.reason)
            if told != (model.sequence, model.revision, True, ""):
                run.wrong.append(f"{model.chain.underlying}: expected revision {model.revision}, got {told}")
            run.updates += 1
            if chance.random() < RESENT:
                await call.write(message)
                again = await call.read()
                if (again.is_applied, again.reason, again.revision) != (False, "duplicate", model.revision):
                    run.wrong.append(f"{model.chain.underlying}: a duplicate was answered {again}")
            await asyncio.sleep(PAUSE)
        await call.done_writing()
        await call.read()


def _update(model: Model, chance: random.Random) -> chain_pb2.StreamUpdatesRequest:
    """A random update, already in the model."""
    chain = model.chain
    model.sequence, model.revision = model.sequence + 1, model.revision + 1
    message = chain_pb2.StreamUpdatesRequest(
        client_id=f"soak-{chain.underlying}", sequence=model.sequence, underlying=chain.underlying
    )
    message.as_of.seconds, message.as_of.nanos = divmod(
        chain.as_of.seconds * 1_000_000_000 + chain.as_of.nanos + model.sequence * 1_000_000, 1_000_000_000
    )
    kind = chance.choice(("spot", "quotes", "open_interest", "trades"))
    if kind == "spot":
        model.spot = message.spot.spot = chain.spot * chance.uniform(0.999, 1.001)
        return message
    table: Any = getattr(message, kind)
    for row in chance.sample(range(len(chain.strike)), chance.randrange(1, 6)):
        for name in ("expiry_index", "strike", "right"):
            getattr(table, name).append(getattr(chain, name)[row])
        if kind == "open_interest":
            model.open_interest[row] = float(chance.randrange(10_000))
            table.open_interest.append(model.open_interest[row])
        elif kind == "quotes":
            width = chance.choice((0.99, 1.01))
            model.bid[row], model.ask[row] = chain.bid[row] * width, chain.ask[row] * width
            table.bid.append(model.bid[row])
            table.ask.append(model.ask[row])
        else:
            side, count = chance.choice((-1, 1)), float(chance.randrange(1, 50))
            model.net[row] = model.net.get(row, 0.0) + side * count
            table.contract_count.append(count)
            table.customer_side.append(side)
            table.price.append(1.0)
    return message


async def _ask(channel: Any, models: dict[str, Model], run: Soak, ends: float, chance: random.Random) -> None:
    """One question after the other; revisions of answers never go back."""
    exposures, risks = exposure_pb2_grpc.ExposureServiceStub(channel), risk_pb2_grpc.RiskServiceStub(channel)
    surfaces, seen = surface_pb2_grpc.SurfaceServiceStub(channel), dict.fromkeys(NAMES, 0)
    chain = models[NAMES[0]].chain
    book = book_message(chain)
    while _goes_on(ends, run.questions):
        name = chance.choice(NAMES)
        answer = await exposures.GetExposure(exposure_pb2.GetExposureRequest(underlying=name))
        if answer.revision < seen[name]:
            run.wrong.append(f"{name}: revision {answer.revision} after {seen[name]}")
        seen[name] = answer.revision
        await exposures.ComputeExposure(exposure_pb2.ComputeExposureRequest(chain=chain))
        await risks.ComputeRisk(risk_pb2.ComputeRiskRequest(book=book))
        await surfaces.GetSurface(surface_pb2.GetSurfaceRequest(underlying=name))
        run.questions += 4
        await asyncio.sleep(PAUSE)


async def _watch(channel: Any, name: str, run: Soak, ends: float) -> None:
    request = exposure_pb2.WatchExposureRequest(watches=[{"underlying": name}], heartbeat_seconds=0.5)
    call, seen = exposure_pb2_grpc.ExposureServiceStub(channel).WatchExposure(request), 0
    while time.monotonic() < ends:
        message = await call.read()
        if not message.HasField("exposure"):
            continue
        if message.revision <= seen:
            run.wrong.append(f"watch of {name}: revision {message.revision} after {seen}")
        seen, run.watched = message.revision, run.watched + 1
    call.cancel()


async def _watch_all(channel: Any, models: dict[str, Model], run: Soak, ends: float) -> None:
    """A stream of several watches, one of which comes and goes."""
    call = watch_pb2_grpc.WatchServiceStub(channel).Watch()
    await call.write(watch_pb2.WatchRequest(heartbeat_seconds=0.5))
    book = book_message(models[NAMES[0]].chain)
    await call.write(watch_pb2.WatchRequest(risk={"watch_id": "risk", "watch": {"book": book}}))
    number = 0
    while time.monotonic() < ends:
        number += 1
        name = f"exposure {number}"
        await call.write(watch_pb2.WatchRequest(exposure={"watch_id": name, "underlying": NAMES[1]}))
        while (await call.read()).watch_id != name and time.monotonic() < ends:
            run.watched += 1
        await call.write(watch_pb2.WatchRequest(cancel=name))
        async with asyncio.timeout(ANSWERED):
            while (message := await call.read()).watch_id != name or not message.HasField("end"):
                if message.HasField("end"):
                    run.wrong.append(f"a watch ended: {message}")
    call.cancel()


async def _hedge(channel: Any, run: Soak, ends: float) -> None:
    """Ticks of a hedge that brings its chain; decisions are numbered without a gap."""
    last = 0
    call = hedge_pb2_grpc.HedgeServiceStub(channel).HedgeSession()
    for message in hedge_messages("soak"):
        if not _goes_on(ends, run.decisions):
            break
        await call.write(message)
        answer = await call.read()
        while answer.HasField("heartbeat"):
            answer = await call.read()
        if answer.HasField("failure"):
            run.wrong.append(f"hedge: {answer.failure}")
        if answer.HasField("decision"):
            if answer.decision.decision_id != last + 1:
                run.wrong.append(f"decision {answer.decision.decision_id} after {last}")
            last, run.decisions = answer.decision.decision_id, run.decisions + 1
        await asyncio.sleep(5 * PAUSE)
    await call.done_writing()


def _goes_on(ends: float, done: int) -> bool:
    return time.monotonic() < ends or done < LEAST


async def _look(process: int, run: Soak, ends: float) -> None:
    while time.monotonic() < ends:
        run.resident.append(resident_mebibytes(process))
        await asyncio.sleep(SAMPLE)


async def _differences(channel: Any, model: Model) -> list[str]:
    """Where the kept chain and inventory are not what the model says."""
    stub, name = chain_pb2_grpc.ChainServiceStub(channel), model.chain.underlying
    kept = await stub.GetChain(chain_pb2.GetChainRequest(underlying=name))
    inventory = await stub.GetInventory(chain_pb2.GetInventoryRequest(underlying=name))
    found = []
    if (kept.revision, kept.chain.spot) != (model.revision, model.spot):
        found.append(f"{name}: kept {kept.revision}, {kept.chain.spot}; expected {model.revision}, {model.spot}")
    for column in ("open_interest", "bid", "ask"):
        pairs = zip(getattr(kept.chain, column), getattr(model, column), strict=True)
        different = [row for row, (one, other) in enumerate(pairs) if one != other and (one == one or other == other)]
        if different:
            found.append(f"{name}.{column}: rows {different[:10]} differ")
    terms = [(e.root, e.expiry) for e in inventory.expiries]
    net = {
        (*terms[at], strike, right): count
        for at, strike, right, count in zip(
            inventory.expiry_index,
            inventory.strike,
            inventory.right,
            inventory.customer_net_quote_rule,
            strict=True,
        )
    }
    listed = [(e.root, e.expiry) for e in model.chain.expiries]
    for row, count in model.net.items():
        key = (*listed[model.chain.expiry_index[row]], model.chain.strike[row], model.chain.right[row])
        if net.get(key, 0.0) != count:
            found.append(f"{name}: customers hold {net.get(key)} of {key}, expected {count}")
    return found
