"""Configurations of a backtest: what is read, and every mistake named by its place."""

import copy
from pathlib import Path
from typing import Any

import pytest

from gex.backtest.config import parse_config
from gex.backtest.processes import VolatilityKind
from gex.backtest.report import report_object, run_backtest, work_of
from gex.backtest.rules import Rule
from gex.backtest.simulation import Terminal
from gex.errors import InputError

TABLES: dict[str, Any] = {
    "title": "small",
    "paths": 500,
    "seed": 5,
    "spot": 100.0,
    "risk_aversion": 1.0,
    "process": {"vol": 0.3},
    "grid": {"years": 0.1, "steps": 10},
    "book": [{"strike": 100.0, "right": "call", "units": -1.0, "vol": 0.3}],
    "execution": {"half_spread": 1e-3, "terminal": "keep"},
    "rule": [{"rule": "clock", "loosenesses": [1, 2]}, {"rule": "cost_optimal", "label": "(a, b)"}],
}


def changed(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(TABLES), **changes}


def test_a_configuration_becomes_a_simulation_and_its_rules() -> None:
    found = parse_config(changed(process={"vol": 0.3, "kind": "heston", "long_variance": 0.09}))
    assert found.simulation is not None
    assert found.simulation.process.kind is VolatilityKind.HESTON
    assert found.simulation.execution.terminal is Terminal.KEEP
    assert found.simulation.book[0].expiry_step == 10
    assert [one.rule.rule for one in found.sweeps] == [Rule.CLOCK, Rule.COST_OPTIMAL]
    assert found.sweeps[0].loosenesses == (1.0, 2.0)
    assert found.digest != parse_config(TABLES).digest
    assert parse_config(TABLES).digest == parse_config(copy.deepcopy(TABLES)).digest


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"proces": {}}, "proces"),
        ({"process": {"vol": "high"}}, "process.vol"),
        ({"process": {"vol": 0.3, "kind": "wild"}}, "process.kind"),
        ({"process": {}}, "process.*vol"),
        ({"grid": {"years": 0.1}}, "grid"),
        ({"book": []}, r"\[\[book\]\]"),
        ({"book": [{"strike": 100.0, "right": "both", "units": 1.0, "vol": 0.2}]}, "right"),
        ({"rule": []}, r"\[\[rule\]\]"),
        ({"rule": [{"rule": "clock"}, {"rule": "clock"}]}, "different names"),
        ({"rule": [{"rule": "unhedged", "loosenesses": [1.0]}]}, "no parameter"),
        ({"rule": [{"rule": "clock", "loosenesses": [-1.0]}]}, "positive"),
        ({"execution": {"terminal": "sell"}}, "terminal"),
        ({"execution": {"slippage": 1.0}}, "slippage"),
        ({"paths": 0}, "paths"),
        ({"seed": "x"}, "seed"),
    ],
)
def test_mistakes_are_named(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        run_backtest(parse_config(changed(**changes)))


def test_nothing_to_do_is_refused() -> None:
    with pytest.raises(InputError, match="found neither"):
        parse_config({"title": "empty"})
    with pytest.raises(InputError, match="no folder"):
        run_backtest(parse_config({"recorded": {"folder": "nowhere", "coin": "BTC"}}, Path("missing")))


def test_a_report_holds_frontier_gaps_and_progress_and_is_the_same_again() -> None:
    config = parse_config(TABLES)
    heard: list[int] = []
    first = run_backtest(config, progress=heard.append)
    assert sum(heard) == work_of(config) == (3 + 1 + 1) * 500
    assert report_object(first) == report_object(run_backtest(config))
    one = first.simulated
    assert one is not None
    assert one.optimum is not None
    gaps = [gap for rule in one.rules for gap in rule.gaps]
    assert len(gaps) == 3
    assert all(gap is not None and gap > 0.0 for gap in gaps)  # no policy beats the optimum
    assert one.unhedged.cost == 0.0


def test_where_there_is_no_optimum_the_report_says_why() -> None:
    for changes, why in (
        ({"execution": {"half_spread": 1e-3, "ticket": 0.01, "terminal": "keep"}}, "not proportional"),
        ({"process": {"vol": 0.3, "jump_rate": 5.0, "jump_sd": 0.1}}, "Brownian"),
        ({"execution": {"half_spread": 1e-3}}, "unwind"),
    ):
        found = run_backtest(parse_config(changed(paths=50, **changes))).simulated
        assert found is not None
        assert found.optimum is None
        assert why in found.why_no_optimum
        assert all(gap is None for rule in found.rules for gap in rule.gaps)
