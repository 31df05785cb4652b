"""Sums by expiry, horizon, root and month; the expected move; the spread across assumptions."""

import math

import numpy as np
import pytest

from gex.exposure.book import exposure_books
from gex.exposure.expected_move import expected_moves
from gex.exposure.map import computed_greeks
from gex.exposure.spread import flips_by_dynamics, positioning_spread
from gex.exposure.sums import (
    Horizon,
    by_expiry,
    horizon_totals,
    month_totals,
    root_totals,
    session_date,
    totals_by,
    zero_dte_gross_share,
)
from gex.greeks import forward_greeks
from gex.positioning import OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL
from tests.chains import AS_OF, FlatSurface, carried_forwards, expiry_after
from tests.exposure.books import Lines, book, with_smile

LADDER: Lines = [
    (1 / 24, 0.15, 5010, "+100C"),
    (3, 0.15, 4900, "-1000P"),
    (20, 0.16, 5150, "+800C"),
    (20, 0.16, 5000, "+80P"),
    (300, 0.2, 4800, "-1400P"),
]


def test_expiries_add_up_to_the_totals() -> None:
    found = book(LADDER).exposure()
    sums = by_expiry(found.cells, 4)
    for name in ("gamma_exposure", "gross_gamma_exposure", "delta_exposure", "vanna_exposure", "charm_exposure"):
        assert getattr(sums, name).sum() == pytest.approx(getattr(found.totals, name), rel=1e-12), name
    assert len(by_expiry(found.cells, 7)) == 7  # an expiry without cells has 0
    assert by_expiry(found.cells, 7).gamma_exposure[6] == 0.0


def test_horizons_hold_the_nearer_ones_and_the_last_is_everything() -> None:
    one = book(LADDER)
    cells = one.exposure().cells
    sums = horizon_totals(cells, one.quotes.expiries, AS_OF)
    alone = {n: book(LADDER[:n]).exposure().totals.gamma_exposure for n in (1, 2, 4, 5)}
    expected = {Horizon.ZERO_DTE: 1, Horizon.WEEK: 2, Horizon.MONTH: 4, Horizon.ALL: 5}
    for horizon, count in expected.items():
        assert sums[horizon].gamma_exposure == pytest.approx(alone[count], rel=1e-12), horizon


def test_the_zero_dte_share_is_gross_over_gross() -> None:
    one = book(LADDER)
    cells = one.exposure().cells
    today = book(LADDER[:1]).exposure().totals.gross_gamma_exposure
    share = zero_dte_gross_share(cells, one.quotes.expiries, AS_OF)
    assert share == pytest.approx(today / one.exposure().totals.gross_gamma_exposure, rel=1e-12)
    empty = book([(1, 0.2, 5000, "+0C")])
    assert zero_dte_gross_share(empty.exposure().cells, empty.quotes.expiries, AS_OF) is None


def test_a_saturday_belongs_to_fridays_session() -> None:
    expiries = [expiry_after(7)]
    assert session_date(expiries, np.datetime64("2022-02-05T12:00", "ns")).isoformat() == "2022-02-04"
    assert session_date(expiries, np.datetime64("2022-02-04T21:15", "ns")).isoformat() == "2022-02-04"
    assert (
        session_date(expiries, np.datetime64("2022-02-04T14:29", "ns")).isoformat() == "2022-02-03"
    )  # before the open


def test_roots_and_months_stay_apart() -> None:
    one = book(LADDER)
    cells = one.exposure().cells
    assert list(root_totals(cells, one.quotes.expiries)) == ["SPXW"]
    months = month_totals(cells, one.quotes.expiries)
    assert list(months) == ["2024-03", "2024-12"]
    net = sum(part.gamma_exposure for part in months.values())
    assert net == pytest.approx(one.exposure().totals.gamma_exposure, rel=1e-12)
    weekly = totals_by(cells, one.quotes.expiries, lambda expiry: expiry.date.isocalendar()[:2])
    assert len(weekly) == 4


def test_the_published_expected_move() -> None:
    """exposure.md 8.6: F 5000, 7 days, 15 %."""
    surface = FlatSurface(carried_forwards(5000.0, (expiry_after(7),)), np.array([0.15]))
    (move,) = expected_moves(surface)
    assert move.straddle == pytest.approx(82.86976443725, rel=1e-12)
    assert move.one_sigma == pytest.approx(103.86371470767, rel=1e-12)
    assert move.straddle / move.one_sigma == pytest.approx(0.7978702155, rel=1e-9)


def test_the_straddle_is_the_price_of_the_straddle() -> None:
    forwards = carried_forwards(5000.0, (expiry_after(90),), rate=0.05)
    surface = FlatSurface(forwards, np.array([0.4]))
    (move,) = expected_moves(surface)
    forward, time = forwards.forward[0], forwards.time_to_expiry[0]
    legs = [forward_greeks(forward, forward, time, 0.4, right).price[0] for right in (1, -1)]
    assert move.straddle == pytest.approx(sum(legs), rel=1e-13)
    assert move.straddle < move.one_sigma * math.sqrt(2 / math.pi)


def test_expiries_without_a_slice_have_no_expected_move() -> None:
    surface = FlatSurface(carried_forwards(5000.0, (expiry_after(0), expiry_after(7))), np.array([0.2, np.nan]))
    assert expected_moves(surface) == ()


def test_the_spread_names_how_far_assumptions_are_apart() -> None:
    one = book([(7, 0.15, 5100, "+1000C"), (7, 0.15, 4900, "+1500P")])
    models = (OI_CALLS_LONG_PUTS_SHORT, OI_CALLS_SHORT_PUTS_LONG, OI_CUSTOMERS_LONG_ALL)
    books = exposure_books(one.quotes, one.pairs, computed_greeks(one.quotes, one.surface), one.surface, models)
    spread = positioning_spread(books)
    assert spread is not None
    assert spread.minimum_gamma_exposure == books[2].totals.gamma_exposure
    assert spread.maximum_gamma_exposure == max(b.totals.gamma_exposure for b in books)
    assert not spread.sign_agrees
    assert spread.minimum_gamma_flip == spread.maximum_gamma_flip == pytest.approx(5019.82744705365, abs=1e-8)
    assert positioning_spread(books[:1]) is None


def test_flips_under_several_dynamics_stand_side_by_side() -> None:
    one = with_smile(book([(30, 0.15, 5100, "+1000C"), (30, 0.15, 4850, "-1200P")]), (0.15, -0.5, 2.0))
    (row,) = flips_by_dynamics(one.lines, one.weight)
    assert [r.dynamics.skew_stickiness for r in row] == [0.0, 1.0, 2.0]
    assert [r.flips[0].price for r in row] == pytest.approx([4981.89782068, 4981.49643680, 4981.06484400], abs=1e-7)
    assert [r.gamma_exposure for r in row] == pytest.approx([4_025_210.588] * 3, abs=1e-3)
