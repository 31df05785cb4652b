"""Bands: vectors of the reference, what binds them, and how they move."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.errors import InputError
from gex.hedging.bands import Band, Binding, Mishedge, band_statistics, carry_tilt, find_band
from gex.hedging.costs import CostCurve, net_hedge_value
from gex.hedging.policy import BandRule, CapConfidence, HedgePolicy
from tests import naive_hedging as naive

# hedging.md §12.2: S 60,000, Γ 5e-4, σ 0.6, λ 5e-4 (λS = 30), γ 1e-6; v = 18, Q = 108.
BOOK = Mishedge(spot=60_000.0, gamma=5e-4, vol=0.6)
PLAIN = CostCurve(fee=30.0, half_spread=0.0)
TICKET = replace(PLAIN, ticket=20.0)
POLICY = HedgePolicy(risk_aversion=1e-6)


def test_the_ticket_band_of_the_reference() -> None:
    band = find_band(BOOK, TICKET, POLICY)
    assert (band.trigger, band.target) == pytest.approx((3.592701, 1.284164), abs=1e-6)
    assert band.bound_by is Binding.COST
    assert band.expected_hedges_per_year == pytest.approx(28.778, abs=5e-4)
    assert band.trading_cost_per_year == pytest.approx(2568.652, abs=5e-4)
    assert 0.5e-6 * 36_000.0**2 * band.mean_square == pytest.approx(1572.111, abs=5e-4)
    assert band.residual_sd_per_day(60_000.0, 0.6) == pytest.approx(2935.0, abs=0.05)
    assert band.horizon * 365.0 == pytest.approx(4.4656, abs=5e-5)


def test_the_edge_band_of_the_reference() -> None:
    for rule in (BandRule.COST_OPTIMAL, BandRule.WHALLEY_WILMOTT_EDGE):
        band = find_band(BOOK, PLAIN, replace(POLICY, rule=rule))
        assert (band.trigger, band.target) == pytest.approx((2.2407024, 2.2407024), abs=1e-7)
        assert band.horizon * 365.0 == pytest.approx(3.7707, abs=5e-5)
        assert band.trading_cost_per_year == pytest.approx(30.0 * 18.0**2 / (2.0 * band.trigger))
        assert band.mean_square == pytest.approx(band.trigger**2 / 3.0)
    target = find_band(BOOK, PLAIN, replace(POLICY, rule=BandRule.WHALLEY_WILMOTT_TARGET))
    assert (target.trigger, target.target) == pytest.approx((3.5568933, 0.0), abs=1e-7)


def test_budgets_of_the_reference() -> None:
    """hedging.md §12.4: 1,000 USD a day; without a ticket and with one of 20."""
    policy = HedgePolicy(residual_sd_budget=1000.0)
    band = find_band(BOOK, PLAIN, policy)
    assert (band.trigger, band.bound_by) == (pytest.approx(0.919188, abs=1e-6), Binding.SD_BUDGET)
    assert band.risk_aversion == pytest.approx(1.448568e-5, rel=1e-6)
    band = find_band(BOOK, TICKET, policy)
    assert (band.trigger, band.target) == pytest.approx((1.268737, 0.283055), abs=1e-6)
    assert band.risk_aversion == pytest.approx(4.03744e-5, rel=1e-6)
    assert band.residual_sd_per_day(60_000.0, 0.6) == pytest.approx(1000.0, rel=1e-9)


def test_the_cap_of_the_reference() -> None:
    policy = HedgePolicy(delta_cap=1.5)
    band = find_band(BOOK, PLAIN, policy)
    assert (band.trigger, band.bound_by) == (pytest.approx(1.5, rel=1e-9), Binding.CAP)
    assert band.risk_aversion == pytest.approx(3.3333e-6, rel=1e-4)
    assert band.residual_sd_per_day(60_000.0, 0.6) == pytest.approx(1631.87, abs=5e-3)
    polled = find_band(BOOK, PLAIN, replace(policy, poll_interval=60.0))
    assert polled.trigger == pytest.approx(1.485535, abs=1e-6)
    assert polled.continuous_trigger == pytest.approx(1.5, rel=1e-9)


@pytest.mark.parametrize(
    "rule", [BandRule.COST_OPTIMAL, BandRule.WHALLEY_WILMOTT_EDGE, BandRule.WHALLEY_WILMOTT_TARGET]
)
@pytest.mark.parametrize("limit", [{"delta_cap": 1.5}, {"residual_sd_budget": 1000.0}])
def test_what_costs_nothing_is_hedged_to_the_lot_whatever_the_limit(rule: BandRule, limit: dict[str, float]) -> None:
    free = CostCurve(fee=0.0, half_spread=0.0, lot=1.0)
    band = find_band(BOOK, free, HedgePolicy(rule=rule, **limit))
    assert (band.trigger, band.target, band.bound_by) == (0.5, -0.5, Binding.LOT)
    assert band.risk_aversion is None
    assert find_band(BOOK, free, HedgePolicy(rule=rule, risk_aversion=1e-6, **limit)).trigger == 0.5


def test_the_strictest_demand_binds() -> None:
    policy = HedgePolicy(risk_aversion=1e-6, residual_sd_budget=1000.0, delta_cap=1.5)
    assert find_band(BOOK, PLAIN, policy).bound_by is Binding.SD_BUDGET
    assert find_band(BOOK, PLAIN, replace(policy, residual_sd_budget=3000.0)).bound_by is Binding.CAP
    assert find_band(BOOK, PLAIN, replace(policy, residual_sd_budget=9000.0, delta_cap=9.0)).bound_by is Binding.COST


def test_lots_and_polls_bind_where_they_are_all_there_is() -> None:
    coarse = replace(PLAIN, lot=10.0)
    band = find_band(BOOK, coarse, HedgePolicy(delta_cap=1.5))
    assert (band.trigger, band.bound_by, band.risk_aversion) == (5.0, Binding.LOT, None)
    slow = find_band(BOOK, PLAIN, HedgePolicy(delta_cap=1.5, poll_interval=86_400.0 * 2))
    assert slow.bound_by is Binding.POLL


def test_thresholds_may_be_asymmetric_and_say_what_they_imply() -> None:
    band = find_band(BOOK, TICKET, HedgePolicy(thresholds=(-2.0, 5.0), threshold_targets=(-1.0, 0.5)))
    assert (band.trigger_below, band.target_below, band.target, band.trigger) == (-2.0, -1.0, 0.5, 5.0)
    assert band.bound_by is Binding.THRESHOLDS
    implied = find_band(BOOK, TICKET, HedgePolicy(risk_aversion=band.risk_aversion))
    assert implied.trigger == pytest.approx(3.5, rel=1e-9)  # half of the width
    capped = find_band(BOOK, TICKET, HedgePolicy(thresholds=(-2.0, 5.0), delta_cap=3.0))
    assert (capped.trigger_below, capped.trigger, capped.bound_by) == (-2.0, 3.0, Binding.CAP)


def test_statistics_of_an_asymmetric_band_match_a_random_walk() -> None:
    band = find_band(BOOK, replace(TICKET, lot=0.2), HedgePolicy(thresholds=(-2.0, 5.0), threshold_targets=(-1.0, 0.5)))
    hedges, mean_square, _ = band_statistics(replace(band, mishedge_volatility=1.0), TICKET)
    slow = naive.simulated_band(-2.0, -1.0, 5.0, 0.5, nodes=561)
    assert (hedges, mean_square) == pytest.approx(slow, rel=2e-4)  # a grid of 1/80 of a unit


@given(st.floats(0.5, 10.0), st.floats(0.0, 0.9))
def test_statistics_of_a_symmetric_band_are_the_closed_ones(trigger: float, share: float) -> None:
    """hedging.md §5: v²/(a² − b²) trades a year, time average (a² + b²)/6."""
    target = share * trigger
    policy = HedgePolicy(thresholds=(-trigger, trigger), threshold_targets=(-target, target))
    band = find_band(BOOK, TICKET, policy)
    assert band.expected_hedges_per_year == pytest.approx(18.0**2 / (trigger**2 - target**2), rel=1e-9)
    assert band.mean_square == pytest.approx((trigger**2 + target**2) / 6.0, rel=1e-9)
    assert band.trading_cost_per_year == pytest.approx(TICKET.cost(trigger - target) * band.expected_hedges_per_year)


COSTS = st.builds(
    CostCurve,
    fee=st.floats(0.1, 100.0),
    half_spread=st.floats(0.0, 10.0),
    impact=st.floats(0.0, 30.0),
    ticket=st.floats(0.0, 200.0),
    lot=st.sampled_from([0.0, 0.01, 1.0]),
)
RULES = st.sampled_from([BandRule.COST_OPTIMAL, BandRule.WHALLEY_WILMOTT_EDGE, BandRule.WHALLEY_WILMOTT_TARGET])


def levels(band: Band) -> tuple[float, float]:
    return band.trigger, band.target


@settings(deadline=None)
@given(COSTS, st.floats(1e-8, 1e-4), st.floats(1.01, 5.0))
def test_bands_move_with_costs_and_risk_aversion_as_they_should(curve: CostCurve, aversion: float, more: float) -> None:
    """Invariant 5: λ up raises both levels; k0 up raises the trigger and lowers the target; γ up lowers both."""
    policy, loose = HedgePolicy(risk_aversion=aversion), 1.0 + 1e-9
    a, b = levels(find_band(BOOK, curve, policy))
    dearer = levels(find_band(BOOK, replace(curve, fee=curve.fee * more), policy))
    assert dearer[0] * loose >= a
    assert dearer[1] >= b - 1e-9 * a
    ticket = levels(find_band(BOOK, replace(curve, ticket=curve.ticket + more), policy))
    assert ticket[0] * loose >= a
    if curve.lot == 0.0 and curve.impact == 0.0:  # a lot fixes the order; impact makes the longer order dearer a unit
        assert ticket[1] <= b + 1e-9 * a
    averse = levels(find_band(BOOK, curve, replace(policy, risk_aversion=aversion * more)))
    assert averse[0] <= a * loose
    assert averse[1] <= b + 1e-9 * a


@settings(deadline=None)
@given(COSTS, st.floats(0.2, 5.0), st.floats(1.01, 3.0), RULES)
def test_a_tighter_cap_is_a_narrower_band(curve: CostCurve, cap: float, more: float, rule: BandRule) -> None:
    tight = find_band(BOOK, curve, HedgePolicy(delta_cap=cap, rule=rule))
    wide = find_band(BOOK, curve, HedgePolicy(delta_cap=cap * more, rule=rule))
    assert tight.trigger <= wide.trigger * (1.0 + 1e-9)
    assert tight.trigger <= max(cap, 0.5 * curve.lot) * (1.0 + 1e-9)


@settings(deadline=None)
@given(COSTS, st.floats(1e-8, 1e-4))
def test_volatility_does_not_move_the_band(curve: CostCurve, aversion: float) -> None:
    policy = HedgePolicy(risk_aversion=aversion)
    assert levels(find_band(replace(BOOK, vol=1.2), curve, policy)) == levels(find_band(BOOK, curve, policy))


@settings(deadline=None)
@given(COSTS, st.floats(1e-8, 1e-4), st.floats(0.1, 10.0))
def test_scale_and_numeraire_change_nothing_else(curve: CostCurve, aversion: float, n: float) -> None:
    """hedging.md §1: n books at n times the ticket; the same book in another currency."""
    a, b = levels(find_band(BOOK, curve, HedgePolicy(risk_aversion=aversion)))
    book = replace(BOOK, gamma=BOOK.gamma * n)
    many = replace(curve, ticket=curve.ticket * n, impact=curve.impact / math.sqrt(n), lot=curve.lot * n)
    scaled = levels(find_band(book, many, HedgePolicy(risk_aversion=aversion / n)))
    assert scaled == pytest.approx((a * n, b * n), rel=1e-9, abs=1e-9 * a * n)
    money = Mishedge(spot=BOOK.spot * n, gamma=BOOK.gamma / n, vol=BOOK.vol)
    prices = {name: getattr(curve, name) * n for name in ("fee", "half_spread", "impact", "ticket")}
    other = levels(find_band(money, replace(curve, **prices), HedgePolicy(risk_aversion=aversion / n)))
    assert other == pytest.approx((a, b), rel=1e-9, abs=1e-9 * a)


@settings(deadline=None)
@given(COSTS, st.floats(1e-7, 1e-4))
def test_hedging_at_the_trigger_is_worth_exactly_its_cost_over_the_horizon(curve: CostCurve, aversion: float) -> None:
    """Invariant 15, for every cost shape."""
    band = find_band(BOOK, curve, HedgePolicy(risk_aversion=aversion))
    order = band.trigger - band.target
    if order == 0.0:  # at the edge orders are ever smaller, and small orders have no impact
        order, curve = 1e-6 * band.trigger, replace(curve, impact=0.0)
    cost = curve.cost(order)
    worth = net_hedge_value(
        band.trigger,
        band.trigger - order,
        spot=BOOK.spot,
        vol=BOOK.vol,
        risk_aversion=aversion,
        horizon=band.horizon,
        cost=cost,
    )
    rounding = 1e-15 * 0.5 * aversion * (36_000.0 * band.trigger) ** 2 * band.horizon  # of the difference of squares
    assert worth == pytest.approx(0.0, abs=2e-6 * cost + rounding)


@settings(deadline=None)
@given(st.floats(0.1, 20.0), RULES)
def test_short_and_long_gamma_have_one_band(budget: float, rule: BandRule) -> None:
    policy = HedgePolicy(residual_sd_budget=1000.0 * budget, rule=rule)
    assert find_band(replace(BOOK, gamma=-5e-4), TICKET, policy) == find_band(BOOK, TICKET, policy)


def test_a_linear_book_rounds_to_the_nearest_lot() -> None:
    band = find_band(replace(BOOK, gamma=0.0, vol=math.nan), replace(TICKET, lot=5.0), POLICY)
    assert (band.trigger, band.target, band.expected_hedges_per_year) == (2.5, -2.5, 0.0)
    assert band.horizon == math.inf


def test_zakamouline_trades_to_its_own_edge() -> None:
    book = Mishedge(spot=5000.0, gamma=0.02, vol=0.2, time_to_expiry=0.25)
    curve = CostCurve(fee=2.5, half_spread=0.0)
    band = find_band(book, curve, HedgePolicy(risk_aversion=1.0, rule=BandRule.ZAKAMOULINE))
    assert band.trigger == band.target == pytest.approx(1e-5 + 0.0209436911, abs=1e-10)
    capped = find_band(book, curve, HedgePolicy(delta_cap=0.01, rule=BandRule.ZAKAMOULINE))
    assert capped.trigger == pytest.approx(0.01, rel=1e-9)
    with pytest.raises(InputError, match="positive time"):
        find_band(
            replace(book, time_to_expiry=math.inf), curve, HedgePolicy(risk_aversion=1.0, rule=BandRule.ZAKAMOULINE)
        )


def test_the_clock_trades_every_interval() -> None:
    """hedging.md §9: risk v²h/2, trades 1/h, turnover √(2/πh)."""
    band = find_band(BOOK, PLAIN, HedgePolicy(rule=BandRule.CLOCK, clock_interval=86_400.0))
    assert band.expected_hedges_per_day == pytest.approx(1.0)
    assert band.mean_square == pytest.approx(0.5 * 18.0**2 / 365.0)
    assert band.trading_cost_per_year == pytest.approx(30.0 * 18.0 * math.sqrt(2.0 * 365.0 / math.pi))


def test_an_event_narrows_trigger_and_target() -> None:
    band = find_band(BOOK, PLAIN, replace(POLICY, event_gap_sd=0.05))
    assert (band.trigger, band.target) == pytest.approx((1.435, 1.435), abs=5e-4)


def test_a_band_wider_than_the_reach_of_gamma_says_so() -> None:
    assert find_band(replace(BOOK, delta_range=2.0), PLAIN, POLICY).is_out_of_asymptotics
    assert not find_band(replace(BOOK, delta_range=3.0), PLAIN, POLICY).is_out_of_asymptotics


def test_the_tilt_of_the_reference() -> None:
    """hedging.md §5: funding 10.95 % a year at S 60,000: −5.069 units, clipped to the cap."""
    tilt = carry_tilt(0.1095 * 60_000.0, spot=60_000.0, vol=0.6, risk_aversion=1e-6)
    assert tilt == pytest.approx(-5.069, abs=5e-4)
    assert carry_tilt(6570.0, spot=60_000.0, vol=0.6, risk_aversion=1e-6, cap=2.0) == -2.0


def test_without_a_limit_of_risk_the_default_is_assumed() -> None:
    assert find_band(BOOK, PLAIN, HedgePolicy()).trigger == pytest.approx(2.2407024, abs=1e-7)


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"risk_aversion": -1.0}, "policy.risk_aversion: expected a positive number"),
        ({"delta_cap": math.nan}, "policy.delta_cap: expected a finite number"),
        ({"thresholds": (1.0, 2.0)}, "policy.thresholds: expected below < 0 < above"),
        ({"thresholds": (-1.0, 2.0), "threshold_targets": (0.0, 3.0)}, "policy.threshold_targets"),
        ({"rule": BandRule.FIXED}, "policy.thresholds: the rule fixed needs them"),
        ({"rule": BandRule.CLOCK}, "policy.clock_interval"),
        ({"coverage": 1.2}, "policy.coverage: 1.2 reverses"),
        ({"scan_low": 1.1}, "scan_low < 1"),
    ],
)
def test_policies_that_make_no_sense_are_refused(terms: dict[str, object], message: str) -> None:
    with pytest.raises(InputError, match=message):
        HedgePolicy(**terms)  # type: ignore[arg-type]


def test_a_cap_held_for_95_of_100_crossings_leaves_room_for_them() -> None:
    """hedging.md §5: a_used ≤ D − m·v√Δt, m = 0.5826 for the mean and 1.58 for 95 %; v = 18, 60 s: v√Δt = 0.024828."""
    mean = HedgePolicy(delta_cap=1.5, poll_interval=60.0)
    sure = replace(mean, cap_confidence=CapConfidence.P95)
    step = 18.0 * math.sqrt(60.0 / (365.0 * 86_400.0))
    assert find_band(BOOK, PLAIN, mean).trigger == pytest.approx(1.485535, abs=1e-6)
    assert find_band(BOOK, PLAIN, sure).trigger == pytest.approx(1.5 - 1.58 * step, abs=1e-9)
    watched = replace(sure, poll_interval=0.0)
    assert find_band(BOOK, PLAIN, watched).trigger == pytest.approx(1.5, abs=1e-9)  # seen at once: nothing overshoots
    seldom = find_band(BOOK, PLAIN, replace(sure, poll_interval=7.0 * 86_400.0))
    assert 0.0 <= seldom.trigger <= 1.5


@pytest.mark.parametrize(
    ("confidence", "least", "most"), [(CapConfidence.MEAN, 0.3, 0.46), (CapConfidence.P95, 0.03, 0.06)]
)
def test_crossings_seen_beyond_the_cap_are_as_rare_as_the_policy_says(
    confidence: CapConfidence, least: float, most: float
) -> None:
    """A walk looked at every minute, begun far inside: of 4,000 crossings 5 % (± 0.35 %) are seen beyond the cap at P95.

    The mean overshoot is passed by fewer than half, because few pass far: between 46 % at 0.5 and 18 % at 1 (§5).
    """
    policy = HedgePolicy(delta_cap=1.5, poll_interval=60.0, cap_confidence=confidence)
    trigger = find_band(BOOK, PLAIN, policy).trigger
    step = 18.0 * math.sqrt(60.0 / (365.0 * 86_400.0))
    random = np.random.default_rng(11)
    place = np.full(4_000, trigger - 20.0 * step)
    beyond, crossed = 0, 0
    while crossed < 4_000:
        place = place + step * random.standard_normal(len(place))
        out = place >= trigger
        beyond, crossed = beyond + int((place[out] > 1.5).sum()), crossed + int(out.sum())
        place[out | (place < trigger - 40.0 * step)] = trigger - 20.0 * step
    assert least <= beyond / crossed <= most
