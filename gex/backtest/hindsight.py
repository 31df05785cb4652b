"""The least that hedging a recorded market could have come to, had everything been known: no policy can be below it."""

import math
from dataclasses import dataclass

import numpy as np

from gex.backtest.recording import Recording
from gex.columns import Floats
from gex.errors import InputError, NumericalError
from gex.portfolio.linear import LinearKind


@dataclass(frozen=True, eq=False, kw_only=True)
class HindsightHedge:
    """The hedge with the least cost + (γ/2)·Σ tracking² on a recording, and what that was; currency."""

    position: Floats  # contracts after each instant, not rounded; 0 at the last
    cost: Floats  # of each instant, funding included
    tracking: Floats  # mishedge × move, of the interval that ended there

    def score(self, risk_aversion: float) -> float:
        """Cost plus half γ times the squared tracking error, the whole recording."""
        return float(self.cost.sum() + 0.5 * risk_aversion * (self.tracking**2).sum())


def hindsight_hedge(recording: Recording, risk_aversion: float) -> HindsightHedge:
    """The exact minimum over all hedges, whole contracts or not, that are opened from nothing and closed at the end.

    min Σ c_t|p_t − p_{t−1}| + f_t·p_t + (γ/2)·Σ ((δ_t + u_t·p_t)·move)²: convex, so that a forward sweep over the derivative
    (piecewise linear; each step clips it to ±c_t and adds a line) and one backward pass find it (Johnson 2013, J. Comput.
    Graph. Stat. 22, 246–260, with costs that vary). Tickets and depth are left out: they could only add. γ = 0: no trade.
    """
    if not risk_aversion >= 0.0:
        raise InputError(f"risk_aversion: expected at least 0, got {risk_aversion}")
    count, price = len(recording), recording.price
    is_inverse = recording.terms.kind is LinearKind.INVERSE
    units = recording.terms.multiplier / (price if is_inverse else np.ones(count))
    move = np.diff(price)
    each = np.array([recording.cost_rate(row) for row in range(count)])
    each = each * recording.terms.multiplier * (1.0 if is_inverse else price)
    each = np.where(recording.can_trade == 1.0, each, math.inf)
    carry = units[:-1] * price[:-1] * recording.funding[1:]
    slope = risk_aversion * (units[:-1] * move) ** 2
    level = risk_aversion * recording.delta[:-1] * units[:-1] * move**2 + carry
    low, high = _bounds(each, slope, level)
    position = np.zeros(count)
    for row in range(count - 2, -1, -1):
        position[row] = min(max(position[row + 1], low[row + 1]), high[row + 1])
    traded = np.diff(position, prepend=0.0)
    with np.errstate(invalid="ignore"):
        cost = np.where(traded == 0.0, 0.0, each * np.abs(traded))
    cost[1:] += carry * position[:-1]
    tracking = np.zeros(count)
    tracking[1:] = (recording.delta + units * position)[:-1] * move
    return HindsightHedge(position=position, cost=cost, tracking=tracking)


def _bounds(each: Floats, slope: Floats, level: Floats) -> tuple[Floats, Floats]:
    """Between which the position before each instant's trade is left alone: where the derivative crosses ∓c."""
    count = len(each)
    low, high = np.full(count, -math.inf), np.full(count, math.inf)
    low[0] = high[0] = 0.0
    x, d = np.zeros(2), np.array([-each[0], each[0]])
    left = right = 0.0  # slopes beyond the first knot and the last
    if math.isinf(each[0]):
        raise InputError("hindsight: expected a market that is open at the first instant")
    for row in range(1, count):
        d = d + level[row - 1] + slope[row - 1] * x
        left, right = left + slope[row - 1], right + slope[row - 1]
        c = each[row]
        if math.isinf(c):
            continue
        low[row], high[row] = _crossing(x, d, left, right, -c), _crossing(x, d, left, right, c)
        if math.inf in (low[row], -high[row]):
            raise NumericalError("hindsight: a carry that pays without risk has no least cost")
        inside = (d >= -c) & (d <= c)
        x, d = x[inside], d[inside]
        if math.isfinite(low[row]):
            x, d, left = np.append(low[row], x), np.append(-c, d), 0.0
        if math.isfinite(high[row]):
            x, d, right = np.append(x, high[row]), np.append(d, c), 0.0
    return low, high


def _crossing(x: Floats, d: Floats, left: float, right: float, wanted: float) -> float:
    """Where the rising line through (x, d), with its slopes beyond the ends, has the value `wanted`; ±inf: nowhere."""
    if wanted < d[0]:
        return float(x[0] - (d[0] - wanted) / left) if left > 0.0 else -math.inf
    if wanted > d[-1]:
        return float(x[-1] + (wanted - d[-1]) / right) if right > 0.0 else math.inf
    place = max(int(np.searchsorted(d, wanted)), 1)
    rise = d[place] - d[place - 1]
    share = (wanted - d[place - 1]) / rise if rise > 0.0 else 0.0
    return float(x[place - 1] + share * (x[place] - x[place - 1]))
