"""A backtest carried out: frontiers, gaps to the optimum, one path decision by decision, and recorded markets."""

import math
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from gex.backtest.calibration import FrontierPoint
from gex.backtest.config import BacktestConfig
from gex.backtest.contest import Contest, contest
from gex.backtest.learned import LEARNED, Judgement, judge_band, train_band, why_not_learned
from gex.backtest.oracle import optimal_hedge
from gex.backtest.outcomes import OutcomeSummary
from gex.backtest.processes import VolatilityKind
from gex.backtest.resampling import DRAWS, SEED
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.selection import SelectionResult, chosen_on_the_past
from gex.backtest.simulation import Simulation, summarise, traced
from gex.backtest.sources import Source
from gex.backtest.stress import StressResult, simulated_stress, stress_results
from gex.columns import Floats, Ints


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
    stress: tuple[tuple[str, tuple[OutcomeSummary, ...]], ...]  # (stress, unhedged and the middle of each rule)
    learned: Judgement | None = None  # None: no network was asked for, or `why_not_learned` says why there is none
    why_not_learned: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordedReport:
    """Everything replayed. Stresses are laid on the first recording."""

    contest: Contest
    stress: tuple[StressResult, ...]
    selection: SelectionResult | None  # None: too few blocks to choose a parameter on


@dataclass(frozen=True, kw_only=True)
class BacktestReport:
    """The answer to one configuration."""

    config: BacktestConfig
    simulated: SimulatedReport | None
    recorded: RecordedReport | None


def work_of(config: BacktestConfig) -> int:
    """How many steps of progress `run_backtest` will tell of: paths simulated, and strategies replayed."""
    points = sum(max(len(one.loosenesses), 1) for one in config.sweeps)
    stressed = len(config.stresses) * (len(config.sweeps) + 1) * min(config.path_count, STRESS_PATHS)
    paths = (points + 1 + (config.risk_aversion is not None)) * config.path_count if config.simulation else 0
    paths += stressed if config.simulation else 0
    return paths + (_REPLAY_WORK if config.recorded is not None else 0)


_REPLAY_WORK = 20_000  # reading is not told of; the rules are half, stresses and choice a quarter each
STRESS_PATHS = 5_000  # of a simulated stress, or fewer


def run_backtest(config: BacktestConfig, *, progress: Callable[[int], None] | None = None) -> BacktestReport:
    """Carry it out. `progress` hears of the work done since it was last called, in the unit of `work_of`."""
    tell = progress or (lambda _: None)
    simulated = _simulated(config, config.simulation, tell) if config.simulation is not None else None
    recorded = _recorded(config, config.recorded, tell) if config.recorded is not None else None
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
    judged, why_not = None, ""
    if config.learn is not None and aversion is not None:
        why_not = why_not_learned(simulation)
        if not why_not:
            band = train_band(simulation, aversion, config.learn)
            judged = judge_band(simulation, band, aversion)
            if judged.is_accepted:
                point = FrontierPoint(looseness=math.nan, rule=band.rule, summary=summary(band.rule))
                gap = (
                    None if optimum is None else (point.summary.certainty_cost or 0.0) - (optimum.certainty_cost or 0.0)
                )
                walk = traced(simulation, band.rule, 1)[0]
                rules.append(RuleResult(name=LEARNED, points=(point,), gaps=(gap,), trace=walk))
    unhedged = HedgeRule(rule=Rule.UNHEDGED)
    looked = [unhedged, *(rule.middle.rule for rule in rules)]
    broken: list[tuple[str, tuple[OutcomeSummary, ...]]] = []
    for stress in config.stresses:
        broken += simulated_stress(simulation, looked, min(count, STRESS_PATHS), (stress,))
        tell(len(looked) * min(count, STRESS_PATHS))
    return SimulatedReport(
        simulation=simulation,
        path_count=count,
        position_value=sum(abs(option.units) for option in simulation.book) * simulation.spot,
        unhedged=summary(unhedged),
        rules=tuple(rules),
        optimum=optimum,
        why_no_optimum=why,
        stress=tuple(broken),
        learned=judged,
        why_not_learned=why_not,
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


def _recorded(config: BacktestConfig, source: Source, tell: Callable[[int], None]) -> RecordedReport:
    half, quarter = _REPLAY_WORK // 2, _REPLAY_WORK // 4
    told = 0.0

    def hear(share: float) -> None:
        nonlocal told
        told += share * half
        tell(int(told))
        told -= int(told)

    found = contest(source.market(), risk_aversion=config.recorded_risk_aversion, progress=hear)
    tell(round(told))
    first = found.recordings[0]
    broken = stress_results(first, found.strategies, config.stresses) if first.options is not None else ()
    tell(quarter)
    chosen = chosen_on_the_past(found)
    tell(quarter)
    return RecordedReport(contest=found, stress=broken, selection=chosen)


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
            "learned": None if one.learned is None else {**asdict(one.learned), "is_accepted": one.learned.is_accepted},
            "why_not_learned": one.why_not_learned,
            "stress": [
                {"name": name, "rules": [asdict(summary) for summary in summaries]} for name, summaries in one.stress
            ],
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
        out["recorded"] = _recorded_object(report.recorded)
    plain: dict[str, Any] = _plain(out)
    return plain


def _recorded_object(report: RecordedReport) -> dict[str, Any]:
    found, market = report.contest, report.contest.market
    compared = found.comparison
    reference = next(k for k, one in enumerate(compared.results) if one.name == compared.reference)
    outcome, first = compared.outcomes[reference][0], found.recordings[0]
    traded = np.flatnonzero(outcome.contracts > 0.0)
    return {
        "market": market.name,
        "says": market.says,
        "recordings": [{"name": one.name, "digest": one.digest(), "instants": len(one)} for one in market.recordings],
        "missing_prices": market.missing_prices,
        "reference": compared.reference,
        "risk_aversion": compared.risk_aversion,
        "block": market.unit,
        "block_count": compared.block_count,
        "bootstrap": {"seed": SEED, "draws": DRAWS, "run": market.run},
        "hindsight_score": found.hindsight,
        "why_no_optimum": found.why_no_optimum,
        "strategies": [
            {
                **asdict(one),
                "gap_to_optimum": found.gap_to_optimum(one),
                "gap_to_hindsight": found.gap_to_hindsight(one),
            }
            for one in compared.results
        ],
        "stress": [asdict(one) for one in report.stress],
        "selection": None if report.selection is None else asdict(report.selection),
        "trades_of_reference": [
            {
                "time": str(first.time[row]),
                "price": float(first.price[row]),
                "contracts_after": float(outcome.position[row]),
                "mishedge_after": float(outcome.mishedge[row]),
            }
            for row in traced_rows(traded)
        ],
    }


def traced_rows(rows: Ints) -> list[int]:
    """At most a thousand of the rows, the first ones."""
    found: list[int] = rows[:1000].tolist()
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, float | np.floating):
        return float(value) if math.isfinite(value) else None
    return value
