"""Named shocks: what has happened to books before, with every number of it stated and changeable."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats
from gex.errors import InputError
from gex.portfolio.risk import PortfolioRisk
from gex.portfolio.scenarios import Repriced, Scenarios, repriced_at

_MINUTE = 1.0 / (365.0 * 24.0 * 60.0)  # years
_HOUR = 60.0 * _MINUTE


@dataclass(frozen=True, kw_only=True)
class Depth:
    """What it costs to trade the delta of a book away: λ·|Δ| + η·|Δ|^{3/2}, per unit and per unit^{3/2} of underlying."""

    cost_per_unit: float  # currency, fee and half spread
    impact: float = 0.0  # currency per unit^{3/2}

    def cost(self, units: float, divisor: float) -> float:
        """Currency; with depth ÷ m the spread is m times as wide and the impact √m times as large."""
        size = abs(units)
        return float(divisor * self.cost_per_unit * size + math.sqrt(divisor) * self.impact * size**1.5)


@dataclass(frozen=True, kw_only=True)
class Shock:
    """One scenario with a name.

    `vol_shift` is that of the term `vol_term`: √(term/T) as large at T, at most threefold. `skew_shift` is added to ∂σ/∂k.
    With `pins_expiry` spot moves to the strike on which most contracts of the next expiry stand, and time goes on to
    `elapsed` years before its settlement; `spot_move` is then counted from that strike.
    """

    name: str
    spot_move: float = 0.0  # relative, decimal
    vol_shift: float = 0.0  # decimal
    vol_term: float | None = None  # years; None: parallel
    skew_shift: float = 0.0  # per unit of ln(K/F)
    elapsed: float = 0.0  # years
    depth_divisor: float = 1.0
    pins_expiry: bool = False


CRASH = Shock(name="crash", spot_move=-0.20, vol_shift=0.20, vol_term=30.0 / 365.0, skew_shift=-0.10, depth_divisor=4.0)
WEEKEND_GAP = Shock(name="weekend_gap", spot_move=-0.05, vol_shift=0.05, vol_term=30.0 / 365.0, elapsed=65.5 * _HOUR)
DEPTH_COLLAPSE = Shock(name="depth_collapse", spot_move=-0.03, vol_shift=0.03, depth_divisor=10.0)
EXPIRY_PIN = Shock(name="expiry_pin", elapsed=_MINUTE, pins_expiry=True)
SHOCKS = (CRASH, WEEKEND_GAP, DEPTH_COLLAPSE, EXPIRY_PIN)


def shock_named(name: str) -> Shock:
    """The shock of that name; InputError where there is none."""
    for shock in SHOCKS:
        if shock.name == name:
            return shock
    raise InputError(f"shock: expected one of {', '.join(shock.name for shock in SHOCKS)}, got {name!r}")


def shocked(
    risk: PortfolioRisk, shocks: Sequence[Shock] = SHOCKS, *, skew_stickiness: float = 1.0, depth: Depth | None = None
) -> Scenarios:
    """One row per shock; `liquidation_cost` where `depth` says what trading costs."""
    rows: list[Repriced] = []
    moves, times, costs = [], [], []
    for shock in shocks:
        move, elapsed = _where(risk, shock)
        if not move > -1.0 or not elapsed >= 0.0:
            raise InputError(f"shock {shock.name}: expected a move above -1 and a time of at least 0")
        repriced = repriced_at(
            risk,
            np.array([risk.spot * (1.0 + move)]),
            np.array([shock.vol_shift]),
            elapsed,
            skew_stickiness=skew_stickiness,
            term_scale=shock.vol_term,
            skew_shift=shock.skew_shift,
        )
        rows.append(repriced)
        moves.append(move)
        times.append(elapsed)
        delta = float(repriced.net_delta[0, 0])
        costs.append(np.nan if depth is None else depth.cost(delta, shock.depth_divisor))
    table: dict[str, Floats] = {
        name: np.array([getattr(row, name)[0, 0] for row in rows], np.float64) for name in Repriced.NAMES
    }
    return Scenarios(
        spot=risk.spot,
        skew_stickiness=skew_stickiness,
        name=tuple(shock.name for shock in shocks),
        spot_move=np.array(moves, np.float64),
        vol_shift=np.array([shock.vol_shift for shock in shocks], np.float64),
        elapsed=np.array(times, np.float64),
        liquidation_cost=np.array(costs, np.float64),
        **table,
    )


def _where(risk: PortfolioRisk, shock: Shock) -> tuple[float, float]:
    """Relative move of spot and years on."""
    rows = risk.repricer
    if not shock.pins_expiry or len(rows) == 0:
        return shock.spot_move, shock.elapsed
    next_time = float(rows.time_to_expiry.min())
    mine = rows.time_to_expiry == next_time
    strike, at = np.unique(rows.strike[mine], return_inverse=True)
    # Of strikes that could be reached: within three deviations, else the nearest.
    held = np.bincount(at, np.abs(rows.units[mine]))
    stdev = float(rows.vol[mine].max()) * np.sqrt(next_time)
    near = np.abs(np.log(strike / risk.spot)) <= 3.0 * stdev
    pin = strike[near][np.argmax(held[near])] if near.any() else strike[np.argmin(np.abs(np.log(strike / risk.spot)))]
    return float(pin) * (1.0 + shock.spot_move) / risk.spot - 1.0, max(next_time - shock.elapsed, 0.0)
