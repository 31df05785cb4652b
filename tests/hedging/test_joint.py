"""One hedge of several underlyings and several contracts."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.errors import InputError
from gex.hedging.cross import CrossVerdict
from gex.hedging.instruments import HedgeInstrument, PricedInstrument, priced_instrument
from gex.hedging.joint import Correlation, Exposure, plan_joint_hedge
from gex.portfolio.carry import Carry
from gex.portfolio.linear import LinearKind
from tests.books import AS_OF

FLAT = Carry(np.zeros(1), np.zeros(1), np.zeros(1))
HORIZON = 3.0 / 365.0


def priced(instrument: HedgeInstrument, spot: float) -> PricedInstrument:
    found = priced_instrument(instrument, spot=spot, carry=FLAT, as_of=AS_OF)
    assert isinstance(found, PricedInstrument)
    return found


def swap(symbol: str, size: float, bps: float, **terms: object) -> HedgeInstrument:
    values = {"kind": LinearKind.LINEAR, "multiplier": size, "half_spread_bps": bps, **terms}
    return HedgeInstrument(symbol=symbol, **values)  # type: ignore[arg-type]


def coins(*, btc_bps: float = 3.0, eth_bps: float = 4.0, **terms: object) -> list[Exposure]:
    """hedging.md §12.8: 12 BTC and 150 ETH; 18 and 1.2 USD a coin one way."""
    btc = priced(swap("BTC-PERP", 0.5, btc_bps, **terms), 60_000.0)
    eth = priced(swap("ETH-PERP", 25.0, eth_bps), 3_000.0)
    return [
        Exposure(underlying="BTC", mishedge=12.0, spot=60_000.0, vol=0.6, instruments=(btc,)),
        Exposure(underlying="ETH", mishedge=150.0, spot=3_000.0, vol=0.75, instruments=(eth,)),
    ]


SURE = {("BTC", "ETH"): Correlation(value=0.8, count=10**12)}  # an interval of no width


def test_the_allocation_of_the_reference_in_contracts() -> None:
    """hedging.md §12.8: lots 0.5 and 25 coins: −11.5 and −125, objective 377.9920."""
    hedge = plan_joint_hedge(coins(), risk_aversion=1e-6, horizon=HORIZON, correlations=SURE, basis_vol=0.0)
    assert {order.symbol: order.contracts for order in hedge.orders} == {"BTC-PERP": -23, "ETH-PERP": -5}
    assert hedge.allocation.holding == pytest.approx([-11.311557, -129.972565], abs=1e-3)  # Fisher's interval at 1e12
    assert hedge.allocation.objective_lots == pytest.approx(377.9920, abs=5e-3)
    assert hedge.allocation.violation <= 1e-7
    assert hedge.unhedged_sd_per_day == pytest.approx(38_242.6, abs=0.5)
    assert hedge.residual == pytest.approx({"BTC": 0.5, "ETH": 25.0})


def test_a_dear_contract_is_left_and_the_other_hedges_both_while_the_correlation_is_known() -> None:
    """c_ETH = 12: −17.810185 BTC and no ETH; from thirty observations nothing is crossed."""
    dear = coins(eth_bps=40.0)
    sure = plan_joint_hedge(dear, risk_aversion=1e-6, horizon=HORIZON, correlations=SURE, basis_vol=0.0)
    assert sure.allocation.holding == pytest.approx([-17.810185, 0.0], abs=1e-3)
    assert sure.cross["ETH", "BTC"].verdict is CrossVerdict.ENTER
    few = {("ETH", "BTC"): Correlation(value=0.5, count=12)}
    unsure = plan_joint_hedge(dear, risk_aversion=1e-6, horizon=HORIZON, correlations=few, basis_vol=0.0)
    assert unsure.cross["ETH", "BTC"].verdict is CrossVerdict.LEAVE
    alone = plan_joint_hedge(dear[:1], risk_aversion=1e-6, horizon=HORIZON, basis_vol=0.0)
    assert unsure.allocation.holding[0] == pytest.approx(alone.allocation.holding[0], rel=1e-9)


def test_funding_decides_between_perpetual_and_quarterly_without_a_free_lunch() -> None:
    """hedging.md §7: 12 coins, funding 10.95 % a year: basis as its own factor keeps both within the book's exposure."""
    perpetual = swap("PERP", 0.001, 3.0, funding_rate=1e-4)
    quarterly = swap("DATED", 0.001, 3.0, expires_at=AS_OF + np.timedelta64(91, "D"), price=60_000.0)
    for position, chosen in ((12.0, "PERP"), (-12.0, "DATED")):  # shorts receive, longs pay
        exposure = Exposure(
            underlying="BTC",
            mishedge=position,
            spot=60_000.0,
            vol=0.6,
            instruments=(priced(perpetual, 60_000.0), priced(quarterly, 60_000.0)),
        )
        hedge = plan_joint_hedge([exposure], risk_aversion=1e-6, horizon=30.0 / 365.0)
        largest = max(hedge.orders, key=lambda order: abs(order.units))
        assert largest.symbol == chosen
        assert np.abs(hedge.allocation.holding).max() <= 12.0 + 0.001  # a lot more than the book
        assert all(order.units * position < 0.0 for order in hedge.orders)
        assert abs(hedge.residual["BTC"]) < 1.5


def test_the_fine_contract_takes_the_remainder_of_the_coarse_one() -> None:
    es, mes = (
        priced(
            HedgeInstrument(
                symbol=name, kind=LinearKind.INDEX_FUTURE, multiplier=size, expires_at=AS_OF + np.timedelta64(91, "D"),
                price=5000.0, half_spread_bps=0.25, fee_per_contract=fee,
            ),
            5000.0,
        )
        for name, size, fee in (("ES", 50.0, 1.2), ("MES", 5.0, 0.4))
    )  # fmt: skip
    exposure = Exposure(underlying="SPX", mishedge=1000.0 - 16.0, spot=5000.0, vol=0.15, instruments=(mes, es))
    hedge = plan_joint_hedge([exposure], risk_aversion=1e-3, horizon=30.0 / 365.0, basis_vol=0.0)
    assert {order.symbol: order.contracts for order in hedge.orders} == {"ES": -19, "MES": -7}
    assert hedge.ladders == (("ES", "MES"),)
    assert hedge.residual["SPX"] == pytest.approx(-1.0)


def test_positions_that_are_held_count() -> None:
    """What is in the mishedge is not hedged twice."""
    exposures = coins()
    first = plan_joint_hedge(exposures, risk_aversion=1e-6, horizon=HORIZON, correlations=SURE, basis_vol=0.0)
    traded = {order.symbol: order.contracts for order in first.orders}
    again = [
        replace(
            exposure,
            mishedge=first.residual[exposure.underlying],
            instruments=tuple(
                replace(p, instrument=replace(p.instrument, position=traded[p.instrument.symbol]))
                for p in exposure.instruments
            ),
        )
        for exposure in exposures
    ]
    assert plan_joint_hedge(again, risk_aversion=1e-6, horizon=HORIZON, correlations=SURE, basis_vol=0.0).orders == ()


def test_limits_of_an_instrument_hold() -> None:
    capped = coins(minimum_position=-20)  # ten coins
    hedge = plan_joint_hedge(capped, risk_aversion=1e-6, horizon=HORIZON, correlations=SURE, basis_vol=0.0)
    assert {o.symbol: o.contracts for o in hedge.orders}["BTC-PERP"] == -20
    small = coins(maximum_order=3)
    hedge = plan_joint_hedge(small, risk_aversion=1e-6, horizon=HORIZON, correlations=SURE, basis_vol=0.0)
    assert {o.symbol: o.contracts for o in hedge.orders}["BTC-PERP"] == -3


@settings(max_examples=40)
@given(
    st.floats(-50.0, 50.0), st.floats(-500.0, 500.0), st.floats(-0.95, 0.95), st.integers(5, 500), st.floats(0.1, 20.0)
)
def test_no_hedge_is_riskier_or_dearer_than_none(
    btc: float, eth: float, correlation: float, count: int, bps: float
) -> None:
    """The objective in whole contracts is never above that of doing nothing, nor is the deviation; lines are proven."""
    exposures = coins(btc_bps=bps)
    exposures = [replace(exposures[0], mishedge=btc), replace(exposures[1], mishedge=eth)]
    known = {("BTC", "ETH"): Correlation(value=correlation, count=count)}
    hedge = plan_joint_hedge(exposures, risk_aversion=1e-6, horizon=HORIZON, correlations=known)
    assert hedge.allocation.violation <= 1e-7
    assert hedge.allocation.objective_lots <= hedge.allocation.objective_unhedged + 1e-9
    assert hedge.sd_per_day <= hedge.unhedged_sd_per_day * (1.0 + 1e-9)


def test_without_instruments_there_is_no_hedge() -> None:
    with pytest.raises(InputError, match="at least one instrument"):
        plan_joint_hedge(
            [Exposure(underlying="BTC", mishedge=1.0, spot=1.0, vol=0.5)], risk_aversion=1e-6, horizon=HORIZON
        )
