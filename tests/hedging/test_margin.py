"""Plans with a distance to liquidation, and with a fraction of the mishedge to trade."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gex.contracts import Payoff
from gex.errors import InputError
from gex.hedging.answer import Reason
from gex.hedging.instruments import HedgeInstrument, PricedInstrument, priced_instrument
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import HedgePolicy
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearKind
from tests.books import AS_OF, Line, risk_of, share

PERP = HedgeInstrument(
    symbol="PERP",
    kind=LinearKind.LINEAR,
    multiplier=1.0,
    half_spread_bps=1.0,
    maintenance_margin=0.005,
    wallet=30_000.0,
)
COINS = HedgeInstrument(
    symbol="COINS", kind=LinearKind.INVERSE, multiplier=10.0, price=60_000.0, maintenance_margin=0.005, wallet=1.0
)


def priced(instrument: HedgeInstrument, spot: float) -> PricedInstrument:
    found = priced_instrument(instrument, spot=spot, carry=Carry(np.zeros(1), np.zeros(1), np.zeros(1)), as_of=AS_OF)
    assert isinstance(found, PricedInstrument)
    return found


def test_a_position_opened_now_has_the_liquidation_prices_of_the_reference() -> None:
    """hedging.md §12.9: n −10 with 30,000 at 60,000: 62,686.57; N −600,000 with one coin: 66,333.33."""
    assert priced(PERP, 60_000.0).liquidation_price(-10) == pytest.approx(62_686.57, abs=0.005)
    assert priced(COINS, 60_000.0).liquidation_price(-60_000) == pytest.approx(66_333.33, abs=0.005)
    assert priced(replace(COINS, wallet=10.0), 60_000.0).liquidation_price(-60_000) is None
    assert priced(replace(PERP, wallet=None), 60_000.0).liquidation_price(-10) is None


def test_what_is_added_and_closed_keeps_the_account() -> None:
    """Whether ten are sold at once or five and five at the same price, liquidation is the same; a closed loss is paid."""
    half = replace(PERP, position=-5, entry_price=60_000.0)
    assert priced(half, 60_000.0).liquidation_price(-5) == pytest.approx(priced(PERP, 60_000.0).liquidation_price(-10))
    losing = replace(PERP, position=-10, entry_price=58_000.0)
    kept = priced(losing, 60_000.0).liquidation_price(4)  # 8,000 realised of 30,000; six left from 58,000
    assert kept == pytest.approx((-6.0 * 58_000.0 - 22_000.0) / (-6.0 - 0.005 * 6.0))
    assert priced(losing, 60_000.0).liquidation_price(10) is None


def test_an_order_stops_where_liquidation_would_be_too_near_and_another_instrument_is_taken() -> None:
    risk = risk_of([Line(60_000.0, 1, 30.0)], spot=60_000.0, vol=0.6)
    policy = HedgePolicy(delta_cap=0.5, liquidation_distance=0.2)
    plan = plan_hedge(risk, [PERP], policy)
    state = plan.instruments[0]
    assert Reason.LIQUIDATION_LIMIT in plan.reasons
    assert state.liquidation_distance is not None
    assert state.liquidation_distance >= 0.2
    assert state.liquidation_price == pytest.approx(60_000.0 * math.exp(state.liquidation_distance))
    assert -16 < plan.orders[0].contracts < 0
    one_more = priced(PERP, 60_000.0).liquidation_price(plan.orders[0].contracts - 1)
    assert one_more is not None
    assert math.log(one_more / 60_000.0) < 0.2
    other = replace(share(1.0, bps=9.0), symbol="SPOT")
    assert [order.symbol for order in plan_hedge(risk, [PERP, other], policy).orders] == ["SPOT"]


def test_a_position_already_too_near_is_an_alert_and_may_still_be_reduced() -> None:
    near = replace(PERP, position=-10, wallet=5_000.0)
    risk = risk_of([Line(60_000.0, 1, 4.0)], spot=60_000.0, vol=0.6)
    plan = plan_hedge(risk, [near], HedgePolicy(delta_cap=0.6, liquidation_distance=0.15))
    assert plan.orders[0].contracts > 0
    quiet = plan_hedge(
        risk_of([Line(60_000.0, 1, 19.0)], spot=60_000.0, vol=0.6),
        [near],
        HedgePolicy(delta_cap=5.0, liquidation_distance=0.15),
    )
    assert quiet.orders == ()
    assert Reason.LIQUIDATION_NEAR in quiet.reasons
    assert any("reduce it, add collateral" in warning for warning in quiet.warnings)


def test_coins_that_cover_the_short_need_no_distance() -> None:
    risk = risk_of([Line(60_000.0, 1, 100.0)], spot=60_000.0, vol=0.6, payoff=Payoff.INVERSE)
    covered = replace(COINS, wallet=60.0)
    plan = plan_hedge(risk, [covered], HedgePolicy(risk_aversion=1.0, liquidation_distance=0.3))
    assert plan.orders[0].contracts == -279_438
    assert plan.instruments[0].liquidation_price is None


@pytest.mark.parametrize(("fraction", "residual"), [(0.5, 0.5), (1.0, 0.0), (0.25, 0.75), (1.5, -0.5)])
def test_a_fraction_of_the_mishedge_is_traded_at_a_trigger(fraction: float, residual: float) -> None:
    """As greeks.live's 0 to 150 % does; beyond 1 it must be meant and is labelled."""
    risk = risk_of([Line(100.0, 1, 1000.0)])
    policy = HedgePolicy(delta_cap=10.0, trade_fraction=fraction, allow_overhedge=fraction > 1.0)
    plan = plan_hedge(risk, [share(0.001)], policy)
    assert plan.residual_delta == pytest.approx(residual * plan.mishedge, abs=0.0005)
    assert (Reason.DIRECTIONAL in plan.reasons) == (fraction > 1.0)


def test_a_fraction_leaves_what_is_inside_the_band() -> None:
    policy = HedgePolicy(thresholds=(-1e4, 1e4), trade_fraction=0.5)
    assert plan_hedge(risk_of([Line(100.0, 1, 1000.0)]), [share()], policy).orders == ()
    with pytest.raises(InputError, match="reverses the mishedge"):
        HedgePolicy(trade_fraction=1.2)
