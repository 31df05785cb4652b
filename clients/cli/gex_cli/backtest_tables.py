"""A backtest as tables, for the terminal and for the page."""

import math
from dataclasses import dataclass

import numpy as np
from rich.console import Console

from gex.backtest.report import BacktestReport, RecordedReport, SimulatedReport
from gex.backtest.resampling import Estimate
from gex.backtest.selection import SelectionResult
from gex_cli.amounts import MISSING
from gex_cli.terminal import table


@dataclass(frozen=True)
class Sheet:
    """One table: what it says, names of columns, rows of words."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def figure(value: float | None, digits: int = 4) -> str:
    """Four significant digits, groups of thousands."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0.0:
        return "0"
    size = max(digits - 1 - math.floor(math.log10(abs(value))), 0)
    return f"{value:,.{size}f}".replace("-", "−")


def bracket(estimate: Estimate) -> str:
    """A figure with its interval."""
    if not math.isfinite(estimate.low):
        return f"{figure(estimate.value, 3)} (too few blocks)"
    return f"{figure(estimate.value, 3)} [{figure(estimate.low, 3)}, {figure(estimate.high, 3)}]"


def sheets(report: BacktestReport) -> list[Sheet]:
    """Every table of a report."""
    found = []
    if report.simulated is not None:
        found += simulated_sheets(report.simulated)
    if report.recorded is not None:
        found += recorded_sheets(report.recorded)
    return found


def simulated_sheets(report: SimulatedReport) -> list[Sheet]:
    """Frontier; risk, tails and drawdown with and without hedge; cost by line."""
    frontier, risks, lines = [], [], []
    for rule in report.rules:
        for point, gap in zip(rule.points, rule.gaps, strict=True):
            s = point.summary
            frontier.append(
                (
                    rule.name,
                    figure(point.looseness, 3),
                    figure(s.sd),
                    figure(s.cost),
                    figure(s.order_count, 3),
                    figure(gap, 3),
                )
            )
    shown = [("unhedged", report.unhedged), *((rule.name, rule.middle.summary) for rule in report.rules)]
    if report.optimum is not None:
        shown.append(("optimum", report.optimum))
    for name, s in shown:
        risks.append(
            (name, figure(s.mean, 3), figure(s.sd), figure(s.shortfall_95), figure(s.shortfall_99), figure(s.skewness, 3),
             figure(s.drawdown), figure(s.drawdown_95))
        )  # fmt: skip
        share = 1e4 * s.cost / report.position_value
        parts = [figure(s.cost_lines[line], 3) for line in ("fee", "half_spread", "impact", "ticket", "funding")]
        lines.append((name, *parts, figure(s.cost), figure(share, 3), figure(s.turnover, 3), figure(s.order_count, 3)))
    why = f" (no optimum: {report.why_no_optimum})" if report.why_no_optimum else ""
    broken = [
        (stress, name, figure(s.mean, 3), figure(s.sd), figure(s.shortfall_95), figure(s.cost), figure(s.drawdown_95))
        for stress, summaries in report.stress
        for name, s in zip(("unhedged", *(rule.name for rule in report.rules)), summaries, strict=True)
    ]
    stress = Sheet(
        "Stress: the middle of each rule when the market breaks",
        ("stress", "rule", "mean", "sd", "ES 95 %", "cost", "drawdown, 95 %"),
        tuple(broken),
    )
    return [
        Sheet(
            f"Frontier of cost against risk, {report.path_count:,} paths{why}",
            ("rule", "looseness", "sd of profit", "mean cost", "orders", "gap to optimum"),
            tuple(frontier),
        ),
        Sheet(
            "Risk with and without hedge",
            ("rule", "mean", "sd", "ES 95 %", "ES 99 %", "skewness", "drawdown, mean", "drawdown, 95 %"),
            tuple(risks),
        ),
        Sheet(
            "Cost by line",
            (
                "rule",
                "fee",
                "half spread",
                "impact",
                "ticket",
                "funding",
                "total",
                "bp of position",
                "turnover",
                "orders",
            ),
            tuple(lines),
        ),
        *([stress] if broken else []),
        *([_learned_sheet(report)] if report.learned is not None else []),
    ]


def _learned_sheet(report: SimulatedReport) -> Sheet:
    found = report.learned
    assert found is not None
    verdict = "accepted" if found.is_accepted else "refused: it did not beat (a, b) with its interval"
    gain = f"{figure(found.gain.value, 3)} [{figure(found.gain.low, 3)}, {figure(found.gain.high, 3)}]"
    return Sheet(
        f"Learned band, judged on {found.path_count:,} paths of seed {found.seed}: {verdict}",
        ("against", "its certainty cost", "learned", "gain [95 %]"),
        ((found.rival, figure(found.rival_cost), figure(found.learned_cost), gain),),
    )


def recorded_sheets(report: RecordedReport) -> list[Sheet]:
    """Strategies on the recorded market; their cost by line and tails; stresses; a parameter chosen on the past."""
    contest, found, unit = report.contest, report.contest.comparison, report.contest.market.unit
    rows, lines = [], []
    for one in found.results:
        gaps = contest.gap_to_optimum(one), contest.gap_to_hindsight(one)
        rows.append(
            (one.name, str(one.order_count), figure(one.cost), figure(one.tracking_sd), figure(one.drawdown),
             figure(one.score), bracket(one.score_gap), *(figure(gap, 3) for gap in gaps))
        )  # fmt: skip
        worst = np.diff(np.array(one.curve)).min()
        lines.append(
            (one.name, *(figure(one.cost_lines[line], 3) for line in ("fee", "half_spread", "impact", "ticket", "funding")),
             figure(one.cost), figure(1e4 * one.cost_share, 3), figure(one.net_profit), figure(one.profit_sd),
             figure(float(worst)), bracket(one.profit_ratio))
        )  # fmt: skip
    why = f" (no optimum: {contest.why_no_optimum})" if contest.why_no_optimum else ""
    sheets = [
        Sheet(
            f"Recorded: {contest.market.name}, {found.block_count} {unit}s{why}",
            ("strategy", "orders", "cost", "tracking sd", "drawdown", f"score a {unit}",
             f"score less {found.reference} [95 %]", "above the model's optimum", "above hindsight"),
            tuple(rows),
        ),
        Sheet(
            f"Cost by line, profit and tail on the recorded market, a {unit}",
            ("strategy", "fee", "half spread", "impact", "ticket", "funding", "total", "bp of position", "net profit",
             "sd of profit", f"worst {unit}", f"variance over {found.reference}'s [95 %]"),
            tuple(lines),
        ),
    ]  # fmt: skip
    if report.stress:
        sheets.append(_stress_sheet(report))
    if report.selection is not None:
        sheets.append(_selection_sheet(report.selection, unit))
    return sheets


def _stress_sheet(report: RecordedReport) -> Sheet:
    names = tuple(dict.fromkeys(one.stress for one in report.stress))
    found = {(one.strategy, one.stress): one for one in report.stress}
    least = 1e-9 * max(abs(one.change) for one in report.stress)  # sums that differ in their last bits

    def cell(strategy: str, stress: str) -> str:
        one = found[strategy, stress]
        change, cost = (0.0 if abs(value) <= least else value for value in (one.change, one.cost_change))
        return f"{figure(change, 3)} ({figure(cost, 3)})"

    strategies = tuple(dict.fromkeys(one.strategy for one in report.stress))
    return Sheet(
        f"Stress on {report.contest.recordings[0].name}: change of the net profit (of the cost) against the run without",
        ("strategy", *names),
        tuple((strategy, *(cell(strategy, name) for name in names)) for strategy in strategies),
    )


def _selection_sheet(found: SelectionResult, unit: str) -> Sheet:
    rows = (
        ("the desk's γ", figure(found.desk), figure(found.desk_out_of_sample)),
        ("chosen walking forward", figure(found.in_sample), figure(found.out_of_sample)),
        ("chosen by purged folds", figure(found.purged_in_sample), figure(found.purged_out_of_sample)),
    )
    luck = f"overfitting probability {figure(found.overfitting, 2)}"
    deflated = f"the best beats the desk's γ, tries counted, with probability {figure(found.deflated, 2)}"
    return Sheet(
        f"{found.variant_count} risk aversions for (a, b), score a {unit} where chosen and where judged; {luck}; {deflated}",
        ("γ", "in sample", "out of sample"),
        rows,
    )


def print_backtest(out: Console, report: BacktestReport) -> None:
    """All tables."""
    for sheet in sheets(report):
        grid = table(sheet.title)
        for k, name in enumerate(sheet.columns):
            grid.add_column(name, justify="left" if k == 0 else "right")
        for row in sheet.rows:
            grid.add_row(*row)
        out.print(grid)
        out.print()
