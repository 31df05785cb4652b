"""What a backtest is asked to do: tables of a configuration as values, every mistake named by its place."""

import enum
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, TypeVar

from gex.backtest.processes import MarketProcess, TimeGrid, VolatilityKind
from gex.backtest.rules import HedgeRule, Rule
from gex.backtest.simulated_book import SimulatedOption
from gex.backtest.simulation import Execution, Simulation, Terminal
from gex.errors import InputError

Made = TypeVar("Made")
_RIGHTS = {"call": 1, "put": -1}


@dataclass(frozen=True, kw_only=True)
class RuleSweep:
    """One rule at several looseness parameters: its frontier."""

    rule: HedgeRule
    loosenesses: tuple[float, ...] = ()  # empty: the rule as it is


@dataclass(frozen=True, kw_only=True)
class RecordedSource:
    """Recorded Deribit books to replay."""

    folder: Path
    coin: str
    hedge: str = ""  # instrument; empty: the perpetual
    units: float = -10.0  # of all calls near the money together
    fee_bps: float = 5.0
    half_spread_bps: float = 0.5
    risk_aversion: float | None = None  # 1/currency; None: 100 over the notional


@dataclass(frozen=True, kw_only=True)
class BacktestConfig:
    """A simulation with its rules, a recorded market, or both."""

    title: str = "Backtest"
    simulation: Simulation | None = None
    sweeps: tuple[RuleSweep, ...] = ()
    path_count: int = 20_000
    risk_aversion: float | None = None  # γ of certainty costs and of the optimum, 1/currency
    recorded: RecordedSource | None = None
    digest: str = field(default="", compare=False)  # of everything that was asked


def parse_config(tables: Mapping[str, Any], folder: Path | None = None) -> BacktestConfig:
    """The configuration in a mapping as TOML gives it. Paths are relative to `folder`. InputError names what is wrong."""
    known = {"title", "paths", "seed", "spot", "antithetic", "risk_aversion", "process", "grid", "book", "execution",
             "rule", "recorded"}  # fmt: skip
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
    recorded = None
    if "recorded" in tables:
        table = dict(_table(tables, "recorded"))
        place = Path(str(table.pop("folder", "")))
        table["folder"] = (folder or Path()) / place
        recorded = _made("recorded", RecordedSource, table)
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
        digest=hashlib.blake2b(json.dumps(tables, default=str, sort_keys=True).encode(), digest_size=8).hexdigest(),
    )


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


_ENUMS: dict[str, type[enum.Enum]] = {"kind": VolatilityKind, "terminal": Terminal, "rule": Rule}


def _made(place: str, kind: type[Made], table: Mapping[str, Any]) -> Made:
    """The frozen dataclass `kind` out of a table; enumerations by their name."""
    types = {item.name: getattr(item.type, "__name__", str(item.type)) for item in fields(kind)}  # type: ignore[arg-type]
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
