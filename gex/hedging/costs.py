"""What trading and holding a hedge costs, line by line, in the currency of the underlying.

One way: λ is half the spread plus the fee, never the round trip. A positive figure is paid, a negative one received.
"""

import math
from dataclasses import dataclass, fields

from gex.errors import InputError

DAYS_PER_YEAR = 365.0


@dataclass(frozen=True, kw_only=True)
class CostLines:
    """Cost by line; the total is their sum and nothing else."""

    fee: float = 0.0
    half_spread: float = 0.0
    impact: float = 0.0
    ticket: float = 0.0
    funding: float = 0.0  # perpetuals: a long pays a positive rate, a short receives it
    basis: float = 0.0  # dated futures: a long pays the premium over spot as it melts
    roll: float = 0.0
    borrow: float = 0.0

    @property
    def trading(self) -> float:
        """Paid when the order fills."""
        return math.fsum((self.fee, self.half_spread, self.impact, self.ticket))

    @property
    def carry(self) -> float:
        """Paid while the hedge is held."""
        return math.fsum((self.funding, self.basis, self.roll, self.borrow))

    @property
    def total(self) -> float:
        """The sum of all lines."""
        return math.fsum(getattr(self, field.name) for field in fields(self))

    def __add__(self, other: "CostLines") -> "CostLines":
        return CostLines(
            **{field.name: getattr(self, field.name) + getattr(other, field.name) for field in fields(self)}
        )


@dataclass(frozen=True, kw_only=True)
class CostCurve:
    """Cost of one order of x units: K(x) = ticket + (fee + half_spread)·x + impact·x^{3/2}.

    `impact` prices the average fill; a coefficient fitted on the price move at the end of the order must be multiplied
    by 2/3 before it comes here.
    """

    fee: float  # currency per unit of underlying
    half_spread: float  # currency per unit
    impact: float = 0.0  # η, currency per unit^{3/2}
    ticket: float = 0.0  # k0, currency an order
    lot: float = 0.0  # the smallest order, units

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            # A maker's rebate makes the fee negative; the sum may not be, or trading would never end.
            if not math.isfinite(value) or (value < 0.0 and field.name not in ("fee", "half_spread")):
                raise InputError(f"CostCurve.{field.name}: expected a finite number of at least 0, got {value}")
        if self.proportional < 0.0:
            raise InputError(f"CostCurve: expected fee + half_spread of at least 0, got {self.proportional}")

    @property
    def proportional(self) -> float:
        """λS: fee and half the spread, currency per unit."""
        return self.fee + self.half_spread

    @property
    def is_free(self) -> bool:
        """True where no order costs anything."""
        return self.proportional == self.impact == self.ticket == 0.0

    def cost(self, units: float) -> float:
        """K(|units|); 0 for no order."""
        return self.lines(units).trading

    def lines(self, units: float) -> CostLines:
        """K(|units|) by line."""
        size = abs(units)
        if size == 0.0:
            return CostLines()
        return CostLines(
            fee=self.fee * size,
            half_spread=self.half_spread * size,
            impact=self.impact * size * math.sqrt(size),
            ticket=self.ticket,
        )


def impact_coefficient(spot: float, vol: float, daily_volume: float, *, prefactor: float = 1.0) -> float:
    """η = Y·σ_d·S/√ADV of the square-root law, currency per unit^{3/2}; σ_d = vol/√365, `daily_volume` in units.

    Spot 60,000, vol 0.6, 20,000 units a day: 13.3242; ten units then cost 421.35 USD, 7.02 bp.
    """
    if not daily_volume > 0.0:
        raise InputError(f"daily_volume: expected a positive number of units, got {daily_volume}")
    return prefactor * vol / math.sqrt(DAYS_PER_YEAR) * spot / math.sqrt(daily_volume)


def funding_cost(notional: float, rate: float, horizon: float, interval: float) -> float:
    """N·f·H/interval: paid by a long (N > 0) at a positive rate; `rate` is per `interval`, both times in one unit.

    N = −600,000, 0.01 % per 8 h, 24 h: −180, which the short receives.
    """
    return notional * rate * horizon / interval


def basis_cost(notional: float, future: float, spot: float, horizon: float, time_to_expiry: float) -> float:
    """N·ln(F/S)·H/T: paid by a long of signed notional N over H while the basis melts, spot unchanged; a short earns it."""
    if not time_to_expiry > 0.0:
        return 0.0
    return notional * math.log(future / spot) * min(horizon, time_to_expiry) / time_to_expiry


def net_hedge_value(
    before: float, after: float, *, spot: float, vol: float, risk_aversion: float, horizon: float, cost: float
) -> float:
    """(γ/2)·S²σ²·(X² − X′²)·H − cost: worth, in currency, of moving the mishedge from `before` to `after` for H years."""
    variance_rate = (spot * vol) ** 2
    return 0.5 * risk_aversion * variance_rate * (before * before - after * after) * horizon - cost
