"""Triggers of the hedged book: vectors of the reference, identities, and no root missed."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.contracts import Payoff
from gex.hedging.bands import Band, Mishedge, find_band
from gex.hedging.costs import CostCurve
from gex.hedging.crossings import searched_crossings, smooth_crossings
from gex.hedging.hedged_book import HedgedBook
from gex.hedging.policy import AccountUnit, HedgePolicy
from gex.hedging.triggers import (
    Direction,
    OrderHint,
    crossing_probability,
    spot_triggers,
    time_trigger,
    vol_triggers,
)
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.risk import PortfolioRisk
from tests.books import Line, risk_of


def band_of(half: float, target: float = 0.0) -> Band:
    policy = HedgePolicy(thresholds=(-half, half), threshold_targets=(-target, target))
    return find_band(Mishedge(spot=100.0, gamma=0.1, vol=0.5), CostCurve(fee=0.01, half_spread=0.0), policy)


def shares(units: float, spot: float = 100.0) -> LinearPositions:
    return LinearPositions(
        spot=spot, symbol=("SHARE",), kind=[LinearKind.SPOT], contracts=[units], multiplier=[1.0], price=[spot]
    )


def flat(risk: PortfolioRisk, *, stickiness: float = 1.0) -> HedgedBook:
    """The book with just so much of the asset that its mishedge is 0."""
    delta = risk.book_delta([risk.spot], skew_stickiness=stickiness)[0]
    return HedgedBook(repricer=risk.repricer, hedge=shares(-delta, risk.spot), skew_stickiness=stickiness)


def prices(book: HedgedBook, band: Band, low: float = 60.0, high: float = 160.0) -> list[float]:
    return [trigger.price for trigger in spot_triggers(book, band, low=low, high=high, vol=0.5)]


@pytest.mark.parametrize(
    ("stickiness", "delta", "lower", "upper"),
    [(1.0, 0.52857, 97.1606, 102.9662), (0.0, 0.53998, 97.1845, 102.9932), (2.0, 0.51716, 97.1361, 102.9398)],
)
def test_spot_triggers_of_the_reference(stickiness: float, delta: float, lower: float, upper: float) -> None:
    """hedging.md §12.6: short 10 ATM calls, 30 d, σ 0.5, dσ/dk −0.1, flat, band ±0.8."""
    risk = risk_of([Line(100.0, 1, -10.0)], slope=-0.1)
    book = flat(risk, stickiness=stickiness)
    assert -book.hedge.contracts[0] / -10.0 == pytest.approx(delta, abs=5e-6)
    assert prices(book, band_of(0.8)) == pytest.approx([lower, upper], abs=5e-5)


def test_many_roots_of_the_reference() -> None:
    """hedging.md §12.7: +10 K 90, −20 K 100, +10 K 110 calls, flat at 100, band ±0.5."""
    for days, hedge, roots in (
        (30.0, -0.0945309, [74.069717, 95.862883, 104.511681, 134.260115]),
        (5.0, 0.0212749, [81.526340, 99.523840, 100.482587, 120.686161]),
    ):
        butterfly = [Line(90.0, 1, 10.0, days), Line(100.0, 1, -20.0, days), Line(110.0, 1, 10.0, days)]
        book = flat(risk_of(butterfly))
        assert book.hedge.contracts[0] == pytest.approx(hedge, abs=5e-8)
        triggers = spot_triggers(book, band_of(0.5), low=60.0, high=160.0, vol=0.5)
        assert [t.price for t in triggers] == pytest.approx(roots, abs=5e-7)
        if days == 30.0:
            assert [t.mishedge for t in triggers] == [0.5, 0.5, -0.5, -0.5]
        assert [t.direction for t in triggers] == [
            Direction.ENTERING,
            Direction.LEAVING,
            Direction.LEAVING,
            Direction.ENTERING,
        ]


def test_time_trigger_of_the_reference() -> None:
    """hedging.md §12.6: long 10 calls K 110, band ±0.8: linear charm says 19.48 days, the book 13.8672."""
    risk = risk_of([Line(110.0, 1, 10.0)])
    assert risk.totals().delta == pytest.approx(2.765152, abs=1e-6)
    assert risk.totals().charm / 365.0 == pytest.approx(-0.041073, abs=1e-6)
    elapsed = time_trigger(flat(risk), band_of(0.8))
    assert elapsed is not None
    assert elapsed * 365.0 == pytest.approx(13.8672, abs=5e-5)


def test_vol_triggers_of_the_reference() -> None:
    """hedging.md §12.6: short 10 of that call: +20.8351 and −13.3339 vol points."""
    up, down = vol_triggers(flat(risk_of([Line(110.0, 1, -10.0)])), band_of(0.8))
    assert up == pytest.approx(0.208351, abs=5e-7)
    assert down == pytest.approx(-0.133339, abs=5e-7)


@pytest.mark.parametrize(("barrier", "probability"), [(61_500.0, 0.42640), (58_500.0, 0.42548)])
def test_crossing_probabilities_of_the_reference(barrier: float, probability: float) -> None:
    assert crossing_probability(60_000.0, barrier, 0.6, 1.0 / 365.0) == pytest.approx(probability, abs=5e-6)


def test_crossing_has_its_limits() -> None:
    assert crossing_probability(100.0, 100.0, 0.5, 1.0) == 1.0
    assert crossing_probability(100.0, 101.0, 0.0, 1.0) == 0.0
    # A log-normal without drift goes down for certain in the end, and reaches twice its price half of the time.
    assert crossing_probability(100.0, 1.0, 1.0, 1e4) == pytest.approx(1.0)
    assert crossing_probability(100.0, 200.0, 1.0, 1e4) == pytest.approx(0.5, abs=1e-3)


def test_the_coin_book_of_the_reference() -> None:
    """hedging.md §12.1: 100 coin calls, 50 coins of equity, USD-neutral; +2 % needs −278,040.61 USD more."""
    risk = risk_of([Line(60_000.0, 1, 100.0)], spot=60_000.0, vol=0.6, payoff=Payoff.INVERSE)

    def book(notional: float, unit: AccountUnit, equity: float) -> HedgedBook:
        hedge = LinearPositions(
            spot=60_000.0,
            symbol=("PERP",),
            kind=[LinearKind.INVERSE],
            contracts=[notional / 10.0],
            multiplier=[10.0],
            price=[60_000.0],
        )
        return HedgedBook(repricer=risk.repricer, hedge=hedge, account_unit=unit, equity_coin=equity)

    assert book(-2_794_381.78, AccountUnit.COIN, 0.0).mishedge([60_000.0])[0] == pytest.approx(0.0, abs=1e-6)
    neutral = book(-5_794_381.78, AccountUnit.USD, 50.0)
    assert neutral.mishedge([60_000.0])[0] == pytest.approx(0.0, abs=1e-6)
    assert -neutral.mishedge([61_200.0])[0] * 61_200.0 == pytest.approx(-278_040.61, abs=0.02)  # N printed to a cent
    for spot, gain in ((57_000.0, 17_646.8), (63_000.0, 16_797.4)):
        hedged = risk.repricer.coin_profit([spot])[0] - 5_794_381.78 * (1.0 / 60_000.0 - 1.0 / spot)
        assert (50.0 + hedged) * spot - 50.0 * 60_000.0 == pytest.approx(gain, abs=0.06)


@pytest.mark.parametrize(
    ("hedge", "low", "high"), [(0.0, -3.8633, 5.2099), (-2_794_381.78, 1.3115, 0.9760), (-3_205_618.22, 2.0730, 0.3529)]
)
def test_coin_profits_of_the_reference(hedge: float, low: float, high: float) -> None:
    risk = risk_of([Line(60_000.0, 1, 100.0)], spot=60_000.0, vol=0.6, payoff=Payoff.INVERSE)
    profit = risk.repricer.coin_profit([54_000.0, 66_000.0])
    profit = profit + hedge * (1.0 / 60_000.0 - 1.0 / np.array([54_000.0, 66_000.0]))
    assert profit == pytest.approx([low, high], abs=6e-5)


LINES = st.lists(
    st.builds(
        Line,
        st.floats(80.0, 125.0),
        st.sampled_from([1, -1]),
        st.floats(-20.0, 20.0),
        st.sampled_from([0.01, 0.5, 3.0, 30.0, 200.0]),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=60)
@given(LINES, st.floats(0.01, 5.0), st.sampled_from([0.0, 1.0, 1.5]))
def test_repricing_at_each_trigger_gives_the_edge_and_no_root_is_missed(
    lines: list[Line], half: float, stickiness: float
) -> None:
    """Invariant 7, with expiries down to a quarter of an hour away; the slow twin scans forty times as finely."""
    book = flat(risk_of(lines, vol=0.4, slope=-0.05, bend=0.1, rate=0.02), stickiness=stickiness)
    band = band_of(half)
    triggers = spot_triggers(book, band, low=75.0, high=130.0, vol=0.4)
    for trigger in triggers:
        assert book.mishedge([trigger.price])[0] == pytest.approx(trigger.mishedge, abs=1e-6)
    fine = np.exp(np.linspace(math.log(75.0), math.log(130.0), 40_001))
    mishedge = book.mishedge(fine)
    for edge in (-half, half):
        gap = mishedge - edge
        clear = np.minimum(np.abs(gap[1:]), np.abs(gap[:-1])) > 1e-9  # not a delta that ends on the edge to rounding
        slow = fine[1:][clear & (gap[1:] * gap[:-1] < 0.0)]
        found = np.array([t.price for t in triggers if t.mishedge == edge])
        for price in slow:
            assert np.min(np.abs(found - price), initial=np.inf) < 3e-5 * price, (edge, price)


def test_order_hints_tell_with_the_move_from_against_it() -> None:
    short, long = (flat(risk_of([Line(100.0, 1, n)])) for n in (-10.0, 10.0))
    for book, hint in ((short, OrderHint.STOP), (long, OrderHint.LIMIT)):
        triggers = spot_triggers(book, band_of(0.8, 0.3), low=90.0, high=110.0, vol=0.5)
        assert [t.order_hint for t in triggers] == [hint, hint]
        assert all(t.order_units == pytest.approx(-math.copysign(0.5, t.mishedge)) for t in triggers)


def test_a_linear_book_has_no_trigger() -> None:
    risk = risk_of([Line(100.0, 1, 0.0)], linear=shares(5.0))
    book = HedgedBook(repricer=risk.repricer, hedge=shares(-5.0))
    assert prices(book, band_of(0.5)) == []
    assert vol_triggers(book, band_of(0.5)) == (None, None)


def test_a_settlement_that_takes_delta_away_is_a_time_trigger() -> None:
    risk = risk_of([Line(50.0, 1, 10.0, 2.0), Line(100.0, 1, 1.0, 30.0)])
    elapsed = time_trigger(flat(risk), band_of(5.0))
    assert elapsed is not None
    assert elapsed * 365.0 == pytest.approx(2.0, abs=1e-9)


def test_a_book_already_outside_is_triggered_now() -> None:
    risk = risk_of([Line(100.0, 1, 10.0)])
    book = HedgedBook(repricer=risk.repricer, hedge=shares(0.0))
    assert time_trigger(book, band_of(0.5)) == 0.0
    assert vol_triggers(book, band_of(0.5)) == (0.0, 0.0)


@settings(deadline=None, max_examples=60)
@given(LINES, st.floats(0.01, 5.0))
def test_the_fast_scan_finds_the_roots_of_the_plain_one(lines: list[Line], half: float) -> None:
    """Interpolated values and slopes against every line at every node and dips of three: the same crossings."""
    book = flat(risk_of(lines, vol=0.4, slope=-0.05, bend=0.1, rate=0.02))
    node = np.unique(np.append(np.linspace(math.log(0.75), math.log(1.3), 801), 0.0))
    near = [
        math.log(line.strike / 100.0) + k * 0.25 * 0.4 * math.sqrt(line.days / 365.0)
        for line in lines
        if line.days < 5.0
        for k in range(-24, 25)
    ]
    node = np.unique(np.append(node, [x for x in near if node[0] < x < node[-1]]))
    fast = smooth_crossings(node, *book.mishedge_along(node), (-half, half), book.mishedge_at)
    value = book.mishedge(100.0 * np.exp(node))
    plain = searched_crossings(node, value, (-half, half), lambda x: book.mishedge(100.0 * np.exp(x)))
    clear = [c for c in plain if np.abs(book.mishedge_at(np.array([c.at]))[1][0]) > 1e-6]  # not a touch to rounding
    found = [(c.edge, c.rises, c.at) for c in fast]
    for crossing in clear:
        assert any(
            edge == crossing.edge and rises == crossing.rises and abs(at - crossing.at) < 1e-9
            for edge, rises, at in found
        ), (crossing, found)


@settings(deadline=None, max_examples=60)
@given(LINES, st.floats(0.05, 5.0), st.sampled_from([0.0, 1.0, 1.5]))
def test_time_triggers_leave_out_no_stretch_before_a_settlement(
    lines: list[Line], half: float, stickiness: float
) -> None:
    """Stretches that could not leave the band are skipped: a scan of every second near settlements finds nothing sooner."""
    book = flat(risk_of(lines, vol=0.4, slope=-0.05, bend=0.1, rate=0.02), stickiness=stickiness)
    band = band_of(half)
    found = time_trigger(book, band)
    days = np.array(sorted({line.days for line in lines}))
    dense = (days[:, np.newaxis] - days[:, np.newaxis] * np.geomspace(1.0, 1e-6, 2_000)).ravel()
    times = np.unique(np.concatenate([dense, np.linspace(0.0, days[-1], 4_000)])) / 365.0
    mishedge = book.mishedge_in_time(times)
    outside = (mishedge > half * (1.0 + 1e-9)) | (mishedge < -half * (1.0 + 1e-9))
    if found is not None:
        outside &= times < found - 2e-3 * days[-1] / 365.0  # the grid of the search: what leaves and returns within it
    assert not outside.any(), (found, times[outside][0])
    if found is not None and found > 0.0:
        before, after = book.mishedge_in_time(np.array([found - 1e-13, found + 1e-9]))
        assert abs(before) <= half * (1.0 + 1e-6) or abs(after) <= half * (1.0 + 1e-6)


def test_where_the_smile_moves_the_table_shows_where_to_look() -> None:
    lines = [Line(strike, 1, 1.0, days) for strike in (90.0, 100.0, 108.0) for days in (1.0, 30.0, 200.0)]
    book = flat(risk_of(lines, vol=0.4, slope=-0.1, bend=0.2), stickiness=0.3)
    move = np.linspace(-0.25, 0.2, 801)
    assert book.mishedge_near(move) == pytest.approx(book.mishedge(100.0 * np.exp(move)), abs=2e-3)
