"""Hedging rules on simulated markets: what a run is, and the run itself, chunk by chunk in bounded memory."""

import enum
import hashlib
import json
import math
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields

import numpy as np

from gex.backtest.outcomes import OutcomeSummary, PathOutcomes, SummaryBuilder, outcomes_of
from gex.backtest.processes import MarketProcess, TimeGrid, blocks
from gex.backtest.rules import HedgeRule
from gex.backtest.simulated_book import SimulatedOption, book_table
from gex.columns import Floats, frozen
from gex.errors import InputError
from gex.kernels import hedge_paths as kernels
from gex.kernels import hedge_rules as places

CHUNK = 65_536  # paths held at a time


class Terminal(enum.Enum):
    """What becomes of the hedge at the end."""

    UNWIND = kernels.UNWIND  # closed in the market, at full cost
    CASH = kernels.CASH  # settled in cash at the last price: the fee alone
    KEEP = kernels.KEEP  # marked at the last price, nothing is charged


@dataclass(frozen=True, kw_only=True)
class Execution:
    """What trading costs and how orders fill. One-way; rates are fractions of price × units, `impact` per √unit.

    An order of x units at price F costs ticket + (fee + half_spread)·F·x + impact·F·x^{3/2}.
    """

    fee: float = 0.0
    half_spread: float = 0.0
    impact: float = 0.0
    ticket: float = 0.0  # currency an order
    lot: float = 0.0  # units; 0: any size
    latency_steps: int = 0  # from the decision to the fill
    depth: float = math.inf  # units that fill at most; what is left of an order is cancelled
    fill_probability: float = 1.0
    starts_hedged: bool = False  # the hedge is there, free, at the start
    first_is_free: bool = False  # the first step's trade costs nothing
    terminal: Terminal = Terminal.UNWIND

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, float) and not value >= 0.0:
                raise InputError(f"execution.{field.name}: expected at least 0, got {value}")
        if not 0.0 < self.fill_probability <= 1.0:
            raise InputError(f"execution.fill_probability: expected one in (0, 1], got {self.fill_probability}")
        if self.latency_steps < 0:
            raise InputError(f"execution.latency_steps: expected at least 0, got {self.latency_steps}")

    @property
    def cost_rate(self) -> float:
        """λ, one way: fee and half spread."""
        return self.fee + self.half_spread

    def table(self) -> Floats:
        """The parameters in the order of `gex.kernels.hedge_rules`."""
        out = np.zeros(places.EXECUTION_SIZE)
        out[places.FEE], out[places.HALF_SPREAD] = self.fee, self.half_spread
        out[places.IMPACT], out[places.TICKET], out[places.LOT] = self.impact, self.ticket, self.lot
        out[places.LATENCY_STEPS], out[places.DEPTH] = self.latency_steps, self.depth
        out[places.FILL_PROBABILITY] = self.fill_probability
        out[places.STARTS_HEDGED], out[places.FIRST_IS_FREE] = self.starts_hedged, self.first_is_free
        out[places.TERMINAL] = self.terminal.value
        return frozen(out)


@dataclass(frozen=True, kw_only=True)
class Simulation:
    """A book in a market. Runs with one seed meet the same paths, whatever the rule and however they are cut."""

    process: MarketProcess
    grid: TimeGrid
    book: tuple[SimulatedOption, ...]
    execution: Execution
    spot: float
    seed: int = 1
    is_antithetic: bool = False
    wants_marks: bool = False  # mark the book at every step: drawdowns inside the path

    def __post_init__(self) -> None:
        if not (math.isfinite(self.spot) and self.spot > 0.0):
            raise InputError(f"simulation.spot: expected a positive number, got {self.spot}")
        if not 0 <= self.seed < 2**62:
            raise InputError(f"simulation.seed: expected one of 0 to 2⁶², got {self.seed}")

    def digest(self) -> str:
        """Sixteen hex digits of everything that determines the paths and their cost."""
        grid = [self.grid.time.tolist(), self.grid.variance_time.tolist(), self.grid.can_trade.tolist()]
        content = [asdict(self.process), grid, [asdict(o) for o in self.book], asdict(self.execution)]
        text = json.dumps([content, self.spot, self.seed, self.is_antithetic], default=str, sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()


def hedged_chunks(
    simulation: Simulation, rule: HedgeRule, path_count: int, *, chunk: int = CHUNK, trace: Floats | None = None
) -> Iterator[PathOutcomes]:
    """Outcomes of `path_count` paths, at most `chunk` at a time. `trace` records its paths step by step."""
    if path_count < 1:
        raise InputError(f"path_count: expected at least 1, got {path_count}")
    grid, execution = simulation.grid, simulation.execution
    step_years = float(grid.time[-1]) / grid.step_count
    table, axis = frozen(np.zeros((1, 2))), frozen(np.array([0.0, 1.0]))
    if rule.table is not None:
        if len(rule.table.lower) != grid.step_count + 1:
            raise InputError(f"table: expected {grid.step_count + 1} rows, got {len(rule.table.lower)}")
        table = frozen(np.concatenate([rule.table.lower, rule.table.upper]))
        axis = frozen(np.array([rule.table.first, rule.table.distance]))
    factor = rule.vol_factor(simulation.book, execution.cost_rate, step_years)
    record = np.zeros((0, grid.step_count + 1, kernels.TRACE_WIDTH)) if trace is None else trace
    for start, stop in blocks(path_count, chunk):
        out = np.empty((stop - start, kernels.OUTCOME_WIDTH))
        kernels.hedge_paths(
            simulation.seed,
            start,
            simulation.is_antithetic,
            float(simulation.spot),
            grid.time,
            grid.variance_time,
            grid.can_trade,
            simulation.process.table(),
            book_table(simulation.book, grid, factor),
            rule.delta_kind,
            frozen(np.array(rule.skew)),
            rule.kernel_rule,
            rule.parameters(simulation.book),
            execution.table(),
            table,
            axis,
            simulation.wants_marks,
            record,
            out,
        )
        yield outcomes_of(out)


def hedge(simulation: Simulation, rule: HedgeRule, path_count: int) -> PathOutcomes:
    """All outcomes, path by path: 13 numbers a path."""
    parts = list(hedged_chunks(simulation, rule, path_count))
    return PathOutcomes(
        **{name: np.concatenate([getattr(p, name) for p in parts]) for name in PathOutcomes.column_names()}
    )


def summarise(
    simulation: Simulation,
    rule: HedgeRule,
    path_count: int,
    *,
    risk_aversion: float | None = None,
    chunk: int = CHUNK,
    progress: Callable[[int], None] | None = None,
) -> OutcomeSummary:
    """Risk and cost of a rule. Memory is one chunk and one histogram; `progress` hears the paths of each chunk.

    With `risk_aversion` γ also (1/γ) log E exp(−γ·profit): the certainty equivalent of hedging, as a cost.
    """
    builder = SummaryBuilder(rule.name, risk_aversion)
    for outcomes in hedged_chunks(simulation, rule, path_count, chunk=chunk):
        builder.add(outcomes)
        if progress is not None:
            progress(len(outcomes))
    return builder.build()


def traced(simulation: Simulation, rule: HedgeRule, path_count: int) -> Floats:
    """(path, step, column) of the first paths as the rule walked them: columns TRACE_… of `gex.kernels.hedge_paths`.

    Rows of steps at which the rule did not look are zero.
    """
    trace = np.zeros((path_count, simulation.grid.step_count + 1, kernels.TRACE_WIDTH))
    for _ in hedged_chunks(simulation, rule, path_count, trace=trace):
        pass
    return trace
