"""Dealer flow: the published reprice and its attribution, futures, coin numeraires, laws."""

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.contracts import Payoff
from gex.errors import InputError
from gex.exposure.account import AccountUnit, inverse_hedge_notional
from gex.exposure.flow import DealerFlow, MarketMove, dealer_flows
from gex.exposure.instrument import ExposureInstrument
from tests.chains import AS_OF
from tests.exposure.books import BOOK_B, MARKET, Book, book, options
from tests.naive_exposure import Option, delta, delta_units, price

DAY = 86_400.0
F_45_DAYS = 5000 * math.exp(0.027 * 45 / 365)
ES = ExposureInstrument(
    symbol="ES",
    multiplier=50.0,
    price=F_45_DAYS,
    settles_at=AS_OF + np.timedelta64(45, "D"),
    average_daily_volume=1_800_000.0,
    depth=2_000.0,
)


def flow(one: Book, move: MarketMove, **settings: object) -> DealerFlow:
    ((result,),) = dealer_flows(one.lines, *one.legs, (move,), **settings)
    return result


def test_the_published_flow_and_its_attribution() -> None:
    """exposure.md 8.2: the first order has the wrong sign."""
    result = flow(book(BOOK_B, **MARKET), MarketMove(spot_move=0.01, vol_points=-1.0, seconds=DAY))
    assert result.spot == 5050.0
    assert result.units == pytest.approx(-4_797.13003078696, abs=1e-7)
    assert result.notional == pytest.approx(-24_225_506.65547, abs=1e-3)
    assert result.gamma_units == pytest.approx(-4_281.40141481, abs=1e-8)
    assert result.vanna_units == pytest.approx(2_878.08945421, abs=1e-8)
    assert result.charm_units == pytest.approx(3_113.71978377, abs=1e-7)
    first_order = result.gamma_units + result.vanna_units + result.charm_units
    assert first_order == pytest.approx(1_710.4078231677, abs=1e-7)
    assert result.residual_units == pytest.approx(-6_507.53785395, abs=1e-7)


@pytest.mark.parametrize(
    ("move", "units"),
    [
        (MarketMove(spot_move=0.01), -8_728.47832609),
        (MarketMove(vol_points=-1.0), 2_979.81372857),
        (MarketMove(seconds=DAY), 3_362.52173904),
    ],
)
def test_each_move_alone_has_its_published_flow(move: MarketMove, units: float) -> None:
    assert flow(book(BOOK_B, **MARKET), move).units == pytest.approx(units, abs=1e-7)


def test_the_flow_in_futures_carries_the_growth_of_the_forward() -> None:
    result = flow(book(BOOK_B, **MARKET), MarketMove(spot_move=0.01, vol_points=-1.0, seconds=DAY), instrument=ES)
    quantity = result.quantity
    assert quantity is not None
    assert quantity.exact == pytest.approx(-95.6308348, abs=1e-7)  # without the tail −95.9426
    assert quantity.whole == -96
    assert quantity.exact == quantity.whole + quantity.residual
    assert quantity.share_of_daily_volume == pytest.approx(95.6308348 / 1.8e6, rel=1e-8)
    assert quantity.share_of_depth == pytest.approx(95.6308348 / 2000, rel=1e-8)


def test_depth_within_one_percent_says_nothing_about_two() -> None:
    result = flow(book(BOOK_B, **MARKET), MarketMove(spot_move=0.02), instrument=ES)
    assert result.quantity is not None
    assert result.quantity.share_of_depth is None


def coin_book(strike: float = 60_000.0, right: str = "C") -> Book:
    one = book([(30, 0.5, strike, f"+1000{right}")], spot=60_000.0, multiplier=1.0)
    contract = dataclasses.replace(one.quotes.expiries[0].contract, payoff=Payoff.INVERSE)
    expiry = dataclasses.replace(one.quotes.expiries[0], contract=contract)
    return dataclasses.replace(one, quotes=dataclasses.replace(one.quotes, expiries=(expiry,)))


def test_a_coin_book_has_its_published_hedge_levels_and_flows() -> None:
    """exposure.md 8.6."""
    delta, value = 1000 * 0.5285688375455, 1000 * 3428.26050545996
    level = inverse_hedge_notional(AccountUnit.COIN, 60_000.0, np.array([delta]), np.array([value]))
    assert level == pytest.approx([-28_285_869.7473], abs=1e-4)
    level = inverse_hedge_notional(AccountUnit.CURRENCY, 60_000.0, np.array([delta]), np.array([value]))
    assert level == pytest.approx([-31_714_130.2527], abs=1e-4)
    totals = coin_book().exposure().totals
    assert totals.gamma_exposure == pytest.approx(1_665_565.1851935, rel=1e-12)
    assert totals.gamma_exposure_coin(60_000.0) == pytest.approx(27.7594197532, rel=1e-11)


@pytest.mark.parametrize(
    ("account", "per_percent"),
    [
        (AccountUnit.COIN, -1_665_565.1851935),
        (AccountUnit.CURRENCY_KEPT_IN_COIN, -1_665_565.1851935),
        (AccountUnit.CURRENCY, -1_982_706.4877208),
    ],
)
def test_the_numeraire_decides_what_a_rise_of_one_percent_sells(account: AccountUnit, per_percent: float) -> None:
    step = 1e-6
    settings = {"account": account, "is_inverse": True}
    up = flow(coin_book(), MarketMove(spot_move=step), **settings).notional
    down = flow(coin_book(), MarketMove(spot_move=-step), **settings).notional
    slope = (up - down) / (2 * step) * 0.01
    if account is AccountUnit.CURRENCY_KEPT_IN_COIN:
        slope = (up / (1 + step) - down / (1 - step)) / (2 * step) * 0.01
    assert slope == pytest.approx(per_percent, rel=1e-8)
    # first order at a small move is the same number
    result = flow(coin_book(), MarketMove(spot_move=step), **settings)
    assert result.gamma_units * result.spot / step * 0.01 == pytest.approx(per_percent, rel=1e-10)


def test_a_dated_inverse_future_holds_its_notional_times_f_over_s() -> None:
    """One coin of the 30-day call at r = 5 %, hedged with the 90-day future (8.6)."""
    option = Option(60_000.0, 1, 30 / 365, 0.5, 1.0, rate=0.05)
    d, c = delta(option, 60_000.0), price(option, 60_000.0)
    future = 60_000.0 * math.exp(0.05 * 90 / 365)
    assert future == pytest.approx(60_744.3047798, abs=1e-7)
    coin = inverse_hedge_notional(AccountUnit.COIN, 60_000.0, np.array(d), np.array(c)) * future / 60_000
    usd = inverse_hedge_notional(AccountUnit.CURRENCY, 60_000.0, np.array(d), np.array(c)) * future / 60_000
    assert coin == pytest.approx(-29_210.0571246, abs=1e-6)
    assert usd == pytest.approx(-32_799.7101853, abs=1e-6)
    dated = ExposureInstrument(symbol="BTC-90", contract_value=10.0, price=future)
    units = float(-d + c / 60_000.0)
    assert dated.contracts(units, 60_000.0, future / 60_000.0) * 10 == pytest.approx(float(coin), rel=1e-14)


def test_inverse_contracts_round_to_the_published_number() -> None:
    perpetual = ExposureInstrument(symbol="BTC-PERPETUAL", contract_value=10.0)
    exact = perpetual.contracts(27.7594197532, 60_000.0, 1.0)
    assert exact == pytest.approx(166_556.5185, abs=1e-3)


moves = st.builds(
    MarketMove,
    spot_move=st.floats(-0.1, 0.1),
    vol_points=st.floats(-5.0, 5.0),
    seconds=st.floats(0.0, 20 * DAY),
)


@given(moves)
def test_units_are_the_change_of_the_slow_twins_delta(move: MarketMove) -> None:
    one = book(BOOK_B, **MARKET)
    years = round(move.seconds * 1e9) / 1e9 / DAY / 365
    there = [
        dataclasses.replace(o, time=max(o.time - years, 0.0), vol=o.vol + 0.01 * move.vol_points)
        for o in options(BOOK_B, **MARKET)
    ]
    expected = delta_units(options(BOOK_B, **MARKET), 5000.0) - delta_units(there, 5000.0 * (1 + move.spot_move))
    assert flow(one, move).units == pytest.approx(expected, abs=1e-6)


@given(moves, st.sampled_from(list(AccountUnit)), st.booleans())
def test_the_parts_and_the_residual_are_the_whole(move: MarketMove, account: AccountUnit, is_inverse: bool) -> None:
    result = flow(book(BOOK_B, **MARKET), move, account=account, is_inverse=is_inverse)
    parts = result.gamma_units + result.vanna_units + result.charm_units + result.residual_units
    assert parts == pytest.approx(result.units, abs=1e-9 * (1 + abs(result.units) + abs(result.residual_units)))
    assert result.notional == pytest.approx(result.units * result.spot, rel=1e-12)


@given(moves)
def test_the_other_sign_of_every_contract_trades_the_other_way(move: MarketMove) -> None:
    one = book(BOOK_B, **MARKET)
    other = dataclasses.replace(one, contracts=-one.contracts)
    assert flow(other, move).units == pytest.approx(-flow(one, move).units, rel=1e-12, abs=1e-9)


def test_a_line_that_settles_on_the_way_is_unwound() -> None:
    one = book([(1, 0.15, 4800, "+10C"), (30, 0.15, 4800, "+10C")])
    both = flow(one, MarketMove(seconds=2 * DAY)).units
    later = flow(book([(30, 0.15, 4800, "+10C")]), MarketMove(seconds=2 * DAY)).units
    delta = delta_units(options([(1, 0.15, 4800, "+10C")]), 5000.0)
    assert both == pytest.approx(later + delta, rel=1e-12)


def test_moves_that_cannot_be_are_refused() -> None:
    with pytest.raises(InputError, match="more than -1"):
        MarketMove(spot_move=-1.0)
    with pytest.raises(InputError, match="0 or more"):
        MarketMove(seconds=-1.0)
    with pytest.raises(InputError, match="from 2024-03-01"):
        flow(book(BOOK_B), MarketMove(at=AS_OF - np.timedelta64(1, "s")))
