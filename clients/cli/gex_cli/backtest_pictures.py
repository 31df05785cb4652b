"""A backtest as pictures: frontier, tails, drawdown, costs, one path decision by decision, the recorded market."""

import io
import math
from collections.abc import Callable

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from gex.backtest.report import BacktestReport, RecordedReport, RuleResult, SimulatedReport
from gex.backtest.standard import OPTIMUM
from gex.kernels.hedge_paths import TRACE_AFTER, TRACE_BEFORE, TRACE_DELTA, TRACE_SPOT, TRACE_TARGET, TRACE_TRIGGER

_GREY = "#777777"


def pictures(report: BacktestReport) -> list[tuple[str, str]]:
    """(caption, SVG) of everything there is to draw."""
    drawn: list[tuple[str, str]] = []
    if report.simulated is not None:
        one = report.simulated
        drawn += [
            ("Frontier: mean cost against the sd of profit, one line a rule", _svg(lambda axes: _frontier(axes, one))),
            ("Tails: density of the net profit, logarithmic", _svg(lambda axes: _tails(axes, one))),
            (
                "Drawdown inside the path: mean and 95 %, with and without hedge",
                _svg(lambda axes: _drawdown(axes, one)),
            ),
            ("Cost by line", _svg(lambda axes: _costs(axes, one))),
        ]
        if any(g is not None for rule in one.rules for g in rule.gaps):
            drawn.append(("Gap to the optimum, certainty equivalent", _svg(lambda axes: _gaps(axes, one))))
        looked = _decided(one)
        if looked is not None:
            drawn.append((f"Decisions of {looked.name} on the first path", _replayed(looked, one)))
    if report.recorded is not None:
        kept = report.recorded
        drawn += [
            ("Recorded market: cumulated profit with and without hedge", _svg(lambda axes: _curves(axes, kept))),
            ("Recorded market: cost against tracking risk", _svg(lambda axes: _recorded_frontier(axes, kept))),
            ("Recorded market: the largest fall of the profit", _svg(lambda axes: _recorded_drawdown(axes, kept))),
            ("Recorded market: cost by line", _svg(lambda axes: _recorded_costs(axes, kept))),
            ("Recorded market: tail of the profit, block by block", _svg(lambda axes: _recorded_tails(axes, kept))),
            (f"Recorded market: trades of {kept.contest.comparison.reference} on the price", _trades(kept)),
        ]
    return drawn


def _svg(draw: Callable[[Axes], None]) -> str:
    figure = Figure(figsize=(8.0, 4.6), layout="constrained")
    axes = figure.add_subplot()
    draw(axes)
    axes.spines[["top", "right"]].set_visible(False)
    return _text(figure)


def _text(figure: Figure) -> str:
    target = io.StringIO()
    figure.savefig(target, format="svg", metadata={"Date": None})
    return target.getvalue()[target.getvalue().index("<svg") :]


def _colour(k: int) -> tuple[float, float, float, float]:
    red, green, blue, alpha = colormaps["tab20"]((2 * k + k // 10) % 20)  # the strong ten first, then the pale ones
    return red, green, blue, alpha


def _frontier(axes: Axes, report: SimulatedReport) -> None:
    for k, rule in enumerate(report.rules):
        points = sorted((p.summary.sd, p.summary.cost, p.summary.cost_error) for p in rule.points)
        sd, cost, error = np.array(points).T
        axes.errorbar(sd, cost, yerr=error, marker="o", markersize=4, color=_colour(k), label=rule.name, linewidth=1.4)
    if report.optimum is not None:
        axes.plot(
            report.optimum.sd,
            report.optimum.cost,
            marker="*",
            markersize=14,
            color="black",
            linestyle="",
            label="optimum",
        )
    costs = [p.summary.cost for rule in report.rules for p in rule.points]
    if min(costs) > 0.0:
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.grid(visible=True, which="both", alpha=0.25)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axis.set_minor_formatter(StrMethodFormatter("{x:g}"))
        axes.tick_params(which="both", labelsize=8)
    axes.set(xlabel="sd of net profit", ylabel="mean trading cost")
    axes.legend(frameon=False, fontsize=8)


def _tails(axes: Axes, report: SimulatedReport) -> None:
    named = [("unhedged", report.unhedged), *((rule.name, rule.middle.summary) for rule in report.rules)]
    for k, (name, one) in enumerate(named):
        profit, density = one.density
        if profit:
            high = np.array(density)
            colour = _GREY if name == "unhedged" else _colour(k - 1)
            axes.plot(profit, np.where(high > 0.0, high, np.nan), color=colour, label=name, linewidth=1.4)
    axes.set_yscale("log")
    axes.set(xlabel="net profit", ylabel="density")
    axes.grid(visible=True, alpha=0.25)
    axes.legend(frameon=False, fontsize=8)


def _drawdown(axes: Axes, report: SimulatedReport) -> None:
    named = [("unhedged", report.unhedged), *((rule.name, rule.middle.summary) for rule in report.rules)]
    place = np.arange(len(named))
    axes.barh(place - 0.2, [one.drawdown for _, one in named], height=0.38, color="#4c72b0", label="mean")
    axes.barh(place + 0.2, [one.drawdown_95 for _, one in named], height=0.38, color="#dd8452", label="95 %")
    axes.set_yticks(place, [name for name, _ in named])
    axes.invert_yaxis()
    axes.set_xlabel("largest fall of the marked profit inside a path")
    axes.legend(frameon=False, fontsize=8)


def _costs(axes: Axes, report: SimulatedReport) -> None:
    left = np.zeros(len(report.rules))
    place = np.arange(len(report.rules))
    for k, line in enumerate(("fee", "half_spread", "impact", "ticket", "funding")):
        values = np.array([rule.middle.summary.cost_lines[line] for rule in report.rules])
        if values.any():
            axes.barh(place, values, left=left, height=0.6, color=_colour(k), label=line.replace("_", " "))
            left = left + values
    for at, rule in enumerate(report.rules):
        share = 1e4 * rule.middle.summary.cost / report.position_value
        axes.text(float(left[at]), float(at), f"  {share:.1f} bp of position", va="center", fontsize=8)
    axes.set_yticks(place, [rule.name for rule in report.rules])
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.set_xlabel("mean cost")
    if left.any():
        axes.legend(frameon=False, fontsize=8)


def _gaps(axes: Axes, report: SimulatedReport) -> None:
    for k, rule in enumerate(report.rules):
        known = [
            (p.summary.sd, g) for p, g in zip(rule.points, rule.gaps, strict=True) if g is not None and math.isfinite(g)
        ]
        if known:
            sd, gap = np.array(sorted(known)).T
            axes.plot(sd, gap, marker="o", markersize=4, color=_colour(k), label=rule.name)
    axes.axhline(0.0, color="black", linewidth=0.8)
    axes.set(xlabel="sd of net profit", ylabel="certainty cost above the optimum's")
    axes.legend(frameon=False, fontsize=8)


def _decided(report: SimulatedReport) -> RuleResult | None:
    """The rule whose decisions are shown: the last one with a band."""
    return next((rule for rule in reversed(report.rules) if rule.trace[:, TRACE_TRIGGER].any()), None)


def _replayed(rule: RuleResult, report: SimulatedReport) -> str:
    figure = Figure(figsize=(8.0, 6.0), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    seen = rule.trace[:, TRACE_SPOT] > 0.0
    row, time = rule.trace[seen], report.simulation.grid.time[seen] * 365.0
    traded = row[:, TRACE_AFTER] - row[:, TRACE_BEFORE]
    above.plot(time, row[:, TRACE_SPOT], color=_GREY, linewidth=1.0)
    for sign, marker, colour, name in ((1, "^", "#2166ac", "buys"), (-1, "v", "#d95f0e", "sells")):
        at = np.sign(traded) == sign
        above.plot(time[at], row[at, TRACE_SPOT], marker=marker, color=colour, linestyle="", markersize=6, label=name)
    above.set_ylabel("spot")
    above.legend(frameon=False, fontsize=8)
    target, trigger = -row[:, TRACE_DELTA], row[:, TRACE_TRIGGER]
    below.fill_between(time, target - trigger, target + trigger, color="#4c72b0", alpha=0.2, label="no-trade band")
    landing = np.maximum(row[:, TRACE_TARGET], 0.0)
    below.plot(time, target - landing, color="#4c72b0", linewidth=0.6, linestyle=":")
    below.plot(time, target + landing, color="#4c72b0", linewidth=0.6, linestyle=":", label="landing")
    below.step(time, row[:, TRACE_AFTER], where="post", color="black", linewidth=1.3, label="hedge")
    below.set(xlabel="days", ylabel="units")
    below.legend(frameon=False, fontsize=8)
    return _text(figure)


def _curves(axes: Axes, report: RecordedReport) -> None:
    for k, one in enumerate(report.contest.comparison.results):
        width = 2.2 if one.name in ("unhedged", report.contest.comparison.reference) else 0.9
        colour = _GREY if one.name == "unhedged" else _colour(k)
        axes.plot(one.curve, color=colour, linewidth=width, label=one.name)
    axes.set(xlabel=report.contest.market.unit, ylabel="cumulated net profit")
    axes.grid(visible=True, alpha=0.25)
    axes.legend(frameon=False, fontsize=7, ncols=2)


def _recorded_frontier(axes: Axes, report: RecordedReport) -> None:
    contest = report.contest
    for k, one in enumerate(contest.comparison.results):
        if one.name != "unhedged":
            marker = "*" if one.name == OPTIMUM else "os"[k // 10 % 2]
            axes.plot(
                one.tracking_sd, one.cost, marker=marker, color=_colour(k), linestyle="", markersize=8, label=one.name
            )
    axes.set_xscale("symlog", linthresh=max(1e-9, 0.01 * contest.comparison.results[0].tracking_sd))
    axes.set(xlabel=f"tracking sd a {contest.market.unit}", ylabel="cost")
    axes.grid(visible=True, alpha=0.25)
    axes.legend(frameon=False, fontsize=7, ncols=2)


def _recorded_drawdown(axes: Axes, report: RecordedReport) -> None:
    results = report.contest.comparison.results
    place = np.arange(len(results))
    colour = [_GREY if one.name == "unhedged" else "#4c72b0" for one in results]
    axes.barh(place, [one.drawdown for one in results], color=colour, height=0.6)
    axes.set_yticks(place, [one.name for one in results], fontsize=8)
    axes.invert_yaxis()
    axes.set_xlabel("largest fall of the cumulated net profit")


def _recorded_costs(axes: Axes, report: RecordedReport) -> None:
    results = report.contest.comparison.results
    place, left = np.arange(len(results)), np.zeros(len(results))
    for k, line in enumerate(("fee", "half_spread", "impact", "ticket", "funding")):
        values = np.array([one.cost_lines[line] for one in results])
        if values.any():
            axes.barh(place, values, left=left, height=0.6, color=_colour(k), label=line.replace("_", " "))
            left = left + values
    for at, one in enumerate(results):
        axes.text(float(left[at]), float(at), f"  {1e4 * one.cost_share:.1f} bp of position", va="center", fontsize=8)
    axes.set_yticks(place, [one.name for one in results], fontsize=8)
    axes.invert_yaxis()
    axes.margins(x=0.25)
    axes.set_xlabel("cost")
    if left.any():
        axes.legend(frameon=False, fontsize=8)


def _recorded_tails(axes: Axes, report: RecordedReport) -> None:
    """Share of blocks whose profit was at most that."""
    for k, one in enumerate(report.contest.comparison.results):
        profit = np.sort(np.diff(np.array(one.curve)))
        width = 2.2 if one.name in ("unhedged", report.contest.comparison.reference) else 0.9
        share = np.arange(1, len(profit) + 1) / len(profit)
        axes.step(profit, share, where="post", color=_GREY if one.name == "unhedged" else _colour(k), linewidth=width,
                  label=one.name)  # fmt: skip
    axes.set(xlabel=f"net profit of a {report.contest.market.unit}", ylabel="share at or below")
    axes.grid(visible=True, alpha=0.25)
    axes.legend(frameon=False, fontsize=7, ncols=2)


def _trades(report: RecordedReport) -> str:
    found = report.contest.comparison
    place = next(k for k, one in enumerate(found.results) if one.name == found.reference)
    outcome, recording = found.outcomes[place][0], report.contest.recordings[0]
    figure = Figure(figsize=(8.0, 6.0), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True)
    time = recording.time.astype("datetime64[s]").astype(object)
    above.plot(time, recording.price, color=_GREY, linewidth=1.0)
    change = np.diff(outcome.position, prepend=0.0)
    for sign, marker, colour, name in ((1, "^", "#2166ac", "buys"), (-1, "v", "#d95f0e", "sells")):
        at = np.flatnonzero(np.sign(change) == sign)
        dots = [time[k] for k in at.tolist()]
        above.plot(dots, recording.price[at], marker=marker, color=colour, linestyle="", label=name)
    above.set_ylabel("price of the hedge")
    above.legend(frameon=False, fontsize=8)
    below.step(time, outcome.mishedge, where="post", color="black", label="mishedge after trades")
    below.plot(time, recording.delta, color="#4c72b0", linewidth=0.8, label="delta of the book")
    below.set_ylabel("units")
    below.legend(frameon=False, fontsize=8)
    figure.autofmt_xdate()
    return _text(figure)
