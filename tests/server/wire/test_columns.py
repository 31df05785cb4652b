import datetime as dt

import numpy as np
import pytest
from gex_server.wire.columns import (
    column,
    merge_columns,
    merge_dates,
    packed,
    parts,
    refuse_rows,
    row_count,
    varint,
    with_message,
)
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, surface_pb2
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gex.errors import ColumnError


def test_varint_is_that_of_the_protobuf_documentation():
    assert varint(150) == bytes([0x96, 0x01])
    assert varint(300) == bytes([0xAC, 0x02])
    assert varint(0) == b"\0"


@given(arrays(np.float64, st.integers(0, 40)))
def test_doubles_are_encoded_as_protobuf_itself_encodes_them(values):
    own = chain_pb2.Chain(strike=values.tolist())
    assert packed(chain_pb2.Chain.DESCRIPTOR, "strike", values) == own.SerializeToString()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("row", np.array([0, 5, 2**31 - 1])),
        ("quoted_at", np.array([0, 2**63 - 1], np.uint64)),
        ("right", np.array([1, 2, 1, 1])),
    ],
)
def test_every_kind_of_column_comes_back_as_it_went(name, values):
    message = chain_pb2.Chain()
    merge_columns(message, {name: values})
    assert chain_pb2.Chain.FromString(message.SerializeToString()) == chain_pb2.Chain(**{name: values.tolist()})
    np.testing.assert_array_equal(column(message, name), values)
    assert not column(message, name).flags.writeable


def test_dates_are_encoded_as_protobuf_itself_encodes_them():
    dates = (dt.date(2022, 2, 18), dt.date(2022, 3, 18))
    index = np.array([1, 0, 1, 1])
    message = exposure_pb2.ExposureMap()
    merge_dates(message, "expiry", dates, index)
    assert message == exposure_pb2.ExposureMap(expiry=[dates[i].isoformat() for i in index])
    empty = exposure_pb2.ExposureMap()
    merge_dates(empty, "expiry", dates, np.empty(0, np.int64))
    assert empty == exposure_pb2.ExposureMap()


def test_two_merges_of_different_columns_leave_both():
    message = chain_pb2.Chain()
    merge_columns(message, {"strike": np.array([1.0, 2.0])})
    merge_columns(message, {"bid": np.array([np.nan, 2.5]), "right": np.array([1, 2], np.int8)})
    assert message.strike == [1.0, 2.0]
    assert message.right == [common_pb2.RIGHT_CALL, common_pb2.RIGHT_PUT]
    assert np.isnan(message.bid[0])


def test_a_code_that_needs_two_bytes_is_refused():
    with pytest.raises(ColumnError, match="from 0 to 127"):
        packed(chain_pb2.Chain.DESCRIPTOR, "right", np.array([1, 200]))


def test_a_column_of_another_length_is_named_with_the_first_row_that_is_missing():
    chain = chain_pb2.Chain(strike=[1.0, 2.0], right=[1, 2], expiry_index=[0, 0], bid=[1.0])
    with pytest.raises(ColumnError, match=r"chain\.bid: expected 2 rows as in chain\.strike, got 1") as caught:
        row_count(chain, ("strike", "right", "expiry_index"), "chain")
    assert (caught.value.column, caught.value.row) == ("chain.bid", 1)
    with pytest.raises(ColumnError, match=r"chain\.right: expected 2 rows"):
        row_count(chain_pb2.Chain(strike=[1.0, 2.0], expiry_index=[0, 0]), ("strike", "right", "expiry_index"), "chain")


def test_the_first_bad_row_is_named_with_its_value():
    values = np.array([1.0, -2.0, -3.0])
    with pytest.raises(ColumnError, match=r"bid\[1\]: expected no negative price, got -2.0") as caught:
        refuse_rows(values < 0.0, values, "bid", "no negative price")
    assert caught.value.row == 1
    refuse_rows(values > 5.0, values, "bid", "anything")


def test_a_message_appended_in_parts_is_the_message_set():
    chain = chain_pb2.Chain(underlying="SPX", spot=4500.0)
    columns = {"strike": np.arange(300.0), "bid": np.array([]), "right": np.ones(300, np.int8)}
    body = [part for name, values in columns.items() for part in parts(chain_pb2.Chain.DESCRIPTOR, name, values)]
    merge_columns(chain, {"strike": columns["strike"], "right": columns["right"]})
    head = surface_pb2.ComputeVolsRequest(settings={"rate": 0.05})
    number = surface_pb2.ComputeVolsRequest.CHAIN_FIELD_NUMBER
    appended = surface_pb2.ComputeVolsRequest.FromString(
        with_message(
            head.SerializeToString(),
            number,
            [chain_pb2.Chain(underlying="SPX", spot=4500.0).SerializeToString(), *body],
        )
    )
    assert appended == surface_pb2.ComputeVolsRequest(settings={"rate": 0.05}, chain=chain)


def test_a_column_that_is_not_contiguous_or_of_another_type_is_encoded_as_its_values():
    chain = chain_pb2.Chain()
    merge_columns(chain, {"strike": np.arange(10)[::2], "bid": np.arange(10.0)[::-2]})
    assert chain.strike == [0.0, 2.0, 4.0, 6.0, 8.0]
    assert chain.bid == [9.0, 7.0, 5.0, 3.0, 1.0]
