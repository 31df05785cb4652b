"""eSSVI: three parameters a slice, free of static arbitrage by construction through Mingone's global map.

The surface a sample is made from, and what the market surface falls back on where quotes are few or bad.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Columns, Floats, column
from gex.errors import InputError
from gex.forward import ForwardCurve
from gex.kernels.essvi import essvi_derivatives

_BELOW_LEE = 1.0 - 1e-9  # the paper's bound is open: ψ(1 + |ρ|) < 4 also after rounding
_ROUNDING = 1e-12  # of the map's products, where slices touch
PSI_SHARE_LIMIT = 1.0 - 1e-6  # at 1 the slope of a wing may reach 2, where Lee's bound is met with equality


@dataclass(frozen=True, eq=False, kw_only=True)
class EssviSurface(Columns):
    """One eSSVI slice an expiry, in the order of `forwards.expiries`; a `VolSurface`.

    Total variance of a slice at log-moneyness k, with phi = psi / theta (Hendriks & Martini 2019):
    `w(k) = theta / 2 * (1 + rho phi k + sqrt((phi k + rho)^2 + 1 - rho^2))`. All columns are NaN where an expiry is
    settled. Made by `essvi_through`, so that no slice has butterfly and no pair has calendar arbitrage.
    """

    forwards: ForwardCurve
    theta: Floats = column(np.float64)  # total variance at the money
    rho: Floats = column(np.float64)  # in (-1, 1); the sign of the skew
    psi: Floats = column(np.float64)  # theta * phi; rho * psi is dw/dk at the money

    @property
    def is_certified(self) -> Bools:
        """Per expiry: True where there is a slice; the map that made it is the proof."""
        return np.isfinite(self.theta)

    def total_variance(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """Total variance w = vol^2 * time_to_expiry; arrays broadcast, NaN where the expiry has no slice.

        With theta 0.04, rho -0.3, psi 0.1 (phi 2.5), w(-0.5) = 0.063900549446 and w(0) = 0.04.
        """
        return self.variance_derivatives(expiry, log_moneyness)[0]

    def variance_derivatives(
        self, expiry: npt.NDArray[np.integer], log_moneyness: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """(w, ∂w/∂k, ∂²w/∂k²); arrays broadcast. At the money they are θ, ρψ and (1 − ρ²)ψ²/(2θ)."""
        piece, k = np.broadcast_arrays(np.asarray(expiry, np.int64), np.asarray(log_moneyness, np.float64))
        rows = np.ravel(piece)
        out = np.empty((3, rows.size))
        essvi_derivatives(self.theta[rows], self.rho[rows], self.psi[rows], np.ravel(k), out)
        return out[0].reshape(k.shape), out[1].reshape(k.shape), out[2].reshape(k.shape)

    def vol(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """Black volatility, decimal per √year; NaN where the expiry has no slice."""
        live = self.is_certified[expiry]
        time = np.where(live, self.forwards.time_to_expiry[expiry], np.nan)
        vol: Floats = np.sqrt(self.total_variance(expiry, log_moneyness) / time)
        return vol


def essvi_violations(theta: Floats, rho: Floats, psi: Floats) -> list[str]:
    """What keeps slices in order of expiry from being free of static arbitrage, one sentence each; empty: proven free.

    Butterfly: ψ(1 + |ρ|) < 4 and ψ²(1 + |ρ|) ≤ 4θ (Gatheral and Jacquier, theorem 4.2). Calendar, between neighbours:
    θ and ψ grow at least as ρ demands, and φ = ψ/θ does not grow (Hendriks and Martini 2019). A grid can miss these:
    θ 20, ρ −0.7, φ 0.138957743116 has g > 0 down to k = −30.7 and ψ(1 + |ρ|) = 4.7246.
    """
    found = []
    lee, middle = psi * (1.0 + np.abs(rho)), psi**2 * (1.0 + np.abs(rho))
    growth = _least_growth(rho)
    for i in range(len(theta)):
        if not (theta[i] > 0.0 and abs(rho[i]) < 1.0 and psi[i] >= 0.0):
            found.append(f"slice {i}: expected theta > 0, |rho| < 1 and psi >= 0")
            continue
        if not lee[i] < 4.0:
            found.append(f"slice {i}: butterfly in the wing, psi (1 + |rho|) is {lee[i]:.6g}, must be below 4")
        if not middle[i] <= 4.0 * theta[i] * (1.0 + _ROUNDING):
            found.append(
                f"slice {i}: butterfly, psi² (1 + |rho|) is {middle[i]:.6g}, must be at most {4 * theta[i]:.6g}"
            )
        if i and not theta[i] >= theta[i - 1] * (1.0 - _ROUNDING):
            found.append(f"slices {i - 1} and {i}: calendar, theta falls")
        if i and not psi[i] >= psi[i - 1] * growth[i] * (1.0 - _ROUNDING):
            found.append(f"slices {i - 1} and {i}: calendar in a wing, psi does not grow by {growth[i]:.6g}")
        if i and not psi[i] * theta[i - 1] <= psi[i - 1] * theta[i] * (1.0 + _ROUNDING):
            found.append(f"slices {i - 1} and {i}: calendar near the money, phi grows")
    return found


def essvi_map(*, rho: Floats, first_theta: float, theta_increment: Floats, psi_share: Floats) -> tuple[Floats, Floats]:
    """(theta, psi) of slices in order of expiry, free of arbitrage whatever the arguments are inside their boxes.

    Mingone, "No arbitrage global parametrization for the eSSVI volatility surface" (arXiv 2204.00312): rho in (-1, 1),
    first_theta > 0, theta_increment >= 0 and psi_share in [0, 1), one of each a slice; the first increment is not read.
    For rho (-0.7, -0.6, -0.5), first_theta 0.01, increments (., 0.004, 0.01) and shares of a half, theta is
    (0.01, 0.014625, 0.0256) and psi (0.0766965, 0.0968293, 0.1363887).
    """
    if not (np.all(np.abs(rho) < 1.0) and first_theta > 0.0 and np.all(theta_increment[1:] >= 0.0)):
        raise InputError("essvi_map: expected |rho| < 1, first_theta > 0 and increments >= 0")
    if not (np.all(psi_share >= 0.0) and np.all(psi_share < 1.0)):
        raise InputError("essvi_map: expected psi_share in [0, 1)")
    growth = _least_growth(rho)
    theta = np.empty(len(rho))
    theta[0] = first_theta
    for i in range(1, len(rho)):
        theta[i] = theta[i - 1] * growth[i] + theta_increment[i]
    ceiling = _psi_ceiling(theta, rho, growth)
    psi = np.empty(len(rho))
    for i in range(len(rho)):
        low, high = _psi_range(i, theta, psi, growth, ceiling)
        psi[i] = low + psi_share[i] * (high - low)
    return theta, psi


def essvi_through(*, theta: Floats, rho: Floats, psi: Floats) -> tuple[Floats, Floats]:
    """The (theta, psi) nearest to the wanted ones that the map can make, in one pass over the slices.

    Where the wanted slices are already free of arbitrage they come back unchanged (to rounding).
    """
    growth = _least_growth(rho)
    made_theta = np.array(theta, dtype=np.float64)
    for i in range(1, len(rho)):
        made_theta[i] = max(theta[i], made_theta[i - 1] * growth[i])
    ceiling = _psi_ceiling(made_theta, rho, growth)
    made_psi = np.empty(len(rho))
    for i in range(len(rho)):
        low, high = _psi_range(i, made_theta, made_psi, growth, ceiling)
        made_psi[i] = min(max(psi[i], low), low + PSI_SHARE_LIMIT * (high - low))
    return made_theta, made_psi


def _least_growth(rho: Floats) -> Floats:
    """p_i: the factor by which theta and psi must at least grow because rho changes; 1 for the first slice."""
    growth = np.ones(len(rho))
    growth[1:] = np.maximum((1.0 + rho[:-1]) / (1.0 + rho[1:]), (1.0 - rho[:-1]) / (1.0 - rho[1:]))
    return growth


def _psi_ceiling(theta: Floats, rho: Floats, growth: Floats) -> Floats:
    """Per slice the largest psi that leaves room for its own butterfly condition and those of all later slices."""
    tilt = 1.0 + np.abs(rho)
    ceiling = np.minimum(_BELOW_LEE * 4.0 / tilt, np.sqrt(4.0 * theta / tilt))
    for i in range(len(rho) - 2, -1, -1):
        ceiling[i] = min(ceiling[i], ceiling[i + 1] / growth[i + 1])
    return ceiling


def _psi_range(i: int, theta: Floats, psi: Floats, growth: Floats, ceiling: Floats) -> tuple[float, float]:
    """A_i and C_i of the paper: psi may lie between them once the slices before are fixed."""
    if i == 0:
        return 0.0, float(ceiling[0])
    return float(psi[i - 1] * growth[i]), float(min(ceiling[i], psi[i - 1] * theta[i] / theta[i - 1]))
