"""What a chain holds, in one line or one object: rows, rejects by reason, expiries, the first forward and its interval."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gex_cli.amounts import count, price
from gex_cli.json_lines import Json

if TYPE_CHECKING:
    from gex.quotes import Cleaned


@dataclass(frozen=True, kw_only=True)
class ChainSummary:
    """A chain in a few figures. The forward is that of the shortest expiry whose quotes give one."""

    underlying: str
    as_of: np.datetime64
    spot: float | None
    source: str
    row_count: int
    kept_row_count: int  # rows that can be used
    rejects: dict[str, int]  # by reason, those of the reader and those of cleaning
    expiry_count: int
    forward_count: int  # expiries whose own quotes give a forward
    forward_expiry: str | None
    forward: float | None
    forward_lower: float | None
    forward_upper: float | None


def summary_of(chain: "Cleaned") -> ChainSummary:
    """The figures of a chain as its reader returned it."""
    from gex.cleaning import clean
    from gex.errors import NoForwardError
    from gex.forward import forward_curve
    from gex.pairs import pair_up

    cleaned = clean(chain)
    quotes = cleaned.quotes
    known, curve = np.empty(0, np.int64), None
    try:
        curve = forward_curve(quotes, pair_up(quotes))
        known = np.flatnonzero(np.isfinite(curve.lower) & (curve.time_to_expiry > 0.0))
    except NoForwardError:
        pass
    first = None if curve is None or not len(known) else int(known[np.argmin(curve.time_to_expiry[known])])
    return ChainSummary(
        underlying=quotes.underlying,
        as_of=quotes.as_of,
        spot=quotes.spot,
        source=quotes.source,
        row_count=cleaned.row_count,
        kept_row_count=len(quotes),
        rejects={reason.label: number for reason, number in cleaned.rejects.counts().items()},
        expiry_count=len(quotes.expiries),
        forward_count=len(known),
        forward_expiry=None if first is None else f"{quotes.expiries[first].root} {quotes.expiries[first].date}",
        forward=None if curve is None or first is None else float(curve.forward[first]),
        forward_lower=None if curve is None or first is None else float(curve.lower[first]),
        forward_upper=None if curve is None or first is None else float(curve.upper[first]),
    )


def summary_object(summary: ChainSummary) -> dict[str, Json]:
    """The figures as JSON has them."""
    return {
        "underlying": summary.underlying,
        "as_of": f"{np.datetime_as_string(summary.as_of, unit='s')}Z",
        "spot": summary.spot,
        "source": summary.source,
        "row_count": summary.row_count,
        "kept_row_count": summary.kept_row_count,
        "rejects": dict(summary.rejects),
        "expiry_count": summary.expiry_count,
        "forward_count": summary.forward_count,
        "forward_expiry": summary.forward_expiry,
        "forward": summary.forward,
        "forward_lower": summary.forward_lower,
        "forward_upper": summary.forward_upper,
    }


def summary_lines(summary: ChainSummary) -> list[str]:
    """The figures in words."""
    as_of = str(np.datetime_as_string(summary.as_of, unit="s")).replace("T", " ")
    head = (
        f"{summary.underlying} {price(summary.spot)} at {as_of} UTC: {count(summary.row_count)} options, "
        f"{count(summary.kept_row_count)} kept, {summary.expiry_count} expiries"
    )
    return [
        head,
        f"refused: {rejects_text(summary)}",
        f"forward of {summary.forward_expiry}: {forward_text(summary)}"
        if summary.forward is not None
        else "forward: no expiry has quoted call-put pairs",
    ]


def rejects_text(summary: ChainSummary) -> str:
    """Reasons and counts."""
    return ", ".join(f"{reason.replace('_', ' ')} {count(n)}" for reason, n in summary.rejects.items()) or "nothing"


def forward_text(summary: ChainSummary) -> str:
    """The first forward with the interval that its quotes allow."""
    if summary.forward is None:
        return "–"
    return f"{price(summary.forward)} [{price(summary.forward_lower)}, {price(summary.forward_upper)}]"
