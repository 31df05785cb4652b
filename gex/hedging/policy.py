"""What the desk wants of a hedge: how much risk it bears, what it must not exceed, how it looks at the smile."""

import enum
import math
from dataclasses import dataclass, fields

import numpy as np

from gex.errors import InputError

DEFAULT_RISK_AVERSION = 1e-6  # 1/currency: a relative risk aversion of 1 on a million


class BandRule(enum.Enum):
    """How the no-trade band is found."""

    COST_OPTIMAL = "cost_optimal"  # the (a, b) policy of the full cost curve
    WHALLEY_WILMOTT_EDGE = "whalley_wilmott_edge"  # proportional cost alone, trade to the edge
    WHALLEY_WILMOTT_TARGET = "whalley_wilmott_target"  # proportional cost alone, trade to the target
    ZAKAMOULINE = "zakamouline"  # trade to the edge; its shift of the centre is off
    FIXED = "fixed"  # the thresholds of the policy
    CLOCK = "clock"  # back to the target each `clock_interval`: the comparator, not a recommendation


class AccountUnit(enum.Enum):
    """What a coin-settled account wants to be neutral in."""

    COIN = "coin"
    USD = "usd"


class CapConfidence(enum.Enum):
    """How surely the cap holds when a crossing is seen at the next look, for a mishedge without jumps."""

    MEAN = "mean"  # the trigger leaves room for the mean overshoot, 0.5826·v√Δt
    P95 = "p95"  # for that of 95 % of the crossings, 1.58·v√Δt


@dataclass(frozen=True, kw_only=True)
class HedgePolicy:
    """One desk's policy. Units are units of underlying, money is in its currency, rates and times as named.

    A cost-based rule takes the strictest of `risk_aversion`, `residual_sd_budget` and `delta_cap`; with none of them it
    assumes DEFAULT_RISK_AVERSION, and the plan says so.
    """

    rule: BandRule = BandRule.COST_OPTIMAL
    risk_aversion: float | None = None  # γ, 1/currency
    residual_sd_budget: float | None = None  # sd of the residual P&L, currency per day
    delta_cap: float | None = None  # units; |mishedge| above it is hedged, whatever it costs
    cap_confidence: CapConfidence = CapConfidence.MEAN  # of the cap between two looks of `poll_interval`
    thresholds: tuple[float, float] | None = None  # (below, above), units, below < 0 < above; they imply FIXED
    threshold_targets: tuple[float, float] = (0.0, 0.0)  # where a trade at either threshold lands, units
    target_delta: float = 0.0  # units the desk wants to keep
    coverage: float = 1.0  # r: hedge r of the book's delta, keep 1 − r
    allow_overhedge: bool = False  # r > 1 is a net opposite position and needs this
    poll_interval: float = 0.0  # seconds between two looks
    clock_interval: float | None = None  # seconds between two hedges of the CLOCK rule
    skew_stickiness: float = 1.0  # R: 0 smile rides with spot, 1 sticky strike
    account_unit: AccountUnit = AccountUnit.COIN  # of coin-settled books
    equity_coin: float = 0.0  # the whole account marked to market, coins; used for AccountUnit.USD
    vol: float | None = None  # decimal per √year, of spot; None takes the book's own implied vol
    impact_prefactor: float = 1.0  # Y of the square-root law
    ticket: float = 0.0  # k0, currency an order
    scan_low: float = 0.8  # trigger prices are looked for from this fraction of spot
    scan_high: float = 1.2  # to this one
    max_age: float | None = None  # seconds; older input means hold
    event_at: np.datetime64 | None = None  # the next declared catalyst or closure, UTC
    carry_tilt: bool = False  # shift the centre of the band by the carry of the instrument: a position, shown as one
    event_gap_sd: float = 0.0  # sd of the log move over it; > 0 narrows the band now
    max_clip: int | None = None  # contracts a clip
    margin_available: float | None = None  # currency
    liquidation_distance: float | None = None  # least |ln(F_liq/F)| after a trade, of instruments that have a wallet
    trade_fraction: float | None = None  # f: at a trigger trade f of the mishedge, whatever the band's target is

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not math.isfinite(value):
                raise InputError(f"policy.{field.name}: expected a finite number, got {value}")
        for name in (
            "risk_aversion",
            "residual_sd_budget",
            "delta_cap",
            "clock_interval",
            "vol",
            "max_age",
            "max_clip",
            "liquidation_distance",
            "trade_fraction",
        ):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise InputError(f"policy.{name}: expected a positive number, got {value}")
        for name in ("coverage", "poll_interval", "impact_prefactor", "ticket", "event_gap_sd"):
            if getattr(self, name) < 0:
                raise InputError(f"policy.{name}: expected at least 0, got {getattr(self, name)}")
        if self.margin_available is not None and self.margin_available < 0.0:
            raise InputError(f"policy.margin_available: expected at least 0, got {self.margin_available}")
        if not 0.0 < self.scan_low < 1.0 < self.scan_high:
            raise InputError(f"policy: expected 0 < scan_low < 1 < scan_high, got {self.scan_low} and {self.scan_high}")
        if self.coverage > 1.0 and not self.allow_overhedge:
            raise InputError(
                f"policy.coverage: {self.coverage} reverses the book's delta; set allow_overhedge to mean it"
            )
        if self.trade_fraction is not None and self.trade_fraction > 1.0 and not self.allow_overhedge:
            raise InputError(
                f"policy.trade_fraction: {self.trade_fraction} reverses the mishedge; set allow_overhedge to mean it"
            )
        self._check_rule()

    def _check_rule(self) -> None:
        if self.thresholds is not None:
            object.__setattr__(self, "rule", BandRule.FIXED)
            below, above = self.thresholds
            low, high = self.threshold_targets
            if not below < 0.0 < above:
                raise InputError(f"policy.thresholds: expected below < 0 < above, got {below} and {above}")
            if not below <= low <= above or not below <= high <= above:
                raise InputError(
                    f"policy.threshold_targets: expected both inside the thresholds {below} and {above}, "
                    f"got {low} and {high}"
                )
        elif self.rule is BandRule.FIXED:
            raise InputError("policy.thresholds: the rule fixed needs them")
        elif self.rule is BandRule.CLOCK and self.clock_interval is None:
            raise InputError("policy.clock_interval: the rule clock needs it")

    @property
    def has_risk_limit(self) -> bool:
        """True where the desk says how much risk it bears; else DEFAULT_RISK_AVERSION is assumed, and named."""
        given = (self.risk_aversion, self.residual_sd_budget, self.delta_cap, self.thresholds)
        return any(value is not None for value in given) or self.rule is BandRule.CLOCK
