"""Merged lines and their sums, against every option on its own."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.contracts import Payoff
from tests.books import Line, risk_of
from tests.naive_hedging import Option, book_delta
from tests.wide_book import wide_risk

LINES = st.lists(
    st.builds(
        Line,
        st.floats(70.0, 140.0),
        st.sampled_from([1, -1]),
        st.floats(-20.0, 20.0),
        st.sampled_from([0.01, 0.5, 3.0, 30.0, 400.0]),
    ),
    min_size=1,
    max_size=8,
)


def test_equal_contracts_are_one_line_and_so_are_call_and_put() -> None:
    lines = [Line(100.0, 1, 2.0), Line(100.0, -1, 3.0), Line(100.0, 1, -5.0), Line(105.0, 1, 1.0)]
    steps = risk_of(lines, multiplier=10.0).repricer.currency
    assert steps.lines.strike.tolist() == [100.0, 105.0]
    assert steps.lines.call_units.tolist() == [-30.0, 10.0]
    assert steps.lines.put_units.tolist() == [30.0, 0.0]


def test_lines_of_one_strike_with_two_volatilities_stay_two() -> None:
    repricer = risk_of([Line(100.0, 1, 2.0), Line(100.0, -1, 3.0)]).repricer
    assert len(replace(repricer, vol=np.array([0.5, 0.6])).currency.lines) == 2


@settings(deadline=None, max_examples=60)
@given(LINES, st.booleans(), st.floats(0.7, 1.4))
def test_the_delta_of_the_lines_is_that_of_the_options_one_by_one(lines: list[Line], coin: bool, spot: float) -> None:
    payoff = Payoff.INVERSE if coin else Payoff.LINEAR
    risk = risk_of(lines, rate=0.03, dividend=0.01, payoff=payoff)
    options = [
        Option(
            line.strike,
            line.right,
            line.contracts,
            line.days / 365.0,
            np.exp(0.02 * line.days / 365.0),
            np.exp(-0.03 * line.days / 365.0),
            coin,
        )
        for line in lines
        if line.days > 1.0  # differences of a step narrower than their width say nothing
    ]
    soon = risk_of(
        [line for line in lines if line.days <= 1.0] or [Line(100.0, 1, 0.0)], rate=0.03, dividend=0.01, payoff=payoff
    )
    slow = book_delta(options, 100.0 * spot, lambda *_: 0.5)
    fast = risk.book_delta([100.0 * spot])[0] - soon.book_delta([100.0 * spot])[0]
    assert fast == pytest.approx(slow, abs=1e-6)  # five-point differences of the value


@settings(deadline=None, max_examples=40)
@given(LINES, st.booleans())
def test_many_spots_by_polynomials_are_every_line_at_every_spot(lines: list[Line], coin: bool) -> None:
    repricer = risk_of(lines, rate=0.03, payoff=Payoff.INVERSE if coin else Payoff.LINEAR).repricer
    move = np.unique(np.append(np.linspace(-0.5, 0.4, 1201), 0.0))
    gross = sum(abs(line.contracts) for line in lines) * 2.0
    along, at = repricer.options_along(move), repricer.options_at(move)
    for k in range(2):
        assert along[k] == pytest.approx(at[k], abs=1e-13 * gross)
    for k in (2, 3):  # slopes are as steep as the narrowest step: v = 0.5·√(0.01/365)
        assert along[k] == pytest.approx(at[k], abs=1e-12 * gross / 0.0026)


def test_slopes_are_the_derivatives_of_the_sums() -> None:
    for payoff in (Payoff.LINEAR, Payoff.INVERSE):
        repricer = risk_of([Line(95.0, 1, 3.0), Line(104.0, -1, -5.0)], rate=0.03, payoff=payoff).repricer
        move, step = np.array([-0.1, 0.0, 0.07]), 1e-5
        delta, coins, slope, coin_slope = repricer.options_at(move)
        for value, change, k in ((delta, slope, 0), (coins, coin_slope, 1)):
            rise = repricer.options_at(move + step)[k] - repricer.options_at(move - step)[k]
            assert change == pytest.approx(rise / (2.0 * step), abs=1e-7)
            assert len(value) == 3


def test_time_and_volatility_in_one_call_are_those_of_single_states() -> None:
    for payoff in (Payoff.LINEAR, Payoff.INVERSE):
        repricer = risk_of(
            [Line(95.0, 1, 3.0, 5.0), Line(104.0, -1, -5.0, 40.0)], rate=0.03, dividend=0.01, payoff=payoff
        ).repricer
        years = np.array([0.0, 0.004, 5.0 / 365.0, 0.05])
        delta, coins = repricer.options_in_time(years)
        single = [repricer.options([100.0], elapsed=t) for t in years.tolist()]
        assert delta == pytest.approx([d[0] for d, _ in single], abs=1e-14)
        assert coins == pytest.approx([c[0] for _, c in single], abs=1e-14)
        shifts = np.array([-0.2, 0.0, 0.3])
        delta, coins = repricer.options_in_vol(shifts)
        single = [repricer.options([100.0], vol_shift=x) for x in shifts.tolist()]
        assert delta == pytest.approx([d[0] for d, _ in single], abs=1e-14)
        assert coins == pytest.approx([c[0] for _, c in single], abs=1e-14)


def test_a_smile_that_stays_with_the_strikes_is_the_limit_of_one_that_hardly_moves() -> None:
    """The path of moving volatilities at R = 1 + 1e-9, of a flat smile, is the other one."""
    risk = risk_of([Line(95.0, 1, 3.0, 5.0), Line(104.0, -1, -5.0, 40.0)], rate=0.03)
    spots = [90.0, 100.0, 113.0]
    for elapsed in (0.0, 0.002, 0.05):
        fixed, _ = risk.repricer.options(spots, elapsed=elapsed, vol_shift=0.01)
        moving, _ = risk.repricer.options(spots, elapsed=elapsed, vol_shift=0.01, skew_stickiness=1.0 + 1e-9)
        assert moving == pytest.approx(fixed, abs=1e-12)


def test_a_wide_book_has_the_delta_of_its_rows() -> None:
    risk = wide_risk(2000)
    assert len(risk.repricer.currency.lines) < 2000
    gross = np.abs(risk.repricer.units).sum()
    assert risk.book_delta([risk.spot])[0] == pytest.approx(risk.totals().delta, abs=1e-15 * gross)
