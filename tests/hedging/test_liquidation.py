"""Liquidation prices against the reference and a ledger run to the edge."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.errors import InputError
from gex.hedging.instruments import HedgeInstrument, with_stated_liquidation
from gex.hedging.liquidation import (
    implied_wallet,
    inverse_liquidation,
    linear_liquidation,
    liquidation_distance,
    required_distance,
)
from gex.portfolio.linear import LinearKind


@pytest.mark.parametrize(
    ("units", "wallet", "price"),
    [(-10.0, 60_000.0, 65_671.64), (-10.0, 30_000.0, 62_686.57), (10.0, 60_000.0, 54_271.36)],
)
def test_linear_prices_of_the_reference(units: float, wallet: float, price: float) -> None:
    """hedging.md §12.9: F0 60,000, m 0.5 %."""
    assert linear_liquidation(units, 60_000.0, wallet, 0.005) == pytest.approx(price, abs=0.005)


@pytest.mark.parametrize(
    ("notional", "wallet", "price"),
    [(-600_000.0, 1.0, 66_333.33), (-600_000.0, 5.0, 119_400.0), (600_000.0, 1.0, 54_818.18)],
)
def test_inverse_prices_of_the_reference(notional: float, wallet: float, price: float) -> None:
    assert inverse_liquidation(notional, 60_000.0, wallet, 0.005) == pytest.approx(price, abs=0.005)


@pytest.mark.parametrize("wallet", [10.0, 12.0])
def test_a_short_that_coins_cover_is_never_liquidated(wallet: float) -> None:
    assert inverse_liquidation(-600_000.0, 60_000.0, wallet, 0.005) is None


@given(st.floats(-50.0, 50.0), st.floats(100.0, 1e5), st.floats(0.05, 3.0), st.floats(0.001, 0.1))
def test_at_that_price_equity_is_the_maintenance_margin(units: float, entry: float, share: float, rate: float) -> None:
    wallet = abs(units) * entry * share
    price = linear_liquidation(units, entry, wallet, rate)
    if price is not None:
        assert wallet + units * (price - entry) == pytest.approx(rate * abs(units) * price, abs=1e-9 * wallet + 1e-9)
    notional = units * entry
    coin_price = inverse_liquidation(notional, entry, wallet / entry, rate)
    if coin_price is not None:
        equity = wallet / entry + notional * (1.0 / entry - 1.0 / coin_price)
        assert equity == pytest.approx(rate * abs(notional) / coin_price, rel=1e-9, abs=1e-9)


def test_nothing_held_is_not_liquidated_and_a_long_without_debt_never() -> None:
    assert linear_liquidation(0.0, 100.0, 10.0, 0.01) is None
    assert inverse_liquidation(0.0, 100.0, 10.0, 0.01) is None
    assert linear_liquidation(1.0, 100.0, 200.0, 0.01) is None
    assert liquidation_distance(100.0, None) == math.inf
    assert liquidation_distance(100.0, 110.0) == pytest.approx(math.log(1.1))


def test_the_distance_asked_for_grows_with_volatility_and_time() -> None:
    assert required_distance(0.6, 3.0 / 365.0) == pytest.approx(0.2176, abs=5e-5)
    assert required_distance(0.6, 3.0 / 365.0, stress=0.5) == 0.5


@given(st.floats(-50.0, 50.0), st.floats(100.0, 1e5), st.floats(0.05, 3.0), st.floats(0.0, 0.1))
def test_the_wallet_behind_a_stated_price_is_the_one_that_makes_it(
    units: float, entry: float, share: float, rate: float
) -> None:
    wallet = abs(units) * entry * share
    price = linear_liquidation(units, entry, wallet, rate)
    if price is not None:
        assert implied_wallet(units, entry, price, rate, is_inverse=False) == pytest.approx(wallet, rel=1e-6, abs=1e-6)
    notional, coins = units * entry, wallet / entry
    coin_price = inverse_liquidation(notional, entry, coins, rate)
    if coin_price is not None:
        found = implied_wallet(notional, entry, coin_price, rate, is_inverse=True)
        assert found == pytest.approx(coins, rel=1e-6, abs=1e-6 * abs(units) + 1e-9)


PERP = HedgeInstrument(
    symbol="P", kind=LinearKind.LINEAR, multiplier=0.1, position=-100, entry_price=60_000.0, maintenance_margin=0.005
)


def test_the_venues_own_number_wins_over_a_wallet() -> None:
    """hedging.md §12.9 the other way round: −10 units liquidated at 65,671.64 have 60,000 behind them."""
    found = with_stated_liquidation(PERP, 65_671.6417910448)
    assert found.wallet == pytest.approx(60_000.0)
    assert (found.entry_price, found.maintenance_margin) == (60_000.0, 0.005)


def test_without_a_margin_rate_or_an_entry_the_price_comes_out_again() -> None:
    bare = HedgeInstrument(
        symbol="P", kind=LinearKind.LINEAR, multiplier=0.1, position=-100, bid=61_990.0, ask=62_010.0
    )
    found = with_stated_liquidation(bare, 66_000.0)
    assert (found.entry_price, found.maintenance_margin) == (62_000.0, 0.0)
    assert found.wallet is not None
    assert linear_liquidation(-10.0, 62_000.0, found.wallet, 0.0) == pytest.approx(66_000.0)


@pytest.mark.parametrize(
    ("changes", "price", "message"),
    [
        ({"position": 0}, 65_000.0, "no position"),
        ({"kind": LinearKind.SPOT}, 65_000.0, "no position"),
        ({"entry_price": None}, 65_000.0, "expected the position's entry_price"),
        ({}, math.nan, "expected a positive price"),
    ],
)
def test_a_stated_price_that_means_nothing_is_refused(changes: dict[str, object], price: float, message: str) -> None:
    with pytest.raises(InputError, match=message):
        with_stated_liquidation(replace(PERP, **changes), price)  # type: ignore[arg-type]
