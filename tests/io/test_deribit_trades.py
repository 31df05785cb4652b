import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.calendar import instant
from gex.errors import GexError, SourceError
from gex.io.deribit_trades import parse_trades
from gex.quotes import RejectReason
from gex.trades import SignSource

TRADE = {
    "trade_seq": 7,
    "trade_id": "101",
    "timestamp": 1767607887551,
    "tick_direction": 1,
    "price": 0.0125,
    "mark_price": 0.0123,
    "iv": 44.1,
    "instrument_name": "BTC-30JAN26-95000-C",
    "index_price": 92791.88,
    "direction": "buy",
    "amount": 2.5,
}
LATER = TRADE | {"trade_id": "102", "timestamp": 1767607890000, "direction": "sell", "block_trade_id": "B-1"}
LEG = TRADE | {"trade_id": "103", "timestamp": 1767607880000, "combo_id": "BTC-CS-30JAN26-95000_99000"}


def answer(*trades):
    return json.dumps({"jsonrpc": "2.0", "result": {"trades": list(trades), "has_more": False}})


def test_trades_come_in_order_of_time_with_the_takers_side_and_their_flags():
    read = parse_trades(answer(TRADE, LATER, LEG))
    trades = read.trades
    assert (trades.underlying, read.row_count, len(read.rejects)) == ("BTC", 3, 0)
    assert trades.time[1] == instant("2026-01-05T10:11:27.551")
    assert trades.side.tolist() == [1, 1, -1]
    assert trades.sign_source.tolist() == [SignSource.VENUE] * 3
    assert trades.is_combo.tolist() == [True, False, False]
    assert trades.is_block.tolist() == [False, False, True]
    assert trades.contracts.tolist() == [2.5] * 3
    assert trades.expiries[0].settles_at == instant("2026-01-30T08:00")


def test_amounts_of_linear_classes_become_contracts():
    trade = TRADE | {"instrument_name": "SOL_USDC-30JAN26-150-C", "amount": 40.0}
    assert parse_trades(answer(trade)).trades.contracts.tolist() == [4.0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"trade_id": "102"}, RejectReason.DUPLICATE),
        ({"instrument_name": "BTC-PERPETUAL"}, RejectReason.MALFORMED),
        ({"instrument_name": "ETH-30JAN26-3000-C"}, RejectReason.OTHER_UNDERLYING),
        ({"timestamp": None}, RejectReason.MALFORMED),
        ({"price": 0}, RejectReason.BAD_PRICE),
        ({"amount": -1}, RejectReason.BAD_PRICE),
        ({"amount": "much"}, RejectReason.BAD_PRICE),
    ],
)
def test_a_row_that_is_no_trade_is_refused_for_its_reason(change, reason):
    read = parse_trades(answer(LATER, LEG, TRADE | change))
    assert read.rejects.counts() == {reason: 1}
    assert read.rejects.row.tolist() == [2]
    assert len(read.trades) == 2


def test_a_trade_without_a_direction_has_no_side():
    trades = parse_trades(answer(TRADE | {"direction": "zero"})).trades
    assert (trades.side.tolist(), trades.sign_source.tolist()) == ([0], [SignSource.NONE])


@pytest.mark.parametrize("payload", ["", "{}", "[]", answer(), answer({"instrument_name": "BTC-PERPETUAL"})])
def test_a_payload_without_option_trades_is_a_source_error(payload):
    with pytest.raises(SourceError):
        parse_trades(payload)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from([*TRADE]), st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8))
def test_any_value_in_any_field_leaves_trades_or_a_gex_error(field, value):
    try:
        read = parse_trades(answer(LATER, TRADE | {field: value}))
    except GexError:
        return
    assert read.row_count == len(read.trades) + len(read.rejects) == 2
    assert np.isfinite(read.trades.price).all()
