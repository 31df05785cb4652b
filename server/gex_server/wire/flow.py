"""Moves, instruments and forward maps: what is asked of them, and what dealers trade."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from gexapi.v1 import exposure_pb2

from gex.columns import Instants
from gex.errors import InputError
from gex.exposure.book import ExposureBook
from gex.exposure.flow import DealerFlow, MarketMove
from gex.exposure.forward_map import SPOT_NODES, ForwardMap
from gex.exposure.instrument import (
    BasisMapping,
    ContractQuantity,
    ExposureInstrument,
    instrument_exposure,
)
from gex.rounding import ContractRounding
from gex_server.errors import FieldError
from gex_server.wire.choices import one_of
from gex_server.wire.columns import Array, column, merge_columns
from gex_server.wire.instants import date_from_proto, instant_from_proto, instant_to_proto, instants_from_column

# ContractQuantity of gex -> DealerFlow
QUANTITY = {
    "exact": "exact_contracts",
    "whole": "contracts",
    "residual": "residual_contracts",
    "residual_units": "rounding_units",
    "residual_currency": "rounding_notional",
    "share_of_daily_volume": "share_of_daily_volume",
    "share_of_depth": "share_of_depth",
}
FLOW = ("spot", "units", "notional", "gamma_units", "vanna_units", "charm_units", "residual_units")
# ForwardMap of gex -> ForwardMap of the contract
MATRICES = {
    "gamma_exposure_per_percent": "gamma_exposure_per_percent",
    "delta_exposure_units": "delta_exposure_units",
    "vanna_exposure": "vanna_exposure_per_vol_point",
    "charm_exposure": "charm_exposure_per_day",
}
# InstrumentExposure of gex -> ExposureBook
PER_INSTRUMENT = {
    "symbol": "instrument",
    "contracts_per_percent": "instrument_contracts_per_percent",
    "contracts_per_point": "instrument_contracts_per_point",
    "share_of_daily_volume_per_percent": "share_of_daily_volume_per_percent",
    "imbalance": "imbalance",
}
MOST_MOVES = 256
MOST_INSTANTS = 64
MOST_SPOTS = 1_001
CLOSES = 5


@dataclass(frozen=True, eq=False, kw_only=True)
class MapNodes:
    """The grid of a forward map: `at` None means the next `close_count` closes."""

    spot_count: int
    at: Instants | None
    close_count: int


def moves_from_proto(messages: Iterable[exposure_pb2.MarketMove], path: str) -> tuple[MarketMove, ...]:
    """The moves that flows are asked for."""
    moves = []
    for i, message in enumerate(messages):
        if i == MOST_MOVES:
            raise FieldError(f"expected at most {MOST_MOVES}", field=path)
        field = f"{path}[{i}]"
        for name in ("spot_move", "vol_points", "seconds"):
            if not math.isfinite(getattr(message, name)):
                raise FieldError(f"expected a finite number, got {getattr(message, name)}", field=f"{field}.{name}")
        if not message.spot_move > -1.0:
            raise FieldError(f"expected more than -1, got {message.spot_move}", field=f"{field}.spot_move")
        if not 0.0 <= message.seconds < 1e10:
            raise FieldError(f"expected seconds from 0 on, got {message.seconds}", field=f"{field}.seconds")
        moves.append(
            MarketMove(
                spot_move=message.spot_move,
                vol_points=message.vol_points,
                seconds=message.seconds,
                at=instant_from_proto(message.at, f"{field}.at") if message.HasField("at") else None,
                label=message.label,
            )
        )
    return tuple(moves)


def instrument_from_proto(message: exposure_pb2.ExposureInstrument, path: str) -> ExposureInstrument:
    """The future or perpetual that exposures are expressed in."""
    is_inverse = message.HasField("contract_value")
    if not is_inverse and not 0.0 < message.multiplier < math.inf:
        raise FieldError(f"expected a positive number, got {message.multiplier}", field=f"{path}.multiplier")
    one_of(message.basis_mapping, ("", *(rule.value for rule in BasisMapping)), (), f"{path}.basis_mapping")
    one_of(message.rounding, ("", *(rule.value for rule in ContractRounding)), (), f"{path}.rounding")
    given: dict[str, Any] = {}
    for name in ("contract_value", "price", "average_daily_volume", "depth"):
        if message.HasField(name):
            given[name] = getattr(message, name)
            if not 0.0 < given[name] < math.inf:
                raise FieldError(f"expected a positive number, got {given[name]}", field=f"{path}.{name}")
    for name, field in (("quoted_at", "quoted_at"), ("settles_at", "settlement")):
        if message.HasField(field):
            given[name] = instant_from_proto(getattr(message, field), f"{path}.{field}")
    for name in ("average_daily_volume_date", "depth_date"):
        if getattr(message, name):
            given[name] = date_from_proto(getattr(message, name), f"{path}.{name}")
    return ExposureInstrument(
        symbol=message.symbol,
        multiplier=1.0 if is_inverse else message.multiplier,
        **given,
        basis_mapping=BasisMapping(message.basis_mapping or "multiplicative"),
        rounding=ContractRounding(message.rounding or "nearest"),
    )


def map_nodes_from_proto(message: exposure_pb2.ForwardMapSettings, path: str) -> MapNodes:
    """The grid of a forward map."""
    spots = message.spot_node_count if message.HasField("spot_node_count") else SPOT_NODES
    closes = message.close_count if message.HasField("close_count") else CLOSES
    if not 2 <= spots <= MOST_SPOTS:
        raise FieldError(f"expected 2 to {MOST_SPOTS}, got {spots}", field=f"{path}.spot_node_count")
    if not 1 <= closes <= MOST_INSTANTS:
        raise FieldError(f"expected 1 to {MOST_INSTANTS}, got {closes}", field=f"{path}.close_count")
    if len(message.at) > MOST_INSTANTS:
        raise FieldError(f"expected at most {MOST_INSTANTS}, got {len(message.at)}", field=f"{path}.at")
    at = instants_from_column(column(message, "at"), f"{path}.at") if message.at else None
    if at is not None and (np.isnat(at).any() or (np.diff(at) <= np.timedelta64(0, "ns")).any()):
        raise FieldError("expected ascending instants", field=f"{path}.at")
    return MapNodes(spot_count=spots, at=at, close_count=closes)


def flow_to_proto(flow: DealerFlow, target: exposure_pb2.DealerFlow) -> None:
    """Write what dealers trade in one move."""
    move = flow.move
    for name in ("spot_move", "vol_points", "seconds", "label"):
        setattr(target.move, name, getattr(move, name))
    target.move.SetInParent()
    if move.at is not None:
        instant_to_proto(move.at, target.move.at)
    for name in FLOW:
        setattr(target, name, getattr(flow, name))
    if flow.quantity is not None:
        _quantity(flow.quantity, target)


def forward_map_to_proto(exposures: ForwardMap, delta_units: float, target: exposure_pb2.ForwardMap) -> None:
    """Write the map of a book that holds `delta_units` of delta now."""
    columns: dict[str, Array] = {field: getattr(exposures, name).ravel() for name, field in MATRICES.items()}
    columns["at"] = exposures.at.astype("datetime64[ns]").astype(np.uint64)
    columns["spot"], columns["line_count"] = exposures.spot, exposures.line_count
    columns["flow_units"] = exposures.flow_units(delta_units).ravel()
    merge_columns(target, columns)


def book_in_instrument(
    book: ExposureBook, instrument: ExposureInstrument, as_of: np.datetime64, target: exposure_pb2.ExposureBook
) -> None:
    """Write a book's gamma in contracts of the instrument, and its levels on the instrument's price axis."""
    spot = book.cells.spot
    try:
        exposure = instrument_exposure(instrument, book.totals.gamma_exposure, spot, as_of)
    except InputError as error:
        raise FieldError(str(error), field="settings.instrument.settlement") from error
    for name, field in PER_INSTRUMENT.items():
        value = getattr(exposure, name)
        if value is not None:
            setattr(target, field, value)
    if instrument.price is None or instrument.mapped(spot, spot, as_of) is None:
        return
    levels = target.mapped_levels
    levels.symbol, levels.basis = instrument.symbol, instrument.price - spot
    walls, flip = book.headline_walls, book.gamma_flip
    named = {
        "gamma_flip": None if flip is None else flip.price,
        "call_wall": walls.call_wall,
        "put_wall": walls.put_wall,
        "absolute_gamma_strike": book.absolute_gamma_strike,
    }
    for name, level in named.items():
        mapped = instrument.mapped(level, spot, as_of)
        if mapped is not None:
            setattr(levels, name, mapped)
    for one in book.profile.flips:
        mapped = instrument.mapped(one.price, spot, as_of)
        assert mapped is not None
        levels.gamma_flips.append(mapped)


def _quantity(quantity: ContractQuantity, target: exposure_pb2.DealerFlow) -> None:
    for name, field in QUANTITY.items():
        value = getattr(quantity, name)
        if value is not None:
            setattr(target, field, value)
