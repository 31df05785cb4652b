"""Which triggers led to trades that paid: each trade's later value against the same trade at other times of its hour.

A trigger is worth having where the market moves more after it than after any other evaluation at that time of day: only
then did asking early buy anything that the band alone would not have bought.
"""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from gex.errors import InputError
from gex.hedging.engine.journal import Entry, Kind

DAY = 86_400.0
_NAME = re.compile(r"(\w+)\([^)]*\)")
_TRADING = ("fee", "half_spread", "impact", "ticket")


@dataclass(frozen=True, kw_only=True)
class TriggerScore:
    """One trigger over a log; money in the currency of the hedge, means a trade."""

    trigger: str  # as declared, "price_move(0.05)"; or what else asked, "tick"
    evaluation_count: int
    trade_count: int
    scored_count: int  # trades whose horizon is over, with a risk aversion and with controls
    paid_count: int  # of those, worth more than they cost
    cost: float  # of its trades, expected, in all
    later_value: float  # mean worth after cost
    control_value: float  # mean worth of the same trades at the control times
    difference_low: float  # 95 % interval of later less control value; NaN with fewer than two independent trades
    difference_high: float

    @property
    def is_worth_having(self) -> bool:
        """True where the interval lies above zero."""
        return self.difference_low > 0.0


@dataclass(frozen=True)
class _Evaluation:
    at: float  # seconds since 1970
    spot: float
    triggers: tuple[str, ...]
    removed: float  # X² − X′² of what was traded, units²; 0 without a trade
    aversion: float
    cost: float


def trigger_scores(entries: Iterable[Entry], *, horizon: float = DAY, hours: float = 2.0) -> tuple[TriggerScore, ...]:
    """The triggers of a log, those with most evaluations first; what was not asked for by a declared one comes as it is.

    A trade from X to X′ is worth (γ/2)(X² − X′²)(S₊ − S)² − cost, S₊ the spot of the first evaluation `horizon` seconds
    later. Its controls are all evaluations within `hours` of its time of day that the trigger did not ask for: |X| is
    matched exactly, because it is the same trade that is valued there. Trades whose horizons overlap count as one
    observation, so that the interval (Student's) does not take one storm for many.
    """
    if not horizon > 0.0 or not 0.0 <= hours <= 12.0:
        raise InputError(f"scores: expected a positive horizon and 0 to 12 hours, got {horizon} and {hours}")
    found = [one for entry in entries if (one := _evaluation(entry)) is not None]
    if not found:
        return ()
    at = np.array([one.at for one in found])
    spot = np.array([one.spot for one in found])
    later = np.searchsorted(at, at + horizon)
    is_over = later < len(at)
    moves = np.where(is_over, spot[np.minimum(later, len(at) - 1)] - spot, np.nan) ** 2
    clock = (at / 3600.0) % 24.0
    names = dict.fromkeys(name for one in found for name in one.triggers)
    scores = []
    for name in names:
        asked = np.array([name in one.triggers for one in found])
        scores.append(_score(name, found, asked, at, moves, clock, horizon, hours))
    return tuple(sorted(scores, key=lambda score: -score.evaluation_count))


def _score(
    name: str,
    found: Sequence[_Evaluation],
    asked: np.ndarray,
    at: np.ndarray,
    moves: np.ndarray,
    clock: np.ndarray,
    horizon: float,
    hours: float,
) -> TriggerScore:
    values, controls, groups = [], [], []
    cost, trades, start = 0.0, 0, -math.inf
    for i in np.flatnonzero(asked).tolist():
        one = found[i]
        if one.removed == 0.0:
            continue
        trades, cost = trades + 1, cost + one.cost
        away = np.abs(clock - clock[i])
        mine = ~asked & np.isfinite(moves) & (np.minimum(away, 24.0 - away) <= hours)
        if not (math.isfinite(moves[i]) and math.isfinite(one.aversion) and mine.any()):
            continue
        worth = 0.5 * one.aversion * one.removed
        values.append(worth * moves[i] - one.cost)
        controls.append(worth * float(moves[mine].mean()) - one.cost)
        if at[i] >= start + horizon:
            start = at[i]
            groups.append([values[-1] - controls[-1]])
        else:
            groups[-1].append(values[-1] - controls[-1])
    low, high = _interval([sum(group) / len(group) for group in groups])
    return TriggerScore(
        trigger=name,
        evaluation_count=int(asked.sum()),
        trade_count=trades,
        scored_count=len(values),
        paid_count=sum(value > 0.0 for value in values),
        cost=cost,
        later_value=float(np.mean(values)) if values else math.nan,
        control_value=float(np.mean(controls)) if controls else math.nan,
        difference_low=low,
        difference_high=high,
    )


def _interval(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return math.nan, math.nan
    mean, sd = float(np.mean(values)), float(np.std(values, ddof=1))
    half = float(student.ppf(0.975, len(values) - 1)) * sd / math.sqrt(len(values))
    return mean - half, mean + half


def _evaluation(entry: Entry) -> _Evaluation | None:
    if entry.kind is not Kind.DECIDED or entry.decision is None:
        return None
    decision, inputs = json.loads(entry.decision), json.loads(entry.event)
    if not decision["groups"] or not inputs["books"]:
        return None  # a hold
    row = decision["groups"][0]
    band = row["band"] or {}
    before, after = float(row["mishedge"]), float(row["residual_delta"])
    aversion = band.get("risk_aversion")
    trigger = decision["trigger"]
    return _Evaluation(
        at=float(inputs["as_of"]) * 1e-9,
        spot=float(inputs["books"][0]["spot"]),
        triggers=tuple(match.group() for match in _NAME.finditer(trigger)) or (trigger,),
        removed=before * before - after * after if decision["orders"] else 0.0,
        aversion=math.nan if aversion is None else float(aversion),
        cost=math.fsum(float(decision["costs"][name]) for name in _TRADING) if decision["orders"] else 0.0,
    )
