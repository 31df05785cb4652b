"""Hull and White's minimum-variance delta on a recorded market: fitted on the past, used once it has earned it."""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from gex.backtest.panel import Panel, near_the_money
from gex.backtest.recording import Recording
from gex.backtest.resampling import paired_bootstrap
from gex.columns import Floats, Ints
from gex.errors import InputError

MINIMUM_VARIANCE_DELTA = "minimum_variance_delta"  # the signal
_LEAST_CHANGES = 30  # of one right, before anything is fitted


@dataclass(frozen=True, eq=False, kw_only=True)
class MinimumVarianceFit:
    """What was fitted at each instant from the changes that had ended by then.

    `coefficients` is (instant, right, 3), rights call and put: a, b, c of Hull & White (2017); NaN where too little was
    known. `is_used` is True from where the interval of the out-of-sample gain over Black–Scholes lay above 0.
    """

    coefficients: Floats
    is_used: Floats  # (instant, right), 1 or 0
    gain: Floats  # (right,): 1 − SSE/SSE of Black–Scholes, out of sample over the whole panel; NaN: never
    change_count: Ints  # (right,)


def minimum_variance_fit(panel: Panel, *, window: int = 60) -> MinimumVarianceFit:
    """Fit ΔV − Δ·ΔS = (vega/√T)(ΔS/S)(a + bΔ + cΔ²), no constant, on the last `window` intervals, calls and puts apart.

    Hull & White (2017), J. Banking & Finance 82, eq. 5. Options are those near the money when the interval began.
    """
    if panel.forward is None or panel.discount is None or window < 1:
        raise InputError("minimum variance: expected a panel with forwards and a window of at least 1")
    count = len(panel.time)
    price = 0.5 * (panel.bid + panel.ask)
    squares, errors = np.zeros((count, 2, 3, 3)), np.zeros((count, 2, 2))
    products, seen = np.zeros((count, 2, 3)), np.zeros((count, 2), np.int64)
    fitted, used = np.full((count, 2, 3), np.nan), np.zeros((count, 2))
    for row in range(1, count):
        for side, sign in enumerate((1.0, -1.0)):
            basis, wanted = _changes(panel, price, row, sign)
            before = fitted[row - 1, side]
            if len(wanted) and np.isfinite(before).all():
                errors[row, side] = (wanted**2).sum(), ((wanted - basis @ before) ** 2).sum()
            squares[row, side], products[row, side] = basis.T @ basis, basis.T @ wanted
            seen[row, side] = len(wanted)
            start = max(row - window + 1, 0)
            if seen[start : row + 1, side].sum() >= _LEAST_CHANGES:
                total = squares[start : row + 1, side].sum(axis=0)
                fitted[row, side] = np.linalg.lstsq(total, products[start : row + 1, side].sum(axis=0), rcond=None)[0]
            known = errors[: row + 1, side]
            known = known[known[:, 0] > 0.0]
            if len(known):
                (found,) = paired_bootstrap(known, _gain, draws=400)
                used[row, side] = float(found.low > 0.0)
    total = errors.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = 1.0 - total[:, 1] / total[:, 0]
    return MinimumVarianceFit(
        coefficients=fitted, is_used=used, gain=gain, change_count=seen.sum(axis=0).astype(np.int64)
    )


def with_minimum_variance(recording: Recording, fit: MinimumVarianceFit) -> Recording:
    """The recording with the book's minimum-variance delta as a signal; Black–Scholes' own where the fit is not used."""
    options = recording.options
    if options is None or len(fit.is_used) != len(recording):
        raise InputError("minimum variance: expected a recording of the whole panel, with its options")
    side = np.where(options.sign > 0.0, 0, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        stdev = options.vol * np.sqrt(np.maximum(options.years, 0.0))
        d1 = np.log(options.forward / options.strike) / stdev + 0.5 * stdev
    delta = options.delta_factor * options.sign * ndtr(options.sign * d1)
    pull = options.discount * options.forward * np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi)  # vega/√T
    a, b, c = (np.where(fit.is_used == 1.0, fit.coefficients[:, :, k], 0.0)[:, side] for k in range(3))
    extra = pull / recording.price[:, None] * (a + b * delta + c * delta * delta)
    extra = np.where(options.is_alive & np.isfinite(extra), extra, 0.0)
    return recording.with_signal(MINIMUM_VARIANCE_DELTA, recording.delta + extra @ options.units)


def _changes(panel: Panel, price: Floats, row: int, sign: float) -> tuple[Floats, Floats]:
    """(basis, what is explained) of the interval that ended at `row`, one line an option of this right."""
    assert panel.forward is not None
    assert panel.discount is not None
    chosen = near_the_money(panel, row - 1, least_days=7.0, most_days=120.0)
    chosen = chosen[(panel.sign[chosen] == sign) & np.isfinite(panel.mark[row, chosen])]
    unit = price if panel.is_coin_settled else np.ones_like(price)
    change = panel.mark[row, chosen] * unit[row] - panel.mark[row - 1, chosen] * unit[row - 1]
    move = price[row] - price[row - 1]
    delta = panel.delta[row - 1, chosen]
    years = (panel.expiry[chosen] - panel.time[row - 1]) / np.timedelta64(1, "D") / 365.0
    forward = panel.forward[row - 1, chosen]
    stdev = panel.vol[row - 1, chosen] * np.sqrt(years)
    d1 = np.log(forward / panel.strike[chosen]) / stdev + 0.5 * stdev
    pull = panel.discount[row - 1, chosen] * forward * np.exp(-0.5 * d1 * d1) / math.sqrt(2.0 * math.pi)
    line = pull * move / price[row - 1]
    return line[:, None] * np.stack([np.ones_like(delta), delta, delta * delta], axis=1), change - delta * move


def _gain(means: Floats) -> Floats:
    out: Floats = (1.0 - means[:, 1] / means[:, 0])[:, None]
    return out
