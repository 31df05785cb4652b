"""What hedging has cost, what it has removed, and what would have been without it."""

import math
from dataclasses import dataclass

from gex.hedging.costs import CostLines
from gex.hedging.engine.state import EngineState

_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class LedgerSummary:
    """Currency, since the hedge was opened; None where nothing can be said."""

    expected: CostLines  # of what filled
    realised: CostLines
    cost_today: float
    book_profit: float  # "what if you had not hedged"
    hedge_profit: float  # after all costs
    traded_notional: float
    order_count: int
    fill_count: int
    reject_count: int
    unhedged_sd_per_day: float | None
    hedged_sd_per_day: float | None
    cost_over_position_value: float | None  # net cost over |Δ|·S when the hedge was opened
    cost_over_risk_removed: float | None  # net cost over the daily sd that the hedge removed

    @property
    def total_profit(self) -> float:
        """Of book and hedge together."""
        return self.book_profit + self.hedge_profit


def ledger_summary(state: EngineState) -> LedgerSummary:
    """The ledger of a hedge in figures.

    Half spread and impact are already in the fills' prices, so that only fees, tickets and what is paid to hold the
    hedge come off its profit.
    """
    ledger = state.ledger
    realised = ledger.realised
    days = ledger.elapsed / _DAY
    unhedged = math.sqrt(ledger.book_squares / days) if days > 0.0 else None
    hedged = math.sqrt(ledger.total_squares / days) if days > 0.0 else None
    removed = None if unhedged is None or hedged is None else unhedged - hedged
    value = ledger.first_value
    return LedgerSummary(
        expected=ledger.expected,
        realised=realised,
        cost_today=ledger.cost_today,
        book_profit=ledger.book_profit,
        hedge_profit=ledger.hedge_profit - math.fsum((realised.fee, realised.ticket, realised.carry)),
        traded_notional=ledger.traded_notional,
        order_count=ledger.order_count,
        fill_count=ledger.fill_count,
        reject_count=ledger.reject_count,
        unhedged_sd_per_day=unhedged,
        hedged_sd_per_day=hedged,
        cost_over_position_value=realised.total / value if value else None,
        cost_over_risk_removed=realised.total / removed if removed is not None and removed > 0.0 else None,
    )
