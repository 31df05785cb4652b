"""Pairing calls with puts, whatever the order of the rows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gex.pairs import pair_up
from gex.quotes import Quotes
from tests.chains import AS_OF, expiry_after

contract = st.tuples(st.integers(0, 2), st.sampled_from([90.0, 95.0, 100.0, 105.0]), st.sampled_from([1, -1]))


@given(st.lists(contract, unique=True, max_size=24))
def test_every_leg_stands_at_its_own_expiry_strike_and_side(contracts: list[tuple[int, float, int]]) -> None:
    quotes = Quotes(
        underlying="X",
        as_of=AS_OF,
        spot=100.0,
        expiries=tuple(expiry_after(days) for days in (1, 7, 30)),
        row=np.arange(len(contracts)),
        expiry=np.array([c[0] for c in contracts], int),
        strike=np.array([c[1] for c in contracts]),
        right=np.array([c[2] for c in contracts], int),
    )
    pairs = pair_up(quotes)
    expected = sorted({c[:2] for c in contracts})
    assert list(zip(pairs.expiry.tolist(), pairs.strike.tolist(), strict=True)) == expected
    for i, (expiry, strike) in enumerate(expected):
        for leg, right in ((pairs.call[i], 1), (pairs.put[i], -1)):
            assert leg == (contracts.index((expiry, strike, right)) if (expiry, strike, right) in contracts else -1)
    for j in range(3):
        assert (pairs.expiry[pairs.start[j] : pairs.start[j + 1]] == j).all()
    assert pairs.start[-1] == len(pairs)
    values = np.arange(len(contracts), dtype=float)
    np.testing.assert_array_equal(np.isnan(pairs.of_call(values)), pairs.call < 0)
    np.testing.assert_array_equal(pairs.of_put(values, -5.0) == -5.0, pairs.put < 0)
