import dataclasses
import datetime as dt
import math

import numpy as np
import pytest
from gex_server.errors import FieldError, NotBuiltError
from gex_server.wire.positioning import Inputs
from gex_server.wire.settings import (
    ExposureQuestion,
    chain_settings_from_proto,
    exposure_question_from_proto,
    skew_stickiness_from_proto,
)
from gexapi.v1 import common_pb2, exposure_pb2

from gex.contracts import Right
from gex.errors import ColumnError
from gex.exposure.account import AccountUnit
from gex.exposure.dynamics import SURFACE_IMPLIED, VolInTime
from gex.exposure.flow import MarketMove
from gex.exposure.instrument import BasisMapping, ExposureInstrument
from gex.exposure.lines import GammaKind
from gex.exposure.map import GreekSource
from gex.forward import DiscountSource
from gex.pipeline import ChainSettings, ExposureSettings, analyse
from gex.positioning import ContractBasis, PositioningRule, SignError
from gex.rounding import ContractRounding
from gex.sample import sample_chain

QUOTES = sample_chain(option_count=200).quotes


def chain_settings(**fields):
    return chain_settings_from_proto(common_pb2.AnalysisSettings(**fields), "settings")


def exposure_settings(**fields):
    return exposure_question_from_proto(exposure_pb2.ExposureSettings(**fields), QUOTES, "settings")


def test_what_is_absent_has_the_default_of_gex():
    assert chain_settings() == ChainSettings()
    default, given, library = ExposureQuestion(), exposure_settings(), ExposureSettings()
    assert dataclasses.asdict(given) == dataclasses.asdict(default)
    assert (given.positionings, given.greek_source, given.span) == (
        library.positionings,
        library.greek_source,
        library.span,
    )
    assert given.dynamics.skew_stickiness == library.skew_stickiness


def test_a_discount_curve_is_that_of_the_forwards():
    curve = {"time_to_expiry": [0.25, 1.0], "rate": [0.04, 0.05], "name": "sofr"}
    settings = chain_settings(discount_curve=curve)
    forwards = analyse(sample_chain(option_count=200).parsed, settings).forwards
    rate = np.interp(forwards.time_to_expiry, [0.25, 1.0], [0.04, 0.05])
    np.testing.assert_allclose(forwards.discount_factor, np.exp(-rate * forwards.time_to_expiry), rtol=1e-14)
    assert forwards.discount_source is DiscountSource.GIVEN


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"discount_curve": {}}, r"discount_curve\.rate: expected at least one"),
        ({"discount_curve": {"time_to_expiry": [1.0]}}, r"discount_curve\.rate: expected 1 rows"),
        (
            {"discount_curve": {"time_to_expiry": [1.0, 0.5], "rate": [0.0, 0.0]}},
            r"time_to_expiry\[1\]: expected ascending",
        ),
        ({"discount_curve": {"time_to_expiry": [1.0], "rate": [5.0]}}, r"rate\[0\]: expected a decimal"),
        ({"discount_curve": {"time_to_expiry": [1.0], "rate": [math.nan]}}, r"rate\[0\]: expected a decimal"),
        ({"rate": 0.01, "discount_curve": {"time_to_expiry": [1.0], "rate": [0.0]}}, "expected rate or discount_curve"),
    ],
)
def test_a_discount_curve_that_is_none_is_refused_by_name(fields, message):
    with pytest.raises((FieldError, ColumnError), match=message):
        chain_settings(**fields)


def test_every_built_field_of_the_analysis_is_read():
    settings = chain_settings(rate=0.05, quote_age_limit_seconds=60.0, vol_source="surface", variance_clock="act_365")
    assert settings.rate == 0.05
    assert settings.cleaning.max_age_seconds == 60.0
    assert chain_settings(quote_age_limit_seconds=math.inf).cleaning.max_age_seconds is None
    assert chain_settings(rate=0.0).rate == 0.0, "a rate of zero is a rate"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"rate": 5.0}, "settings.rate"),
        ({"rate": math.nan}, "settings.rate"),
        ({"quote_age_limit_seconds": -1.0}, "settings.quote_age_limit_seconds"),
        ({"spot": 0.0}, "settings.spot"),
        ({"vol_source": "dreams"}, "settings.vol_source"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_path(fields, field):
    with pytest.raises(FieldError) as caught:
        chain_settings(**fields)
    assert caught.value.field == field


def test_what_comes_later_is_told_from_what_is_wrong():
    with pytest.raises(NotBuiltError, match="variance_time"):
        chain_settings(variance_clock="variance_time")
    with pytest.raises(FieldError, match="none are kept"):
        exposure_settings(positionings=[{"model": "signed_trades_lee_ready"}])
    with pytest.raises(NotBuiltError, match="effective_open_interest"):
        exposure_settings(contract_basis="effective_open_interest")
    with pytest.raises(FieldError, match="guess"):
        exposure_settings(positionings=[{"model": "guess"}])


def test_every_built_field_of_the_exposure_is_read():
    settings = exposure_settings(
        positionings=[{"model": "oi_customers_long_all"}, {"model": "oi_calls_long_puts_short", "label": "mine"}],
        greeks_source=common_pb2.GREEKS_SOURCE_SOURCE,
        profile_low=0.9,
        profile_high=1.05,
        smile_dynamics={"name": "sticky_moneyness", "vol_in_time": "fixed_vol"},
        gamma_kind="black",
        contract_basis="open_interest",
    )
    assert [p.name for p in settings.positionings] == ["oi_customers_long_all", "mine"]
    assert settings.greek_source is GreekSource.SOURCE
    assert (settings.span.low, settings.span.high, settings.dynamics.skew_stickiness) == (0.9, 1.05, 0.0)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"positionings": [{"model": "oi_customers_long_all"}] * 2}, "settings.positionings[1].label"),
        (
            {"positionings": [{"model": "oi_customers_long_all", "label": str(i)} for i in range(17)]},
            "settings.positionings",
        ),
        ({"positionings": [{"model": "oi_customers_long_all", "inventory": {}}]}, "settings.positionings[0].inventory"),
        ({"profile_low": 1.0}, "settings.profile_low"),
        ({"profile_low": math.nan}, "settings.profile_low"),
        ({"profile_high": math.inf}, "settings.profile_high"),
        ({"greeks_source": 7}, "settings.greeks_source"),
        ({"gamma_kind": "grey"}, "settings.gamma_kind"),
        ({"profile_node_count": 1}, "settings.profile_node_count"),
        ({"account_unit": 9}, "settings.account_unit"),
        ({"quantile_probability": [0.5, 0.5]}, "settings.quantile_probability[1]"),
        ({"quantile_probability": [1.0]}, "settings.quantile_probability[0]"),
        ({"group_by": ["week"]}, "settings.group_by[0]"),
        ({"flip_dynamics": [{"name": "sticky"}]}, "settings.flip_dynamics[0].name"),
        ({"moves": [{"spot_move": -1.0}]}, "settings.moves[0].spot_move"),
        ({"moves": [{}, {"seconds": math.inf}]}, "settings.moves[1].seconds"),
        ({"instrument": {"symbol": "ES"}}, "settings.instrument.multiplier"),
        ({"instrument": {"multiplier": 50.0, "depth": 0.0}}, "settings.instrument.depth"),
        ({"instrument": {"multiplier": 50.0, "rounding": "up"}}, "settings.instrument.rounding"),
        ({"forward_map": {"spot_node_count": 1}}, "settings.forward_map.spot_node_count"),
        ({"forward_map": {"close_count": 65}}, "settings.forward_map.close_count"),
        ({"forward_map": {"at": [2, 1]}}, "settings.forward_map.at"),
    ],
)
def test_exposures_that_cannot_be_are_refused_by_path(fields, field):
    with pytest.raises(FieldError) as caught:
        exposure_settings(**fields)
    assert caught.value.field == field


def test_scenarios_mixtures_and_sign_errors_are_read():
    rule = {"right": 2, "log_moneyness_to": -0.1, "days_from": 1.0, "weight": -0.5}
    scenario = {"model": "scenario", "label": "tails", "scenario": {"rules": [rule, {"weight": 1.0}]}}
    mixture = {
        "model": "mixture",
        "mixture": {"parts": [{"model": "oi_customers_long_all"}, scenario], "weight": [0.25, 0.75]},
        "sign_error_probability": 0.2,
        "sign_error_correlation": 0.1,
    }
    one, both = exposure_settings(positionings=[scenario, mixture]).positionings
    expected = PositioningRule(weight=-0.5, right=Right.PUT, log_moneyness_to=-0.1, days_from=1.0)
    assert (one.name, one.rules) == ("tails", (expected, PositioningRule(weight=1.0)))
    assert (both.name, both.sign_error) == ("mixture", SignError(0.2, 0.1))
    assert both.model.weights == (0.25, 0.75)
    assert both.model.parts[1] == one


@pytest.mark.parametrize(
    ("positioning", "field"),
    [
        ({"model": "scenario", "scenario": {"rules": [{"weight": 2.0}]}}, "scenario.rules[0].weight"),
        ({"model": "scenario", "scenario": {"rules": [{"right": 8}]}}, "scenario.rules[0].right"),
        ({"model": "scenario", "mixture": {}}, "mixture"),
        ({"model": "mixture"}, "mixture.parts"),
        ({"model": "mixture", "mixture": {"parts": [{"model": "oi_customers_long_all"}]}}, "mixture.weight"),
        (
            {"model": "mixture", "mixture": {"parts": [{"sign_error_probability": 0.1}], "weight": [1.0]}},
            "mixture.parts[0].sign_error_probability",
        ),
        ({"model": "oi_customers_long_all", "sign_error_probability": 0.5}, "sign_error_probability"),
        ({"model": "oi_customers_long_all", "sign_error_correlation": 0.5}, "sign_error_correlation"),
    ],
)
def test_positionings_that_cannot_be_are_refused_by_path(positioning, field):
    with pytest.raises(FieldError) as caught:
        exposure_settings(positionings=[positioning])
    assert caught.value.field == f"settings.positionings[0].{field}"


@pytest.mark.parametrize(
    ("fields", "ratio"),
    [
        ({}, 1.0),
        ({"name": "sticky_strike"}, 1.0),
        ({"name": "sticky_moneyness"}, 0.0),
        ({"name": "skew_stickiness", "skew_stickiness": 1.5}, 1.5),
    ],
)
def test_smile_dynamics_are_named_ratios(fields, ratio):
    assert skew_stickiness_from_proto(common_pb2.SmileDynamics(**fields), "s") == ratio


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "skew_stickiness"},
        {"name": "skew_stickiness", "skew_stickiness": math.nan},
        {"name": "sticky_strike", "skew_stickiness": 1.0},
        {"name": "sticky"},
    ],
)
def test_smile_dynamics_without_a_meaning_are_refused(fields):
    with pytest.raises(FieldError):
        skew_stickiness_from_proto(common_pb2.SmileDynamics(**fields), "s")


def inventory(rows, contracts, **changed):
    fields = {
        "expiry_index": QUOTES.expiry[rows].tolist(),
        "strike": QUOTES.strike[rows].tolist(),
        "right": np.where(QUOTES.right[rows] > 0, 1, 2).tolist(),
        "contract_count": contracts,
    } | changed
    settings = exposure_pb2.ExposureSettings(positionings=[{"model": "inventory", "inventory": fields}])
    return exposure_question_from_proto(settings, QUOTES, "settings")


def test_an_inventory_lands_on_its_rows_whatever_its_order_and_lines_of_one_contract_add():
    rows = np.array([150, 3, 77, 3])
    settings = inventory(rows, [1.0, -2.0, 5.0, -0.5])
    contracts = settings.positionings[0].dealer_contracts(QUOTES)
    expected = np.zeros(len(QUOTES))
    expected[[150, 3, 77]] = [1.0, -2.5, 5.0]
    np.testing.assert_array_equal(contracts, expected)
    assert settings.inputs["inventory"] == Inputs()


def test_an_inventory_that_the_chain_does_not_list_is_counted():
    inputs = inventory(np.array([3, 4]), [1.0, -7.0], strike=[float(QUOTES.strike[3]), 0.123]).inputs["inventory"]
    assert (inputs.unmatched_line_count, inputs.unmatched_contract_count) == (1, 7.0)


@pytest.mark.parametrize(
    ("changed", "column"),
    [
        ({"expiry_index": [99]}, "expiry_index"),
        ({"strike": [-1.0]}, "strike"),
        ({"right": [0]}, "right"),
        ({"contract_count": [math.nan]}, "contract_count"),
        ({"contract_count": []}, "contract_count"),
    ],
)
def test_a_malformed_inventory_is_refused_by_column(changed, column):
    with pytest.raises(ColumnError) as caught:
        inventory(np.array([3]), [1.0], **changed)
    assert caught.value.column == f"settings.positionings[0].inventory.{column}"


def test_everything_about_flows_and_maps_is_read():
    settings = exposure_settings(
        profile_node_count=50,
        account_unit=common_pb2.ACCOUNT_UNIT_COIN,
        quantile_probability=[0.1, 0.9],
        gamma_kind="total",
        smile_dynamics={"name": "surface_implied", "vol_in_time": "forward_variance"},
        group_by=["root", "root"],
        flip_dynamics=[{}, {"name": "skew_stickiness", "skew_stickiness": 2.0}],
        moves=[{"spot_move": 0.01, "vol_points": -1.0, "label": "up"}, {"at": {"seconds": 2_000_000_000}}],
        instrument={
            "symbol": "ES",
            "multiplier": 50.0,
            "price": 5_000.0,
            "settlement": {"seconds": 2_000_000_000},
            "quoted_at": {"seconds": 1_700_000_000},
            "average_daily_volume": 1e6,
            "average_daily_volume_date": "2022-02-04",
            "depth": 100.0,
            "depth_date": "2022-02-03",
            "basis_mapping": "additive",
            "rounding": "toward_zero",
        },
        forward_map={"spot_node_count": 11, "at": [1, 2]},
    )
    assert settings.span.node_count == 50
    assert settings.account is AccountUnit.COIN
    assert settings.quantiles == (0.1, 0.9)
    assert settings.gamma_kind is GammaKind.TOTAL
    assert (settings.dynamics, settings.vol_in_time) == (SURFACE_IMPLIED, VolInTime.FORWARD_VARIANCE)
    assert settings.groups == ("root",)
    assert [one.skew_stickiness for one in settings.flip_dynamics] == [1.0, 2.0]
    at = np.datetime64(2_000_000_000, "s")
    assert settings.moves == (MarketMove(spot_move=0.01, vol_points=-1.0, label="up"), MarketMove(at=at))
    assert settings.instrument == ExposureInstrument(
        symbol="ES",
        multiplier=50.0,
        price=5_000.0,
        quoted_at=np.datetime64(1_700_000_000, "s"),
        settles_at=at,
        average_daily_volume=1e6,
        average_daily_volume_date=dt.date(2022, 2, 4),
        depth=100.0,
        depth_date=dt.date(2022, 2, 3),
        basis_mapping=BasisMapping.ADDITIVE,
        rounding=ContractRounding.TOWARD_ZERO,
    )
    assert settings.map_nodes.spot_count == 11
    np.testing.assert_array_equal(settings.map_nodes.at.astype(np.int64), [1, 2])


def test_a_convention_on_volume_says_so_in_its_name():
    (model,) = exposure_settings(contract_basis="volume").positionings
    assert model.name == "oi_calls_long_puts_short.volume"
    sign = np.where(QUOTES.right > 0, 1.0, -1.0)
    np.testing.assert_array_equal(model.dealer_contracts(QUOTES), sign * np.nan_to_num(QUOTES.volume))
    (labelled,) = exposure_settings(
        contract_basis="volume", positionings=[{"model": "oi_customers_long_all", "label": "mine"}]
    ).positionings
    assert (labelled.name, labelled.basis) == ("mine", ContractBasis.VOLUME)
