"""Spot prices at which the repriced book leaves the band of a decision: searched when a decision is published."""

import math
from collections.abc import Sequence
from dataclasses import replace

from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decision import Decision, GroupDecision
from gex.hedging.engine.groups import PricedBook, priced_book
from gex.hedging.engine.inputs import EngineInputs
from gex.hedging.engine.state import EngineState
from gex.hedging.hedged_book import HedgedBook
from gex.hedging.policy import AccountUnit
from gex.hedging.triggers import SpotTrigger, spot_triggers
from gex.portfolio.linear import LinearPositions
from gex.portfolio.positions import joined


def with_triggers(decision: Decision, inputs: EngineInputs, config: EngineConfig, state: EngineState) -> Decision:
    """The decision with the spot triggers of its first group, orders counted as filled; `state` is that after it.

    None where the reading has no repricer, on a hold, or for a group that hedges several underlyings: its mishedge is not
    a function of one spot.
    """
    if not decision.groups or not inputs.books:
        return decision
    row, reading = decision.groups[0], inputs.books[0]
    if reading.repricer is None or len(row.members) > 1 or row.band is None:
        return decision
    return replace(decision, triggers=triggers_of(row, priced_book(reading, inputs, config, state), inputs, config))


def triggers_of(
    row: GroupDecision, book: PricedBook, inputs: EngineInputs, config: EngineConfig
) -> tuple[SpotTrigger, ...]:
    """All spots of the policy's scan at which X(S) of one hedge meets an edge of its band, ascending."""
    reading, policy = book.reading, config.policy_of(row.underlying)
    if reading.repricer is None or row.band is None or not math.isfinite(row.vol):
        return ()
    tables: Sequence[LinearPositions] = [p.table(p.instrument.held) for p in book.priced]
    is_usd = policy.account_unit is AccountUnit.USD and reading.is_coin_settled
    hedged = HedgedBook(
        repricer=reading.repricer,
        hedge=joined(tables) if tables else LinearPositions.empty(reading.spot),
        coverage=row.coverage,
        target_delta=row.target_delta,
        skew_stickiness=policy.skew_stickiness,
        account_unit=AccountUnit.USD if is_usd else AccountUnit.COIN,
        equity_coin=inputs.equity_coin,
    )
    return spot_triggers(
        hedged, row.band, low=policy.scan_low * reading.spot, high=policy.scan_high * reading.spot, vol=row.vol
    )
