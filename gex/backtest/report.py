"""A backtest carried out: frontiers, gaps to the optimum, one path decision by decision, and recorded markets."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from gex.backtest.calibration import FrontierPoint
from gex.backtest.chain_panel import deribit_panel
from gex.backtest.comparison import Comparison, compare
from gex.backtest.config import BacktestConfig, RecordedSource
from gex.backtest.deribit_books import read_deribit_books
from gex.backtest.oracle import optimal_hedge
from gex.backtest.outcomes import OutcomeSummary
from gex.backtest.panel import held_book, near_the_money
from gex.backtest.processes import VolatilityKind
from gex.backtest.recording import HedgeTerms, Recording
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulation import Simulation, summarise, traced
from gex.backtest.standard import REFERENCE, risk_aversion_of, standard_strategies
from gex.columns import Floats
from gex.errors import InputError
from gex.portfolio.linear import LinearKind


@dataclass(frozen=True, kw_only=True)
class RuleResult:
    """One rule: its frontier, and the point in the middle of it that is looked at closely."""

    name: str
    points: tuple[FrontierPoint, ...]
    gaps: tuple[float | None, ...]  # certainty cost above that of the optimum, per point; None: not known
    trace: Floats = field(repr=False)  # (step, column) of the first path, columns of `gex.kernels.hedge_paths`

    @property
    def middle(self) -> FrontierPoint:
        """The point that tails, costs and trades are shown of."""
        return self.points[len(self.points) // 2]


@dataclass(frozen=True, kw_only=True)
class SimulatedReport:
    """Everything simulated. `optimum` None: `why_no_optimum` says why it cannot be computed."""

    simulation: Simulation
    path_count: int
    position_value: float  # Σ|units|·spot
    unhedged: OutcomeSummary
    rules: tuple[RuleResult, ...]
    optimum: OutcomeSummary | None
    why_no_optimum: str


@dataclass(frozen=True, kw_only=True)
class RecordedReport:
    """Everything replayed."""

    recording: Recording
    comparison: Comparison
    missing_prices: int  # instants at which the hedge's own price was not recorded


@dataclass(frozen=True, kw_only=True)
class BacktestReport:
    """The answer to one configuration."""

    config: BacktestConfig
    simulated: SimulatedReport | None
    recorded: RecordedReport | None


def work_of(config: BacktestConfig) -> int:
    """How many steps of progress `run_backtest` will tell of: paths simulated, and strategies replayed."""
    points = sum(max(len(one.loosenesses), 1) for one in config.sweeps)
    paths = (points + 1 + (config.risk_aversion is not None)) * config.path_count if config.simulation else 0
    return paths + (_REPLAY_WORK if config.recorded is not None else 0)


_REPLAY_WORK = 11_000  # eleven strategies, a thousand each


def run_backtest(config: BacktestConfig, *, progress: Callable[[int], None] | None = None) -> BacktestReport:
    """Carry it out. `progress` hears of the work done since it was last called, in the unit of `work_of`."""
    tell = progress or (lambda _: None)
    simulated = _simulated(config, config.simulation, tell) if config.simulation is not None else None
    recorded = _recorded(config.recorded, tell) if config.recorded is not None else None
    return BacktestReport(config=config, simulated=simulated, recorded=recorded)


def _simulated(config: BacktestConfig, simulation: Simulation, tell: Callable[[int], None]) -> SimulatedReport:
    count, aversion = config.path_count, config.risk_aversion

    def summary(rule: HedgeRule) -> OutcomeSummary:
        return summarise(simulation, rule, count, risk_aversion=aversion, progress=tell)

    best, why = _optimum(simulation, aversion)
    optimum = summary(best) if best is not None else None
    if best is None and aversion is not None:
        tell(count)
    rules = []
    for sweep in config.sweeps:
        settings = sweep.loosenesses or (math.nan,)
        points = []
        for looseness in settings:
            rule = sweep.rule if math.isnan(looseness) else sweep.rule.at(looseness)
            points.append(FrontierPoint(looseness=looseness, rule=rule, summary=summary(rule)))
        gaps = tuple(
            None if optimum is None else (p.summary.certainty_cost or 0.0) - (optimum.certainty_cost or 0.0)
            for p in points
        )
        middle = points[len(points) // 2].rule
        rules.append(
            RuleResult(name=sweep.rule.name, points=tuple(points), gaps=gaps, trace=traced(simulation, middle, 1)[0])
        )
    return SimulatedReport(
        simulation=simulation,
        path_count=count,
        position_value=sum(abs(option.units) for option in simulation.book) * simulation.spot,
        unhedged=summary(HedgeRule(rule=Rule.UNHEDGED)),
        rules=tuple(rules),
        optimum=optimum,
        why_no_optimum=why,
    )


def _optimum(simulation: Simulation, aversion: float | None) -> tuple[HedgeRule | None, str]:
    """The dynamic programme where it is one: a short call at the money, constant volatility, proportional cost alone."""
    book, process, execution, grid = simulation.book, simulation.process, simulation.execution, simulation.grid
    steps = np.diff(grid.time)
    plain = replace(type(process)(vol=process.vol), drift=process.drift)
    checks = (
        (aversion is not None, "no risk_aversion was named"),
        (len(book) == 1 and book[0].right == 1 and book[0].units < 0.0, "the book is not one short call"),
        (book[0].strike == simulation.spot, "the call is not struck at the spot"),
        (
            book[0].expiry_step == grid.step_count and not book[0].averaged_steps,
            "the call does not settle on the last step",
        ),
        (process == plain and process.kind is VolatilityKind.CONSTANT, "the market is not a geometric Brownian motion"),
        (bool(np.allclose(steps, steps[0])) and bool((grid.can_trade == 1.0).all()), "the steps are not even and open"),
        (
            not (execution.impact or execution.ticket or execution.lot or execution.latency_steps),
            "costs are not proportional",
        ),
        (math.isinf(execution.depth) and execution.fill_probability == 1.0, "orders fill in part"),
        (execution.terminal.name == "KEEP", "the programme does not unwind the hedge"),
    )
    why = next((reason for is_met, reason in checks if not is_met), "")
    if why or aversion is None:
        return None, why
    size = -book[0].units * simulation.spot
    found = optimal_hedge(
        risk_aversion=aversion * size,
        cost=execution.cost_rate,
        vol=process.vol,
        step_years=float(steps[0]),
        step_count=grid.step_count,
        log_drift=(process.drift - 0.5 * process.vol**2) * float(steps[0]),
    )
    return found.rule(book[0].units, simulation.spot), ""


def _recorded(source: RecordedSource, tell: Callable[[int], None]) -> RecordedReport:
    if not source.folder.is_dir():
        raise InputError(f"recorded.folder: {source.folder} is no folder")
    market = read_deribit_books(source.folder, source.coin)
    hedge = source.hedge or f"{source.coin}-PERPETUAL"
    panel, missing = deribit_panel(market, hedge=hedge, half_spread_bps=source.half_spread_bps)
    chosen = near_the_money(panel, 0)
    calls = chosen[panel.sign[chosen] > 0.0]
    size = abs(source.units)
    terms = HedgeTerms(
        symbol=hedge, kind=LinearKind.INVERSE, multiplier=10.0 if source.coin == "BTC" else 1.0, fee_bps=source.fee_bps
    )
    days = panel.time.astype("datetime64[D]").astype(np.int64)
    book = held_book(panel, calls, source.units / max(len(calls), 1), terms, name=source.folder.name, blocks=days)
    gamma = source.risk_aversion or risk_aversion_of(size, float(book.spot[0]))
    poll = float(np.median(np.diff(book.time) / np.timedelta64(1, "s")))
    strategies = standard_strategies(risk_aversion=gamma, gross_units=size, poll=poll)
    found = compare(
        (book,),
        strategies,
        reference=REFERENCE,
        risk_aversion=gamma,
        progress=lambda _: tell(_REPLAY_WORK // len(strategies)),
    )
    return RecordedReport(recording=book, comparison=found, missing_prices=missing)


def report_object(report: BacktestReport) -> dict[str, Any]:
    """Everything in a report but its pictures, as plain numbers, lists and names; NaN is None."""
    out: dict[str, Any] = {"title": report.config.title, "config_digest": report.config.digest}
    one = report.simulated
    if one is not None:
        out["simulated"] = {
            "seed": one.simulation.seed,
            "path_count": one.path_count,
            "digest": one.simulation.digest(),
            "position_value": one.position_value,
            "unhedged": asdict(one.unhedged),
            "optimum": None if one.optimum is None else asdict(one.optimum),
            "why_no_optimum": one.why_no_optimum,
            "rules": [
                {
                    "name": rule.name,
                    "points": [
                        {
                            "looseness": point.looseness,
                            "cost_share": point.summary.cost / one.position_value,
                            "gap_to_optimum": gap,
                            **asdict(point.summary),
                        }
                        for point, gap in zip(rule.points, rule.gaps, strict=True)
                    ],
                }
                for rule in one.rules
            ],
        }
    if report.recorded is not None:
        found = report.recorded.comparison
        out["recorded"] = {
            "recording": report.recorded.recording.name,
            "instants": len(report.recorded.recording),
            "missing_prices": report.recorded.missing_prices,
            "reference": found.reference,
            "risk_aversion": found.risk_aversion,
            "block_count": found.block_count,
            "strategies": [asdict(result) for result in found.results],
        }
    plain: dict[str, Any] = _plain(out)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
