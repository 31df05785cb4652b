"""The smile before an event, from a price that is known: a W no SVI slice can follow."""

import numpy as np

from gex.forward import ForwardCurve
from gex.greeks import forward_greeks
from gex.implied import implied_vol
from gex.surface.broken_line import SmileSource
from gex.surface.targets import SurfaceTargets
from tests.chains import carried_forwards, expiry_after


def mixture_before_an_event() -> tuple[SurfaceTargets, ForwardCurve]:
    """An equal mixture of lognormals before an event: concave at the money (surface.md 7.9)."""
    forwards = carried_forwards(1.0, (expiry_after(7),))
    time = float(forwards.time_to_expiry[0])
    strike = np.arange(0.9, 1.1001, 0.0025)
    right = np.where(strike >= 1.0, 1, -1).astype(np.int8)
    price = sum(0.5 * forward_greeks(f, strike, 1.0, 0.015, right, 1.0).price for f in (0.96, 1.04))
    vol = implied_vol(price, 1.0, strike, time, right, 1.0).vol
    k = np.log(strike)
    low, middle, high = ((vol + x) ** 2 * time for x in (-0.005, 0.0, 0.005))
    targets = SurfaceTargets(
        expiry=np.zeros(1, np.int64),
        start=np.array([0, len(k)]),
        log_moneyness=k,
        low=low,
        middle=middle,
        high=high,
        weight=1.0 / ((high - low) ** 2 * len(k)),
        row=np.arange(len(k)),
        money=np.array([np.interp(0.0, k, middle)]),
        source=np.full(1, SmileSource.QUOTES, np.int8),
    )
    return targets, forwards
