"""The same quotes through QuantLib: an SVI slice per expiry, and Andreasen–Huge over all of them."""

import time
from dataclasses import dataclass

import numpy as np
import QuantLib as ql  # noqa: N813 — as its own documentation does

from gex.columns import Floats
from gex.surface.targets import SurfaceTargets


@dataclass(frozen=True)
class PeerFit:
    """Seconds, and the error of each two-sided quote in basis points of volatility (NaN where the peer gave none)."""

    seconds: float
    error_bp: Floats
    inside: Floats


def _days(years: float) -> int:
    return max(round(365 * years), 1)


def svi_slices(targets: SurfaceTargets, years: Floats) -> PeerFit:
    """SviInterpolatedSmileSection, five free parameters, weights by vega, from QuantLib's usual start."""
    today = ql.Date(15, 6, 2023)
    ql.Settings.instance().evaluationDate = today
    errors, inside, seconds = [], [], 0.0
    for j in range(len(targets.expiry)):
        here = slice(int(targets.start[j]), int(targets.start[j + 1]))
        known = np.isfinite(targets.middle[here])
        k = targets.log_moneyness[here][known]
        low, middle, high = (a[here][known] for a in (targets.low, targets.middle, targets.high))
        span = _days(years[j]) / 365.0
        vols = np.sqrt(middle / span)
        strikes = np.exp(k)
        begin = time.perf_counter()
        try:
            section = ql.SviInterpolatedSmileSection(
                today + _days(years[j]), 1.0, strikes.tolist(), False, float(np.sqrt(targets.money[j] / span)),
                vols.tolist(), 0.5 * float(targets.money[j]), 0.1 * float(np.sqrt(targets.money[j])), 0.1, -0.4, 0.0,
                False, False, False, False, False,
            )  # fmt: skip
            w = np.array([section.volatility(x) for x in strikes]) ** 2 * span
        except RuntimeError:
            w = np.full(len(k), np.nan)
        seconds += time.perf_counter() - begin
        errors.append(1e4 * (np.sqrt(w / years[j]) - np.sqrt(middle / years[j])))
        inside.append((w >= low) & (w <= high))
    return PeerFit(seconds, np.concatenate(errors), np.concatenate(inside).astype(float))


def andreasen_huge(targets: SurfaceTargets, years: Floats, *, expiries: int) -> PeerFit:
    """AndreasenHugeVolatilityInterpl on the first `expiries` slices that fall on days of their own, spot 1, no rates."""
    today = ql.Date(15, 6, 2023)
    ql.Settings.instance().evaluationDate = today
    chosen: list[int] = []
    for j in range(len(targets.expiry)):
        if not chosen or _days(years[j]) > _days(years[chosen[-1]]):
            chosen.append(j)
    chosen = chosen[:expiries]
    calibration = ql.CalibrationSet()
    pieces = []
    for j in chosen:
        here = slice(int(targets.start[j]), int(targets.start[j + 1]))
        known = np.isfinite(targets.middle[here])
        span = _days(years[j]) / 365.0
        exercise = ql.EuropeanExercise(today + _days(years[j]))
        strikes = np.exp(targets.log_moneyness[here][known])
        for strike, w in zip(strikes, targets.middle[here][known], strict=True):
            option = ql.VanillaOption(ql.PlainVanillaPayoff(ql.Option.Call, float(strike)), exercise)
            calibration.push_back((option, ql.SimpleQuote(float(np.sqrt(w / span)))))
        pieces.append(
            (j, span, strikes, targets.low[here][known], targets.middle[here][known], targets.high[here][known])
        )
    flat = ql.YieldTermStructureHandle(ql.FlatForward(today, 0.0, ql.Actual365Fixed()))
    begin = time.perf_counter()
    surface = ql.AndreasenHugeVolatilityInterpl(
        calibration, ql.QuoteHandle(ql.SimpleQuote(1.0)), flat, flat, ql.AndreasenHugeVolatilityInterpl.CubicSpline,
        ql.AndreasenHugeVolatilityInterpl.Call, 500,
    )  # fmt: skip
    adapter = ql.AndreasenHugeVolatilityAdapter(surface)
    errors, inside = [], []
    for j, span, strikes, low, middle, high in pieces:
        date = today + _days(years[j])
        found = np.full(len(strikes), np.nan)
        for i, strike in enumerate(strikes):
            try:
                found[i] = adapter.blackVol(date, float(strike), True) ** 2 * span
            except RuntimeError:
                continue
        errors.append(1e4 * (np.sqrt(found / years[j]) - np.sqrt(middle / years[j])))
        inside.append((found >= low) & (found <= high))
    return PeerFit(time.perf_counter() - begin, np.concatenate(errors), np.concatenate(inside).astype(float))
