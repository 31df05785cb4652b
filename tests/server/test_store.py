import asyncio
import threading

import numpy as np
import pytest
from gex_server.errors import RevisionConflictError
from gex_server.store import MarketStore

from gex.errors import TooLargeError, UnknownUnderlyingError
from gex.sample import sample_chain

CHAIN = sample_chain(option_count=100).parsed
COIN = sample_chain(kind="crypto", option_count=100).parsed
NOW = np.datetime64("2026-01-02T03:04:05", "ns")


def publish(store, chain=CHAIN, **options):
    return store.publish(chain, published_at=NOW, **options)


def test_revisions_grow_by_one_each_underlying_on_its_own():
    store = MarketStore()
    assert [publish(store).revision, publish(store).revision, publish(store, COIN).revision] == [1, 2, 1]
    assert [s.underlying for s in store.snapshots()] == ["BTC", "SPX"]
    assert store.snapshot("SPX").published_at == NOW


def test_what_a_reader_holds_never_changes():
    store = MarketStore()
    first = publish(store)
    held = store.snapshots()
    publish(store)
    assert held == (first,)
    assert first.revision == 1
    assert not first.parsed.quotes.strike.flags.writeable


def test_an_unknown_underlying_is_named():
    with pytest.raises(UnknownUnderlyingError, match="'X'"):
        MarketStore().snapshot("X")


def test_a_publish_that_expects_another_revision_changes_nothing():
    store = MarketStore()
    publish(store, expected_revision=0)
    with pytest.raises(RevisionConflictError, match="expected revision 5, kept is 1"):
        publish(store, expected_revision=5)
    assert store.snapshot("SPX").revision == 1


def test_one_underlying_more_than_the_limit_is_refused():
    store = MarketStore(limit=1)
    publish(store)
    with pytest.raises(TooLargeError, match="BTC"):
        publish(store, COIN)
    assert publish(store).revision == 2


async def test_a_waiter_gets_the_latest_and_skips_what_was_between():
    store = MarketStore()
    waiting = asyncio.create_task(store.wait_newer("SPX", 0))
    await asyncio.sleep(0)
    for _ in range(3):
        publish(store)
    assert (await asyncio.wait_for(waiting, 5)).revision == 3
    assert (await store.wait_newer("SPX", 2)).revision == 3


async def test_a_waiter_is_woken_from_another_thread_and_leaves_nothing_behind():
    store = MarketStore()
    waiting = [asyncio.create_task(store.wait_newer("SPX", 0)) for _ in range(5)]
    abandoned = asyncio.create_task(store.wait_newer("BTC", 0))
    await asyncio.sleep(0.01)
    abandoned.cancel()
    thread = threading.Thread(target=publish, args=(store,))
    thread.start()
    assert [s.revision for s in await asyncio.wait_for(asyncio.gather(*waiting), 5)] == [1] * 5
    thread.join()
    with pytest.raises(asyncio.CancelledError):
        await abandoned
    assert store._waiting == {}


def test_writers_in_many_threads_lose_no_revision():
    store = MarketStore()
    threads = [threading.Thread(target=lambda: [publish(store) for _ in range(50)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.snapshot("SPX").revision == 200
