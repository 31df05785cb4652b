"""Shares of early exercise by finite differences: the exact boundary, the tree, limits, and the table read back."""

import numpy as np
import pytest

from gex.american import CashDividends, american_values
from gex.columns import Floats, frozen
from gex.dividends import no_dividends
from gex.early_exercise import Smiles, Terms, share_table, terms_of
from gex.greeks import forward_greeks
from gex.implied import VolStatus
from gex.kernels.early_exercise import COARSE, FINE, LANES, early_exercise_shares
from tests.naive_escrowed import present_value, two_tree_price

SPOT = 100.0


def shares(
    strike: Floats,
    sign: int,
    time: float,
    vol: float,
    rate: float,
    borrow: float,
    when: Floats | None = None,
    amount: Floats | None = None,
    grid: tuple[int, int] = FINE,
) -> tuple[Floats, Floats]:
    """(shares, European prices) of one expiry."""
    when, amount = (np.empty(0), np.empty(0)) if when is None or amount is None else (when, amount)
    escrowed = SPOT - present_value(when, amount, rate - borrow, 0.0, time)
    n = len(strike)
    start, signs = np.array([0, n]), np.full(n, sign, np.int8)
    start.flags.writeable = signs.flags.writeable = False
    scalars = [frozen(np.array([x])) for x in (escrowed, rate, borrow, time)]
    out = np.empty(n)
    columns = (frozen(strike), frozen(np.full(n, vol)), signs)
    early_exercise_shares(start, *columns, *scalars, frozen(when), frozen(amount), 0, 1, *grid, out)
    forward = escrowed * np.exp((rate - borrow) * time)
    return out, forward_greeks(forward, strike, time, vol, signs, np.exp(-rate * time)).price


def exact_shares(terms: Terms, j: int, strike: Floats, vol: Floats, sign: int) -> Floats:
    """Shares of one expiry: by the grid where a dividend is paid before it, else by `american_values`."""
    n, time, rate, borrow = len(strike), terms.time[j], terms.rate[j], terms.borrow[j]
    when, amount = terms.dividends.time, terms.dividends.amount
    start, signs = np.array([0, n]), np.full(n, sign, np.int8)
    start.flags.writeable = signs.flags.writeable = False
    if ((when > 0.0) & (when < time)).any():
        rows = [frozen(c[j : j + 1]) for c in (terms.spot, terms.rate, terms.borrow, terms.time)]
        exact = np.empty(n)
        early_exercise_shares(start, frozen(strike), frozen(vol), signs, *rows, when, amount, 0, 1, *FINE, exact)
        return exact
    american = american_values(terms.spot[j], strike, time, vol, signs, rate, borrow).price
    return american / forward_greeks(terms.forward[j], strike, time, vol, sign, np.exp(-rate * time)).price - 1.0


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(
    ("time", "rate", "borrow"), [(0.02, 0.05, 0.03), (0.25, 0.05, 0.01), (0.25, 0.01, 0.06), (1.0, 0.05, 0.02)]
)
def test_shares_without_dividends_are_those_of_the_boundary(sign: int, time: float, rate: float, borrow: float) -> None:
    """From three deviations outside to one inside to 4e-5 of the spot; outside to 3 % of what early exercise is worth."""
    strike = SPOT * np.exp(sign * np.linspace(3.0, -1.0, 21) * 0.2 * np.sqrt(time))
    share, european = shares(strike, sign, time, 0.2, rate, borrow)
    exact = american_values(SPOT, strike, time, 0.2, np.full(21, sign, np.int8), rate, borrow).price
    worth = exact - european
    np.testing.assert_allclose(european * share, worth, atol=4e-5 * SPOT)
    outside = strike * sign > SPOT * sign
    np.testing.assert_allclose((european * share)[outside], worth[outside], rtol=0.03, atol=1e-4)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("time", "rate", "borrow"), [(0.02, 0.05, 0.03), (0.25, 0.01, 0.06), (1.0, 0.05, 0.02)])
def test_the_coarse_grid_misses_an_eighth_of_the_premium_at_most(
    sign: int, time: float, rate: float, borrow: float
) -> None:
    """Good enough for the first passes of a forward, of which the last ones are on the fine grid."""
    strike = SPOT * np.exp(sign * np.linspace(2.5, -0.5, 21) * 0.2 * np.sqrt(time))
    fine, european = shares(strike, sign, time, 0.2, rate, borrow)
    coarse, _ = shares(strike, sign, time, 0.2, rate, borrow, grid=COARSE)
    np.testing.assert_allclose(european * coarse, european * fine, rtol=0.125, atol=6e-4)


@pytest.mark.parametrize("sign", [1, -1])
def test_shares_with_dividends_are_those_of_the_tree(sign: int) -> None:
    when, amount = np.array([0.12, 0.37]), np.array([1.0, 1.0])
    strike = np.array([88.0, 94.0, 100.0, 106.0, 112.0])
    share, european = shares(strike, sign, 0.5, 0.2, 0.05, 0.0, when, amount)
    for k, found in zip(strike, european * share, strict=True):
        terms = (SPOT, k, 0.5, 0.2, sign, 0.05, 0.0, when, amount)
        # at its ex-date the tree pays a dividend no more: trees of 799 steps have no node there
        exact = two_tree_price(*terms, steps=799) - two_tree_price(*terms, steps=799, is_american=False)
        assert found == pytest.approx(exact, abs=0.02)


def test_a_call_without_dividends_or_borrow_is_never_exercised() -> None:
    share, _ = shares(SPOT * np.exp(np.linspace(-0.2, 0.2, 20)), 1, 0.5, 0.25, 0.05, 0.0)
    assert np.abs(share).max() < 1e-6


def test_without_interest_a_put_is_never_exercised() -> None:
    share, _ = shares(SPOT * np.exp(np.linspace(-0.2, 0.2, 20)), -1, 0.5, 0.25, 0.0, 0.02)
    assert np.abs(share).max() < 1e-6


def test_a_call_before_a_large_dividend_is_worth_its_exercise_value() -> None:
    strike = np.array([90.0, 95.0])
    share, european = shares(strike, 1, 0.04, 0.15, 0.05, 0.0, np.array([1e-4]), np.array([3.0]))
    np.testing.assert_allclose(european * (1.0 + share), SPOT - strike, atol=0.02)


def test_a_block_of_lanes_does_not_see_its_neighbours() -> None:
    strike = SPOT * np.exp(np.linspace(-0.1, 0.1, 2 * LANES + 3))
    together, _ = shares(strike, -1, 0.3, 0.2, 0.05, 0.01)
    alone = np.array([shares(strike[i : i + 1], -1, 0.3, 0.2, 0.05, 0.01)[0][0] for i in range(len(strike))])
    np.testing.assert_array_equal(together, alone)


@pytest.mark.parametrize(
    ("rate", "borrow", "when", "nothing"),
    [
        (0.05, 0.0, [], 1),
        (0.05, -0.01, [], 1),
        (0.0, 0.02, [0.05], -1),
        (-0.01, 0.0, [], -1),
        (0.05, 0.0, [0.05], None),
        (0.0, -0.02, [], None),
        (-0.02, -0.01, [], -1),
    ],
)
def test_shares_that_are_nought_are_not_computed_and_the_others_are(
    rate: float, borrow: float, when: list[float], nothing: int | None
) -> None:
    """Each right by the kernel itself: what the table leaves out is worth less than 1e-6, what it has is the kernel's."""
    time = np.array([0.4])
    dividends = CashDividends(time=np.array(when), amount=np.full(len(when), 0.8))
    terms = terms_of(time, SPOT * np.exp((rate - borrow) * time), np.array([rate]), np.array([borrow]), dividends)
    smiles = Smiles.of(terms, np.array([0, 0]), np.array([80.0, 120.0]), np.array([0.25, 0.25]))
    table = share_table(terms, smiles, 12, 2.5, (1.0,), shallowest=-2.5)
    for side, right in enumerate((1, -1)):
        depth = np.sinh(table.low + table.spacing * np.arange(12))
        strike = terms.forward[0] * np.exp(-right * depth * table.stdev[0])
        exact = exact_shares(terms, 0, strike, np.full(12, 0.25), right)
        if right == nothing:
            on_grid, _ = shares(strike, right, 0.4, 0.25, rate, borrow, dividends.time, dividends.amount)
            assert np.abs(on_grid).max() < 1e-6
            assert not table.share[0, side].any()
        elif when:
            np.testing.assert_allclose(table.share[0, side, :, 0], exact, rtol=1e-9, atol=1e-14)
        else:  # without interest both are by finite differences, one of them coarse
            np.testing.assert_allclose(table.share[0, side, :, 0], exact, rtol=0.002 if rate > 0.0 else 0.06, atol=5e-5)


def test_a_table_of_what_is_wanted_says_there_what_the_whole_one_says() -> None:
    time = np.array([0.1, 0.7])
    terms = terms_of(time, SPOT * np.exp(0.03 * time), np.full(2, 0.05), np.full(2, 0.02), no_dividends())
    smiles = Smiles.of(terms, np.array([0, 0, 1, 1]), np.array([80.0, 120.0] * 2), np.array([0.3, 0.2] * 2))
    expiry, strike = np.repeat([0, 1], 6), np.tile([90.0, 101.0, 140.0], 4)
    right = np.tile(np.repeat([1, -1], 3), 2).astype(np.int8)
    whole = share_table(terms, smiles, 24, 8.0, (0.75, 1.0, 1.3))
    part = share_table(terms, smiles, 24, 8.0, (0.75, 1.0, 1.3), wanted=(expiry, strike, right))
    assert (part.share != 0.0).sum() < (whole.share != 0.0).sum()
    for vol in (0.2, 0.26):
        at = (expiry, strike, right, np.full(12, vol))
        np.testing.assert_array_equal(part.at(*at), whole.at(*at))


def test_a_table_reads_back_what_was_tabulated() -> None:
    """Between nodes and volatilities, against what fills the table: to 5e-5 of the spot outside the money."""
    time = np.array([0.1, 0.7])
    forward = SPOT * np.exp(0.03 * time)
    dividends = CashDividends(time=np.array([0.05]), amount=np.array([0.5]))
    for paid in (no_dividends(), dividends):
        terms = terms_of(time, forward, np.full(2, 0.05), np.full(2, 0.02), paid)
        smiles = Smiles.of(terms, np.array([0, 0, 1, 1]), np.array([80.0, 120.0] * 2), np.array([0.3, 0.2] * 2))
        table = share_table(terms, smiles, 24, 8.0, (0.75, 1.0, 1.3))
        rng = np.random.default_rng(2)
        for j in (0, 1):
            depth = rng.uniform(-2.5, 1.0, 40)
            for sign in (1, -1):
                strike = forward[j] * np.exp(-sign * depth * smiles.stdev[j])
                for factor in (0.85, 1.15):
                    vol = smiles.at(j, strike) * factor
                    found = table.at(np.full(40, j), strike, np.full(40, sign, np.int8), vol)
                    exact = exact_shares(terms, j, strike, vol, sign)
                    price = forward_greeks(forward[j], strike, time[j], vol, sign, np.exp(-0.05 * time[j])).price
                    miss = np.abs(price * (found - exact))
                    assert miss[depth < 0.0].max() < 5e-5 * SPOT
                    assert miss.max() < 1e-3 * SPOT  # the share has a kink in strike and vol where exercise begins


def test_volatilities_of_a_table_are_the_roots_of_the_price_that_it_says() -> None:
    """Where Newton's steps settle and where they do not (deep in the money), beside rows that have no volatility."""
    time = np.array([0.1, 0.7])
    terms = terms_of(time, SPOT * np.exp(0.03 * time), np.full(2, 0.05), np.full(2, 0.02), no_dividends())
    smiles = Smiles.of(terms, np.array([0, 0, 1, 1]), np.array([80.0, 120.0] * 2), np.array([0.3, 0.2] * 2))
    table = share_table(terms, smiles, 24, 8.0, (0.75, 1.0, 1.3))
    strike = np.tile(SPOT * np.exp(np.linspace(-0.35, 0.35, 83)), 4)
    expiry, right = np.repeat([0, 1], 166), np.tile(np.repeat([1, -1], 83), 2).astype(np.int8)
    truth = np.stack([np.full(332, v) for v in (0.12, 0.24, 0.6)])
    discount_factor = np.exp(-0.05 * time[expiry])
    price = np.empty(truth.shape)
    for q, vol in enumerate(truth):
        european = forward_greeks(terms.forward[expiry], strike, time[expiry], vol, right, discount_factor).price
        price[q] = european * (1.0 + table.at(expiry, strike, right, vol))
    vol, status = table.vols(price, expiry, strike, right, SPOT)
    exercised = np.maximum(right * (SPOT - strike), 0.0)
    clear = (price - exercised > 1e-3) & (status == VolStatus.OK)
    assert clear.mean() > 0.8
    for q in range(3):
        european = forward_greeks(terms.forward[expiry], strike, time[expiry], vol[q], right, discount_factor).price
        again = european * (1.0 + table.at(expiry, strike, right, vol[q]))
        np.testing.assert_allclose(again[clear[q]], price[q][clear[q]], rtol=2e-9)
    np.testing.assert_allclose(vol[1][clear[1]], 0.24, rtol=1e-6)
    odd = np.stack([np.full(332, np.nan), exercised, np.where(right > 0, SPOT, strike)])
    _, status = table.vols(odd, expiry, strike, right, SPOT)
    assert (status[0] == VolStatus.BAD_INPUT).all()
    assert (status[1] == VolStatus.AT_INTRINSIC).all()
    assert (status[2] == VolStatus.ABOVE_MAXIMUM).all()
