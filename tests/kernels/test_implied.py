"""The solver on the wide book and the hard set, against exact volatilities; the door is in tests/test_implied.py."""

import numpy as np
import pytest

from benchmarks.book import FAMILIES, book, hard_set
from gex.kernels import implied
from gex.kernels.compiling import kernel


@pytest.fixture(scope="module")
def wide():
    return book(3_000)


@pytest.fixture(scope="module")
def hard():
    return hard_set(120)


def solved(options, start=None):
    n = len(options)
    vol, status = np.empty(n), np.full(n, -1, np.int8)
    rows = (options.price, options.forward, options.strike, options.time_to_expiry, options.sign, np.ones(n))
    if start is None:
        implied.implied_vols(*rows, vol, status)
    else:
        implied.implied_vols_from(*rows, start, vol, status)
    return vol, status


def test_well_posed_volatilities_are_exact_to_2e_14(wide):
    vol, status = solved(wide)
    well = wide.attainable < 1e-14
    assert np.count_nonzero(well) > 2_000
    assert not status.any()
    # the goal is 2e-14; 32 × the last bit of the result is 3.6e-15, of the price whatever it allows
    error = np.abs(vol / wide.truth - 1.0)
    assert np.max(error[well]) < 2e-14
    assert np.all(error <= 40.0 * np.maximum(2.0**-53, wide.attainable))


@pytest.mark.parametrize("family", range(len(FAMILIES)), ids=FAMILIES)
def test_hard_rows_are_exact_to_what_their_price_allows(hard, family):
    rows = hard.take(np.flatnonzero(hard.family == family))
    assert len(rows) > 50
    for start in (None, rows.vol * 1.0001, rows.vol * 1.3, np.full(len(rows), np.nan)):
        vol, status = solved(rows, start)
        assert not status.any()
        error = np.abs(vol / rows.truth - 1.0)
        assert np.max(error / np.maximum(2.0**-53, rows.attainable)) < 40.0


@kernel
def lane(price, forward, strike, time, sign, out):
    for i in range(out.shape[0]):
        out[i] = implied.cold_vol(price[i], forward[i], strike[i], time[i], sign[i], 1.0)


def test_the_vector_pass_answers_nearly_all_of_the_book(wide):
    # a row that it leaves to the robust solver costs thirty times as much
    out = np.empty(len(wide))
    lane(wide.price, wide.forward, wide.strike, wide.time_to_expiry, wide.sign, out)
    assert np.count_nonzero(np.isnan(out)) < 0.002 * len(wide)


def test_the_robust_solver_alone_agrees_with_the_vector_pass(wide):
    vol, _ = solved(wide)
    for i in range(0, len(wide), 10):
        alone, status = implied.implied_vol_one(
            wide.price[i], wide.forward[i], wide.strike[i], wide.time_to_expiry[i], wide.sign[i], 1.0
        )
        assert status == implied.OK
        assert alone == pytest.approx(vol[i], rel=5e-14 + 60.0 * wide.attainable[i])
