"""Frozen columns: valid once built, and nobody can change them."""

import dataclasses
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gex.columns import Columns, Floats, Instants, Ints, column
from gex.errors import ColumnError


@dataclass(frozen=True, eq=False, kw_only=True)
class Sample(Columns):
    label: str = ""

    strike: Floats = column(np.float64)
    count: Ints = column(np.int64, fill=7)
    at: Instants = column(np.datetime64, fill=np.datetime64("NaT", "ns"))


def test_columns_are_cast_and_read_only() -> None:
    sample = Sample(strike=[1, 2])
    assert sample.strike.dtype == np.float64
    assert len(sample) == 2
    with pytest.raises(ValueError, match="read-only"):
        sample.strike[0] = 5.0


def test_a_column_left_out_is_filled() -> None:
    sample = Sample(strike=[1.0, 2.0])
    assert sample.count.tolist() == [7, 7]
    assert np.isnat(sample.at).all()
    assert sample.at.dtype == np.dtype("datetime64[ns]")


def test_writing_to_the_source_does_not_reach_the_column() -> None:
    source = np.array([1.0, 2.0])
    sample = Sample(strike=source)
    source[0] = 99.0
    assert sample.strike[0] == 1.0


def test_a_read_only_view_of_writable_memory_is_copied() -> None:
    source = np.array([1.0, 2.0])
    view = source[:]
    view.flags.writeable = False
    sample = Sample(strike=view)
    source[0] = 99.0
    assert sample.strike[0] == 1.0


def test_a_frozen_column_is_shared_without_a_copy() -> None:
    sample = Sample(strike=[1.0])
    assert dataclasses.replace(sample, label="x").strike is sample.strike


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"strike": [1.0, 2.0], "count": [1]}, r"Sample.count: expected a 1-d column of 2 rows, got shape \(1,\)"),
        ({"strike": [[1.0]]}, r"Sample.strike: expected a 1-d column, got shape \(1, 1\)"),
        ({"strike": ["a"]}, r"Sample.strike: expected values of type float64"),
        ({"strike": [1.0], "count": [1.5]}, r"Sample.count: .*not whole numbers of type int64"),
        ({"strike": None}, r"Sample.strike: expected a column, got None"),
        ({"strike": [1.0], "count": [1e30]}, r"Sample.count: "),
    ],
)
def test_what_does_not_fit_is_refused_by_name(values: dict[str, object], message: str) -> None:
    with pytest.raises(ColumnError, match=message) as caught:
        Sample(**values)
    assert caught.value.column in {"strike", "count"}


@given(hnp.arrays(np.float64, st.integers(0, 20)), st.data())
def test_where_keeps_the_rows_of_the_mask_in_every_column(strike: Floats, data: st.DataObject) -> None:
    mask = data.draw(hnp.arrays(np.bool_, len(strike)))
    sample = Sample(strike=strike, count=np.arange(len(strike)), label="kept")
    kept = sample.where(mask)
    assert kept.label == "kept"
    np.testing.assert_array_equal(kept.strike, strike[mask])
    np.testing.assert_array_equal(kept.count, np.flatnonzero(mask))
