"""Surfaces of answers are those of the library: slices, proofs, quality, and values at points."""

import math

import numpy as np
import pytest
from gex_server.answers.surface import compute_surface, evaluate_vols
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.chain import chain_from_proto
from gex_server.wire.surface import FLAGS, QUALITY
from gexapi.v1 import surface_pb2

from gex.errors import ColumnError
from gex.pipeline import analyse
from gex.surface.certified import Rung, SliceStates
from gex.surface.error_bars import vol_error_bars
from gex.surface.fitting import fit_surface
from gex.surface.protocol import vol_derivatives
from gex.surface.quality import FitQuality
from tests.server.requests import chain_message

CHAIN = chain_message(options=1_000)
ANALYSIS = analyse(chain_from_proto(CHAIN))
SURFACE = fit_surface(ANALYSIS.cleaned.quotes, ANALYSIS.vols, ANALYSIS.forwards)
ANSWER = compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN))
ALIVE = np.flatnonzero(SURFACE.states.rung != Rung.NONE)


def evaluate(**points):
    return evaluate_vols(surface_pb2.EvaluateVolsRequest(chain=CHAIN, **points))


def slice_variance(piece, k):
    """w of a slice from its message alone, as its comment says."""
    knot = np.asarray(piece.knot)
    coefficient = np.asarray(piece.coefficient).reshape(len(knot), 4)
    if k < knot[0]:
        return coefficient[0, 0] + piece.left_slope * (k - knot[0])
    row = int(np.searchsorted(knot, k, side="right")) - 1
    return float(np.polynomial.polynomial.polyval(k - knot[row], coefficient[row]))


def test_no_column_of_a_domain_type_is_left_out():
    """A column added to one of these must be added to the answer, and then here."""
    assert set(FitQuality.column_names()) == {*QUALITY, "chi_square"}
    numbers = {"blend", "violation", "pass_count", "calendar_gap", "left_slope", "right_slope"}
    assert set(SliceStates.column_names()) == {*FLAGS, *numbers, "rung", "is_certified"}


def test_every_expiry_that_can_be_priced_has_a_certified_slice_in_order_of_settlement():
    order = ALIVE[np.argsort(SURFACE.forwards.time_to_expiry[ALIVE], kind="stable")]
    assert [piece.expiry_index for piece in ANSWER.slices] == order.tolist()
    assert ANSWER.is_certified
    assert all(piece.certificate.is_certified and not piece.certificate.failures for piece in ANSWER.slices)
    assert [piece.certificate.rung for piece in ANSWER.slices] == [
        Rung(SURFACE.states.rung[j]).name.lower() for j in order
    ]
    assert not ANSWER.slices[0].certificate.HasField("calendar_gap")
    assert all(piece.certificate.calendar_gap >= 0.0 for piece in ANSWER.slices[1:])
    assert [state.is_certified for state in ANSWER.expiries] == SURFACE.is_certified.tolist()


def test_a_slice_is_the_surface_between_its_knots_and_in_both_wings():
    for piece in ANSWER.slices:
        knot = np.asarray(piece.knot)
        ends = [knot[0] - 0.7, knot[-1] + 0.7]
        for k in [*ends, *knot, *(0.5 * (knot[1:] + knot[:-1]))]:
            expected = float(SURFACE.total_variance(np.array([piece.expiry_index]), np.array([k]))[0])
            assert slice_variance(piece, k) == pytest.approx(expected, rel=1e-12)
        assert piece.left_slope <= 0.0 <= piece.right_slope


def test_the_money_is_told_in_vol_skew_and_curvature():
    piece = ANSWER.slices[len(ANSWER.slices) // 2]
    at = np.array([piece.expiry_index])
    vol, skew, curvature = vol_derivatives(SURFACE, at, np.zeros(1))
    assert (piece.at_the_money_vol, piece.at_the_money_skew, piece.at_the_money_curvature) == (
        vol[0],
        skew[0],
        curvature[0],
    )
    assert piece.at_the_money_vol_error == vol_error_bars(SURFACE, piece.expiry_index, np.zeros(1))[0] > 0.0
    time = ANSWER.expiries[piece.expiry_index].time_to_expiry
    assert piece.at_the_money_total_variance == pytest.approx(vol[0] ** 2 * time, rel=1e-12)


def test_quality_is_told_by_slice_and_over_all_quotes():
    quality = SURFACE.quality
    for piece in ANSWER.slices:
        for name, field in QUALITY.items():
            value = getattr(quality, name)[piece.expiry_index]
            assert getattr(piece.quality, field) == (value if quality.quote_count[piece.expiry_index] else 0.0)
    assert ANSWER.quality.quote_count == quality.quote_count.sum() > 0
    assert ANSWER.quality.inside_share == pytest.approx(quality.total_share_inside)
    assert ANSWER.quality.chi > 0.0


def test_an_expiry_without_quotes_says_that_it_was_inferred():
    chain = surface_pb2.GetSurfaceRequest(chain=CHAIN).chain
    silent = ANSWER.slices[len(ANSWER.slices) // 2].expiry_index
    for row, index in enumerate(chain.expiry_index):
        if index == silent:
            chain.bid[row] = chain.ask[row] = math.nan
    for name in ("source_vol", "source_delta", "source_gamma"):
        chain.ClearField(name)
    answer = compute_surface(surface_pb2.GetSurfaceRequest(chain=chain))
    piece = next(piece for piece in answer.slices if piece.expiry_index == silent)
    assert piece.certificate.rung == "interpolated"
    assert list(piece.flags) == ["inferred"]
    assert piece.certificate.is_certified
    assert piece.quality.quote_count == 0


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
        ({"at": [1], "log_moneyness": [0.0]}, NotBuiltError, "at"),
    ],
)
def test_points_that_cannot_be_are_refused(points, error, match):
    with pytest.raises(error, match=match):
        evaluate(**points)


def test_models_and_checks_that_come_later_are_told_from_wrong_ones():
    for request in ({"model": "svi"}, {"check_quotes": True}):
        with pytest.raises(NotBuiltError):
            compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN, **request))
    with pytest.raises(FieldError, match="model"):
        compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN, model="guess"))
    with pytest.raises(FieldError, match="chain"):
        compute_surface(surface_pb2.GetSurfaceRequest())


def test_the_same_request_gives_the_same_bytes():
    request = surface_pb2.GetSurfaceRequest(chain=CHAIN)
    assert compute_surface(request).SerializeToString() == ANSWER.SerializeToString()
