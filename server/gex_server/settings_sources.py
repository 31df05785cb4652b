"""Where settings come from: arguments before the environment (GEX_PORT=50051) before a TOML file before the defaults."""

import difflib
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import SecretStr, ValidationError

from gex.errors import InputError
from gex_server.settings import Settings

PREFIX = "GEX_"
CONFIG = PREFIX + "CONFIG"  # names the file where no argument does
OTHERS = {CONFIG, "GEX_REAL_DATA", "GEX_TRACEBACK", "GEX_TOKEN", "GEX_CA", "GEX_CERTIFICATE", "GEX_KEY"}  # of programs
MASK = "********"
_PASSWORD = re.compile(r"(://[^/@:]*:)[^/@]+@")  # of a URL: audit_url, otel_endpoint


@dataclass(frozen=True, eq=False)
class LoadedSettings:
    """Settings, and who said each of them: "argument", "GEX_PORT", a file's name, "default"."""

    settings: Settings
    source: Mapping[str, str]
    unknown: tuple[str, ...]  # variables of the environment that look like settings and are none
    # What came as arguments, the file of settings included; may hold a secret, so it is not part of repr().
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def lines(self) -> list[str]:
        """The settings as TOML that a server can be started with: source and meaning of each; secrets masked."""
        shown = {name: _toml(value) for name, value in self.settings if value is not None}
        width = min(48, max(len(f"{name} = {value}") for name, value in shown.items()))
        lines = []
        for name, info in Settings.model_fields.items():
            value = shown.get(name)
            text = f"# {name} is not set" if value is None else f"{name} = {value}"
            lines.append(f"{text:<{width}}  # {self.source[name]}: {info.description}")
        return lines


def load_settings(
    config: Path | None = None, given: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None
) -> LoadedSettings:
    """The settings of a server; an InputError that names every value that cannot be, and who gave it."""
    environment = os.environ if environment is None else environment
    if config is None and environment.get(CONFIG):
        config = Path(environment[CONFIG])
    layers: list[tuple[str, dict[str, Any]]] = []
    if config is not None:
        layers.append((str(config), _file(config)))
    fields = Settings.model_fields
    variables = {name: PREFIX + name.upper() for name in fields}
    layers.append(("environment", {name: environment[v] for name, v in variables.items() if v in environment}))
    layers.append(("argument", dict(given or {})))
    values: dict[str, Any] = {}
    source = dict.fromkeys(fields, "default")
    for label, layer in layers:
        values |= layer
        source |= {name: variables[name] if label == "environment" else label for name in layer}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        raise InputError("\n".join(_told(one, source) for one in error.errors())) from None
    known = {*variables.values(), *OTHERS}
    unknown = tuple(sorted(name for name in environment if name.startswith(PREFIX) and name not in known))
    arguments = dict(given or {}) | ({"config": config} if config is not None else {})
    return LoadedSettings(settings, source, unknown, arguments)


def likely_name(name: str) -> str:
    """The setting that a wrong name was probably meant to be, "" where none is near."""
    near = difflib.get_close_matches(name.removeprefix(PREFIX).lower(), Settings.model_fields, n=1)
    return near[0] if near else ""


def _file(path: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(path.read_text())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    unknown = {name: likely_name(name) for name in values if name not in Settings.model_fields}
    if unknown:
        told = [
            f"{name}: no such setting" + (f", did you mean {meant}?" if meant else "")
            for name, meant in unknown.items()
        ]
        raise InputError("\n".join(f"{path}: {one}" for one in told))
    return values


def _told(error: Any, source: Mapping[str, str]) -> str:
    """What is wrong, without the value where it could be a secret."""
    name = ".".join(str(part) for part in error["loc"])
    text = str(error["msg"]).removeprefix("Value error, ")
    who = source.get(name, "")
    return (f"{name}: " if name else "") + text + (f" ({who})" if who not in ("", "argument", "default") else "")


def _toml(value: object) -> str:
    if isinstance(value, SecretStr):
        return f'"{MASK}"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = _PASSWORD.sub(rf"\g<1>{MASK}@", str(value))
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'
