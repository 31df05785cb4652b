"""The best that could be done: the dynamic programme of an option hedged under proportional costs, exponential utility.

It is the referee for every closed form: no policy may beat it, and each is judged by its gap to it.
"""

import math
from dataclasses import dataclass

import numpy as np

from gex.backtest.rules import HedgeRule, NoTradeTable, Rule
from gex.columns import Floats, frozen
from gex.errors import InputError
from gex.kernels.oracle import expected_log, trade_optimally

_KINK_POINTS = 321  # of the trapezoid over ±8 sd at the last step, where the payoff has a kink


@dataclass(frozen=True, kw_only=True)
class OracleSettings:
    """The grids. Doubling the nodes moves a premium by 1e-8; a half-width is known to half a step of the hedge."""

    node_count: int = 601
    reach: float = 7.0  # of ln S, in sd over the whole life
    hedge_low: float = -0.025
    hedge_high: float = 1.025
    hedge_count: int = 421
    abscissa_count: int = 15

    def __post_init__(self) -> None:
        if (
            self.node_count < 5
            or self.hedge_count < 3
            or self.abscissa_count < 2
            or not self.hedge_high > self.hedge_low
        ):
            raise InputError(f"oracle: expected usable grids, got {self}")


@dataclass(frozen=True, eq=False, kw_only=True)
class OptimalHedge:
    """The optimal policy for one short option on a spot of 1, and what it is worth.

    `premium`: least price at which selling and hedging leaves the seller as well off, from no hedge, the first trade
    charged, the hedge not unwound. `premium_hedged`: from the best starting hedge, given free.
    """

    premium: float
    premium_hedged: float
    log_spot: Floats
    lower: Floats  # (step, node)
    upper: Floats

    @property
    def half_width(self) -> float:
        """Of the no-trade set at the start, at the money."""
        middle = len(self.log_spot) // 2
        return 0.5 * float(self.upper[0, middle] - self.lower[0, middle])

    def centre(self, spot: float) -> float:
        """Middle of the no-trade set at the start, at `spot`."""
        place = math.log(spot)
        low = float(np.interp(place, self.log_spot, self.lower[0]))
        return 0.5 * (low + float(np.interp(place, self.log_spot, self.upper[0])))

    def rule(self, units: float, spot: float) -> HedgeRule:
        """The policy for `units` < 0 options struck at `spot`, as a tabulated rule; γ scales with 1/(|units|·spot)."""
        if not units < 0.0:
            raise InputError(f"units: the programme is of short options, got {units}")
        size = -units
        steps = len(self.lower)
        last = np.full((1, len(self.log_spot)), 0.0)
        return HedgeRule(
            rule=Rule.TABULATED,
            label="optimum",
            table=NoTradeTable(
                lower=np.concatenate([self.lower, last]) * size if steps else last,
                upper=np.concatenate([self.upper, last]) * size if steps else last,
                first=float(self.log_spot[0]) + math.log(spot),
                distance=float(self.log_spot[1] - self.log_spot[0]),
            ),
        )


def quadratures(count: int) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """(points, weights) of a standard normal: Gauss–Hermite where ℓ is smooth, a trapezoid where it has a kink."""
    abscissa, weight = np.polynomial.hermite_e.hermegauss(count)
    points = np.linspace(-8.0, 8.0, _KINK_POINTS)
    mass = np.exp(-0.5 * points * points)
    return (frozen(abscissa), frozen(weight / weight.sum())), (frozen(points), frozen(mass / mass.sum()))


def optimal_hedge(
    *,
    risk_aversion: float,
    cost: float,
    vol: float,
    step_years: float,
    step_count: int,
    log_drift: float | None = None,
    settings: OracleSettings | None = None,
) -> OptimalHedge:
    """The dynamic programme of a short call struck at spot = 1. `cost` is λ, one way; `risk_aversion` per unit of spot.

    `log_drift` is that of ln S a step, −σ²Δt/2 (a martingale) if None. A put differs by a static share and is not solved
    again. γ = 10, λ = 10 bp, σ = 20 %, 28 daily steps, drift over 30/28 of them: 0.023203.
    """
    if not (risk_aversion > 0.0 and cost >= 0.0 and vol > 0.0 and step_years > 0.0 and step_count >= 1):
        raise InputError("oracle: expected positive risk aversion, vol and steps, and a cost of at least 0")
    grid = settings or OracleSettings()
    stdev = vol * math.sqrt(step_years)
    drift = -0.5 * stdev * stdev if log_drift is None else log_drift
    reach = grid.reach * stdev * math.sqrt(step_count)
    log_spot = frozen(np.linspace(-reach, reach, grid.node_count | 1))
    hedge = frozen(np.linspace(grid.hedge_low, grid.hedge_high, grid.hedge_count))
    smooth, kinked = quadratures(grid.abscissa_count)
    nothing = frozen(np.zeros(len(log_spot)))
    payoff = np.maximum(np.exp(log_spot) - 1.0, 0.0)
    value = np.repeat(risk_aversion * payoff[:, None], len(hedge), axis=1)
    expected, spare = np.empty_like(value), np.empty_like(value)
    lower, upper = np.empty((step_count, len(log_spot))), np.empty((step_count, len(log_spot)))
    for step in range(step_count - 1, -1, -1):
        is_last = step == step_count - 1
        expected_log(
            value,
            log_spot,
            hedge,
            nothing,
            *(kinked if is_last else smooth),
            drift,
            stdev,
            risk_aversion,
            is_last,
            False,
            expected,
        )
        trade_optimally(expected, log_spot, hedge, cost, risk_aversion, False, spare, lower[step], upper[step])
        value, spare = spare, value
    start = value[len(log_spot) // 2]
    return OptimalHedge(
        premium=float(np.interp(0.0, hedge, start)) / risk_aversion,
        premium_hedged=float(start.min()) / risk_aversion,
        log_spot=log_spot,
        lower=lower,
        upper=upper,
    )
