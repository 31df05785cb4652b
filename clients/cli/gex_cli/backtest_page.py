"""A backtest as one HTML file that needs nothing beside it."""

import math
from html import escape
from importlib.metadata import version

from gex.backtest.report import BacktestReport, RecordedReport
from gex_cli.backtest_pictures import pictures
from gex_cli.backtest_tables import Sheet, sheets

_STYLE = """
body{font:15px/1.45 system-ui,sans-serif;color:#222;max-width:1080px;margin:2rem auto;padding:0 1rem}
h1{font-size:1.5rem;margin-bottom:.2rem}h2{font-size:1.1rem;margin:1.8rem 0 .4rem}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.86rem}
th,td{padding:.22rem .6rem;text-align:right;border-bottom:1px solid #e3e3e3}th{border-bottom:2px solid #999}
th:first-child,td:first-child{text-align:left}.wide{overflow-x:auto}
figure{margin:1rem 0}figcaption{font-weight:600;font-size:.95rem}svg{max-width:100%;height:auto}
.note{color:#666;font-size:.86rem}code{background:#f3f3f3;padding:0 .25rem}
"""


def page(report: BacktestReport) -> str:
    """The whole report."""
    parts = [
        f"<!doctype html><html lang=en><meta charset=utf-8><title>{escape(report.config.title)}</title>",
        f"<meta name=viewport content='width=device-width'><style>{_STYLE}</style>",
        f"<h1>{escape(report.config.title)}</h1>",
        f"<p class=note>{_identity(report)}</p>",
    ]
    parts += [_table(sheet) for sheet in sheets(report)]
    parts += [f"<figure><figcaption>{escape(caption)}</figcaption>{svg}</figure>" for caption, svg in pictures(report)]
    parts.append(
        f"<h2>How it was reckoned</h2><ul>{''.join(f'<li>{escape(line)}</li>' for line in _assumptions(report))}</ul>"
    )
    return "\n".join(parts) + "\n</html>\n"


def _identity(report: BacktestReport) -> str:
    """What reproduces it."""
    said = [f"configuration <code>{report.config.digest}</code>", f"gex {escape(version('gex'))}"]
    if report.simulated is not None:
        one = report.simulated
        said.append(
            f"seed {one.simulation.seed}, {one.path_count:,} paths, market and costs <code>{one.simulation.digest()}</code>"
        )
    if report.recorded is not None:
        books = report.recorded.contest.market.recordings
        said.append(
            f"{sum(len(one) for one in books)} recorded instants, "
            + ", ".join(f"{escape(one.name)} <code>{one.digest()}</code>" for one in books[:4])
            + (f" and {len(books) - 4} more in the JSON" if len(books) > 4 else "")
        )
    return " · ".join(said)


def _assumptions(report: BacktestReport) -> list[str]:
    said = []
    if report.simulated is not None:
        one = report.simulated
        execution = one.simulation.execution
        start = "there, free" if execution.starts_hedged else "bought in the market"
        end = {
            "UNWIND": "sold at full cost",
            "CASH": "settled in cash for the fee",
            "KEEP": "kept, marked at the last price",
        }
        fills = f"after {execution.latency_steps} steps, at most {execution.depth:g} units"
        said += [
            "All rules meet the same paths; profits are after costs; ES is the mean loss of the worst share of paths.",
            f"The first hedge is {start}; at the end the hedge is {end[execution.terminal.name]}.",
            f"Orders fill {fills}, with probability {execution.fill_probability:g}.",
            "Tails, costs, drawdowns and trades are those of the middle parameter of each rule.",
        ]
        if one.stress:
            said.append(
                "A stress lays its move on every path in one step; depth and spread hold for the whole run, the "
                "funding of its days is spread over it; where no depth is named, half of the book fills in a step."
            )
        if one.why_not_learned:
            said.append(f"No band network was trained: {one.why_not_learned}.")
        if one.why_no_optimum:
            said.append(f"The optimum was not computed: {one.why_no_optimum}.")
    if report.recorded is not None:
        said += _recorded_assumptions(report.recorded)
    return said


def _recorded_assumptions(report: RecordedReport) -> list[str]:
    contest, found = report.contest, report.contest.comparison
    unit = contest.market.unit
    score = f"cost plus {0.5 * found.risk_aversion:.3g} × squared tracking error"
    said = [
        contest.market.says,
        "Every decision on the recorded market is one of the production engine's decide, and knew nothing later.",
        f"The score is {score}, a {unit}.",
        f"Intervals draw {found.block_count} {unit}s again, the same ones for every strategy.",
        "The hedge is opened from nothing at the first look and closed at full cost at the last.",
        "The model's optimum is the dynamic programme of the first chain's volatilities, walked by decide.",
        "On a market that is not its model it may be beaten; nothing is below hindsight, which knows the whole path.",
        "Tracking counts distance from the Black–Scholes delta: rules of another delta are judged by variance of profit.",
        "Stresses keep each option's volatility; where no depth is recorded, half of the largest hedge fills in a look.",
        f"The price of the hedge itself was missing at {contest.market.missing_prices} instants.",
    ]
    fit = contest.minimum_variance
    if fit is not None:
        parts = []
        for k, name in enumerate(("calls", "puts")):
            gain = f"gain out of sample {fit.gain[k]:.0%}" if math.isfinite(fit.gain[k]) else "never tried"
            parts.append(
                f"{name}: {fit.change_count[k]:,} changes, {gain}, used at {fit.is_used[:, k].mean():.0%} of looks"
            )
        said.append(f"Minimum-variance delta, fitted on the past 60 intervals ({'; '.join(parts)}).")
    if contest.why_no_optimum:
        said.append(f"The model's optimum was not computed: {contest.why_no_optimum}.")
    return said


def _table(sheet: Sheet) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in sheet.columns)
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in sheet.rows)
    return f"<h2>{escape(sheet.title)}</h2><div class=wide><table><tr>{head}</tr>{rows}</table></div>"
