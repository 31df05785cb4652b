"""The learned band: untrained it is (a, b), trained it stays a band, and it is accepted with its interval or not at all."""

import importlib
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gex.backtest.config import parse_config
from gex.backtest.learned import (
    LEARNED,
    Judgement,
    LearnSettings,
    _certainty_cost,
    judge_band,
    train_band,
    why_not_learned,
)
from gex.backtest.processes import MarketProcess, TimeGrid, sample_markets
from gex.backtest.report import report_object, run_backtest
from gex.backtest.resampling import Estimate
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulated_book import SimulatedOption
from gex.backtest.simulation import Execution, Simulation, Terminal, summarise
from gex.errors import InputError

STILL = LearnSettings(epochs=0, judged_paths=20_000)


def call(**changes: Any) -> Simulation:
    """Two short calls at the money, 20 daily steps, 10 bp."""
    one = Simulation(
        process=MarketProcess(vol=0.2),
        grid=TimeGrid.even(20.0 / 365.0, 20),
        book=(SimulatedOption(strike=100.0, right=1, units=-2.0, vol=0.2, expiry_step=20),),
        execution=Execution(half_spread=1e-3, terminal=Terminal.KEEP),
        spot=100.0,
        seed=11,
    )
    return replace(one, **changes)


def torch() -> Any:
    return pytest.importorskip("torch", reason="the learned band needs the extra learn")


def test_an_untrained_network_is_the_closed_form() -> None:
    """On the same paths its certainty cost is that of (a, b), which is Whalley–Wilmott's edge without a ticket."""
    torch()
    band = train_band(call(), 0.05, STILL)
    plain = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=0.05)
    costs = [summarise(call(), rule, 20_000, risk_aversion=0.05).certainty_cost for rule in (band.rule, plain)]
    assert costs[0] == pytest.approx(costs[1], rel=2e-3)  # the table is interpolated


@pytest.mark.parametrize("terminal", [Terminal.KEEP, Terminal.UNWIND])
def test_training_reckons_as_the_kernel_does(terminal: Terminal) -> None:
    """A drift of 1e-12 a year leaves the control out, so that both are (1/γ) log E exp(−γ·profit) of the same paths."""
    library = torch()
    one = call(process=MarketProcess(vol=0.2, drift=1e-12), execution=Execution(half_spread=1e-3, terminal=terminal))
    spot = sample_markets(one.process, one.grid, spot=100.0, path_count=4000, seed=one.seed).spot

    def flat(inputs: Any) -> Any:
        return library.zeros((*inputs.shape[:-1], 2), dtype=library.float64)

    ours = float(_certainty_cost(library, flat, one, 0.05, spot))
    rule = HedgeRule(rule=Rule.COST_OPTIMAL, risk_aversion=0.05)
    assert ours == pytest.approx(summarise(one, rule, 4000, risk_aversion=0.05).certainty_cost, rel=1e-9)


def test_a_trained_band_stays_round_the_delta_within_its_factor_and_is_the_same_again() -> None:
    torch()
    settings = LearnSettings(epochs=6, paths=256, learning_rate=0.05, judged_paths=2000)
    first, still = train_band(call(), 0.05, settings), train_band(call(), 0.05, STILL)
    again, other = train_band(call(), 0.05, settings), train_band(call(), 0.05, replace(settings, seed=2))
    tables = [one.rule.table for one in (first, still, again, other)]
    assert all(table is not None for table in tables)
    ours, closed, same, different = tables
    np.testing.assert_array_equal(ours.lower, same.lower)  # type: ignore[union-attr]
    assert not np.array_equal(ours.lower, different.lower)  # type: ignore[union-attr]
    middle = 0.5 * (closed.lower + closed.upper)[:-1]  # type: ignore[union-attr]
    half = 0.5 * (closed.upper - closed.lower)[:-1]  # type: ignore[union-attr]
    for edge in (middle - ours.lower[:-1], ours.upper[:-1] - middle):  # type: ignore[union-attr]
        assert (edge >= 0.25 * half - 1e-9).all()
        assert (edge <= 4.0 * half + 1e-9).all()
    assert np.abs(middle - ours.lower[:-1] - half).max() > 1e-3  # type: ignore[union-attr]  # it has learned something


def test_it_is_judged_on_other_paths_against_the_better_closed_form() -> None:
    torch()
    found = judge_band(call(), train_band(call(), 0.05, STILL), 0.05)
    assert found.seed != call().seed
    assert found.rival in ("(a, b)", "(a, b), corrected for polling", "(a, b) in a table")
    assert found.gain.low <= found.gain.value <= found.gain.high
    assert found.gain.value <= 0.0
    assert not found.is_accepted  # the closed form does not beat itself


def test_only_an_interval_above_zero_is_accepted() -> None:
    for low, accepted in ((1e-9, True), (0.0, False), (-1.0, False), (math.nan, False)):
        gain = Estimate(value=1.0, low=low, high=2.0, block_count=10)
        found = Judgement(rival="(a, b)", rival_cost=2.0, learned_cost=1.0, gain=gain, path_count=10, seed=1)
        assert found.is_accepted is accepted


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"book": (SimulatedOption(strike=100.0, right=-1, units=-1.0, vol=0.2, expiry_step=20),)}, "short call"),
        ({"execution": Execution(half_spread=1e-3, ticket=1.0)}, "not proportional"),
        ({"execution": Execution()}, "free"),
        ({"execution": Execution(half_spread=1e-3, latency_steps=1)}, "at once"),
        ({"process": MarketProcess(vol=0.2, funding_mean=0.1)}, "carry"),
    ],
)
def test_what_it_cannot_learn_is_said(changes: dict[str, Any], said: str) -> None:
    assert said in why_not_learned(call(**changes))


def test_without_pytorch_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", absent)
    with pytest.raises(InputError, match=r"gex\[learn\]"):
        train_band(call(), 0.05, STILL)


TABLES: dict[str, Any] = {
    "paths": 400,
    "spot": 100.0,
    "risk_aversion": 0.05,
    "process": {"vol": 0.2},
    "grid": {"years": 0.05, "steps": 10},
    "book": [{"strike": 100.0, "right": "call", "units": -1.0, "vol": 0.2}],
    "execution": {"half_spread": 1e-3, "terminal": "keep"},
    "rule": [{"rule": "cost_optimal"}],
    "stress": [],
    "learn": {"epochs": 0, "judged_paths": 2000},
}


def test_the_report_shows_it_beside_the_rules_only_where_it_is_accepted() -> None:
    torch()
    found = run_backtest(parse_config(TABLES)).simulated
    assert found is not None
    assert found.learned is not None
    assert not found.learned.is_accepted
    assert LEARNED not in [rule.name for rule in found.rules]
    plain = report_object(run_backtest(parse_config(TABLES)))["simulated"]["learned"]
    assert plain["is_accepted"] is False
    assert plain["gain"]["low"] is not None


def test_a_request_to_learn_names_what_it_lacks() -> None:
    without = {name: value for name, value in TABLES.items() if name != "risk_aversion"}
    with pytest.raises(InputError, match="risk_aversion to train for"):
        parse_config(without)
    with pytest.raises(InputError, match="learn: layers not known"):
        parse_config({**TABLES, "learn": {"layers": 3}})
    with pytest.raises(InputError, match="learn: expected positive"):
        parse_config({**TABLES, "learn": {"epochs": -1}})
