"""The recorded half of HEDGING.md: every development market, with intervals, and what may be read from it."""

import math
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.hedging_spx_ratio import spx_ratio
from benchmarks.markdown import interval, number, table
from benchmarks.replay_markets import LEFT_OUT, MARKETS
from gex.backtest.comparison import StrategyResult, compare, cost_ratio_at_risk
from gex.backtest.contest import Contest, contest
from gex.backtest.panel import Panel, near_the_money
from gex.backtest.resampling import block_sums, paired_bootstrap
from gex.backtest.selection import chosen_on_the_past
from gex.backtest.sources import ReplayMarket
from gex.backtest.standard import band_strategy, clock_strategy
from gex.backtest.stress import STANDARD_STRESSES, stress_results
from gex.hedging.policy import BandRule


def verdict(result: StrategyResult, reference: str) -> str:
    if result.name == reference:
        return "reference"
    if not math.isfinite(result.score_gap.low):
        return "too few blocks"
    return (
        ("worse" if result.score_gap.value > 0.0 else "better") if result.score_gap.excludes_zero else "not told apart"
    )


def market_section(found: Contest) -> Iterator[str]:
    market, compared = found.market, found.comparison
    yield f"### {market.name}"
    yield ""
    least = "" if found.hindsight is None else f"; least score of any hedge, in hindsight: {number(found.hindsight, 2)}"
    yield (
        f"{market.says} {compared.block_count} blocks ({market.unit}s); γ {compared.risk_aversion:.3g} per currency{least}."
    )
    yield ""
    rows = []
    for one in compared.results:
        gaps = found.gap_to_optimum(one), found.gap_to_hindsight(one)
        rows.append(
            [
                one.name,
                str(one.order_count),
                number(one.cost, 0),
                f"{1e4 * one.cost_share:.2f}",
                number(one.tracking_sd, 1),
                number(one.profit_sd, 0),
                number(one.drawdown, 0),
                number(one.score, 2),
                interval(one.score_gap),
                verdict(one, compared.reference),
                *("–" if gap is None else number(gap, 2) for gap in gaps),
                interval(one.profit_ratio),
            ]
        )
    block = market.unit
    head = [
        "rule", "orders", "cost", "bp of position", f"tracking sd a {block}", f"sd of profit a {block}", "drawdown",
        f"score a {block}", "score less (a, b) [95 %]", "against (a, b)", "above the model's optimum", "above hindsight",
        "variance of profit over (a, b)'s [95 %]",
    ]  # fmt: skip
    yield from table(head, rows)
    if found.why_no_optimum:
        yield f"No optimum of the model: {found.why_no_optimum}."
        yield ""


def stress_section(found: Contest) -> Iterator[str]:
    """Change of the net profit of each rule under each stress, the first recording."""
    first = found.recordings[0]
    results = stress_results(first, found.strategies)
    names = [one.name for one in STANDARD_STRESSES]
    yield f"#### Stress of {first.name}: change of the net profit (of the cost), against the run without"
    yield ""
    rows = []
    for strategy in found.strategies:
        changes = {one.stress: one for one in results if one.strategy == strategy.name}
        rows.append(
            [strategy.name, *(f"{number(changes[n].change, 0)} ({number(changes[n].cost_change, 0)})" for n in names)]
        )
    yield from table(["rule", *names], rows)


def chosen_variants(found: Contest) -> Iterator[str]:
    """Twelve parameters, chosen on the past and judged on what came after, and how much luck explains."""
    picked = chosen_on_the_past(found)
    if picked is None:
        return
    unit = found.market.unit
    figures = [
        number(value, 2)
        for value in (
            picked.in_sample, picked.out_of_sample, picked.desk_out_of_sample, picked.purged_in_sample,
            picked.purged_out_of_sample, picked.desk, picked.overfitting, picked.deflated,
        )
    ]  # fmt: skip
    yield "| " + " | ".join([f"{found.market.name} ({unit}s)", *figures]) + " |"


CHOICE_HEAD = (
    "market", "chosen walking forward: where chosen", "after it", "the desk's γ after it",
    "chosen by purged folds: where chosen", "judged", "the desk's γ, all", "overfitting probability",
    "the best beats the desk's γ, tries counted",
)  # fmt: skip


def fitted(found: Contest) -> Iterator[str]:
    fit = found.minimum_variance
    if fit is None:
        return
    parts = []
    for k, name in enumerate(("calls", "puts")):
        gain = f"gain out of sample {fit.gain[k]:+.2f}" if math.isfinite(fit.gain[k]) else "never tried"
        parts.append(f"{name} {fit.change_count[k]:,} changes, {gain}, used at {fit.is_used[:, k].mean():.0%} of looks")
    yield f"- {found.market.name}: {'; '.join(parts)}."


def spx_frontier(market: ReplayMarket, gamma: float) -> Iterator[str]:
    """Cost at equal tracking risk, with the interval of the ratio."""
    yield "Cost over that of the clock at equal tracking risk (each rule at five parameters, days drawn in runs of five):"
    yield ""
    books = market.recordings
    clocks_ = [clock_strategy(n) for n in (1, 3, 7, 14, 42)]
    rules = {
        "Whalley–Wilmott, edge": BandRule.WHALLEY_WILMOTT_EDGE,
        "Whalley–Wilmott, target": BandRule.WHALLEY_WILMOTT_TARGET,
    }
    base = compare(books, clocks_, reference=clocks_[0].name, risk_aversion=gamma)
    units = float(np.abs(books[0].delta).max()) * 2.0
    rows = []
    per_book = len(books) * 10.0 / base.block_count  # books alive on a day
    wanted = [units * x * math.sqrt(per_book) for x in (1.0, 1.4, 2.0)]
    for name, rule in rules.items():
        strategies = [
            band_strategy(rule, gamma * f, poll=market.poll, name=f"{f:g}") for f in np.geomspace(1e-3, 3.0, 5)
        ]
        found = compare(books, strategies, reference=strategies[0].name, risk_aversion=gamma)
        rows.append(
            [name]
            + [
                interval(cost_ratio_at_risk(found.sums[:, :, :2], base.sums[:, :, :2], sd, run=market.run))
                for sd in wanted
            ]
        )
    yield from table(["rule", "sd 1.0 points", "sd 1.4 points", "sd 2.0 points"], rows)
    yield "Reference (one contract, daily tracking sd 1.2–1.8 points): edge 0.36–0.50 of the clock, target 0.46–0.62."
    yield ""


def deltas(panel: Panel, name: str) -> Iterator[str]:
    """Black–Scholes delta against the premium-adjusted one, RMS of hedged change of mark from one book to the next."""
    gaps = np.diff(panel.time) / np.timedelta64(1, "h")
    price = 0.5 * (panel.bid + panel.ask)
    for right, sign in (("calls", 1.0), ("puts", -1.0)):
        errors, blocks = [], []
        for row in np.flatnonzero(gaps <= 9.0).tolist():
            chosen = near_the_money(panel, row)
            chosen = chosen[(panel.sign[chosen] == sign) & np.isfinite(panel.mark[row + 1, chosen])]
            change = panel.mark[row + 1, chosen] - panel.mark[row, chosen]
            move = 1.0 - price[row] / price[row + 1]
            plain = change - panel.delta[row, chosen] * move
            net = change - (panel.delta[row, chosen] - panel.mark[row, chosen]) * move
            errors.append([(plain**2).sum(), (net**2).sum(), float(len(chosen))])
            blocks.append(int(panel.time[row].astype("datetime64[D]").astype(np.int64)))
        sums = block_sums(np.array(errors), np.array(blocks))
        (ratio,) = paired_bootstrap(sums, lambda m: np.sqrt(m[:, 1] / m[:, 0])[:, None])
        count = int(sums[:, 2].sum())
        yield f"- {name}, {right}: RMS premium-adjusted over Black–Scholes {interval(ratio)}, {count} changes."


@dataclass
class Part:
    """What one family of markets comes to, as lines."""

    sections: list[str] = field(default_factory=list)
    deltas: list[str] = field(default_factory=list)
    fits: list[str] = field(default_factory=list)
    tries: list[str] = field(default_factory=list)
    summary: list[list[str]] = field(default_factory=list)


def part(make: Callable[[Path], Iterator[ReplayMarket]], folder: Path) -> Part:
    """Everything about one family."""
    out = Part()
    for market in make(folder):
        started = time.time()
        found = contest(market)
        out.sections += market_section(found)
        out.sections += stress_section(found)
        if "minutes," in market.name:
            out.sections += spx_frontier(market, found.risk_aversion)
            out.sections += spx_ratio(folder)
        else:
            out.tries += chosen_variants(found)
        out.fits += fitted(found)
        out.summary.append(reading(found))
        if "PERPETUAL" in market.name:
            out.deltas += deltas(market.panels[0], market.name.removesuffix(f", {market.recordings[0].terms.symbol}"))
        print(f"{market.name}: {time.time() - started:.0f} s", flush=True)
    return out


def recorded(folder: Path) -> Iterator[str]:
    """All markets, each family in a process of its own, as many at a time as there are cores."""
    with ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        parts = list(pool.map(part, MARKETS, [folder] * len(MARKETS)))
    yield LEFT_OUT
    yield ""
    for one in parts:
        yield from one.sections
    yield "### Which delta: coin profit of an option to the next book, |Δ| 0.25–0.75, 14–60 days, gaps up to 9 hours"
    yield ""
    for one in parts:
        yield from one.deltas
    yield ""
    yield "### Minimum-variance delta: fitted on the past 60 intervals, used where its gain's interval lies above 0"
    yield ""
    for one in parts:
        yield from one.fits
    yield ""
    yield "### Choosing a parameter on the past: twelve risk aversions for (a, b), scores at the desk's γ, lower is better"
    yield ""
    yield "Chosen on a third of the blocks, judged on the next sixth, one between; folds purged by a block on each side."
    yield ""
    yield "| " + " | ".join(CHOICE_HEAD) + " |"
    yield "|---" * len(CHOICE_HEAD) + "|"
    for one in parts:
        yield from one.tries
    yield ""
    yield "### What won where"
    yield ""
    head = ["market", "lowest score", "told apart from (a, b), better", "told apart, worse", "not told apart"]
    yield from table(head, [row for one in parts for row in one.summary])
    yield CLOSING
    yield ""


CLOSING = """How to read this. The score is what a desk pays in all at the γ named: trading cost and half γ times the squared
tracking error. An interval draws whole days (hours, for the one day of ES) again, the same ones for every rule. Where it
holds 0 the data do not tell the rules apart, whatever their order. No parameter was fitted to these markets: γ is 100
over the notional everywhere. No ticket is charged, so that (a, b) is Whalley–Wilmott's edge and their rows are equal.

Only one rule was better than (a, b) with an interval that says so, on one market: the model's optimum on MES, where it
knows that the day ends in hours and that what is bought must be sold. (a, b) is made for a hedge without an end; on GOOG's
half day the same knowledge takes a quarter off the score, without an interval (four hours). Elsewhere the two are within
each other's intervals, but in ETH's crash week (a, b) is better: the programme's volatility is that of the first chain.
With weeks between two looks (SPX and NDX of 2023) the optimum holds far less than delta: exponential utility fears the
tails of one step, the score squares its move, and both are right about what they count. Of the least that hindsight allows
(a, b) is 8 % above on Deribit's calm BTC, 23 % on SPX minutes.
(a, b) beat doing nothing and a hedge that is never changed on all of Deribit, the four-look clock and Leland's there too,
the clock of every look on Deribit's calm weeks, all clocks on SPX minutes and on MES. In the crash week the clock of every
look, Zakamouline and both Whalley–Wilmott rules are within each other's intervals: when the market runs, six hours between
looks matter more than the band. On ES (one day, lots of one contract) and GOOG (six closes) next to nothing but being
unhedged is told apart; SPY, the indices and GOOG's half day have three or four blocks and no interval. Covering 70 % in calm
costs no more and tracks worse everywhere; its smaller drawdown in the crash is that of short calls in a falling market, not
of the rule. The minimum-variance delta earned its use in the crash and on ES out of sample, option by option, and did not
lower the variance of the hedged book with an interval on any market; its score counts the distance from the Black–Scholes
delta and is higher for that. Costs hold the opening and the closing of the hedge (the cost of "static"), the same for every
rule.
Stresses: no rule protects from a gap; with the market shut for the first look all rules that hedge lose about alike. In a
move of 20 % over four looks no order of the rules holds on every market: in BTC's calm weeks the clock of each look loses
least with the bands, clocks of four looks twice that and a static hedge four times; on SPX a fall punishes quick hands and a
rise slow ones. Three days of funding at 0.3 % per eight hours cost more than all trading. Thin books cost little where looks
are hours apart.
The premium-adjusted delta is told apart from Black–Scholes where the interval ends below 1: ETH calls in calm, and in the
crash all but BTC puts; the choice of a parameter on the past never beat the desk's γ once the tries are counted (0.79 on ES
is the highest, and nearer to a toss than to 0.95).

Two weeks, one week, a day and six closes are short: the profit of the book itself (realised against implied variance) has
an sd many times the differences between rules, so returns are no evidence and are not ranked. Short windows cannot show
rare events; the table of gaps above can."""


def reading(contest_: Contest) -> list[str]:
    market, found = contest_.market, contest_.comparison
    groups: dict[str, list[str]] = {"better": [], "worse": [], "not told apart": [], "too few blocks": []}
    for one in found.results:
        if one.name != found.reference:
            groups[verdict(one, found.reference)].append(one.name)
    apart = groups["not told apart"] + groups["too few blocks"]
    return [market.name, found.best.name, *(", ".join(g) or "none" for g in (groups["better"], groups["worse"], apart))]
