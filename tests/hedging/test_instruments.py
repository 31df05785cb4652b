"""What can be traded, at one spot."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gex.errors import InputError
from gex.hedging.instruments import (
    HedgeInstrument,
    InstrumentFault,
    PricedInstrument,
    ladders,
    priced_instrument,
)
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearKind
from tests.books import AS_OF, expiry_in, share, surface_of

SURFACE = surface_of((expiry_in(30.0), expiry_in(91.25)), spot=5000.0, vol=0.2, rate=0.04, dividend=0.01)
CARRY = Carry.of(SURFACE.forwards)
QUARTER = AS_OF + np.timedelta64(round(91.25 * 86_400e9), "ns")
ES = HedgeInstrument(
    symbol="ES", kind=LinearKind.INDEX_FUTURE, multiplier=50.0, expires_at=QUARTER, fee_per_contract=1.5
)


def priced(instrument: HedgeInstrument, **terms: object) -> PricedInstrument:
    state = priced_instrument(replace(instrument, **terms), spot=5000.0, carry=CARRY, as_of=AS_OF)
    assert isinstance(state, PricedInstrument)
    return state


def test_a_future_without_a_price_takes_the_forward_of_the_chain() -> None:
    es = priced(ES)
    assert es.price == pytest.approx(5000.0 * math.exp(0.03 * 0.25), rel=1e-12)
    assert es.units_per_contract == pytest.approx(50.0 * 1.007528, rel=1e-6)
    assert priced(ES, bid=5030.0, ask=5031.0).price == 5030.5
    assert priced(ES, price=5040.0, bid=5030.0, ask=5031.0).price == 5040.0


def test_costs_of_a_unit_come_from_contract_fee_and_quote() -> None:
    es = priced(ES, bid=5030.0, ask=5030.5, average_daily_volume=1e6)
    curve = es.curve(vol=0.2)
    assert curve.fee * es.units_per_contract == pytest.approx(1.5)
    assert curve.half_spread * es.units_per_contract == pytest.approx(0.25 * 50.0)
    eta = 0.2 / math.sqrt(365.0) * 5000.0 / math.sqrt(1e6 * es.units_per_contract)
    assert curve.impact == pytest.approx(eta)
    assert curve.lot == es.units_per_contract
    bps = priced(ES, fee_per_contract=0.0, fee_bps=3.0, half_spread_bps=0.5).curve(vol=0.2)
    assert bps.proportional == pytest.approx(5000.0 * 3.5e-4)  # λS: the notional of a unit is spot


def test_an_inverse_contract_is_sized_in_currency() -> None:
    btc = HedgeInstrument(symbol="PERP", kind=LinearKind.INVERSE, multiplier=10.0, price=5100.0, fee_bps=5.0)
    perp = priced(btc)
    assert perp.units_per_contract == pytest.approx(10.0 / 5100.0)
    assert perp.notional == 10.0
    assert perp.curve(vol=0.5).fee == pytest.approx(5100.0 * 5e-4)


def test_carry_of_a_short_is_what_it_receives() -> None:
    perp = priced(HedgeInstrument(symbol="P", kind=LinearKind.LINEAR, multiplier=1.0, funding_rate=1e-4))
    assert perp.carry(-120.0, 1.0 / 365.0).funding == pytest.approx(-180.0)  # 600,000 at 0.01 % thrice a day
    future = priced(
        HedgeInstrument(symbol="F", kind=LinearKind.LINEAR, multiplier=1.0, price=5100.0, expires_at=QUARTER)
    )
    assert future.carry(-1.0, 0.125).basis == pytest.approx(-5100.0 * math.log(1.02) / 2.0)
    assert priced(ES).carry(-1.0, 0.125).total == 0.0  # fair against the forwards that the options are priced off


@pytest.mark.parametrize(
    ("terms", "fault"),
    [
        ({"price": math.nan}, InstrumentFault.BAD_NUMBER),
        ({"bid": -1.0}, InstrumentFault.BAD_NUMBER),
        ({"funding_rate": math.inf}, InstrumentFault.BAD_NUMBER),
        ({"multiplier": math.nan}, InstrumentFault.BAD_NUMBER),
        ({"bid": 5001.0, "ask": 5000.0}, InstrumentFault.CROSSED_QUOTE),
        ({"quoted_at": AS_OF - np.timedelta64(61, "s")}, InstrumentFault.STALE_QUOTE),
        ({"expires_at": AS_OF}, InstrumentFault.EXPIRED_INSTRUMENT),
    ],
)
def test_what_cannot_be_trusted_is_named(terms: dict[str, object], fault: InstrumentFault) -> None:
    state = priced_instrument(replace(ES, **terms), spot=5000.0, carry=CARRY, as_of=AS_OF, max_age=60.0)
    assert state is fault


def test_ladders_hold_one_kind_and_expiry_longest_first() -> None:
    mes = replace(ES, symbol="MES", multiplier=5.0)
    perp = HedgeInstrument(symbol="P", kind=LinearKind.LINEAR, multiplier=1.0)
    cheap, dear = share(symbol="A", bps=2.0), share(symbol="B", bps=1.0)
    rungs = ladders([priced(i) for i in (mes, perp, ES, cheap, dear)])
    assert [[p.instrument.symbol for p in ladder] for ladder in rungs] == [["ES", "MES"], ["P"], ["B", "A"]]


def test_terms_that_make_no_sense_are_refused() -> None:
    with pytest.raises(InputError, match=r"instrument ES.multiplier: expected a positive number, got -50"):
        replace(ES, multiplier=-50.0)
    with pytest.raises(InputError, match=r"instrument ES.expiry: a future on an index needs it"):
        replace(ES, expires_at=None)


PERP = HedgeInstrument(
    symbol="PERP", kind=LinearKind.LINEAR, multiplier=0.01, fee_bps=5.0, half_spread_bps=1.0, funding_rate=1e-4
)


def test_carry_is_that_of_the_funding_expected_and_its_deviation_grows_with_time() -> None:
    """100 contracts of 50 USD at 0.01 % per 8 h are 1.50 USD a day; expected 0.03 % makes it 4.50, its sd of 0.02 % 3.00."""
    day = 1.0 / 365.0
    assert priced(PERP).carry(100, day).funding == pytest.approx(1.5)
    expecting = priced(PERP, expected_funding_rate=3e-4, funding_sd=2e-4)
    assert expecting.carry(100, day).funding == pytest.approx(4.5)
    assert expecting.carry(-100, day).funding == pytest.approx(-4.5)  # the short receives
    assert priced(PERP, expected_funding_rate=0.0).carry(100, day).funding == 0.0
    assert expecting.carry_sd(-100, day) == pytest.approx(3.0)
    assert expecting.carry_sd(100, 2.0 * day) == pytest.approx(6.0)
    assert priced(PERP).carry_sd(100, day) == 0.0


def test_an_order_that_rests_pays_the_makers_fee_and_no_spread() -> None:
    assert priced(PERP).resting_cost(10) is None
    assert priced(PERP, maker_fee_bps=-0.5, ticket=0.2).resting_cost(-10) == pytest.approx(0.2 - 500.0 * 0.5e-4)
    assert priced(PERP, fee_per_contract=0.1, maker_fee_bps=1.0).resting_cost(10) == pytest.approx(1.0 + 0.05)


def test_a_stated_carry_replaces_the_ratio_of_two_prices_not_printed_together() -> None:
    """e^{0.03/4} = 1.007528 a point of the index, wherever the future last traded; an inverse delta is N/F all the same."""
    asynchronous = priced(ES, price=5100.0)
    assert asynchronous.units_per_contract == pytest.approx(50.0 * 1.02)
    stated = priced(ES, price=5100.0, carry_rate=0.03)
    assert stated.units_per_contract == pytest.approx(50.0 * math.exp(0.0075), rel=1e-12)
    assert stated.fair_price == pytest.approx(5000.0 * math.exp(0.0075), rel=1e-12)
    assert stated.carry(1, 0.25).basis == pytest.approx(50.0 * 5100.0 * math.log(5100.0 / stated.fair_price))
    inverse = HedgeInstrument(
        symbol="B", kind=LinearKind.INVERSE, multiplier=10.0, price=5100.0, expires_at=QUARTER, carry_rate=0.03
    )
    assert priced(inverse).units_per_contract == pytest.approx(10.0 / 5100.0)


@pytest.mark.parametrize("name", ["maker_fee_bps", "expected_funding_rate", "funding_sd", "carry_rate"])
def test_a_number_that_is_none_makes_the_planner_hold(name: str) -> None:
    bad = priced_instrument(replace(ES, **{name: math.nan}), spot=5000.0, carry=CARRY, as_of=AS_OF)
    assert bad is InstrumentFault.BAD_NUMBER
