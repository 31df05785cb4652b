"""Instruments and policy from TOML text."""

import datetime as dt
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

import numpy as np

from gex.calendar import instant, settlement_instant
from gex.errors import InputError
from gex.hedging.instruments import HedgeInstrument, with_stated_liquidation
from gex.hedging.policy import AccountUnit, BandRule, CapConfidence, HedgePolicy
from gex.portfolio.linear import LinearKind
from gex.roots import contract_spec

_KINDS = {kind.label: kind for kind in LinearKind}
_ALIASES = {"name": "symbol", "contract_usd": "multiplier", "adv": "average_daily_volume", "funding": "funding_rate"}
_STATED = "liquidation_price"  # by the venue: it becomes the wallet behind it
_WHOLE = {"lot", "position", "in_flight", "minimum_position", "maximum_position", "maximum_order", "max_clip"}
_POSITIVE = {"multiplier", "price", "bid", "ask", "tick", "depth", "average_daily_volume", "lot", "maximum_order"}


@dataclass(frozen=True, kw_only=True)
class HedgeSettings:
    """What a file says: the instruments, in order, and the policy (the default one where the file has none)."""

    instruments: tuple[HedgeInstrument, ...]
    policy: HedgePolicy
    underlyings: tuple[str, ...] = ()  # of each instrument; "" where the file does not say
    rules: Mapping[str, Any] | None = None  # [rules] of a kept hedge, as `engine.rules` reads them


def parse_hedge_settings(text: str, *, has_rules: bool = False) -> HedgeSettings:
    """Instruments and policy of a TOML document; InputErrors name table and key.

    Each [[instrument]] has `name`, `kind` ("index_future", "linear", "inverse", "spot"), `multiplier` (units of underlying
    a contract; 1 for spot) or, for inverse ones, `contract_usd`, and for a dated future `expiry` (a date, which means the
    settlement on it, or a date and time). May have `price`, `bid`, `ask`, `quoted_at`, `tick`, `depth`, `adv` (contracts a
    day), `lot`, `fee_per_contract`, `fee_bps`, `maker_fee_bps`, `half_spread_bps`, `ticket`, `funding` (per
    `funding_interval_hours`, 8), `expected_funding_rate`, `funding_sd`, `carry_rate`, `roll_bps`, `borrow_rate`, `margin`
    (currency a contract), `maintenance_margin`, `wallet`, `liquidation_price` (as the venue states it, with `position`),
    `position`, `entry_price`, `in_flight`, `minimum_position`, `maximum_position`, `maximum_order`, `underlying` (where a
    book has several). [policy] takes the fields of `HedgePolicy`, `thresholds = [below, above]`; [rules] are kept as they
    are where `has_rules` says that the hedge is kept.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"instruments: expected TOML, got {error}") from error
    for key in document:
        if key == "rules" and not has_rules:
            raise InputError("instruments, key rules: [rules] are of a hedge that is kept, and this one is not")
        if key not in ("instrument", "policy", "rules"):
            raise InputError(f"instruments, key {key}: expected [[instrument]] or [policy]")
    tables = document.get("instrument", [])
    if not isinstance(tables, list) or not tables or not all(isinstance(table, dict) for table in tables):
        raise InputError("instruments: expected at least one [[instrument]], got none")
    instruments = tuple(_instrument(table, f"[[instrument]] {i + 1}") for i, table in enumerate(tables))
    names = [instrument.symbol for instrument in instruments]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise InputError(f"[[instrument]] {i + 1}, key name: {name!r} appears twice")
    policy = document.get("policy", {})
    if not isinstance(policy, dict):
        raise InputError("[policy]: expected a table")
    underlyings = tuple(_underlying(table, f"[[instrument]] {i + 1}") for i, table in enumerate(tables))
    rules = document.get("rules")
    return HedgeSettings(instruments=instruments, policy=_policy(policy), underlyings=underlyings, rules=rules)


def _underlying(table: Mapping[str, Any], where: str) -> str:
    name = table.get("underlying", "")
    if not isinstance(name, str):
        raise InputError(f"{where}, key underlying: expected text, got {name!r}")
    return name


def _instrument(table: Mapping[str, Any], where: str) -> HedgeInstrument:
    name = table.get("name", table.get("symbol"))
    if not isinstance(name, str) or not name:
        raise InputError(f"{where}, key name: expected text, got {name!r}")
    where = f"{where} ({name})"
    label = table.get("kind")
    kind = _KINDS.get(label) if isinstance(label, str) else None
    if kind is None:
        raise InputError(f"{where}, key kind: expected one of {', '.join(_KINDS)}, got {label!r}")
    size = "contract_usd" if kind is LinearKind.INVERSE else "multiplier"
    other = "multiplier" if kind is LinearKind.INVERSE else "contract_usd"
    if other in table:
        raise InputError(f"{where}, key {other}: a contract of kind {kind.label} is sized by {size}")
    if size not in table and kind is not LinearKind.SPOT:
        raise InputError(f"{where}, key {size}: missing")
    known = {field.name for field in fields(HedgeInstrument)}
    values: dict[str, Any] = {"symbol": name, "kind": kind, "multiplier": 1.0}
    for key, value in table.items():
        field = _ALIASES.get(key, key)
        if field in ("symbol", "kind", "underlying", _STATED):
            continue
        if key == "expiry":
            values["expires_at"] = _expiry(value, kind, where)
        elif key == "funding_interval_hours":
            values["funding_interval"] = _number(value, f"{where}, key {key}", positive=True) * 3600.0
        elif field == "quoted_at":
            values[field] = _instant(value, f"{where}, key {key}")
        elif field in known:
            place = f"{where}, key {key}"
            values[field] = _whole(value, place) if field in _WHOLE else _number(value, place)
            if field in _POSITIVE and not values[field] > 0 and values[field] == values[field]:
                raise InputError(f"{place}: expected a positive number, got {value!r}")
        else:
            raise InputError(f"{where}, key {key}: unknown; see the fields of an instrument")
    try:
        found = HedgeInstrument(**values)
        if _STATED in table:
            found = with_stated_liquidation(found, _number(table[_STATED], f"{where}, key {_STATED}", positive=True))
        return found
    except InputError as error:
        raise InputError(f"{where}: {error}") from error


def _policy(table: Mapping[str, Any]) -> HedgePolicy:
    known = {field.name for field in fields(HedgePolicy)}
    readers: dict[str, Callable[[Any, str], Any]] = {
        "rule": partial(_member, BandRule),
        "cap_confidence": partial(_member, CapConfidence),
        "account_unit": partial(_member, AccountUnit),
        "thresholds": _pair,
        "threshold_targets": _pair,
        "allow_overhedge": _flag,
        "carry_tilt": _flag,
        "event_at": _instant,
        "max_clip": _whole,
    }
    values = {}
    for key, value in table.items():
        place = f"[policy], key {key}"
        if key not in known:
            raise InputError(f"{place}: unknown; expected some of {', '.join(sorted(known))}")
        read: Callable[[Any, str], Any] = readers.get(key, _number)
        values[key] = read(value, place)
    try:
        return HedgePolicy(**values)
    except InputError as error:
        raise InputError(f"[policy]: {error}") from error


def _number(value: Any, place: str, *, positive: bool = False) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InputError(f"{place}: expected a number, got {value!r}")
    if positive and not value > 0:
        raise InputError(f"{place}: expected a positive number, got {value!r}")
    return float(value)


def _whole(value: Any, place: str) -> int:
    number = _number(value, place)
    if not number.is_integer():
        raise InputError(f"{place}: expected a whole number, got {value!r}")
    return int(number)


def _flag(value: Any, place: str) -> bool:
    if not isinstance(value, bool):
        raise InputError(f"{place}: expected true or false, got {value!r}")
    return value


def _pair(value: Any, place: str) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) != 2:
        raise InputError(f"{place}: expected two numbers, got {value!r}")
    return _number(value[0], place), _number(value[1], place)


def _member(choices: Any, value: Any, place: str) -> Any:
    try:
        return choices(value)
    except ValueError as error:
        allowed = ", ".join(choice.value for choice in choices)
        raise InputError(f"{place}: expected one of {allowed}, got {value!r}") from error


def _instant(value: Any, place: str) -> np.datetime64:
    if isinstance(value, str | dt.datetime | dt.date):
        try:
            return instant(value)
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
    raise InputError(f"{place}: expected a date and time, got {value!r}")


def _expiry(value: Any, kind: LinearKind, where: str) -> np.datetime64:
    """The instant of settlement; of a bare date the open of New York for index futures, 08:00 UTC for coins."""
    place = f"{where}, key expiry"
    if isinstance(value, str):
        try:
            value = dt.date.fromisoformat(value)
        except ValueError:
            return _instant(value, place)
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        spec = contract_spec("SPX" if kind is LinearKind.INDEX_FUTURE else "BTC")
        return settlement_instant(spec, value)
    return _instant(value, place)
