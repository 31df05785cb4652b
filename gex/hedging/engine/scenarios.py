"""Market-wide stresses, reported with their evidence: the dealers' gamma, and a cascade of liquidations. No forecasts."""

import math

from gex.hedging.engine.config import CascadeRule
from gex.hedging.engine.decision import Scenario
from gex.hedging.engine.groups import PricedBook
from gex.hedging.engine.inputs import CascadeReading, DealerReading
from gex.hedging.liquidation import liquidation_distance
from gex.portfolio.linear import LinearKind


def dealer_scenario(dealer: DealerReading, spot: float, vol: float) -> Scenario:
    """What dealers would trade per 1 % as a share of depth, and the σ and λ that would mean while they trade with the move.

    Active where their gamma is negative at spot. A flow of share φ of the depth within 1 % moves the price a further φ %
    for each 1 %: σ·(1 + φ), and the same factor on the spread. φ = 0.5: one and a half times.
    """
    share = math.nan
    if dealer.depth is not None and dealer.depth > 0.0:
        share = abs(dealer.gamma_usd_per_percent) / dealer.depth
    is_active = dealer.gamma_usd_per_percent < 0.0
    factor = 1.0 + share if is_active and math.isfinite(share) else 1.0
    evidence = [
        ("gamma_usd_per_percent", dealer.gamma_usd_per_percent),
        ("flow_over_depth", share),
        ("stressed_vol", vol * factor),
        ("stressed_cost_factor", factor),
    ]
    if dealer.flip is not None:
        evidence.append(("distance_to_flip", dealer.flip / spot - 1.0))
    return Scenario(name="dealer_gamma", is_active=is_active, evidence=tuple(evidence))


def cascade_conditions(reading: CascadeReading, rule: CascadeRule) -> tuple[int, tuple[tuple[str, float], ...]]:
    """How many conditions of a cascade hold, and the figures."""
    evidence: list[tuple[str, float]] = []
    holding = 0
    if reading.funding_percentile is not None:
        extreme = max(reading.funding_percentile, 1.0 - reading.funding_percentile)
        evidence.append(("funding_percentile", reading.funding_percentile))
        holding += extreme >= rule.funding_percentile
    if reading.open_interest is not None and reading.depth is not None and reading.depth > 0.0:
        evidence.append(("interest_over_depth", reading.open_interest / reading.depth))
        holding += reading.open_interest / reading.depth >= rule.interest_over_depth
    if reading.leverage is not None:
        evidence.append(("leverage", reading.leverage))
        holding += reading.leverage >= rule.leverage
    return holding, tuple(evidence)


def cascade_scenario(
    reading: CascadeReading, rule: CascadeRule, book: PricedBook, target: float, coverage: float
) -> Scenario:
    """The account's own shortfall in a jump of ±`jump`, thin depth, a funding spike, and part of the gaining leg taken away.

    Shortfall is the worse of the two directions, currency: Δ·dS + ½Γ·dS² of the book, the hedge legs less their
    deleveraged share of gains, the cost of trading back to the target at thin depth, one period of the spiked funding.
    """
    holding, conditions = cascade_conditions(reading, rule)
    active = holding >= rule.conditions_needed
    losses, liquidated = [], 0
    at = book.reading
    for jump in (-rule.jump, rule.jump):
        move = at.spot * jump
        profit = coverage * at.delta * move + 0.5 * coverage * at.gamma * move * move
        mishedge = coverage * at.delta + coverage * at.gamma * move - target
        for priced in book.priced:
            held = priced.instrument.held
            gain = held * priced.units_per_contract * move
            kept = 1.0 - rule.deleveraged_share if gain > 0.0 else 1.0
            profit += gain * kept
            mishedge += held * priced.units_per_contract * kept
            profit -= abs(held) * priced.notional * rule.funding_spike * (priced.instrument.kind is not LinearKind.SPOT)
            end = priced.liquidation_price()
            if end is not None and (end / priced.price - 1.0) * jump > 0.0:
                liquidated += liquidation_distance(priced.price, end) <= abs(math.log1p(jump))
        if book.priced and math.isfinite(mishedge):
            curve = min((p.curve(vol=at.vol) for p in book.priced), key=lambda c: c.proportional)
            # A quarter of the depth doubles the impact of the square-root law and widens the spread as much.
            thin = math.sqrt(rule.depth_divisor)
            lines = curve.lines(mishedge)
            profit -= lines.fee + lines.ticket + thin * (lines.half_spread + lines.impact)
        losses.append(-profit)
    evidence = (
        *conditions,
        ("conditions", float(holding)),
        ("shortfall", max(losses)),
        ("legs_liquidated", liquidated),
    )
    effects = ("liquidation_distance", "leverage") if active else ()
    return Scenario(name="cascade", is_active=active, evidence=evidence, effects=effects)
