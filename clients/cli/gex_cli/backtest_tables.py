"""A backtest as tables, for the terminal and for the page."""

import math
from dataclasses import dataclass

from rich.console import Console

from gex.backtest.report import BacktestReport, RecordedReport, SimulatedReport
from gex.backtest.resampling import Estimate
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
        found.append(recorded_sheet(report.recorded))
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
    ]


def recorded_sheet(report: RecordedReport) -> Sheet:
    """Strategies on the recorded market."""
    found = report.comparison
    rows = tuple(
        (one.name, str(one.order_count), figure(one.cost), figure(1e4 * one.cost_share, 3), figure(one.tracking_sd),
         figure(one.profit_sd), figure(one.drawdown), bracket(one.score_gap))
        for one in found.results
    )  # fmt: skip
    return Sheet(
        f"Recorded: {report.recording.name}, {len(report.recording)} instants, {found.block_count} days",
        ("strategy", "orders", "cost", "bp of position", "tracking sd", "sd of profit", "drawdown",
         f"score less {found.reference} [95 %]"),
        rows,
    )  # fmt: skip


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
