import threading

import numpy as np
import pytest

from gex.kernels.chunks import aligned, in_chunks


def test_columns_come_out_contiguous_read_only_and_of_one_length():
    strided = np.arange(10.0)[::2]
    scalar, column, signs = aligned(1.5, strided, [1, -1, 1, -1, 1], dtypes=(np.float64, np.float64, np.int8))
    assert scalar.tolist() == [1.5] * 5
    assert column.tolist() == strided.tolist()
    assert signs.dtype == np.int8
    for values in (scalar, column, signs):
        assert values.flags.c_contiguous
        assert not values.flags.writeable


def test_frozen_columns_pass_without_a_copy():
    column = np.arange(4.0)
    column.flags.writeable = False
    assert aligned(column, 1.0)[0] is column


def test_the_array_of_the_caller_stays_writeable():
    column = np.arange(4.0)
    aligned(column)
    column[0] = 7.0


def test_scalars_alone_are_one_row_and_nothing_is_no_rows():
    assert aligned(1.0, 2.0)[0].shape == (1,)
    assert [c.shape for c in aligned([], 2.0)] == [(0,), (0,)]


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match="one length"):
        aligned([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(ValueError, match="1-d"):
        aligned(np.ones((2, 2)))


@pytest.mark.parametrize("count", [0, 1, 99, 200, 1001])
def test_chunks_cover_every_row_once(count):
    touched = np.zeros(count, int)
    threads = set()

    def work(start, stop):
        touched[start:stop] += 1
        threads.add(threading.get_ident())

    in_chunks(count, work, chunk=100)
    assert np.all(touched == 1)


def test_an_error_in_a_chunk_reaches_the_caller():
    def work(start, stop):
        if start > 0:
            raise ArithmeticError("late rows")
        if stop == 1000:
            raise ArithmeticError("late rows")

    with pytest.raises(ArithmeticError, match="late rows"):
        in_chunks(1000, work, chunk=10)
