import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from gex.errors import SymbolError
from gex.io.occ_columns import split_occ_symbols
from gex.quotes import RejectReason
from gex.roots import listed_spec
from gex.symbols import parse_occ

roots = st.sampled_from(["SPX", "SPXW", "AMD1", "A", "spx", "1X", "TOOLONGX", "", "BRK.B", "É"])
dates = st.sampled_from(["220218", "220230", "229999", "000000", "22021", "2202188", "22O218", "991231", "240229"])
letters = st.sampled_from(["C", "P", "X", "c", ""])
strikes = st.sampled_from(
    ["04500000", "00000001", "99999999", "00000000", "0450000", "045000000", "-4500000", "0450000٣"]
)
symbols = st.builds(lambda *parts: "".join(parts), roots, st.sampled_from(["", " ", "  "]), dates, letters, strikes)


@example(["BRK.B  220218C04500000", "BRK.B 220218C04500000"])
@given(st.lists(symbols | st.text(max_size=25), max_size=12))
def test_columns_of_symbols_say_what_the_slow_twin_says_of_each(texts):
    columns = split_occ_symbols(texts)
    for row, text in enumerate(texts):
        try:
            symbol = parse_occ(text)
            spec = listed_spec(symbol.root)
        except SymbolError:
            assert columns.status[row] != 0, text
            continue
        assert columns.status[row] == 0, text
        assert columns.listings[columns.listing[row]] == (spec, symbol.date)
        assert (columns.right[row], columns.strike[row]) == (symbol.right, symbol.strike)


def test_each_broken_part_has_its_reason():
    texts = [
        "SPX220218C04500000",
        "SPX220230C04500000",
        "SPX220218X04500000",
        "SPX220218C00000000",
        "spx220218C04500000",
    ]
    columns = split_occ_symbols(texts)
    assert columns.status.tolist() == [
        0,
        RejectReason.UNKNOWN_EXPIRY,
        RejectReason.UNKNOWN_RIGHT,
        RejectReason.BAD_STRIKE,
        RejectReason.MALFORMED,
    ]
    assert columns.listing[columns.status > 0].max() <= 0


def test_no_symbols_are_no_rows():
    assert len(split_occ_symbols([]).status) == 0
    assert split_occ_symbols([""]).status.tolist() == [RejectReason.MALFORMED]


def test_strikes_are_the_nearest_floats_of_their_thousandths():
    texts = [f"SPX220218C{thousandths:08d}" for thousandths in range(1, 100_000, 37)]
    np.testing.assert_array_equal(split_occ_symbols(texts).strike, np.arange(1, 100_000, 37) / 1000.0)
