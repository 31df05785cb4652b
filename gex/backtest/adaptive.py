"""The engine of production on a recorded market: one evaluation an instant, filled on the far side, all of it logged."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from gex.backtest.recorded import RecordedInstant, RecordedMarket
from gex.contracts import Right
from gex.errors import InputError
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decision import Decision
from gex.hedging.engine.fills import Fill
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.journal import Entry, FillEvent, Standing, opened_standing, taken
from gex.hedging.engine.reading import FollowedBook
from gex.hedging.engine.state import opening_state
from gex.hedging.engine.summary import LedgerSummary, ledger_summary
from gex.hedging.instruments import HedgeInstrument
from gex.portfolio.positions import Positions
from gex.portfolio.risk import portfolio_risk

DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class RecordedTerms:
    """Terms of one instrument whose price is that of a recorded future of the same symbol."""

    instrument: HedgeInstrument

    def at(self, moment: RecordedInstant) -> HedgeInstrument | None:
        """With the prices of an instant: its own half spread round the recorded price; None where nothing was recorded."""
        future = moment.future(self.instrument.symbol)
        if future is None:
            return None
        half = future.price * self.instrument.half_spread_bps * 1e-4
        return replace(
            self.instrument,
            bid=future.price - half,
            ask=future.price + half,
            expires_at=future.expires_at,
            quoted_at=moment.as_of,
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class AdaptiveRun:
    """What a hedge did on a market."""

    market: RecordedMarket
    decisions: tuple[Decision, ...]  # one an instant
    entries: tuple[Entry, ...]  # the log, for `replay`
    standing: Standing

    @cached_property
    def summary(self) -> LedgerSummary:
        """Costs, profit and risk at the end."""
        return ledger_summary(self.standing.state)

    @property
    def order_count(self) -> int:
        """Orders sent."""
        return sum(len(decision.orders) for decision in self.decisions)

    @cached_property
    def tracking_sd_per_day(self) -> float:
        """Of X·ΔS, X what was left unhedged after each decision: the risk that hedging delta can remove, currency."""
        return self._sd([group.residual_delta for decision in self.decisions for group in decision.groups[:1]])

    @cached_property
    def unhedged_delta_sd_per_day(self) -> float:
        """Of Δ·ΔS of the book alone, currency."""
        return self._sd([group.book_delta for decision in self.decisions for group in decision.groups[:1]])

    def _sd(self, units: Sequence[float]) -> float:
        if len(units) != len(self.market):  # a hold has no figures
            return math.nan
        moves = np.diff(self.market.spots)
        return float(np.sqrt(((np.array(units[:-1]) * moves) ** 2).sum() / self.market.days))

    @property
    def breaker_openings(self) -> tuple[tuple[np.datetime64, tuple[str, ...]], ...]:
        """Instants at which the breaker opened, and why."""
        found, before = [], False
        for decision in self.decisions:
            if decision.breaker.is_open and not before:
                found.append((decision.as_of, decision.breaker.causes))
            before = decision.breaker.is_open
        return tuple(found)

    @property
    def regime_changes(self) -> tuple[tuple[np.datetime64, str, bool], ...]:
        """(instant, indicator, is stressed from then on)."""
        found, before = [], dict[str, bool]()
        for decision in self.decisions:
            for regime in decision.regimes:
                name = regime.indicator.value
                if regime.is_stressed != before.get(name, False):
                    found.append((decision.as_of, name, regime.is_stressed))
                before[name] = regime.is_stressed
        return tuple(found)


def option_book(
    moment: RecordedInstant, *, contracts: float, shortest: float, longest: float, nearest: float = 0.25
) -> Positions:
    """`contracts` of every quoted option of `shortest` to `longest` days whose |delta| is `nearest` to 1 − `nearest`.

    Delta is that of the source, without premium adjustment; where it prints none every option counts. InputError where
    there is none.
    """
    quotes = moment.analysis.cleaned.quotes
    days = (quotes.settles_at - moment.as_of) / np.timedelta64(1, "D")
    delta = np.where(np.isnan(quotes.source_delta), 0.5, np.abs(quotes.source_delta))
    chosen = (days >= shortest) & (days <= longest) & (delta >= nearest) & (delta <= 1.0 - nearest)
    chosen &= np.isfinite(quotes.bid) & np.isfinite(quotes.ask)
    if not chosen.any():
        raise InputError(f"option_book: no quoted option of {shortest:g} to {longest:g} days near the money")
    return Positions(
        expiries=quotes.expiries,
        row=np.arange(int(chosen.sum())),
        expiry=quotes.expiry[chosen],
        strike=quotes.strike[chosen],
        right=quotes.right[chosen],
        contracts=np.full(int(chosen.sum()), contracts),
    )


def run_hedge(
    market: RecordedMarket, positions: Positions, config: EngineConfig, terms: Sequence[RecordedTerms]
) -> AdaptiveRun:
    """Decide at every instant with what was known then, and fill each order at once on the far side of its spread.

    Realised volatility ends before the instant; the book is valued at the venue's marks, where it has one for every
    position. The log is that of production: it can be replayed and audited as any other.
    """
    first = market.instants[0]
    outcome = opened_standing(config.hedge, config, opening_state(), first.as_of)
    entries, standing, decisions = [outcome.entry], outcome.standing, []
    policy = config.policy_of(market.underlying)
    for place, moment in enumerate(market):
        book = FollowedBook(
            risk=portfolio_risk(positions, moment.analysis.surface),
            underlying=market.underlying,
            skew_stickiness=policy.skew_stickiness,
        )
        reading = book.at(
            [one for row in terms if (one := row.at(moment)) is not None],
            spot=moment.spot,
            as_of=moment.as_of,
            value=_marked(positions, moment),
            realised_vol_short=market.realised_vol(place, span=1.5 * DAY, least=3),
            realised_vol_long=market.realised_vol(place, span=30.0 * DAY, least=12),
        )
        inputs = EngineInputs(as_of=moment.as_of, books=(reading,), trigger="recorded")
        outcome = taken(standing, inputs, moment.as_of)
        assert outcome.decision is not None
        entries.append(outcome.entry)
        decisions.append(outcome.decision)
        standing = outcome.standing
        half = {one.symbol: 0.5 * ((one.ask or 0.0) - (one.bid or 0.0)) for one in reading.instruments}
        for order in outcome.decision.orders:
            fill = Fill(
                fill_id=f"fill-{order.order_id}",
                order_id=order.order_id,
                symbol=order.symbol,
                contracts=order.contracts,
                filled_at=moment.as_of,
                price=order.expected_price + math.copysign(half[order.symbol], order.contracts),
            )
            outcome = taken(standing, FillEvent(fill=fill), moment.as_of)
            entries.append(outcome.entry)
            standing = outcome.standing
    return AdaptiveRun(market=market, decisions=tuple(decisions), entries=tuple(entries), standing=standing)


def _marked(positions: Positions, moment: RecordedInstant) -> float | None:
    """USD of the book at the venue's marks in coin and the index; None where a position has no mark."""
    total = 0.0
    units = positions.units
    for i in range(len(positions)):
        expiry = positions.expiries[positions.expiry[i]]
        mark = moment.mark(expiry.root, expiry.date, float(positions.strike[i]), Right(int(positions.right[i])))
        if mark is None:
            return None
        total += float(units[i]) * mark * moment.spot
    return total
