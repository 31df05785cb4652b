"""Cleaning: every refusal has a name, nothing is repaired, good rows still count."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.cleaning import CleaningRules, clean
from gex.quotes import Cleaned, Quotes, RejectReason, Rejects
from tests.chains import AS_OF, expiry_after


def chain(**changes: object) -> Cleaned:
    columns: dict[str, object] = {
        "row": [10, 11, 12, 13],
        "expiry": [0, 0, 0, 0],
        "strike": [4900.0, 5000.0, 5000.0, 5100.0],
        "right": [1, 1, -1, -1],
        "bid": [101.0, 50.0, 49.0, 99.0],
        "ask": [102.0, 51.0, 50.0, 101.0],
        "open_interest": [5.0, 6.0, 7.0, 8.0],
    }
    columns.update(changes)
    quotes = Quotes(underlying="SPX", as_of=AS_OF, spot=5000.0, expiries=(expiry_after(7),), **columns)  # type: ignore[arg-type]
    return Cleaned(quotes=quotes, rejects=Rejects.empty(), row_count=len(quotes))


def test_a_clean_chain_loses_nothing() -> None:
    cleaned = clean(chain())
    assert len(cleaned.quotes) == 4
    assert cleaned.rejects.counts() == {}


@pytest.mark.parametrize(
    ("changes", "reason", "row"),
    [
        ({"strike": [4900.0, np.nan, 5000.0, 5100.0]}, RejectReason.BAD_STRIKE, 11),
        ({"strike": [4900.0, -5.0, 5000.0, 5100.0]}, RejectReason.BAD_STRIKE, 11),
        ({"strike": [0.0, 5000.0, 5000.0, 5100.0]}, RejectReason.BAD_STRIKE, 10),
        ({"right": [1, 1, 0, -1]}, RejectReason.UNKNOWN_RIGHT, 12),
        ({"strike": [5000.0, 5000.0, 5000.0, 5100.0]}, RejectReason.DUPLICATE, 11),
        ({"open_interest": [5.0, 6.0, -1.0, 8.0]}, RejectReason.BAD_OPEN_INTEREST, 12),
        ({"open_interest": [5.0, np.inf, 1.0, 8.0]}, RejectReason.BAD_OPEN_INTEREST, 11),
    ],
)
def test_a_bad_row_goes_and_is_named(changes: dict[str, object], reason: RejectReason, row: int) -> None:
    cleaned = clean(chain(**changes))
    assert cleaned.rejects.counts() == {reason: 1}
    assert cleaned.rejects.row.tolist() == [row]
    assert row not in cleaned.quotes.row
    assert len(cleaned.quotes) == 3
    assert reason.drops_row


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bid": [101.0, 52.0, 49.0, 99.0]}, RejectReason.CROSSED),
        ({"ask": [102.0, np.nan, 50.0, 101.0]}, RejectReason.NO_ASK),
        ({"bid": [101.0, -1.0, 49.0, 99.0]}, RejectReason.BAD_PRICE),
        ({"ask": [102.0, np.inf, 50.0, 101.0]}, RejectReason.BAD_PRICE),
        ({"bid": [1.0, np.nan, 49.0, 99.0], "ask": [2.0, np.nan, 50.0, 101.0]}, RejectReason.NO_QUOTE),
        ({"quoted_at": [AS_OF, AS_OF - np.timedelta64(901, "s"), AS_OF, "NaT"]}, RejectReason.STALE),
    ],
)
def test_a_bad_price_goes_but_its_open_interest_counts(changes: dict[str, object], reason: RejectReason) -> None:
    cleaned = clean(chain(**changes))
    assert cleaned.rejects.counts() == {reason: 1}
    assert cleaned.rejects.row.tolist() == [11]
    assert len(cleaned.quotes) == 4
    assert np.isnan(cleaned.quotes.bid[1])
    assert np.isnan(cleaned.quotes.ask[1])
    assert cleaned.quotes.open_interest[1] == 6.0
    assert not reason.drops_row


def test_a_zero_bid_keeps_its_ask_and_a_locked_market_is_kept() -> None:
    cleaned = clean(chain(bid=[np.nan, 51.0, 49.0, 99.0]))
    assert cleaned.rejects.counts() == {}
    assert cleaned.quotes.ask[0] == 102.0
    assert cleaned.quotes.bid[1] == cleaned.quotes.ask[1] == 51.0


def test_age_is_not_judged_without_a_rule() -> None:
    old = chain(quoted_at=np.full(4, AS_OF - np.timedelta64(9, "h")))
    assert clean(old, CleaningRules(max_age_seconds=None)).rejects.counts() == {}
    assert clean(old).rejects.counts() == {RejectReason.STALE: 4}


def test_settled_contracts_are_dropped_and_counted() -> None:
    quotes = chain().quotes
    settled = Quotes(**{**vars(quotes), "expiries": (expiry_after(0),)})
    cleaned = clean(Cleaned(quotes=settled, rejects=Rejects.empty(), row_count=4))
    assert len(cleaned.quotes) == 0
    assert cleaned.rejects.counts() == {RejectReason.EXPIRED: 4}
    assert cleaned.rejects.open_interest.sum() == 26.0


def test_rejects_of_the_parser_stay_and_all_are_in_the_order_of_the_source() -> None:
    parsed = chain(right=[1, 1, 0, -1])
    parsed = Cleaned(
        quotes=parsed.quotes,
        rejects=Rejects(row=np.array([3, 99]), reason=np.array([RejectReason.MALFORMED] * 2)),
        row_count=6,
    )
    cleaned = clean(parsed)
    assert cleaned.rejects.row.tolist() == [3, 12, 99]
    assert cleaned.row_count == 6


numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([4900.0, 5000.0, 5100.0, 0.0, -1.0])
)


@given(st.lists(st.tuples(numbers, st.integers(-2, 2), numbers, numbers, numbers), max_size=30))
def test_whatever_comes_every_row_is_kept_or_named_once(rows: list[tuple[float, int, float, float, float]]) -> None:
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
    parsed = chain(
        row=np.arange(len(rows)),
        expiry=np.zeros(len(rows), int),
        strike=np.array(columns[0], float),
        right=np.array(columns[1], int),
        bid=np.array(columns[2], float),
        ask=np.array(columns[3], float),
        open_interest=np.array(columns[4], float),
    )
    cleaned = clean(parsed)
    gone = [
        r for r, why in zip(cleaned.rejects.row, cleaned.rejects.reason, strict=True) if RejectReason(why).drops_row
    ]
    assert sorted([*cleaned.quotes.row, *gone]) == list(range(len(rows)))
    assert len(set(cleaned.rejects.row.tolist())) == len(cleaned.rejects)
    kept = cleaned.quotes
    assert not (kept.bid > kept.ask).any()
    keys = set(zip(kept.strike, kept.right, strict=True))
    assert len(keys) == len(kept)


def slow_reasons(quotes: Quotes, max_age_seconds: float | None) -> list[RejectReason | None]:
    """Per row the rule that refuses it, row by row as the rules are written down."""
    seen, reasons = set(), []
    columns = (
        quotes.strike,
        quotes.right,
        quotes.open_interest,
        quotes.bid,
        quotes.ask,
        quotes.quoted_at,
        quotes.expiry,
    )
    for strike, right, interest, bid, ask, quoted_at, expiry in zip(*columns, strict=True):
        reason = None
        if not (np.isfinite(strike) and strike > 0):
            reason = RejectReason.BAD_STRIKE
        elif right not in {1, -1}:
            reason = RejectReason.UNKNOWN_RIGHT
        elif quotes.expiries[expiry].settles_at <= quotes.as_of:
            reason = RejectReason.EXPIRED
        elif np.isinf(interest) or interest < 0:
            reason = RejectReason.BAD_OPEN_INTEREST
        elif (expiry, strike, right) in seen:
            reason = RejectReason.DUPLICATE
        else:
            seen.add((expiry, strike, right))
            has_bid, has_ask = bid > 0, ask > 0
            if np.isinf(bid) or np.isinf(ask) or bid < 0 or ask < 0:
                reason = RejectReason.BAD_PRICE
            elif not has_ask:
                reason = RejectReason.NO_ASK if has_bid else RejectReason.NO_QUOTE
            elif bid > ask:
                reason = RejectReason.CROSSED
            elif max_age_seconds is not None and not np.isnat(quoted_at):
                age = (quotes.as_of - quoted_at) / np.timedelta64(1, "s")
                reason = RejectReason.STALE if age > max_age_seconds else None
        reasons.append(reason)
    return reasons


ages = st.sampled_from([0, 1, 899, 900, 901, 10**6, None])
prices = st.one_of(numbers, st.floats(0.0, 50.0))


@given(
    st.lists(st.tuples(numbers, st.sampled_from([1, -1, 1, -1, 0]), prices, prices, numbers, ages, st.integers(0, 1))),
    st.sampled_from([900.0, None, 0.0, 1e300]),
    st.booleans(),
)
def test_the_reasons_are_those_of_the_rules_one_row_at_a_time(
    rows: list[tuple[float, int, float, float, float, int | None, int]], max_age_seconds: float | None, is_sorted: bool
) -> None:
    if is_sorted:
        rows = sorted(rows, key=lambda row: (row[6], row[0]))
    strike, right, bid, ask, interest, age, expiry = zip(*rows, strict=True) if rows else ((),) * 7
    base = chain()
    as_of = base.quotes.as_of
    quoted_at = [
        np.datetime64("NaT", "ns") if seconds is None else as_of - np.timedelta64(seconds, "s") for seconds in age
    ]
    settled = dataclasses.replace(base.quotes.expiries[0], settles_at=as_of)
    parsed = Cleaned(
        quotes=Quotes(
            underlying="SPX", as_of=as_of, spot=5000.0, expiries=(base.quotes.expiries[0], settled),
            row=np.arange(len(rows)), expiry=np.array(expiry, np.int32), strike=np.array(strike, float),
            right=np.array(right, np.int8), bid=np.array(bid, float), ask=np.array(ask, float),
            open_interest=np.array(interest, float), quoted_at=np.array(quoted_at, "datetime64[ns]"),
        ),
        rejects=Rejects.empty(),
        row_count=len(rows),
    )  # fmt: skip
    cleaned = clean(parsed, CleaningRules(max_age_seconds=max_age_seconds))
    found = dict(zip(cleaned.rejects.row.tolist(), cleaned.rejects.reason.tolist(), strict=True))
    slow = slow_reasons(parsed.quotes, max_age_seconds)
    assert found == {row: int(reason) for row, reason in enumerate(slow) if reason is not None}
