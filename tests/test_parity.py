"""Put–call parity: the slope of exact and noisy pairs, the box, and which pairs are near the money."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.columns import Floats
from gex.parity import ParityPairs, allowed_forwards, shown_discount_factors


def pairs_of(
    strike: Floats, call_less_put: Floats, half_width: Floats, *, straddle: float | None = None
) -> ParityPairs:
    """One expiry; with a straddle as dear as the strikes every pair is near the money."""
    money = straddle if straddle is not None else 10.0 * float(strike.max())
    return ParityPairs(
        start=np.array([0, len(strike)]),
        is_inverse=np.array([False]),
        strike=strike,
        call_less_put=call_less_put,
        half_width=half_width,
        straddle=np.full(len(strike), money),
    )


def parity_slope(strike: Floats, call_less_put: Floats, half_width: Floats) -> tuple[float, float]:
    shown = shown_discount_factors(pairs_of(strike, call_less_put, half_width))
    return float(shown.discount_factor[0]), float(shown.standard_error[0])


@given(st.floats(0.7, 1.05), st.floats(50.0, 9000.0))
def test_exact_parity_has_its_slope(discount_factor: float, forward: float) -> None:
    strike = forward * np.linspace(0.8, 1.2, 21)
    slope, error = parity_slope(strike, discount_factor * (forward - strike), np.full(21, 0.1))
    assert slope == pytest.approx(discount_factor, rel=1e-11)
    assert error > 0.0


def test_one_wild_pair_hardly_moves_the_slope() -> None:
    strike = np.linspace(80, 120, 41)
    price = 0.97 * (101.0 - strike)
    price[3] += 25.0
    slope, _ = parity_slope(strike, price, np.full(41, 0.05))
    assert slope == pytest.approx(0.97, abs=2e-4)


def test_the_standard_error_is_that_of_repeated_noise() -> None:
    rng = np.random.default_rng(3)
    strike, half_width = np.linspace(80, 120, 41), np.full(41, 0.2)
    noise = rng.uniform(-0.2, 0.2, size=(2000, 41))
    found = np.array([parity_slope(strike, 0.97 * (101.0 - strike) + n, half_width) for n in noise])
    assert found[:, 0].std() == pytest.approx(found[:, 1].mean(), rel=0.1)  # 2,000 draws: 1.6 % of sampling error


def test_too_few_pairs_carry_no_slope() -> None:
    assert np.isnan(parity_slope(np.array([1.0, 2.0, 3.0]), np.zeros(3), np.ones(3))).all()
    assert np.isnan(parity_slope(np.full(5, 100.0), np.zeros(5), np.ones(5))).all()


def test_the_box_is_the_intersection_and_the_forward_inside_it() -> None:
    strike = np.array([95.0, 100.0, 105.0])
    found = allowed_forwards(pairs_of(strike, 101.0 - strike, np.array([0.5, 0.1, 0.4])), np.array([1.0]))
    assert found.lower[0] == pytest.approx(100.9)
    assert found.upper[0] == pytest.approx(101.1)
    assert found.forward[0] == pytest.approx(101.0)
    assert found.dropped_count[0] == 0


def test_only_pairs_near_the_money_make_the_forward() -> None:
    strike = np.linspace(50.0, 150.0, 101)
    centre = 100.0 - strike
    centre[:20] += 5.0  # dead quotes far in the money
    found = allowed_forwards(pairs_of(strike, centre, np.full(101, 0.1), straddle=8.0), np.array([1.0]))
    assert found.forward[0] == pytest.approx(100.0)
    assert found.pair_count[0] == sum(abs(np.log(strike / 100.0)) <= 1.5 * 8.0 / 0.8 / 100.0)
    assert found.dropped_count[0] == 0


def test_a_straddle_worth_nothing_still_leaves_the_nearest_four() -> None:
    strike = np.array([90.0, 95.0, 99.0, 100.0, 101.0, 110.0])
    found = allowed_forwards(pairs_of(strike, 100.0 - strike, np.full(6, 0.1), straddle=0.0), np.array([1.0]))
    assert found.pair_count[0] == 4
    assert found.forward[0] == pytest.approx(100.0)


@given(st.lists(st.tuples(st.floats(90.0, 110.0), st.floats(0.01, 2.0)), min_size=1, max_size=12))
def test_the_forward_lies_in_the_box_of_what_was_kept(quotes: list[tuple[float, float]]) -> None:
    strike = np.linspace(80.0, 120.0, len(quotes))
    centre = np.array([q[0] for q in quotes]) - strike
    found = allowed_forwards(pairs_of(strike, centre, np.array([q[1] for q in quotes])), np.array([1.0]))
    assert found.lower[0] <= found.forward[0] <= found.upper[0]
    assert found.dropped_count[0] < len(quotes)


def test_the_error_of_a_forward_is_that_of_repeated_quotes() -> None:
    """Prices uniform in their quotes about the truth: errors over the stated error have a mean square of one."""
    rng = np.random.default_rng(11)
    strike, half_width = np.linspace(95.0, 105.0, 9), rng.uniform(0.05, 0.3, 9)
    ratio = []
    for noise in rng.uniform(-1.0, 1.0, (3000, 9)):
        found = allowed_forwards(pairs_of(strike, 101.0 - strike + noise * half_width, half_width), np.array([1.0]))
        assert found.lower[0] - 1e-9 <= 101.0 <= found.upper[0] + 1e-9
        ratio.append((found.forward[0] - 101.0) / found.standard_error[0])
    assert np.mean(np.square(ratio)) == pytest.approx(1.0, abs=0.08)  # 3,000 draws: 2.6 % of sampling error


def test_quotes_that_contradict_each_other_say_less_than_their_box() -> None:
    strike = np.linspace(95.0, 105.0, 9)
    centre = 101.0 - strike
    agreeing = allowed_forwards(pairs_of(strike, centre, np.full(9, 0.1)), np.array([1.0]))
    spread = allowed_forwards(pairs_of(strike, centre + np.tile([-0.3, 0.0, 0.3], 3), np.full(9, 0.1)), np.array([1.0]))
    assert spread.dropped_count[0] > 0
    assert spread.standard_error[0] > agreeing.standard_error[0]
    assert spread.standard_error[0] == pytest.approx(1.2533 * 1.4826 * 0.3 / 3.0, rel=0.1)  # of the median of nine


def test_no_pair_allows_no_forward() -> None:
    empty = np.empty(0)
    found = allowed_forwards(pairs_of(empty, empty, empty, straddle=1.0), np.array([1.0]))
    assert np.isnan(found.forward[0])
    assert found.pair_count[0] == 0
