"""Markets that a surface is fitted to, with known truth, and a look at surfaces that owes nothing to the certificate."""

import dataclasses
import math

import numpy as np
import pytest

from gex.cleaning import clean
from gex.forward import ForwardCurve
from gex.greeks import forward_greeks
from gex.pipeline import Analysis
from gex.quote_vols import quote_vols
from gex.quotes import Cleaned, Quotes, Rejects
from gex.sample import EssviSurface
from gex.surface.broken_line import SmileSource
from gex.surface.certified import CertifiedSurface
from gex.surface.essvi import essvi_through
from gex.surface.fitting import fit_surface
from gex.surface.targets import SurfaceTargets
from tests.chains import AS_OF, carried_forwards, expiry_after
from tests.naive_surface import NaiveSlice


def fitted(analysis: Analysis, **changes: object) -> CertifiedSurface:
    return fit_surface(analysis.cleaned.quotes, analysis.vols, analysis.forwards, **changes)  # type: ignore[arg-type]


def fit_of(quotes: Quotes, forwards: ForwardCurve, previous: CertifiedSurface | None = None) -> CertifiedSurface:
    cleaned = clean(Cleaned(quotes=quotes, rejects=Rejects.empty(), row_count=len(quotes))).quotes
    return fit_surface(cleaned, quote_vols(cleaned, forwards), forwards, previous=previous)


def assert_free_of_arbitrage(surface: CertifiedSurface, count: int = 20_000, *, mass: bool = False) -> None:
    """Dense and independent of the certificate: densities ≥ 0, w not falling in time, wings to 20 deviations."""
    order = np.argsort(surface.forwards.time_to_expiry, kind="stable")
    order = order[np.diff(surface.start)[order] > 0]
    before: NaiveSlice | None = None
    for j in order:
        one = NaiveSlice(*surface.slice_rows(int(j)))
        k = one.dense_log_moneyness(count)
        w = one.derivatives(k)[0]
        assert w.min() > 0
        assert one.g(k).min() >= 0
        if mass:
            assert one.mass() == pytest.approx(1.0, abs=2e-5)  # the quadrature's own error at 2·10⁵ points
        if before is not None:
            assert (w - before.derivatives(k)[0] >= -1e-15).all()
        before = one


def essvi_targets(slice_count: int = 48) -> tuple[SurfaceTargets, ForwardCurve, EssviSurface]:
    """Quotes of an eSSVI market with market spreads, middles exactly on it (surface.md 7.10)."""
    days = np.unique(np.round(np.geomspace(2, 900, slice_count)))
    expiries = tuple(expiry_after(float(d)) for d in days)
    forwards = carried_forwards(5000.0, expiries)
    time = forwards.time_to_expiry
    rho = np.linspace(-0.6, -0.75, len(time))
    theta, psi = essvi_through(theta=(0.14 + 0.04 * time) ** 2 * time, rho=rho, psi=0.9 * 0.16 * np.sqrt(time))
    market = EssviSurface(forwards=forwards, theta=theta, rho=rho, psi=psi)
    k, low, middle, high, start = [], [], [], [], [0]
    for j in range(len(time)):
        strikes = np.arange(
            5000.0 * math.exp(-7 * math.sqrt(theta[j])), 5000.0 * math.exp(3 * math.sqrt(theta[j])), 20.0
        )
        x = np.log(strikes / 5000.0)
        vol = market.vol(np.full(len(x), j), x)
        half = 0.002 + 0.01 * np.abs(x) / math.sqrt(theta[j]) * vol
        k.append(x)
        low.append((vol - half) ** 2 * time[j])
        middle.append(vol**2 * time[j])
        high.append((vol + half) ** 2 * time[j])
        start.append(start[-1] + len(x))
    counts = np.diff(start)
    spread = np.concatenate(high) - np.concatenate(low)
    targets = SurfaceTargets(
        expiry=np.arange(len(time)),
        start=np.array(start),
        log_moneyness=np.concatenate(k),
        low=np.concatenate(low),
        middle=np.concatenate(middle),
        high=np.concatenate(high),
        weight=1.0 / (spread**2 * np.repeat(counts, counts)),
        row=np.arange(start[-1]),
        money=theta,
        source=np.full(len(time), SmileSource.QUOTES, np.int8),
    )
    return targets, forwards, market


def bad_expiry(factor: float) -> tuple[SurfaceTargets, ForwardCurve, int]:
    """Fourteen expiries of an eSSVI market, one of them with its variance wrong by a factor."""
    targets, forwards, _ = essvi_targets(14)
    bad = 6
    scale = np.ones(len(targets.row))
    scale[targets.start[bad] : targets.start[bad + 1]] = factor
    money = targets.money.copy()
    money[bad] *= factor
    return (
        dataclasses.replace(
            targets,
            low=targets.low * scale,
            middle=targets.middle * scale,
            high=targets.high * scale,
            money=money,
        ),
        forwards,
        bad,
    )


def plain_chain() -> tuple[Quotes, ForwardCurve]:
    strike = np.arange(70.0, 130.0, 5.0)
    forwards = carried_forwards(100.0, (expiry_after(60),))
    right = np.where(strike >= 100.0, 1, -1).astype(np.int8)
    price = forward_greeks(100.0, strike, 60 / 365, 0.3, right, 1.0).price
    quotes = Quotes(
        underlying="X",
        as_of=AS_OF,
        spot=100.0,
        expiries=forwards.expiries,
        row=np.arange(len(strike)),
        expiry=np.zeros(len(strike), int),
        strike=strike,
        right=right,
        bid=0.99 * price,
        ask=1.01 * price,
    )
    return quotes, forwards
