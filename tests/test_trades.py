import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.calendar import instant, settlement_instant
from gex.contracts import Expiry
from gex.roots import contract_spec
from gex.trades import SignSource, Trades, customer_flow, quote_signs, quotes_before, signed_trades, tick_signs

NAN = np.nan


@pytest.mark.parametrize(
    ("price", "bid", "ask", "side"),
    [
        (2.15, 2.0, 2.2, 1),
        (2.05, 2.0, 2.2, -1),
        (2.10, 2.0, 2.2, 0),  # at the mid; 0.5 * (2.0 + 2.2) is not 2.10 in binary
        (2.20, 2.0, 2.2, 1),
        (2.30, 2.0, 2.2, 1),  # through the ask
        (1.90, 2.0, 2.2, -1),
        (0.05, NAN, 0.05, 1),  # no bid, at the ask
        (0.05, NAN, 0.10, 0),
        (0.10, 0.10, NAN, -1),
        (2.10, NAN, NAN, 0),
        (2.10, 2.2, 2.0, 0),  # crossed quotes say nothing
        (2.00, 2.0, 2.0, 0),  # locked: both sides at once
    ],
)
def test_a_trade_is_signed_by_the_quotes_before_it(price, bid, ask, side):
    assert quote_signs(*(np.array([value]) for value in (price, bid, ask))).tolist() == [side]


def test_the_tick_rule_looks_at_the_last_different_price_of_the_same_contract():
    price = np.array([2.0, 5.0, 2.1, 2.1, 5.0, 2.0, 4.9, 2.0])
    contract = np.array([0, 1, 0, 0, 1, 0, 1, 0])
    assert tick_signs(price, contract).tolist() == [0, 0, 1, 1, 0, -1, -1, -1]


def test_the_venue_comes_before_the_quotes_and_the_quotes_before_the_tick():
    price, bid, ask = np.array([2.0, 2.15, 2.1, 2.1]), np.full(4, 2.0), np.full(4, 2.2)
    signs = signed_trades(price, bid, ask, np.zeros(4, int), venue_side=np.array([1, 0, 0, -1], np.int8))
    assert signs.side.tolist() == [1, 1, -1, -1]
    assert signs.source.tolist() == [SignSource.VENUE, SignSource.QUOTE, SignSource.TICK, SignSource.VENUE]
    first = signed_trades(price[2:3], bid[2:3], ask[2:3], np.zeros(1, int))
    assert (first.side.tolist(), first.source.tolist()) == ([0], [SignSource.NONE])


@given(st.lists(st.sampled_from([1.0, 1.1, 1.2]), min_size=1, max_size=20))
def test_turning_prices_around_turns_every_tick_sign_around(prices):
    price = np.array(prices)
    contract = np.zeros(len(price), int)
    assert tick_signs(price, contract).tolist() == (-tick_signs(-price, contract)).tolist()


@given(
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), max_size=12),
    st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), max_size=12),
    st.integers(0, 3),
)
def test_the_quote_before_a_trade_is_the_latest_earlier_one_of_its_contract(trades, quotes, lag):
    def columns(rows):
        return np.array([row[0] for row in rows], "datetime64[ns]"), np.array([row[1] for row in rows], int)

    found = quotes_before(*columns(trades), *columns(quotes), lag=np.timedelta64(lag, "ns"))
    for (time, contract), row in zip(trades, found.tolist(), strict=True):
        earlier = [at for at, code in quotes if code == contract and at < time - lag]
        assert (row < 0) == (not earlier)
        if earlier:
            assert quotes[row] == (max(earlier), contract)


def trades(**changes):
    spec, date = contract_spec("BTC"), dt.date(2026, 1, 30)
    expiry = Expiry(contract=spec, date=date, settles_at=settlement_instant(spec, date))
    columns = {
        "time": np.array(["2026-01-05T10:00"] * 5, "datetime64[ns]"),
        "expiry": np.zeros(5, int),
        "strike": np.array([90e3, 90e3, 90e3, 95e3, 95e3]),
        "right": np.array([1, 1, -1, 1, 1]),
        "price": np.full(5, 0.02),
        "contracts": np.array([10.0, 4.0, 5.0, 2.0, 3.0]),
        "side": np.array([1, -1, 1, 0, 1]),
        "is_block": np.array([False, True, False, False, False]),
        "is_combo": np.array([False, False, False, False, True]),
    }
    return Trades(underlying="BTC", expiries=(expiry,), **columns | changes)


def test_flow_is_bought_less_sold_and_nothing_is_lost():
    flow = customer_flow(trades())
    assert list(zip(flow.strike.tolist(), flow.right.tolist(), strict=True)) == [(90e3, 1), (90e3, -1), (95e3, 1)]
    assert flow.net_contracts.tolist() == [6.0, 5.0, 0.0]
    assert flow.signed_contracts.tolist() == [14.0, 5.0, 0.0]
    assert flow.unsigned_contracts.tolist() == [0.0, 0.0, 5.0]  # one without a side, one leg of a combo
    assert flow.signed_contracts.sum() + flow.unsigned_contracts.sum() == trades().contracts.sum()


def test_blocks_and_combos_count_as_asked():
    assert customer_flow(trades(), count_blocks=False).net_contracts.tolist() == [10.0, 5.0, 0.0]
    assert customer_flow(trades(), count_combos=True).net_contracts.tolist() == [6.0, 5.0, 3.0]


def test_no_trades_are_no_flow():
    assert len(customer_flow(trades().where(np.zeros(5, bool)))) == 0
    assert instant("2026-01-05T10:00") == trades().time[0]
