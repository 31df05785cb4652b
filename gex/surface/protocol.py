"""What every implied-volatility surface can be asked."""

import enum
from typing import Protocol

import numpy as np
import numpy.typing as npt

from gex.columns import Bools, Floats
from gex.forward import ForwardCurve


class SurfaceModel(enum.Enum):
    """How quotes become a surface."""

    CERTIFIED = "certified"  # total-variance splines inside the spread, proven free of arbitrage (gex.surface.fitting)
    ESSVI = "essvi"  # three parameters an expiry, free of arbitrage by construction (gex.surface.essvi_fitting)
    BROKEN_LINE = "broken_line"  # straight lines through the middles, flat outside (gex.surface.broken_line)


class VolSurface(Protocol):
    """Black volatility as a function of (expiry, log-moneyness), immutable.

    `expiry` is an index into `forwards.expiries`; log_moneyness = ln(strike / forward). Arrays broadcast.
    """

    @property
    def forwards(self) -> ForwardCurve:
        """The forwards and discount factors that log-moneyness refers to."""
        ...

    @property
    def is_certified(self) -> Bools:
        """Per expiry: True where the slice was proven free of static arbitrage."""
        ...

    def vol(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """Black volatility, decimal per √year; NaN where the expiry has no slice."""
        ...


class SourcedSurface(VolSurface, Protocol):
    """A surface made from a chain: it knows what each expiry's volatilities come from."""

    @property
    def model(self) -> SurfaceModel:
        """How the quotes became a surface."""
        ...

    @property
    def source(self) -> npt.NDArray[np.int8]:
        """`gex.surface.broken_line.SmileSource` of each expiry."""
        ...

    @property
    def rungs(self) -> tuple[str, ...]:
        """Per expiry what was needed to certify it ("fitted", "cut", "interpolated", …); "" where nothing is proven."""
        ...

    def slice_rows(self, expiry: int) -> tuple[Floats, Floats, float]:
        """(knots, coefficients, left slope) of one expiry: total variance as rows of cubics (`gex.kernels.spline`)."""
        ...

    def total_variance(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """w = vol² · time_to_expiry; NaN where the expiry has no slice."""
        ...


class SmoothSurface(VolSurface, Protocol):
    """A surface with slopes: total variance and its derivatives to log-moneyness."""

    def total_variance(self, expiry: npt.NDArray[np.integer], log_moneyness: Floats) -> Floats:
        """w = vol² · time_to_expiry; NaN where the expiry has no slice."""
        ...

    def variance_derivatives(
        self, expiry: npt.NDArray[np.integer], log_moneyness: Floats
    ) -> tuple[Floats, Floats, Floats]:
        """(w, ∂w/∂k, ∂²w/∂k²); NaN where the expiry has no slice."""
        ...


def vol_derivatives(
    surface: SmoothSurface, expiry: npt.NDArray[np.integer], log_moneyness: Floats
) -> tuple[Floats, Floats, Floats]:
    """(σ, ∂σ/∂k, ∂²σ/∂k²) from those of w = σ²T: w′/(2√(wT)) and (w″/(2√w) − w′²/(4w^{3/2}))/√T."""
    w, slope, bend = surface.variance_derivatives(expiry, log_moneyness)
    time = np.where(np.isfinite(w), surface.forwards.time_to_expiry[expiry], np.nan)
    root = np.sqrt(w * time)
    return root / time, 0.5 * slope / root, (0.5 * bend - 0.25 * slope**2 / w) / root


def butterfly_g(w: Floats, slope: Floats, bend: Floats, log_moneyness: Floats) -> Floats:
    """g(k) of Gatheral and Jacquier (arXiv 1204.0646), eq. 2.1: the density of the underlying is a positive multiple of it.

    A flat smile has g = 1 everywhere. Vogt's slice at k = 1 (w 0.0868267, w′ 0.1524534, w″ 0.0514553) has −0.0277417.
    """
    tilt = 1.0 - 0.5 * log_moneyness * slope / w
    g: Floats = tilt**2 - 0.25 * slope**2 * (1.0 / w + 0.25) + 0.5 * bend
    return g
