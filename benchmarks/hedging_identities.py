"""What must hold whatever the market: free trading, martingales, the referee, and planted errors that are caught."""

import math
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np

from benchmarks.markdown import number, table
from gex.backtest.guards import check_no_look_ahead, check_no_survivorship
from gex.backtest.oracle import optimal_hedge
from gex.backtest.panel import Panel, near_the_money
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulation import hedge, summarise
from gex.backtest.validation import deflated_gain, overfitting_probability, select, walk_forward
from gex.errors import NumericalError
from tests.backtest import test_guards as planted
from tests.backtest.recordings import random_recording
from tests.backtest.simulations import ALL_RULES, short_call

PATHS, STEPS, AVERSION = 50_000, 60, 0.5


def identities() -> Iterator[str]:
    """Every rule on the same paths: without costs, and against the optimum."""
    steps = STEPS
    call, free = short_call(steps=steps), short_call(steps=steps, cost=0.0)
    best = optimal_hedge(
        risk_aversion=100.0 * AVERSION, cost=1e-3, vol=0.3, step_years=0.25 / steps, step_count=steps
    ).rule(-1.0, 100.0)
    # The programme opens its hedge in the market: so does every rule that is held against it.
    opened = replace(call, execution=replace(call.execution, starts_hedged=False))
    least = summarise(opened, best, PATHS, risk_aversion=AVERSION).certainty_cost or math.nan
    each_step = hedge(free, HedgeRule(rule=Rule.CLOCK), 5_000).net_profit
    rows = []
    for rule in ALL_RULES:
        paid = summarise(call, rule, PATHS)
        gap = (summarise(opened, rule, PATHS, risk_aversion=AVERSION).certainty_cost or math.nan) - least
        collapsed = float(np.abs(hedge(free, rule, 5_000).net_profit - each_step).max())
        rows.append(
            [
                rule.name.replace("_", " "),
                f"{paid.gross_mean:+.4f} ± {paid.gross_error:.4f}",
                f"{paid.gross_mean / paid.gross_error:+.1f}",
                number(paid.cost),
                f"{collapsed:.1e}" if collapsed < 1e-9 else number(collapsed, 2),
                number(gap, 3),
            ]
        )
    yield f"### What holds for every rule ({PATHS:,} common paths × {steps} steps, short call at the money, 10 bp)"
    yield ""
    head = [
        "rule", "mean of profit + cost", "in its errors", "cost", "free trading: largest distance from hedging each step",
        f"certainty cost above the optimum's, γ = {AVERSION:g}",
    ]  # fmt: skip
    yield from table(head, rows)
    yield (
        "On a martingale no rule earns or loses before costs (second column, all of one mean). Where trading is free every "
        "cost-based band is hedging at each step, to the last bits; fixed widths, slow clocks and rules without a band keep "
        "theirs, and the minimum-variance rule its own delta. No rule is below the dynamic programme."
    )
    yield ""


def caught(check: Callable[..., object], *arguments: object) -> str:
    try:
        check(*arguments)
    except NumericalError as error:
        return f"refused: {str(error).replace('.000000000', '')}"
    return "passes"


def survivors(market: Panel, row: int) -> list[int]:
    complete = np.isfinite(market.mark).all(axis=0)
    return [k for k in near_the_money(market, row).tolist() if complete[k]]


def planted_errors() -> Iterator[str]:
    """Each planted error with what the guard says; and honest rules, which pass."""
    yield "### Planted errors"
    yield ""
    recording, panel = random_recording(), planted.panel()
    rows = [
        ["the past alone (honest)", caught(check_no_look_ahead, planted.honest_vol, recording, planted.ROWS)],
        [
            "look-ahead: the delta of the next instant",
            caught(check_no_look_ahead, planted.tomorrow, recording, planted.ROWS),
        ],
        [
            "look-ahead: γ fitted on the whole",
            caught(check_no_look_ahead, planted.best_parameter, recording, planted.ROWS),
        ],
        [
            "look-ahead: a quantile of the whole",
            caught(check_no_look_ahead, planted.full_sample_quantile, recording, planted.ROWS),
        ],
        ["what is listed now (honest)", caught(check_no_survivorship, near_the_money, panel, (0, 5, 10))],
        ["survivorship: contracts quoted to the end", caught(check_no_survivorship, survivors, panel, (0, 5, 10))],
    ]
    gains = np.random.default_rng(4).standard_normal((120, 200))
    found = select(gains, walk_forward(120, train=40, test=20))
    best = gains[:, gains.mean(axis=0).argmax()]
    naive, luck = best.mean() / best.std() * math.sqrt(120), overfitting_probability(gains)
    said = (
        f"mean {found.in_sample:.2f} where chosen, {found.out_of_sample:+.2f} after it; t = {naive:.1f} without counting "
        f"the tries, probability {deflated_gain(gains):.2f} with them; overfitting probability {luck:.2f}"
    )
    rows.append(["overfitting: the best of 200 worthless variants", said])
    yield from table(["planted", "what the guard says"], rows)
