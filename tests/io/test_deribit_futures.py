import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.calendar import instant
from gex.contracts import Payoff
from gex.errors import GexError, SourceError, SymbolError
from gex.io.deribit_futures import future_settlement, parse_futures, parse_instruments
from gex.quotes import RejectReason

PERPETUAL = {
    "instrument_name": "BTC-PERPETUAL",
    "timestamp": 1767607887551,
    "best_bid_price": 92790.0,
    "best_ask_price": 92790.5,
    "mark_price": 92791.2,
    "index_price": 92785.2,
    "funding_8h": 0.00002,
    "open_interest": 1.0e9,
}
DATED = {"instrument_name": "BTC-25SEP26", "creation_timestamp": 1767607887551, "bid_price": None, "ask_price": 94000.0}
OPTION = {
    "instrument_name": "BTC-25SEP26-90000-P",
    "kind": "option",
    "instrument_type": "reversed",
    "settlement_currency": "BTC",
    "contract_size": 1.0,
    "min_trade_amount": 0.1,
    "tick_size": 0.0001,
    "tick_size_steps": [{"above_price": 0.005, "tick_size": 0.0005}],
    "expiration_timestamp": 1790323200000,
    "strike": 90000.0,
    "maker_commission": 0.0003,
    "taker_commission": 0.0003,
}
FUTURE = {
    "instrument_name": "BTC-PERPETUAL",
    "kind": "future",
    "instrument_type": "reversed",
    "contract_size": 10.0,
    "min_trade_amount": 10,
    "tick_size": 0.5,
    "expiration_timestamp": 32503708800000,
}


def test_quotes_of_futures_find_their_columns():
    read = parse_futures(json.dumps([PERPETUAL, DATED]))
    quotes = read.quotes
    assert quotes.instruments == ("BTC-PERPETUAL", "BTC-25SEP26")
    assert np.isnat(quotes.settles_at[0])
    assert quotes.settles_at[1] == instant("2026-09-25T08:00")
    np.testing.assert_array_equal(quotes.bid, [92790.0, np.nan])
    np.testing.assert_array_equal(quotes.ask, [92790.5, 94000.0])
    np.testing.assert_array_equal(quotes.funding_8h, [0.00002, np.nan])


def test_options_among_futures_are_counted_not_lost():
    read = parse_futures(json.dumps([PERPETUAL, OPTION]))
    assert (len(read.quotes), read.row_count) == (1, 2)
    assert read.rejects.counts() == {RejectReason.MALFORMED: 1}


def test_listed_instruments_have_the_terms_of_the_exchange():
    option, perpetual = parse_instruments(json.dumps({"result": [OPTION, FUTURE]}))
    assert option.option is not None
    assert (option.option.strike, option.payoff, option.settlement_currency) == (90000.0, Payoff.INVERSE, "BTC")
    assert option.settles_at == instant("2026-09-25T08:00")
    assert option.ticks == ((0.0, 0.0001), (0.005, 0.0005))
    assert (option.maker_fee, option.taker_fee) == (0.0003, 0.0003)
    assert (perpetual.option, perpetual.settles_at, perpetual.contract_size) == (None, None, 10.0)
    assert np.isnan(perpetual.maker_fee)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"instrument_name": "BTC-25SEP26"}, "record 0, BTC-25SEP26: symbol: expected"),
        ({"expiration_timestamp": 1790323200001}, "expected expiration_timestamp 2026-09-25T08:00"),
        ({"strike": 91000.0}, "expected strike 90000.0, got 91000.0"),
        ({"contract_size": 0}, "expected a positive contract_size, got 0"),
        ({"tick_size": None}, "expected a positive tick_size, got None"),
        ({"tick_size_steps": [3]}, "expected objects in tick_size_steps"),
    ],
)
def test_terms_that_contradict_the_name_are_refused(change, message):
    with pytest.raises(SourceError, match=message):
        parse_instruments(json.dumps([OPTION | change]))


@pytest.mark.parametrize("name", ["BTC", "BTC-25SEP26-90000-P", "BTC-32SEP26", "BTC-25XXX26", "btc-perpetual", ""])
def test_what_names_no_future_is_a_symbol_error(name):
    with pytest.raises(SymbolError):
        future_settlement(name)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from([*PERPETUAL, *OPTION]),
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8) | st.lists(st.integers(), max_size=2),
)
def test_any_value_in_any_field_leaves_futures_or_a_gex_error(field, value):
    for parse, record in ((parse_futures, PERPETUAL), (parse_instruments, OPTION)):
        try:
            parse(json.dumps([record | {field: value}]))
        except GexError:
            continue
