"""Expiries whose quotes contradict those of several others: found before they push the rest of the surface up."""

from functools import lru_cache

import numpy as np

from gex.columns import Bools, Floats
from gex.forward import ForwardCurve
from gex.surface.targets import SurfaceTargets
from gex.variance_time import VarianceClock

NEIGHBOURS = 4  # later expiries that each one is held against
SHARE = 0.15  # of the quotes where both are quoted: from here on two expiries contradict each other


def conflicting_slices(targets: SurfaceTargets, forwards: ForwardCurve, troubled: Bools) -> Bools:
    """The fewest slices (greedily) without which no expiry stands above the quotes of a later one.

    Total variance must not fall with time at equal log-moneyness, so an earlier smile above a later one over a fair share
    of strikes means that one of the two is wrong. An expiry at odds with several others is; of those at odds with equally
    many, it is the one without which the levels of its neighbourhood lie straightest in time. Only pairs with a
    `troubled` slice, one whose fit left its quotes, are looked at.
    """
    count = len(targets.expiry)
    against = np.zeros((count, count), np.bool_)
    for j in range(count):
        for i in range(max(0, j - NEIGHBOURS), j):
            if troubled[i] or troubled[j]:
                against[i, j] = against[j, i] = _share_of_contradiction(targets, i, j) > SHARE
    if not against.any():
        return np.zeros(count, np.bool_)
    time = _variance_time(targets, forwards)
    removed = np.zeros(count, np.bool_)
    while against.any():
        odds = against.sum(axis=0)
        worst = np.flatnonzero(odds == odds.max())
        left_over = [_roughness(targets.money, time, removed, int(j)) for j in worst]
        out = worst[int(np.argmin(left_over))]
        removed[out] = True
        against[out, :] = False
        against[:, out] = False
    return removed


@lru_cache(maxsize=4)
def _clock(calendar: str | None) -> VarianceClock:
    return VarianceClock(calendar=calendar)


def _variance_time(targets: SurfaceTargets, forwards: ForwardCurve) -> Floats:
    """Of each slice, by the sessions of its exchange: levels are straight in it over weekends too."""
    expiries = [forwards.expiries[j] for j in targets.expiry]
    clock = _clock(expiries[0].contract.calendar)
    return clock.years(forwards.as_of, np.array([e.settles_at for e in expiries], "datetime64[ns]"))


def _share_of_contradiction(targets: SurfaceTargets, i: int, j: int) -> float:
    """Of the later slice's quotes inside the earlier one's range, the share whose ask is below the earlier middle or
    whose middle is below the earlier bid.
    """
    a = slice(int(targets.start[i]), int(targets.start[i + 1]))
    b = slice(int(targets.start[j]), int(targets.start[j + 1]))
    first, second = np.isfinite(targets.middle[a]), np.isfinite(targets.middle[b])
    k_first, k_second = targets.log_moneyness[a][first], targets.log_moneyness[b][second]
    if len(k_first) < 2 or len(k_second) == 0:
        return 0.0
    inside = (k_second >= k_first[0]) & (k_second <= k_first[-1])
    if not inside.any():
        return 0.0
    bid, middle = (np.interp(k_second[inside], k_first, v[a][first]) for v in (targets.low, targets.middle))
    later_middle, ask = targets.middle[b][second][inside], targets.high[b][second][inside]
    return float(np.mean((middle > ask) | (bid > later_middle)))


def _roughness(money: Floats, time: Floats, removed: Bools, out: int) -> float:
    """How far the levels around slice `out`, ln of variance per variance time, are from lines in ln of time, without it."""
    kept = ~removed & (time > 0.0)
    kept[out] = False
    x, y = np.log(time[kept]), np.log(money[kept] / time[kept])
    at = int(np.searchsorted(x, np.log(time[out])))
    total = 0.0
    for i in range(max(at - 3, 0), min(at + 3, len(x))):
        others = np.arange(len(x)) != i
        if others.any():
            total += abs(y[i] - float(np.interp(x[i], x[others], y[others])))
    return total
