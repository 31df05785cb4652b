"""Rules of an adaptive hedge: each number of a file reaches a server, and what cannot be meant is refused by name."""

import tomllib
import typing
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest
from gex_server.errors import FieldError
from gex_server.wire.engine_config import engine_config_from_proto, rules_to_proto
from gexapi.v1 import hedge_pb2

from gex.errors import InputError
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.rules import parse_rules
from gex.hedging.policy import HedgePolicy


def every_number(kind: type, places: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Where the rules of a file have a number of their own, by table and key."""
    hints = typing.get_type_hints(kind)
    for item in fields(kind):
        hint = hints[item.name]
        if item.name in ("hedge", "policy", "policies"):
            continue
        if is_dataclass(hint):
            yield from every_number(hint, (*places, item.name))  # type: ignore[arg-type]
        elif {float, int} & {hint, *typing.get_args(hint)}:
            yield *places, item.name


@pytest.mark.parametrize("place", list(every_number(EngineConfig)), ids=".".join)
def test_each_number_of_the_rules_is_settable_in_a_file_and_reaches_a_server(place: tuple[str, ...]) -> None:
    """Any number that may be set: said in TOML, written as a message, read by the server, it is the same."""
    default: object = EngineConfig()
    for name in place:
        default = getattr(default, name)
    value = 3 if default is None else type(default)(0.75 * default) if default else 0.5  # type: ignore[call-overload]
    value = {"hold_factor": 1.25, "band_factor": 1.25, "distance_factor": 1.25, "enter_quantile": 0.8}.get(
        place[-1], value
    )
    table = "".join(f"[{'.'.join(place[:-1])}]\n" if len(place) > 1 else "") + f"{place[-1]} = {value!r}\n"
    config = parse_rules(tomllib.loads(table), hedge="h", policy=HedgePolicy())
    assert config != EngineConfig(hedge="h")
    message = hedge_pb2.HedgeConfiguration()
    rules_to_proto(config, message)
    assert engine_config_from_proto(message, "h", "configuration") == config
    with pytest.raises(InputError, match=place[-1] if len(place) < 3 else "regime"):
        parse_rules(tomllib.loads(table.replace(repr(value), "-1")), hedge="h", policy=HedgePolicy())


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ({"impact_factor": 0.5}, "regimes.impact_factor: expected a number of at least 1"),
        ({"clip_factor": 0.0}, "regimes.clip_factor: expected a number above 0, at most 1"),
        ({"gate_slack": -0.1}, "EngineConfig.gate_slack"),
        ({"liquidation_horizon_seconds": 0.0}, "limits.liquidation_horizon: expected a number above 0"),
        ({"stressed_leverage": float("nan")}, "limits.stressed_leverage"),
        ({"breaker": {"band_factor": 0.5}}, "breaker.band_factor: expected a number of at least 1"),
        ({"breaker": {"hold_factor": float("inf")}}, "breaker.hold_factor"),
        (
            {"breaker": {"longest_cooldown_seconds": 60.0}},
            "breaker.longest_cooldown: expected at least the cooldown, 3600",
        ),
        ({"cascade": {"distance_factor": 0.0}}, "cascade.distance_factor"),
        ({"cascade": {"jump": 1.5}}, "cascade.jump: expected a number of at least 0, at most 1, got 1.5"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(rules: dict[str, object], text: str) -> None:
    message = hedge_pb2.HedgeConfiguration(rules=rules)  # type: ignore[arg-type]
    with pytest.raises(FieldError, match=text):
        engine_config_from_proto(message, "h", "configuration")
