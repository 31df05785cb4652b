"""Values of the surface at points are those of the library: at listed expiries, and at instants between them."""

import math

import numpy as np
import pytest
from gex_server.answers.vol_points import evaluate_vols
from gex_server.errors import FieldError, TooManyError
from gex_server.wire.chain import chain_from_proto
from gexapi.v1 import surface_pb2

from gex.errors import ColumnError
from gex.pipeline import analyse
from gex.surface.certified import Rung
from gex.surface.error_bars import vol_error_bars
from gex.surface.interpolation import vols_at
from gex.surface.protocol import vol_derivatives
from gex.variance_time import VarianceClock, VarianceEvent
from tests.server.requests import chain_message

CHAIN = chain_message(options=1_000)
ANALYSIS = analyse(chain_from_proto(CHAIN))
SURFACE = ANALYSIS.surface
ALIVE = np.flatnonzero(SURFACE.states.rung != Rung.NONE)


def evaluate(**points):
    return evaluate_vols(surface_pb2.EvaluateVolsRequest(chain=CHAIN, **points))


def test_points_by_log_moneyness_and_by_strike_are_the_surface():
    expiry = np.repeat(ALIVE, 5)
    k = np.tile(np.linspace(-0.2, 0.2, 5), len(ALIVE))
    answer = evaluate(expiry_index=expiry.tolist(), log_moneyness=k.tolist())
    vol, slope, curvature = vol_derivatives(SURFACE, expiry, k)
    columns = {"vol": vol, "vol_slope": slope, "vol_curvature": curvature}
    columns |= {"total_variance": SURFACE.total_variance(expiry, k), "forward": SURFACE.forwards.forward[expiry]}
    columns |= {"discount_factor": SURFACE.forwards.discount_factor[expiry]}
    for name, expected in columns.items():
        np.testing.assert_array_equal(np.asarray(getattr(answer, name)), expected, err_msg=name)
    assert answer.is_certified
    strike = SURFACE.forwards.forward[expiry] * np.exp(k)
    again = evaluate(expiry_index=expiry.tolist(), strike=strike.tolist())
    np.testing.assert_allclose(np.asarray(again.vol), vol, rtol=1e-12)


def test_slopes_are_differences_of_the_vols_beside_them():
    at, h = int(ALIVE[len(ALIVE) // 2]), 1e-5
    answer = evaluate(expiry_index=[at] * 3, log_moneyness=[0.031 - h, 0.031, 0.031 + h])
    assert answer.vol_slope[1] == pytest.approx((answer.vol[2] - answer.vol[0]) / (2.0 * h), rel=1e-6)


@pytest.mark.parametrize(
    ("points", "error", "match"),
    [
        ({}, FieldError, "at least one point"),
        ({"expiry_index": [0], "strike": [1.0], "log_moneyness": [0.0]}, FieldError, "got both"),
        ({"expiry_index": [0, 0], "strike": [1.0]}, ColumnError, "expiry_index"),
        ({"expiry_index": [999], "strike": [1.0]}, ColumnError, r"expiry_index\[0\]"),
        ({"expiry_index": [0], "strike": [-1.0]}, ColumnError, r"strike\[0\]"),
        ({"expiry_index": [0], "log_moneyness": [math.nan]}, ColumnError, r"log_moneyness\[0\]"),
        ({"at": [1], "log_moneyness": [0.0]}, ColumnError, r"at\[0\]"),
        ({"at": [1], "expiry_index": [0], "log_moneyness": [0.0]}, FieldError, "expiry_index or at"),
    ],
)
def test_points_that_cannot_be_are_refused(points, error, match):
    with pytest.raises(error, match=match):
        evaluate(**points)


def between(first: int, second: int) -> np.datetime64:
    """Half way between the settlements of two expiries."""
    ends = [SURFACE.forwards.expiries[j].settles_at for j in (first, second)]
    return ends[0] + (ends[1] - ends[0]) // 2


def test_an_instant_that_is_an_expiry_is_that_expiry():
    at = SURFACE.forwards.expiries[ALIVE[5]].settles_at.astype("datetime64[ns]").astype(int)
    k = np.linspace(-0.1, 0.1, 5)
    there = evaluate(at=[at] * 5, log_moneyness=k)
    here = evaluate(expiry_index=[ALIVE[5]] * 5, log_moneyness=k)
    for name in ("vol", "total_variance", "vol_slope", "vol_curvature", "forward", "discount_factor"):
        np.testing.assert_allclose(getattr(there, name), getattr(here, name), rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("clock", ["", "act_365", "variance_time"])
def test_between_expiries_the_surface_is_interpolated_in_the_clock_asked_for_and_proven(clock):
    at = between(int(ALIVE[4]), int(ALIVE[5]))
    k = np.linspace(-0.1, 0.1, 5)
    stamp = [int(at.astype("datetime64[ns]").astype(int))] * 5
    answer = evaluate(at=stamp, log_moneyness=k, settings={"variance_clock": clock})
    calendar = SURFACE.forwards.expiries[0].contract.calendar if clock == "variance_time" else None
    np.testing.assert_allclose(answer.vol, vols_at(SURFACE, at, k, VarianceClock(calendar=calendar)), rtol=1e-12)
    assert answer.is_certified
    assert answer.provenance.variance_clock == (clock or "act_365")
    low, high = (SURFACE.total_variance(np.full(5, ALIVE[j]), k) for j in (4, 5))
    assert (np.asarray(answer.total_variance) >= low).all()
    assert (np.asarray(answer.total_variance) <= high).all()
    strike = np.asarray(answer.forward) * np.exp(k)
    again = evaluate(at=stamp, strike=strike, settings={"variance_clock": clock})
    np.testing.assert_allclose(again.vol, answer.vol, rtol=1e-12)


def test_an_event_lies_wholly_after_the_instants_before_it():
    first, second = (SURFACE.forwards.expiries[ALIVE[j]].settles_at for j in (4, 5))
    money = [SURFACE.total_variance(np.array([ALIVE[j]]), np.zeros(1))[0] for j in (4, 5)]
    at = between(int(ALIVE[4]), int(ALIVE[5])).astype("datetime64[ns]").astype(int)
    second_before = int(at) - 10**9
    move = 0.5 * float(np.sqrt(money[1] - money[0]))  # a quarter of what is gained
    event = {"name": "fomc", "at": {"seconds": int(at) // 10**9, "nanos": int(at) % 10**9}, "log_move": move}
    settings = {"variance_clock": "variance_time", "events": [event], "non_trading_day_weight": 0.3}
    answer = evaluate(at=[second_before, int(at)], log_moneyness=[0.0, 0.0], settings=settings)
    gained = np.diff(answer.total_variance)[0] / (money[1] - money[0])
    assert gained == pytest.approx(0.25, abs=1e-4)
    known = VarianceEvent(name="fomc", at=np.datetime64(int(at), "ns"), variance=move**2)
    clock = VarianceClock(idle_day_weight=0.3, events=(known,))
    expected = vols_at(SURFACE, np.datetime64(second_before, "ns"), np.zeros(1), clock)
    np.testing.assert_allclose(answer.vol[:1], expected, rtol=1e-12)
    assert first < second


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"events": [{"log_move": 0.01}]}, 'events: expected variance_clock "variance_time"'),
        ({"non_trading_day_weight": 0.1}, 'non_trading_day_weight: expected variance_clock "variance_time"'),
        (
            {"variance_clock": "variance_time", "non_trading_day_weight": 1.5},
            "non_trading_day_weight: expected a share",
        ),
        (
            {"variance_clock": "variance_time", "events": [{"log_move": -0.01}]},
            r"events\[0\].log_move: expected a positive",
        ),
        ({"variance_clock": "variance_time", "events": [{"log_move": 0.01}]}, r"events\[0\].at: expected an instant"),
        ({"variance_clock": "variance_time", "events": [{}] * 101}, r"events\[100\]: expected at most 100"),
    ],
)
def test_a_clock_that_cannot_run_is_refused_by_name(settings, message):
    with pytest.raises((FieldError, TooManyError), match=message):
        evaluate(at=[2**62], log_moneyness=[0.0], settings=settings)


def test_error_bars_come_where_they_are_asked_for():
    k = np.linspace(-0.1, 0.05, 4)
    points = {"expiry_index": [ALIVE[5]] * 4, "log_moneyness": k}
    assert len(evaluate(**points).vol_error) == 0
    answer = evaluate(**points, with_vol_error=True)
    np.testing.assert_array_equal(answer.vol_error, vol_error_bars(SURFACE, int(ALIVE[5]), k))
    assert (np.asarray(answer.vol_error) > 0.0).all()


def test_broken_lines_say_nothing_between_expiries():
    with pytest.raises(FieldError, match="at: expected surface_model"):
        evaluate(at=[2**62], log_moneyness=[0.0], settings={"surface_model": "broken_line"})
