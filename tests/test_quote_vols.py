"""Volatilities of quotes: in order, absent where a price is, coin through the forward."""

import dataclasses

import numpy as np
import pytest

from gex.contracts import Exercise, Payoff
from gex.forward import forward_curve
from gex.greeks import forward_greeks
from gex.implied import VolStatus
from gex.pairs import pair_up
from gex.quote_vols import QuoteVols, quote_vols
from gex.quotes import Quotes
from gex.sample import sample_chain
from tests.chains import AS_OF, carried_forwards, expiry_after

STRIKE = np.array([95.0, 100.0, 105.0])
RIGHT = np.repeat([1, -1], 3).astype(np.int8)
PRICE = forward_greeks(100.0, np.tile(STRIKE, 2), 90 / 365, 0.2, RIGHT, 1.0).price


def vols_of(bid: np.ndarray, ask: np.ndarray, *, inverse: bool = False) -> QuoteVols:
    expiry = expiry_after(90)
    if inverse:
        expiry = dataclasses.replace(expiry, contract=dataclasses.replace(expiry.contract, payoff=Payoff.INVERSE))
    quotes = Quotes(
        underlying="X",
        as_of=AS_OF,
        spot=100.0,
        expiries=(expiry,),
        row=np.arange(6),
        expiry=np.zeros(6, int),
        strike=np.tile(STRIKE, 2),
        right=RIGHT,
        bid=bid,
        ask=ask,
    )
    return quote_vols(quotes, forward_curve(quotes, pair_up(quotes), rate=0.0))


def test_exact_prices_give_back_their_volatility() -> None:
    vols = vols_of(PRICE, PRICE)
    np.testing.assert_allclose(vols.mid_vol, 0.2, rtol=1e-9)
    assert (vols.status == VolStatus.OK).all()
    assert vols.is_out_of_the_money.tolist() == [False, False, True, True, True, False] or (
        vols.is_out_of_the_money.tolist() == [False, True, True, True, False, False]
    )  # the forward is 100 to rounding, so the at-the-money strike belongs to either side


def test_coin_prices_give_the_same_volatility_as_their_currency_prices() -> None:
    vols = vols_of(PRICE / 100.0, PRICE / 100.0, inverse=True)
    np.testing.assert_allclose(vols.mid_vol, 0.2, rtol=1e-9)


def test_a_zero_bid_has_an_ask_volatility_and_no_mid() -> None:
    bid = PRICE.copy()
    bid[2] = np.nan
    vols = vols_of(bid, PRICE * 1.01)
    assert np.isnan(vols.bid_vol[2])
    assert np.isnan(vols.mid_vol[2])
    assert vols.ask_vol[2] > 0.2
    assert vols.status[2] == VolStatus.OK


def test_no_quote_has_a_status_and_no_number() -> None:
    bid, ask = PRICE.copy(), PRICE * 1.01
    bid[0] = ask[0] = np.nan
    vols = vols_of(bid, ask)
    assert vols.status[0] == VolStatus.NO_QUOTE
    assert np.isnan([vols.bid_vol[0], vols.mid_vol[0], vols.ask_vol[0]]).all()


@pytest.mark.parametrize("kind", ["index", "crypto"])
def test_volatilities_are_ordered_as_their_prices_on_a_whole_chain(kind: str) -> None:
    quotes = sample_chain(kind=kind, option_count=1000, crossed_count=0, stale_count=0).quotes  # type: ignore[arg-type]
    alive = quotes.where(quotes.settles_at > quotes.as_of)
    vols = quote_vols(alive, forward_curve(alive, pair_up(alive)))
    known = np.isfinite(vols.bid_vol) & np.isfinite(vols.ask_vol)
    assert known.sum() > 300
    assert (vols.bid_vol[known] <= vols.mid_vol[known]).all()
    assert (vols.mid_vol[known] <= vols.ask_vol[known]).all()


def test_the_day_before_a_dividend_a_call_between_forward_and_spot_does_not_make_the_smile() -> None:
    """SPY on 2023-09-14: spot 450.81, forward 449.39; the 450 call, all exercise value, showed 6 % beside 11 %."""
    expiry = expiry_after(1)
    american = dataclasses.replace(expiry, contract=dataclasses.replace(expiry.contract, exercise=Exercise.AMERICAN))
    strike, right = np.array([449.0, 450.0, 451.0] * 2), np.repeat([1, -1], 3).astype(np.int8)
    quotes = Quotes(
        underlying="SPY",
        as_of=AS_OF,
        spot=450.81,
        expiries=(american,),
        row=np.arange(6),
        expiry=np.zeros(6, int),
        strike=strike,
        right=right,
        bid=np.array([1.78, 0.85, 0.41, 0.89, 1.42, 2.08]),
        ask=np.array([1.88, 0.90, 0.42, 0.90, 1.43, 2.15]),
    )
    forwards = dataclasses.replace(carried_forwards(450.81, (american,)), forward=np.array([449.39]))
    for chain, expected in (
        (quotes, [False, False, True, True, True, False]),
        (dataclasses.replace(quotes, expiries=(expiry,)), [False, True, True, True, False, False]),
    ):
        assert quote_vols(chain, forwards).is_out_of_the_money.tolist() == expected
