"""What a hedge comes to when the market breaks: crash, gap, thin books and dear funding, recorded and simulated."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from gex.backtest.outcomes import OutcomeSummary
from gex.backtest.processes import TimeGrid
from gex.backtest.recording import Recording
from gex.backtest.replay import ReplayOutcome, Strategy, replay
from gex.backtest.rules import HedgeRule
from gex.backtest.simulation import Simulation, summarise
from gex.calendar import YEAR
from gex.columns import Floats
from gex.errors import InputError

_EIGHT_HOURS = 8.0 / 24.0 / 365.0
FULL_DEPTH_SHARE = 0.5  # of the largest hedge fills in one look where no depth is recorded


@dataclass(frozen=True, kw_only=True)
class Stress:
    """One way in which a market breaks, from a look in it on. Volatilities of options stay what they were.

    The move takes `steps` looks (one of a simulation), and nobody trades at the `closed_steps` looks from its beginning
    on. From then on depth is divided and spreads multiplied, and for `funding_days` a long pays `funding` of its notional
    per eight hours.
    """

    name: str
    move: float = 0.0  # of the price: −0.2 is a fall of 20 %
    steps: int = 1
    closed_steps: int = 0
    depth_divisor: float = 1.0
    spread_factor: float = 1.0
    funding: float = 0.0
    funding_days: float = 3.0
    place: float = 0.5  # share of the run after which it begins

    def __post_init__(self) -> None:
        if not self.move > -1.0 or self.steps < 1 or self.closed_steps < 0:
            raise InputError(
                f"stress {self.name}: expected move above −1, steps of at least 1 and closed_steps of at least 0"
            )
        if not self.funding_days > 0.0:
            raise InputError(f"stress {self.name}: expected funding_days above 0, got {self.funding_days}")
        if not (self.depth_divisor >= 1.0 and self.spread_factor >= 0.0 and 0.0 <= self.place < 1.0):
            raise InputError(
                f"stress {self.name}: expected depth_divisor of at least 1, spread_factor of at least 0, place in [0, 1)"
            )


STANDARD_STRESSES: tuple[Stress, ...] = (
    Stress(name="crash: −20 % over four looks", move=-0.20, steps=4),
    Stress(name="rally: +20 % over four looks", move=0.20, steps=4),
    Stress(name="gap: −15 %, shut for a look", move=-0.15, closed_steps=1),
    Stress(name="gap: +15 %, shut for a look", move=0.15, closed_steps=1),
    Stress(name="depth ÷ 10, spread × 3", depth_divisor=10.0, spread_factor=3.0),
    Stress(name="funding 0.3 % per 8 hours for three days", funding=0.003),
    Stress(
        name="cascade: −20 % over four looks, depth ÷ 10, spread × 3, funding −0.3 %",
        move=-0.20,
        steps=4,
        depth_divisor=10.0,
        spread_factor=3.0,
        funding=-0.003,
    ),
)


@dataclass(frozen=True, kw_only=True)
class StressResult:
    """One strategy under one stress, beside the same run without it; currency."""

    stress: str
    strategy: str
    net_profit: float
    change: float  # of the net profit against the run without the stress
    cost: float  # funding included
    cost_change: float
    worst_interval: float  # the least mishedge × move of one interval
    drawdown: float


def stressed(recording: Recording, stress: Stress) -> Recording:
    """The recording as it would have been: prices moved, the book revalued at every later instant, trading made harder.

    The book's model value at the moved price replaces that at the recorded one, so that marks keep what they differ by from
    the model. The volume behind impact is divided for the whole run. InputError where no options are recorded.
    """
    options, count = recording.options, len(recording)
    if options is None:
        raise InputError(f"stress {stress.name}: recording {recording.name} has no options to revalue")
    first = 1 + min(int(stress.place * (count - 2)), count - 2)
    steps = np.clip((np.arange(count) - first + 1) / stress.steps, 0.0, 1.0)
    shift = np.exp(math.log1p(stress.move) * steps)
    before, after = options.figures(), options.figures(shift=shift)
    extra = after.value - before.value + _paid(recording, shift)
    unit = recording.price if recording.is_coin_settled else np.ones(count)
    price = unit * shift if recording.is_coin_settled else unit
    value = recording.book_value / unit + extra
    # Profit of an interval: what the mark changed by, at the price of its end.
    profit = (recording.book_profit / unit + np.diff(extra, prepend=extra[0])) * price
    is_late = np.arange(count) >= first
    half = 0.5 * (recording.ask - recording.bid) * np.where(is_late, stress.spread_factor, 1.0)
    depth = recording.depth
    if stress.depth_divisor > 1.0:
        units = recording.terms.multiplier / (recording.price if recording.terms.kind.name == "INVERSE" else 1.0)
        full = np.where(np.isfinite(depth), depth, FULL_DEPTH_SHARE * np.max(np.abs(recording.delta)) / units)
        depth = np.where(is_late, np.maximum(full / stress.depth_divisor, 1.0), depth)
    terms = recording.terms
    if terms.average_daily_volume is not None:
        terms = replace(terms, average_daily_volume=terms.average_daily_volume / stress.depth_divisor)
    years = np.append(0.0, np.diff(recording.time) / YEAR)
    since = (recording.time - recording.time[first - 1]) / YEAR
    is_dear = (since > 0.0) & (since <= stress.funding_days / 365.0)
    funding = recording.funding + np.where(is_dear, stress.funding * years / _EIGHT_HOURS, 0.0)
    shut = (np.arange(count) >= first) & (np.arange(count) < min(first + stress.closed_steps, count - 1))
    return replace(
        recording,
        name=f"{recording.name}, {stress.name}",
        terms=terms,
        spot=recording.spot * shift,
        bid=(recording.price - half) * shift,
        ask=(recording.price + half) * shift,
        depth=depth,
        funding=funding,
        can_trade=np.where(shut, 0.0, recording.can_trade),
        book_profit=profit,
        book_value=value * price,
        delta=recording.delta + after.delta - before.delta,
        gamma=recording.gamma + after.gamma - before.gamma,
        options=replace(options, forward=options.forward * shift[:, None]),
        signals=_moved(recording, after.delta - before.delta),
    )


def _moved(recording: Recording, change: Floats) -> dict[str, Floats]:
    """Signals of a delta move with it; a no-trade set, which is a hedge, moves against it."""
    return {
        name: values + (change if name.endswith("_delta") else -change) for name, values in recording.signals.items()
    }


def _paid(recording: Recording, shift: Floats) -> Floats:
    """What options that expired pay more at the moved price, from the first instant after their expiry on."""
    options = recording.options
    assert options is not None
    out = np.zeros(len(recording))
    for k, units in enumerate(options.units.tolist()):
        dead = np.flatnonzero(~options.is_alive[:, k])
        if len(dead):
            row = dead[0]
            old, new = (float(recording.spot[row]) * factor for factor in (1.0, float(shift[row])))
            pays = [max(options.sign[k] * (spot - options.strike[k]), 0.0) for spot in (old, new)]
            if recording.is_coin_settled:
                pays = [pays[0] / old, pays[1] / new]
            out[row:] += units * (pays[1] - pays[0])
    return out


def stress_results(
    recording: Recording, strategies: Sequence[Strategy], stresses: Sequence[Stress] = STANDARD_STRESSES
) -> tuple[StressResult, ...]:
    """Every strategy under every stress, walked by the engine's own `decide`."""
    found = []
    plain = [replay(recording, one) for one in strategies]
    for stress in stresses:
        broken = stressed(recording, stress)
        for one, base in zip(strategies, plain, strict=True):
            found.append(_against(stress, replay(broken, one), base))
    return tuple(found)


def _against(stress: Stress, broken: ReplayOutcome, base: ReplayOutcome) -> StressResult:
    profit, before = (float(one.net_profit.sum()) for one in (broken, base))
    cost, old_cost = (float((one.cost + one.funding).sum()) for one in (broken, base))
    return StressResult(
        stress=stress.name,
        strategy=base.strategy,
        net_profit=profit,
        change=profit - before,
        cost=cost,
        cost_change=cost - old_cost,
        worst_interval=float(broken.tracking.min()),
        drawdown=broken.drawdown,
    )


def stressed_simulation(simulation: Simulation, stress: Stress) -> Simulation:
    """The simulation with the move laid on every path in one step, the market shut after it, costs and depth made worse.

    Depth and spread hold for the whole run, and the funding of its days is spread over it; where no depth is named, half of
    the book's units fill in a step.
    """
    grid, execution, process = simulation.grid, simulation.execution, simulation.process
    step = 1 + min(int(stress.place * (grid.step_count - 1)), grid.step_count - 1)
    open_ = grid.can_trade.copy()
    open_[step : min(step + stress.closed_steps, grid.step_count)] = 0.0
    dear = min(stress.funding_days / 365.0 / float(grid.time[-1]), 1.0)
    depth = execution.depth
    if stress.depth_divisor > 1.0:
        full = depth if math.isfinite(depth) else FULL_DEPTH_SHARE * sum(abs(one.units) for one in simulation.book)
        depth = full / stress.depth_divisor
    return replace(
        simulation,
        grid=TimeGrid(time=grid.time, variance_time=grid.variance_time, can_trade=open_),
        execution=replace(
            execution,
            depth=depth,
            half_spread=execution.half_spread * stress.spread_factor,
            impact=execution.impact * math.sqrt(stress.depth_divisor),
        ),
        process=replace(
            process,
            shock_step=step if stress.move else process.shock_step,
            shock_move=math.log1p(stress.move) if stress.move else process.shock_move,
            funding_mean=process.funding_mean + dear * stress.funding / _EIGHT_HOURS,
        ),
    )


def simulated_stress(
    simulation: Simulation, rules: Sequence[HedgeRule], path_count: int, stresses: Sequence[Stress]
) -> tuple[tuple[str, tuple[OutcomeSummary, ...]], ...]:
    """(stress, summaries of the rules) on common paths."""
    return tuple(
        (one.name, tuple(summarise(stressed_simulation(simulation, one), rule, path_count) for rule in rules))
        for one in stresses
    )
