"""Requests of the service from files and options."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, surface_pb2

from gex_cli.options import ChainFile, ExposureExtras, Greeks, SurfaceChoice

if TYPE_CHECKING:
    from gex.quotes import Cleaned

DEFAULT_POSITIONING = "oi_calls_long_puts_short"
_GREEKS = {
    Greeks.COMPUTED: common_pb2.GREEKS_SOURCE_COMPUTED,
    Greeks.SOURCE: common_pb2.GREEKS_SOURCE_SOURCE,
}


def exposure_request(
    file: ChainFile, positionings: list[str], greeks: Greeks, extras: ExposureExtras | None = None
) -> exposure_pb2.ComputeExposureRequest:
    """The exposure of the chain in a file under these positionings."""
    request = exposure_pb2.ComputeExposureRequest()
    chain = write_chain(file, request.chain)
    for name in dict.fromkeys(positionings):
        request.settings.positionings.add(model=name)
    if extras is not None:
        _write_extras(extras, chain.quotes.underlying, request.settings)
    request.settings.greeks_source = _GREEKS[greeks]
    write_analysis(file, request.settings.analysis)
    return request


def _write_extras(extras: ExposureExtras, underlying: str, settings: exposure_pb2.ExposureSettings) -> None:
    from gex.exposure.instrument import hedge_of

    if extras.sign_error is not None:
        for positioning in settings.positionings or [settings.positionings.add(model=DEFAULT_POSITIONING)]:
            positioning.sign_error_probability = extras.sign_error
    settings.group_by.extend(dict.fromkeys(extras.groups))
    if extras.hedge is not None:
        instrument = hedge_of(underlying, extras.hedge)
        target = settings.instrument
        target.symbol = instrument.symbol
        if instrument.contract_value is None:
            target.multiplier = instrument.multiplier
        else:
            target.contract_value = instrument.contract_value
        for percent in (1.0, -1.0):
            settings.moves.add(spot_move=0.01 * percent, label=f"{percent:+g} %")


def vols_request(file: ChainFile) -> surface_pb2.ComputeVolsRequest:
    """The volatilities of the chain in a file."""
    request = surface_pb2.ComputeVolsRequest()
    write_chain(file, request.chain)
    write_analysis(file, request.settings)
    return request


def surface_request(file: ChainFile) -> surface_pb2.GetSurfaceRequest:
    """The surface of the chain in a file."""
    request = surface_pb2.GetSurfaceRequest()
    write_chain(file, request.chain)
    write_analysis(file, request.settings)
    return request


def write_chain(file: ChainFile, target: chain_pb2.Chain) -> "Cleaned":
    """Read the chain of a file into `target`; returned as its reader gave it."""
    from gex_server.wire.chain import chain_to_proto

    from gex.errors import NoQuotesError
    from gex.io.detect import read_chain

    chain = read_chain(
        existing(file.path),
        source=file.source,
        as_of=instant_of(file.as_of),
        underlying=file.underlying,
    )
    if len(chain.quotes) == 0:
        refused = ", ".join(f"{reason.label} {count}" for reason, count in chain.rejects.counts().items())
        name = chain.quotes.underlying
        raise NoQuotesError(f"{file.path.name}: none of {chain.row_count} rows is a live option of {name} ({refused})")
    chain_to_proto(chain, target)
    return chain


def write_analysis(file: ChainFile, target: common_pb2.AnalysisSettings) -> None:
    """What the options say of the analysis."""
    if file.rate is not None:
        target.rate = file.rate
    if file.spot is not None:
        target.spot = file.spot
    if file.surface is not SurfaceChoice.CERTIFIED:
        target.surface_model = file.surface.value


def instant_of(text: str | None) -> np.datetime64 | None:
    """The instant of ISO 8601 text with an offset from UTC."""
    if text is None:
        return None
    from gex_client.messages import nanoseconds

    return np.datetime64(nanoseconds(text, "--as-of"), "ns")


def existing(path: Path) -> Path:
    """The path, where a file is there."""
    if path.is_dir():
        raise IsADirectoryError(21, "is a folder, expected a file", str(path))
    if not path.exists():
        raise FileNotFoundError(2, "no such file", str(path))
    return path


def check_folder(path: Path, option: str) -> None:
    """Refuse, before anything is computed, a file to write that has no folder or is one."""
    from gex.errors import InputError

    if path.is_dir():
        raise InputError(f"{option}: expected a file to write, got the folder {path}")
    if not path.parent.is_dir():
        raise InputError(f"{option}: there is no folder {path.parent}")


def text_of(path: Path) -> str:
    """The text of a file (UTF-8)."""
    from gex.errors import InputError

    try:
        return existing(path).read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{path.name}: expected text in UTF-8, got {error.reason} at byte {error.start}") from error
