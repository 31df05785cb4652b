import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.calendar import instant
from gex.errors import GexError, InputError, SourceError
from gex.io.detect import parse_chain as parse_any
from gex.io.named_columns import parse_chain
from gex.quotes import RejectReason

AS_OF = instant("2022-02-04T21:15")
CSV = """expiry,strike,right,bid,ask,open_interest,iv,spot
2022-02-18,4500,C,79.9,81.2,1500,0.21,4500.5
2022-02-18,4500,put,78.1,79.4,"2,500",0.213,4500.5
20220318,4500,1,120,121,10,,4500.5
03/18/2022,4500,P,,121,10,0.2,4500.5
"""


def frame():
    return pd.DataFrame(
        {
            "when": pd.to_datetime(["2022-02-18", "2022-02-18", "2022-03-18", "2022-03-18"]),
            "K": [4500, 4500, 4500, 4500],
            "cp": pd.Categorical(["C", "P", "C", "P"]),
            "bid": [79.9, 78.1, 120.0, None],
            "ask": [81.2, 79.4, 121.0, 121.0],
            "oi": [1500, 2500, 10, 10],
            "iv": [0.21, 0.213, None, 0.2],
            "spot": [4500.5] * 4,
        }
    )


MAPPING = {"expiry": "when", "strike": "K", "right": "cp", "open_interest": "oi"}


def parquet():
    packed = io.BytesIO()
    frame().to_parquet(packed)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("payload", "columns"), [(CSV, None), (frame(), MAPPING), (parquet(), MAPPING)], ids=["csv", "frame", "parquet"]
)
def test_csv_parquet_and_frame_say_the_same(payload, columns):
    chain = parse_chain(payload, AS_OF, underlying="SPX", columns=columns)
    quotes = chain.quotes
    assert not len(chain.rejects)
    assert (quotes.underlying, quotes.spot) == ("SPX", 4500.5)
    assert [expiry.settles_at for expiry in quotes.expiries] == [
        instant("2022-02-18T14:30"),
        instant("2022-03-18T13:30"),
    ]
    np.testing.assert_array_equal(quotes.expiry, [0, 0, 1, 1])
    np.testing.assert_array_equal(quotes.right, [1, -1, 1, -1])
    np.testing.assert_array_equal(quotes.bid, [79.9, 78.1, 120.0, np.nan])
    np.testing.assert_array_equal(quotes.open_interest, [1500, 2500, 10, 10])
    np.testing.assert_array_equal(quotes.source_vol, [0.21, 0.213, np.nan, 0.2])


def test_symbols_name_contracts_of_either_notation():
    occ = parse_chain("symbol,bid,ask\nSPXW  220218C04500000,1,2\nSPX220218P04500000,1,2\n", AS_OF).quotes
    assert [(expiry.root, str(expiry.date)) for expiry in occ.expiries] == [
        ("SPX", "2022-02-18"),
        ("SPXW", "2022-02-18"),
    ]
    coin = parse_chain("symbol,bid,ask\nBTC-18FEB22-45000-C,0.01,0.02\n", AS_OF).quotes
    assert coin.expiries[0].settles_at == instant("2022-02-18T08:00")


def test_a_column_of_roots_keeps_am_and_pm_apart():
    table = "root,expiry,strike,right\nSPX,2022-02-18,4500,C\nSPXW,2022-02-18,4500,C\n"
    quotes = parse_chain(table, AS_OF).quotes
    assert [expiry.root for expiry in quotes.expiries] == ["SPX", "SPXW"]
    assert quotes.underlying == "SPX"


def test_the_latest_quote_says_when_the_chain_holds():
    table = (
        "symbol,quoted_at\n"
        "SPX220218C04500000,2022-02-04T15:59:00-05:00\n"
        "SPX220218P04500000,2022-02-04T20:30:00+00:00\n"
        "SPX220218P04600000,\n"
    )
    quotes = parse_chain(table).quotes
    assert quotes.as_of == instant("2022-02-04T20:59")
    assert np.isnat(quotes.quoted_at[2])


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("soon,4500,C,1,2,3,0.2,1", RejectReason.UNKNOWN_EXPIRY),
        ("2022-02-30,4500,C,1,2,3,0.2,1", RejectReason.UNKNOWN_EXPIRY),
        ("2090-01-01,4500,C,1,2,3,0.2,1", RejectReason.UNKNOWN_EXPIRY),
        ("2022-02-18,many,C,1,2,3,0.2,1", RejectReason.BAD_STRIKE),
        ("2022-02-18,,C,1,2,3,0.2,1", RejectReason.BAD_STRIKE),
        ("2022-02-18,inf,C,1,2,3,0.2,1", RejectReason.BAD_STRIKE),
        ("2022-02-18,4500,X,1,2,3,0.2,1", RejectReason.UNKNOWN_RIGHT),
        ("2022-02-18,4500,,1,2,3,0.2,1", RejectReason.UNKNOWN_RIGHT),
        ("2022-02-18,4600,C,1,2,-3,0.2,1", RejectReason.BAD_OPEN_INTEREST),
        ("2022-02-18,4600,C,inf,2,3,0.2,1", RejectReason.BAD_PRICE),
        ("2022-02-18,4600,C,one,2,3,0.2,1", RejectReason.BAD_PRICE),
        ("2022-02-18,4500,C,1,2,3,0.2,1", RejectReason.DUPLICATE),
        ("2022-02-04,4500,C,1,2,3,0.2,1", RejectReason.EXPIRED),
        ("2022-02-18,4500", RejectReason.UNKNOWN_EXPIRY),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_for_its_reason(line, reason):
    chain = parse_chain(CSV + line + "\n", AS_OF, underlying="SPX")
    assert chain.rejects.counts() == {reason: 1}
    assert chain.rejects.row.tolist() == [4]
    assert chain.row_count == 5


@pytest.mark.parametrize(
    ("payload", "options", "error", "message"),
    [
        ("", {}, SourceError, "line 1: expected the names"),
        ("a,b\n1,2\n", {}, SourceError, "line 1: expected a column symbol, or expiry, strike and right, got a, b"),
        (CSV, {}, SourceError, "expected a column root or symbol, or the name of the root"),
        (CSV, {"root": "SPX"}, SourceError, "quoted_at: no column says when"),
        (CSV, {"columns": {"strike": "K"}}, SourceError, "expected a column 'K' for strike"),
        (CSV, {"columns": {"price": "K"}}, InputError, "columns: expected some of symbol"),
        (CSV, {"root": "spx!", "as_of": AS_OF}, SourceError, "no option could be read in 4 rows"),
        (b"PAR1 but not really", {}, SourceError, "not a whole Parquet file"),
        (parquet()[:-30], {}, SourceError, "not a whole Parquet file"),
    ],
)
def test_a_table_that_is_no_chain_is_an_error_that_names_place_and_reason(payload, options, error, message):
    with pytest.raises(error, match=message):
        parse_chain(payload, **options)


def test_a_table_is_told_by_its_names():
    table = "root,expiry,strike,right,bid,ask\nSPX,2022-02-18,4500,C,1,2\n"
    assert parse_any(table, as_of=AS_OF).quotes.source == "columns"
    assert parse_any(parquet_with_symbols(), as_of=AS_OF).quotes.source == "columns"


def parquet_with_symbols():
    packed = io.BytesIO()
    pd.DataFrame({"symbol": ["SPX220218C04500000"], "bid": [1.0]}).to_parquet(packed)
    return packed.getvalue()


values = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=6)
    | st.datetimes()
    | st.binary(max_size=3)
)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["when", "K", "cp", "bid", "ask", "oi", "iv", "spot"]), st.lists(values, min_size=4, max_size=4))
def test_any_values_in_any_column_leave_a_chain_or_a_gex_error(name, column):
    table = frame()
    table[name] = pd.Series(column, dtype=object)
    try:
        chain = parse_chain(table, AS_OF, underlying="SPX", columns=MAPPING)
    except GexError:
        return
    dropped = sum(reason < 100 for reason in chain.rejects.reason.tolist())
    assert chain.row_count == 4 == len(chain.quotes) + dropped
    assert (chain.quotes.strike > 0).all()


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60), st.integers(0, 250), st.integers(0, 60))
def test_noise_in_a_csv_leaves_a_chain_or_a_gex_error(noise, start, length):
    payload = CSV.encode()
    try:
        parse_chain(payload[:start] + noise + payload[start + length :], AS_OF, underlying="SPX")
    except GexError:
        return


TICKER_BESIDE_TERMS = """contractID,symbol,expiration,strike,type,bid,ask,date
SPX220218C04500000,SPX,2022-02-18,4500.00,call,79.9,81.2,2022-02-04
SPXW220218P04500000,SPX,2022-02-18,4500.00,put,78.1,79.4,2022-02-04
"""
DATASHOP = """underlying_symbol,quote_datetime,root,expiration,strike,option_type,bid,ask,open_interest
^SPX,2022-02-04 16:15:00,SPXW,2022-02-18,4500.000,C,79.9,81.2,10
^SPX,2022-02-04 16:15:00,SPX,2022-02-18,4500.000,P,78.1,79.4,10
"""


def test_the_column_that_holds_symbols_names_the_contract_and_not_the_ticker_beside_it():
    quotes = parse_any(TICKER_BESIDE_TERMS.encode(), as_of=AS_OF).quotes
    assert [expiry.root for expiry in quotes.expiries] == ["SPX", "SPXW"]


def test_a_ticker_beside_expiry_strike_and_right_is_the_root():
    text = TICKER_BESIDE_TERMS.replace("contractID", "id").replace(",SPX,", ",$SPX,")
    chain = parse_any(text.encode(), as_of=AS_OF)
    assert [(e.root, str(e.date)) for e in chain.quotes.expiries] == [("SPX", "2022-02-18")]
    assert chain.quotes.right.tolist() == [1, -1]
    assert not len(chain.rejects)


def test_the_quote_datetime_of_datashop_is_new_york_time():
    quotes = parse_any(DATASHOP.encode()).quotes
    assert quotes.as_of == AS_OF
    assert [expiry.root for expiry in quotes.expiries] == ["SPX", "SPXW"]
    assert parse_any(DATASHOP.replace(":00,S", ":00Z,S").encode()).quotes.as_of == instant("2022-02-04T16:15")
