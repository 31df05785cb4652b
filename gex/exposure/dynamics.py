"""How a smile moves with spot, by name; and a surface that has so moved."""

import enum
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats
from gex.errors import InputError
from gex.forward import ForwardCurve
from gex.surface.protocol import SmoothSurface, VolSurface, butterfly_g, vol_derivatives

SKEW_STEP = 1e-2  # in log-moneyness: the at-the-money skew of a surface without slopes, across several strikes
LIMIT_STEP = 0.01  # in ln F: how finely the reach of a moved smile is known
LARGEST_SHIFT = 1.0
_STEEPEST = -0.9  # exponent of a skew that can be integrated from 0
_LARGEST_RATIO = 4.0


class VolInTime(enum.Enum):
    """How the volatility of an option ages."""

    FIXED_VOL = "fixed_vol"  # stays with the option
    ROLLING_SURFACE = "rolling_surface"  # σ0(k, T′): that of the time left
    FORWARD_VARIANCE = "forward_variance"  # ω(T) − ω(t′) at fixed k, ω = σ²T


@dataclass(frozen=True, kw_only=True)
class SmileDynamics:
    """σ_R(K; F′) = σ0(ln(K/F0) + (R − 1)·ln(F′/F0)), so that the at-the-money vol moves by R × skew.

    `skew_stickiness` None: one ratio an expiry, implied by the term structure of skew.
    """

    name: str
    skew_stickiness: float | None

    def ratios(self, surface: VolSurface) -> Floats:
        """R of every expiry."""
        if self.skew_stickiness is None:
            return implied_skew_stickiness(surface)
        return np.full(len(surface.forwards), self.skew_stickiness)

    def skew_stickiness_on(self, surface: VolSurface) -> float | Floats:
        """R, or R of every expiry where it is implied."""
        return implied_skew_stickiness(surface) if self.skew_stickiness is None else self.skew_stickiness


STICKY_MONEYNESS = SmileDynamics(name="sticky_moneyness", skew_stickiness=0.0)
STICKY_STRIKE = SmileDynamics(name="sticky_strike", skew_stickiness=1.0)
SURFACE_IMPLIED = SmileDynamics(name="surface_implied", skew_stickiness=None)


def dynamics_named(name: str, skew_stickiness: float | None = None) -> SmileDynamics:
    """The dynamics of that name; "skew_stickiness" takes the ratio beside it."""
    for known in (STICKY_STRIKE, STICKY_MONEYNESS, SURFACE_IMPLIED):
        if name.lower() == known.name:
            return known
    if name.lower() == "skew_stickiness" and skew_stickiness is not None and np.isfinite(skew_stickiness):
        return SmileDynamics(name="skew_stickiness", skew_stickiness=float(skew_stickiness))
    raise InputError(
        "smile dynamics: expected sticky_strike, sticky_moneyness, surface_implied or skew_stickiness with a ratio, "
        f"got {name!r} and {skew_stickiness}"
    )


def smile_derivatives(
    surface: VolSurface, expiry: npt.NDArray[np.integer], log_moneyness: Floats, step: float
) -> tuple[Floats, Floats, Floats]:
    """(σ, ∂σ/∂k, ∂²σ/∂k²): the surface's own where it knows them, else central differences over `step`."""
    if hasattr(surface, "variance_derivatives"):
        piece, k = np.broadcast_arrays(expiry, log_moneyness)
        return vol_derivatives(cast(SmoothSurface, surface), piece, k)
    vol = surface.vol(expiry, log_moneyness)
    ahead, behind = surface.vol(expiry, log_moneyness + step), surface.vol(expiry, log_moneyness - step)
    return vol, (ahead - behind) / (2.0 * step), (ahead - 2.0 * vol + behind) / step**2


def shift_limits(surface: VolSurface, ratio: Floats) -> tuple[Floats, Floats]:
    """(low, high) per expiry of how far R·ln(F′/F0) may take the smile from its moneyness.

    A slice that was proven free of arbitrage stays so at two deviations either side: Durrleman's condition is tested there
    at steps of LIMIT_STEP outwards, and the last step that passes is the limit. No limit (±inf) for other slices, where
    nothing moves (R = 0), and where every option keeps its volatility by definition (R = 1).
    """
    if isinstance(surface, MovedSurface):
        # of the way that its origin may go, this much is gone
        low, high = shift_limits(surface.origin, ratio)
        gone = ratio * np.log(surface.spot / surface.origin.forwards.spot)
        return low - gone, high - gone
    count = len(surface.forwards)
    low, high = np.full(count, -np.inf), np.full(count, np.inf)
    chosen = np.flatnonzero(surface.is_certified & (ratio != 0.0) & (ratio != 1.0))
    if len(chosen) == 0 or not hasattr(surface, "variance_derivatives"):
        return low, high
    smooth = cast(SmoothSurface, surface)
    at_the_money = np.sqrt(smooth.total_variance(chosen, np.zeros(len(chosen))))
    step = np.arange(1, round(LARGEST_SHIFT / LIMIT_STEP) + 1) * LIMIT_STEP
    for sign, limit in ((-1.0, low), (1.0, high)):
        passes = np.ones((len(chosen), len(step)), np.bool_)
        for wing in (-2.0, 2.0):
            k = wing * at_the_money[:, np.newaxis]
            w, slope, bend = smooth.variance_derivatives(chosen[:, np.newaxis], k + sign * step)
            passes &= butterfly_g(w, slope, bend, k) >= 0.0  # NaN, without a slice, is a failure
        failed = ~passes
        first = np.where(failed.any(axis=1), failed.argmax(axis=1), len(step))
        limit[chosen] = sign * np.where(first == len(step), np.inf, first * LIMIT_STEP)
    return low, high


def implied_skew_stickiness(surface: VolSurface) -> Floats:
    """R(T) = 1 + (1/T)·∫₀ᵀ S_u/S_T du of every expiry, S_T the at-the-money skew: what local volatility implies.

    Between expiries the skew is a power of time where its sign stays (linear where not); before the first it goes on as
    the first power. A flat skew gives 2, one ∝ T^{−1/2} gives 3. Held within [0, 4]; 1 where there is no slice or no skew.
    """
    time = surface.forwards.time_to_expiry
    count = len(time)
    _, skew, _ = smile_derivatives(surface, np.arange(count), np.zeros(count), SKEW_STEP)
    ratio = np.ones(count)
    known = np.flatnonzero(np.isfinite(skew) & (time > 0.0))
    known = known[np.argsort(time[known], kind="stable")]
    known = known[np.append(True, np.diff(time[known]) > 0.0)] if len(known) else known  # AM and PM: the first counts
    if len(known) == 0:
        return ratio
    t, s = time[known], skew[known]
    first_power = _power(t[0], s[0], t[1], s[1]) if len(known) > 1 else 0.0
    integral = np.empty(len(known))
    integral[0] = s[0] * t[0] / (1.0 + max(first_power, _STEEPEST))
    for i in range(1, len(known)):
        integral[i] = integral[i - 1] + _integral(t[i - 1], s[i - 1], t[i], s[i])
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.clip(1.0 + integral / (t * s), 0.0, _LARGEST_RATIO)
    priced = np.flatnonzero(np.isfinite(skew) & (time > 0.0))
    ratio[priced] = np.interp(time[priced], t, np.where(np.isfinite(found), found, 1.0))
    return ratio


def _power(t0: float, s0: float, t1: float, s1: float) -> float:
    return float(np.log(s1 / s0) / np.log(t1 / t0)) if s0 * s1 > 0.0 else 0.0


def _integral(t0: float, s0: float, t1: float, s1: float) -> float:
    """∫ of the skew between two expiries."""
    if s0 * s1 <= 0.0:
        return 0.5 * (s0 + s1) * (t1 - t0)
    power = _power(t0, s0, t1, s1)
    if abs(power + 1.0) < 1e-9:
        return float(s0 * t0 * np.log(t1 / t0))
    return float((s1 * t1 - s0 * t0) / (1.0 + power))


@dataclass(frozen=True, eq=False)
class MovedSurface:
    """A surface at another spot under a skew-stickiness ratio per expiry: forwards scale, the smile follows."""

    origin: VolSurface
    spot: float
    ratio: Floats

    @property
    def is_certified(self) -> Bools:
        """Only a smile that rides with moneyness (R = 0) keeps its proof."""
        certified: Bools = self.origin.is_certified & (self.ratio == 0.0)
        return certified

    @cached_property
    def forwards(self) -> ForwardCurve:
        """F·S′/S."""
        known = self.origin.forwards
        scale = self.spot / known.spot
        return replace(
            known,
            spot=self.spot,
            forward=known.forward * scale,
            lower=known.lower * scale,
            upper=known.upper * scale,
        )

    def vol(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """σ0(k + R·ln(S′/S)) at k = ln(K/F′)."""
        shift = self.ratio[expiry] * np.log(self.spot / self.origin.forwards.spot)
        return self.origin.vol(expiry, log_moneyness + shift)


def surface_at_spot(surface: VolSurface, spot: float, dynamics: SmileDynamics = STICKY_STRIKE) -> MovedSurface:
    """The surface after spot has moved to `spot` and nothing else; moving again starts from the same origin."""
    if not spot > 0.0:
        raise InputError(f"surface_at_spot: expected a positive spot, got {spot}")
    if isinstance(surface, MovedSurface) and np.array_equal(surface.ratio, dynamics.ratios(surface.origin)):
        return MovedSurface(surface.origin, spot, surface.ratio)
    return MovedSurface(surface, spot, dynamics.ratios(surface))
