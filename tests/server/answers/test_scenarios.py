"""Scenarios and explained profit of an answer are those of the library, row by row."""

import dataclasses
import math

import numpy as np
import pytest
from gex_server.answers.risk import risk_of
from gex_server.answers.scenarios import compute_scenarios
from gex_server.errors import FieldError, NotBuiltError, TooManyError
from gex_server.wire.book import books_from_proto
from gex_server.wire.chain import chain_from_proto
from gex_server.wire.scenarios import AMOUNTS, LINES, UNITS
from gexapi.v1 import risk_pb2

from gex.errors import ColumnError, UnknownUnderlyingError
from gex.pipeline import analyse
from gex.portfolio.explain import ProfitExplanation, explain_profit
from gex.portfolio.scenarios import Scenarios, scenario_grid
from gex.portfolio.shocks import CRASH, EXPIRY_PIN, SHOCKS, Depth, shocked
from tests.server.requests import book_message, chain_message

CHAIN = chain_message(options=600)
LATER = chain_message(options=600)
LATER.spot *= 1.004
LATER.as_of.seconds += 600
BOOK = book_message(CHAIN)
BOOK.linear.add(symbol="ESH2", underlying="SPX", kind="future", contract_count=3.0, multiplier=50.0)
GRID = {"spot_move": [-0.05, 0.0, 0.05], "vol_points": [-1.0, 2.0], "seconds": [0.0, 86_400.0]}
YEAR_SECONDS = 365.0 * 86_400.0


def answer(book=BOOK, chains=(CHAIN,), **fields):
    return compute_scenarios(risk_pb2.ComputeScenariosRequest(book=book, chains=chains, **fields))


def risk(chain=CHAIN):
    return risk_of(books_from_proto(BOOK)[0], analyse(chain_from_proto(chain)))


ANSWER = answer(**GRID, shocks=["crash", "expiry_pin"], cost_per_unit=0.1, impact=0.01)
EXPECTED = (
    scenario_grid(risk(), GRID["spot_move"], [-0.01, 0.02], [0.0, 86_400.0 / YEAR_SECONDS]),
    shocked(risk(), [CRASH, EXPIRY_PIN], depth=Depth(cost_per_unit=0.1, impact=0.01)),
)


def test_no_column_of_a_domain_type_is_left_out():
    """A column added to one of these must be added to the answer, and then here."""
    axes, through_properties = {"spot_move", "vol_shift", "elapsed"}, {"gamma", "vega"}
    assert set(Scenarios.column_names()) == axes | {"profit", "coin_profit", *UNITS} | through_properties | {
        "liquidation_cost"
    }
    assert set(ProfitExplanation.column_names()) == set(LINES)
    assert set(LINES) <= set(risk_pb2.ProfitExplanation.DESCRIPTOR.fields_by_name)
    assert {shock.name for shock in SHOCKS} == {"crash", "weekend_gap", "depth_collapse", "expiry_pin"}


def test_every_scenario_is_the_library_s_grid_then_shocks():
    for name in (*AMOUNTS, *UNITS, "spot_move", "liquidation_cost"):
        expected = np.concatenate([getattr(part, name) for part in EXPECTED])
        np.testing.assert_array_equal(np.asarray(getattr(ANSWER, name)), expected, err_msg=name)
    assert list(ANSWER.shock) == [""] * 12 + ["crash", "expiry_pin"]


def test_spot_moves_fastest_then_vol_then_time():
    assert list(ANSWER.spot_move[:6]) == [-0.05, 0.0, 0.05] * 2
    np.testing.assert_allclose(ANSWER.vol_points[:6], [-1.0] * 3 + [2.0] * 3, rtol=1e-12)
    np.testing.assert_allclose(ANSWER.seconds[:12], [0.0] * 6 + [86_400.0] * 6, rtol=1e-12)


def test_where_nothing_moves_nothing_is_gained():
    still = answer()
    assert len(still.profit) == 1
    assert still.profit[0] == pytest.approx(0.0, abs=1e-6)
    assert not still.liquidation_cost
    assert not still.HasField("explanation")


def test_smile_dynamics_move_the_smile():
    moved = answer(spot_move=[0.05], settings={"smile_dynamics": {"name": "sticky_moneyness"}})
    expected = scenario_grid(risk(), [0.05], skew_stickiness=0.0)
    assert list(moved.profit) == list(expected.profit)
    assert moved.profit[0] != answer(spot_move=[0.05]).profit[0]
    assert moved.markets[0].provenance.smile_dynamics == "sticky_moneyness"


def test_profit_between_two_markets_is_explained_line_by_line():
    explanation = answer(explain_chains=[LATER], explain_funding=7.0).explanation
    expected = explain_profit(risk(), risk(LATER), funding=7.0)
    for name, value in dataclasses.asdict(expected.totals()).items():
        assert getattr(explanation, name) == value, name
    lines = sum(getattr(explanation, name) for name in LINES if name != "total")
    assert lines == pytest.approx(explanation.total, rel=1e-9)
    assert explanation.residual_share == pytest.approx(expected.residual_share)
    assert explanation.position_count == np.count_nonzero(expected.is_explained) == len(BOOK.options.strike)


def test_a_market_that_is_earlier_explains_nothing():
    with pytest.raises(FieldError, match=r"explain_chains.*later"):
        answer(chains=[LATER], explain_chains=[CHAIN])


def test_underlyings_that_move_alike_add():
    other = chain_message(underlying="NDX", options=600, seed=9)
    single = book_message(other)
    both = risk_pb2.Book.FromString(BOOK.SerializeToString() + risk_pb2.Book(linear=[
        {"symbol": "NQ", "underlying": "NDX", "kind": "future", "contract_count": 1.0, "multiplier": 20.0}
    ]).SerializeToString())  # fmt: skip
    assert single.options.strike
    added = answer(both, [CHAIN, other], spot_move=[0.01])
    future = risk_pb2.Book(linear=[both.linear[-1]])
    parts = answer(spot_move=[0.01]).profit[0] + answer(future, [other], spot_move=[0.01]).profit[0]
    assert added.profit[0] == pytest.approx(parts, rel=1e-12)
    assert not added.delta, "units of two things are not added"
    assert len(added.markets) == 2


@pytest.mark.parametrize(
    ("fields", "error", "match"),
    [
        ({"spot_move": [-1.0]}, ColumnError, r"spot_move\[0\]"),
        ({"vol_points": [0.0, math.nan]}, ColumnError, r"vol_points\[1\]"),
        ({"seconds": [-1.0]}, ColumnError, r"seconds\[0\]"),
        ({"shocks": ["boom"]}, FieldError, r"shocks\[0\]"),
        ({"impact": 1.0}, FieldError, "impact"),
        ({"cost_per_unit": math.inf}, FieldError, "cost_per_unit"),
        ({"spot_move": [0.0] * 400, "vol_points": [0.0] * 400}, TooManyError, "spot_move"),
        ({"settings": {"smile_dynamics": {"name": "surface_implied"}}}, NotBuiltError, "surface_implied"),
        ({"chains": []}, UnknownUnderlyingError, "SPX"),
    ],
)
def test_scenarios_that_cannot_be_are_refused(fields, error, match):
    with pytest.raises(error, match=match):
        answer(**fields)
