"""American forwards: the published vector, tree and boundary as twins, implied dividends and rates, real chains."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from gex.american import CashDividends, american_implied_vol, american_values
from gex.cleaning import clean
from gex.columns import Floats
from gex.contracts import Exercise, Expiry
from gex.discount import DiscountCurve
from gex.forward import CarryAssumptions, DiscountSource, ForwardCurve, ForwardSource, forward_curve
from gex.greeks import forward_greeks
from gex.implied import VolStatus
from gex.io.cboe_csv import parse_chain
from gex.pairs import pair_up
from gex.parity import NEAR_DEVIATIONS
from gex.quote_vols import quote_vols
from gex.quotes import Quotes
from tests.chains import AS_OF, expiry_after
from tests.naive_escrowed import parity_loop, present_value, two_tree_price
from tests.test_forward import with_contract

# surface.md §7 vector 12
SPOT, TIME, RATE, BORROW = 100.0, 0.5, 0.05, 0.02
WHEN, AMOUNT = np.array([0.12, 0.37]), np.array([0.25, 0.25])
STRIKE = np.array([96.0, 98.0, 100.0, 102.0, 104.0])
VOL = 0.30 - 0.15 * np.log(STRIKE / 100.0)
CALL = np.array([10.951241, 9.831380, 8.783144, 7.807121, 6.903318])
PUT = np.array([6.151652, 6.998803, 7.920142, 8.916681, 9.988896])
TRUE_FORWARD = 101.00746325


def american(expiry: Expiry) -> Expiry:
    return with_contract(expiry, exercise=Exercise.AMERICAN)


def chain(
    expiries: tuple[Expiry, ...],
    expiry: Floats,
    strike: Floats,
    call: Floats,
    put: Floats,
    half_spread: Floats | float,
    *,
    spot: float = SPOT,
) -> Quotes:
    price = np.concatenate([call, put])
    spread = np.minimum(np.tile(np.broadcast_to(half_spread, len(strike)), 2), 0.5 * price)
    return Quotes(
        underlying="X",
        as_of=AS_OF,
        spot=spot,
        expiries=expiries,
        row=np.arange(2 * len(strike)),
        expiry=np.tile(expiry, 2).astype(int),
        strike=np.tile(strike, 2),
        right=np.repeat([1, -1], len(strike)),
        bid=price - spread,
        ask=price + spread,
    )


def test_the_published_american_prices_and_raw_parity_errors() -> None:
    for sign, published in ((1, CALL), (-1, PUT)):
        found = [
            two_tree_price(SPOT, k, TIME, v, sign, RATE, BORROW, WHEN, AMOUNT) for k, v in zip(STRIKE, VOL, strict=True)
        ]
        np.testing.assert_allclose(found, published, atol=6e-7)  # printed to six decimals
    growth = RATE - BORROW
    forward = (SPOT - present_value(WHEN, AMOUNT, growth, 0.0, TIME)) * np.exp(growth * TIME)
    assert forward == pytest.approx(TRUE_FORWARD, abs=5e-9)
    raw = STRIKE + (CALL - PUT) * np.exp(RATE * TIME) - forward
    assert raw[0] == pytest.approx(-0.0864, abs=5e-5)
    assert raw[-1] == pytest.approx(-0.1712, abs=5e-5)


def test_the_published_loop_from_no_borrow() -> None:
    found = np.array(parity_loop(CALL, PUT, STRIKE, SPOT, TIME, RATE, WHEN, AMOUNT, passes=4)) - TRUE_FORWARD
    np.testing.assert_allclose(found[:3], [0.0766, 0.00557, 0.00041], rtol=0.01)
    assert found[3] == pytest.approx(3e-5, abs=5e-6)


def test_the_forward_of_the_published_prices() -> None:
    quotes = chain((american(expiry_after(182.5)),), np.zeros(5), STRIKE, CALL, PUT, 0.01)
    carry = CarryAssumptions(dividends=CashDividends(time=WHEN, amount=AMOUNT))
    curve = forward_curve(quotes, pair_up(quotes), rate=RATE, carry=carry)
    assert curve.forward[0] == pytest.approx(TRUE_FORWARD, abs=3e-3)  # raw parity misses by 0.09 to 0.17
    assert curve.implied_borrow[0] == pytest.approx(BORROW, abs=1e-4)
    assert curve.source[0] == ForwardSource.AMERICAN_PARITY
    assert curve.discount_source is DiscountSource.GIVEN
    assert not curve.box_is_empty[0]
    assert quote_vols(quotes, curve).mid_vol == pytest.approx(np.tile(VOL, 2), abs=2e-4)


def tree_ladder(
    days: list[float], when: Floats, amount: Floats, *, borrow: float = 0.005, half_spread: float = 0.01
) -> Quotes:
    """A chain at 22 % vol of tree prices, nine strikes an expiry."""
    rows = []
    for j, d in enumerate(days):
        time = d / 365.0
        for depth in np.linspace(-1.3, 1.3, 9):
            strike = float(np.round(SPOT * np.exp(depth * 0.22 * np.sqrt(time)), 1))
            legs = []
            for sign in (1, -1):
                terms = (SPOT, strike, time, 0.22, sign, RATE, borrow, when, amount)
                early = two_tree_price(*terms, steps=120) - two_tree_price(*terms, steps=120, is_american=False)
                growth = RATE - borrow
                forward = (SPOT - present_value(when, amount, growth, 0.0, time)) * np.exp(growth * time)
                plain = forward_greeks(forward, strike, time, 0.22, sign, np.exp(-RATE * time)).price[0]
                legs.append(plain + max(early, 0.0))
            rows.append((j, strike, *legs))
    table = np.array(rows)
    width = half_spread * (1.0 + 5.0 * np.sqrt(np.array(days) / 365.0))[table[:, 0].astype(int)]
    expiries = tuple(american(expiry_after(d)) for d in days)
    return chain(expiries, table[:, 0], table[:, 1], table[:, 2], table[:, 3], width)


LADDER = [4.0, 11.0, 18.0, 25.0, 39.0, 60.0, 95.0, 150.0, 210.0, 300.0, 420.0]


@pytest.fixture(scope="module")
def paying() -> Quotes:
    """Ex-dates on the 21st day from now and every thirteen weeks after."""
    return tree_ladder(LADDER, 20.9 / 365.0 + 91.0 / 365.0 * np.arange(5), np.full(5, 0.6))


def true_forwards(curve: ForwardCurve, when: Floats, amount: Floats, borrow: float) -> Floats:
    growth = RATE - borrow
    owed = [present_value(when, amount, growth, 0.0, t) for t in curve.time_to_expiry]
    return (SPOT - np.array(owed)) * np.exp(growth * curve.time_to_expiry)


def test_dividends_dates_and_borrow_are_implied_by_the_ladder(paying: Quotes) -> None:
    curve = forward_curve(paying, pair_up(paying), rate=RATE)
    assert curve.carry is not None
    dividends = curve.carry.dividends
    assert 18.0 < dividends.time[0] * 365.0 < 25.0  # between the expiries that see it and do not
    assert dividends.amount[:3] == pytest.approx(0.6, abs=0.06)
    assert (np.abs(dividends.amount - 0.6) < 3.0 * curve.carry.amount_error).all()
    assert curve.carry.borrow == pytest.approx(0.005, abs=0.003)
    truth = true_forwards(curve, 20.9 / 365.0 + 91.0 / 365.0 * np.arange(5), np.full(5, 0.6), 0.005)
    assert np.abs(curve.forward - truth).max() < 0.05  # 0.6 of carry, half widths 0.02–0.07
    assert not curve.box_is_empty.any()


def test_an_underlying_that_pays_nothing_is_given_no_dividends() -> None:
    quotes = tree_ladder(LADDER[2:9], np.empty(0), np.empty(0))
    curve = forward_curve(quotes, pair_up(quotes), rate=RATE)
    assert curve.carry is not None
    assert len(curve.carry.dividends) == 0
    assert curve.implied_borrow[2:] == pytest.approx(0.005, abs=0.002)


def test_a_rate_is_implied_where_none_is_given_and_says_so(paying: Quotes) -> None:
    curve = forward_curve(paying, pair_up(paying))
    assert curve.discount_source is DiscountSource.AMERICAN_PARITY
    assert curve.discount is not None
    assert curve.discount.zero_rate[0] == pytest.approx(RATE, abs=0.005)
    truth = true_forwards(curve, 20.9 / 365.0 + 91.0 / 365.0 * np.arange(5), np.full(5, 0.6), 0.005)
    assert np.abs(curve.forward - truth).max() < 0.08


def test_a_rate_that_nothing_implies_is_none_and_says_so() -> None:
    quotes = tree_ladder([4.0, 11.0], np.empty(0), np.empty(0))
    curve = forward_curve(quotes, pair_up(quotes))
    assert curve.discount_source is DiscountSource.NONE
    assert curve.discount_factor.tolist() == [1.0, 1.0]


def test_dividends_that_are_given_are_kept(paying: Quotes) -> None:
    given = CashDividends(time=np.array([0.05]), amount=np.array([0.4]))
    assumed = CarryAssumptions(discount=DiscountCurve.flat(RATE), dividends=given)
    curve = forward_curve(paying, pair_up(paying), carry=assumed)
    assert curve.carry is not None
    assert curve.carry.dividends is given


def test_american_vols_are_those_of_the_boundary_without_dividends() -> None:
    """Every strike from two and a half deviations outside to one inside, three vols, against the exact inversion."""
    time, forward = 120 / 365, 100.0 * np.exp(0.035 * 120 / 365)
    depth = np.linspace(-2.5, 1.0, 15)
    strike = np.round(forward * np.exp(0.25 * np.sqrt(time) * np.concatenate([depth, -depth])), 1)
    strike = np.unique(strike)
    vol = 0.25 - 0.1 * np.log(strike / forward)
    n = len(strike)
    legs = [american_values(100.0, strike, time, vol, np.full(n, s, np.int8), 0.05, 0.015).price for s in (1, -1)]
    quotes = chain((american(expiry_after(120)),), np.zeros(n), strike, legs[0], legs[1], 0.02)
    curve = forward_curve(quotes, pair_up(quotes), rate=0.05, carry=CarryAssumptions(dividends=no_dividends()))
    assert curve.forward[0] == pytest.approx(forward, abs=0.01)
    vols = quote_vols(quotes, curve)
    sees = np.concatenate([strike >= forward * 0.93, strike <= forward * 1.07])
    for price, found in ((quotes.bid, vols.bid_vol), (quotes.ask, vols.ask_vol)):
        exact = american_implied_vol(
            price, 100.0, quotes.strike, time, quotes.right, 0.05, 0.05 - np.log(curve.forward[0] / 100) / time
        )
        good = sees & (exact.status == VolStatus.OK)
        assert np.abs(found - exact.vol)[good].max() < 5e-4
        outside = good & vols.is_out_of_the_money
        assert np.abs(found - exact.vol)[outside].max() < 1e-4


def no_dividends() -> CashDividends:
    return CashDividends(time=np.empty(0), amount=np.empty(0))


def test_an_american_price_at_its_exercise_value_has_no_volatility() -> None:
    strike = np.array([90.0, 95.0, 100.0, 105.0, 140.0])
    legs = [american_values(100.0, strike, 0.25, 0.2, np.full(5, s, np.int8), 0.05).price for s in (1, -1)]
    assert legs[1][-1] == 40.0
    quotes = chain((american(expiry_after(91.25)),), np.zeros(5), strike, legs[0], legs[1], 0.0)
    vols = quote_vols(quotes, forward_curve(quotes, pair_up(quotes), rate=0.05))
    assert vols.status[-1] == VolStatus.AT_INTRINSIC
    assert vols.status[:5].tolist() == [VolStatus.OK] * 5
    assert vols.is_american.all()


def real_chain(real_data: Path, name: str) -> Quotes:
    return clean(parse_chain(gzip.decompress((real_data / "cboe_csv" / f"{name}.csv.gz").read_bytes()))).quotes


def share_inside(quotes: Quotes, curve: ForwardCurve, *, every: int = 4) -> tuple[float, int]:
    """(share of pairs near the money that agree with the forward within their quotes, number of pairs looked at).

    By the slow twin: the volatility of the leg out of the money prices the other one in the tree, and what that misses the
    other's mid by is to be less than half the spreads of both.
    """
    pairs, vols = pair_up(quotes), quote_vols(quotes, curve)
    both = np.flatnonzero((pairs.call >= 0) & (pairs.put >= 0))
    call, put, j, strike = pairs.call[both], pairs.put[both], pairs.expiry[both], pairs.strike[both]
    is_call = strike < curve.forward[j]  # the call is the leg in the money
    inside, outside = np.where(is_call, call, put), np.where(is_call, put, call)
    vol, time = vols.mid_vol[outside], curve.time_to_expiry[j]
    mid = 0.5 * (quotes.bid + quotes.ask)
    half = 0.5 * (quotes.ask - quotes.bid)
    near = np.abs(np.log(strike / curve.forward[j])) <= NEAR_DEVIATIONS * vol * np.sqrt(time)
    held = mid[inside] - np.where(is_call, curve.spot - strike, strike - curve.spot) > 0.01  # more than a tick
    seen = np.flatnonzero(near & held & (quotes.bid[call] > 0) & (quotes.bid[put] > 0))[::every]
    assert curve.carry is not None
    dividends, rates = curve.carry.dividends, curve.rate
    agree = 0
    for i in seen:
        e, sign = j[i], 1 if is_call[i] else -1
        terms = (curve.spot, strike[i], time[i], vol[i], sign, rates[e], curve.implied_borrow[e], dividends.time)
        trees = [two_tree_price(*terms, dividends.amount, steps=100, is_american=a) for a in (True, False)]
        plain = forward_greeks(curve.forward[e], strike[i], time[i], vol[i], sign, curve.discount_factor[e]).price[0]
        worth = max(plain + trees[0] - trees[1], sign * (curve.spot - strike[i]))
        agree += abs(worth - mid[inside[i]]) <= half[call[i]] + half[put[i]]
    return agree / len(seen), len(seen)


@pytest.mark.real_data
def test_spy_the_day_before_its_dividend(real_data: Path) -> None:
    """SPY went ex 1.583 on 2023-09-15; dollar rates to a year stood near 5.4 %."""
    quotes = real_chain(real_data, "spy_20230914")
    curve = forward_curve(quotes, pair_up(quotes), rate=0.054)
    assert curve.carry is not None
    dividends, error = curve.carry.dividends, curve.carry.amount_error
    assert dividends.time[0] * 365.0 < 1.0
    assert dividends.amount[0] == pytest.approx(1.583, abs=0.3)
    assert abs(dividends.amount[0] - 1.583) < 2.0 * error[0]
    weeks = (curve.time_to_expiry > 2 / 365) & (curve.time_to_expiry < 0.18)
    expected = (curve.spot - 1.583) * np.exp(0.054 * curve.time_to_expiry)
    assert (
        np.abs(curve.forward - expected)[weeks].max() < 0.25
    )  # half a basis point of spot a day, and the spot's own age
    share, count = share_inside(quotes, curve)
    assert count > 200
    assert share >= 0.95, share
    assert curve.box_is_empty.sum() <= 2


@pytest.mark.real_data
@pytest.mark.parametrize("name", ["spy_20230914", "qqq_20230924", "amd_20230820"])
def test_the_rate_that_american_pairs_imply_is_good_to_a_percent(real_data: Path, name: str) -> None:
    quotes = real_chain(real_data, name)
    curve = forward_curve(quotes, pair_up(quotes))
    assert curve.discount_source is DiscountSource.AMERICAN_PARITY
    assert curve.discount is not None
    assert curve.discount.zero_rate[0] == pytest.approx(0.054, abs=0.01)  # D = 1 is wrong by 5.4 %
    assert curve.box_is_empty.sum() <= 2
    quarterly = {"spy_20230914": 1.583, "qqq_20230924": 0.81, "amd_20230820": 0.0}[name]
    assert curve.carry is not None
    first = float(curve.carry.dividends.amount[0]) if len(curve.carry.dividends) else 0.0
    assert first == pytest.approx(quarterly, abs=0.3)
    share, _ = share_inside(quotes, curve)
    assert share >= 0.95, share
