import datetime as dt

import numpy as np
import pandas as pd
import polars as pl
import pytest
from gex_client import Chain, ColumnError, InputError
from gex_client.chain import column_names, signs_of_right
from gex_server.wire.chain import chain_from_proto
from gexapi.v1 import chain_pb2
from hypothesis import given
from hypothesis import strategies as st

from tests.client.conftest import assert_same_columns
from tests.server.requests import chain_message

AS_OF = "2024-03-01T21:00:00Z"
ROWS = {
    "expiry": ["2024-06-21", "2024-03-15", "2024-03-15"],
    "strike": [5100.0, 5000.0, 5000.0],
    "right": ["C", "C", "P"],
    "bid": [90.0, 60.1, np.nan],
    "ask": [91.0, 60.5, 55.6],
    "open_interest": [10.0, 1200.0, 900.0],
}


def chain(**changes):
    return Chain.from_columns(ROWS | changes, underlying="SPX", as_of=AS_OF, spot=5005.0)


def test_a_chain_is_read_by_the_server_as_it_was_written():
    quotes = chain_from_proto(chain(root=["SPX", "SPXW", "SPXW"]).to_proto()).quotes
    assert quotes.underlying == "SPX"
    assert quotes.as_of == np.datetime64("2024-03-01T21:00:00", "ns")
    assert quotes.spot == 5005.0
    assert [(quotes.expiries[i].root, str(quotes.expiries[i].date)) for i in quotes.expiry] == [
        ("SPX", "2024-06-21"),
        ("SPXW", "2024-03-15"),
        ("SPXW", "2024-03-15"),
    ]
    for name in ("strike", "bid", "ask", "open_interest"):
        np.testing.assert_array_equal(getattr(quotes, name), ROWS[name])
    assert quotes.right.tolist() == [1, 1, -1]
    assert np.isnan(quotes.last).all()


def test_every_column_and_fact_of_a_published_chain_comes_back():
    message = chain_message(options=200)
    assert Chain.from_proto(message).to_proto() == message


def test_every_column_of_the_contract_is_a_field():
    fields = {f.name for f in chain_pb2.Chain.DESCRIPTOR.fields if f.is_repeated and f.message_type is None}
    assert {*column_names(), "expiry_spot"} == fields  # one an expiry, not one a row


def test_a_column_of_its_type_is_not_copied():
    strike = np.array([5100.0, 5000.0, 5000.0])
    assert np.shares_memory(chain(strike=strike).strike, strike)


def test_columns_are_read_only():
    with pytest.raises(ValueError, match="read-only"):
        chain().strike[0] = 1.0


def test_a_frame_is_as_good_as_columns():
    frame = pd.DataFrame(ROWS | {"quoted_at": pd.to_datetime([AS_OF] * 3)})
    frame["expiry"] = pd.to_datetime(frame["expiry"])
    from_frame = Chain.from_frame(frame, underlying="SPX", as_of=AS_OF, spot=5005.0)
    quoted_at = np.full(3, np.datetime64("2024-03-01T21:00:00", "ns"))
    assert from_frame.to_proto() == chain(quoted_at=quoted_at).to_proto()


def test_quotes_without_an_instant_travel_as_zero():
    quoted_at = np.array(["NaT", "2024-03-01T20:59:00", "NaT"], "datetime64[ns]")
    sent = chain(quoted_at=quoted_at).to_proto()
    assert sent.quoted_at[0] == 0
    np.testing.assert_array_equal(Chain.from_proto(sent).quoted_at, quoted_at)


def test_terms_of_a_root_can_be_said():
    said = Chain.from_columns(
        ROWS | {"root": ["XY"] * 3}, underlying="SPX", as_of=AS_OF, terms={"XY": {"multiplier": 5.0}}
    )
    assert {expiry.multiplier for expiry in said.to_proto().expiries} == {5.0}


def test_instants_may_be_datetimes():
    moment = dt.datetime(2024, 3, 1, 16, 0, tzinfo=dt.timezone(dt.timedelta(hours=-5)))
    assert Chain.from_columns(ROWS, underlying="SPX", as_of=moment).as_of == np.datetime64("2024-03-01T21:00:00", "ns")


@pytest.mark.parametrize(
    "as_of", ["2024-03-01T21:00:00", "yesterday", dt.datetime(2024, 3, 1), 5, np.datetime64("NaT")]
)
def test_an_instant_that_is_none_is_refused(as_of):
    with pytest.raises(InputError, match="as_of: expected"):
        Chain.from_columns(ROWS, underlying="SPX", as_of=as_of)


@given(
    st.lists(
        st.tuples(
            st.dates(dt.date(2024, 3, 2), dt.date(2030, 1, 1)),
            st.sampled_from(["SPX", "SPXW", ""]),
            st.floats(1.0, 1e5),
            st.sampled_from([1, -1]),
            st.one_of(st.just(float("nan")), st.floats(0.0, 1e6)),
        ),
        min_size=1,
        max_size=40,
    )
)
def test_any_rows_come_back_in_their_order(rows):
    expiry, root, strike, right, bid = (list(values) for values in zip(*rows, strict=True))
    columns = {"expiry": expiry, "root": root, "strike": strike, "right": right, "bid": bid}
    built = Chain.from_columns(columns, underlying="SPX", as_of=AS_OF)
    again = Chain.from_proto(chain_pb2.Chain.FromString(built.to_proto().SerializeToString()))
    terms = [again.expiries[at] for at in again.expiry_index]
    assert [(one.expiry, one.root) for one in terms] == [(str(d), r) for d, r in zip(expiry, root, strict=True)]
    assert_same_columns(
        {"strike": again.strike, "right": again.right, "bid": again.bid},
        {"strike": np.array(strike), "right": np.array(right), "bid": np.array(bid)},
    )


@pytest.mark.parametrize(
    ("change", "column", "row", "words"),
    [
        ({"bid": [1.0, 2.0]}, "bid", 2, "expected 3 rows, got 2"),
        ({"strike": [[1.0], [2.0], [3.0]]}, "strike", None, "1-d"),
        ({"strike": ["a", "b", "c"]}, "strike", None, "expected values of type float64"),
        ({"right": ["C", "X", "P"]}, "right", 1, "expected \\+1 or C, −1 or P, got X"),
        ({"right": [1, -1, 0]}, "right", 2, "got 0"),
        ({"expiry": ["15.3.2024"] * 3}, "expiry", None, "expected dates"),
        ({"root": ["SPX"]}, "root", None, "expected 3 rows, got 1"),
        ({"bids": [1.0, 2.0, 3.0]}, "bids", None, "no such column"),
    ],
)
def test_a_bad_column_is_refused_by_name_and_row(change, column, row, words):
    with pytest.raises(ColumnError, match=words) as seen:
        chain(**change)
    assert (seen.value.column, seen.value.row) == (column, row)


def test_a_chain_without_dates_is_refused():
    with pytest.raises(ColumnError, match="expiry: expected a column of dates"):
        Chain.from_columns({"strike": [1.0], "right": ["C"]}, underlying="SPX", as_of=AS_OF)


def test_rights_may_be_numbers_of_any_type():
    assert signs_of_right(np.array([1.0, -1.0])).tolist() == [1, -1]
    assert signs_of_right(np.array([1, -1], np.int64)).tolist() == [1, -1]


def test_a_polars_frame_makes_the_same_chain_as_a_pandas_one():
    quoted_at = pd.to_datetime(["2024-03-01T15:59:00-05:00", None, "2024-03-01T16:00:00-05:00"], utc=True)
    pandas_frame = pd.DataFrame(ROWS | {"quoted_at": quoted_at})
    polars_frame = pl.from_pandas(pandas_frame.assign(quoted_at=quoted_at.tz_convert("America/New_York")))
    facts = {"underlying": "SPX", "as_of": AS_OF, "spot": 5005.0}
    assert Chain.from_frame(polars_frame, **facts).to_proto() == Chain.from_frame(pandas_frame, **facts).to_proto()
