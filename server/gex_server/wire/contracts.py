"""Terms of expiries between the contract and gex."""

import dataclasses
import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

import exchange_calendars
import numpy as np
from gexapi.v1 import common_pb2

from gex.calendar import settlement_instant
from gex.contracts import ContractSpec, Exercise, Expiry, Payoff, Settlement
from gex.errors import InputError, SymbolError
from gex.roots import contract_spec
from gex_server.errors import FieldError
from gex_server.wire.instants import date_from_proto, instant_from_proto, instant_to_proto

T = TypeVar("T")

NEVER_CLOSES = "24/7"

EXERCISES = {
    Exercise.EUROPEAN: common_pb2.EXERCISE_EUROPEAN,
    Exercise.AMERICAN: common_pb2.EXERCISE_AMERICAN,
}
SETTLEMENTS = {
    Settlement.AM: common_pb2.SETTLEMENT_STYLE_AM,
    Settlement.PM: common_pb2.SETTLEMENT_STYLE_PM,
    Settlement.UTC_0800: common_pb2.SETTLEMENT_STYLE_UTC_0800,
}
PAYOFFS = {Payoff.LINEAR: common_pb2.PAYOFF_LINEAR, Payoff.INVERSE: common_pb2.PAYOFF_INVERSE}

_EXERCISE_OF = {code: value for value, code in EXERCISES.items()}
_SETTLEMENT_OF = {code: value for value, code in SETTLEMENTS.items()}
_PAYOFF_OF = {code: value for value, code in PAYOFFS.items()}


def expiry_from_proto(message: common_pb2.Expiry, underlying: str, path: str) -> Expiry:
    """The expiry that `message` names; terms left out are those of its root, the settlement instant that of the calendar.

    `underlying` is that of the chain, for the fields that are empty. Raises a FieldError below `path`.
    """
    try:
        return _expiry(message.SerializeToString(deterministic=True), underlying)
    except FieldError as error:
        raise FieldError(str(error).partition(": ")[2], field=f"{path}.{error.field}") from error


@lru_cache(maxsize=65_536)
def _expiry(serialised: bytes, underlying: str) -> Expiry:
    message = common_pb2.Expiry.FromString(serialised)
    contract = _contract(message, underlying)
    date = date_from_proto(message.expiry, "expiry")
    if message.HasField("settlement"):
        return Expiry(contract=contract, date=date, settles_at=instant_from_proto(message.settlement, "settlement"))
    try:
        return Expiry(contract=contract, date=date, settles_at=settlement_instant(contract, date))
    except InputError as error:
        raise FieldError(
            f"expected a date within the calendar, got {message.expiry} ({error})", field="expiry"
        ) from error


def _contract(message: common_pb2.Expiry, underlying: str) -> ContractSpec:
    root = message.root or underlying
    try:
        known = contract_spec(root)
    except SymbolError:
        known = ContractSpec(
            root=root,
            underlying=underlying,
            multiplier=100.0,
            exercise=Exercise.AMERICAN,
            settlement=Settlement.PM,
        )
    given: dict[str, object] = {"underlying": message.underlying or underlying}
    if message.settlement_style:
        given["settlement"] = _closed(_SETTLEMENT_OF, message.settlement_style, "settlement_style")
    if message.exercise:
        given["exercise"] = _closed(_EXERCISE_OF, message.exercise, "exercise")
    if message.payoff:
        given["payoff"] = _closed(_PAYOFF_OF, message.payoff, "payoff")
    if message.HasField("multiplier"):
        if not 0.0 < message.multiplier < math.inf:
            raise FieldError(f"expected a positive number, got {message.multiplier}", field="multiplier")
        given["multiplier"] = message.multiplier
    if message.currency:
        given["currency"] = message.currency
    if message.calendar:
        given["calendar"] = _calendar(message.calendar)
    if message.adjusted:
        given["adjusted"] = True
    if message.HasField("quoted_after_close_minutes"):
        given["quoted_after_close_minutes"] = message.quoted_after_close_minutes
    if message.tick or message.tick_from:
        given["ticks"] = _ticks(message)
    return dataclasses.replace(known, **given)  # type: ignore[arg-type]


def _closed(table: Mapping[Any, T], code: int, field: str) -> T:
    if code not in table:
        raise FieldError(f"expected one of {sorted(table)}, got {code}", field=field)
    return table[code]


def _calendar(name: str) -> str | None:
    if name == NEVER_CLOSES:
        return None
    if name not in exchange_calendars.get_calendar_names():
        raise FieldError(
            f"expected the name of an exchange calendar or {NEVER_CLOSES!r}, got {name!r}", field="calendar"
        )
    return name


def _ticks(message: common_pb2.Expiry) -> tuple[tuple[float, float], ...]:
    start, tick = np.asarray(message.tick_from), np.asarray(message.tick)
    if len(start) != len(tick):
        raise FieldError(f"expected as many as tick_from, {len(start)}, got {len(tick)}", field="tick")
    if not (np.isfinite(tick).all() and (tick > 0.0).all()):
        raise FieldError(f"expected positive numbers, got {tick.tolist()}", field="tick")
    if not (start[0] == 0.0 and np.isfinite(start).all() and (np.diff(start) > 0.0).all()):
        raise FieldError(f"expected 0 and then rising numbers, got {start.tolist()}", field="tick_from")
    return tuple(zip(start.tolist(), tick.tolist(), strict=True))


def expiry_to_proto(expiry: Expiry, target: common_pb2.Expiry) -> None:
    """Write every term of `expiry` into `target`: nothing is left to the reader's tables."""
    contract = expiry.contract
    target.root = contract.root
    target.underlying = contract.underlying
    target.expiry = expiry.date.isoformat()
    instant_to_proto(expiry.settles_at, target.settlement)
    target.settlement_style = SETTLEMENTS[contract.settlement]
    target.exercise = EXERCISES[contract.exercise]
    target.payoff = PAYOFFS[contract.payoff]
    target.multiplier = contract.multiplier
    target.currency = contract.currency
    target.calendar = NEVER_CLOSES if contract.calendar is None else contract.calendar
    target.adjusted = contract.adjusted
    target.quoted_after_close_minutes = contract.quoted_after_close_minutes
    target.tick_from.extend(start for start, _ in contract.ticks)
    target.tick.extend(tick for _, tick in contract.ticks)
