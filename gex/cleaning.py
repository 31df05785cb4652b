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
    reason, dropped_count = _row_reason(quotes)
    refused_count = _mark_prices(quotes, rules, reason)
    if dropped_count + refused_count == 0:
        return parsed
    named = np.flatnonzero(reason)
    rejects = parsed.rejects.joined(
        Rejects(row=quotes.row[named], reason=reason[named], open_interest=quotes.open_interest[named])
    )
    refused = reason >= RejectReason.BAD_PRICE
    if refused_count:
        bid, ask = np.where(refused, np.nan, quotes.bid), np.where(refused, np.nan, quotes.ask)
        quotes = dataclasses.replace(quotes, bid=bid, ask=ask)
    if dropped_count:
        quotes = quotes.where((reason == 0) | refused)
    return Cleaned(quotes=quotes, rejects=rejects, row_count=parsed.row_count)


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


def _mark_prices(quotes: Quotes, rules: CleaningRules, reason: npt.NDArray[np.int16]) -> int:
    """Write into `reason` why the bid and ask of a row that stays cannot be used; returns for how many rows."""
    oldest = NOT_A_TIME
    if rules.max_age_seconds is not None:
        oldest = max(NOT_A_TIME, _nanoseconds(quotes.as_of) - round(min(rules.max_age_seconds * 1e9, 2.0**62)))
    quoted_at = quotes.quoted_at.view(np.int64)
    return int(price_reasons(quotes.bid, quotes.ask, quoted_at, oldest, _PRICE_CODES, reason))


def _nanoseconds(instant: np.datetime64) -> int:
    return int(instant.astype("datetime64[ns]").astype(np.int64))
