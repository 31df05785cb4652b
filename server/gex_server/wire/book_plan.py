"""Hedges of several underlyings: what is known of how they move from the contract, and book plans to it."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from gexapi.v1 import hedge_pb2

from gex.columns import Floats
from gex.hedging.answer import Action, ValidUntil
from gex.hedging.book_part import PartPlan
from gex.hedging.book_plan import BookPlan
from gex.hedging.joint import Correlation, JointHedge
from gex_server.errors import FieldError
from gex_server.wire.hedge import band_to_proto, costs_to_proto, order_to_proto, state_to_proto, trigger_to_proto
from gex_server.wire.instants import instant_to_proto

LEAST_OBSERVATIONS = 4  # of a correlation: below, its interval is everything
_SYMMETRIC = 1e-9
_AGREES = 0.01  # of a beta given beside both volatilities


def money_vols(message: hedge_pb2.Covariance, path: str) -> dict[str, float]:
    """Standard deviation of the profit a unit, currency per √year, by underlying."""
    matrix = _matrix(message, path)
    return dict(zip(message.underlying, np.sqrt(np.diag(matrix)).tolist(), strict=True))


def correlations_from_covariance(message: hedge_pb2.Covariance, path: str) -> dict[tuple[str, str], Correlation]:
    """The correlations of a covariance that are not 0, with the observations behind them."""
    matrix = _matrix(message, path)
    deviation = np.sqrt(np.diag(matrix))
    correlation = matrix / np.outer(deviation, deviation)
    names, count = list(message.underlying), message.observation_count
    found = {}
    for i, j in zip(*np.triu_indices(len(names), 1), strict=True):
        value = float(correlation[i, j])
        if value == 0.0:
            continue
        if count < LEAST_OBSERVATIONS:
            raise FieldError(
                f"expected at least {LEAST_OBSERVATIONS} where underlyings are correlated, got {count}",
                field=f"{path}.observation_count",
            )
        if not -1.0 < value < 1.0:
            raise FieldError(
                f"expected a correlation between -1 and 1, got {value:.6g} of {names[i]} and {names[j]}",
                field=f"{path}.value",
            )
        found[names[i], names[j]] = Correlation(value=value, count=count)
    return found


def correlation_from_cross(message: hedge_pb2.CrossHedge, path: str) -> Correlation:
    """The correlation of an instrument's underlying with that of the book."""
    if not -1.0 < message.correlation < 1.0:
        raise FieldError(f"expected one between -1 and 1, got {message.correlation}", field=f"{path}.correlation")
    if message.observation_count < LEAST_OBSERVATIONS:
        raise FieldError(
            f"expected at least {LEAST_OBSERVATIONS}, got {message.observation_count}",
            field=f"{path}.observation_count",
        )
    return Correlation(value=message.correlation, count=message.observation_count)


def vol_from_cross(message: hedge_pb2.CrossHedge, hedged_money_vol: float, spot: float, path: str) -> float:
    """Volatility of the instrument's underlying: as given, else that which makes β = ρ·σ_V/σ_F.

    `hedged_money_vol` is σ_V of a unit of the book's underlying, currency per √year.
    """
    for name in ("volatility", "beta"):
        if not math.isfinite(getattr(message, name)):
            raise FieldError(f"expected a finite number, got {getattr(message, name)}", field=f"{path}.{name}")
    if message.volatility < 0.0:
        raise FieldError(f"expected a positive number, got {message.volatility}", field=f"{path}.volatility")
    if message.beta == 0.0:
        if message.volatility == 0.0:
            raise FieldError("expected a volatility or a beta, got neither", field=f"{path}.volatility")
        return message.volatility
    implied = message.correlation * hedged_money_vol / (message.beta * spot)
    if not implied > 0.0:
        raise FieldError(f"expected the sign of the correlation, got {message.beta}", field=f"{path}.beta")
    if message.volatility and abs(implied / message.volatility - 1.0) > _AGREES:
        expected = message.correlation * hedged_money_vol / (message.volatility * spot)
        raise FieldError(f"expected {expected:.6g} with this volatility, got {message.beta:.6g}", field=f"{path}.beta")
    return message.volatility or implied


def book_plan_to_proto(
    plan: BookPlan, symbols: Sequence[str], currency: str, target: hedge_pb2.PlanHedgeResponse
) -> None:
    """Write the hedge of the whole; `symbols` are the instruments in the order of the request."""
    target.action = plan.action.value
    for order in plan.orders:
        order_to_proto(order, currency, target.orders.add())
    first = plan.parts[0]
    for name in ("residual_delta", "book_delta", "hedge_delta", "mishedge", "book_gamma", "spot"):
        setattr(target, name, getattr(first, name))
    if first.plan is not None:
        target.volatility = first.plan.vol
        target.target_delta = first.plan.target_delta
        if first.plan.band is not None:
            band_to_proto(first.plan.band, first.plan.tilt, target.band)
    for part in plan.parts:
        part_to_proto(part, plan.joint, target.hedges.add())
    target.triggers.extend(target.hedges[0].triggers)
    target.trigger_prices.extend(trigger.price for trigger in first.triggers)
    reasons = [reason.value for part in plan.parts for reason in part.reasons]
    target.reasons.extend(dict.fromkeys([*reasons, *(limit.value for limit in plan.limits)]))
    target.warnings.extend(plan.warnings)
    costs_to_proto(plan.costs, currency, target.costs)
    _statistics(plan, target)
    _validity(plan, target)
    states = {state.symbol: state for part in plan.parts for state in part.instruments}
    for symbol in symbols:
        state_to_proto(states[symbol], target.instruments.add())
    if plan.joint is not None:
        certificate_to_proto(plan, symbols, target.certificate)


def _statistics(plan: BookPlan, target: hedge_pb2.PlanHedgeResponse) -> None:
    own = [part.plan for part in plan.parts if part.plan is not None and part.plan.action is not Action.HOLD]
    if plan.joint is None and own:
        target.expected_hedges_per_day = math.fsum(one.expected_hedges_per_day for one in own)
        target.expected_cost_per_day = math.fsum(one.expected_cost_per_day for one in own)
    removed = plan.unhedged_sd_per_day - plan.residual_sd_per_day
    known = {
        "net_value": plan.net_value,
        "horizon_seconds": plan.horizon * 365.0 * 86_400.0,
        "residual_standard_deviation_per_day": plan.residual_sd_per_day,
        "unhedged_standard_deviation_per_day": plan.unhedged_sd_per_day,
        "cost_per_risk_removed": plan.costs.total / removed if plan.orders and removed > 0.0 else None,
    }
    for name, value in known.items():
        if value is not None and math.isfinite(value):
            setattr(target, name, value)


def _validity(plan: BookPlan, target: hedge_pb2.PlanHedgeResponse) -> None:
    """Until the first of the parts' ends; of a book without instruments of its own, a day."""
    now = plan.as_of
    until, reason = now + np.timedelta64(1, "D"), ValidUntil.DATA
    own = [part.plan for part in plan.parts if part.plan is not None]
    if own:
        end = min(own, key=lambda one: one.valid_until)
        until, reason = end.valid_until, end.valid_until_reason
    instant_to_proto(now, target.as_of)
    instant_to_proto(until, target.valid_until)
    target.valid_until_reason = reason.value
    target.ask_again_seconds = max(float((until - now) / np.timedelta64(1, "s")), 0.0)


def part_to_proto(part: PartPlan, joint: JointHedge | None, target: hedge_pb2.UnderlyingHedge) -> None:
    """Write one underlying: what is held, what is left, its triggers and what may hedge it."""
    target.underlying = part.underlying
    for name in ("book_delta", "hedge_delta", "mishedge", "residual_delta", "book_gamma", "spot"):
        setattr(target, name, getattr(part, name))
    for trigger in part.triggers:
        assert part.plan is not None
        trigger_to_proto(trigger, part.plan, target.triggers.add())
    if part.plan is not None and part.plan.band is not None:
        band_to_proto(part.plan.band, part.plan.tilt, target.band)
    target.reasons.extend(reason.value for reason in part.reasons)
    crosses = {} if joint is None else joint.cross
    for (hedged, other), cross in crosses.items():
        if hedged == part.underlying:
            target.cross.add(
                hedged_with=other,
                correlation=cross.correlation,
                correlation_low=cross.correlation_low,
                break_even=cross.break_even if math.isfinite(cross.break_even) else 0.0,
                beta=cross.beta,
                verdict=cross.verdict.value,
            )


def certificate_to_proto(plan: BookPlan, symbols: Sequence[str], target: hedge_pb2.AllocationCertificate) -> None:
    """Write the proof that nothing is cheaper; every instrument has the figures of the contracts it stands with."""
    assert plan.joint is not None
    found, problem = plan.joint.allocation, plan.joint.problem
    target.lower_bound, target.objective = found.objective, found.objective_lots
    target.objective_unhedged, target.violation = found.objective_unhedged, found.violation
    # Orders that a limit or the cost of tickets cut are not those that were proven.
    target.is_optimal = not plan.limits and bool(plan.orders) == bool(plan.joint.orders)
    place: Mapping[str, int] = {name: k for k, names in enumerate(plan.joint.ladders) for name in names}
    for symbol in symbols:
        target.gradient.append(float(found.gradient[place[symbol]]))
        target.cost.append(float(problem.cost[place[symbol]]))


def _matrix(message: hedge_pb2.Covariance, path: str) -> Floats:
    names = list(message.underlying)
    if not names or len(set(names)) != len(names):
        raise FieldError(f"expected different names, got {names}", field=f"{path}.underlying")
    values = np.array(message.value, np.float64)
    if len(values) != len(names) ** 2:
        raise FieldError(f"expected {len(names) ** 2} numbers, got {len(values)}", field=f"{path}.value")
    matrix = values.reshape(len(names), len(names))
    if not np.isfinite(matrix).all() or not (np.diag(matrix) > 0.0).all():
        raise FieldError("expected finite numbers, those of the diagonal positive", field=f"{path}.value")
    if np.abs(matrix - matrix.T).max() > _SYMMETRIC * np.abs(matrix).max():
        raise FieldError("expected a symmetric matrix", field=f"{path}.value")
    if np.linalg.eigvalsh(matrix).min() < -_SYMMETRIC * np.abs(matrix).max():
        raise FieldError("expected a covariance, got a matrix with a negative eigenvalue", field=f"{path}.value")
    return matrix
