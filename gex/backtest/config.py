"""What a backtest is asked to do: tables of a configuration as values, every mistake named by its place."""

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from gex.backtest.index_minutes import Settlement
from gex.backtest.learned import LearnSettings
from gex.backtest.processes import MarketProcess, TimeGrid, VolatilityKind
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulated_book import SimulatedOption
from gex.backtest.simulation import Execution, Simulation, Terminal
from gex.backtest.sources import KINDS, Source
from gex.backtest.stress import STANDARD_STRESSES, Stress
from gex.errors import InputError

Made = TypeVar("Made")
_RIGHTS = {"call": 1, "put": -1}


@dataclass(frozen=True, kw_only=True)
class RuleSweep:
    """One rule at several looseness parameters: its frontier."""

    rule: HedgeRule
    loosenesses: tuple[float, ...] = ()  # empty: the rule as it is


@dataclass(frozen=True, kw_only=True)
class BacktestConfig:
    """A simulation with its rules, a recorded market, or both."""

    title: str = "Backtest"
    simulation: Simulation | None = None
    sweeps: tuple[RuleSweep, ...] = ()
    path_count: int = 20_000
    risk_aversion: float | None = None  # γ of certainty costs and of the optimum, 1/currency
    recorded: Source | None = None
    recorded_risk_aversion: float | None = None  # 1/currency; None: 100 over the notional
    stresses: tuple[Stress, ...] = STANDARD_STRESSES
    learn: LearnSettings | None = None  # train a band network and judge it; needs risk_aversion
    digest: str = field(default="", compare=False)  # of everything that was asked


def parse_config(tables: Mapping[str, Any], folder: Path | None = None) -> BacktestConfig:
    """The configuration in a mapping as TOML gives it. Paths are relative to `folder`. InputError names what is wrong."""
    known = {"title", "paths", "seed", "spot", "antithetic", "risk_aversion", "process", "grid", "book", "execution",
             "rule", "recorded", "stress", "learn"}  # fmt: skip
    _refuse_unknown("config", tables, known)
    simulation = _simulation(tables) if "process" in tables else None
    if simulation is None and "recorded" not in tables:
        raise InputError("config: expected a table [process] to simulate or [recorded] to replay, found neither")
    sweeps = tuple(_sweep(k, table) for k, table in enumerate(_tables(tables, "rule")))
    if simulation is not None and not sweeps:
        raise InputError("config: expected at least one [[rule]]")
    names = [one.rule.name for one in sweeps]
    if len(set(names)) != len(names):
        raise InputError(f"rule: expected rules of different names (give one a label), got {', '.join(names)}")
    recorded, gamma = _recorded(_table(tables, "recorded"), folder or Path()) if "recorded" in tables else (None, None)
    stresses: tuple[Stress, ...] = STANDARD_STRESSES
    if "stress" in tables:
        stresses = tuple(_made(f"stress[{k}]", Stress, one) for k, one in enumerate(_tables(tables, "stress")))
    learn = _made("learn", LearnSettings, _table(tables, "learn")) if "learn" in tables else None
    if learn is not None and (simulation is None or "risk_aversion" not in tables):
        raise InputError("learn: expected a [process] to train on and the risk_aversion to train for")
    count = tables.get("paths", 20_000)
    if not isinstance(count, int) or not 1 <= count <= 100_000_000:
        raise InputError(f"paths: expected a whole number from 1 to 10⁸, got {count!r}")
    return BacktestConfig(
        title=str(tables.get("title", "Backtest")),
        simulation=simulation,
        sweeps=sweeps,
        path_count=count,
        risk_aversion=_number("risk_aversion", tables["risk_aversion"]) if "risk_aversion" in tables else None,
        recorded=recorded,
        recorded_risk_aversion=gamma,
        stresses=stresses,
        learn=learn,
        digest=hashlib.blake2b(json.dumps(tables, default=str, sort_keys=True).encode(), digest_size=8).hexdigest(),
    )


def _recorded(table: Mapping[str, Any], folder: Path) -> tuple[Source, float | None]:
    """The source that a table [recorded] names, and the risk aversion of its score. Files are relative to `folder`."""
    values = dict(table)
    kind = values.pop("kind", "deribit")
    if kind not in KINDS:
        raise InputError(f"recorded.kind: expected one of {', '.join(KINDS)}, got {kind!r}")
    gamma = values.pop("risk_aversion", None)
    for name in ("folder", "options", "futures", "levels", "chain"):
        if isinstance(values.get(name), str):
            values[name] = folder / values[name]
    source: Source = _made("recorded", KINDS[kind], values)
    return source, None if gamma is None else _number("recorded.risk_aversion", gamma)


def _simulation(tables: Mapping[str, Any]) -> Simulation:
    grid_table = _table(tables, "grid")
    if "days" in grid_table:
        grid = _called("grid", TimeGrid.sessions, grid_table)
    else:
        _refuse_unknown("grid", grid_table, {"years", "steps"})
        years, steps = _number("grid.years", grid_table.get("years")), grid_table.get("steps")
        if not isinstance(steps, int) or not 1 <= steps <= 1_000_000 or not years > 0.0:
            raise InputError(f"grid: expected positive years and a whole number of steps, got {years} and {steps!r}")
        grid = TimeGrid.even(years, steps)
    book = []
    for k, line in enumerate(_tables(tables, "book")):
        option = {"expiry_step": grid.step_count, **line}
        if option.get("right") not in _RIGHTS:
            raise InputError(f"book[{k}].right: expected call or put, got {option.get('right')!r}")
        option["right"] = _RIGHTS[option["right"]]
        book.append(_made(f"book[{k}]", SimulatedOption, option))
    seed = tables.get("seed", 1)
    if not isinstance(seed, int):
        raise InputError(f"seed: expected a whole number, got {seed!r}")
    if not book:
        raise InputError("config: expected at least one option in [[book]]")
    return Simulation(
        process=_made("process", MarketProcess, _table(tables, "process")),
        grid=grid,
        book=tuple(book),
        execution=_made("execution", Execution, tables.get("execution", {})),
        spot=_number("spot", tables.get("spot")),
        seed=seed,
        is_antithetic=bool(tables.get("antithetic", False)),
        wants_marks=True,
    )


def _sweep(k: int, table: Mapping[str, Any]) -> RuleSweep:
    values = dict(table)
    loose = values.pop("loosenesses", [])
    if not isinstance(loose, list):
        raise InputError(f"rule[{k}].loosenesses: expected a list of numbers, got {loose!r}")
    numbers = tuple(_number(f"rule[{k}].loosenesses", value) for value in loose)
    if any(not value > 0.0 for value in numbers):
        raise InputError(f"rule[{k}].loosenesses: expected positive numbers, got {loose!r}")
    rule = _made(f"rule[{k}]", HedgeRule, values)
    if numbers:
        rule.at(numbers[0])  # refuses a rule without a parameter
    return RuleSweep(rule=rule, loosenesses=numbers)


_ENUMS: dict[str, type[enum.Enum]] = {
    "kind": VolatilityKind,
    "terminal": Terminal,
    "rule": Rule,
    "settlement": Settlement,
}


def _plain_type(kind: object) -> str:
    """The name of a field's type, None left out of it."""
    parts = [one for one in getattr(kind, "__args__", (kind,)) if one is not type(None)]
    return str(getattr(parts[0], "__name__", parts[0]))


def _made(place: str, kind: type[Made], table: Mapping[str, Any]) -> Made:
    """The frozen dataclass `kind` out of a table; enumerations by their name."""
    types = {item.name: _plain_type(item.type) for item in fields(kind)}  # type: ignore[arg-type]
    names = set(types) - {"table"}
    _refuse_unknown(place, table, names)
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name in _ENUMS and isinstance(value, str):
            options = {one.name.lower(): one for one in _ENUMS[name]}
            if value not in options:
                raise InputError(f"{place}.{name}: expected one of {', '.join(options)}, got {value!r}")
            values[name] = options[value]
        elif types[name] in ("str", "Path", "bool") and isinstance(value, bool | str | Path):
            if (types[name] == "bool") is not isinstance(value, bool):
                raise InputError(f"{place}.{name}: expected a {types[name]}, got {value!r}")
            values[name] = value
        elif types[name] in ("str", "Path", "bool"):
            raise InputError(f"{place}.{name}: expected a {types[name]}, got {value!r}")
        elif isinstance(value, list):
            values[name] = tuple(_number(f"{place}.{name}", one) for one in value)
        else:
            number = _number(f"{place}.{name}", value)
            values[name] = value if isinstance(value, int) else number
    made: Made = _called(place, kind, values)
    return made


def _called(place: str, make: Any, values: Mapping[str, Any]) -> Any:
    try:
        return make(**values)
    except TypeError as error:
        raise InputError(f"{place}: {str(error).rpartition(') ')[2] or error}") from error


def _table(tables: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = tables.get(name, {})
    if not isinstance(found, Mapping):
        raise InputError(f"{name}: expected a table, got {found!r}")
    return found


def _tables(tables: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = tables.get(name, [])
    if not isinstance(found, list) or any(not isinstance(one, Mapping) for one in found):
        raise InputError(f"{name}: expected tables [[{name}]], got {found!r}")
    return found


def _number(place: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{place}: expected a number, got {value!r}")
    return float(value)


def _refuse_unknown(place: str, table: Mapping[str, Any], known: set[str]) -> None:
    unknown = [name for name in table if name not in known]
    if unknown:
        raise InputError(
            f"{place}: {', '.join(map(str, unknown))} not known; expected some of {', '.join(sorted(known))}"
        )
