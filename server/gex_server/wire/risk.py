"""Risk of a book as messages of the contract."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from gexapi.v1 import risk_pb2

from gex.columns import Bools, Floats
from gex.hedging.costs import DAYS_PER_YEAR
from gex.pipeline import Analysis
from gex.portfolio.positions import Unpriced
from gex.portfolio.risk import PortfolioRisk, RiskTotals
from gex_server.wire.book import linear_names
from gex_server.wire.columns import merge_columns
from gex_server.wire.provenance import provenance_of_analysis, reject_counts, smile_dynamics_name

# fields of RiskTotals, and its properties, that are amounts and can be added over underlyings
AMOUNTS = (
    "value",
    "delta_notional",
    "gamma_per_percent",
    "vega_per_vol_point",
    "theta_per_day",
    "rho_per_bp",
    "vanna_per_vol_point",
    "charm_per_day",
    "volga_per_vol_point",
)
_COLUMNS = (
    "price",
    "vol",
    "value",
    "delta",
    "gamma",
    "vega_per_vol_point",
    "theta_per_day",
    "rho_per_bp",
    "vanna_per_vol_point",
    "charm_per_day",
    "volga_per_vol_point",
)


def total_to_proto(
    risk: PortfolioRisk, totals: RiskTotals, target: risk_pb2.RiskTotal, *, group: str, name: str, currency: str
) -> None:
    """Write the sums of a book on one underlying."""
    target.group, target.name, target.currency = group, name, currency
    for field in AMOUNTS:
        setattr(target, field, getattr(totals, field))
    target.delta, target.gamma = totals.delta, totals.gamma
    spot = totals.spot
    target.speed = totals.speed * spot**3 * 1e-4
    target.zomma = totals.zomma * spot * spot * 1e-4
    target.color = totals.color * spot * spot * 0.01 / DAYS_PER_YEAR
    if risk.is_coin_settled:
        target.coin_delta = totals.net_delta
    target.position_count = int(np.count_nonzero(risk.is_priced)) + len(risk.linear)
    target.approximate_count = int(np.count_nonzero(risk.is_approximate))


def sum_to_proto(parts: Sequence[risk_pb2.RiskTotal], target: risk_pb2.RiskTotal) -> None:
    """Write the sum over several underlyings: amounts add, units of different things do not."""
    target.group, target.currency = "total", parts[0].currency
    for field in (*AMOUNTS, "position_count", "approximate_count"):
        setattr(target, field, sum(getattr(part, field) for part in parts))
    for field in ("speed", "zomma", "color"):
        setattr(target, field, sum(getattr(part, field) for part in parts))


def expiry_totals(risk: PortfolioRisk, target: Any, currency: str) -> None:
    """Append the sums of the options of every expiry that the book holds."""
    columns = position_columns(risk)
    columns["delta_notional"] = columns["delta"] * risk.spot
    columns["gamma_per_percent"] = columns["gamma"] * risk.spot * risk.spot * 0.01
    for j, expiry in enumerate(risk.positions.expiries):
        mine = (risk.positions.expiry == j) & risk.is_priced
        if not mine.any():
            continue
        total = target.add(group="expiry", name=f"{expiry.root} {expiry.date.isoformat()}", currency=currency)
        for field in (*AMOUNTS, "delta", "gamma"):
            setattr(total, field, float(columns[field][mine].sum()))
        total.position_count = int(np.count_nonzero(mine))
        total.approximate_count = int(np.count_nonzero(mine & risk.is_approximate))


def position_columns(risk: PortfolioRisk) -> dict[str, Floats]:
    """The columns of PositionRisk for the rows of one risk; NaN where not priced."""
    spot = risk.spot
    columns = {
        "price": risk.price,
        "vol": risk.vol,
        "value": risk.value,
        "delta": risk.delta,
        "gamma": risk.gamma,
        "vega_per_vol_point": risk.vega * 0.01,
        "theta_per_day": risk.theta / DAYS_PER_YEAR,
        "rho_per_bp": risk.rho * 1e-4,
        "vanna_per_vol_point": risk.vanna * spot * 0.01,
        "charm_per_day": risk.charm * spot / DAYS_PER_YEAR,
        "volga_per_vol_point": risk.volga * 1e-4,
    }
    return {name: np.where(risk.is_priced, values, np.nan) for name, values in columns.items()}


def positions_to_proto(risks: Iterable[PortfolioRisk], count: int, target: risk_pb2.PositionRisk) -> None:
    """Write every option position of the request, in its order; NaN where it is not priced."""
    columns = {name: np.full(count, np.nan) for name in _COLUMNS}
    coin_delta, has_coin = np.full(count, np.nan), False
    for risk in risks:
        row = risk.positions.row
        for name, values in position_columns(risk).items():
            columns[name][row] = values
        inverse = _is_inverse(risk) & risk.is_priced
        coin_delta[row[inverse]] = risk.net_delta[inverse]
        has_coin = has_coin or bool(inverse.any())
    merge_columns(target, columns | ({"coin_delta": coin_delta} if has_coin else {}))


def linear_to_proto(risk: PortfolioRisk, book: risk_pb2.Book, target: Any) -> None:
    """Append every linear position of `book` that is priced."""
    table = risk.linear
    symbols = dict(zip(linear_names(book), (position.symbol for position in book.linear), strict=True))
    for i, (delta, value) in enumerate(zip(table.delta().tolist(), table.value().tolist(), strict=True)):
        symbol = symbols[table.symbol[i]]
        entry = target.add(symbol=symbol, price=table.price[i], delta=delta, delta_notional=delta * risk.spot)
        if np.isfinite(value):
            entry.value = value


def unpriced_to_proto(unpriced: Iterable[Unpriced], book: risk_pb2.Book, target: Any) -> None:
    """Append every position of `book` that is in no sum."""
    linear = {name: i for i, name in enumerate(linear_names(book))}
    for one in unpriced:
        if one.label in linear:
            row = linear[one.label]
            position = book.linear[row]
            message = f"{one.contracts:+g} {position.symbol}: {one.reason.value.replace('_', ' ')}"
            target.add(
                row=row, table="linear", reason=one.reason.value, position_id=position.position_id, message=message
            )
        else:
            names = book.options.position_id
            name = names[one.row] if one.row < len(names) else ""
            target.add(row=one.row, table="options", reason=one.reason.value, position_id=name, message=one.message)


def market_to_proto(
    analysis: Analysis,
    revision: int,
    risk: PortfolioRisk,
    target: risk_pb2.RiskMarket,
    *,
    spot_is_given: bool,
    skew_stickiness: float = 1.0,
) -> None:
    """Write the market that a book was valued in, and under which dynamics it was moved."""
    target.underlying = analysis.cleaned.quotes.underlying
    target.spot = analysis.forwards.spot
    target.revision = revision
    reject_counts(analysis.cleaned, target.rejects)
    provenance = target.provenance
    provenance_of_analysis(analysis, revision, provenance, spot_is_given=spot_is_given)
    provenance.used_row_count = int(np.count_nonzero(risk.is_priced))
    provenance.smile_dynamics = smile_dynamics_name(skew_stickiness)
    provenance.skew_stickiness = skew_stickiness


def _is_inverse(risk: PortfolioRisk) -> Bools:
    table = np.array([e.contract.payoff.value == "inverse" for e in risk.positions.expiries], np.bool_)
    return table[risk.positions.expiry]
