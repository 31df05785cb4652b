"""gex audit HEDGE --triggers: which triggers led to trades that paid."""

import dataclasses
import json as json_text
import math
from collections.abc import Iterable

from gex.hedging.engine.journal import Entry
from gex.hedging.engine.scoring import trigger_scores
from gex_cli.csv_tables import print_rows
from gex_cli.terminal import console, table


def print_scores(hedge: str, entries: Iterable[Entry], *, hours: float, json: bool, csv: bool) -> None:
    """A line a trigger: evaluations, trades, what they were worth later against the same trades at other times."""
    scores = trigger_scores(entries, horizon=3_600.0 * hours)
    rows = [dataclasses.asdict(score) | {"is_worth_having": score.is_worth_having} for score in scores]
    if json:
        for row in rows:
            known = {
                name: None if isinstance(value, float) and math.isnan(value) else value for name, value in row.items()
            }
            print(json_text.dumps(known))
        return
    if csv:
        print_rows(rows)
        return
    out = table(f"{hedge}: triggers, later value within {hours:g} h of a trade")
    for name in (
        "trigger",
        "asked",
        "trades",
        "paid",
        "cost",
        "later value",
        "at other times",
        "95 % of the difference",
        "",
    ):
        out.add_column(name, overflow="fold")
    for score in scores:
        has_interval = not math.isnan(score.difference_low)
        out.add_row(
            score.trigger,
            str(score.evaluation_count),
            str(score.trade_count),
            f"{score.paid_count} of {score.scored_count}",
            f"{score.cost:,.2f}",
            f"{score.later_value:,.2f}" if score.scored_count else "",
            f"{score.control_value:,.2f}" if score.scored_count else "",
            f"{score.difference_low:,.2f} to {score.difference_high:,.2f}" if has_interval else "too few",
            "yes" if score.is_worth_having else "not shown",
        )
    console().print(out)
