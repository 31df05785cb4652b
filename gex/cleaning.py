"""Which prices of a chain can be believed: rules as values, refusals with reasons."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools
from gex.kernels.cleaning import NOT_A_TIME, price_reasons, row_reasons
from gex.quotes import Cleaned, Quotes, RejectReason, Rejects

_ROW_CODES = tuple(
    int(reason)
    for reason in (
        RejectReason.BAD_STRIKE, RejectReason.UNKNOWN_RIGHT, RejectReason.EXPIRED, RejectReason.BAD_OPEN_INTEREST
    )
)  # fmt: skip
_PRICE_CODES = tuple(
    int(reason)
    for reason in (
        RejectReason.BAD_PRICE, RejectReason.NO_QUOTE, RejectReason.NO_ASK, RejectReason.CROSSED, RejectReason.STALE
    )
)  # fmt: skip


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
    rejects, kept = parsed.rejects, quotes
    row_reason, dropped_count = _row_reason(quotes)
    if dropped_count:
        dropped = row_reason > 0
        rejects = rejects.joined(_rejects(quotes, row_reason, dropped))
        kept = quotes.where(~dropped)

    price_reason, refused_count = _price_reason(kept, rules)
    if refused_count:
        refused = price_reason > 0
        rejects = rejects.joined(_rejects(kept, price_reason, refused))
        kept = dataclasses.replace(
            kept, bid=np.where(refused, np.nan, kept.bid), ask=np.where(refused, np.nan, kept.ask)
        )
    return Cleaned(quotes=kept, rejects=rejects, row_count=parsed.row_count)


def _row_reason(quotes: Quotes) -> tuple[npt.NDArray[np.int16], int]:
    """(per row the reason that takes it out whole, or 0, the first where several hold; how many have one)."""
    reason = np.empty(len(quotes), np.int16)
    settles_at = quotes.expiry_terms.settles_at.view(np.int64)
    dropped_count, is_ascending = row_reasons(
        quotes.strike, quotes.right, quotes.open_interest, quotes.expiry, settles_at, _nanoseconds(quotes.as_of),
        _ROW_CODES, reason,
    )  # fmt: skip
    if not is_ascending:  # most sources list contracts so that nothing can stand there twice
        repeats = _repeats(quotes, reason == 0)
        reason[repeats] = RejectReason.DUPLICATE
        dropped_count += int(np.count_nonzero(repeats))
    return reason, dropped_count


def _repeats(quotes: Quotes, valid: Bools) -> Bools:
    """True for each valid row whose contract stood in an earlier valid row."""
    repeats = np.zeros(len(quotes), np.bool_)
    for right in (1, -1):
        index = np.flatnonzero(valid & (quotes.right == right))
        expiry, strike = quotes.expiry[index], quotes.strike[index]
        order = np.lexsort((strike, expiry))  # stable: of equals the earlier row stays first
        same = (np.diff(expiry[order]) == 0) & (np.diff(strike[order]) == 0.0)
        repeats[index[order[1:][same]]] = True
    return repeats


def _price_reason(quotes: Quotes, rules: CleaningRules) -> tuple[npt.NDArray[np.int16], int]:
    """(per row the reason that makes its bid and ask unusable, or 0; how many have one)."""
    reason = np.empty(len(quotes), np.int16)
    oldest = NOT_A_TIME
    if rules.max_age_seconds is not None:
        oldest = max(NOT_A_TIME, _nanoseconds(quotes.as_of) - round(min(rules.max_age_seconds * 1e9, 2.0**62)))
    refused_count = price_reasons(
        quotes.bid, quotes.ask, quotes.quoted_at.view(np.int64), oldest, _PRICE_CODES, reason
    )  # fmt: skip
    return reason, int(refused_count)


def _nanoseconds(instant: np.datetime64) -> int:
    return int(instant.astype("datetime64[ns]").astype(np.int64))


def _rejects(quotes: Quotes, reason: npt.NDArray[np.int16], refused: Bools) -> Rejects:
    return Rejects(row=quotes.row[refused], reason=reason[refused], open_interest=quotes.open_interest[refused])
