import asyncio
import threading
import time

import numpy as np
import pytest
from gex_server.analyses import Analyses, SingleFlight
from gex_server.computing import KernelPool
from gex_server.deadlines import Deadline
from gex_server.errors import DeadlineError, NotBuiltError, OverloadedError
from gex_server.metrics import KeptFacts, Metrics
from gex_server.state.journal import JournalHealth
from gex_server.store import MarketStore
from gexapi.v1 import exposure_pb2

from gex.cleaning import clean
from gex.errors import InputError
from gex.sample import sample_chain

CHAIN = sample_chain(option_count=100).parsed


def snapshot(store=None):
    store = store or MarketStore()
    return store.publish(clean(CHAIN), published_at=np.datetime64("2026-01-01", "ns"))


async def test_the_first_who_asks_computes_and_the_others_wait_for_it():
    flight, count, gate = SingleFlight(8), 0, asyncio.Event()

    async def compute():
        nonlocal count
        count += 1
        await gate.wait()
        return object()

    asked = [asyncio.create_task(flight.get("key", compute)) for _ in range(10)]
    await asyncio.sleep(0)
    gate.set()
    values = await asyncio.gather(*asked)
    assert count == 1
    assert len({id(value) for value in values}) == 1
    assert await flight.get("key", compute) is values[0]


async def test_a_failure_is_told_to_all_who_wait_and_not_remembered():
    flight, count = SingleFlight(8), 0

    async def compute():
        nonlocal count
        count += 1
        await asyncio.sleep(0)
        if count == 1:
            raise InputError("no")
        return count

    outcomes = await asyncio.gather(*[flight.get("key", compute) for _ in range(3)], return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [InputError] * 3
    assert await flight.get("key", compute) == 2


async def test_work_goes_on_when_the_one_who_began_it_leaves():
    flight, gate = SingleFlight(8), asyncio.Event()

    async def compute():
        await gate.wait()
        return 7

    first = asyncio.create_task(flight.get("key", compute))
    second = asyncio.create_task(flight.get("key", compute))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    gate.set()
    assert await second == 7


async def test_the_least_recently_asked_for_goes_first():
    flight = SingleFlight(2)
    computed = []

    def compute(name):
        async def work():
            computed.append(name)
            return name

        return work

    for name in ("a", "b", "a", "c", "a", "b"):
        await flight.get(name, compute(name))
        await asyncio.sleep(0)
    assert computed == ["a", "b", "c", "b"]
    assert len(flight) == 2


def pool(**changed):
    return KernelPool(**({"cores": 1, "waiting_limit": 4, "inline_rows": 0} | changed))


async def test_short_work_runs_in_place_and_long_work_in_a_thread():
    kernels = pool(inline_rows=10)
    assert await kernels.run(threading.current_thread, rows=10) is threading.current_thread()
    assert await kernels.run(threading.current_thread, rows=11) is not threading.current_thread()


async def test_work_that_cannot_begin_in_time_is_not_begun():
    kernels, begun = pool(), []
    slow = asyncio.create_task(kernels.run(lambda: time.sleep(0.2), rows=1))
    await asyncio.sleep(0)
    with pytest.raises(DeadlineError):
        await kernels.run(lambda: begun.append(1), rows=1, deadline=Deadline.after(0.05))
    with pytest.raises(DeadlineError):
        await kernels.run(lambda: begun.append(1), rows=1, deadline=Deadline.after(-1.0))
    await slow
    assert begun == []


async def test_more_work_than_can_wait_is_shed_and_taken_again_later():
    kernels, gate = pool(waiting_limit=2), threading.Event()
    running = [asyncio.create_task(kernels.run(gate.wait, rows=1)) for _ in range(2)]
    await asyncio.sleep(0.01)
    with pytest.raises(OverloadedError):
        await kernels.run(gate.wait, rows=1)
    gate.set()
    await asyncio.gather(*running)
    await asyncio.sleep(0.01)
    assert await kernels.run(lambda: 5, rows=1) == 5


async def test_work_is_shed_while_the_first_in_the_queue_waits_too_long():
    kernels, gate = pool(waiting_limit=100, longest_wait=0.02), threading.Event()
    running = asyncio.create_task(kernels.run(gate.wait, rows=1))
    first = asyncio.create_task(kernels.run(lambda: "first", rows=1))
    abandoned = asyncio.create_task(kernels.run(lambda: "abandoned", rows=1))
    await asyncio.sleep(0.03)
    with pytest.raises(OverloadedError, match="the first in the queue has waited for"):
        await kernels.run(lambda: "late", rows=1)
    first.cancel()
    abandoned.cancel()
    await asyncio.sleep(0.01)  # nobody waits any more: what comes now is in time
    last = asyncio.create_task(kernels.run(lambda: "last", rows=1))
    await asyncio.sleep(0)
    gate.set()
    assert await last == "last"
    await running


async def test_work_is_shed_that_would_wait_too_long_by_what_such_work_took_lately():
    kernels, gate = pool(waiting_limit=100, longest_wait=0.15), threading.Event()
    for _ in range(3):
        await kernels.run(lambda: time.sleep(0.1), rows=1_000)
    assert kernels.expected_wait() == 0.0
    running = asyncio.create_task(kernels.run(gate.wait, rows=1_000))
    await asyncio.sleep(0.01)
    first = asyncio.create_task(kernels.run(lambda: "first", rows=1_000))
    await asyncio.sleep(0)
    assert kernels.expected_wait() > 0.15  # the rest of one, and another
    with pytest.raises(OverloadedError, match="work that came now would wait for"):
        await kernels.run(lambda: "second", rows=1)
    gate.set()
    assert await first == "first"
    await running
    assert kernels.expected_wait() == 0.0


async def test_what_is_measured_is_told():
    metrics = Metrics()
    kernels = pool(metrics=metrics)
    analyses = Analyses(kernels, size=8, metrics=metrics)
    await analyses.exposure(snapshot(), exposure_pb2.ExposureSettings())
    await asyncio.sleep(0.01)
    for stage in ("fit", "spot", "exposure"):
        assert metrics.registry.get_sample_value("gex_stage_seconds_count", {"stage": stage}) == 1.0, stage
    assert metrics.registry.get_sample_value("gex_kernel_wait_seconds_count") == 2.0
    facts = analyses.surface_facts("SPX")
    assert sum(count for _, count in facts.rungs) > 0
    metrics.watch(
        lambda: [KeptFacts(underlying="SPX", revision=3, age_seconds=1.5, surface_age_seconds=2.5, rungs=facts.rungs)],
        lambda: 1,
        lambda: JournalHealth(is_kept=True, failure="full", failed_seconds=4.0, waiting_count=7, size=9),
    )
    told = metrics.registry.get_sample_value
    assert told("gex_surface_age_seconds", {"underlying": "SPX"}) == 2.5
    name, count = facts.rungs[0]
    assert told("gex_surface_slices", {"underlying": "SPX", "rung": name}) == count
    assert (told("gex_state_failed_seconds"), told("gex_state_waiting"), told("gex_state_bytes")) == (4.0, 7.0, 9.0)


async def test_an_abandoned_caller_still_counts_until_its_work_is_done():
    kernels, gate = pool(waiting_limit=1), threading.Event()
    abandoned = asyncio.create_task(kernels.run(gate.wait, rows=1))
    await asyncio.sleep(0.01)
    abandoned.cancel()
    await asyncio.sleep(0)
    with pytest.raises(OverloadedError):
        await kernels.run(gate.wait, rows=1)
    gate.set()


async def test_an_exposure_is_encoded_once_for_equal_settings_and_anew_for_a_new_revision():
    store = MarketStore()
    one, analyses = snapshot(store), Analyses(pool(), size=8)
    settings = exposure_pb2.ExposureSettings(omit_map=True)
    first, second = await asyncio.gather(analyses.exposure(one, settings), analyses.exposure(one, settings))
    assert first is second
    answer = exposure_pb2.GetExposureResponse.FromString(first)
    assert (answer.revision, answer.underlying, answer.books[0].HasField("map")) == (1, "SPX", False)
    newer = exposure_pb2.GetExposureResponse.FromString(await analyses.exposure(snapshot(store), settings))
    assert newer.revision == 2


async def test_a_new_revision_lets_go_of_what_was_computed_of_the_old_ones():
    store, settings = MarketStore(), exposure_pb2.ExposureSettings()
    analyses = Analyses(pool(), size=1_000)
    for _ in range(5):
        await analyses.exposure(snapshot(store), settings)
        await asyncio.sleep(0)
    assert (len(analyses._analyses), len(analyses._answers)) == (1, 1)


async def test_an_unbuilt_setting_is_refused_before_anything_is_computed():
    analyses = Analyses(pool(), size=8)
    with pytest.raises(NotBuiltError, match=r"settings\.analysis\.events"):
        await analyses.exposure(snapshot(), exposure_pb2.ExposureSettings(analysis={"events": [{}]}))
