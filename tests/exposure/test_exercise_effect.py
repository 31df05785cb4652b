"""Early exercise beside the European sums: limits, a put worth exercising, the kernel row by row."""

import dataclasses

import numpy as np
import pytest

from gex.american import american_values
from gex.contracts import Exercise
from gex.exposure.exercise_effect import exercise_effects
from gex.exposure.map import computed_greeks
from gex.quotes import Quotes
from tests.chains import book_of

LINES = [(30, 0.2, 90, "+100P"), (30, 0.2, 100, "+50C"), (90, 0.25, 140, "+10P"), (365, 0.3, 110, "-20P")]


def american(quotes: Quotes) -> Quotes:
    terms = [dataclasses.replace(e.contract, exercise=Exercise.AMERICAN) for e in quotes.expiries]
    expiries = tuple(dataclasses.replace(e, contract=own) for e, own in zip(quotes.expiries, terms, strict=True))
    return dataclasses.replace(quotes, expiries=expiries)


def test_european_rows_have_no_effect() -> None:
    quotes, surface, contracts = book_of(LINES, spot=100.0, rate=0.05)
    (found,) = exercise_effects(quotes, surface, [contracts]) or ()
    assert (found.gamma_exposure, found.delta_exposure, found.row_count) == (0.0, 0.0, 0)


def test_nothing_is_exercised_early_where_rates_and_dividends_are_zero() -> None:
    quotes, surface, contracts = book_of(LINES, spot=100.0)
    (found,) = exercise_effects(american(quotes), surface, [contracts]) or ()
    assert found.row_count == len(LINES)
    assert found.delta_exposure == pytest.approx(0.0, abs=1e-4 * 100.0 * 100.0 * 180.0)
    assert found.gamma_exposure == pytest.approx(0.0, abs=1e-3 * 100.0)


def test_a_put_far_in_the_money_is_exercised_at_once() -> None:
    """Delta −1 instead of −e^{−qT}·N(−d1), gamma 0."""
    quotes, surface, contracts = book_of([(365, 0.1, 200, "+10P")], spot=100.0, rate=0.05)
    (found,) = exercise_effects(american(quotes), surface, [contracts]) or ()
    greeks = computed_greeks(quotes, surface)
    assert found.delta_exposure == pytest.approx((-1.0 - greeks.delta[0]) * 10 * 100 * 100.0, abs=1e-6)
    assert found.gamma_exposure == pytest.approx(-greeks.gamma[0] * 10 * 100 * 100.0, abs=1e-6)


def test_the_effect_is_the_kernels_american_less_european_row_by_row() -> None:
    quotes, surface, contracts = book_of(LINES, spot=100.0, rate=0.05, dividend=0.02)
    books = [contracts, -2.0 * contracts]
    one, other = exercise_effects(american(quotes), surface, books) or ()
    greeks, time = computed_greeks(quotes, surface), surface.forwards.time_to_expiry[quotes.expiry]
    vol = surface.vol(quotes.expiry, np.zeros(len(quotes)))
    row = american_values(100.0, quotes.strike, time, vol, quotes.right, 0.05, 0.02)
    units = contracts * quotes.multiplier
    assert one.gamma_exposure == pytest.approx(float(units @ (row.gamma - greeks.gamma)) * 100.0, rel=1e-9)
    assert one.delta_exposure == pytest.approx(float(units @ (row.delta - greeks.delta)) * 100.0, rel=1e-9)
    assert other.gamma_exposure == pytest.approx(-2.0 * one.gamma_exposure, rel=1e-12)
    assert one.flip_shift(50.0) == pytest.approx(-one.gamma_exposure / 50.0)
    assert one.unanswered_count == 0
