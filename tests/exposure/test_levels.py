"""Walls and max pain: the published example, ties, sides, nothing to name."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gex.exposure.levels import MaxPain, WallMode, Walls, absolute_gamma_strike, max_pain, walls
from gex.exposure.map import ExposureMap, GreekSource
from gex.pairs import pair_up
from gex.quotes import Quotes
from tests.chains import AS_OF, expiry_after


def cells(rows: list[tuple[float, float, float]], *, spot: float = 100.0) -> ExposureMap:
    """A map of one expiry from (strike, call exposure, put exposure)."""
    zero = np.zeros(len(rows))
    return ExposureMap(
        positioning="test",
        greek_source=GreekSource.COMPUTED,
        spot=spot,
        expiry=np.zeros(len(rows), int),
        strike=np.array([r[0] for r in rows]),
        call_gamma_exposure=np.array([r[1] for r in rows]),
        put_gamma_exposure=np.array([r[2] for r in rows]),
        delta_exposure=zero,
        vanna_exposure=zero,
        charm_exposure=zero,
        vega_exposure=zero,
    )


def gross(table: ExposureMap, *, restricted: bool = True) -> Walls:
    return walls(table, WallMode.GROSS, is_side_restricted=restricted)


def test_a_put_wall_above_spot_is_drawn_only_where_asked_for() -> None:
    table = cells([(90, 1, -3), (100, 2, -2), (110, 5, -9)])
    assert gross(table).put_wall == 90
    assert gross(table, restricted=False).put_wall == 110
    assert gross(table, restricted=False).put_wall_exposure == -9


def test_net_walls_compare_the_sums() -> None:
    table = cells([(90, 8, -9), (100, 2, -2), (110, 5, -1), (120, 3, 0)])
    net = walls(table, WallMode.NET, is_side_restricted=False)
    assert (net.call_wall, net.call_wall_exposure) == (110, 4)
    assert (net.put_wall, net.put_wall_exposure) == (90, -1)
    assert absolute_gamma_strike(table) == 90


def test_strikes_of_several_expiries_are_added() -> None:
    table = dataclasses.replace(cells([(100, 2, 0), (105, 3, 0), (100, 2, 0)]), expiry=[0, 0, 1])
    assert gross(table).call_wall == 100


def test_ties_go_to_the_nearest_strike_then_to_the_lower() -> None:
    assert gross(cells([(105, 3, 0), (120, 3, 0)])).call_wall == 105
    assert gross(cells([(95, 3, 0), (105, 3, 0)]), restricted=False).call_wall == 95


def test_nothing_open_is_no_wall() -> None:
    result = gross(cells([(105, 0, 0), (95, np.nan, np.nan)]))
    assert result.call_wall is None
    assert result.put_wall is None
    assert absolute_gamma_strike(cells([(105, 0, 0)])) is None


def pain(strike: list[float], calls: list[float], puts: list[float]) -> MaxPain:
    n = len(strike)
    quotes = Quotes(
        underlying="X",
        as_of=AS_OF,
        spot=100.0,
        expiries=(expiry_after(7, multiplier=1.0),),
        row=np.arange(2 * n),
        expiry=np.zeros(2 * n, int),
        strike=np.tile(strike, 2),
        right=np.repeat([1, -1], n),
        open_interest=np.array([*calls, *puts]),
    )
    return max_pain(quotes, pair_up(quotes))[0]


def test_the_published_max_pain() -> None:
    result = pain([90, 95, 100, 105, 110], [5, 10, 40, 30, 60], [70, 20, 25, 5, 1])  # exposure.md 8.6
    assert (result.strike, result.strike_high, result.payout) == (100, 100, 135)


def test_a_tie_is_an_interval_and_its_headline_the_lower_end() -> None:
    result = pain([100, 105, 110], [10, 0, 0], [0, 0, 10])
    assert (result.strike, result.strike_high) == (100, 110)


def test_nothing_open_has_no_max_pain() -> None:
    assert pain([100, 105], [0, 0], [np.nan, 0]).strike is None


open_contracts = st.lists(st.integers(0, 1000), min_size=6, max_size=6)


@given(open_contracts, open_contracts)
def test_no_strike_pays_less_than_max_pain(calls: list[int], puts: list[int]) -> None:
    strike = np.array([80.0, 90.0, 95.0, 100.0, 120.0, 150.0])
    result = pain(strike.tolist(), [float(c) for c in calls], [float(p) for p in puts])
    payout = [
        sum(c * max(p - k, 0) for c, k in zip(calls, strike, strict=True))
        + sum(n * max(k - p, 0) for n, k in zip(puts, strike, strict=True))
        for p in strike
    ]
    if sum(calls) + sum(puts) == 0:
        assert result.payout is None
    else:
        assert result.payout == pytest.approx(min(payout), abs=1e-6)
        assert payout[strike.tolist().index(result.strike)] == pytest.approx(min(payout), abs=1e-6)
