"""Numbers, intervals and tables as Markdown."""

import math

from gex.backtest.resampling import Estimate

MINUS = "−"


def number(value: float, digits: int = 3) -> str:
    return "–" if not math.isfinite(value) else f"{value:,.{digits}f}".replace("-", MINUS)


def interval(estimate: Estimate, digits: int = 2) -> str:
    if not math.isfinite(estimate.low):
        return f"{number(estimate.value, digits)} (no interval: {estimate.block_count} blocks)"
    return f"{number(estimate.value, digits)} [{number(estimate.low, digits)}, {number(estimate.high, digits)}]"


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    return ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *("| " + " | ".join(r) + " |" for r in rows), ""]
