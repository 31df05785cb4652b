"""An open loop: calls begin when they are due, whether or not earlier ones have been answered.

A closed loop waits for the slow answer before it asks again, and so leaves out just the calls that would have waited
(coordinated omission). Here each call has its instant on a Poisson timetable made beforehand, and its latency counts from
that instant, also where the generator itself came late.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable

import grpc
import numpy as np

from benchmarks.latency.timeline import Latencies

SPIN = 0.002  # seconds before the due instant from which on the loop polls instead of sleeping: timers are that coarse


async def offer(
    call: Callable[[int], Awaitable[object]], *, rate: float, seconds: float, seed: int = 7, warm_up: float = 0.0
) -> Latencies:
    """Begin `rate` calls a second for `seconds` and wait for the last; calls of the first `warm_up` are not counted."""
    due = np.cumsum(np.random.default_rng(seed).exponential(1.0 / rate, int(1.2 * rate * seconds) + 50))
    due = due[due < seconds]
    latencies = Latencies()
    began = time.perf_counter() + 0.01
    pending: set[asyncio.Task[None]] = set()

    async def one(number: int, at: float) -> None:
        try:
            await call(number)
        except grpc.aio.AioRpcError as error:
            if at - began >= warm_up:
                latencies.failed(*told(error))
            return
        if at - began >= warm_up:
            latencies.took(time.perf_counter() - at)

    for number, offset in enumerate(due.tolist()):
        at = began + offset
        while (left := at - time.perf_counter()) > 0.0:
            await asyncio.sleep(left - SPIN if left > SPIN else 0.0)
        task = asyncio.create_task(one(number, at))
        pending.add(task)
        task.add_done_callback(pending.discard)
    if pending:
        await asyncio.wait(pending)
    return latencies


def told(error: grpc.aio.AioRpcError) -> tuple[str, str]:
    """What became of a call that was not answered: SHED or the name of its status, and the text of it."""
    said = error.details() or ""
    return ("SHED" if said.startswith("overloaded") else error.code().name), said


async def one_at_a_time(call: Callable[[int], Awaitable[object]], *, count: int, warm_up: int = 50) -> Latencies:
    """A closed loop of a single caller: what an unloaded server takes."""
    latencies = Latencies()
    for number in range(warm_up + count):
        began = time.perf_counter()
        await call(number)
        if number >= warm_up:
            latencies.took(time.perf_counter() - began)
    return latencies
