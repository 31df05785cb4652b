"""Positions from CSV."""

import datetime as dt
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.contracts import Right
from gex.errors import ColumnError
from gex.portfolio.positions import LinearLine, OptionLine
from gex.portfolio.reading import parse_positions, read_positions

SEPTEMBER = OptionLine(
    row=0, root="SPXW", expiry=dt.date(2023, 9, 14), strike=4505.0, right=Right.CALL, contracts=-10.0
)


@pytest.mark.parametrize(
    "text",
    [
        "symbol,contracts\nSPXW230914C04505000,-10\n",
        'symbol, contracts\r\n"SPXW  230914C04505000", -10\r\n',
        "\ufeffroot,expiry,strike,right,contracts\nSPXW,2023-09-14,4505,C,-10",
        "Contracts,Right,Strike,Expiry,Root\n-10,call,4505.0,2023-09-14,SPXW\n\n,,,,\n",
        "symbol,root,expiry,strike,right,contracts\n,SPXW,2023-09-14,4505,C,-10",
    ],
)
def test_every_way_to_write_a_position_is_the_same_position(text: str) -> None:
    assert parse_positions(text) == (SEPTEMBER,)


def test_deribit_names_and_listed_instruments_are_symbols_too() -> None:
    lines = parse_positions(
        "symbol,contracts,entry_price\nBTC-25SEP20-9000-P,1.5,\nBTC-PERPETUAL,-400,9100",
        linear_symbols={"BTC-PERPETUAL"},
    )
    assert isinstance(lines[0], OptionLine)
    assert (lines[0].root, lines[0].contracts) == ("BTC", 1.5)
    assert lines[1] == LinearLine(row=1, symbol="BTC-PERPETUAL", contracts=-400.0, entry_price=9100.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "positions line 1: expected a header"),
        ("symbol,quantity\n", "positions line 1, column quantity: unknown column"),
        ("symbol\nX", "positions line 1, column contracts: the column is missing"),
        ("root,expiry,strike,contracts\n", "positions line 1, column right: the column is missing"),
        ("symbol,contracts,contracts\n", "positions line 1, column contracts: the column appears twice"),
        (
            "symbol,contracts\nSPXW230914C04505000,ten",
            "positions line 2, column contracts: expected a number, got 'ten'",
        ),
        (
            "symbol,contracts\nSPXW230914C04505000,nan",
            "positions line 2, column contracts: expected a number, got 'nan'",
        ),
        ("symbol,contracts\n\nSPXX,1", "positions line 3, column symbol: neither an option nor a listed instrument"),
        ("symbol,contracts\nSPXW230914C04505000,1,2", "positions line 2, column symbol: expected 2 cells, got 3"),
        ("root,expiry,strike,right,contracts\nA,14/09/2023,1,C,1", "positions line 2, column expiry: expected a date"),
        (
            "root,expiry,strike,right,contracts\nA,2023-09-14,-5,C,1",
            "positions line 2, column strike: expected a positive",
        ),
        ("root,expiry,strike,right,contracts\nA,2023-09-14,5,X,1", "positions line 2, column right: expected C or P"),
        ("root,expiry,strike,right,contracts\n,2023-09-14,5,C,1", "positions line 2, column root: the cell is empty"),
    ],
)
def test_bad_text_is_refused_by_line_and_column(text: str, message: str) -> None:
    with pytest.raises(ColumnError) as caught:
        parse_positions(text)
    assert str(caught.value).startswith(message)


GOOD = "SPXW,2023-09-14,4505,C,-10"


def test_good_lines_count_and_bad_ones_come_back_with_line_column_and_reason() -> None:
    bad = ["SPXW,2023-09-14,4505,X,1", "SPXW,14/09/2023,4505,C,1", "SPXW,2023-09-14,4505,C", 'SPXW,2023-09-14,,C,"1']
    text = "\n".join(["root,expiry,strike,right,contracts", GOOD, bad[0], GOOD, "", bad[1], bad[2], GOOD, bad[3]])
    reading = read_positions(text)
    assert [(line.row, line.contracts) for line in reading.lines] == [(0, -10.0), (1, -10.0), (2, -10.0)]
    assert [(one.line, one.column) for one in reading.rejects] == [
        (3, "right"),
        (6, "expiry"),
        (7, "root"),
        (9, "strike"),
    ]
    assert all(f"line {one.line}" in one.message for one in reading.rejects)
    assert reading.rejects[0].cells == tuple(bad[0].split(","))


@given(st.lists(st.sampled_from(["good", "bad"]), max_size=30))
def test_every_line_is_a_position_or_a_reject(kinds: list[str]) -> None:
    rows = [GOOD if kind == "good" else "SPXW,2023-09-14,-1,C,1" for kind in kinds]
    reading = read_positions("\n".join(["root,expiry,strike,right,contracts", *rows]))
    assert len(reading.lines) == kinds.count("good")
    assert [one.line for one in reading.rejects] == [i + 2 for i, kind in enumerate(kinds) if kind == "bad"]


def test_prices_paid_are_read_for_options_too() -> None:
    reading = read_positions("symbol,contracts,entry_price\nSPXW230914C04505000,-10,12.5\nSPXW230914P04505000,1,-2")
    assert reading.lines[0].entry_price == 12.5
    assert [one.column for one in reading.rejects] == ["entry_price"]


@given(st.text(alphabet='symbol,contracts\n\r" SPXW230914C04505000-1.eE+é\x00', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ColumnError):
        assert isinstance(parse_positions(text), tuple)


def test_positions_may_name_their_account() -> None:
    lines = parse_positions(
        "symbol,contracts,account\nSPXW230914C04505000,-10,desk-1\nESZ3,4,desk-2\nSPXW230914P04505000,1,\n",
        linear_symbols={"ESZ3"},
    )
    assert [line.account for line in lines] == ["desk-1", "desk-2", ""]
