"""Surfaces of answers are those of the library: slices, proofs, quality, and values at points."""

import math

import numpy as np
import pytest
from gex_server.answers.surface import compute_surface
from gex_server.answers.vol_points import evaluate_vols
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.chain import chain_from_proto
from gex_server.wire.surface import FLAGS, QUALITY
from gexapi.v1 import common_pb2, surface_pb2

from gex.pipeline import ChainSettings, analyse
from gex.surface.certified import Rung, SliceStates
from gex.surface.error_bars import vol_error_bars
from gex.surface.protocol import SurfaceModel, vol_derivatives
from gex.surface.quality import FitQuality
from tests.server.requests import chain_message

CHAIN = chain_message(options=1_000)
ANALYSIS = analyse(chain_from_proto(CHAIN))
SURFACE = ANALYSIS.surface
ANSWER = compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN))
ALIVE = np.flatnonzero(SURFACE.states.rung != Rung.NONE)


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
    numbers = {"blend", "violation", "pass_count", "calendar_gap", "left_slope", "right_slope", "age_seconds"}
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


def test_a_model_that_comes_later_is_told_from_a_wrong_one():
    with pytest.raises(NotBuiltError):
        compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN, model="svi"))
    with pytest.raises(FieldError, match="model"):
        compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN, model="guess"))
    with pytest.raises(FieldError, match="chain"):
        compute_surface(surface_pb2.GetSurfaceRequest())
    contradicting = {"model": "essvi", "settings": {"surface_model": "broken_line"}}
    with pytest.raises(FieldError, match="model: expected the surface_model of the settings, 'broken_line'"):
        compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN, **contradicting))


def test_essvi_is_certified_and_tells_its_parameters():
    answer = compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN, model="essvi"))
    assert answer.is_certified
    assert answer.provenance.surface_model == "essvi"
    for piece in answer.slices:
        if piece.certificate.rung == "essvi":
            assert set(piece.parameters) == {"theta", "rho", "psi"}
            assert piece.at_the_money_total_variance == pytest.approx(piece.parameters["theta"], rel=2e-3)


def test_a_broken_line_is_a_curve_without_a_proof():
    answer = compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN, model="broken_line"))
    assert not answer.is_certified
    assert not answer.provenance.surface_is_certified
    assert {piece.model for piece in answer.slices} == {"broken_line"}
    settings = common_pb2.AnalysisSettings(surface_model="broken_line")
    line = analyse(chain_from_proto(CHAIN), ChainSettings(surface=SurfaceModel.BROKEN_LINE)).surface
    for piece in answer.slices:
        k = np.linspace(-0.3, 0.3, 41)
        expected = line.total_variance(np.full(41, piece.expiry_index), k)
        np.testing.assert_allclose([slice_variance(piece, x) for x in k], expected, rtol=1e-9)
    request = surface_pb2.EvaluateVolsRequest(
        chain=CHAIN, settings=settings, expiry_index=[answer.slices[3].expiry_index], log_moneyness=[0.01]
    )
    assert not evaluate_vols(request).is_certified


def test_an_answer_without_a_proof_is_refused_where_one_is_required():
    settings = {"require_certified": True, "surface_model": "broken_line"}
    refused = surface_pb2.GetSurfaceRequest(chain=CHAIN, settings=settings)
    with pytest.raises(FieldError, match="require_certified"):
        compute_surface(refused)
    settings = {"require_certified": True}
    assert compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN, settings=settings)).is_certified


def test_checked_quotes_come_with_the_sure_gains_that_the_repair_removes():
    request = surface_pb2.GetSurfaceRequest(check_quotes=True)
    request.chain.CopyFrom(CHAIN)
    quoted = np.flatnonzero(np.asarray(CHAIN.bid) > 5.0)[:40:4]
    for row in quoted:  # a tenth too dear
        request.chain.bid[row] *= 1.1
        request.chain.ask[row] *= 1.1
    answer = compute_surface(request)
    assert len(answer.quote_arbitrages) > 0
    analysis = analyse(chain_from_proto(request.chain))
    quotes = analysis.cleaned.quotes
    place = {int(row): i for i, row in enumerate(quotes.row)}
    for one in answer.quote_arbitrages:
        count, repair = np.array(one.contract_count), np.array(one.repair)
        assert count[0] == -1.0
        assert (count[1:] > 0.0).all()
        assert (repair * count >= 0.0).all()  # bids fall, asks rise
        rows = [place[row] for row in one.row]
        assert len(one.option) == len(rows)
        if one.kind in ("butterfly", "vertical") and len(set(quotes.expiry[rows])) == 1:
            price = np.where(count < 0.0, quotes.bid[rows], quotes.ask[rows])
            discount = analysis.forwards.discount_factor[quotes.expiry[rows[0]]]
            assert repair @ count == pytest.approx(one.profit * discount, rel=1e-9)
            if one.kind == "butterfly":
                assert -(price @ count) == pytest.approx(one.profit * discount, rel=1e-9)
    for one in answer.quote_repairs:
        assert one.is_bid == (one.repaired_vol < one.quoted_vol)
    assert len(compute_surface(surface_pb2.GetSurfaceRequest(chain=CHAIN)).quote_arbitrages) == 0


def test_the_same_request_gives_the_same_bytes():
    request = surface_pb2.GetSurfaceRequest(chain=CHAIN)
    assert compute_surface(request).SerializeToString() == ANSWER.SerializeToString()
