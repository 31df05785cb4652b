"""A subscriber that stops reading: how far behind it is when it reads again, and what it cost the server's memory."""

import asyncio
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
from gex_client.channel import channel_options
from gexapi.v1 import chain_pb2, chain_pb2_grpc, exposure_pb2

from benchmarks.latency import requests

NAME = "STALLED"


@dataclass(frozen=True, kw_only=True)
class Stalled:
    """After so many ticks that nobody read: messages on the way that the newest could not take the place of."""

    ticks: int
    messages_behind: int
    grown_mebibytes: float  # resident memory of the server, against as many ticks without a subscriber before


async def stalled(address: str, process: int, *, ticks: int = 400) -> Stalled:
    """Tick without a subscriber, then with one that does not read, then let it read to the last revision."""
    options = [*channel_options(), ("grpc.channel_id", 1)]
    async with (
        grpc.aio.insecure_channel(address, channel_options()) as channel,
        grpc.aio.insecure_channel(address, options) as other,
    ):
        stub = chain_pb2_grpc.ChainServiceStub(channel)
        await stub.PublishChain(requests.publish_request(requests.SMALL, NAME))
        stream = channel.stream_stream("/gexapi.v1.ChainService/StreamUpdates")()
        tick = requests.ticks("stalled", NAME)

        async def ticked(count: int) -> int:
            revision = 0
            for _ in range(count):
                await stream.write(next(tick))
                revision = chain_pb2.StreamUpdatesResponse.FromString(await stream.read()).revision
            return revision

        await ticked(ticks)
        before = _resident(process)
        watch = requests.sums_only(NAME).SerializeToString()
        reads = other.unary_stream("/gexapi.v1.ExposureService/WatchExposure")(watch)
        await reads.read()
        last = await ticked(ticks)
        await asyncio.sleep(0.3)
        grown = _resident(process) - before
        behind = 0
        while (raw := await reads.read()) is not grpc.aio.EOF:
            message = exposure_pb2.WatchExposureResponse.FromString(raw)
            if message.HasField("exposure"):
                if message.revision >= last:
                    break
                behind += 1
        reads.cancel()
        await stream.done_writing()
    return Stalled(ticks=ticks, messages_behind=behind, grown_mebibytes=grown / 2**20)


def _resident(process: int) -> int:
    """Bytes."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))
