"""Deltas beside Black–Scholes: along a moving smile, and the one that makes the variance of the hedged option least."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from gex.columns import Floats
from gex.errors import InputError
from gex.portfolio.repricing import SLOPE_STEP
from gex.portfolio.risk import PortfolioRisk

_NORMAL_95 = 1.959963984540054


def smile_delta(risk: PortfolioRisk, skew_stickiness: float) -> Floats:
    """Δ + (vega/S)·(R − 1)·∂σ/∂k of every row, units of underlying; slope taken at the strike's own k.

    R = 1 is Black–Scholes. Smile 0.5 − 0.1k + 0.3k², S = 100, 30 days: call 90 at R = 0 has 0.798573.
    """
    if skew_stickiness == 1.0:
        return risk.delta
    terms, out = risk.terms, np.array(risk.delta)
    mine = np.flatnonzero(risk.is_priced)
    k = np.log(risk.positions.strike[mine] / terms.forward[mine])
    expiry = terms.expiry[mine]
    slope = risk.surface.vol(expiry, k + SLOPE_STEP) - risk.surface.vol(expiry, k - SLOPE_STEP)
    out[mine] += risk.vega[mine] / risk.spot * (skew_stickiness - 1.0) * slope / (2.0 * SLOPE_STEP)
    return out


@dataclass(frozen=True, kw_only=True)
class MinimumVarianceFit:
    """Coefficients of Hull and White's delta and how they did where they were not fitted."""

    coefficients: tuple[float, float, float]  # a, b, c
    count: int  # option changes in the fit
    period_count: int  # of the window
    in_sample_gain: float  # 1 − SSE/SSE of Black–Scholes
    gain: float  # out of sample; NaN where there was none
    gain_interval: tuple[float, float]  # 95 %, from the periods judged; NaN where fewer than 3

    @property
    def is_trusted(self) -> bool:
        """True where the gain out of sample is above 0 beyond doubt; else take Black–Scholes (or another R)."""
        return bool(self.gain_interval[0] > 0.0)


def fit_minimum_variance(
    period: npt.ArrayLike,
    value_change: npt.ArrayLike,
    spot_return: npt.ArrayLike,
    spot: npt.ArrayLike,
    delta: npt.ArrayLike,
    vega: npt.ArrayLike,
    time_to_expiry: npt.ArrayLike,
    *,
    window: int,
) -> MinimumVarianceFit:
    """Fit ΔV − Δ·ΔS = (vega/√T)·(ΔS/S)·(a + bΔ + cΔ²) without intercept on the last `window` periods.

    Hull and White (2017), J. Banking & Finance 82. One row per option and period (numbered, ascending in time), calls and
    puts separately. Every period with `window` periods before it is judged with coefficients of those alone.
    """
    names = ("period", "value_change", "spot_return", "spot", "delta", "vega", "time_to_expiry")
    given = (period, value_change, spot_return, spot, delta, vega, time_to_expiry)
    columns = [np.asarray(values, np.float64) for values in given]
    columns[3] = np.broadcast_to(columns[3], columns[0].shape)
    for name, values in zip(names, columns, strict=True):
        if values.shape != columns[0].shape or values.ndim != 1:
            raise InputError(f"fit_minimum_variance, {name}: expected {columns[0].shape[0]} rows, got {values.shape}")
    when, change, move, level, d, v, time = columns
    scale = v / np.sqrt(time) * move
    y = change - d * move * level
    design = scale[:, np.newaxis] * np.column_stack([np.ones_like(d), d, d * d])
    known = np.isfinite(y) & np.isfinite(design).all(axis=1)
    when, y, design = when[known], y[known], design[known]
    periods = np.unique(when)
    if len(periods) < window or window < 1:
        raise InputError(f"fit_minimum_variance: expected at least {window} periods, got {len(periods)}")
    squares: list[tuple[float, float]] = []
    for k in range(window, len(periods)):
        before = (when >= periods[k - window]) & (when < periods[k])
        now = when == periods[k]
        left = y[now] - design[now] @ _coefficients(design[before], y[before])
        squares.append((float(left @ left), float(y[now] @ y[now])))
    last = when >= periods[-window]
    final = _coefficients(design[last], y[last])
    residual = y[last] - design[last] @ final
    gain, interval = _judged(np.array(squares).reshape(-1, 2))
    return MinimumVarianceFit(
        coefficients=(float(final[0]), float(final[1]), float(final[2])),
        count=int(last.sum()),
        period_count=window,
        in_sample_gain=1.0 - float(residual @ residual) / float(y[last] @ y[last]),
        gain=gain,
        gain_interval=interval,
    )


def minimum_variance_delta(risk: PortfolioRisk, call: MinimumVarianceFit, put: MinimumVarianceFit) -> Floats:
    """Δ + vega/(S√T)·(a + bΔ + cΔ²) of every row, units; rows whose fit is not trusted keep Black–Scholes."""
    out = np.array(risk.delta)
    units = risk.positions.units
    for fit, right in ((call, 1), (put, -1)):
        mine = np.flatnonzero(risk.is_priced & (risk.positions.right == right) & (units != 0.0))
        if not fit.is_trusted or len(mine) == 0:
            continue
        a, b, c = fit.coefficients
        d = risk.delta[mine] / units[mine]
        per_unit = a + b * d + c * d * d
        out[mine] += risk.vega[mine] / (risk.spot * np.sqrt(risk.terms.time_to_expiry[mine])) * per_unit
    return out


def _coefficients(design: Floats, y: Floats) -> Floats:
    return np.asarray(np.linalg.lstsq(design, y, rcond=None)[0], np.float64)


def _judged(squares: Floats) -> tuple[float, tuple[float, float]]:
    """Gain over all judged periods, and its interval by leaving out one period at a time (jackknife)."""
    nothing = (float("nan"), float("nan"))
    if len(squares) == 0:
        return float("nan"), nothing
    fitted, plain = squares.sum(axis=0)
    gain = float(1.0 - fitted / plain)
    n = len(squares)
    if n < 3:
        return gain, nothing
    without = 1.0 - (fitted - squares[:, 0]) / (plain - squares[:, 1])
    error = float(np.sqrt((n - 1) / n * ((without - without.mean()) ** 2).sum()))
    return gain, (gain - _NORMAL_95 * error, gain + _NORMAL_95 * error)
