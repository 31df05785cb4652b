"""The answer of an exposure says what the library says, field by field."""

import dataclasses

import numpy as np
import pytest
from gex_server.answers.exposure import compute_exposure
from gex_server.wire.chain import chain_from_proto
from gex_server.wire.exposure import BY_EXPIRY, CELLS, PROFILE, TOTALS
from gexapi.v1 import common_pb2, exposure_pb2

from gex.errors import MissingDataError
from gex.exposure.book import ExposureBook
from gex.exposure.expected_move import ExpectedMove, expected_moves
from gex.exposure.levels import max_pain
from gex.exposure.map import ExposureMap, ExposureTotals, computed_greeks
from gex.exposure.profile import ExposureProfile
from gex.exposure.sums import ExposureByExpiry
from gex.exposure.uncertainty import Uncertainty
from gex.forward import ForwardCurve
from gex.pipeline import ExposureSettings, analyse, dealer_exposure
from gex.positioning import POSITIONINGS
from gex.quotes import RejectReason
from tests.server.requests import all_positionings, chain_message

CHAIN = chain_message(options=1_000)
ANALYSIS = analyse(chain_from_proto(CHAIN))
ANSWER = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=all_positionings()))
BOOKS = dealer_exposure(
    ANALYSIS, ExposureSettings(positionings=tuple(POSITIONINGS[book.model] for book in all_positionings().positionings))
)


def fields(cls):
    return {field.name for field in dataclasses.fields(cls)}


def test_no_field_of_a_domain_type_is_left_out():
    """A field added to one of these must be added to the answer, and then here."""
    book = {
        "positioning",
        "cells",
        "totals",
        "profile",
        "walls",
        "absolute_gamma_strike",
        "missing_open_interest_count",
    }
    bars = {"gamma_exposure_uncertainty", "gamma_flip_uncertainty"}
    assert fields(ExposureBook) == book | bars | {"contracts"}
    assert fields(ExposureTotals) | {"conditioning"} == set(TOTALS)
    kept_elsewhere = {"positioning", "greek_source", "spot", "expiry"}  # the book, the provenance, the answer, by date
    sums_only = {"theta_exposure", "speed_exposure", "zomma_exposure", "color_exposure"}
    assert fields(ExposureMap) == (set(CELLS) - {"gamma_exposure"}) | kept_elsewhere | sums_only
    assert fields(ExposureByExpiry) == set(BY_EXPIRY)
    profile = {"skew_stickiness", "flips", "gamma_kind", "gamma_standard_deviation", "clamp_count"}
    assert fields(ExposureProfile) == {*PROFILE, *profile}
    assert fields(Uncertainty) == set(common_pb2.Uncertainty.DESCRIPTOR.fields_by_name)
    assert fields(ExpectedMove) == set(exposure_pb2.ExpectedMove.DESCRIPTOR.fields_by_name)
    curve = {"as_of", "spot", "spot_is_implied", "expiries", "discount", "time_to_expiry", "forward", "discount_factor"}
    assert {"forward_standard_error", "implied_borrow_rate"} <= set(common_pb2.ExpiryState.DESCRIPTOR.fields_by_name)
    found = {"discount_source", "carry", "standard_error", "implied_borrow"}  # in the provenance, by expiry
    found |= {"future"}  # what the curve follows between chains, not an output
    assert fields(ForwardCurve) == curve | found | {"lower", "upper", "pair_count", "source", "box_is_empty"}


@pytest.mark.parametrize("index", range(3))
def test_totals_and_levels_are_those_of_the_library(index):
    book, answer = BOOKS[index], ANSWER.books[index]
    assert answer.positioning in (book.positioning, "everyone_long")
    for name, field in TOTALS.items():
        value = getattr(book.totals, name)
        assert getattr(answer, field) == value if value is not None else not answer.HasField(field), name
    assert [(flip.price, flip.slope) for flip in answer.gamma_flips] == [
        (flip.price, flip.slope) for flip in book.profile.flips
    ]
    assert answer.HasField("gamma_flip") == (book.gamma_flip is not None)
    assert answer.gamma_flip_absence == (book.no_flip_reason or "")
    assert (answer.call_wall, answer.put_wall) == (book.headline_walls.call_wall, book.headline_walls.put_wall)
    assert answer.absolute_gamma_strike == book.absolute_gamma_strike
    assert len(answer.walls) == 2 * len(book.walls)


def test_a_book_without_a_flip_says_why_and_has_no_level_for_it():
    everyone_long = ANSWER.books[2]
    assert not everyone_long.HasField("gamma_flip")
    assert everyone_long.gamma_flip_absence == "no_sign_change"
    assert everyone_long.conditioning == 1.0


@pytest.mark.parametrize("index", range(3))
def test_map_and_profile_are_those_of_the_library_bit_for_bit(index):
    book, answer = BOOKS[index], ANSWER.books[index]
    for name, field in CELLS.items():
        np.testing.assert_array_equal(np.asarray(getattr(answer.map, field)), getattr(book.cells, name), err_msg=name)
    dates = [expiry.date.isoformat() for expiry in ANALYSIS.cleaned.quotes.expiries]
    assert list(answer.map.expiry) == [dates[i] for i in book.cells.expiry]
    assert answer.profile.clamp_count == book.profile.clamp_count
    for name in PROFILE:
        np.testing.assert_array_equal(np.asarray(getattr(answer.profile, name)), getattr(book.profile, name))


def test_the_map_adds_up_to_the_totals_and_to_the_sums_by_expiry():
    book = ANSWER.books[0]
    net = np.asarray(book.map.gamma_exposure_per_percent)
    assert np.nansum(net) == pytest.approx(book.gamma_exposure_per_percent, rel=1e-12)
    assert sum(book.by_expiry.gamma_exposure_per_percent) == pytest.approx(book.gamma_exposure_per_percent, rel=1e-12)
    gross = sum(book.by_expiry.gross_gamma_exposure_per_percent)
    assert gross == pytest.approx(book.gross_gamma_exposure_per_percent, rel=1e-12)
    assert list(book.by_expiry.expiry) == [state.expiry for state in ANSWER.expiries]
    contracts = np.asarray(book.map.call_contract_count), np.asarray(book.map.put_contract_count)
    assert (contracts[0] >= 0.0).all()
    assert (contracts[1] <= 0.0).all()


def test_at_spot_the_profile_is_the_total():
    book = ANSWER.books[0]
    at = list(book.profile.spot).index(ANSWER.spot)
    assert book.profile.gamma_exposure_per_percent[at] == pytest.approx(book.gamma_exposure_per_percent, rel=1e-12)


def test_max_pain_is_given_for_every_settlement_with_open_interest():
    pains = [pain for pain in max_pain(ANALYSIS.cleaned.quotes, ANALYSIS.pairs) if pain.strike is not None]
    assert [(p.root, p.expiry, p.strike, p.upper_strike, p.payout) for p in ANSWER.max_pains] == [
        (p.expiry.root, p.expiry.date.isoformat(), p.strike, p.strike_high, p.payout) for p in pains
    ]


def test_expiries_say_clock_forward_and_what_they_hold():
    forwards, quotes = ANALYSIS.forwards, ANALYSIS.cleaned.quotes
    assert len(ANSWER.expiries) == len(quotes.expiries)
    for j, state in enumerate(ANSWER.expiries):
        expiry = quotes.expiries[j]
        assert (state.root, state.expiry) == (expiry.root, expiry.date.isoformat())
        assert state.settlement.ToNanoseconds() == int(expiry.settles_at.astype(np.int64))
        assert state.time_to_expiry == forwards.time_to_expiry[j]
        assert state.row_count == np.count_nonzero(quotes.expiry == j)
        if np.isfinite(forwards.forward[j]):
            assert (state.forward, state.discount_factor) == (forwards.forward[j], forwards.discount_factor[j])
        else:
            assert not state.HasField("forward")
            assert not state.HasField("discount_factor")


def test_rejects_are_counted_with_their_open_interest():
    rejects = ANALYSIS.cleaned.rejects
    assert {reject.reason: reject.count for reject in ANSWER.rejects} == {
        reason.label: count for reason, count in rejects.counts().items()
    }
    expired = next(reject for reject in ANSWER.rejects if reject.reason == "expired")
    assert expired.drops_row
    assert expired.open_interest == np.nansum(rejects.open_interest[rejects.reason == RejectReason.EXPIRED])
    assert sum(reject.count for reject in ANSWER.rejects if reject.drops_row) + len(ANALYSIS.cleaned.quotes) == len(
        CHAIN.strike
    )


def test_provenance_names_what_was_assumed():
    provenance = ANSWER.provenance
    assert provenance.underlying == "SPX"
    assert list(provenance.positionings) == [book.positioning for book in ANSWER.books]
    assert (provenance.clock, provenance.vol_source, provenance.discount_source) == ("act_365", "surface", "implied")
    assert (provenance.smile_dynamics, provenance.skew_stickiness) == ("sticky_strike", 1.0)
    assert provenance.greeks_source == common_pb2.GREEKS_SOURCE_COMPUTED
    assert provenance.row_count == len(CHAIN.strike)
    assert 0 < provenance.used_row_count <= provenance.kept_row_count < provenance.row_count
    assert 0.0 < provenance.used_open_interest <= provenance.open_interest
    assert provenance.staleness.is_stale, "the sample has stale rows"
    assert list(provenance.staleness.reasons) == ["quotes"]


def test_provenance_names_proof_exercise_and_what_each_sign_rests_on():
    provenance = ANSWER.provenance
    assert provenance.exercise_model == "european"
    assert provenance.gamma_kind == "black"
    assert provenance.expiry_count == len(ANSWER.expiries)
    assert provenance.certified_expiry_count == np.count_nonzero(ANALYSIS.surface.is_certified)
    priced = np.isfinite(computed_greeks(ANALYSIS.cleaned.quotes, ANALYSIS.surface).gamma)
    assert provenance.unpriced_row_count == np.count_nonzero(~priced)
    sources = provenance.positioning_sources
    assert [source.positioning for source in sources] == [book.positioning for book in ANSWER.books]
    assert [source.model for source in sources] == [one.model for one in all_positionings().positionings]
    assert not sources[0].HasField("sign_error_probability")
    american = exposure_pb2.ComputeExposureRequest(chain=CHAIN)
    for expiry in american.chain.expiries:
        expiry.exercise = common_pb2.EXERCISE_AMERICAN
    assert compute_exposure(american).provenance.exercise_model == "european_equivalent"


def test_the_input_hash_is_that_of_the_inputs():
    request = exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=all_positionings())
    digest = ANSWER.provenance.input_hash
    assert len(digest) == 64
    assert compute_exposure(request).provenance.input_hash == digest
    request.settings.smile_dynamics.name = "sticky_moneyness"
    assert compute_exposure(request).provenance.input_hash != digest
    request.settings.ClearField("smile_dynamics")
    kept = ANALYSIS.cleaned.quotes
    row = next(  # the hash is of the cleaned chain: a row that was refused is not in it
        i
        for i, (e, k) in enumerate(zip(CHAIN.expiry_index, CHAIN.strike, strict=True))
        if e == kept.expiry[100] and k == kept.strike[100] and CHAIN.right[i] == (1 if kept.right[100] > 0 else 2)
    )
    request.chain.open_interest[row] += 1.0
    assert compute_exposure(request).provenance.input_hash != digest


def test_expiries_say_how_sure_their_forward_is():
    forwards = ANALYSIS.forwards
    for j, state in enumerate(ANSWER.expiries):
        assert state.HasField("forward_standard_error") == bool(np.isfinite(forwards.standard_error[j]))
        if state.HasField("forward_standard_error"):
            assert state.forward_standard_error == forwards.standard_error[j]


def test_a_spot_that_the_quotes_contradict_is_warned_of_and_a_good_one_is_not():
    assert not ANSWER.provenance.warnings
    assert ANSWER.provenance.implied_spot == pytest.approx(ANSWER.spot, rel=5e-3)
    settings = exposure_pb2.ExposureSettings(analysis={"spot": CHAIN.spot * 1.02})
    answer = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=settings))
    assert [warning.reason for warning in answer.provenance.warnings] == ["spot_of_another_instant"]


def test_the_spread_spans_the_books():
    net = [book.gamma_exposure_per_percent for book in ANSWER.books]
    spread = ANSWER.spread
    assert spread.minimum_gamma_exposure_per_percent == min(net)
    assert spread.maximum_gamma_exposure_per_percent == max(net)
    assert not spread.sign_agrees
    alone = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=CHAIN))
    assert not alone.HasField("spread")
    assert [book.positioning for book in alone.books] == ["oi_calls_long_puts_short"]


def test_opposite_positionings_are_opposite():
    one, other = ANSWER.books[:2]
    assert one.gamma_exposure_per_percent == -other.gamma_exposure_per_percent
    assert one.gross_gamma_exposure_per_percent == other.gross_gamma_exposure_per_percent


def with_printed_gamma():
    message = exposure_pb2.ComputeExposureRequest(chain=CHAIN).chain
    del message.source_gamma[:]
    message.source_gamma.extend(np.full(len(message.strike), 0.001))
    return message


def test_expected_moves_are_given_for_every_expiry_with_volatilities():
    moves = expected_moves(ANALYSIS.surface)
    assert len(moves) > 0
    assert [(m.expiry_index, m.straddle, m.one_sigma, m.vol) for m in ANSWER.expected_moves] == [
        (m.expiry_index, m.straddle, m.one_sigma, m.vol) for m in moves
    ]


def test_a_sign_error_gives_error_bars_and_leaves_the_figures():
    positioning = {"model": "oi_calls_long_puts_short", "sign_error_probability": 0.1, "sign_error_correlation": 0.2}
    settings = exposure_pb2.ExposureSettings(positionings=[positioning])
    book = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=settings)).books[0]
    assert book.gamma_exposure_per_percent == ANSWER.books[0].gamma_exposure_per_percent
    bar = book.gamma_exposure_uncertainty
    assert bar.mean == pytest.approx(0.8 * book.gamma_exposure_per_percent, rel=1e-12)
    assert 0.0 < bar.standard_deviation < bar.standard_deviation_correlated
    assert list(bar.probability) == [0.05, 0.5, 0.95]
    assert list(bar.quantile) == sorted(bar.quantile)
    assert len(book.profile.gamma_standard_deviation) == len(book.profile.spot)
    assert not ANSWER.books[0].HasField("gamma_exposure_uncertainty")
    assert not ANSWER.books[0].profile.gamma_standard_deviation


def test_gamma_in_coin_is_given_for_coin_settled_chains_only():
    coin = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=chain_message(kind="crypto")))
    book = coin.books[0]
    assert book.gamma_exposure_coin_per_percent == book.gamma_exposure_per_percent / coin.spot
    assert not ANSWER.books[0].HasField("gamma_exposure_coin_per_percent")


def test_greeks_of_the_source_are_summed_where_asked_for_and_only_those_it_prints():
    settings = exposure_pb2.ExposureSettings(greeks_source=common_pb2.GREEKS_SOURCE_SOURCE)
    request = exposure_pb2.ComputeExposureRequest(chain=with_printed_gamma(), settings=settings)
    answer = compute_exposure(request)
    book, quotes = answer.books[0], ANALYSIS.cleaned.quotes
    calls = np.nansum(quotes.open_interest[quotes.right > 0])
    # 0.001 x 100 x S^2 x 0.01 a contract
    assert book.call_gamma_exposure_per_percent == pytest.approx(calls * 0.001 * answer.spot**2, rel=1e-12)
    assert answer.provenance.greeks_source == common_pb2.GREEKS_SOURCE_SOURCE
    assert not book.HasField("vanna_exposure_per_vol_point")
    request.chain.ClearField("source_gamma")
    with pytest.raises(MissingDataError, match="prints no gamma"):
        compute_exposure(request)


def test_map_and_profile_are_left_out_on_request_and_levels_stay():
    settings = exposure_pb2.ExposureSettings(omit_map=True, omit_profile=True)
    book = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=settings)).books[0]
    assert not book.HasField("map")
    assert not book.HasField("profile")
    assert book.gamma_flip == ANSWER.books[0].gamma_flip


def test_a_spot_of_the_request_goes_before_that_of_the_chain():
    settings = exposure_pb2.ExposureSettings(analysis={"spot": CHAIN.spot * 1.01})
    answer = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=settings))
    assert answer.spot == CHAIN.spot * 1.01
    assert answer.provenance.spot_source == "request"


def test_an_inventory_equal_to_open_interest_is_that_convention():
    quotes = ANALYSIS.cleaned.quotes
    signed = POSITIONINGS["oi_calls_long_puts_short"].dealer_contracts(quotes)
    inventory = {
        "expiry_index": quotes.expiry.tolist(),
        "strike": quotes.strike.tolist(),
        "right": np.where(quotes.right > 0, 1, 2).tolist(),
        "contract_count": signed.tolist(),
    }
    settings = exposure_pb2.ExposureSettings(positionings=[{"model": "inventory", "inventory": inventory}])
    book = compute_exposure(exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=settings)).books[0]
    assert book.positioning == "inventory"
    assert book.gamma_exposure_per_percent == ANSWER.books[0].gamma_exposure_per_percent
    assert book.gamma_flip == ANSWER.books[0].gamma_flip


def test_the_same_request_gives_the_same_bytes():
    request = exposure_pb2.ComputeExposureRequest(chain=CHAIN, settings=all_positionings())
    assert compute_exposure(request).SerializeToString() == compute_exposure(request).SerializeToString()
