"""Positionings with data: what lands on which row of the chain, and what is left out and counted."""

import datetime as dt
import math

import numpy as np
import pytest
from gex_server.errors import FieldError
from gex_server.wire.positioning import INPUTS, ORIGINS, positionings_from_proto
from gexapi.v1 import exposure_pb2

from gex.errors import ColumnError
from gex.positioning import POSITIONINGS, Origin, SigningRule
from gex.positioning.trade_inventory import TradeInventory
from gex.sample import sample_chain

QUOTES = sample_chain(option_count=200).quotes
ROWS = np.array([120, 5, 60])
LINES = {
    "expiry_index": QUOTES.expiry[ROWS].tolist(),
    "strike": QUOTES.strike[ROWS].tolist(),
    "right": np.where(QUOTES.right[ROWS] > 0, 1, 2).tolist(),
}


def read(*positionings):
    messages = [exposure_pb2.Positioning(**one) for one in positionings]
    return positionings_from_proto(messages, QUOTES, None, "p")


def open_close(**changed):
    table = LINES | {
        "open_buy": [10.0, 0.0, 5.0],
        "open_sell": [1.0, 2.0, 0.0],
        "close_buy": [0.0, 3.0, 0.0],
        "close_sell": [2.0, 0.0, 1.0],
        "history_start": "2022-01-03",
    }
    return {"model": "signed_open_close", "open_close": table | changed}


def trades(model="signed_trades_quote_rule", **changed):
    table = LINES | {"contract_count": [10.0, 4.0, 7.0], "customer_side": [1, -1, 0]}
    return {"model": model, "trades": {"trades": table | changed}}


def test_every_model_of_the_library_has_a_name_in_the_contract():
    assert {rule.value for rule in SigningRule} <= set(INPUTS)
    assert set(ORIGINS.values()) == set(Origin)
    assert not set(POSITIONINGS) & set(INPUTS)


def test_dealers_hold_the_opposite_of_what_customers_bought_since_listing():
    (model,), inputs = read(open_close())
    expected = np.zeros(len(QUOTES))
    expected[ROWS] = [-7.0, -1.0, -4.0]  # −((10 + 0) − (1 + 2)), −((0 + 3) − (2 + 0)), −((5 + 0) − (0 + 1))
    np.testing.assert_array_equal(model.dealer_contracts(QUOTES), expected)
    assert model.volume.history_start == dt.date(2022, 1, 3)
    assert inputs["signed_open_close"].censored_row_count == len(QUOTES), "no first day of listing is known"


def test_of_a_line_that_market_makers_report_their_own_net_counts():
    (model,), _ = read(open_close(origin=[5, 1, 4]))
    np.testing.assert_array_equal(model.dealer_contracts(QUOTES)[ROWS], [7.0, -1.0, -4.0])


def test_expiries_listed_within_the_history_are_not_censored():
    first = [""] * len(QUOTES.expiries)
    listed = int(QUOTES.expiry[5])
    first[listed] = "2022-01-04"
    _, inputs = read(open_close(first_listed=first))
    assert inputs["signed_open_close"].censored_row_count == np.count_nonzero(QUOTES.expiry != listed)


def test_signed_trades_move_an_inventory_and_those_without_a_side_are_counted():
    (model,), inputs = read(trades())
    expected = np.zeros(len(QUOTES))
    expected[ROWS[:2]] = [-10.0, 4.0]
    np.testing.assert_array_equal(model.dealer_contracts(QUOTES), expected)
    found = inputs["signed_trades_quote_rule"]
    assert (found.unsigned_contract_count, found.censored_row_count) == (7.0, len(QUOTES))


def test_a_starting_inventory_is_where_trades_begin():
    message = trades()
    message["trades"]["starting_inventory"] = LINES | {"contract_count": [100.0, 0.0, -3.0]}
    (model,), inputs = read(message)
    np.testing.assert_array_equal(model.dealer_contracts(QUOTES)[ROWS], [90.0, 4.0, -3.0])
    assert inputs["signed_trades_quote_rule"].censored_row_count == 0


def test_a_side_that_is_not_sent_is_told_from_the_quotes_around_the_trade():
    around = {"price": [2.15, 2.05, 2.10], "bid": [2.0] * 3, "ask": [2.2] * 3, "customer_side": []}
    (model,), inputs = read(trades(**around))
    np.testing.assert_array_equal(model.dealer_contracts(QUOTES)[ROWS], [-10.0, 4.0, 0.0])
    assert inputs["signed_trades_quote_rule"].unsigned_contract_count == 7.0


def test_at_mid_lee_and_ready_look_at_the_trade_before_in_time():
    same = {name: [values[0]] * 2 for name, values in LINES.items()}
    table = same | {"contract_count": [10.0, 1.0], "price": [2.1, 2.0], "bid": [2.0, math.nan], "ask": [2.2, math.nan]}
    table |= {"traded_at": [2, 1], "customer_side": []}
    (model,), _ = read(trades("signed_trades_lee_ready", **table))
    assert model.dealer_contracts(QUOTES)[ROWS[0]] == -10.0, "2.1 after 2.0 is an uptick: the customer bought"
    (rule,), _ = read(trades("signed_trades_quote_rule", **table))
    assert rule.dealer_contracts(QUOTES)[ROWS[0]] == 0.0


def test_complex_legs_and_blocks_are_no_view_of_the_customer():
    (model,), inputs = read(trades(is_complex_leg=[True, False, False], is_block=[False, True, False]))
    assert not model.dealer_contracts(QUOTES).any()
    assert inputs["signed_trades_quote_rule"].unsigned_contract_count == 21.0


def test_trades_may_name_expiries_of_their_own_and_those_unknown_are_counted():
    expiry = QUOTES.expiries[int(QUOTES.expiry[5])]
    own = [{"root": expiry.root, "expiry": expiry.date.isoformat()}, {"root": expiry.root, "expiry": "2031-01-17"}]
    (model,), inputs = read(trades(expiries=own, expiry_index=[1, 0, 1]))
    assert model.dealer_contracts(QUOTES)[5] == 4.0
    found = inputs["signed_trades_quote_rule"]
    assert (found.unmatched_line_count, found.unmatched_contract_count) == (2, 17.0)


def test_a_label_names_any_model_and_a_sign_error_keeps_the_sizes_of_trades():
    (labelled, uncertain), inputs = read(trades() | {"label": "tape"}, trades() | {"sign_error_probability": 0.2})
    assert (labelled.name, uncertain.name) == ("tape", "signed_trades_quote_rule")
    np.testing.assert_array_equal(labelled.dealer_contracts(QUOTES), uncertain.dealer_contracts(QUOTES))
    np.testing.assert_array_equal(uncertain.squared_sizes(QUOTES)[ROWS], [100.0, 16.0, 0.0])
    assert set(inputs) == {"tape", "signed_trades_quote_rule"}


@pytest.mark.parametrize(
    ("positioning", "column"),
    [
        (trades(contract_count=[1.0, 0.0, 1.0]), "trades.trades.contract_count"),
        (trades(customer_side=[2, 0, 0]), "trades.trades.customer_side"),
        (trades(price=[1.0]), "trades.trades.price"),
        (open_close(open_buy=[-1.0, 0.0, 0.0]), "open_close.open_buy"),
        (open_close(origin=[1, 1, 9]), "open_close.origin"),
    ],
)
def test_a_malformed_column_is_refused_by_name(positioning, column):
    with pytest.raises(ColumnError) as caught:
        read(positioning)
    assert caught.value.column == f"p[0].{column}"


@pytest.mark.parametrize(
    ("positioning", "field"),
    [
        (open_close(exchanges=["C1"], history_start="soon"), "open_close.history_start"),
        (open_close(first_listed=["2022-01-03"] * 1_000), "open_close.first_listed"),
        ({"model": "signed_open_close", "trades": {}}, "trades"),
    ],
)
def test_a_field_without_a_meaning_is_refused_by_path(positioning, field):
    with pytest.raises(FieldError) as caught:
        read(positioning)
    assert caught.value.field == f"p[0].{field}"


@pytest.mark.parametrize(
    ("inventory", "said"),
    [(None, "the chain came with the request"), (TradeInventory.empty(), "none were sent for 'SPX'")],
)
def test_a_book_of_trades_is_refused_where_none_were_ever_sent(inventory, said):
    messages = [exposure_pb2.Positioning(model="signed_trades_quote_rule")]
    with pytest.raises(FieldError, match=said) as caught:
        positionings_from_proto(messages, QUOTES, None, "p", inventory)
    assert caught.value.field == "p[0].trades.trades"


def test_mixtures_in_mixtures_end_somewhere():
    nested = {"model": "oi_customers_long_all"}
    for _ in range(6):
        nested = {"model": "mixture", "mixture": {"parts": [nested], "weight": [1.0]}}
    with pytest.raises(FieldError, match="inside each other"):
        read(nested)
