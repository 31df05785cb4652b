"""Ask a real server malformed questions on every call, and look at what it says and what it keeps."""

import asyncio
import collections
import random
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor

from tests.server.fuzzing import ALL, malformed, parsed, seeds

# What a bad question may be told: INTERNAL, UNKNOWN, UNAVAILABLE, CANCELLED or no answer in time are defects. ABORTED is
# another revision than the expected one, UNIMPLEMENTED a field or value that this server does not know.
RIGHT = {
    "OK",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "FAILED_PRECONDITION",
    "OUT_OF_RANGE",
    "RESOURCE_EXHAUSTED",
    "ABORTED",
    "UNIMPLEMENTED",
}
AT_ONCE = 8
SECONDS = 60.0
WAITING = 0.05  # deadline of a question that waits for a revision which never comes
SILENCE = 3.0  # a stream that says nothing for so long after a message is alive: it waits for what was asked


Counts = dict[str, collections.Counter[str]]


async def fuzz(address: str, count: int, seed: int = 7, only: tuple[str, ...] = ()) -> tuple[Counts, list[str]]:
    """Statuses by call after `count` malformed messages on each, and the defects that were seen, described."""
    counts: Counts = {}
    defects: list[str] = []
    async with grpc.aio.insecure_channel(address, [("grpc.max_receive_message_length", -1)]) as channel:
        for name, example in seeds().items():
            if only and name not in only:
                continue
            method, chance = ALL[name], random.Random(f"{seed} {name}")
            messages, statuses = malformed(method, example, count, chance), collections.Counter[str]()

            async def ask(
                method: MethodDescriptor = method, messages: Any = messages, statuses: Any = statuses
            ) -> None:
                for raw in messages:
                    message = parsed(method, raw)
                    is_message, waits = message is not None, _waits(message)
                    status = await _status(channel, method, raw, WAITING if waits else SECONDS)
                    statuses[status] += 1
                    is_right = status in RIGHT or (waits and status == "DEADLINE_EXCEEDED")
                    if not is_right or (not is_message and status != "INVALID_ARGUMENT"):
                        defects.append(f"{method.name}: {status} ({'message' if is_message else 'noise'}): {raw.hex()}")

            await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
            counts[name] = statuses
    return counts, defects


async def _status(channel: grpc.aio.Channel, method: MethodDescriptor, raw: bytes, seconds: float) -> str:
    """The status that one message gets; of a stream the status of its end, OK where it answers or waits."""
    path = f"/{method.containing_service.full_name}/{method.name}"
    try:
        if not method.server_streaming:
            await channel.unary_unary(path)(raw, timeout=seconds)
            return "OK"
        call: Any
        if method.client_streaming:
            call = channel.stream_stream(path)(timeout=seconds)
            await call.write(raw)
            await call.done_writing()
        else:
            call = channel.unary_stream(path)(raw, timeout=seconds)
        try:
            async with asyncio.timeout(SILENCE):
                await call.read()
                if method.client_streaming:
                    while await call.read() is not grpc.aio.EOF:
                        pass
        except TimeoutError:
            return "OK"
        finally:
            call.cancel()
    except grpc.aio.AioRpcError as error:
        return error.code().name
    except asyncio.InvalidStateError:  # the stream ended while it was written to
        return (await call.code()).name
    return "OK"


def resident_mebibytes(process: int) -> float:
    """Resident memory of a process."""
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024.0
    raise AssertionError("no such process")


def _waits(message: Any) -> bool:
    """True for a question that waits until its revision is kept."""
    return (
        message is not None and "min_revision" in message.DESCRIPTOR.fields_by_name and message.HasField("min_revision")
    )
