"""Matching a book to a chain."""

import datetime as dt

import numpy as np
import pytest

from gex.contracts import Right
from gex.portfolio.linear import LinearKind, LinearPositions
from gex.portfolio.positions import LinearLine, OptionLine, UnpricedReason, match_positions
from gex.quotes import Quotes
from tests.books import AS_OF, expiry_in

EXPIRY = expiry_in(30.0, multiplier=100.0)
QUOTES = Quotes(
    underlying="XYZ",
    as_of=AS_OF,
    spot=100.0,
    expiries=(EXPIRY,),
    row=[0, 1, 2],
    expiry=[0, 0, 0],
    strike=[95.0, 100.0, 100.0],
    right=[1, 1, -1],
)
SHARE = LinearPositions(
    spot=100.0, symbol=("SHARE",), kind=[LinearKind.SPOT], contracts=[0.0], multiplier=[1.0], price=[100.0]
)


def option(row: int, strike: float, right: Right, *, root: str = "XYZ", date: dt.date = EXPIRY.date) -> OptionLine:
    return OptionLine(row=row, root=root, expiry=date, strike=strike, right=right, contracts=-10.0)


def test_options_are_keyed_to_the_expiries_of_the_chain() -> None:
    book = match_positions([option(0, 100.0, Right.PUT), option(1, 95.0, Right.CALL)], QUOTES)
    assert book.expiries == QUOTES.expiries
    assert (book.strike.tolist(), book.right.tolist()) == ([100.0, 95.0], [-1, 1])
    assert book.units.tolist() == [-1000.0, -1000.0]
    assert book.label(0) == "XYZ 2024-03-31 100 P"


def test_contracts_that_the_chain_does_not_list_are_named_with_the_reason() -> None:
    lines = [
        option(0, 95.0, Right.PUT),  # listed as a call only
        option(1, 97.0, Right.CALL),
        option(2, 100.0, Right.CALL, date=dt.date(2025, 1, 1)),
        option(3, 100.0, Right.CALL, root="ABC"),
        LinearLine(row=4, symbol="FUT", contracts=3.0),
    ]
    book = match_positions(lines, QUOTES)
    assert len(book) == 0
    assert [u.reason for u in book.unmatched] == [
        UnpricedReason.UNKNOWN_STRIKE,
        UnpricedReason.UNKNOWN_STRIKE,
        UnpricedReason.UNKNOWN_EXPIRY,
        UnpricedReason.UNKNOWN_ROOT,
        UnpricedReason.UNKNOWN_INSTRUMENT,
    ]
    assert book.unmatched[3].message == "-10 ABC 2024-03-31 100 C: unknown root"


def test_contracts_without_optionality_take_their_terms_from_the_caller() -> None:
    lines = [LinearLine(row=0, symbol="SHARE", contracts=-12.0, entry_price=98.0)]
    book = match_positions(lines, QUOTES, linear={"SHARE": SHARE})
    assert book.linear is not None
    assert (book.linear.symbol, book.linear.contracts.tolist()) == (("SHARE",), [-12.0])
    assert book.linear.entry_price == pytest.approx(np.array([98.0]))
