"""One hedge of several underlyings, and of one with several contracts: the allocation with its certificate, in contracts.

Factors are the spots, and beside them the basis of every family of contracts (a perpetual, an expiry), so that a perpetual
and a quarterly are not the same thing twice and a difference of funding is no free lunch.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from gex.columns import Floats
from gex.errors import InputError
from gex.hedging.allocation import Allocation, AllocationProblem, allocate
from gex.hedging.costs import CostLines
from gex.hedging.cross import CrossHedge, CrossVerdict, cross_hedge
from gex.hedging.instruments import PricedInstrument, ladders
from gex.hedging.sizing import greedy_contracts
from gex.portfolio.linear import LinearKind

_DAY = 1.0 / 365.0  # years
BASIS_VOL = 0.01  # of a contract against its spot, decimal per √year


@dataclass(frozen=True, eq=False, kw_only=True)
class Exposure:
    """What is to be hedged of one underlying: its mishedge with what is held, and its instruments."""

    underlying: str
    mishedge: float  # units of underlying, the instruments' positions counted
    spot: float
    vol: float  # decimal per √year
    instruments: tuple[PricedInstrument, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Correlation:
    """Of the log returns of two underlyings, from `count` observations."""

    value: float
    count: int


@dataclass(frozen=True, kw_only=True)
class JointOrder:
    """Contracts of one instrument to trade now, signed."""

    underlying: str
    symbol: str
    contracts: int
    units: float  # of its underlying
    costs: CostLines  # trading, and carry over the horizon of what is added


@dataclass(frozen=True, eq=False, kw_only=True)
class JointHedge:
    """The cheapest mix, whole contracts, with proof: no other holding has a smaller sum of risk, cost and carry."""

    orders: tuple[JointOrder, ...]  # one per instrument that trades
    residual: Mapping[str, float]  # mishedge after the orders, units, by underlying
    cross: Mapping[tuple[str, str], CrossHedge]  # (hedged, hedged with): what correlations allow
    sd_per_day: float  # of the residual profit, currency
    unhedged_sd_per_day: float  # of leaving everything as it is
    ladders: tuple[
        tuple[str, ...], ...
    ]  # the order of holdings in `allocation`: contracts of one kind and expiry together
    allocation: Allocation
    problem: AllocationProblem = field(repr=False)  # that it solves: what another holding would cost and leave
    owners: tuple[int, ...] = ()  # place of each ladder's underlying among the exposures


def plan_joint_hedge(
    exposures: Sequence[Exposure],
    *,
    risk_aversion: float,
    horizon: float,
    correlations: Mapping[tuple[str, str], Correlation] | None = None,
    basis_vol: float = BASIS_VOL,
    crossed: frozenset[tuple[str, str]] = frozenset(),
) -> JointHedge:
    """The allocation over all instruments of all exposures; `horizon` (years) is how long costs have to pay off.

    A correlation enters with the end of its 95 % interval nearest to zero, and as 0 where hedging either of the two with
    the other would not pay at that end. `crossed` names cross hedges that are held now: they may stay a little longer.
    Holdings stay within the mishedge they could have to make good and within the limits of each instrument; carry chooses
    between contracts that hedge, but makes no position of its own.
    """
    rows = [(i, ladder) for i, exposure in enumerate(exposures) for ladder in ladders(exposure.instruments)]
    if not rows:
        raise InputError("plan_joint_hedge: expected at least one instrument, got none")
    cross = _cross_hedges(exposures, correlations or {}, risk_aversion, horizon, crossed)
    count = len(exposures)
    # Spot itself has no basis; every other ladder has its own.
    based = [k for k, (_, ladder) in enumerate(rows) if ladder[0].instrument.kind is not LinearKind.SPOT]
    money_vol = np.array([exposure.spot * exposure.vol for exposure in exposures])
    covariance = np.zeros((count + len(based), count + len(based)))
    covariance[:count, :count] = _correlation_matrix(exposures, cross) * np.outer(money_vol, money_vol)
    loading = np.zeros((count + len(based), len(rows)))
    for k, (i, _) in enumerate(rows):
        loading[i, k] = 1.0
    for place, k in enumerate(based, start=count):
        loading[place, k] = 1.0
        covariance[place, place] = (basis_vol * exposures[rows[k][0]].spot) ** 2
    held = np.array([math.fsum(p.instrument.held * p.units_per_contract for p in ladder) for _, ladder in rows])
    best = [min(ladder, key=lambda p: p.curve(vol=exposures[i].vol).proportional) for i, ladder in rows]
    # Mishedges count what is held: the exposure is what stays when all of it is sold.
    spot_part = np.array([exposure.mishedge for exposure in exposures]) - loading[:count] @ held
    reach = _reach(exposures, money_vol)
    # Which way a purchase moves the risk: what is not held is bought or sold only against it, never for its carry.
    push = np.round(covariance[:count, :count] @ np.array([exposure.mishedge for exposure in exposures]), 12)
    problem = AllocationProblem(
        exposure=np.concatenate([spot_part, np.zeros(len(based))]),
        loading=loading,
        covariance=covariance,
        cost=np.array([p.curve(vol=exposures[i].vol).proportional for (i, _), p in zip(rows, best, strict=True)]),
        risk_aversion=risk_aversion,
        horizon=horizon,
        held=held,
        carry=np.array([p.carry(1.0, _DAY).carry / _DAY / p.units_per_contract for p in best]),
        lower=np.array(
            [_limit(ladder, held[k], reach[i] * (push[i] >= 0.0), -1) for k, (i, ladder) in enumerate(rows)]
        ),
        upper=np.array(
            [_limit(ladder, held[k], reach[i] * (push[i] <= 0.0), +1) for k, (i, ladder) in enumerate(rows)]
        ),
    )
    found = allocate(problem, np.array([ladder[-1].lot_units for _, ladder in rows]))
    return JointHedge(
        orders=_orders(exposures, rows, found.lots - held, horizon),
        residual={
            exposure.underlying: float(value)
            for exposure, value in zip(exposures, (problem.exposure + loading @ found.lots)[:count], strict=True)
        },
        cross=cross,
        sd_per_day=math.sqrt(problem.variance(found.lots) * _DAY),
        unhedged_sd_per_day=math.sqrt(problem.variance(held) * _DAY),
        ladders=tuple(tuple(p.instrument.symbol for p in ladder) for _, ladder in rows),
        allocation=found,
        problem=problem,
        owners=tuple(i for i, _ in rows),
    )


def _cross_hedges(
    exposures: Sequence[Exposure],
    correlations: Mapping[tuple[str, str], Correlation],
    risk_aversion: float,
    horizon: float,
    crossed: frozenset[tuple[str, str]],
) -> dict[tuple[str, str], CrossHedge]:
    found = {}
    for hedged in exposures:
        for other in exposures:
            pair = (hedged.underlying, other.underlying)
            known = correlations.get(pair) or correlations.get(pair[::-1])
            sd = abs(hedged.mishedge) * hedged.spot * hedged.vol
            if hedged is other or known is None or not other.instruments or not sd > 0.0:
                continue
            per_unit = min(priced.curve(vol=other.vol).proportional for priced in other.instruments)
            units = abs(known.value) * sd / (other.spot * other.vol)
            found[pair] = cross_hedge(
                known.value,
                known.count,
                exposure_vol=hedged.vol,
                hedge_vol=other.vol,
                cost=units * per_unit,
                sd=sd,
                risk_aversion=risk_aversion,
                horizon=horizon,
                is_held=pair in crossed,
            )
    return found


def _correlation_matrix(exposures: Sequence[Exposure], cross: Mapping[tuple[str, str], CrossHedge]) -> Floats:
    """Correlations at the careful end of their intervals, 0 where no hedge with them pays; without negative eigenvalues."""
    names = [exposure.underlying for exposure in exposures]
    matrix = np.eye(len(names))
    for (first, second), hedge in cross.items():
        if hedge.verdict is not CrossVerdict.LEAVE:
            i, j = names.index(first), names.index(second)
            matrix[i, j] = matrix[j, i] = math.copysign(hedge.correlation_low, hedge.correlation)
    value, vector = np.linalg.eigh(matrix)
    if value.min() >= 0.0:
        return matrix
    mended = vector @ np.diag(np.maximum(value, 0.0)) @ vector.T
    scale = np.sqrt(np.diag(mended))
    return np.asarray(mended / np.outer(scale, scale), np.float64)


def _reach(exposures: Sequence[Exposure], money_vol: Floats) -> Floats:
    """Units of each underlying with as much risk as the whole book could have there: no hedge is larger."""
    risk = sum(abs(exposure.mishedge) * vol for exposure, vol in zip(exposures, money_vol, strict=True))
    return np.asarray(risk / money_vol, np.float64)


def _limit(ladder: Sequence[PricedInstrument], held: float, reach: float, sign: int) -> float:
    """The furthest holding of a ladder on one side, units: what the book could need, and what its instruments allow."""
    # One lot more: whole lots may cross zero where one of them does.
    bound = max(reach + ladder[-1].lot_units if reach > 0.0 else 0.0, sign * held)
    room = 0.0
    for priced in ladder:
        instrument = priced.instrument
        end = instrument.maximum_position if sign > 0 else instrument.minimum_position
        most = math.inf if end is None else max(sign * (end - instrument.held), 0)
        if instrument.maximum_order is not None:
            most = min(most, instrument.maximum_order)
        room += most * priced.units_per_contract
    return sign * min(bound, sign * held + room)


def _orders(
    exposures: Sequence[Exposure],
    rows: Sequence[tuple[int, tuple[PricedInstrument, ...]]],
    units: Floats,
    horizon: float,
) -> tuple[JointOrder, ...]:
    """Units into contracts: the longest that fit, the finest for the remainder."""
    orders = []
    for (i, ladder), amount in zip(rows, units.tolist(), strict=True):
        lots = greedy_contracts(amount, [priced.lot_units for priced in ladder])
        for priced, lot_count in zip(ladder, lots, strict=True):
            contracts = lot_count * priced.instrument.lot
            if contracts == 0:
                continue
            exact = contracts * priced.units_per_contract
            orders.append(
                JointOrder(
                    underlying=exposures[i].underlying,
                    symbol=priced.instrument.symbol,
                    contracts=contracts,
                    units=exact,
                    costs=priced.curve(vol=exposures[i].vol).lines(exact) + priced.carry(contracts, horizon),
                )
            )
    return tuple(orders)
