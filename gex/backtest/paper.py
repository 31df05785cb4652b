"""Paper trading: the engine of production on quotes as they come, filled by a venue on paper, all of it logged."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gex.backtest.paper_venue import PaperOrder, PaperRule, PaperVenue
from gex.hedging.costs import funding_cost
from gex.hedging.engine.config import EngineConfig, Mode
from gex.hedging.engine.decision import Decision, EngineOrder
from gex.hedging.engine.fills import Fill
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.journal import Entry, Event, FillEvent, Funding, Outcome, Standing, opened_standing, taken
from gex.hedging.engine.reading import FollowedBook
from gex.hedging.engine.state import opening_state
from gex.hedging.engine.summary import LedgerSummary, ledger_summary
from gex.hedging.instruments import HedgeInstrument
from gex.pipeline import Analysis
from gex.portfolio.linear import LinearKind
from gex.portfolio.positions import Positions
from gex.portfolio.risk import portfolio_risk

Sink = Callable[[Outcome], None]


@dataclass(frozen=True, eq=False, kw_only=True)
class PaperMoment:
    """The market at one instant, as it was known then."""

    as_of: np.datetime64
    spot: float
    book: FollowedBook
    instruments: tuple[HedgeInstrument, ...]  # with their quotes
    value: float | None = None  # of the book, currency; None: its profit is taken from delta and gamma


@dataclass(frozen=True, eq=False, kw_only=True)
class PaperRun:
    """What a hedge did on paper."""

    rule: PaperRule
    decisions: tuple[Decision, ...]
    fills: tuple[Fill, ...]  # rejections among them
    entries: tuple[Entry, ...]  # the log, for `replay`
    standing: Standing
    unfilled: tuple[PaperOrder, ...] = field(default=())  # still under way at the end

    @property
    def summary(self) -> LedgerSummary:
        """Costs, profit and risk at the end."""
        return ledger_summary(self.standing.state)


def paper_hedge(
    moments: Iterable[PaperMoment],
    config: EngineConfig,
    *,
    rule: PaperRule | None = None,
    sink: Sink | None = None,
) -> PaperRun:
    """Decide at every moment, send to a venue on paper, take its fills; `sink` hears of each outcome before the next.

    Orders are sent in the modes live, reduce-only and frozen (the cap); advice is not filled. Funding accrues on what is
    held at the rates known at the moment before. A decision sees nothing of a later moment, and its own fills only once
    the venue has reported them.
    """
    venue = PaperVenue(rule or PaperRule())
    found: list[Decision] = []
    fills: list[Fill] = []
    entries: list[Entry] = []
    standing: Standing | None = None

    def told(event: Event, as_of: np.datetime64) -> Outcome:
        nonlocal standing
        assert standing is not None
        outcome = taken(standing, event, as_of)
        standing = outcome.standing
        entries.append(outcome.entry)
        if sink is not None:
            sink(outcome)
        return outcome

    def looked(moment: PaperMoment, until: np.datetime64) -> None:
        terms = {one.symbol: one for one in moment.instruments}
        for fill in venue.look(terms, quoted_at=moment.as_of, until=until):
            fills.append(fill)
            told(FillEvent(fill=fill), max(fill.filled_at, moment.as_of))

    before: PaperMoment | None = None
    for moment in moments:
        if standing is None:
            opened = opened_standing(config.hedge, config, opening_state(moment.instruments), moment.as_of)
            standing = opened.standing
            entries.append(opened.entry)
            if sink is not None:
                sink(opened)
        if before is not None:
            # What reached the market before this book met the one before it.
            looked(before, moment.as_of - np.timedelta64(1, "ns"))
            amount = _funding(standing, before, moment)
            if amount:
                told(Funding(amount=amount, as_of=moment.as_of), moment.as_of)
        looked(moment, moment.as_of)
        reading = moment.book.at(moment.instruments, spot=moment.spot, as_of=moment.as_of, value=moment.value)
        inputs = EngineInputs(as_of=moment.as_of, books=(reading,), trigger="paper")
        decision = told(inputs, moment.as_of).decision
        assert decision is not None
        found.append(decision)
        if config.mode is not Mode.ADVISORY:
            for order in decision.orders:
                venue.send(paper_order(order, moment.as_of))
        before = moment
    if before is not None:
        looked(before, before.as_of + np.timedelta64(round(venue.rule.latency * 1e9), "ns"))
    if standing is None:
        standing = opened_standing(config.hedge, config, opening_state(), np.datetime64(0, "ns")).standing
    return PaperRun(
        rule=venue.rule,
        decisions=tuple(found),
        fills=tuple(fills),
        entries=tuple(entries),
        standing=standing,
        unfilled=tuple(one.order for one in venue.resting),
    )


def paper_order(order: EngineOrder, sent_at: np.datetime64) -> PaperOrder:
    """An order of the engine on its way to the venue."""
    return PaperOrder(
        order_id=order.order_id,
        symbol=order.symbol,
        contracts=order.contracts,
        sent_at=sent_at,
        is_passive=order.is_passive,
    )


def moment_of(
    analysis: Analysis,
    positions: Positions,
    instruments: Sequence[HedgeInstrument],
    config: EngineConfig,
    *,
    spot: float | None = None,
) -> PaperMoment:
    """One analysed chain as a moment. An instrument without a price stands at the chain's own forward to its expiry.

    The book is valued on the surface where every position can be priced, else its profit is taken from its Greeks.
    """
    quotes = analysis.cleaned.quotes
    risk = portfolio_risk(positions, analysis.surface)
    level = risk.spot if spot is None else spot
    policy = config.policy_of(quotes.underlying)
    book = FollowedBook(risk=risk, underlying=quotes.underlying, skew_stickiness=policy.skew_stickiness, vol=policy.vol)
    growth = risk.repricer.carry
    priced = []
    for terms in instruments:
        price = terms.price
        if price is None and terms.bid is None and terms.ask is None:
            years = 0.0
            if terms.expires_at is not None:
                years = float((terms.expires_at - quotes.as_of) / np.timedelta64(1, "ns")) * 1e-9 / (365.0 * 86_400.0)
            price = level * (float(growth.growth(np.array(years))) if years > 0.0 else 1.0)
        if price is not None:
            half = price * terms.half_spread_bps * 1e-4
            priced.append(_quoted(terms, price - half, price + half, quotes.as_of))
        else:
            priced.append(terms)
    value = float(np.sum(risk.value))
    return PaperMoment(
        as_of=quotes.as_of,
        spot=level,
        book=book,
        instruments=tuple(priced),
        value=value if math.isfinite(value) and not risk.unpriced else None,
    )


def _quoted(terms: HedgeInstrument, bid: float, ask: float, at: np.datetime64) -> HedgeInstrument:
    return replace(terms, price=None, bid=bid, ask=ask, quoted_at=at)


def _funding(standing: Standing, before: PaperMoment, now: PaperMoment) -> float:
    """Funding of what was held between two moments, currency, + paid."""
    seconds = float((now.as_of - before.as_of) / np.timedelta64(1, "ns")) * 1e-9
    total = 0.0
    for terms in before.instruments:
        if terms.expires_at is None and terms.kind is not LinearKind.SPOT and terms.funding_rate:
            held = standing.state.position(terms.symbol) * terms.multiplier
            mid = terms.price or 0.5 * ((terms.bid or 0.0) + (terms.ask or 0.0))
            notional = held if terms.kind is LinearKind.INVERSE else held * mid
            total += funding_cost(notional, terms.funding_rate, seconds, terms.funding_interval)
    return total
