"""Scenarios: a user's own rule for who owns what, by right, moneyness and time; and mixtures of other models."""

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from gex.columns import Bools, Floats
from gex.contracts import Right
from gex.errors import InputError
from gex.forward import ForwardCurve
from gex.positioning.protocol import DealerPositioning
from gex.quotes import Quotes

_DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class PositioningRule:
    """Dealer contracts per contract of open interest for the lines in a band; lower ends included, upper ends not.

    `weight` is in [−1, 1], + the dealer owns the option. `right` None: calls and puts.
    """

    weight: float
    right: Right | None = None
    log_moneyness_from: float = -math.inf  # ln(K/F)
    log_moneyness_to: float = math.inf
    days_from: float = -math.inf  # calendar days to settlement
    days_to: float = math.inf

    def __post_init__(self) -> None:
        if not -1.0 <= self.weight <= 1.0:
            raise InputError(f"PositioningRule.weight: expected one in [-1, 1], got {self.weight}")

    @property
    def needs_forward(self) -> bool:
        """True where moneyness decides."""
        return self.log_moneyness_from > -math.inf or self.log_moneyness_to < math.inf


@dataclass(frozen=True, kw_only=True)
class ScenarioPositioning:
    """The first rule that matches a line counts; a line without one holds nothing.

    `forwards` is what moneyness and time refer to; `exposure_books` fills in those of its surface where it is None.
    """

    rules: tuple[PositioningRule, ...]
    name: str = "scenario"
    forwards: ForwardCurve | None = None

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """Weight of the rule × open interest."""
        if self.forwards is None:
            raise InputError(f"positioning {self.name}: a scenario needs the forwards that its bands refer to")
        log_moneyness = np.log(quotes.strike / self.forwards.forward[quotes.expiry])
        days = self.forwards.time_to_expiry[quotes.expiry] * _DAYS_PER_YEAR
        weight = np.zeros(len(quotes))
        undecided = np.ones(len(quotes), np.bool_)
        for rule in self.rules:
            matches = undecided & _matches(rule, quotes, log_moneyness, days)
            weight[matches] = rule.weight
            undecided &= ~matches
        return weight * np.nan_to_num(quotes.open_interest, nan=0.0)


@dataclass(frozen=True)
class MixturePositioning:
    """A weighted sum of other models: Σ weight × contracts."""

    parts: tuple[DealerPositioning, ...]
    weights: tuple[float, ...]
    name: str = "mixture"

    def __post_init__(self) -> None:
        if len(self.parts) != len(self.weights) or not self.parts:
            raise InputError(
                f"MixturePositioning: expected one weight a part and at least one, got {len(self.parts)} parts and "
                f"{len(self.weights)} weights"
            )

    def dealer_contracts(self, quotes: Quotes) -> Floats:
        """The weighted sum."""
        total = np.zeros(len(quotes))
        for part, weight in zip(self.parts, self.weights, strict=True):
            total += weight * part.dealer_contracts(quotes)
        return total


def with_forwards(positioning: DealerPositioning, forwards: ForwardCurve) -> DealerPositioning:
    """The same model, its scenarios (also inside mixtures) referring to `forwards` where they name none."""
    if isinstance(positioning, ScenarioPositioning) and positioning.forwards is None:
        return dataclasses.replace(positioning, forwards=forwards)
    if isinstance(positioning, MixturePositioning):
        parts = tuple(with_forwards(part, forwards) for part in positioning.parts)
        return dataclasses.replace(positioning, parts=parts)
    return positioning


def _matches(rule: PositioningRule, quotes: Quotes, log_moneyness: Floats, days: Floats) -> Bools:
    result: Bools = (days >= rule.days_from) & (days < rule.days_to)
    if rule.needs_forward:  # NaN where there is no forward: no band holds it
        result &= (log_moneyness >= rule.log_moneyness_from) & (log_moneyness < rule.log_moneyness_to)
    if rule.right is not None:
        result &= quotes.right == rule.right
    return result
