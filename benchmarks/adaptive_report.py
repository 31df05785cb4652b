"""The adaptive hedge on recorded books against a fixed threshold and a clock: adaptive_report.py FOLDER.

FOLDER holds deribit_books_6h/ with dev_calm/ and dev_crash/. Short one option of each quoted contract of 10 to 60 days with
|delta| of 0.25 to 0.75, hedged with the inverse perpetual; nothing was fitted to these days.
"""

import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from gex.backtest.adaptive import AdaptiveRun, RecordedTerms, option_book, run_hedge
from gex.backtest.deribit_books import read_deribit_books
from gex.backtest.recorded import RecordedMarket
from gex.hedging.engine.config import EngineConfig, Mode, RegimeRule, RegimeTable
from gex.hedging.engine.replay import replay
from gex.hedging.instruments import HedgeInstrument
from gex.hedging.policy import BandRule, HedgePolicy
from gex.portfolio.linear import LinearKind
from gex.portfolio.risk import portfolio_risk

FEE_BPS, HALF_SPREAD_BPS = 5.0, 0.5  # the venue's taker fee; half a tick and a little of the perpetual
BUDGET_SHARE = 0.15  # of the unhedged daily sd at the start: the residual risk the desk bears
CAP_SHARE = 0.25  # of the gross options: |mishedge| above it is hedged whatever it costs
QUICK = RegimeRule(least_samples=8, sample_interval=3 * 3_600.0, dwell=86_400.0)

READING = """
How to read it. The delta risk that hedging can remove is the column of X·dS; the sd of all P&L also holds gamma, vega and
theta, which no future removes, and over two weeks of quiet it says little about a rule. Cost is set against the delta risk
removed. A clock at each book has no residual at the instants that are seen: that its column is 0 is no merit, it is what
is not recorded between them. A fixed threshold depends wholly on its width, here one that was chosen before the runs; the
cost of doing nothing in the calm weeks was nothing, because nothing happened. P&L of one path ranks no rule: short options
gained by not hedging in the calm and lost by it in the crash. The half spread is assumed constant, so that the liquidity
regime sees only the perpetual's basis, and its switches mean nothing here. Regimes need eight books before they
speak: with six hours between two books the first two days are blind, and a crash of six days is over before a month of
history exists; what the tables show of regimes is that they do no harm, not that they help."""


def terms_of(coin: str) -> list[RecordedTerms]:
    """The inverse perpetual: 10 USD a contract for BTC, 1 for ETH."""
    return [
        RecordedTerms(
            instrument=HedgeInstrument(
                symbol=f"{coin}-PERPETUAL",
                kind=LinearKind.INVERSE,
                multiplier=10.0 if coin == "BTC" else 1.0,
                fee_bps=FEE_BPS,
                half_spread_bps=HALF_SPREAD_BPS,
            )
        )
    ]


def rules_of(market: RecordedMarket, delta: float, spot: float, vol: float, gross: float) -> dict[str, EngineConfig]:
    """The adaptive rule, and what it is compared with: all through the same `decide`."""
    budget = BUDGET_SHARE * abs(delta) * spot * vol / math.sqrt(365.0)
    cap = CAP_SHARE * gross
    policy = HedgePolicy(residual_sd_budget=budget, delta_cap=cap)
    adaptive = EngineConfig(
        hedge=market.underlying,
        policy=policy,
        mode=Mode.LIVE,
        regimes=RegimeTable(volatility=QUICK, liquidity=QUICK),
        cost_budget_per_day=20.0 * budget,
    )
    width = 0.05 * gross
    return {
        "adaptive": adaptive,
        "fixed ±5 % of the options": replace(
            adaptive, policy=HedgePolicy(thresholds=(-width, width), delta_cap=cap), cost_budget_per_day=None
        ),
        "clock, each book": replace(
            adaptive,
            policy=HedgePolicy(rule=BandRule.CLOCK, clock_interval=3_600.0, delta_cap=cap),
            cost_budget_per_day=None,
        ),
    }


def rows_of(name: str, run: AdaptiveRun) -> str:
    """One line of the table."""
    summary, days = run.summary, run.market.days
    lines = summary.realised
    removed = run.unhedged_delta_sd_per_day - run.tracking_sd_per_day
    cells = [
        name,
        f"{len(run.decisions) / days:.1f}",
        f"{run.order_count / days:.2f}",
        *(f"{value:,.0f}" for value in (lines.fee, lines.half_spread, lines.impact, lines.total)),
        f"{run.unhedged_delta_sd_per_day:,.0f}",
        f"{run.tracking_sd_per_day:,.0f}",
        f"{lines.total / days / removed:.4f}" if removed > 0.0 else "none removed",
        f"{summary.hedged_sd_per_day or math.nan:,.0f}",
        f"{summary.book_profit:,.0f}",
        f"{summary.total_profit:,.0f}",
        str(len(run.breaker_openings)),
    ]
    return f"| {' | '.join(cells)} |"


HEADER = (
    "| rule | decisions a day | orders a day | fee USD | half spread | slippage | cost | "
    "sd of Δ·dS a day, unhedged | of X·dS, hedged | "
    "cost a day per sd removed | sd of all P&L a day | P&L unhedged | P&L hedged, after cost | breaker openings |"
)


def section(folder: Path, name: str, coin: str) -> Iterator[str]:
    """One market."""
    market = read_deribit_books(folder / "deribit_books_6h" / name, coin)
    first = market.instants[0]
    longest = 60.0
    positions = option_book(first, contracts=-1.0, shortest=market.days + 2.0, longest=longest)
    risk = portfolio_risk(positions, first.analysis.surface)
    gross = float(abs(positions.units).sum())
    straddle_delta = 0.1 * gross  # a short book near the money has little delta at first: a tenth stands for its risk
    rules = rules_of(market, straddle_delta, first.spot, risk.implied_vol(), gross)
    move = market.spots[-1] / market.spots[0] - 1.0
    lowest = market.spots.min() / market.spots[0] - 1.0
    span = f"{str(market.times[0])[:16]} to {str(market.times[-1])[:16]}"
    yield f"\n## {coin}, {name}: {span}, spot {move:+.1%}, lowest {lowest:+.1%}\n"
    unpriced = (
        ""
        if any(one.futures[0].is_observed for one in market)
        else " The perpetual was not recorded: the index stands for it."
    )
    yield f"{len(positions)} options short, one contract each; {len(market)} books in {market.days:.1f} days.{unpriced}\n"
    yield HEADER
    yield "|---" * (HEADER.count("|") - 1) + "|"
    runs = {}
    for rule, config in rules.items():
        runs[rule] = run = run_hedge(market, positions, config, terms_of(coin))
        yield rows_of(rule, run)
    run = runs["adaptive"]
    found = replay(run.entries)
    yield f"\nThe log of the adaptive hedge decided again: {found.decisions} decisions, identical: {found.is_identical}."
    changes = (
        "; ".join(f"{str(at)[:16]} {n} {'stressed' if on else 'normal'}" for at, n, on in run.regime_changes) or "none"
    )
    yield f"Regimes: {changes}."
    opened = "; ".join(f"{str(at)[:16]} {', '.join(why)}" for at, why in run.breaker_openings) or "never"
    yield f"Breaker opened: {opened}."
    reasons: dict[str, int] = {}
    for decision in run.decisions:
        for why in decision.reasons:
            reasons[why.value] = reasons.get(why.value, 0) + 1
    yield "Reasons: " + ", ".join(f"{n} {c}" for n, c in sorted(reasons.items(), key=lambda p: -p[1])) + "."


def main(folder: Path) -> None:
    """The page."""
    print("# Adaptive hedging on recorded books\n")
    print(
        "Written by `python benchmarks/adaptive_report.py FOLDER`. Every rule goes through the `decide` of production;"
    )
    print(
        f"orders fill at the instant of the decision on the far side: fee {FEE_BPS:g} bp, half spread {HALF_SPREAD_BPS:g} bp"
    )
    print(
        "(assumed: books of the perpetual were not recorded), no impact, no funding (not recorded). Six hours between two"
    )
    print(f"books: no rule reacts faster.\n{READING}")
    for coin in ("BTC", "ETH"):
        for name in ("dev_calm", "dev_crash"):
            for line in section(folder, name, coin):
                print(line, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
