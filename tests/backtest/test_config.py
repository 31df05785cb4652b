"""Configurations of a backtest: what is read, and every mistake named by its place."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gex.backtest.config import parse_config
from gex.backtest.index_minutes import Settlement
from gex.backtest.processes import VolatilityKind
from gex.backtest.report import report_object, run_backtest, work_of
from gex.backtest.rules import Rule
from gex.backtest.simulation import Terminal
from gex.backtest.sources import ChainsSource, DeribitSource, FutureOptionsSource, IndexMinutesSource
from gex.backtest.stress import STANDARD_STRESSES, Stress
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


def test_each_kind_of_recorded_source_is_read_with_files_beside_the_configuration() -> None:
    place = Path("desk")
    tables: dict[str, tuple[dict[str, Any], Any]] = {
        "deribit": ({"folder": "books", "coin": "ETH", "hedge": "dated"}, DeribitSource),
        "future_options": ({"options": "o.zip", "futures": "f.zip", "month": "202003"}, FutureOptionsSource),
        "index_minutes": ({"levels": "l.csv", "vol": 0.12, "settlement": "average"}, IndexMinutesSource),
        "chains": ({"folder": "goog", "files": "goog_*"}, ChainsSource),
    }
    for kind, (table, made) in tables.items():
        found = parse_config({"recorded": {"kind": kind, "risk_aversion": 2e-4, **table}}, place)
        assert isinstance(found.recorded, made)
        assert found.recorded_risk_aversion == 2e-4
        assert found.stresses == STANDARD_STRESSES
    minutes = parse_config({"recorded": {"kind": "index_minutes", **tables["index_minutes"][0]}}, place).recorded
    assert isinstance(minutes, IndexMinutesSource)
    assert minutes.levels == place / "l.csv"
    assert minutes.settlement is Settlement.AVERAGE
    for table, said in (
        ({"kind": "tape"}, "recorded.kind"),
        ({"kind": "chains"}, "folder"),
        ({"kind": "chains", "folder": "x", "coin": "BTC"}, "coin"),
        ({"kind": "index_minutes", "levels": "l.csv", "settlement": "noon"}, "settlement"),
        ({"kind": "deribit", "folder": 3, "coin": "BTC"}, "folder"),
    ):
        with pytest.raises(InputError, match=said):
            parse_config({"recorded": table}, place)


def test_stresses_are_named_by_the_configuration_or_left_out() -> None:
    found = parse_config(changed(stress=[{"name": "gap", "move": -0.1, "closed_steps": 2}]))
    assert found.stresses == (Stress(name="gap", move=-0.1, closed_steps=2),)
    assert parse_config(changed(stress=[])).stresses == ()
    with pytest.raises(InputError, match=r"stress\[0\]"):
        parse_config(changed(stress=[{"name": "gap", "depth": 3}]))


@pytest.mark.parametrize("place", sorted((Path(__file__).parents[2] / "docs" / "examples").glob("*.toml")))
def test_every_example_is_a_configuration(place: Path) -> None:
    text = place.read_text(encoding="utf-8")
    assert f"gex backtest docs/examples/{place.name}" in text
    found = parse_config(tomllib.loads(text), place.parent)
    assert found.simulation is not None or found.recorded is not None
    uncommented = text.replace("# [learn]", "[learn]").replace("\n# ", "\n")
    assert parse_config(tomllib.loads(uncommented), place.parent).title == found.title


def tables_of(kind: str, data: Path, place: Path) -> dict[str, Any]:
    """A small part of a recorded market."""
    if kind == "deribit":
        for path in sorted((data / "deribit_books_6h" / "dev_crash").iterdir())[:7]:
            (place / path.name).symlink_to(path)
        return {"folder": str(place), "coin": "BTC"}
    if kind == "future_options":
        day = data / "lean_zip"
        options = day / "futureoption__cme__minute__es__202003__20200106_quote_american.zip"
        futures = day / "future__cme__minute__es__20200106_quote.zip"
        return {"options": str(options), "futures": str(futures), "month": "202003", "minutes": 180}
    if kind == "index_minutes":
        levels = data / "spx_minute_2024q1" / "spx_minute_level_data_jan_mar_2024.csv.gz"
        return {"levels": str(levels), "vol": 0.12, "start_every": 25, "every": 390}
    return {"folder": str(data / "lean_universes"), "files": "goog_*"}


@pytest.mark.real_data
@pytest.mark.parametrize("kind", ["deribit", "future_options", "index_minutes", "chains"])
def test_recorded_markets_are_reported_with_stress_choice_and_digests(
    kind: str, real_data: Path, tmp_path: Path
) -> None:
    table = tables_of(kind, real_data, tmp_path)
    config = parse_config({"recorded": {"kind": kind, **table}, "stress": [{"name": "gap", "move": 0.1}]})
    heard: list[int] = []
    found = run_backtest(config, progress=heard.append)
    assert sum(heard) == pytest.approx(work_of(config), abs=2)
    plain = report_object(found)["recorded"]
    by_name = {one["name"]: one for one in plain["strategies"]}
    assert {"(a, b)", "optimum of the model", "static", "unhedged"} <= set(by_name)
    assert any(name.startswith("Leland") for name in by_name)
    assert by_name["optimum of the model"]["gap_to_optimum"] == 0.0
    assert all(one["gap_to_hindsight"] >= 0.0 for one in plain["strategies"])  # nothing is below hindsight
    assert plain["why_no_optimum"] == ""
    assert all(len(one["digest"]) == 16 for one in plain["recordings"])
    assert {one["stress"] for one in plain["stress"]} == {"gap"}
    assert (plain["selection"] is None) is (plain["block_count"] < 6)
    if plain["selection"] is not None:
        assert plain["selection"]["variant_count"] == 12
    assert plain["trades_of_reference"]
    assert plain["bootstrap"]["seed"] > 0


def test_a_report_holds_frontier_gaps_and_progress_and_is_the_same_again() -> None:
    config = parse_config(TABLES)
    heard: list[int] = []
    first = run_backtest(config, progress=heard.append)
    stresses = len(STANDARD_STRESSES) * 3 * 500  # unhedged and two rules
    assert sum(heard) == work_of(config) == (3 + 1 + 1) * 500 + stresses
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
