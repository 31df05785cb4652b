"""Which prices of a chain can be believed: rules as values, refusals with reasons."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools
from gex.quotes import Cleaned, Quotes, RejectReason, Rejects


@dataclass(frozen=True, kw_only=True)
class CleaningRules:
    """What makes a price unusable. Nothing is repaired: a refused price becomes missing, with its reason.

    `max_age_seconds` applies where the source says when a row was quoted; None accepts any age. A locked market
    (bid = ask) is kept, and a zero bid is a missing bid: its ask still bounds the volatility from above.
    """

    max_age_seconds: float | None = 900.0


def clean(parsed: Cleaned, rules: CleaningRules | None = None) -> Cleaned:
    """The chain with unusable rows gone, unusable prices missing, and every refusal of parser and rules listed.

    Rows that are settled, or that repeat a contract, are dropped whole: they count in no sum. Of the other refusals only
    bid and ask go, since a contract's open interest is real whatever its quote looks like.
    """
    rules = rules or CleaningRules()
    quotes = parsed.quotes
    row_reason = _row_reason(quotes)
    dropped = row_reason > 0
    rejects = parsed.rejects.joined(_rejects(quotes, row_reason, dropped)) if dropped.any() else parsed.rejects
    kept = quotes.where(~dropped) if dropped.any() else quotes

    price_reason = _price_reason(kept, rules)
    refused = price_reason > 0
    if refused.any():
        rejects = rejects.joined(_rejects(kept, price_reason, refused))
        kept = dataclasses.replace(
            kept, bid=np.where(refused, np.nan, kept.bid), ask=np.where(refused, np.nan, kept.ask)
        )
    return Cleaned(quotes=kept, rejects=rejects, row_count=parsed.row_count)


def _row_reason(quotes: Quotes) -> npt.NDArray[np.int16]:
    """Per row the reason that takes it out whole, or 0; where several hold, the first of them."""
    reason = np.zeros(len(quotes), np.int16)

    def mark(mask: Bools, why: RejectReason) -> None:
        reason[mask & (reason == 0)] = why

    mark(~(np.isfinite(quotes.strike) & (quotes.strike > 0.0)), RejectReason.BAD_STRIKE)
    mark(np.abs(quotes.right) != 1, RejectReason.UNKNOWN_RIGHT)
    mark(quotes.settles_at <= quotes.as_of, RejectReason.EXPIRED)
    mark(np.isinf(quotes.open_interest) | (quotes.open_interest < 0.0), RejectReason.BAD_OPEN_INTEREST)
    mark(_repeats(quotes, reason == 0), RejectReason.DUPLICATE)
    return reason


def _repeats(quotes: Quotes, valid: Bools) -> Bools:
    """True for each valid row whose contract stood in an earlier valid row."""
    repeats = np.zeros(len(quotes), np.bool_)
    for right in (1, -1):
        index = np.flatnonzero(valid & (quotes.right == right))
        expiry, strike = quotes.expiry[index], quotes.strike[index]
        step = np.diff(expiry)
        if np.all((step > 0) | ((step == 0) & (np.diff(strike) > 0.0))):
            continue  # listed in ascending order, as most sources do: nothing can stand there twice
        order = np.lexsort((strike, expiry))  # stable: of equals the earlier row stays first
        same = (np.diff(expiry[order]) == 0) & (np.diff(strike[order]) == 0.0)
        repeats[index[order[1:][same]]] = True
    return repeats


def _price_reason(quotes: Quotes, rules: CleaningRules) -> npt.NDArray[np.int16]:
    """Per row the reason that makes its bid and ask unusable, or 0."""
    reason = np.zeros(len(quotes), np.int16)
    bid, ask = quotes.bid, quotes.ask

    def mark(mask: Bools, why: RejectReason) -> None:
        reason[mask & (reason == 0)] = why

    mark(np.isinf(bid) | np.isinf(ask) | (bid < 0.0) | (ask < 0.0), RejectReason.BAD_PRICE)
    mark(~(bid > 0.0) & ~(ask > 0.0), RejectReason.NO_QUOTE)
    mark((bid > 0.0) & ~(ask > 0.0), RejectReason.NO_ASK)
    mark(bid > ask, RejectReason.CROSSED)
    if rules.max_age_seconds is not None:
        oldest = quotes.as_of - np.timedelta64(round(rules.max_age_seconds * 1e9), "ns")
        mark(quotes.quoted_at < oldest, RejectReason.STALE)  # False where quoted_at is NaT
    return reason


def _rejects(quotes: Quotes, reason: npt.NDArray[np.int16], refused: Bools) -> Rejects:
    return Rejects(row=quotes.row[refused], reason=reason[refused], open_interest=quotes.open_interest[refused])
