"""Scenarios and explained profit as messages of the contract."""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np
from gexapi.v1 import risk_pb2

from gex.calendar import YEAR
from gex.columns import Floats
from gex.portfolio.explain import ProfitExplanation, ProfitLines
from gex.portfolio.scenarios import Scenarios
from gex_server.wire.columns import merge_columns

# columns and properties of Scenarios that add over underlyings
AMOUNTS = ("profit", "coin_profit", "delta_notional", "gamma_per_percent", "vega_per_vol_point")
UNITS = ("delta", "net_delta")  # of one underlying only
LINES = tuple(field.name for field in fields(ProfitLines))
_YEAR_SECONDS = float(YEAR / np.timedelta64(1, "s"))


def scenarios_to_proto(
    parts: Sequence[Sequence[Scenarios]],
    rates: Sequence[float],
    target: risk_pb2.ComputeScenariosResponse,
    *,
    with_cost: bool,
) -> None:
    """Write the scenarios of a book, `parts` by underlying and then grid and shocks; `rates` are exchange rates.

    Shocks that put spot elsewhere for each underlying (a pin) are told with the move of the first.
    """
    first = parts[0]
    columns = {
        "spot_move": _joined(first, "spot_move"),
        "vol_points": 100.0 * _joined(first, "vol_shift"),
        "seconds": _YEAR_SECONDS * _joined(first, "elapsed"),
    }
    columns |= {name: _added(parts, rates, name) for name in AMOUNTS}
    if len(parts) == 1:
        columns |= {name: _joined(first, name) for name in UNITS}
    if with_cost:
        columns["liquidation_cost"] = _added(parts, rates, "liquidation_cost")
    merge_columns(target, columns)
    target.shock.extend(name for one in first for name in one.name)


def explanation_to_proto(
    parts: Sequence[ProfitExplanation], rates: Sequence[float], target: risk_pb2.ProfitExplanation
) -> None:
    """Write the profit of a book by cause, summed over underlyings."""
    totals = [part.totals() for part in parts]
    for name in LINES:
        setattr(target, name, sum(rate * getattr(one, name) for one, rate in zip(totals, rates, strict=True)))
    explained = [part.is_explained for part in parts]
    target.position_count = sum(int(np.count_nonzero(mine)) for mine in explained)
    residual, size = (
        sum(
            rate * float(np.abs(getattr(part, name)[mine]).sum())
            for part, mine, rate in zip(parts, explained, rates, strict=True)
        )
        for name in ("residual", "total")
    )
    if size > 0.0:
        target.residual_share = residual / size


def _added(parts: Sequence[Sequence[Scenarios]], rates: Sequence[float], name: str) -> Floats:
    """The sum over underlyings; coins are coins whatever the currency."""
    counted = [1.0] * len(rates) if name == "coin_profit" else rates
    return np.asarray(np.sum([rate * _joined(own, name) for own, rate in zip(parts, counted, strict=True)], axis=0))


def _joined(parts: Sequence[Scenarios], name: str) -> Floats:
    return np.concatenate([getattr(part, name) for part in parts])
