"""A hedge over several instruments on several factors, with proof that none is cheaper.

Minimise (γH/2)(x + Bh)ᵀΣ(x + Bh) + Σ[cᵢ|hᵢ − hᵢ⁰| + carryᵢ·hᵢ·H] over lo ≤ h ≤ hi: cost of trading, carry and residual
variance over a horizon. The certificate is the first-order condition of that convex problem; whole lots come after it.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from gex.columns import Floats
from gex.errors import InputError, NumericalError

_SWEEPS = 20_000
_TOLERANCE = 1e-12  # of the largest move of a coordinate in a sweep, relative
_MOST_ROUNDED = 12  # coordinates of which all floor–ceiling combinations are tried


@dataclass(frozen=True, eq=False, kw_only=True)
class AllocationProblem:
    """One allocation; k instruments, n factors. Units of factor and of instrument; money in one currency."""

    exposure: Floats  # x (n,), units of factor
    loading: Floats  # B (n, k), units of factor a unit of instrument
    covariance: Floats  # Σ (n, n), of P&L per unit of factor: currency² per unit² and year
    cost: Floats  # c (k,), one way, currency a unit of instrument
    risk_aversion: float  # γ, 1/currency
    horizon: float  # H, years
    held: Floats  # h⁰ (k,)
    carry: Floats  # (k,), currency a unit and year, + costs a long
    lower: Floats  # (k,)
    upper: Floats  # (k,)

    def __post_init__(self) -> None:
        n, k = self.loading.shape
        shapes = {
            "exposure": (n,),
            "covariance": (n, n),
            **dict.fromkeys(("cost", "held", "carry", "lower", "upper"), (k,)),
        }
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value.shape != shape:
                raise InputError(f"AllocationProblem.{name}: expected shape {shape}, got {value.shape}")
            if np.isnan(value).any():
                raise InputError(f"AllocationProblem.{name}: expected numbers, got NaN")
        if not (self.risk_aversion > 0.0 and self.horizon > 0.0 and (self.cost >= 0.0).all()):
            raise InputError("AllocationProblem: expected a positive risk aversion and horizon and costs of at least 0")
        if not (self.lower <= self.upper).all():
            raise InputError("AllocationProblem.lower: expected at most upper")
        if np.linalg.eigvalsh(self.covariance).min() < -1e-9 * np.abs(self.covariance).max():
            raise InputError("AllocationProblem.covariance: expected no negative eigenvalue")

    def objective(self, holding: Floats) -> float:
        """Currency: risk charge, trading cost and carry of a holding."""
        residual = self.exposure + self.loading @ holding
        risk = 0.5 * self.risk_aversion * self.horizon * float(residual @ self.covariance @ residual)
        traded = float(self.cost @ np.abs(holding - self.held))
        return risk + traded + float(self.carry @ holding) * self.horizon

    def gradient(self, holding: Floats) -> Floats:
        """Of the smooth part, currency a unit of instrument."""
        residual = self.exposure + self.loading @ holding
        slope = self.risk_aversion * self.horizon * (self.loading.T @ (self.covariance @ residual))
        return np.asarray(slope + self.carry * self.horizon, np.float64)

    def variance(self, holding: Floats) -> float:
        """Of the residual P&L, currency² a year."""
        residual = self.exposure + self.loading @ holding
        return float(residual @ self.covariance @ residual)


@dataclass(frozen=True, eq=False, kw_only=True)
class Allocation:
    """The best holding, with its certificate, and the whole lots nearest to it in cost."""

    holding: Floats  # h, units of instrument, not rounded
    gradient: Floats  # g of the smooth part there
    violation: float  # how far the certificate fails, as a share of the costs; 0 proves that nothing is cheaper
    objective: float
    objective_unhedged: float  # of leaving h⁰ as it is
    lots: Floats  # h in whole lots
    objective_lots: float


def allocate(problem: AllocationProblem, lot: Floats, *, tolerance: float = 1e-7) -> Allocation:
    """The holding that minimises the objective, by coordinate descent; raises NumericalError where no proof is found.

    `lot` (k,) is the smallest step of each instrument. The certificate: |gᵢ| ≤ cᵢ where hᵢ is not traded,
    gᵢ = −cᵢ·sign(hᵢ − hᵢ⁰) where it is, and the sign alone at a bound. Lots never leave a larger residual variance than
    doing nothing does.
    """
    curvature = problem.risk_aversion * problem.horizon * problem.loading.T @ problem.covariance @ problem.loading
    holding = np.clip(problem.held, problem.lower, problem.upper).astype(np.float64)
    gradient = problem.gradient(holding)
    scale = np.maximum(np.abs(problem.held), 1e-300)
    for _ in range(_SWEEPS):
        moved = 0.0
        for i in range(len(holding)):
            new = _coordinate(problem, i, holding[i], gradient[i], curvature[i, i])
            step = new - holding[i]
            if step != 0.0:
                holding[i] = new
                gradient = gradient + curvature[:, i] * step
                scale[i] = max(scale[i], abs(new))
                moved = max(moved, abs(step) / scale[i])
        if moved <= _TOLERANCE:
            break
    gradient = problem.gradient(holding)
    violation = _violation(problem, holding, gradient)
    if not violation <= tolerance:
        raise NumericalError(f"allocate: the certificate fails by {violation:.3g} of the cost; are factors degenerate?")
    lots = _in_lots(problem, holding, np.asarray(lot, np.float64))
    return Allocation(
        holding=holding,
        gradient=gradient,
        violation=violation,
        objective=problem.objective(holding),
        objective_unhedged=problem.objective(problem.held),
        lots=lots,
        objective_lots=problem.objective(lots),
    )


def _coordinate(problem: AllocationProblem, i: int, h: float, gradient: float, curvature: float) -> float:
    """The best value of one coordinate, the others held: a soft threshold round what is held."""
    held, cost = problem.held[i], problem.cost[i]
    if curvature > 0.0:
        free = h - held - gradient / curvature
        best = held + np.sign(free) * max(abs(free) - cost / curvature, 0.0)
    else:  # it hedges nothing: only its carry can move it, and then to a bound
        best = held
        if abs(gradient) > cost:
            best = problem.lower[i] if gradient > 0.0 else problem.upper[i]
            if not np.isfinite(best):
                raise NumericalError(f"allocate: instrument {i} hedges nothing and its carry pays for ever more of it")
    return float(np.clip(best, problem.lower[i], problem.upper[i]))


def _violation(problem: AllocationProblem, holding: Floats, gradient: Floats) -> float:
    """The largest failure of the first-order conditions, as a share of the cost (of the gradient's scale without cost)."""
    unit = np.maximum(problem.cost, 1e-12 * np.maximum(np.abs(problem.gradient(problem.held)), 1e-300))
    moved = np.sign(holding - problem.held)
    # The subdifferential of the objective along coordinate i is [low, high]; 0 must lie in it, up to bounds.
    low = gradient + np.where(moved == 0.0, -problem.cost, moved * problem.cost)
    high = gradient + np.where(moved == 0.0, problem.cost, moved * problem.cost)
    wants_more = np.where(holding < problem.upper, np.maximum(-high, 0.0), 0.0)
    wants_less = np.where(holding > problem.lower, np.maximum(low, 0.0), 0.0)
    return float(np.max(np.maximum(wants_more, wants_less) / unit, initial=0.0))


def _in_lots(problem: AllocationProblem, holding: Floats, lot: Floats) -> Floats:
    """The floor–ceiling combination of what moved that costs least, among those that leave no more variance than before."""
    if not (lot > 0.0).all():
        raise InputError(f"lot: expected positive units, got {lot}")
    choices: list[tuple[float, ...]] = []
    for i, h in enumerate(holding):
        if h == problem.held[i]:
            choices.append((float(h),))
            continue
        steps = (h - problem.held[i]) / lot[i]
        down, up = np.floor(steps + 1e-9), np.ceil(steps - 1e-9)
        options = {float(problem.held[i] + s * lot[i]) for s in (down, up)}
        inside = tuple(sorted(v for v in options if problem.lower[i] <= v <= problem.upper[i]))
        choices.append(inside or (float(problem.held[i]),))
    if sum(len(choice) > 1 for choice in choices) > _MOST_ROUNDED:
        raise InputError(f"allocate: expected at most {_MOST_ROUNDED} instruments to trade at once")
    before = problem.variance(problem.held) * (1.0 + 1e-12)
    best, least = np.array(problem.held, np.float64), problem.objective(problem.held)
    for combination in itertools.product(*choices):
        candidate = np.array(combination)
        value = problem.objective(candidate)
        if value < least and problem.variance(candidate) <= before:
            best, least = candidate, value
    return best
