"""A listing and the updates after it are the chain that a new listing would be."""

import json

import numpy as np
import pytest

from gex.errors import SourceError
from gex.io.deribit import parse_chain
from gex.io.deribit_feed import DeribitFeed
from gex.io.live_chain import LiveChain
from tests.io.deribit_messages import trade
from tests.io.live_records import FORWARD, LISTED_AT, listing, ticker

NAME = "BTC-30JAN26-95000-C"


def updates_of(*messages):
    feed = DeribitFeed(["ticker"])
    return [update for message in messages for update in feed.received(json.dumps(message)).updates]


def row_of(live, name=NAME):
    return live.instruments.index(name)


def test_a_listing_without_updates_is_the_chain_that_its_reader_makes_of_it():
    live, parsed = LiveChain("BTC", json.dumps({"result": listing()})), parse_chain(json.dumps({"result": listing()}))
    chain = live.chain()
    assert chain.quotes.expiries == parsed.quotes.expiries
    assert chain.quotes.spot == parsed.quotes.spot == FORWARD
    for name, column in parsed.quotes.columns().items():
        np.testing.assert_array_equal(getattr(chain.quotes, name), column)


def test_an_update_changes_its_option_and_no_other():
    live = LiveChain("BTC", json.dumps(listing()))
    before = live.chain().quotes
    greeks = {"delta": 0.51, "gamma": 2e-5}
    changed = live.apply(updates_of(ticker(NAME, 250, 0.05, None, open_interest=107.0, greeks=greeks)))
    after, row = live.chain().quotes, row_of(live)
    assert changed == live.change_count - 1 == 1
    assert (after.bid[row], after.open_interest[row]) == (0.05, 107.0)
    assert np.isnan(after.ask[row])
    assert (after.source_vol[row], after.source_delta[row], after.source_gamma[row]) == (0.5, 0.51, 2e-5)
    assert after.as_of == np.datetime64(LISTED_AT + 250, "ms")
    others = np.arange(len(after)) != row
    np.testing.assert_array_equal(after.bid[others], before.bid[others])
    np.testing.assert_array_equal(after.quoted_at[others], before.quoted_at[others])


def test_the_spot_is_the_newest_index_not_a_vote_of_old_ones():
    live = LiveChain("BTC", json.dumps(listing()))
    live.apply(updates_of(ticker(NAME, 100, 0.05, 0.06, index_price=95_123.0)))
    live.apply(updates_of(ticker("BTC-30JAN26-90000-C", 50, 0.05, 0.06, index_price=90_000.0)))
    assert live.chain().quotes.spot == 95_123.0


def test_an_older_update_and_one_of_an_unlisted_option_change_nothing():
    live = LiveChain("BTC", json.dumps(listing()))
    updates = updates_of(
        ticker(NAME, 250, 0.05, 0.06), ticker(NAME, 249, 0.01, 0.02), ticker("BTC-PERPETUAL", 1, 1.0, 2.0)
    )
    assert live.apply(updates) == 1
    assert live.chain().quotes.bid[row_of(live)] == 0.05


def test_a_trade_is_the_last_price():
    live = LiveChain("BTC", json.dumps(listing()))
    assert live.apply(updates_of(trade(1), trade(2))) == 2
    assert live.chain().quotes.last[row_of(live)] == 0.0125


def test_a_new_listing_forgets_what_left_it_and_keeps_newer_quotes():
    live = LiveChain("BTC", json.dumps(listing()))
    live.apply(updates_of(ticker(NAME, 250, 0.05, 0.06)))
    assert not live.relist(json.dumps(listing()))
    assert live.chain().quotes.bid[row_of(live)] == 0.05
    assert live.relist(json.dumps(listing(expiries={"30JAN26": 24.9, "26JUN26": 171.9})))
    assert [str(expiry.date) for expiry in live.chain().quotes.expiries] == ["2026-01-30", "2026-06-26"]
    assert live.chain().quotes.bid[row_of(live)] == 0.05


def test_records_taken_are_not_changed_by_later_updates():
    live = LiveChain("BTC", json.dumps(listing()))
    taken = live.records()
    live.apply(updates_of(ticker(NAME, 250, 0.05, 0.06)))
    assert "timestamp" not in taken[row_of(live)]


@pytest.mark.parametrize("payload", ["[]", '[{"instrument_name": "ETH-30JAN26-3000-C"}]', "once", '{"result": []}'])
def test_a_listing_without_our_options_is_refused(payload):
    with pytest.raises(SourceError):
        LiveChain("BTC", payload)
