"""Every path that has a target, one caller at a time: a closed loop on an unloaded server."""

import asyncio
import os
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import grpc
import grpc.aio
import numpy as np
from gex_client import Client
from gex_client.aio import AsyncClient
from gex_client.channel import channel_options
from gex_server.wire.columns import column, merge_columns
from gexapi.v1 import chain_pb2, chain_pb2_grpc, exposure_pb2_grpc, hedge_pb2, surface_pb2

from benchmarks.latency import requests
from benchmarks.latency.open_loop import one_at_a_time
from benchmarks.latency.timeline import Latencies

COMPUTE = "/gexapi.v1.ExposureService/ComputeExposure"
CODEC_ROWS = 5_000
CHAIN_COLUMNS = ("strike", "bid", "ask", "last", "volume", "open_interest", "bid_size", "ask_size")


def empty_unary(address: str, count: int) -> Latencies:
    """ListUnderlyings of a server that keeps nothing, through the Python client that waits."""
    latencies = Latencies()
    with Client(address) as client:
        for number in range(count + 100):
            began = time.perf_counter()
            client.underlyings()
            if number >= 100:
                latencies.took(time.perf_counter() - began)
    return latencies


async def small_bidi(address: str, count: int) -> Latencies:
    """A spot tick on StreamUpdates to its acknowledgement: applied, with a new revision."""
    latencies = Latencies()
    async with grpc.aio.insecure_channel(address, channel_options()) as channel:
        stub = chain_pb2_grpc.ChainServiceStub(channel)
        await stub.PublishChain(requests.publish_request(requests.SMALL, "TICKED"))
        call = channel.stream_stream("/gexapi.v1.ChainService/StreamUpdates")()
        tick = requests.ticks("bidi", "TICKED")
        for number in range(count + 100):
            message = next(tick)
            began = time.perf_counter()
            await call.write(message)
            answer = await call.read()
            if number >= 100:
                latencies.took(time.perf_counter() - began)
            if not chain_pb2.StreamUpdatesResponse.FromString(answer).is_applied:
                raise AssertionError("a tick was not applied")
        await call.done_writing()
    return latencies


def codec(count: int) -> Latencies:
    """Eight columns of 5,000 rows encoded and decoded, ten columns of an answer encoded and decoded; CPU time."""
    random = np.random.default_rng(1)
    sent = {name: random.random(CODEC_ROWS) for name in CHAIN_COLUMNS}
    fields = [f.name for f in surface_pb2.OptionVols.DESCRIPTOR.fields if f.is_repeated and f.type == f.TYPE_DOUBLE]
    answered = {name: random.random(CODEC_ROWS) for name in fields[:10]}
    if len(answered) != 10:
        raise AssertionError("the answer has fewer columns than are measured")
    latencies = Latencies()
    for number in range(count + 100):
        began = time.thread_time()
        request = chain_pb2.Chain()
        merge_columns(request, sent)
        received = chain_pb2.Chain.FromString(request.SerializeToString())
        for name in sent:
            column(received, name)
        response = surface_pb2.OptionVols()
        merge_columns(response, answered)
        read = surface_pb2.OptionVols.FromString(response.SerializeToString())
        for name in answered:
            column(read, name)
        if number >= 100:
            latencies.took(time.thread_time() - began)
    return latencies


async def whole_chain(address: str, count: int, options: int = requests.WHOLE) -> Latencies:
    """ComputeExposure of a whole chain, bytes to bytes: map, profile, flips, walls and provenance, nothing left out."""
    request = requests.compute_request(options)
    async with grpc.aio.insecure_channel(address, channel_options()) as channel:
        call: Callable[[bytes], Awaitable[bytes]] = channel.unary_unary(COMPUTE)
        return await one_at_a_time(lambda _: call(request), count=count, warm_up=10)


async def hedge_tick(address: str, count: int) -> Latencies:
    """A spot tick on HedgeSession to its decision, written to the audit log before it is answered."""
    latencies = Latencies()
    method = "/gexapi.v1.HedgeService/HedgeSession"
    async with grpc.aio.insecure_channel(address, channel_options()) as channel:
        call = channel.stream_stream(
            method,
            request_serializer=hedge_pb2.HedgeSessionRequest.SerializeToString,
            response_deserializer=hedge_pb2.HedgeSessionResponse.FromString,
        )()
        for number, message in zip(range(count + 50), requests.hedge_messages("bench"), strict=False):
            began = time.perf_counter()
            await call.write(message)
            answer = await call.read()
            took = time.perf_counter() - began
            if number and not (answer.HasField("decision") or answer.HasField("acknowledgement")):
                raise AssertionError(f"expected a decision, got {answer}")
            if number >= 50 and answer.HasField("decision"):
                latencies.took(took)
        await call.done_writing()
    return latencies


async def push(address: str, count: int) -> Latencies:
    """One way from the exposure that a tick made, encoded, to its reader: by the age that stands in it, of one clock.

    The next tick goes out once the last one was read, so that the push finds the machine awake, as in a market.
    """
    latencies = Latencies()
    async with AsyncClient(address) as client, grpc.aio.insecure_channel(address, channel_options()) as channel:
        kept = requests.chain(requests.SMALL, "PUSHED")
        await client.publish_chain(kept)
        began = kept.as_of.seconds * 1_000_000_000 + kept.as_of.nanos  # the quotes are of this instant
        stub = exposure_pb2_grpc.ExposureServiceStub(channel)
        watch = stub.WatchExposure(requests.sums_only("PUSHED"))
        await watch.read()
        call = channel.stream_stream("/gexapi.v1.ChainService/StreamUpdates")()
        tick = requests.ticks("pushed", "PUSHED")
        for number in range(count + 10):
            await call.write(next(tick))
            acknowledged = chain_pb2.StreamUpdatesResponse.FromString(await call.read())
            while (message := await watch.read()).revision < acknowledged.revision:
                pass
            age = time.time_ns() - began
            if number >= 10:
                latencies.took(1e-9 * age - message.exposure.provenance.staleness.quotes_age_seconds)
        watch.cancel()
        await call.done_writing()
    return latencies


async def push_after_silence(address: str, count: int) -> Latencies:
    """One way from the server's clock to the reader: heartbeats of a watch after 50 ms in which nothing happened."""
    latencies = Latencies()
    async with grpc.aio.insecure_channel(address, channel_options()) as channel:
        stub = exposure_pb2_grpc.ExposureServiceStub(channel)
        seen = 0
        async for message in stub.WatchExposure(requests.sums_only("NOTHING", heartbeat_seconds=0.05)):
            now = time.time_ns()
            at = message.heartbeat.at
            latencies.took((now - at.seconds * 1_000_000_000 - at.nanos) / 1e9)
            seen += 1
            if seen == count:
                return latencies
    raise AssertionError("the watch ended")


async def tick_to_watcher(address: str, count: int) -> Latencies:
    """A spot tick sent to the exposure of its revision read by a watcher: the whole loop with the computation in it."""
    latencies = Latencies()
    async with AsyncClient(address) as client, grpc.aio.insecure_channel(address, channel_options()) as channel:
        await client.publish_chain(requests.chain(requests.SMALL, "WATCHED"))
        stub = exposure_pb2_grpc.ExposureServiceStub(channel)
        watch = stub.WatchExposure(requests.sums_only("WATCHED"))
        await watch.read()
        call = channel.stream_stream("/gexapi.v1.ChainService/StreamUpdates")()
        tick = requests.ticks("watched", "WATCHED")
        for number in range(count + 10):
            message = next(tick)
            began = time.perf_counter()
            await call.write(message)
            acknowledged = chain_pb2.StreamUpdatesResponse.FromString(await call.read())
            while (await watch.read()).revision < acknowledged.revision:
                pass
            if number >= 10:
                latencies.took(time.perf_counter() - began)
        watch.cancel()
        await call.done_writing()
    return latencies


def temporary_audit() -> dict[str, object]:
    """Settings of a server whose audit log is on the memory disk where there is one, so that a disk is not measured."""
    folder = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None
    return {"audit_url": f"sqlite:///{Path(tempfile.mkdtemp(dir=folder)) / 'audit.db'}"}


def run(work: Awaitable[Latencies]) -> Latencies:
    """The result of a path that awaits, on the fast loop."""
    import uvloop

    async def main() -> Latencies:
        return await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main())
