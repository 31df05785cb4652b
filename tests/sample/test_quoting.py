"""Bids and asks around true prices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.roots import contract_spec
from gex.sample.quoting import draw_rows, market_around, spread, ticks

SPX, BTC = contract_spec("SPX"), contract_spec("BTC")


def market(contract, price, width, lean=0.0):
    bid, ask = market_around(contract, np.array([price]), width=np.array([width]), lean=np.array([lean]))
    return bid[0], ask[0]


def width_of(**change):
    arguments = {
        "tick": 0.1,
        "vega": 500.0,
        "deviations": 0.0,
        "intrinsic": 0.0,
        "spot": 5_000.0,
        "time_to_expiry": 0.1,
    }
    return spread(**{name: np.array([value]) for name, value in (arguments | change).items()})[0]


@pytest.mark.parametrize(
    ("contract", "price", "width", "expected"),
    [
        (SPX, 12.34, 0.50, (12.0, 12.6)),  # 12.09 down and 12.59 up, in tenths
        (SPX, 2.96, 0.08, (2.90, 3.00)),  # 2.92 down in twentieths, 3.00 is a tick of both ladders
        (SPX, 3.05, 0.20, (2.95, 3.20)),  # bid and ask on either side of the change of tick
        (BTC, 0.00471, 0.0002, (0.0046, 0.0049)),
        (BTC, 0.0312, 0.0008, (0.0305, 0.0320)),
    ],
)
def test_markets_are_rounded_outwards_to_the_tick_of_each_side(contract, price, width, expected):
    assert market(contract, price, width) == expected


def test_ticks_change_at_three_dollars_and_at_five_thousandths_of_a_coin():
    np.testing.assert_array_equal(ticks(SPX, np.array([0.0, 2.95, 3.0, 4_000.0])), [0.05, 0.05, 0.10, 0.10])
    np.testing.assert_array_equal(ticks(BTC, np.array([0.0049, 0.005])), [0.0001, 0.0005])


def test_what_is_worth_less_than_a_tick_has_no_bid_and_an_ask_of_a_tick():
    bid, ask = market(SPX, 0.004, 0.03)
    assert np.isnan(bid)
    assert ask == 0.05


def test_spreads_grow_with_vega_distance_from_the_money_depth_and_time():
    for name, values in (
        ("vega", (10.0, 100.0, 1_000.0)),
        ("deviations", (0.0, 1.0, 3.0)),
        ("intrinsic", (0.0, 10.0, 100.0, 1_000.0)),
        ("time_to_expiry", (0.01, 0.5, 2.0)),
    ):
        widths = [width_of(**{name: value}) for value in values]
        assert widths == sorted(set(widths))
    assert width_of(deviations=-2.0) == width_of(deviations=2.0)


@given(st.floats(0.0, 5_000.0), st.floats(1e-3, 100.0), st.floats(-0.99, 0.99), st.sampled_from([SPX, BTC]))
def test_the_true_price_is_between_bid_and_ask_and_both_are_ticks(price, width, lean, contract):
    scale = 1.0 if contract is SPX else 1e-4
    bid, ask = market(contract, price * scale, width * scale, lean)
    tick = contract.ticks[0][1]
    assert ask >= price * scale - 1e-5 * tick  # rounding counts a price 1e-6 of a tick off as that tick
    assert ask / tick == pytest.approx(round(ask / tick), abs=1e-6)
    if np.isfinite(bid):
        assert tick * 0.999 <= bid <= price * scale + 1e-5 * tick
        assert bid < ask
        assert bid / tick == pytest.approx(round(bid / tick), abs=1e-6)


def test_rows_are_drawn_once_each_from_the_eligible_ones():
    eligible = np.arange(100) % 3 == 0
    rows = draw_rows(np.random.Generator(np.random.PCG64(1)), eligible, 10)
    assert len(set(rows.tolist())) == 10
    assert np.all(eligible[rows])
    assert len(draw_rows(np.random.Generator(np.random.PCG64(1)), eligible, 1_000)) == eligible.sum()
