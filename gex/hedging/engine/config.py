"""What a desk wants of an adaptive hedge: the policy's values, and when they may change by themselves."""

import enum
import math
from dataclasses import dataclass, field, fields

import numpy as np

from gex.errors import InputError
from gex.hedging.policy import HedgePolicy

HIGHEST_COVERAGE = 1.5
DAY = 86_400.0  # seconds
COVERAGE_STATES = ("high_volatility", "low_liquidity", "low_correlation")


class Mode(enum.Enum):
    """What is done with a decision."""

    ADVISORY = "advisory"  # decisions as in LIVE, but nothing is sent: the desk trades by hand and reports fills
    LIVE = "live"
    REDUCE_ONLY = "reduce_only"  # no hedge position grows, but for the cap
    FROZEN = "frozen"  # nothing trades, but for the cap


class Indicator(enum.Enum):
    """What a regime watches; each has one channel."""

    VOLATILITY = "volatility"  # realised short over long, or over implied
    LIQUIDITY = "liquidity"  # round trip of one's own clip, bp
    CORRELATION = "correlation"  # low end of its interval against break-even


def _check(place: str, value: float | None, least: float, most: float = math.inf, *, is_open: bool = False) -> None:
    """InputError unless a value is None or a finite number from `least` (not itself where `is_open`) to `most`."""
    if value is None:
        return
    if not (math.isfinite(value) and (value > least if is_open else value >= least) and value <= most):
        low = f"above {least:g}" if is_open else f"of at least {least:g}"
        raise InputError(
            f"{place}: expected a number {low}{f', at most {most:g}' if most < math.inf else ''}, got {value}"
        )


@dataclass(frozen=True, kw_only=True)
class Window:
    """A catalyst or a closed market declared ahead: from `starts_at` to `ends_at` the band is that before a gap.

    Over the `ramp` seconds before it the variance of the gap rises from 0 to `gap_sd`², so that the hedge grows heavier
    by schedule.
    """

    starts_at: np.datetime64
    ends_at: np.datetime64
    gap_sd: float  # of the log move, decimal
    ramp: float = 0.0  # seconds
    name: str = ""

    def __post_init__(self) -> None:
        if not self.starts_at < self.ends_at:
            raise InputError(f"window {self.name}: expected starts_at before ends_at, got {self.starts_at}")
        if not (0.0 <= self.gap_sd < math.inf and 0.0 <= self.ramp < math.inf):
            raise InputError(
                f"window {self.name}: expected gap_sd and ramp of at least 0, got {self.gap_sd}, {self.ramp}"
            )


@dataclass(frozen=True, kw_only=True)
class RegimeRule:
    """When an indicator is stressed: it enters above its trailing 90 % quantile and leaves below 70 %.

    Quantiles are of samples taken every `sample_interval` over `history` seconds and end before the reading judged. A
    state lasts at least `dwell` seconds. With fewer than `least_samples` nothing is stressed.
    """

    is_active: bool = True
    enter_quantile: float = 0.9
    leave_quantile: float = 0.7
    dwell: float = DAY
    history: float = 30.0 * DAY
    sample_interval: float = 3600.0
    least_samples: int = 48

    def __post_init__(self) -> None:
        if not 0.0 < self.leave_quantile <= self.enter_quantile < 1.0:
            raise InputError(
                f"regime: expected 0 < leave_quantile <= enter_quantile < 1, got {self.leave_quantile} and "
                f"{self.enter_quantile}"
            )
        if not (self.dwell >= 0.0 and self.history > 0.0 and self.sample_interval > 0.0 and self.least_samples > 1):
            raise InputError("regime: expected dwell of at least 0, positive history and interval, two samples or more")


@dataclass(frozen=True, kw_only=True)
class RegimeTable:
    """The three regimes and what they change: σ, costs and clips, cross hedges; and coverage where the desk says so."""

    volatility: RegimeRule = field(default_factory=RegimeRule)
    liquidity: RegimeRule = field(default_factory=RegimeRule)
    correlation: RegimeRule = field(default_factory=RegimeRule)
    impact_factor: float = 2.0  # on η while liquidity is low
    clip_factor: float = 0.5  # on the largest clip while liquidity is low
    coverage: tuple[tuple[str, float], ...] = ()  # COVERAGE_STATES → r in [0, 1]; of several the highest counts

    def __post_init__(self) -> None:
        for name, value in self.coverage:
            if name not in COVERAGE_STATES:
                raise InputError(f"regimes.coverage: expected some of {', '.join(COVERAGE_STATES)}, got {name!r}")
            if not 0.0 <= value <= 1.0:
                raise InputError(f"regimes.coverage[{name}]: expected 0 to 1, got {value}")
        _check("regimes.impact_factor", self.impact_factor, 1.0)
        _check("regimes.clip_factor", self.clip_factor, 0.0, 1.0, is_open=True)


@dataclass(frozen=True, kw_only=True)
class BreakerRule:
    """What opens the breaker, and what it then holds; it never forbids reducing risk beyond the cap."""

    window: float = DAY  # seconds over which switches and reversals are counted
    most_switches: int = 3  # of regimes
    most_reversals: int = 4  # of the side traded
    slippage_factor: float | None = None  # realised over expected cost of the last orders; None: not watched
    slippage_orders: int = 5  # orders that are averaged
    band_factor: float = 1.5  # on the trigger, up to the cap
    hold_factor: float = 2.0  # on the minimum hold
    cooldown: float = 3600.0  # seconds, doubled with every opening within ten cool-downs
    longest_cooldown: float = 7.0 * DAY
    is_reset_by_hand: bool = False  # True: it stays open until someone resets it

    def __post_init__(self) -> None:
        for name in ("most_switches", "most_reversals", "cooldown", "longest_cooldown"):
            _check(f"breaker.{name}", getattr(self, name), 0.0)
        for name in ("window", "slippage_factor"):
            _check(f"breaker.{name}", getattr(self, name), 0.0, is_open=True)
        for name in ("slippage_orders", "band_factor", "hold_factor"):
            _check(f"breaker.{name}", getattr(self, name), 1.0)
        if self.longest_cooldown < self.cooldown:
            raise InputError(
                f"breaker.longest_cooldown: expected at least the cooldown, {self.cooldown:g}, got {self.longest_cooldown:g}"
            )


@dataclass(frozen=True, kw_only=True)
class RiskLimits:
    """What stops the engine from growing a hedge, and how far liquidation must be. None: not watched."""

    max_loss: float | None = None  # of equity since the hedge was opened, currency
    max_drawdown: float | None = None  # of equity from its highest, currency
    max_leverage: float | None = None  # notional of the hedge legs over equity
    stressed_leverage: float = 0.5  # share of max_leverage that is left while volatility or cascade is stressed
    liquidation_deviations: float | None = None  # k: distance of at least k·σ·√H
    liquidation_horizon: float = 1.0 / 365.0  # H, years

    def __post_init__(self) -> None:
        for name in ("max_loss", "max_drawdown", "max_leverage", "liquidation_deviations"):
            _check(f"limits.{name}", getattr(self, name), 0.0)
        _check("limits.stressed_leverage", self.stressed_leverage, 0.0, 1.0, is_open=True)
        _check("limits.liquidation_horizon", self.liquidation_horizon, 0.0, is_open=True)


@dataclass(frozen=True, kw_only=True)
class TriggerRule:
    """An observation that asks for an evaluation; it never bypasses band or cost gate.

    Kinds and their `level`: "price_move" (share since the last evaluation), "clock" (seconds), "rsi" (level and
    100 − level of `length` closes every `interval` seconds), "value_area" (buffer as a share beyond the area of 70 % of
    volume), "funding" and "funding_difference" (per period), "implied_vol" (decimal since the last evaluation), "depth"
    (share of its trailing median below which it is), "imbalance" (|bid − ask|/(bid + ask) of sizes), "correlation" (low
    end of |ρ| below it).
    """

    kind: str
    level: float
    length: int = 14
    interval: float = 3600.0

    def __post_init__(self) -> None:
        if self.kind not in TRIGGER_KINDS:
            raise InputError(f"trigger: expected one of {', '.join(TRIGGER_KINDS)}, got {self.kind!r}")
        if not (math.isfinite(self.level) and self.level >= 0.0 and self.length > 0 and self.interval > 0.0):
            raise InputError(f"trigger {self.kind}: expected a level of at least 0, a length and an interval above 0")


TRIGGER_KINDS = (
    "price_move",
    "clock",
    "rsi",
    "value_area",
    "funding",
    "funding_difference",
    "implied_vol",
    "depth",
    "imbalance",
    "correlation",
)


@dataclass(frozen=True, kw_only=True)
class CascadeRule:
    """The liquidation cascade that is assumed, and the conditions under which it is taken for possible."""

    jump: float = 0.15  # of spot, either way
    depth_divisor: float = 4.0
    funding_spike: float = 0.003  # per period
    deleveraged_share: float = 0.25  # of a hedge leg that gains, taken away by the venue
    funding_percentile: float = 0.95  # condition: at or above it, or at or below 1 − it
    interest_over_depth: float = 20.0  # condition: open interest within reach over depth
    leverage: float = 10.0  # condition: of the market's positions
    conditions_needed: int = 2
    distance_factor: float = 1.5  # on the least distance to liquidation while stressed

    def __post_init__(self) -> None:
        _check("cascade.jump", self.jump, 0.0, 1.0)
        _check("cascade.funding_spike", self.funding_spike, 0.0)
        for name in ("deleveraged_share", "funding_percentile"):
            _check(f"cascade.{name}", getattr(self, name), 0.0, 1.0)
        for name in ("interest_over_depth", "leverage", "conditions_needed"):
            _check(f"cascade.{name}", getattr(self, name), 0.0)
        for name in ("depth_divisor", "distance_factor"):
            _check(f"cascade.{name}", getattr(self, name), 1.0)


@dataclass(frozen=True, kw_only=True)
class EngineConfig:
    """One hedge: its rule, its limits, and what may adapt. Times are seconds, money its currency, units of underlying."""

    hedge: str = "hedge"  # its name, in order ids
    policy: HedgePolicy = field(default_factory=HedgePolicy)
    policies: tuple[tuple[str, HedgePolicy], ...] = ()  # of single underlyings, instead of `policy`
    mode: Mode = Mode.ADVISORY
    minimum_hold: float | None = None  # seconds without a reversal; None: H* of the last trade's band
    maximum_orders_per_hour: int | None = None
    has_cost_gate: bool = True
    gate_slack: float = 0.01  # of the cost: by so much the net value may miss 0 before an order is refused
    cost_budget_per_day: float | None = None  # realised trading cost that opens the breaker, currency
    order_timeout: float | None = None  # age of an order in flight that someone must look at; it is never sent again
    reject_pause: float = 60.0  # after a rejection, doubled with every further one
    depth_share: float | None = None  # of an instrument's depth that one clip may take
    cross_horizon: float = 3.0 * DAY  # over which a cross hedge has to pay
    windows: tuple[Window, ...] = ()
    regimes: RegimeTable = field(default_factory=RegimeTable)
    breaker: BreakerRule = field(default_factory=BreakerRule)
    limits: RiskLimits = field(default_factory=RiskLimits)
    cascade: CascadeRule = field(default_factory=CascadeRule)
    triggers: tuple[TriggerRule, ...] = ()

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if isinstance(value, float) and not (math.isfinite(value) and value >= 0.0):
                raise InputError(f"EngineConfig.{item.name}: expected a number of at least 0, got {value}")
        if self.maximum_orders_per_hour is not None and self.maximum_orders_per_hour < 1:
            raise InputError(f"maximum_orders_per_hour: expected at least 1, got {self.maximum_orders_per_hour}")
        for policy in (self.policy, *(p for _, p in self.policies)):
            if policy.coverage > HIGHEST_COVERAGE:
                raise InputError(f"policy.coverage: expected 0 to {HIGHEST_COVERAGE}, got {policy.coverage}")
        high = dict(self.regimes.coverage).get("high_volatility")
        if high is not None and high > self.policy.coverage and self.policy.residual_sd_budget is not None:
            # A budget in currency a day narrows the band by itself when volatility rises.
            raise InputError(
                "regimes.coverage[high_volatility]: a higher coverage and a budget of residual risk answer the same "
                "evidence twice; drop one of them"
            )

    def policy_of(self, underlying: str) -> HedgePolicy:
        """The policy of one underlying."""
        for name, policy in self.policies:
            if name == underlying:
                return policy
        return self.policy
