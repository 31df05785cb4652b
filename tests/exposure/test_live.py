"""Live exposure: after any sequence of ticks, quotes, trades and open interest it is what a full computation gives."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gex.exposure.book import ExposureBook, exposure_books
from gex.exposure.dynamics import STICKY_MONEYNESS, STICKY_STRIKE, SURFACE_IMPLIED, SmileDynamics, surface_at_spot
from gex.exposure.flips import SpotRange
from gex.exposure.live import LiveExposure
from gex.exposure.map import computed_greeks
from gex.pairs import pair_up
from gex.positioning import (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CUSTOMERS_LONG_ALL,
    DealerPositioning,
    InventoryPositioning,
)
from gex.quotes import Quotes
from gex.surface.essvi import EssviSurface
from gex.surface.protocol import VolSurface
from tests.chains import FlatSurface, book_of
from tests.exposure.books import QuadraticSurface

STRIKES = [4300.0, 4600.0, 4800.0, 4900.0, 4950.0, 5000.0, 5050.0, 5100.0, 5200.0, 5400.0, 5700.0]
DAYS = [(5.0, 0.14), (12.0, 0.15), (40.0, 0.17), (200.0, 0.2)]
LINES = [
    (days, vol, strike, f"+{100 + 37 * i % 400}{right}")
    for days, vol in DAYS
    for i, strike in enumerate(STRIKES)
    for right in "CP"
]
QUOTES, SURFACE, CONTRACTS = book_of(LINES, rate=0.04, dividend=0.013)
PAIRS = pair_up(QUOTES)
MODELS = (
    OI_CALLS_LONG_PUTS_SHORT,
    OI_CUSTOMERS_LONG_ALL,
    InventoryPositioning(CONTRACTS * np.tile([1, -1, -1], 30)[:88]),
)
SMILE = QuadraticSurface(SURFACE.forwards, (0.15, -0.4, 1.0))


def live_on(surface: VolSurface, dynamics: SmileDynamics = STICKY_STRIKE) -> LiveExposure:
    return LiveExposure.of(QUOTES, PAIRS, surface, MODELS, dynamics=dynamics)


def in_full(
    quotes: Quotes, surface: VolSurface, models: tuple[DealerPositioning, ...], dynamics: SmileDynamics = STICKY_STRIKE
) -> tuple[ExposureBook, ...]:
    return exposure_books(
        quotes,
        PAIRS,
        computed_greeks(quotes, surface),
        surface,
        models,
        skew_stickiness=dynamics.skew_stickiness_on(getattr(surface, "origin", surface)),
    )


def assert_same(live: LiveExposure, books: tuple[ExposureBook, ...]) -> None:
    for b, full in enumerate(books):
        gross = full.totals.gross_gamma_exposure + 1e-300
        largest = float(np.abs(full.contracts).sum()) * 100 * 5000 + 1e-300  # what the same contracts could be worth
        for field in dataclasses.fields(full.totals):
            found, expected = getattr(live.totals[b], field.name), getattr(full.totals, field.name)
            if field.name.endswith("_count"):
                assert found == pytest.approx(expected, abs=1e-9), field.name
            else:
                scale = gross if "gamma" in field.name else largest
                assert found == pytest.approx(expected, rel=1e-11, abs=1e-11 * scale), field.name
        assert [f.price for f in live.flips[b]] == pytest.approx([f.price for f in full.profile.flips], rel=1e-10)
        slopes = [f.slope for f in full.profile.flips]
        assert [f.slope for f in live.flips[b]] == pytest.approx(slopes, rel=1e-6)
        for one, other in zip(live.walls(b), full.walls, strict=True):
            assert (one.call_wall, one.put_wall) == (other.call_wall, other.put_wall), one.mode
            for name in ("call_wall_exposure", "put_wall_exposure"):
                expected = getattr(other, name)
                assert (getattr(one, name) is None) == (expected is None)
                if expected is not None:
                    assert getattr(one, name) == pytest.approx(expected, rel=1e-10, abs=1e-12 * gross)
        assert live.absolute_gamma_strike(b) == full.absolute_gamma_strike
        profile = live.profile(b)
        assert (profile.spot == full.profile.spot).all()
        peak = np.abs(full.profile.gamma_exposure_per_percent).max() + gross
        assert profile.gamma_exposure_per_percent == pytest.approx(
            full.profile.gamma_exposure_per_percent, abs=1e-11 * peak
        )


def test_a_fresh_state_is_the_full_computation() -> None:
    assert_same(live_on(SURFACE), in_full(QUOTES, SURFACE, MODELS))


@settings(max_examples=15)
@given(st.lists(st.floats(4400.0, 5600.0), min_size=1, max_size=4))
def test_ticks_of_spot_lead_to_the_full_computation(spots: list[float]) -> None:
    live = live_on(SURFACE)
    for spot in spots:
        live = live.at_spot(spot)
    assert_same(live, in_full(QUOTES, surface_at_spot(SURFACE, spots[-1], STICKY_STRIKE), MODELS))


@pytest.mark.parametrize(
    "dynamics", [STICKY_MONEYNESS, SmileDynamics(name="skew_stickiness", skew_stickiness=1.6), SURFACE_IMPLIED]
)
def test_ticks_along_a_moving_smile_lead_to_the_full_computation(dynamics: SmileDynamics) -> None:
    live = live_on(SMILE, dynamics).at_spot(5040.0).at_spot(4980.0)
    assert_same(live, in_full(QUOTES, surface_at_spot(SMILE, 4980.0, dynamics), MODELS, dynamics))


@pytest.mark.parametrize("ratio", [0.0, 1.0, 2.0])
def test_ticks_on_a_proven_surface_lead_to_the_full_computation_also_where_the_smile_is_held_back(ratio: float) -> None:
    proven = EssviSurface(
        forwards=SURFACE.forwards,
        theta=np.array([0.0004, 0.0009, 0.0033, 0.022]),
        rho=np.full(4, -0.9),
        psi=np.array([0.03, 0.045, 0.09, 0.2]),
    )
    dynamics = SmileDynamics(name="skew_stickiness", skew_stickiness=ratio)
    live = live_on(proven, dynamics).at_spot(5040.0)
    books = in_full(QUOTES, surface_at_spot(proven, 5040.0, dynamics), MODELS, dynamics)
    assert_same(live, books)
    assert (books[0].profile.clamp_count > 0) == (ratio == 2.0)


def test_a_tick_inside_the_margin_computes_no_node_anew() -> None:
    live = live_on(SURFACE)
    assert live.at_spot(5010.0).exposure is live.exposure
    assert live.at_spot(5010.0).roots is live.roots
    assert live.at_spot(5300.0).exposure is not live.exposure
    assert live.at_spot(5000.0) is live


changes = st.lists(
    st.tuples(st.integers(0, len(QUOTES) - 1), st.integers(-300, 300)), min_size=1, max_size=6, unique_by=lambda c: c[0]
)


@settings(max_examples=25)
@given(changes)
def test_trades_lead_to_the_full_computation(drawn: list[tuple[int, int]]) -> None:
    """Customers buy n: −n for the dealer in the book that follows trades, nothing in the others."""
    live = live_on(SURFACE)
    contracts = MODELS[2].dealer_contracts(QUOTES).copy()
    for row, count in drawn:
        live = live.with_contracts(np.array([row]), np.array([[0.0], [0.0], [-float(count)]]))
        contracts[row] -= count
    assert_same(live, in_full(QUOTES, SURFACE, (*MODELS[:2], InventoryPositioning(contracts))))


def test_a_book_traded_down_to_nothing_has_no_level_left() -> None:
    quotes, surface, contracts = book_of([(30, 0.2, 5100, "+100C"), (30, 0.2, 4900, "-50P")])
    live = LiveExposure.of(quotes, pair_up(quotes), surface, (InventoryPositioning(contracts),))
    for row in (0, 1):
        live = live.with_contracts(np.array([row]), -contracts[row : row + 1][np.newaxis])
    assert live.totals[0].gross_gamma_exposure == pytest.approx(0.0, abs=1e-6)
    assert live.absolute_gamma_strike(0) is None
    assert live.walls(0)[0].call_wall is None


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.12, 0.3)), min_size=1, max_size=4))
def test_refitted_slices_lead_to_the_full_computation(drawn: list[tuple[int, float]]) -> None:
    live, surface = live_on(SURFACE), SURFACE
    for expiry, vol in drawn:
        level = surface.level.copy()
        level[expiry] = vol
        surface = FlatSurface(surface.forwards, level)
        live = live.with_surface(surface, [expiry])
    assert_same(live, in_full(QUOTES, surface, MODELS))


def test_one_changed_volatility_touches_one_strike() -> None:
    @dataclasses.dataclass(frozen=True, eq=False)
    class Bumped(FlatSurface):
        def vol(self, expiry: np.ndarray, log_moneyness: np.ndarray) -> np.ndarray:
            piece, k = np.broadcast_arrays(expiry, log_moneyness)
            here = np.log(5050.0 / self.forwards.forward[2])
            return np.where((piece == 2) & (np.abs(k - here) < 1e-9), 0.19, self.level[piece])

    surface = Bumped(SURFACE.forwards, SURFACE.level)
    live = live_on(SURFACE).with_surface(surface, [2])
    assert live.change_count == 1
    assert_same(live, in_full(QUOTES, surface, MODELS))
    assert live.with_surface(surface).change_count == 1  # the same surface once more changes nothing


def test_a_moved_forward_and_a_later_chain_lead_to_the_full_computation() -> None:
    forwards = SURFACE.forwards
    forward = forwards.forward.copy()
    forward[1] *= 1.001
    moved = FlatSurface(dataclasses.replace(forwards, forward=forward), SURFACE.level)
    assert_same(live_on(SURFACE).with_surface(moved, [1]), in_full(QUOTES, moved, MODELS))
    time = forwards.time_to_expiry - 1 / 365
    later = dataclasses.replace(forwards, as_of=forwards.as_of + np.timedelta64(1, "D"), time_to_expiry=time)
    aged = FlatSurface(later, SURFACE.level)
    assert_same(live_on(SURFACE).with_surface(aged), in_full(QUOTES, aged, MODELS))


def test_a_slice_that_loses_its_volatility_is_counted_and_leaves_every_total() -> None:
    level = SURFACE.level.copy()
    level[2] = np.nan
    blind = FlatSurface(SURFACE.forwards, level)
    live = live_on(SURFACE).with_surface(blind, [2])
    assert_same(live, in_full(QUOTES, blind, MODELS))
    assert live.totals[0].unpriced_count == len(STRIKES)
    assert_same(live.with_surface(SURFACE, [2]), in_full(QUOTES, SURFACE, MODELS))


@settings(max_examples=10)
@given(changes)
def test_new_open_interest_leads_to_the_full_computation(drawn: list[tuple[int, int]]) -> None:
    open_interest = QUOTES.open_interest.copy()
    for row, count in drawn:
        open_interest[row] = abs(count)
    quotes = dataclasses.replace(QUOTES, open_interest=open_interest)
    live = live_on(SURFACE).with_quotes(quotes, MODELS)
    assert_same(live, in_full(quotes, SURFACE, MODELS))


def test_everything_at_once_is_still_the_full_computation() -> None:
    live = live_on(SURFACE)
    level = SURFACE.level.copy()
    level[3] = 0.22
    surface = FlatSurface(SURFACE.forwards, level)
    live = live.with_surface(surface, [3]).with_contracts(np.array([40]), np.array([[5.0], [0.0], [-70.0]]))
    live = live.at_spot(5020.0).with_contracts(np.array([41, 60]), np.array([[0.0, 0], [0, 0], [9.0, -80.0]]))
    inventories = [model.dealer_contracts(QUOTES).copy() for model in MODELS]
    inventories[0][40] += 5
    inventories[2][[40, 41, 60]] += [-70, 9, -80]
    models = tuple(InventoryPositioning(contracts) for contracts in inventories)
    assert_same(live, in_full(QUOTES, surface_at_spot(surface, 5020.0, STICKY_STRIKE), models))


def test_sums_are_taken_afresh_before_rounding_can_pile_up() -> None:
    live = live_on(SURFACE)
    rng = np.random.default_rng(1)
    contracts = MODELS[2].dealer_contracts(QUOTES).copy()
    for _ in range(300):
        row, count = int(rng.integers(len(QUOTES))), float(rng.integers(-50, 50))
        live = live.with_contracts(np.array([row]), np.array([[0.0], [0.0], [count]]))
        contracts[row] += count
    assert live.change_count == 300
    assert_same(live, in_full(QUOTES, SURFACE, (*MODELS[:2], InventoryPositioning(contracts))))


def test_lines_of_minutes_put_their_own_nodes_when_they_change() -> None:
    """The three-minute spike of exposure.md 8.3 appears with one trade, and with it two roots."""
    month = [(30, 0.15, 5100, "+1000C"), (30, 0.15, 4900, "-1500P"), (3 / 1440, 0.20, 4956, "+0C")]
    quotes, surface, contracts = book_of(month)
    live = LiveExposure.of(quotes, pair_up(quotes), surface, (InventoryPositioning(contracts),), span=SpotRange())
    assert [f.price for f in live.flips[0]] == pytest.approx([5088.873722753], abs=1e-7)
    spiked = live.with_contracts(np.array([2]), np.array([[40.0]]))
    expected = [4951.613184175, 4960.468122539, 5088.873722753]
    assert [f.price for f in spiked.flips[0]] == pytest.approx(expected, abs=1e-7)
    assert spiked.gamma_flip(0).price == pytest.approx(4960.468122539, abs=1e-7)
