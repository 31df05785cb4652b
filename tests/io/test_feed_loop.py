"""The loop against a server of its own on this machine: cut connections, gaps, duplicates, refusals, silence."""

import asyncio

import pytest

websockets = pytest.importorskip("websockets")

from websockets.asyncio.client import connect  # noqa: E402
from websockets.exceptions import WebSocketException  # noqa: E402

from gex.io.deribit_feed import DeribitFeed, QuoteUpdate, TradeUpdate  # noqa: E402
from gex.io.feed_loop import LoopCounts, feed_updates  # noqa: E402
from tests.io.deribit_messages import change, snapshot, trade  # noqa: E402
from tests.io.deribit_server import Script, deribit_server  # noqa: E402

CHANNELS = ["book.BTC-PERPETUAL.100ms", "trades.option.BTC.100ms"]


async def collected(script, count, feed, counts):
    updates = []
    async with deribit_server(script) as address:
        loop = feed_updates(
            feed, lambda: connect(address), counts=counts, broken=(WebSocketException,), attempts=5, first_pause=0.01
        )
        async with asyncio.timeout(20):
            async for step in loop:
                updates.extend(step)
                if len(updates) >= count:
                    break
        await loop.aclose()
    return updates


async def test_updates_come_through_cut_connections_and_what_was_missed_is_counted():
    script = Script(plans=[[snapshot(1), trade(1), trade(2), "cut"], [snapshot(5), trade(2), trade(5), trade(6)]])
    feed, counts = DeribitFeed(CHANNELS), LoopCounts()
    updates = await collected(script, 6, feed, counts)
    assert [update.sequence for update in updates if isinstance(update, TradeUpdate)] == [1, 2, 5, 6]
    assert sum(isinstance(update, QuoteUpdate) for update in updates) == 2
    assert (feed.counts.duplicates, feed.counts.missing_trades) == (1, 2)
    assert counts.connections == 2
    assert counts.failures == 1
    assert script.subscriptions == [CHANNELS, CHANNELS]


async def test_a_gap_in_a_book_is_closed_by_a_new_snapshot_on_the_same_connection():
    script = Script(plans=[[snapshot(1), change(7, 8, [["new", 100.5, 1.0]], [])]])
    feed, counts = DeribitFeed(CHANNELS), LoopCounts()
    updates = await collected(script, 2, feed, counts)
    assert [update.bid for update in updates] == [100.0, 100.0]
    assert feed.counts.book_gaps == 1
    assert counts.connections == 1
    assert script.subscriptions == [CHANNELS, CHANNELS[:1]]


async def test_a_refused_subscription_is_repeated():
    script = Script(plans=[[trade(1)]], refuse_first_subscription=True)
    feed, counts = DeribitFeed(CHANNELS), LoopCounts()
    updates = await collected(script, 1, feed, counts)
    assert [update.sequence for update in updates] == [1]
    assert (feed.counts.refused, counts.connections) == (1, 1)


async def test_test_requests_are_answered():
    script = Script(plans=[[{"method": "heartbeat", "params": {"type": "test_request"}}, trade(1), trade(2), trade(3)]])
    await collected(script, 3, DeribitFeed(CHANNELS), LoopCounts())
    assert script.answers_to_test_requests == 1


async def test_a_silent_connection_is_given_up():
    script = Script(plans=[[], [trade(1)]])
    feed, counts = DeribitFeed(CHANNELS, heartbeat_seconds=1), LoopCounts()
    feed.heartbeat_seconds = 0.004  # a silence of 10 ms
    updates = await collected(script, 1, feed, counts)
    assert len(updates) == 1
    assert counts.silences >= 1


async def test_a_machine_without_network_gets_one_clear_error():
    feed = DeribitFeed(CHANNELS)
    loop = feed_updates(
        feed, lambda: connect("ws://127.0.0.1:9"), broken=(WebSocketException,), attempts=3, first_pause=0.001
    )
    with pytest.raises(ConnectionError, match="feed: no connection after 3 attempts"):
        await anext(loop)


async def test_thousands_of_updates_through_a_socket_lose_nothing():
    script = Script(plans=[[trade(number) for number in range(1, 5_001)]])
    feed = DeribitFeed(CHANNELS)
    updates = await collected(script, 5_000, feed, LoopCounts())
    assert [update.sequence for update in updates] == list(range(1, 5_001))
    assert feed.counts.missing_trades == feed.counts.duplicates == 0
