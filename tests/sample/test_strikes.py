"""The strike grids of a sample."""

import numpy as np
import pytest

from gex.errors import InputError
from gex.sample import sample_chain
from gex.sample.expiries import listings
from gex.sample.market import INDEX
from gex.sample.strikes import strike_grid


@pytest.fixture(scope="module")
def chain():
    return sample_chain(option_count=20_000).quotes


def strikes_of(chain, root, date):
    index = next(i for i, e in enumerate(chain.expiries) if e.root == root and str(e.date) == date)
    return chain.strike[(chain.expiry == index) & (chain.right == 1)]


def test_near_the_money_strikes_are_five_points_apart_and_far_out_hundreds(chain):
    strike = strikes_of(chain, "SPX", "2024-07-19")
    near = strike[np.abs(strike / chain.spot - 1.0) < 0.03]
    assert np.all(np.diff(near) == 5.0)
    assert np.all(np.diff(strike[strike < 0.5 * chain.spot]) >= 50.0)
    assert np.all(np.diff(strike)[-5:] >= 100.0)


def test_steps_never_narrow_on_the_way_out_by_more_than_one_rung(chain):
    """Between the 25s the 50s and 100s stay listed: the widest gap up to any distance is a step of the ladder."""
    strike = strikes_of(chain, "SPX", "2024-07-19")
    assert set(np.diff(strike)) <= {5.0, 10.0, 15.0, 20.0, 25.0, 50.0, 75.0, 100.0, 200.0}


def test_long_dated_strikes_are_coarse(chain):
    assert np.median(np.diff(strikes_of(chain, "SPX", "2027-12-17"))) >= 50.0


def test_the_put_wing_is_listed_farther_out_than_the_call_wing(chain):
    strike = strikes_of(chain, "SPX", "2024-07-19")
    assert np.log(chain.spot / strike[0]) > 1.5 * np.log(strike[-1] / chain.spot)


def test_every_expiry_of_the_smallest_chain_has_strikes_on_both_sides_of_the_money():
    quotes = sample_chain(option_count=50).quotes
    for index in range(len(quotes.expiries)):
        strike = quotes.strike[quotes.expiry == index]
        assert len(np.unique(strike)) >= 3
        assert strike.min() < quotes.spot < strike.max()


def test_an_underlying_a_tenth_the_size_has_a_ladder_a_tenth_the_size():
    big, small = (sample_chain(option_count=500, spot=spot).quotes.strike for spot in (5431.6, 543.16))
    np.testing.assert_allclose(small, big / 10.0, rtol=1e-12)


def test_more_strikes_than_the_ladder_has_are_refused_with_the_limit():
    listed = listings(INDEX, INDEX.as_of, option_count=50)
    with pytest.raises(InputError, match=r"option_count: expected at most \d+ for SPX, got 2000000"):
        strike_grid(INDEX, listed, np.full(len(listed), INDEX.spot), strike_count=1_000_000)
