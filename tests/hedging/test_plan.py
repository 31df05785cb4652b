"""The plan: the invariants of hedging.md §8, and a real chain."""

import gzip
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gex.contracts import Payoff
from gex.errors import InputError
from gex.hedging.answer import Action, HedgePlan, Reason, ValidUntil
from gex.hedging.bands import Binding
from gex.hedging.instruments import HedgeInstrument, InstrumentFault
from gex.hedging.plan import plan_hedge
from gex.hedging.policy import AccountUnit, BandRule, HedgePolicy
from gex.hedging.triggers import Direction, OrderHint
from gex.portfolio.linear import LinearKind
from gex.portfolio.positions import match_positions
from gex.portfolio.reading import parse_positions
from gex.portfolio.risk import PortfolioRisk, portfolio_risk
from tests.books import AS_OF, Line, expiry_in, positions_of, risk_of, share, surface_of

QUARTER = AS_OF + np.timedelta64(91, "D")
ES = HedgeInstrument(
    symbol="ES",
    kind=LinearKind.INDEX_FUTURE,
    multiplier=50.0,
    expires_at=QUARTER,
    half_spread_bps=0.25,
    fee_per_contract=1.4,
)
MES = replace(ES, symbol="MES", multiplier=5.0, fee_per_contract=0.6)
SHORT_CALLS = [Line(5000.0, 1, -10.0)]


def index_book(lines: Sequence[Line] = SHORT_CALLS, *, spot: float = 5000.0) -> PortfolioRisk:
    return risk_of(lines, spot=spot, vol=0.15, slope=-0.1, rate=0.04, dividend=0.013, multiplier=100.0)


def units_traded(plan: HedgePlan) -> float:
    return math.fsum(order.units for order in plan.orders)


def with_positions(instruments: Sequence[HedgeInstrument], plan: HedgePlan) -> list[HedgeInstrument]:
    after = {state.symbol: state.position_after for state in plan.instruments}
    return [replace(i, position=after[i.symbol], in_flight=0) for i in instruments]


def test_short_calls_are_hedged_with_whole_es_and_mes() -> None:
    risk = index_book()
    plan = plan_hedge(risk, [ES, MES], HedgePolicy(risk_aversion=1e-5))
    assert plan.action is Action.TRADE
    assert [order.symbol for order in plan.orders] == ["ES", "MES"]
    assert all(isinstance(order.contracts, int) and order.contracts > 0 for order in plan.orders)  # + buys
    assert plan.book_delta == pytest.approx(risk.totals().delta)
    assert plan.residual_delta == pytest.approx(plan.mishedge + units_traded(plan))
    growth = math.exp((0.04 - 0.013) * 91.0 / 365.0)
    assert plan.instruments[0].units_per_contract == pytest.approx(50.0 * growth)
    assert plan.orders[1].contracts < 10  # ten MES would be one more ES
    assert plan.band is not None
    assert abs(plan.residual_delta) <= plan.band.target
    assert len(plan.triggers) == 2
    assert all(t.direction is Direction.LEAVING and t.order_hint is OrderHint.STOP for t in plan.triggers)
    assert plan.trigger_prices[0] < plan.spot < plan.trigger_prices[1]
    assert plan.reasons[0] is Reason.OUTSIDE_BAND
    assert plan.orders[0].order_hint is OrderHint.MARKET  # short gamma must not wait
    assert plan.net_value is not None
    assert plan.net_value > 0.0
    assert plan.valid_until > plan.as_of


def test_doing_nothing_is_an_answer_with_all_the_same_fields() -> None:
    instruments, policy = [ES, MES], HedgePolicy(risk_aversion=1e-5)
    first = plan_hedge(index_book(), instruments, policy)
    second = plan_hedge(index_book(), with_positions(instruments, first), policy)
    assert second.action is Action.NO_TRADE
    assert second.orders == ()
    assert second.costs.total == 0.0
    assert second.reasons[0] is Reason.INSIDE_BAND
    assert second.residual_delta == second.mishedge == pytest.approx(first.residual_delta)
    assert second.band == first.band
    assert second.trigger_prices == pytest.approx(first.trigger_prices, rel=1e-12)
    assert (second.trigger_time, second.valid_until) == (first.trigger_time, first.valid_until)
    assert second.net_value == 0.0


LINES = st.lists(
    st.builds(
        Line,
        st.sampled_from([4700.0, 4900.0, 5000.0, 5050.0, 5300.0]),
        st.sampled_from([1, -1]),
        st.integers(-40, 40).map(float),
        st.sampled_from([0.05, 3.0, 30.0, 120.0]),
    ),
    min_size=1,
    max_size=5,
)
POLICIES = st.one_of(
    st.builds(HedgePolicy, risk_aversion=st.floats(1e-7, 1e-3), ticket=st.sampled_from([0.0, 5.0])),
    st.builds(HedgePolicy, residual_sd_budget=st.floats(50.0, 5e4), coverage=st.sampled_from([1.0, 0.7])),
    st.builds(HedgePolicy, delta_cap=st.floats(1.0, 300.0), poll_interval=st.sampled_from([0.0, 5.0, 3600.0])),
    st.builds(HedgePolicy, thresholds=st.tuples(st.floats(-200.0, -1.0), st.floats(1.0, 200.0))),
    st.builds(
        HedgePolicy,
        risk_aversion=st.floats(1e-6, 1e-4),
        rule=st.sampled_from([BandRule.WHALLEY_WILMOTT_EDGE, BandRule.WHALLEY_WILMOTT_TARGET, BandRule.ZAKAMOULINE]),
    ),
)


@settings(deadline=None, max_examples=60)
@given(LINES, POLICIES, st.integers(-30, 30), st.integers(-50, 50), st.sampled_from([1.0, 0.0, 1.5]))
def test_invariants_of_every_plan(lines: list[Line], policy: HedgePolicy, es: int, mes: int, stickiness: float) -> None:
    risk, policy = index_book(lines), replace(policy, skew_stickiness=stickiness)
    instruments = [replace(ES, position=es), replace(MES, position=mes)]
    plan = plan_hedge(risk, instruments, policy)
    assert plan.band is not None
    band, before, after = plan.band, plan.mishedge, plan.residual_delta
    lot = 5.0 * math.exp((0.04 - 0.013) * 91.0 / 365.0)
    slack = 1e-6 * (lot + abs(before))
    # 1. Inside the band nothing is traded.
    if band.trigger_below < before < band.trigger:
        assert plan.orders == ()
        assert after == before
    else:
        # 2. The mishedge never grows, and crosses zero only where one lot does.
        assert abs(after) <= abs(before) + slack
        if after * before < 0.0:
            assert abs(after) <= 0.5 * lot + slack
        # 8. It lands on its target or within half a lot of none; it is never past the target by a whole lot.
        target = band.target if before > 0.0 else -band.target_below
        bound = max(target, 0.5 * lot)
        assert abs(after) <= bound + slack
        if abs(before) - abs(after) > lot + slack:
            assert abs(after) >= bound - lot - slack or after * before <= 0.0
        assert all(order.contracts * before < 0 for order in plan.orders)
    # The hedge is inside its band, or as near to it as a lot can be.
    assert band.trigger_below - slack <= after <= band.trigger + slack
    # 7. Each trigger reprices to its edge; the first one out is a leaving one on either side.
    assert plan.hedged_book is not None
    for trigger in plan.triggers:
        assert plan.hedged_book.mishedge([trigger.price])[0] == pytest.approx(trigger.mishedge, abs=1e-6)
    if band.trigger_below + slack < after < band.trigger - slack:
        for side in (
            [t for t in plan.triggers if t.price > plan.spot],
            [t for t in plan.triggers if t.price < plan.spot][::-1],
        ):
            assert not side or side[0].direction is Direction.LEAVING
    # 9. Cost lines sum to the total, orders to the plan.
    assert plan.costs.total == pytest.approx(math.fsum(o.costs.total for o in plan.orders), abs=1e-9)
    assert plan.costs.trading >= 0.0
    assert math.fsum(o.units for o in plan.orders) == pytest.approx(after - before, abs=slack)
    assert all(sum(order.clips) == order.contracts for order in plan.orders)
    assert plan.reasons


@settings(deadline=None, max_examples=30)
@given(LINES, POLICIES, st.randoms())
def test_the_order_of_positions_and_instruments_does_not_matter(lines, policy, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = list(lines)
    random.shuffle(shuffled)
    one = plan_hedge(index_book(lines), [ES, MES], policy)
    other = plan_hedge(index_book(shuffled), [MES, ES], policy)
    assert {o.symbol: o.contracts for o in one.orders} == {o.symbol: o.contracts for o in other.orders}
    assert one.residual_delta == pytest.approx(other.residual_delta, abs=1e-8)


@settings(deadline=None, max_examples=30)
@given(LINES, POLICIES)
def test_the_mirror_book_has_the_mirror_hedge(lines: list[Line], policy: HedgePolicy) -> None:
    """Invariant 6, for symmetric bands."""
    assume(policy.thresholds is None)
    mirrored = [replace(line, contracts=-line.contracts) for line in lines]
    one = plan_hedge(index_book(lines), [ES, MES], policy)
    other = plan_hedge(index_book(mirrored), [ES, MES], policy)
    assert [(o.symbol, o.contracts) for o in one.orders] == [(o.symbol, -o.contracts) for o in other.orders]
    assert one.trigger_prices == pytest.approx(other.trigger_prices, rel=1e-9)
    assert one.costs.trading == pytest.approx(other.costs.trading)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.01, 100.0), st.floats(1e-7, 1e-4))
def test_the_currency_of_the_prices_does_not_matter(scale: float, aversion: float) -> None:
    """Invariant 4: prices × k, γ/k, tickets × k leave every quantity as it is."""
    lines = [Line(95.0, 1, -30.0), Line(104.0, -1, 20.0, 60.0)]
    plan = plan_hedge(risk_of(lines), [share(0.5, bps=3.0)], HedgePolicy(risk_aversion=aversion, ticket=0.1))
    dear = [replace(line, strike=line.strike * scale) for line in lines]
    other = plan_hedge(
        risk_of(dear, spot=100.0 * scale),
        [share(0.5, bps=3.0)],
        HedgePolicy(risk_aversion=aversion / scale, ticket=0.1 * scale),
    )
    assert [o.contracts for o in plan.orders] == [o.contracts for o in other.orders]
    assert plan.band is not None
    assert other.band is not None
    assert other.band.trigger == pytest.approx(plan.band.trigger, rel=1e-8)
    assert other.trigger_prices == pytest.approx([price * scale for price in plan.trigger_prices], rel=1e-9)
    assert other.costs.total == pytest.approx(plan.costs.total * scale)


@settings(deadline=None, max_examples=30)
@given(LINES, POLICIES)
def test_what_is_in_flight_is_not_ordered_twice(lines: list[Line], policy: HedgePolicy) -> None:
    """Invariant 3."""
    first = plan_hedge(index_book(lines), [ES, MES], policy)
    sent = {order.symbol: order.contracts for order in first.orders}
    waiting = [replace(i, in_flight=sent.get(i.symbol, 0)) for i in (ES, MES)]
    second = plan_hedge(index_book(lines), waiting, policy)
    assert second.orders == ()
    if sent:
        assert Reason.IN_FLIGHT in second.reasons


def test_a_cap_that_only_fills_would_keep_is_an_alert() -> None:
    plan = plan_hedge(index_book(), [replace(ES, in_flight=11)], HedgePolicy(delta_cap=60.0))
    assert plan.orders == ()
    assert Reason.CAP_UNTIL_FILLS in plan.reasons
    assert any("none of the orders in flight fills" in warning for warning in plan.warnings)


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        ({"bid": math.nan, "ask": 5030.0}, Reason.BAD_NUMBER),
        ({"price": math.nan}, Reason.BAD_NUMBER),
        ({"bid": 5031.0, "ask": 5030.0}, Reason.CROSSED_QUOTE),
        ({"quoted_at": AS_OF - np.timedelta64(90, "s")}, Reason.STALE_QUOTE),
        ({"expires_at": AS_OF - np.timedelta64(1, "D")}, Reason.EXPIRED_INSTRUMENT),
    ],
)
def test_bad_or_stale_quotes_hold_with_an_alert(terms: dict[str, object], reason: Reason) -> None:
    """Invariant 10."""
    policy = HedgePolicy(delta_cap=10.0, max_age=60.0)
    plan = plan_hedge(index_book(), [replace(ES, **terms), MES], policy)
    assert (plan.action, plan.orders) == (Action.HOLD, ())
    assert plan.reasons == (reason,)
    assert plan.warnings[0].startswith("ES: ")
    assert plan.instruments[0].fault is InstrumentFault(reason.value)
    assert (plan.band, plan.triggers, plan.valid_until) == (None, (), plan.as_of)


def test_a_stale_chain_holds_and_so_does_a_surface_with_holes() -> None:
    policy = HedgePolicy(delta_cap=10.0, max_age=60.0)
    late = plan_hedge(index_book(), [ES], policy, as_of=AS_OF + np.timedelta64(61, "s"))
    assert (late.action, late.reasons) == (Action.HOLD, (Reason.STALE_CHAIN,))
    in_time = plan_hedge(index_book(), [ES], policy, as_of=AS_OF + np.timedelta64(59, "s"))
    assert in_time.action is Action.TRADE
    assert in_time.valid_until == AS_OF + np.timedelta64(60, "s")
    assert in_time.valid_until_reason is ValidUntil.DATA
    expiry = expiry_in(30.0)
    hole = portfolio_risk(
        positions_of([Line(100.0, 1, 1.0)], (expiry,)), surface_of((expiry,), spot=100.0, vol=math.nan)
    )
    held = plan_hedge(hole, [share()], HedgePolicy(delta_cap=10.0))
    assert (held.action, held.reasons) == (Action.HOLD, (Reason.NOTHING_PRICED,))


def test_what_is_not_priced_is_named_in_the_plan() -> None:
    expiries = (expiry_in(30.0), expiry_in(60.0))
    lines = [Line(100.0, 1, 1.0, 30.0), Line(100.0, 1, 4.0, 60.0)]
    risk = portfolio_risk(positions_of(lines, expiries), surface_of(expiries[:1], spot=100.0, vol=0.3))
    plan = plan_hedge(risk, [share(0.1)], HedgePolicy(delta_cap=0.2))
    assert plan.action is Action.TRADE
    assert Reason.UNPRICED_POSITIONS in plan.reasons
    assert plan.warnings == ("Not priced, in no total: +4 XYZ 2024-04-30 100 C: unknown expiry",)


def test_coverage_keeps_the_rest_of_the_delta() -> None:
    """hedging.md §1: the band is r^{2/3} as wide; the desk keeps (1 − r)Δ."""
    lines, policy = [Line(100.0, 1, 1000.0)], HedgePolicy(risk_aversion=1e-3)
    whole = plan_hedge(risk_of(lines), [share(1e-6)], policy)
    part = plan_hedge(risk_of(lines), [share(1e-6)], replace(policy, coverage=0.7))
    assert whole.band is not None
    assert part.band is not None
    assert part.band.trigger == pytest.approx(0.7 ** (2.0 / 3.0) * whole.band.trigger, rel=1e-5)
    assert abs(0.7 * part.book_delta + units_traded(part)) <= part.band.target + 1e-5
    assert plan_hedge(risk_of(lines), [share()], replace(policy, coverage=1.2, allow_overhedge=True)).reasons.count(
        Reason.DIRECTIONAL
    )


def test_limits_cut_orders_and_say_so() -> None:
    policy = HedgePolicy(delta_cap=20.0)
    free = plan_hedge(index_book(), [ES], policy)
    wanted = free.orders[0].contracts
    assert wanted > 4
    cut = plan_hedge(index_book(), [replace(ES, maximum_order=4, depth=3.0)], policy)
    assert (cut.orders[0].contracts, cut.orders[0].clips) == (4, (3, 1))
    assert {Reason.ORDER_LIMIT, Reason.DELTA_CAP} <= set(cut.reasons)
    full = plan_hedge(index_book(), [replace(ES, position=2, maximum_position=3)], policy)
    assert full.instruments[0].position_after == 3
    assert Reason.POSITION_LIMIT in full.reasons
    poor = plan_hedge(index_book(), [replace(ES, margin=10_000.0)], replace(policy, margin_available=35_000.0))
    assert poor.orders[0].contracts == 3
    assert poor.band is not None
    assert poor.band.bound_by is Binding.MARGIN
    # Closing a position needs no margin.
    closing = plan_hedge(
        index_book(), [replace(ES, position=-4, margin=10_000.0)], replace(policy, margin_available=0.0)
    )
    assert closing.instruments[0].position_after == 4


def test_the_cheaper_ladder_trades() -> None:
    lines, policy = [Line(100.0, 1, -500.0)], HedgePolicy(risk_aversion=1e-3)
    perpetual = HedgeInstrument(symbol="PERP", kind=LinearKind.LINEAR, multiplier=1.0, half_spread_bps=1.0)
    dated = replace(perpetual, symbol="DATED", expires_at=QUARTER)
    for funding, chosen in ((0.0, "PERP"), (1e-3, "DATED"), (-1e-3, "PERP")):
        # The book buys: a long pays funding, the future has neither basis nor a better spread.
        plan = plan_hedge(
            risk_of(lines), [replace(perpetual, funding_rate=funding), replace(dated, half_spread_bps=1.1)], policy
        )
        assert [order.symbol for order in plan.orders] == [chosen]


def test_a_linear_book_is_rounded_and_has_no_spot_trigger() -> None:
    risk = index_book([replace(SHORT_CALLS[0], contracts=0.0)])
    plan = plan_hedge(risk, [replace(ES, position=-7)], HedgePolicy(delta_cap=100.0, target_delta=-200.0))
    assert plan.instruments[0].position_after == -4  # −200 / 50.34, to the nearest
    assert plan.triggers == ()
    assert {Reason.NO_GAMMA, Reason.NO_TRIGGER_IN_RANGE} <= set(plan.reasons)
    assert plan.net_value is None


def test_a_coin_book_is_hedged_with_whole_inverse_contracts() -> None:
    """hedging.md §12.1: coin-neutral −279,438 ten-dollar contracts; USD-neutral with 50 coins −579,438."""
    risk = risk_of([Line(60_000.0, 1, 100.0)], spot=60_000.0, vol=0.6, payoff=Payoff.INVERSE)
    perpetual = HedgeInstrument(symbol="PERP", kind=LinearKind.INVERSE, multiplier=10.0, price=60_000.0)
    policy = HedgePolicy(risk_aversion=1.0)  # so averse that only whole contracts are left
    coin = plan_hedge(risk, [perpetual], policy)
    assert coin.orders[0].contracts == -279_438
    usd = plan_hedge(risk, [perpetual], replace(policy, account_unit=AccountUnit.USD, equity_coin=50.0))
    assert usd.orders[0].contracts == -579_438
    assert usd.hedged_book is not None
    for trigger in usd.triggers:
        assert usd.hedged_book.mishedge([trigger.price])[0] == pytest.approx(trigger.mishedge, abs=1e-6)


def test_a_tilt_is_a_position_and_is_shown_as_one() -> None:
    lines = [Line(100.0, 1, -500.0)]
    perpetual = HedgeInstrument(
        symbol="PERP", kind=LinearKind.LINEAR, multiplier=0.01, half_spread_bps=1.0, funding_rate=1e-5
    )
    policy = HedgePolicy(risk_aversion=1e-2)
    straight = plan_hedge(risk_of(lines), [perpetual], policy)
    tilted = plan_hedge(risk_of(lines), [perpetual], replace(policy, carry_tilt=True))
    assert tilted.tilt == pytest.approx(-1e-5 * 3 * 365 * 100.0 / (1e-2 * (100.0 * 0.5) ** 2))
    assert tilted.target_delta == tilted.tilt
    assert Reason.CARRY_TILT in tilted.reasons
    assert units_traded(tilted) - units_traded(straight) == pytest.approx(tilted.tilt, abs=0.011)  # one lot


def test_an_event_ahead_ends_the_plan_and_narrows_the_band() -> None:
    event = AS_OF + np.timedelta64(5, "h")
    calm = HedgePolicy(risk_aversion=1e-5)
    plan = plan_hedge(index_book(), [ES, MES], replace(calm, event_at=event, event_gap_sd=0.03))
    plain = plan_hedge(index_book(), [ES, MES], calm)
    assert (plan.valid_until, plan.valid_until_reason) == (event, ValidUntil.EVENT)
    assert plan.band is not None
    assert plain.band is not None
    assert plan.band.trigger < plain.band.trigger


def test_instruments_must_be_there_and_have_names_of_their_own() -> None:
    with pytest.raises(InputError, match="expected at least one"):
        plan_hedge(index_book(), [], HedgePolicy())
    with pytest.raises(InputError, match="different names"):
        plan_hedge(index_book(), [ES, ES], HedgePolicy())


@pytest.mark.real_data
def test_the_first_hedge_of_a_real_book(real_data: Path) -> None:
    """Short ten at-the-money SPX calls of 2023-09-14: ES and MES, and triggers that reprice to the edge."""
    from gex.io.detect import parse_chain
    from gex.pipeline import analyse

    analysis = analyse(parse_chain(gzip.decompress((real_data / "cboe_csv" / "spx_20230914.csv.gz").read_bytes())))
    lines = parse_positions("root,expiry,strike,right,contracts\nSPXW,2023-10-20,4505,C,-10\n")
    risk = portfolio_risk(match_positions(lines, analysis.cleaned.quotes), analysis.surface)
    december = np.datetime64("2023-12-15T14:30", "ns")
    instruments = [replace(i, expires_at=december) for i in (ES, MES)]
    plan = plan_hedge(risk, instruments, HedgePolicy(risk_aversion=1e-5))
    assert {order.symbol: order.contracts for order in plan.orders} == {"ES": 10, "MES": 8}
    assert plan.unpriced == ()
    assert len(plan.triggers) >= 2
    assert plan.hedged_book is not None
    for trigger in plan.triggers:
        assert plan.hedged_book.mishedge([trigger.price])[0] == pytest.approx(trigger.mishedge, abs=1e-6)
