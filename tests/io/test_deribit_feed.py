import json
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.calendar import instant
from gex.errors import SourceError
from gex.io.deribit_feed import DeribitFeed, QuoteUpdate, TradeUpdate
from tests.io.deribit_messages import book, change, notification, snapshot, trade

BOOK = "book.BTC-PERPETUAL.100ms"
TICKER = {
    "instrument_name": "BTC-25SEP20-9000-P", "timestamp": 1590103197805, "best_bid_price": 0.187, "best_bid_amount": 9.0,
    "best_ask_price": 0.0, "best_ask_amount": 0.0, "mark_price": 0.18949455, "mark_iv": 86.77, "underlying_price": 9184.06,
    "index_price": 9093.87, "open_interest": 337.1,
}  # fmt: skip


def fed(feed, *messages):
    return [feed.received(json.dumps(message)) for message in messages]


def test_a_connection_opens_with_a_heartbeat_and_its_subscriptions():
    feed = DeribitFeed([f"ticker.{number}.100ms" for number in range(700)] + ["ticker.0.100ms"])
    requests = [json.loads(message) for message in feed.opened()]
    assert [request["method"] for request in requests] == [
        "public/set_heartbeat",
        "public/subscribe",
        "public/subscribe",
    ]
    assert [len(request["params"].get("channels", [])) for request in requests] == [0, 500, 200]
    assert len({request["id"] for request in requests}) == 3


def test_a_test_request_is_answered_and_a_heartbeat_is_not():
    feed = DeribitFeed([BOOK])
    asked, beat = fed(
        feed,
        {"method": "heartbeat", "params": {"type": "test_request"}},
        {"method": "heartbeat", "params": {"type": "heartbeat"}},
    )
    assert [json.loads(reply)["method"] for reply in asked.replies] == ["public/test"]
    assert not beat.replies


def test_a_ticker_is_a_quote_and_a_price_of_zero_is_none():
    (step,) = fed(DeribitFeed(["ticker.x"]), notification("ticker.BTC-25SEP20-9000-P.100ms", TICKER))
    (update,) = step.updates
    assert isinstance(update, QuoteUpdate)
    assert (update.bid, update.ask, update.bid_size) == (0.187, None, 9.0)
    assert update.mark_vol == pytest.approx(0.8677)
    assert update.time == instant("2020-05-21T23:19:57.805")


def test_a_book_is_its_snapshot_and_the_changes_after_it():
    feed = DeribitFeed([BOOK])
    steps = fed(
        feed,
        snapshot(1),
        change(1, 2, [["new", 100.5, 2.0]], []),
        change(2, 3, [["delete", 100.5, 0.0], ["change", 100.0, 4.0]], [["delete", 101.0, 0.0]]),
    )
    tops = [(step.updates[0].bid, step.updates[0].bid_size, step.updates[0].ask) for step in steps]
    assert tops == [(100.0, 5.0, 101.0), (100.5, 2.0, 101.0), (100.0, 4.0, None)]


def test_a_gap_in_a_book_asks_for_a_snapshot_and_shows_nothing_until_it_comes():
    feed = DeribitFeed([BOOK])
    _, gap, stale, fresh, after = fed(
        feed,
        snapshot(1),
        change(5, 6, [["new", 100.5, 2.0]], []),
        change(6, 7, [["new", 100.6, 2.0]], []),
        snapshot(10),
        change(10, 11, [["new", 100.7, 1.0]], []),
    )
    assert [json.loads(reply)["method"] for reply in gap.replies] == ["public/unsubscribe", "public/subscribe"]
    assert not gap.updates
    assert not stale.updates
    assert not stale.replies
    assert fresh.updates[0].bid == 100.0
    assert after.updates[0].bid == 100.7
    assert feed.counts.book_gaps == 1


def test_trades_that_come_twice_count_once_and_missing_numbers_are_counted():
    feed = DeribitFeed(["trades.option.BTC.100ms"])
    steps = fed(feed, trade(1), trade(2), trade(2), trade(1), trade(5), trade(1, "BTC-30JAN26-99000-C"))
    assert [update.sequence for step in steps for update in step.updates] == [1, 2, 5, 1]
    assert all(isinstance(update, TradeUpdate) for step in steps for update in step.updates)
    assert (feed.counts.trades, feed.counts.duplicates, feed.counts.missing_trades) == (4, 2, 2)


def test_what_was_missed_while_away_is_counted_after_a_reconnect():
    feed = DeribitFeed(["trades.option.BTC.100ms"])
    feed.opened()
    fed(feed, trade(1))
    feed.opened()
    fed(feed, trade(4))
    assert feed.counts.missing_trades == 2


def test_a_request_refused_for_haste_is_sent_again_after_the_wait_asked_for():
    feed = DeribitFeed([BOOK])
    request = json.loads(feed.opened()[1])
    error = {"code": 10028, "message": "too_many_requests", "data": {"wait": 2}}
    (step,) = fed(feed, {"id": request["id"], "error": error})
    again = json.loads(step.replies[0])
    assert (again["method"], again["params"]) == (request["method"], request["params"])
    assert again["id"] != request["id"]
    assert step.wait_seconds == 2.0
    assert feed.counts.refused == 1


def test_no_channels_are_a_source_error():
    with pytest.raises(SourceError, match="channels"):
        DeribitFeed([])


def stream(first, last):
    """Book changes and trades number `first` to `last`, as bytes."""
    for number in range(first, last + 1):
        price = 90.0 + number % 50 / 10.0
        yield json.dumps(change(number - 1, number, [["new" if number % 3 else "delete", price, 1.0]], [])).encode()
        yield json.dumps(trade(number)).encode()


def test_five_thousand_updates_a_second_are_absorbed_with_nothing_lost():
    feed = DeribitFeed([BOOK, "trades.option.BTC.100ms"])
    feed.received(json.dumps(snapshot(0)))
    messages = list(stream(1, 25_000))  # ten seconds of 5,000 a second
    started = time.perf_counter()
    for message in messages:
        feed.received(message)
    assert time.perf_counter() - started < 10.0
    assert (feed.counts.trades, feed.counts.quotes) == (25_000, 25_001)
    assert feed.counts.missing_trades == feed.counts.book_gaps == feed.counts.duplicates == 0


def test_a_long_stream_leaves_no_memory_behind():
    feed = DeribitFeed([BOOK, "trades.option.BTC.100ms"])
    feed.received(json.dumps(snapshot(0)))
    sizes = []
    tracemalloc.start()
    for part in range(3):
        for message in stream(2_000 * part + 1, 2_000 * (part + 1)):
            feed.received(message)
        sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert sizes[2] - sizes[1] < 5_000  # bytes, for 4,000 messages


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(
    json_values,
    st.sampled_from([TICKER, trade(1)["params"]["data"][0], snapshot(1)["params"]["data"]]),
    st.data(),
)
def test_no_message_raises(value, good, data):
    feed = DeribitFeed([BOOK])
    field = data.draw(st.sampled_from([*good]))
    broken = good | {field: value}
    fed(
        feed,
        value,
        {"method": value, "params": value},
        {"id": value, "error": value},
        notification("ticker.x", broken),
        notification("trades.x", [broken, value]),
        notification("trades.x", value),
        book(broken),
        notification("book.x", value),
    )
    feed.received(b"\xff\xfe")
    assert feed.counts.messages == 9
