"""Units into whole contracts."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.errors import InputError, NumericalError
from gex.hedging.sizing import (
    clips,
    greedy_contracts,
    inverse_notional,
    landing_contracts,
    linear_contracts,
)
from gex.rounding import ContractRounding, whole_contracts


def test_index_futures_of_the_reference() -> None:
    """hedging.md §3: 1,000 index units, r − q = 3 %, a quarter: −19.8506 ES; −20 without the carry."""
    growth = math.exp(0.03 * 0.25)
    assert linear_contracts(-1000.0, 50.0, growth) == pytest.approx(-19.8506, abs=5e-5)
    assert linear_contracts(-1000.0, 50.0) == -20.0
    # exposure.md §8.2: a flow of −4,797.13003 units at 5,050 with 44 days left is −95.6308348 ES.
    growth = math.exp((0.04 - 0.013) * 44.0 / 365.0)
    assert linear_contracts(-4797.13003078696, 50.0, growth) == pytest.approx(-95.6308348, abs=5e-8)


def test_inverse_notionals_of_the_reference() -> None:
    """hedging.md §12.1: 100 coin calls of net delta 0.4657302964, alone and with 50 coins of equity."""
    coins = 100.0 * 0.4657302964
    assert inverse_notional(coins, 60_000.0) == pytest.approx(-2_794_381.78, abs=5e-3)
    assert inverse_notional(coins, 60_000.0, 50.0) == pytest.approx(-5_794_381.78, abs=5e-3)
    assert whole_contracts(inverse_notional(coins, 60_000.0) / 10.0) == -279_438


def test_dated_inverse_notionals_use_the_price_of_the_contract() -> None:
    """exposure.md §8.6: r 5 %, option 30 d, future 90 d at 60,744.3047798: coin −29,210.0571246, USD −32,799.7101853."""
    spot, rate, time, vol = 60_000.0, 0.05, 30.0 / 365.0, 0.5
    stdev, carry = vol * math.sqrt(time), rate * time
    d1 = carry / stdev + 0.5 * stdev
    cdf = [0.5 * math.erfc(-x / math.sqrt(2.0)) for x in (d1, d1 - stdev)]
    value = spot * cdf[0] - spot * math.exp(-carry) * cdf[1]
    assert inverse_notional(cdf[0] - value / spot, 60_744.3047798) == pytest.approx(-29_210.0571246, abs=1e-6)
    assert inverse_notional(cdf[0], 60_744.3047798) == pytest.approx(-32_799.7101853, abs=1e-6)


def test_half_a_contract_rounds_away_from_zero() -> None:
    assert [whole_contracts(x) for x in (2.5, -2.5, 0.5, -0.4, 3.49)] == [3, -3, 1, 0, 3]
    assert [whole_contracts(x, ContractRounding.TOWARD_ZERO) for x in (2.9, -2.9, 0.9)] == [2, -2, 0]


def test_es_and_mes_of_the_reference() -> None:
    """exposure.md §8.5: 85,128.394270 ES is 85,128 ES and 4 MES, less 0.005730 ES."""
    counts = greedy_contracts(85_128.394270 * 50.0, [50.0, 5.0])
    assert counts == (85_128, 4)
    assert 85_128.394270 - counts[0] - counts[1] / 10.0 == pytest.approx(-0.005730, abs=1e-9)


@given(st.floats(-1e6, 1e6), st.sampled_from([[50.0, 5.0], [20.0, 2.0], [100.0], [25.0, 5.0, 1.0]]))
def test_a_greedy_pair_leaves_at_most_half_of_the_finest(units: float, sizes: list[float]) -> None:
    counts = greedy_contracts(units, sizes)
    left = units - sum(n * size for n, size in zip(counts, sizes, strict=True))
    assert abs(left) <= 0.5 * sizes[-1] * (1.0 + 1e-9)
    assert all(n * units >= 0.0 for n in counts)  # never one against the other


LADDER = st.sampled_from([[50.0, 5.0], [50.6007, 5.06007], [10.0], [25.0, 5.0, 1.0]])


@given(st.floats(-500.0, 500.0), st.floats(0.0, 100.0), LADDER)
def test_landing_reaches_the_target_and_no_further_than_it_must(
    mishedge: float, target: float, sizes: list[float]
) -> None:
    """Invariants 2 and 8 of hedging.md §8, for any mishedge outside its band."""
    if abs(mishedge) < max(target, 0.5 * sizes[-1]):
        return
    counts = landing_contracts(mishedge, target, sizes)
    after = mishedge + sum(n * size for n, size in zip(counts, sizes, strict=True))
    bound, slack = max(target, 0.5 * sizes[-1]), 1e-6 * sizes[-1]
    assert abs(after) <= bound + slack
    assert abs(after) <= abs(mishedge) + slack
    if sum(map(abs, counts)) > 1:  # more than the one lot that a trigger always trades
        assert abs(after) >= bound - sizes[-1] - slack or after * mishedge < 0.0
        one_less = abs(after) + sizes[-1] if after * mishedge >= 0.0 else sizes[-1] - abs(after)
        assert one_less >= bound - slack  # the fewest lots that do
    if after * mishedge < 0.0:
        assert abs(after) <= 0.5 * sizes[-1] + slack  # zero is crossed by one lot only
    assert all(n * mishedge <= 0.0 for n in counts)


@given(st.integers(-500, 500), st.integers(1, 60))
def test_clips_sum_to_the_order(contracts: int, largest: int) -> None:
    pieces = clips(contracts, largest)
    assert sum(pieces) == contracts
    assert all(0 < abs(piece) <= largest and piece * contracts > 0 for piece in pieces)


def test_sizes_must_descend() -> None:
    with pytest.raises(InputError, match="descending"):
        greedy_contracts(1.0, [5.0, 50.0])


def test_a_mishedge_that_is_no_number_has_no_landing() -> None:
    for mishedge, target in ((math.nan, 0.0), (math.inf, 1.0), (1.0, math.inf)):
        with pytest.raises(NumericalError, match="no landing"):
            landing_contracts(mishedge, target, (50.0, 5.0))
