"""The rules that are compared: each is one name, one parameter that trades cost for risk, and what it looks at."""

import enum
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from gex.backtest.simulated_book import SimulatedOption
from gex.columns import Floats, frozen
from gex.errors import InputError
from gex.hedging.closed_forms import leland_vol
from gex.kernels import hedge_rules as places
from gex.kernels.book_paths import BLACK, INTRINSIC, MINIMUM_VARIANCE


class Rule(enum.Enum):
    """A hedging rule; the band rules are those of `gex.hedging.policy.BandRule`."""

    UNHEDGED = "unhedged"
    STATIC = "static"  # the first delta times a ratio, held
    STOP_LOSS = "stop_loss"  # covered in the money, naked out of it
    CLOCK = "clock"  # back to the target each n looks
    FIXED_TARGET = "fixed_target"  # constant half-width, back to the target
    FIXED_EDGE = "fixed_edge"  # constant half-width, to the edge
    WHALLEY_WILMOTT_EDGE = "whalley_wilmott_edge"
    WHALLEY_WILMOTT_TARGET = "whalley_wilmott_target"
    ZAKAMOULINE = "zakamouline"  # to the edge, centre at the delta
    COST_OPTIMAL = "cost_optimal"  # the (a, b) policy
    LELAND = "leland"  # the clock with Leland's volatility
    MINIMUM_VARIANCE = "minimum_variance"  # (a, b) round Hull & White's minimum-variance delta
    REGIME_ADAPTIVE = "regime_adaptive"  # (a, b) with another risk aversion while fast volatility exceeds slow
    TABULATED = "tabulated"  # a no-trade set given as a table: the dynamic programme, a network


_KERNEL_RULE = {
    Rule.UNHEDGED: places.UNHEDGED,
    Rule.STATIC: places.STATIC,
    Rule.STOP_LOSS: places.FIXED_TARGET,
    Rule.CLOCK: places.CLOCK,
    Rule.FIXED_TARGET: places.FIXED_TARGET,
    Rule.FIXED_EDGE: places.FIXED_EDGE,
    Rule.WHALLEY_WILMOTT_EDGE: places.WHALLEY_WILMOTT_EDGE,
    Rule.WHALLEY_WILMOTT_TARGET: places.WHALLEY_WILMOTT_TARGET,
    Rule.ZAKAMOULINE: places.ZAKAMOULINE,
    Rule.COST_OPTIMAL: places.COST_OPTIMAL,
    Rule.LELAND: places.CLOCK,
    Rule.MINIMUM_VARIANCE: places.COST_OPTIMAL,
    Rule.REGIME_ADAPTIVE: places.REGIME_ADAPTIVE,
    Rule.TABULATED: places.TABLE_RULE,
}
_BY_AVERSION = {
    Rule.WHALLEY_WILMOTT_EDGE,
    Rule.WHALLEY_WILMOTT_TARGET,
    Rule.ZAKAMOULINE,
    Rule.COST_OPTIMAL,
    Rule.MINIMUM_VARIANCE,
    Rule.REGIME_ADAPTIVE,
}
_LEAST_WIDTH = 1e-9  # of a unit: the stop-loss trades as soon as its target jumps


@dataclass(frozen=True, eq=False, kw_only=True)
class NoTradeTable:
    """Lower and upper hedge at (step, node) over ln spot, nodes equally spaced from `first` by `distance`."""

    lower: Floats
    upper: Floats
    first: float
    distance: float

    def __post_init__(self) -> None:
        if self.lower.shape != self.upper.shape or self.lower.ndim != 2 or self.lower.shape[1] < 2:
            raise InputError(f"table: expected two of one shape, got {self.lower.shape} and {self.upper.shape}")
        if not (self.lower <= self.upper).all():
            raise InputError("table: expected a lower hedge below the upper one everywhere")


@dataclass(frozen=True, kw_only=True)
class HedgeRule:
    """A rule with its parameters. `risk_aversion` is γ, 1/currency; widths are units of underlying; times are steps."""

    rule: Rule
    risk_aversion: float = 1.0
    half_width: float = 0.0
    clock_steps: int = 1
    ratio: float = 1.0  # of the static hedge
    poll_steps: int = 1  # it looks every so many steps
    poll_interval: float = 0.0  # years; > 0 corrects the trigger for looking only then (hedging.md §5)
    vol: float = 0.0  # of spot, for the poll correction and Zakamouline; 0: the first option's
    skew: tuple[float, float, float] = (0.0, 0.0, 0.0)  # a, b, c of the minimum-variance delta
    fast_steps: float = 5.0  # mean memory of the two estimates of volatility
    slow_steps: float = 60.0
    enter_ratio: float = 1.25  # stressed above, until below `leave_ratio`
    leave_ratio: float = 1.10
    stressed_multiple: float = 1.0  # of the risk aversion while stressed
    table: NoTradeTable | None = field(default=None, repr=False)
    label: str = ""

    def __post_init__(self) -> None:
        if self.rule in _BY_AVERSION and not 0.0 < self.risk_aversion < math.inf:
            raise InputError(
                f"rule {self.rule.value}.risk_aversion: expected a positive number, got {self.risk_aversion}"
            )
        if self.rule in (Rule.FIXED_TARGET, Rule.FIXED_EDGE) and not self.half_width >= 0.0:
            raise InputError(f"rule {self.rule.value}.half_width: expected at least 0, got {self.half_width}")
        if self.clock_steps < 1 or self.poll_steps < 1:
            raise InputError(f"rule {self.rule.value}: expected clock_steps and poll_steps of at least 1")
        if (self.rule is Rule.TABULATED) != (self.table is not None):
            raise InputError(f"rule {self.rule.value}.table: the tabulated rule needs one, and no other takes one")

    @property
    def name(self) -> str:
        """What a report calls it."""
        return self.label or self.rule.value

    def at(self, looseness: float) -> "HedgeRule":
        """The rule with its one parameter set so that a greater `looseness` means less trading."""
        if self.rule in _BY_AVERSION:
            return replace(self, risk_aversion=1.0 / looseness)
        if self.rule in (Rule.FIXED_TARGET, Rule.FIXED_EDGE):
            return replace(self, half_width=looseness)
        if self.rule in (Rule.CLOCK, Rule.LELAND):
            return replace(self, clock_steps=max(round(looseness), 1))
        raise InputError(f"rule {self.rule.value}: has no parameter that trades cost for risk")

    @property
    def kernel_rule(self) -> int:
        """Its code in `gex.kernels.hedge_rules`."""
        return _KERNEL_RULE[self.rule]

    @property
    def delta_kind(self) -> int:
        """Which delta it follows."""
        return {Rule.STOP_LOSS: INTRINSIC, Rule.MINIMUM_VARIANCE: MINIMUM_VARIANCE}.get(self.rule, BLACK)

    def vol_factor(self, options: Sequence[SimulatedOption], cost_rate: float, step_years: float) -> float:
        """What multiplies the volatility of deltas: Leland's number for the rehedging interval, 1 for other rules."""
        if self.rule is not Rule.LELAND:
            return 1.0
        signs = {option.units > 0.0 for option in options if option.right}
        if len(signs) != 1:
            raise InputError("rule leland: expected a book that is long only or short only")
        vol = options[0].vol
        found = leland_vol(vol, 2.0 * cost_rate, self.clock_steps * step_years, is_long=signs.pop())
        if not math.isfinite(found):
            raise InputError(
                "rule leland: its number is 1 or more for a long book: the clock is too fast for these costs"
            )
        return found / vol

    def parameters(self, options: Sequence[SimulatedOption]) -> Floats:
        """The parameters in the order of `gex.kernels.hedge_rules`."""
        out = np.zeros(places.RULE_SIZE)
        out[places.RISK_AVERSION] = self.risk_aversion
        out[places.HALF_WIDTH] = _LEAST_WIDTH if self.rule is Rule.STOP_LOSS else self.half_width
        out[places.CLOCK_STEPS], out[places.RATIO] = self.clock_steps, self.ratio
        out[places.POLL_STEPS], out[places.POLL_INTERVAL] = self.poll_steps, self.poll_interval
        out[places.RULE_VOL] = self.vol or options[0].vol
        out[places.FAST_DECAY] = math.exp(-1.0 / self.fast_steps)
        out[places.SLOW_DECAY] = math.exp(-1.0 / self.slow_steps)
        out[places.ENTER], out[places.LEAVE] = self.enter_ratio, self.leave_ratio
        out[places.STRESSED_MULTIPLE] = self.stressed_multiple
        return frozen(out)
