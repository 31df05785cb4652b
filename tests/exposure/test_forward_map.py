"""The forward map: published roots over time, the slow twin at nodes, expiries that leave at their own instant."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import brentq

from gex.contracts import ContractSpec, Exercise, Expiry, Settlement
from gex.errors import InputError
from gex.exposure.dynamics import VolInTime
from gex.exposure.flips import SpotRange
from gex.exposure.flow import MarketMove, dealer_flows
from gex.exposure.forward_map import ForwardMap, forward_maps, map_spots, next_closes
from gex.exposure.repricing import carry_to, moved_lines
from tests.chains import AS_OF, expiry_after
from tests.exposure.books import BOOK_B, MARKET, Book, Lines, book, options, with_smile
from tests.naive_exposure import charm_exposure, delta_units, gamma_exposure, vanna_exposure

LADDER: Lines = [  # exposure.md 8.4
    (7, 0.15, 5100, "+1000C"),
    (7, 0.15, 4900, "-1000P"),
    (30, 0.16, 5150, "+800C"),
    (30, 0.16, 4800, "-1400P"),
]


def after(days: float) -> np.datetime64:
    return AS_OF + np.timedelta64(round(days * 86_400e9), "ns")


def one_map(one: Book, days: list[float], spot: list[float] | np.ndarray | None = None, **rules: object) -> ForwardMap:
    nodes = None if spot is None else np.asarray(spot, np.float64)
    (result,) = forward_maps(one.lines, *one.legs, np.array([after(d) for d in days]), spot=nodes, **rules)
    return result


def root_near(one: Book, days: float, guess: float, **rules: object) -> float:
    def at(x: float) -> float:
        return float(one_map(one, [days], [x], **rules).gamma_exposure_per_percent[0, 0])

    return float(brentq(at, guess - 8.0, guess + 8.0, xtol=1e-9))


@pytest.mark.parametrize(
    ("days", "root", "at_spot"),
    [
        (0, 5006.75010, -9_126_920.04),
        (3, 5003.81059, -7_983_036.90),
        (6, 5005.40469, -8_716_417.32),
        (6.9, 5032.30584, -9_917_770.72),
        (7, 5032.04427, -9_884_426.64),
        (10, 5024.16108, -8_664_124.32),
    ],
)
def test_root_and_exposure_over_time_are_the_published_ones(days: float, root: float, at_spot: float) -> None:
    one = book(LADDER)
    assert one_map(one, [days], [5000.0]).gamma_exposure_per_percent[0, 0] == pytest.approx(at_spot, abs=0.006)
    assert root_near(one, days, root) == pytest.approx(root, abs=1e-5)


def test_forward_variance_takes_what_is_spent_from_each_line() -> None:
    one = book(LADDER)
    rule = {"vol_in_time": VolInTime.FORWARD_VARIANCE}
    vol = moved_lines(one.lines, 5000.0, after(3), **rule).vol
    assert vol[one.lines.time_to_expiry < 0.03] == pytest.approx([0.15, 0.15], abs=1e-12)
    assert vol[one.lines.time_to_expiry > 0.03] == pytest.approx([0.161072792378] * 2, abs=1e-12)
    assert one_map(one, [3], [5000.0], **rule).gamma_exposure_per_percent[0, 0] == pytest.approx(
        -8_055_708.74, abs=0.006
    )
    assert root_near(one, 3, 5003.85270, **rule) == pytest.approx(5003.85270, abs=1e-5)


def test_a_rolling_surface_gives_each_line_the_volatility_of_the_time_it_has_left() -> None:
    one = book(LADDER)
    vol = moved_lines(one.lines, 5000.0, after(3), vol_in_time=VolInTime.ROLLING_SURFACE).vol
    long = one.lines.time_to_expiry > 0.03
    left, near, far = 27, 7 * 0.15**2, 30 * 0.16**2
    expected = np.sqrt((near + (far - near) * (left - 7) / 23) / left)
    assert vol[long] == pytest.approx([expected] * 2, rel=1e-12)
    assert vol[~long] == pytest.approx([0.15, 0.15], rel=1e-12)


def test_today_at_spot_is_the_map() -> None:
    one = book(BOOK_B, **MARKET)
    here, totals = one_map(one, [0], [5000.0]), one.exposure().totals
    assert here.gamma_exposure_per_percent[0, 0] == pytest.approx(totals.gamma_exposure, rel=1e-13)
    assert here.delta_exposure_units[0, 0] * 5000 == pytest.approx(totals.delta_exposure, rel=1e-13)
    assert here.vanna_exposure[0, 0] == pytest.approx(totals.vanna_exposure, rel=1e-13)
    assert here.charm_exposure[0, 0] == pytest.approx(totals.charm_exposure, rel=1e-12)


strategies = st.lists(
    st.tuples(
        st.sampled_from([0.5, 2.0, 9.0, 45.0, 400.0]),
        st.sampled_from([4600.0, 4900.0, 5000.0, 5150.0, 5400.0]),
        st.integers(-500, 500),
        st.sampled_from("CP"),
    ),
    min_size=1,
    max_size=8,
    unique_by=lambda line: (line[0], line[1], line[3]),
)


@settings(max_examples=40)
@given(strategies, st.floats(0.0, 12.0))
def test_every_node_is_the_slow_twins(drawn: list[tuple[float, float, int, str]], days: float) -> None:
    lines = [(d, 0.18, k, f"{n:+d}{r}") for d, k, n, r in drawn]
    one = book(lines, **MARKET)
    spot = map_spots(5000.0, SpotRange(node_count=41))
    found = one_map(one, [days], spot)
    left = [
        dataclasses.replace(o, time=max(o.time - round(days * 86_400e9) / 86_400e9 / 365, 0.0))
        for o in options(lines, **MARKET)
    ]
    gross = [dataclasses.replace(o, units=abs(o.units), right=1) for o in left]
    live = [n for n, o in enumerate(left) if o.time > 1e-6]  # in the last half minute the clock's nanoseconds show
    left, gross = [left[n] for n in live], [gross[n] for n in live]
    if len(live) < len(lines) and any(0 < o.time <= 1e-6 for o in options(lines, **MARKET)):
        return
    twins = {
        "gamma_exposure_per_percent": gamma_exposure,
        "delta_exposure_units": delta_units,
        "vanna_exposure": vanna_exposure,
        "charm_exposure": charm_exposure,
    }
    for name, twin in twins.items():
        expected = [twin(left, x) for x in spot.tolist()]
        scale = max(abs(twin([o], x)) for o in gross for x in spot.tolist()) if gross else 1.0
        assert getattr(found, name)[0] == pytest.approx(expected, abs=1e-10 * (scale + 1e-300), rel=1e-10)


@given(st.floats(0.0, 20.0), st.floats(4500.0, 5500.0))
def test_one_node_does_not_depend_on_the_others(days: float, spot: float) -> None:
    one = book(LADDER)
    alone = one_map(one, [days], [spot])
    many = one_map(one, [days], np.sort(np.append(map_spots(5000.0, SpotRange()), spot)))
    at = int(np.searchsorted(many.spot, spot))
    peak = np.abs(many.gamma_exposure_per_percent).max() + 1.0
    assert many.gamma_exposure_per_percent[0, at] == pytest.approx(
        alone.gamma_exposure_per_percent[0, 0], abs=1e-11 * peak
    )


def test_moved_smiles_agree_with_fixed_ones_where_the_ratio_is_one() -> None:
    one = with_smile(book(LADDER), (0.15, -0.5, 2.0))
    fixed = one_map(one, [0, 3], [4900.0, 5000.0, 5100.0], skew_stickiness=1.0)
    moved = one_map(one, [0, 3], [4900.0, 5000.0, 5100.0], skew_stickiness=1.0 + 1e-15)
    assert moved.gamma_exposure_per_percent == pytest.approx(fixed.gamma_exposure_per_percent, rel=1e-9)
    assert moved.charm_exposure == pytest.approx(fixed.charm_exposure, rel=1e-9)


@pytest.mark.parametrize("rule", VolInTime)
@pytest.mark.parametrize("ratio", [0.0, 0.6, 2.0])
def test_a_moving_smile_is_repriced_node_by_node(ratio: float, rule: VolInTime) -> None:
    one = with_smile(book(LADDER, **MARKET), (0.15, -0.5, 2.0))
    spot = np.array([4800.0, 4990.0, 5000.0, 5130.0])
    found = one_map(one, [0, 2.5, 9], spot, skew_stickiness=ratio, vol_in_time=rule)
    call, put = one.legs
    for m, days in enumerate([0, 2.5, 9]):
        for n, x in enumerate(spot.tolist()):
            moved = moved_lines(one.lines, x, after(days), skew_stickiness=ratio, vol_in_time=rule)
            greeks, alive = moved.call_greeks(), moved.is_alive
            weight = np.where(alive, call + put, 0.0)[0]
            gamma = weight @ np.nan_to_num(greeks.gamma) * x * x * 0.01
            delta = weight @ np.nan_to_num(greeks.delta) - put[0] @ moved.carried
            vanna = weight @ np.nan_to_num(greeks.vanna) * x * 0.01
            for name, expected in (
                ("gamma_exposure_per_percent", gamma),
                ("delta_exposure_units", delta),
                ("vanna_exposure", vanna),
            ):
                assert getattr(found, name)[m, n] == pytest.approx(expected, rel=1e-9, abs=1e-9 * abs(gamma)), name
        assert found.line_count[m] == np.count_nonzero(alive)


def test_charm_ahead_is_what_delta_loses_with_time_also_while_the_smile_moves() -> None:
    one = with_smile(book(LADDER, **MARKET), (0.15, -0.5, 2.0))
    step = 1e-3  # days
    found = one_map(one, [2.0 - step, 2.0, 2.0 + step], [4900.0, 5100.0], skew_stickiness=0.5)
    slope = (found.delta_exposure_units[2] - found.delta_exposure_units[0]) / (2.0 * step) * found.spot
    assert found.charm_exposure[1] == pytest.approx(slope, rel=1e-6)


def settling(settlement: Settlement, at: str) -> Expiry:
    spec = ContractSpec(
        root="SPX" if settlement is Settlement.AM else "SPXW",
        underlying="SPX",
        multiplier=100.0,
        exercise=Exercise.EUROPEAN,
        settlement=settlement,
    )
    instant = np.datetime64(at, "ns")
    return Expiry(contract=spec, date=instant.astype("datetime64[D]").item(), settles_at=instant)


def test_am_and_pm_of_one_day_leave_at_their_own_instants() -> None:
    one = book([(6.7, 0.15, 5000, "+10C"), (7, 0.15, 5000, "+10C")])
    found = one_map(one, [6.69, 6.7, 6.9, 7.0], [5000.0])
    assert found.line_count.tolist() == [2, 1, 1, 0]
    assert found.gamma_exposure_per_percent[3, 0] == 0.0
    assert found.delta_exposure_units[3, 0] == 0.0


def test_the_next_closes_skip_weekends_and_know_half_days() -> None:
    friday = np.datetime64("2022-02-04T21:15", "ns")
    closes = next_closes([settling(Settlement.PM, "2022-02-18T21:00")], friday, 2)
    assert closes.tolist() == np.array(["2022-02-07T21:00", "2022-02-08T21:00"], "datetime64[ns]").tolist()
    thanksgiving = next_closes([expiry_after(7)], np.datetime64("2023-11-22T22:00", "ns"), 1)
    assert thanksgiving[0] == np.datetime64("2023-11-24T18:00", "ns")


def test_a_venue_that_never_closes_settles_every_day_at_eight() -> None:
    contract = dataclasses.replace(expiry_after(7).contract, calendar=None, settlement=Settlement.UTC_0800)
    expiry = dataclasses.replace(expiry_after(7), contract=contract)
    closes = next_closes([expiry], np.datetime64("2024-03-02T08:00", "ns"), 2)
    assert closes.tolist() == np.array(["2024-03-03T08:00", "2024-03-04T08:00"], "datetime64[ns]").tolist()


def test_what_is_traded_on_the_way_is_the_flow() -> None:
    one = book(BOOK_B, **MARKET)
    (((flow),),) = dealer_flows(one.lines, *one.legs, (MarketMove(spot_move=0.01, seconds=86_400.0),))
    here = one_map(one, [0], [5000.0]).delta_exposure_units[0, 0]
    found = one_map(one, [1], [5050.0]).flow_units(here)
    assert found[0, 0] == pytest.approx(flow.units, rel=1e-9)


def test_carry_between_expiries_is_that_of_the_curve() -> None:
    one = book([(7, 0.15, 5000, "+1C"), (30, 0.15, 5000, "+1C")], **MARKET)
    growth, discount = carry_to(one.surface.forwards, 17 / 365)
    assert growth == pytest.approx(np.exp(0.027 * 17 / 365), rel=1e-14)
    assert discount == pytest.approx(np.exp(-0.04 * 17 / 365), rel=1e-14)
    assert carry_to(one.surface.forwards, 60 / 365)[0] == pytest.approx(np.exp(0.027 * 60 / 365), rel=1e-14)


def test_the_past_cannot_be_mapped() -> None:
    with pytest.raises(InputError, match="instants from"):
        one_map(book(LADDER), [-1.0])
