"""Risk of a book as messages of the contract."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from gexapi.v1 import common_pb2, risk_pb2

from gex.columns import Bools, Floats
from gex.hedging.costs import DAYS_PER_YEAR
from gex.pipeline import Analysis
from gex.portfolio.aggregation import BetaWeighted, BookPart, RiskSum, TermBuckets
from gex.portfolio.deltas import minimum_variance_delta, smile_delta
from gex.portfolio.positions import Unpriced
from gex.portfolio.risk import PortfolioRisk
from gex_server.wire.book import linear_names
from gex_server.wire.columns import merge_columns
from gex_server.wire.provenance import provenance_of_analysis, reject_counts, smile_dynamics_name

# fields of RiskSum that are amounts and add over underlyings
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


def sum_to_proto(total: RiskSum, target: risk_pb2.RiskTotal) -> None:
    """Write one sum of a book; units of underlying are absent where it spans several."""
    target.group, target.name, target.currency = total.group, total.name, total.currency
    for field in (*AMOUNTS, "position_count", "approximate_count"):
        setattr(target, field, getattr(total, field))
    target.speed, target.zomma, target.color = total.speed_per_percent, total.zomma_per_percent, total.color_per_percent
    for field in ("delta", "net_delta", "gamma", "minimum_variance_delta", "minimum_variance_delta_notional", "profit"):
        value = getattr(total, field)
        if value is not None:
            setattr(target, field, value)
    for coin, amount in total.coin_delta.items():
        target.coin_deltas[coin] = amount
    for coin, amount in total.coin_value.items():
        target.coin_values[coin] = amount
    if len(total.coin_delta) == 1:
        target.coin_delta = next(iter(total.coin_delta.values()))


def smile_to_proto(total: RiskSum, target: risk_pb2.RiskTotal) -> None:
    """Write the delta along the smile dynamics that were asked for."""
    target.smile_delta_notional = total.smile_delta_notional
    if total.smile_delta is not None:
        target.smile_delta = total.smile_delta


def account_to_proto(total: RiskSum, deltas: Mapping[str, float], target: risk_pb2.RiskTotal) -> None:
    """Write the delta of the account by coin: all of them into the total, its own into the sum of an underlying."""
    if total.group in ("total", "underlying"):
        for coin, delta in deltas.items():
            if total.group == "total" or total.name == coin:
                target.account_deltas[coin] = delta


def buckets_to_proto(buckets: TermBuckets, target: risk_pb2.TermBuckets) -> None:
    """Write sums by time to expiry."""
    merge_columns(target, {name: getattr(buckets, name) for name in TermBuckets.column_names()})
    target.currency = buckets.currency


def beta_to_proto(weighted: BetaWeighted, target: risk_pb2.BetaWeighted) -> None:
    """Write the book in units of its reference."""
    target.reference, target.delta, target.standard_error = weighted.reference, weighted.delta, weighted.standard_error
    if not np.isnan(weighted.residual_sd_per_day):
        target.residual_standard_deviation_per_day = weighted.residual_sd_per_day
    target.without_beta.extend(weighted.without_beta)


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


def positions_to_proto(
    parts: Sequence[BookPart], count: int, target: risk_pb2.PositionRisk, *, with_smile: bool = False
) -> None:
    """Write every option position of the request, in its order; NaN where it is not priced."""
    fitted = any(part.minimum_variance is not None for part in parts)
    extra = (*(("smile_delta",) if with_smile else ()), *(("minimum_variance_delta",) if fitted else ()))
    columns = {name: np.full(count, np.nan) for name in (*_COLUMNS, *extra)}
    coin_delta, has_coin = np.full(count, np.nan), False
    for part in parts:
        risk = part.risk
        row = risk.positions.row
        for name, values in position_columns(risk).items():
            columns[name][row] = values
        if with_smile:
            columns["smile_delta"][row] = np.where(risk.is_priced, smile_delta(risk, part.skew_stickiness), np.nan)
        if part.minimum_variance is not None:
            found = minimum_variance_delta(risk, *part.minimum_variance)
            columns["minimum_variance_delta"][row] = np.where(risk.is_priced, found, np.nan)
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
    ages: common_pb2.Staleness | None = None,
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
    if ages is not None:
        provenance.staleness.MergeFrom(ages)


def _is_inverse(risk: PortfolioRisk) -> Bools:
    table = np.array([e.contract.payoff.value == "inverse" for e in risk.positions.expiries], np.bool_)
    return table[risk.positions.expiry]
