"""Dividends and borrow between spot and forward: closed forms, round trips, and ladders with known truth."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.american import CashDividends
from gex.dividends import (
    QUARTER,
    carried_forward,
    carry_of,
    held_borrow,
    implied_borrow,
    no_dividends,
    present_value,
    with_amounts,
)

TIME = np.array([0.01, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.45, 0.6, 0.8, 1.1])
RATE = np.full(len(TIME), 0.05)
SESSIONS = np.arange(1, 64) * 1.45 / 365.0


def test_the_published_forward_with_two_dividends() -> None:
    """surface.md §7 vector 12."""
    dividends = CashDividends(time=np.array([0.12, 0.37]), amount=np.array([0.25, 0.25]))
    found = carried_forward(100.0, dividends, np.array([0.05]), np.array([0.02]), np.array([0.5]))
    assert found[0] == pytest.approx(101.00746325, abs=5e-9)


def test_a_dividend_counts_before_expiry_only() -> None:
    dividends = CashDividends(time=np.array([0.5]), amount=np.array([2.0]))
    found = present_value(dividends, np.full(3, 0.05), np.array([0.25, 0.5, 1.0]))
    assert found == pytest.approx([0.0, 0.0, 2.0 * np.exp(-0.025)], rel=1e-14)


@given(st.floats(-0.05, 0.4), st.floats(0.0, 3.0), st.floats(0.02, 0.24))
def test_the_borrow_comes_back_from_its_forward(borrow: float, amount: float, first: float) -> None:
    dividends = CashDividends(time=first + QUARTER * np.arange(4), amount=np.full(4, amount))
    forward = carried_forward(100.0, dividends, RATE, np.full(len(TIME), borrow), TIME)
    np.testing.assert_allclose(implied_borrow(100.0, forward, dividends, RATE, TIME), borrow, atol=1e-9)


def test_no_forward_has_no_borrow() -> None:
    assert np.isnan(implied_borrow(100.0, np.array([np.nan, 101.0]), None, RATE[:2], np.array([0.5, 0.0]))).all()


def noisy_ladder(
    dividends: CashDividends, borrow: float, seed: int, offset: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    error = 100.0 * (1e-4 + 5e-4 * TIME)
    noise = error * np.random.default_rng(seed).standard_normal(len(TIME))
    return carried_forward(100.0 + offset, dividends, RATE, np.full(len(TIME), borrow), TIME) + noise, error


@pytest.mark.parametrize("seed", range(5))
def test_a_noisy_staircase_gives_dates_amounts_and_borrow_within_their_errors(seed: int) -> None:
    truth = CashDividends(time=0.06 + QUARTER * np.arange(5), amount=np.full(5, 0.5))
    forward, error = noisy_ladder(truth, 0.004, seed)
    fit = carry_of(100.0, TIME, forward, error, RATE, ex_times=SESSIONS)
    assert 0.05 <= fit.dividends.time[0] < 0.08
    assert (np.abs(fit.dividends.amount - 0.5) < 4.0 * fit.amount_error).all()
    assert abs(fit.borrow - 0.004) < 4.0 * fit.borrow_error
    assert fit.amount_error.max() < 0.25


@pytest.mark.parametrize("seed", range(20))
def test_no_dividend_is_seen_where_there_is_none(seed: int) -> None:
    forward, error = noisy_ladder(no_dividends(), 0.01, seed, offset=0.05)
    fit = carry_of(100.0, TIME, forward, error, RATE, ex_times=SESSIONS)
    assert len(fit.dividends) == 0
    assert abs(fit.borrow - 0.01) < 4.0 * fit.borrow_error


def test_a_spot_of_another_instant_is_no_dividend() -> None:
    forward, error = noisy_ladder(no_dividends(), 0.0, 3, offset=-0.15)
    fit = carry_of(100.0, TIME, forward, error, RATE, ex_times=SESSIONS)
    assert len(fit.dividends) == 0
    assert fit.spot_offset == pytest.approx(-0.15, abs=0.04)


def test_a_dividend_that_every_expiry_sees_alike_cannot_be_told_from_the_spot() -> None:
    paid = CashDividends(time=np.array([0.005]), amount=np.array([3.0]))
    time = TIME[:6]
    forward = carried_forward(100.0, paid, RATE[:6], np.zeros(6), time)
    sessions = np.append(0.005, SESSIONS)
    fit = carry_of(100.0, time, forward, np.full(6, 0.01), RATE[:6], ex_times=sessions)
    assert len(fit.dividends) == 0
    assert fit.spot_offset < -0.5  # as far as the doubt about the spot lets it


def test_errors_of_amounts_are_those_of_repeated_ladders() -> None:
    truth = CashDividends(time=0.06 + QUARTER * np.arange(5), amount=np.full(5, 0.5))
    found = []
    for seed in range(200):
        forward, error = noisy_ladder(truth, 0.004, seed)
        found.append(with_amounts(100.0, TIME, forward, error, RATE, truth.time))
    spread = np.std([f.dividends.amount[0] for f in found])
    stated = np.mean([f.amount_error[0] for f in found])
    assert 0.5 * stated < spread < 1.3 * stated  # the stated one allows for a borrow that differs between terms


def test_dividends_that_are_given_leave_only_the_borrow() -> None:
    truth = CashDividends(time=np.array([0.06]), amount=np.array([0.5]))
    forward, error = noisy_ladder(truth, 0.004, 1)
    fit = carry_of(100.0, TIME, forward, error, RATE, dividends=truth)
    assert fit.dividends is truth
    assert fit.borrow == pytest.approx(0.004, abs=0.002)


def test_nothing_known_is_no_carry() -> None:
    fit = carry_of(100.0, TIME, np.full(len(TIME), np.nan), TIME, RATE, ex_times=SESSIONS)
    assert len(fit.dividends) == 0
    assert fit.borrow == 0.0
    assert fit.borrow_error == np.inf


def test_a_tick_over_two_days_is_no_borrow_of_percents() -> None:
    held = held_borrow(0.003, 100.0, np.array([0.08, 0.012]), np.array([0.02, 0.05]), np.array([2 / 365, 1.5]))
    assert held[0] == pytest.approx(0.003, abs=0.002)  # 0.02 of 100 over two days is 3.7 % a year
    assert held[1] == pytest.approx(0.012, abs=1e-3)
