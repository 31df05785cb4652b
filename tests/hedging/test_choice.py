"""Which ladder hedges: costs are compared in one unit, and a dear contract does not keep a cheap one from trading."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gex.hedging.bands import Mishedge
from gex.hedging.choice import HedgeChoice, choose_hedge
from gex.hedging.instruments import HedgeInstrument, PricedInstrument, ladders, priced_instrument
from gex.hedging.policy import HedgePolicy
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearKind
from tests.books import AS_OF

FLAT = Carry(np.zeros(1), np.zeros(1), np.zeros(1))
PERPETUAL = HedgeInstrument(symbol="PERP", kind=LinearKind.LINEAR, multiplier=0.01, half_spread_bps=1.0)
DATED = replace(PERPETUAL, symbol="DATED", expires_at=AS_OF + np.timedelta64(91, "D"))
MOTION = Mishedge(spot=60_000.0, gamma=5e-4, vol=0.6, time_to_expiry=0.1, delta_range=100.0)


def chosen(instruments: list[HedgeInstrument], delta: float, policy: HedgePolicy) -> HedgeChoice:
    priced = [priced_instrument(one, spot=60_000.0, carry=FLAT, as_of=AS_OF) for one in instruments]
    return choose_hedge(ladders([p for p in priced if isinstance(p, PricedInstrument)]), delta, MOTION, policy)


def symbol(choice: HedgeChoice) -> str:
    return choice.ladder[0].instrument.symbol


def test_a_dear_ladder_inside_its_band_does_not_keep_the_cheap_one_from_trading() -> None:
    """Triggers 13.2 and 26.3 units: at 26 units the cheap contract trades, for 77 USD in all and 6 USD a unit.

    One unit of the dear contract costs 48 USD; compared with the whole cheap order that once looked cheaper.
    """
    policy = HedgePolicy(risk_aversion=1e-9)
    dear = replace(DATED, half_spread_bps=8.0)
    alone = [chosen([one], 26.0, policy) for one in (PERPETUAL, dear)]
    assert [any(one.contracts) for one in alone] == [True, False]
    assert alone[0].total.trading > dear.half_spread_bps * 6.0
    for order in ([PERPETUAL, dear], [dear, PERPETUAL]):
        both = chosen(order, 26.0, policy)
        assert symbol(both) == "PERP"
        assert both.contracts == alone[0].contracts


def test_large_orders_are_compared_by_the_unit_too() -> None:
    """400 units through 6 USD a unit cost more than one unit of a contract at 600, and are still the ones to trade."""
    policy = HedgePolicy(thresholds=(-500.0, 1.0))
    wide = replace(DATED, half_spread_bps=100.0, lot=100_000)  # 1,000 units a step: half of it is not left
    both = chosen([wide, PERPETUAL], 400.0, policy)
    assert (symbol(both), both.contracts) == ("PERP", (-40_000,))


def test_a_ladder_that_removes_less_is_not_cheaper_for_it() -> None:
    """The wider landing of a dear contract moves fewer units: less money in all, more a unit."""
    policy = HedgePolicy(risk_aversion=1e-6)
    dear = replace(DATED, half_spread_bps=1.3)
    cheap_alone, dear_alone = (chosen([one], 1.5, policy) for one in (PERPETUAL, dear))
    assert dear_alone.total.trading < cheap_alone.total.trading
    assert abs(dear_alone.units) < abs(cheap_alone.units)
    assert symbol(chosen([dear, PERPETUAL], 1.5, policy)) == "PERP"


@settings(max_examples=60)
@given(
    spreads=st.tuples(st.floats(0.1, 300.0), st.floats(0.1, 300.0)),
    tickets=st.tuples(st.floats(0.0, 100.0), st.floats(0.0, 100.0)),
    funding=st.floats(-1e-3, 1e-3),
    delta=st.floats(-40.0, 40.0),
)
def test_another_instrument_never_stops_a_trade_nor_makes_it_dearer(
    spreads: tuple[float, float], tickets: tuple[float, float], funding: float, delta: float
) -> None:
    policy = HedgePolicy(risk_aversion=1e-6)
    first = replace(PERPETUAL, half_spread_bps=spreads[0], ticket=tickets[0], funding_rate=funding)
    second = replace(DATED, half_spread_bps=spreads[1], ticket=tickets[1])
    alone = [chosen([one], delta, policy) for one in (first, second)]
    both = chosen([first, second], delta, policy)
    assert any(both.contracts) == any(any(one.contracts) for one in alone)
    trading = [one for one in alone if any(one.contracts)]
    if not trading:
        assert both.band.trigger == pytest.approx(min(one.band.trigger for one in alone))
        return
    horizon = max(one.horizon for one in alone)

    def per_unit(choice: HedgeChoice) -> float:
        carry = math.fsum(p.carry(n, horizon).carry for n, p in zip(choice.contracts, choice.ladder, strict=True))
        return (choice.total.trading + carry) / abs(choice.units)

    costs = [per_unit(one) for one in trading]
    assume(len(costs) == 1 or abs(costs[0] - costs[1]) > 1e-9)
    assert per_unit(both) == pytest.approx(min(costs))


def test_perpetual_or_dated_by_the_funding_expected_and_its_risk() -> None:
    """Both cost the same to trade; selling, the one that pays more to be short is taken, less the price of its risk.

    The future stands 1 % above spot for 91 days: a short earns it at 4 % a year. Funding of 0.005 % per 8 h is 5.475 % a
    year, and uncertain enough it is not worth it.
    """
    policy = HedgePolicy(risk_aversion=1e-5)
    dated = replace(DATED, price=60_600.0)
    assert symbol(chosen([PERPETUAL, dated], 26.0, policy)) == "DATED"
    paid = replace(PERPETUAL, funding_rate=5e-5)
    assert symbol(chosen([paid, dated], 26.0, policy)) == "PERP"
    passing = replace(PERPETUAL, funding_rate=5e-5, expected_funding_rate=0.0)
    assert symbol(chosen([passing, dated], 26.0, policy)) == "DATED"
    uncertain = replace(paid, funding_sd=5e-3)
    assert symbol(chosen([uncertain, dated], 26.0, policy)) == "DATED"
