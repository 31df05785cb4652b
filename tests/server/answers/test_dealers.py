"""Flows, forward maps, instruments, groups and dynamics of an answer are those of the library, bit for bit."""

import dataclasses
import datetime as dt

import numpy as np
import pytest
from gex_server.answers.exposure import compute_exposure
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.chain import chain_from_proto
from gex_server.wire.exposure import FLIP, TOTALS
from gex_server.wire.flow import FLOW, MATRICES, PER_INSTRUMENT, QUANTITY
from gexapi.v1 import common_pb2, exposure_pb2

from gex.exposure.account import AccountUnit
from gex.exposure.book import exposure_books
from gex.exposure.dynamics import STICKY_MONEYNESS, SURFACE_IMPLIED, VolInTime, implied_skew_stickiness
from gex.exposure.flips import GammaFlip, SpotRange
from gex.exposure.flow import DealerFlow, MarketMove, dealer_flows
from gex.exposure.forward_map import ForwardMap, forward_maps, map_spots, next_closes
from gex.exposure.instrument import ContractQuantity, ExposureInstrument, InstrumentExposure, instrument_exposure
from gex.exposure.lines import ExposureLines, GammaKind
from gex.exposure.map import computed_greeks, leg_units
from gex.exposure.spread import DynamicsFlips, flips_by_dynamics
from gex.exposure.sums import horizon_totals, month_totals, root_totals
from gex.pairs import pair_up
from gex.pipeline import analyse
from gex.positioning import POSITIONINGS
from gex.surface.fitting import fit_surface
from tests.server.requests import chain_message

CHAIN = chain_message(options=1_000)
ANALYSIS = analyse(chain_from_proto(CHAIN))
QUOTES, SURFACE = ANALYSIS.cleaned.quotes, ANALYSIS.surface
MODELS = (POSITIONINGS["oi_calls_long_puts_short"], POSITIONINGS["oi_customers_long_all"])
MOVES = (
    MarketMove(spot_move=-0.01, label="down"),
    MarketMove(vol_points=1.0),
    MarketMove(spot_move=0.01, vol_points=-1.0, seconds=3_600.0),
)
ES = ExposureInstrument(
    symbol="ES", multiplier=50.0, price=CHAIN.spot * 1.002, average_daily_volume=1.5e6, depth=2_000.0
)
SETTINGS = {
    "positionings": [{"model": model.name} for model in MODELS],
    "moves": [
        {"spot_move": m.spot_move, "vol_points": m.vol_points, "seconds": m.seconds, "label": m.label} for m in MOVES
    ],
    "instrument": {
        "symbol": "ES",
        "multiplier": 50.0,
        "price": ES.price,
        "average_daily_volume": 1.5e6,
        "depth": 2_000.0,
    },
    "forward_map": {"spot_node_count": 21, "close_count": 3},
    "group_by": ["horizon", "root", "month"],
    "flip_dynamics": [{"name": "sticky_moneyness"}, {"name": "surface_implied"}],
}


def answer(chain=CHAIN, **changed):
    settings = exposure_pb2.ExposureSettings(**(SETTINGS | changed))
    return compute_exposure(exposure_pb2.ComputeExposureRequest(chain=chain, settings=settings))


ANSWER = answer()
BOOKS = exposure_books(QUOTES, ANALYSIS.pairs, computed_greeks(QUOTES, SURFACE), SURFACE, MODELS)
LINES = ExposureLines.of(ANALYSIS.pairs, SURFACE)
CALL, PUT = leg_units(QUOTES, ANALYSIS.pairs, [book.contracts for book in BOOKS])


def fields(cls):
    return {field.name for field in dataclasses.fields(cls)}


def given(message, name):
    return getattr(message, name) if message.HasField(name) else None


def test_no_field_of_a_domain_type_is_left_out():
    """A field added to one of these must be added to the answer, and then here."""
    assert fields(DealerFlow) == {*FLOW, "move", "quantity"}
    assert fields(ContractQuantity) == set(QUANTITY)
    assert fields(InstrumentExposure) == set(PER_INSTRUMENT)
    assert fields(ForwardMap) == {*MATRICES, "skew_stickiness", "vol_in_time", "at", "spot", "line_count"}
    assert fields(GammaFlip) == set(FLIP)
    assert fields(DynamicsFlips) == {"dynamics", "gamma_kind", "flips", "gamma_exposure"}
    assert fields(MarketMove) == set(exposure_pb2.MarketMove.DESCRIPTOR.fields_by_name)
    instrument = set(exposure_pb2.ExposureInstrument.DESCRIPTOR.fields_by_name)
    assert fields(ExposureInstrument) == (instrument - {"settlement"}) | {"settles_at"}


@pytest.mark.parametrize("index", range(2))
def test_flows_are_those_of_the_library(index):
    expected = dealer_flows(LINES, CALL, PUT, MOVES, instrument=ES)[index]
    flows = ANSWER.books[index].flows
    assert [flow.move.label for flow in flows] == ["down", "", ""]
    for got, flow in zip(flows, expected, strict=True):
        for name in FLOW:
            assert getattr(got, name) == getattr(flow, name), name
        for name, field in QUANTITY.items():
            assert given(got, field) == getattr(flow.quantity, name), name


def test_a_flow_is_its_parts_and_whole_contracts_leave_a_residual():
    flow = ANSWER.books[0].flows[0]
    parts = flow.gamma_units + flow.vanna_units + flow.charm_units + flow.residual_units
    assert parts == pytest.approx(flow.units, rel=1e-12)
    assert flow.contracts == round(flow.contracts)
    assert flow.contracts + flow.residual_contracts == pytest.approx(flow.exact_contracts, rel=1e-12)
    assert abs(flow.residual_contracts) <= 0.5
    assert flow.share_of_depth == pytest.approx(abs(flow.exact_contracts) / 2_000.0)


def test_dealers_that_are_long_gamma_sell_into_a_rise():
    book = answer(moves=[{"spot_move": 0.001}]).books[0]
    assert np.sign(book.flows[0].units) == -np.sign(book.gamma_exposure_per_percent)
    assert np.sign(book.instrument_contracts_per_percent) == np.sign(book.gamma_exposure_per_percent)


@pytest.mark.parametrize("index", range(2))
def test_forward_maps_are_those_of_the_library_row_by_row(index):
    at = next_closes(QUOTES.expiries, QUOTES.as_of, 3)
    spot = map_spots(ANSWER.spot, SpotRange(node_count=21))
    expected = forward_maps(LINES, CALL, PUT, at, spot=spot)[index]
    got = ANSWER.books[index].forward_map
    np.testing.assert_array_equal(np.asarray(got.at), at.astype(np.int64))
    np.testing.assert_array_equal(np.asarray(got.spot), spot)
    np.testing.assert_array_equal(np.asarray(got.line_count), expected.line_count)
    for name, field in MATRICES.items():
        np.testing.assert_array_equal(np.asarray(getattr(got, field)).reshape(3, 21), getattr(expected, name))
    assert (got.smile_dynamics.name, got.smile_dynamics.vol_in_time) == ("sticky_strike", "fixed_vol")


def test_the_flow_to_a_node_is_the_delta_now_less_that_of_the_node():
    book = ANSWER.books[0]
    flow = np.asarray(book.forward_map.flow_units) + np.asarray(book.forward_map.delta_exposure_units)
    np.testing.assert_allclose(flow, book.delta_exposure_units, rtol=1e-9)


def test_a_map_at_instants_of_the_request_ages_by_the_named_rule():
    at = [int(QUOTES.as_of.astype(np.int64)) + 3_600 * 10**9]
    settings = {"forward_map": {"spot_node_count": 5, "at": at}}
    dynamics = {"name": "sticky_moneyness", "vol_in_time": "rolling_surface"}
    got = answer(smile_dynamics=dynamics, **settings).books[0].forward_map
    expected = forward_maps(
        LINES,
        CALL,
        PUT,
        np.array(at, "datetime64[ns]"),
        spot=map_spots(ANSWER.spot, SpotRange(node_count=5)),
        skew_stickiness=0.0,
        vol_in_time=VolInTime.ROLLING_SURFACE,
    )[0]
    np.testing.assert_array_equal(np.asarray(got.delta_exposure_units), expected.delta_exposure_units.ravel())
    assert (got.smile_dynamics.name, got.smile_dynamics.vol_in_time) == ("sticky_moneyness", "rolling_surface")
    with pytest.raises(FieldError, match=r"forward_map\.at\[0\]"):
        answer(forward_map={"at": [1]})


@pytest.mark.parametrize("index", range(2))
def test_gamma_is_also_in_contracts_of_the_instrument_and_levels_on_its_axis(index):
    book, expected = ANSWER.books[index], BOOKS[index]
    exposure = instrument_exposure(ES, expected.totals.gamma_exposure, ANSWER.spot, QUOTES.as_of)
    for name, field in PER_INSTRUMENT.items():
        assert getattr(book, field) == getattr(exposure, name), name
    levels = book.mapped_levels
    assert (levels.symbol, levels.basis) == ("ES", ES.price - ANSWER.spot)
    assert levels.call_wall == pytest.approx(book.call_wall * 1.002, rel=1e-12)
    assert levels.HasField("gamma_flip") == book.HasField("gamma_flip")
    assert list(levels.gamma_flips) == pytest.approx([flip.price * 1.002 for flip in book.gamma_flips], rel=1e-12)


def test_without_a_price_of_the_chains_instant_no_level_is_mapped():
    late = SETTINGS["instrument"] | {"quoted_at": {"seconds": CHAIN.as_of.seconds + 60}}
    assert not answer(instrument=late).books[0].HasField("mapped_levels")
    unpriced = {"symbol": "ES", "multiplier": 50.0}
    assert not answer(instrument=unpriced).books[0].HasField("mapped_levels")
    gone = SETTINGS["instrument"] | {"settlement": {"seconds": CHAIN.as_of.seconds - 60}}
    with pytest.raises(FieldError, match="settles"):
        answer(instrument=gone)


def test_groups_are_the_sums_of_the_library():
    cells = BOOKS[0].cells
    expected = {
        ("horizon", key.name.lower()): one for key, one in horizon_totals(cells, QUOTES.expiries, QUOTES.as_of).items()
    }
    expected |= {("root", key): one for key, one in root_totals(cells, QUOTES.expiries).items()}
    expected |= {("month", key): one for key, one in month_totals(cells, QUOTES.expiries).items()}
    groups = {(group.group, group.name): group for group in ANSWER.books[0].groups}
    assert set(groups) == set(expected)
    for key, totals in expected.items():
        for name, field in TOTALS.items():
            value = getattr(totals, name)
            assert getattr(groups[key], field) == (0.0 if value is None else value), (key, name)
    assert groups["horizon", "all"].gamma_exposure_per_percent == ANSWER.books[0].gamma_exposure_per_percent
    assert not answer(group_by=[]).books[0].groups


def test_flips_stand_side_by_side_under_the_dynamics_asked_for():
    expected = flips_by_dynamics(LINES, CALL + PUT, dynamics=(STICKY_MONEYNESS, SURFACE_IMPLIED))
    for book, own in zip(ANSWER.books, expected, strict=True):
        assert [one.smile_dynamics.name for one in book.dynamics_flips] == ["sticky_moneyness", "surface_implied"]
        for got, flips in zip(book.dynamics_flips, own, strict=True):
            assert [flip.price for flip in got.gamma_flips] == [flip.price for flip in flips.flips]
            assert got.gamma_exposure_per_percent == flips.gamma_exposure


def test_ratios_that_the_surface_implies_are_given_by_expiry():
    got = answer(smile_dynamics={"name": "surface_implied"})
    dynamics = got.books[0].profile.smile_dynamics
    assert dynamics.name == got.provenance.smile_dynamics == "surface_implied"
    assert not dynamics.HasField("skew_stickiness")
    np.testing.assert_array_equal(np.asarray(dynamics.skew_stickiness_by_expiry), implied_skew_stickiness(SURFACE))


def test_total_gamma_is_taken_on_a_surface_with_second_derivatives():
    dynamics = {"name": "sticky_moneyness"}
    book = answer(gamma_kind="total", smile_dynamics=dynamics).books[0]
    smooth = fit_surface(QUOTES, ANALYSIS.vols, ANALYSIS.forwards)
    (expected,) = exposure_books(
        QUOTES,
        ANALYSIS.pairs,
        computed_greeks(QUOTES, smooth),
        smooth,
        MODELS[:1],
        skew_stickiness=0.0,
        gamma_kind=GammaKind.TOTAL,
    )
    assert book.profile.gamma_kind == "total"
    profile = np.asarray(book.profile.gamma_exposure_per_percent)
    np.testing.assert_allclose(profile, expected.profile.gamma_exposure_per_percent, rtol=1e-9, atol=1e-3)


def test_only_the_expiries_and_roots_asked_for_count():
    root, date = QUOTES.expiries[0].root, QUOTES.expiries[1].date.isoformat()
    by_root, by_date = answer(only_roots=[root]).books[0], answer(only_expiries=[date]).books[0]
    groups = {(group.group, group.name): group for group in ANSWER.books[0].groups}
    assert by_root.gamma_exposure_per_percent == pytest.approx(
        groups["root", root].gamma_exposure_per_percent, rel=1e-12
    )
    assert set(by_date.map.expiry) == {date}
    sums = dict(
        zip(ANSWER.books[0].by_expiry.expiry_index, ANSWER.books[0].by_expiry.gamma_exposure_per_percent, strict=True)
    )
    mine = [j for j, expiry in enumerate(QUOTES.expiries) if expiry.date.isoformat() == date]
    assert by_date.gamma_exposure_per_percent == pytest.approx(sum(sums[j] for j in mine), rel=1e-12)
    kept = pair_up(QUOTES.where(np.isin(QUOTES.expiry, mine)))
    assert len(by_date.map.strike) == len(kept)
    with pytest.raises(FieldError, match=r"only_roots\[0\].*SPX"):
        answer(only_roots=["NDX"])


def test_profiles_have_the_nodes_asked_for_and_error_bars_the_quantiles():
    positioning = {"model": "oi_calls_long_puts_short", "sign_error_probability": 0.1}
    book = answer(positionings=[positioning], profile_node_count=10, quantile_probability=[0.25, 0.75]).books[0]
    assert len(book.profile.spot) == len(book.profile.gamma_standard_deviation) == 11  # and spot itself
    assert list(book.gamma_exposure_uncertainty.probability) == [0.25, 0.75]


def test_coin_settled_chains_trade_by_the_unit_of_the_account():
    chain = chain_message(kind="crypto")
    analysis = analyse(chain_from_proto(chain))
    lines = ExposureLines.of(analysis.pairs, analysis.surface)
    contracts = [model.dealer_contracts(analysis.cleaned.quotes) for model in MODELS]
    call, put = leg_units(analysis.cleaned.quotes, analysis.pairs, contracts)
    perpetual = {"symbol": "BTC-PERPETUAL", "contract_value": 10.0, "price": chain.spot}
    for code, account in (
        (common_pb2.ACCOUNT_UNIT_UNSPECIFIED, AccountUnit.COIN),
        (common_pb2.ACCOUNT_UNIT_CURRENCY, AccountUnit.CURRENCY),
        (common_pb2.ACCOUNT_UNIT_CURRENCY_KEPT_IN_COIN, AccountUnit.CURRENCY_KEPT_IN_COIN),
    ):
        got = answer(chain, account_unit=code, instrument=perpetual, forward_map=None).books[0].flows
        expected = dealer_flows(lines, call, put, MOVES, account=account, is_inverse=True)[0]
        assert [flow.units for flow in got] == [flow.units for flow in expected]


def test_linear_and_coin_settled_options_are_not_mixed_in_one_flow():
    mixed = exposure_pb2.ComputeExposureRequest(chain=CHAIN).chain
    mixed.expiries[-1].payoff = common_pb2.PAYOFF_INVERSE
    with pytest.raises(NotBuiltError, match="linear and coin-settled"):
        answer(mixed)


def test_a_move_that_ends_before_the_chain_is_refused():
    past = dt.datetime(2001, 1, 1, tzinfo=dt.UTC)
    with pytest.raises(FieldError, match=r"settings\.moves"):
        answer(moves=[{"at": {"seconds": int(past.timestamp())}}])
