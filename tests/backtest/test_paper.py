"""A hedge on paper: fills by hand, a ledger that is the venue's own books, and nothing seen before its time."""

import math
from dataclasses import replace

import numpy as np
import pytest

from gex.backtest.paper import PaperMoment, PaperRun, paper_hedge
from gex.backtest.paper_venue import PaperOrder, PaperRule, PaperVenue
from gex.contracts import Expiry
from gex.errors import InputError
from gex.hedging.engine.config import EngineConfig, Mode
from gex.hedging.engine.journal import Kind
from gex.hedging.engine.reading import FollowedBook
from gex.hedging.engine.replay import replay
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import HedgePolicy
from gex.portfolio.linear import LinearKind
from gex.portfolio.positions import Positions
from gex.portfolio.risk import portfolio_risk
from tests.books import AS_OF, expiry_in, surface_of

SECOND = np.timedelta64(1, "s")
LINEAR = HedgeInstrument(
    symbol="P", kind=LinearKind.LINEAR, multiplier=0.1, bid=99.0, ask=101.0, fee_bps=5.0, fee_per_contract=0.02
)


def order(contracts: int, *, passive: bool = False, at: np.datetime64 = AS_OF) -> PaperOrder:
    return PaperOrder(order_id="o", symbol="P", contracts=contracts, sent_at=at, is_passive=passive)


def looked(
    venue: PaperVenue, terms: HedgeInstrument, seconds: float, until: float | None = None
) -> list[tuple[int, float | None, float | None]]:
    at = AS_OF + np.timedelta64(round(seconds * 1e9), "ns")
    end = at if until is None else AS_OF + np.timedelta64(round(until * 1e9), "ns")
    return [(one.contracts, one.price, one.fee) for one in venue.look({"P": terms}, quoted_at=at, until=end)]


def test_an_order_takes_the_other_side_once_it_has_arrived() -> None:
    """Ten bought at 101 of 0.1 units: fee 10·(0.02 + 10.1·5 bp) = 0.2505; nothing fills before the latency is over."""
    venue = PaperVenue(PaperRule(latency=2.0))
    venue.send(order(10))
    assert looked(venue, LINEAR, 0.0, 1.9) == []
    assert looked(venue, LINEAR, 0.0, 2.0) == [(10, 101.0, pytest.approx(0.2505))]
    assert looked(venue, LINEAR, 3.0) == []
    sold = PaperVenue(PaperRule(latency=0.0))
    sold.send(order(-10))
    assert looked(sold, replace(LINEAR, kind=LinearKind.INVERSE, multiplier=10.0), 0.0) == [
        (-10, 99.0, pytest.approx(10 * (0.02 + 10.0 * 5e-4)))
    ]


def test_a_large_order_walks_the_depth_and_waits_for_the_next_book() -> None:
    """Forty contracts rest evenly within 1 %: thirty of them cost 0.375 % on average, the last ten of fifty come later."""
    venue = PaperVenue(PaperRule(latency=0.0))
    deep = replace(LINEAR, depth=40.0)
    venue.send(order(30))
    assert looked(venue, deep, 0.0) == [
        (30, pytest.approx(101.0 * 1.00375), pytest.approx(30 * (0.02 + 0.1 * 101.0 * 1.00375 * 5e-4)))
    ]
    venue.send(order(20))
    assert [n for n, *_ in looked(venue, deep, 0.0)] == [10]  # the same book gives its depth once
    assert looked(venue, deep, 0.0) == []
    assert [(n, price) for n, price, _ in looked(venue, deep, 60.0)] == [(10, pytest.approx(101.0 * 1.00125))]


def test_a_passive_order_rests_at_its_own_touch_until_the_other_side_comes() -> None:
    venue = PaperVenue(PaperRule(latency=0.0, patience=600.0))
    terms = replace(LINEAR, maker_fee_bps=-1.0, fee_per_contract=0.0)
    venue.send(order(10, passive=True))
    assert looked(venue, terms, 0.0) == []
    assert looked(venue, replace(terms, bid=98.5, ask=100.0), 60.0) == []
    assert looked(venue, replace(terms, bid=97.0, ask=98.0), 120.0) == [(10, 99.0, pytest.approx(-10 * 9.9 * 1e-4))]
    impatient = PaperVenue(PaperRule(latency=0.0, patience=600.0))
    impatient.send(order(10, passive=True))
    looked(impatient, terms, 0.0)
    (refused,) = impatient.look({"P": terms}, quoted_at=AS_OF + 601 * SECOND, until=AS_OF + 601 * SECOND)
    assert refused.is_rejected
    assert not impatient.resting


def test_without_a_price_nothing_fills_and_bad_rules_are_refused() -> None:
    venue = PaperVenue(PaperRule(latency=0.0))
    venue.send(order(10))
    assert looked(venue, replace(LINEAR, bid=None, ask=None), 0.0) == []
    assert [
        n for n, *_ in looked(venue, replace(LINEAR, bid=None, ask=None, price=100.0, half_spread_bps=50.0), 1.0)
    ] == [10]
    with pytest.raises(InputError, match="latency"):
        PaperRule(latency=-1.0)


# ── runs ──

EXPIRY: tuple[Expiry, ...] = (expiry_in(30.0),)
CONFIG = EngineConfig(hedge="paper", mode=Mode.LIVE, policy=HedgePolicy(risk_aversion=1e-4, delta_cap=10.0))
PERP = HedgeInstrument(symbol="P", kind=LinearKind.LINEAR, multiplier=1.0, fee_bps=1.0, depth=3.0, funding_rate=1e-4)


def moments(count: int, *, hours: float = 1.0, scrambled_after: int | None = None) -> list[PaperMoment]:
    """Two hundred straddles sold on a walk; after `scrambled_after` everything is another walk."""
    random, spot, found = np.random.default_rng(3), 5000.0, []
    for i in range(count):
        if scrambled_after is not None and i == scrambled_after + 1:
            random = np.random.default_rng(99)
        at = AS_OF + np.timedelta64(round(3600e9 * hours * i), "ns")
        surface = surface_of(EXPIRY, spot=spot, vol=0.3, as_of=at)
        positions = Positions(
            expiries=EXPIRY, row=np.arange(2), expiry=np.zeros(2, int), strike=np.array([5000.0, 5000.0]),
            right=np.array([1, -1]), contracts=np.full(2, -200.0),
        )  # fmt: skip
        risk = portfolio_risk(positions, surface)
        terms = replace(PERP, bid=spot - 0.5, ask=spot + 0.5)
        book = FollowedBook(risk=risk, underlying="SPX")
        found.append(PaperMoment(as_of=at, spot=spot, book=book, instruments=(terms,), value=float(np.sum(risk.value))))
        spot *= math.exp(float(random.normal(0.0, 0.004)))
    return found


@pytest.fixture(scope="module")
def run() -> PaperRun:
    return paper_hedge(moments(60), CONFIG, rule=PaperRule(latency=0.5))


def test_the_log_is_decided_again_bit_for_bit_and_holds_every_fill(run: PaperRun) -> None:
    found = replay(run.entries)
    assert found.is_identical, found.differences[:3]
    assert found.decisions == len(run.decisions) == 60
    assert sum(entry.kind is Kind.FILLED for entry in run.entries) == len(run.fills) > 3
    assert any(abs(fill.contracts) < abs(o.contracts) for fill in run.fills for d in run.decisions for o in d.orders
               if o.order_id == fill.order_id), "some order met less depth than it wanted"  # fmt: skip


def test_the_ledger_is_the_venues_own_books_to_the_cent(run: PaperRun) -> None:
    last = moments(60)[-1]
    cash = -sum(fill.contracts * (fill.price or 0.0) for fill in run.fills)
    fees = sum(fill.fee or 0.0 for fill in run.fills)
    position = sum(fill.contracts for fill in run.fills)
    summary = run.summary
    assert run.standing.state.position("P") == position
    after_funding = cash + position * last.spot - fees - summary.realised.funding
    assert summary.hedge_profit == pytest.approx(after_funding, abs=0.005)
    assert summary.realised.fee == pytest.approx(fees, abs=0.005)
    assert summary.book_profit == pytest.approx((last.value or 0.0) - (moments(1)[0].value or 0.0), abs=0.005)
    assert summary.realised.half_spread + summary.realised.impact > summary.expected.half_spread, "depth costs more"


def test_funding_is_what_the_rates_known_before_make_of_what_was_held() -> None:
    """One book held still: 40 contracts short at 5,000 for ten hours at 0.01 % per 8 h receive 40·5000·1e-4·10/8 = 25."""
    still = [replace(one, spot=5000.0) for one in moments(1)]
    first = replace(still[0], instruments=(replace(PERP, bid=4999.5, ask=5000.5, position=-40),))
    second = replace(first, as_of=first.as_of + np.timedelta64(10, "h"))
    frozen = replace(CONFIG, mode=Mode.ADVISORY)
    found = paper_hedge([first, second], frozen)
    assert found.summary.realised.funding == pytest.approx(-25.0)


def test_a_fill_comes_no_sooner_than_latency_and_never_from_a_later_book(run: PaperRun) -> None:
    sent = {o.order_id: d.as_of for d in run.decisions for o in d.orders}
    for fill in run.fills:
        assert fill.filled_at >= sent[fill.order_id] + np.timedelta64(500, "ms")
    slow = paper_hedge(moments(60), CONFIG, rule=PaperRule(latency=5_400.0))
    sent = {o.order_id: d.as_of for d in slow.decisions for o in d.orders}
    spots = {one.as_of: one.spot for one in moments(60)}
    for fill in slow.fills:
        hours = int((fill.filled_at - sent[fill.order_id]) // np.timedelta64(1, "h"))
        book = sent[fill.order_id] + np.timedelta64(hours, "h")  # the last one recorded by then
        assert abs((fill.price or 0.0) / spots[book] - 1.0) <= 0.011


def test_nothing_is_seen_before_its_time() -> None:
    """Another future after the twentieth book changes no decision up to it (the shuffled-future test)."""
    one, other = (paper_hedge(moments(40, scrambled_after=after), CONFIG) for after in (None, 20))
    assert one.decisions[:21] == other.decisions[:21]
    assert one.decisions[21:] != other.decisions[21:]


def test_advice_is_not_filled() -> None:
    found = paper_hedge(moments(10), replace(CONFIG, mode=Mode.ADVISORY))
    assert any(decision.orders for decision in found.decisions)
    assert not found.fills
