"""Expiries whose quotes contradict those of several others: found before they push the rest of the surface up."""

import numpy as np

from gex.columns import Bools, Floats
from gex.forward import ForwardCurve
from gex.surface.targets import SurfaceTargets

NEIGHBOURS = 4  # later expiries that each one is held against
SHARE = 0.25  # of the quotes where both are quoted: from here on two expiries contradict each other


def conflicting_slices(targets: SurfaceTargets, forwards: ForwardCurve) -> Bools:
    """The fewest slices (greedily) without which no bid of an expiry stands above the asks of a later one.

    Total variance must not fall with time at equal log-moneyness, so an earlier bid above a later ask over a fair share
    of strikes means that one of the two is wrong. An expiry at odds with several others is; of two at odds only with
    each other, it is the one whose level is further from what its neighbours in time say.
    """
    count = len(targets.expiry)
    against = np.zeros((count, count), np.bool_)
    for j in range(count):
        for i in range(max(0, j - NEIGHBOURS), j):
            against[i, j] = against[j, i] = _share_of_contradiction(targets, i, j) > SHARE
    strange = _strangeness(targets.money, forwards.time_to_expiry[targets.expiry])
    removed = np.zeros(count, np.bool_)
    while against.any():
        odds = against.sum(axis=0)
        worst = np.flatnonzero(odds == odds.max())
        out = worst[np.argmax(strange[worst])]
        removed[out] = True
        against[out, :] = False
        against[:, out] = False
    return removed


def _share_of_contradiction(targets: SurfaceTargets, i: int, j: int) -> float:
    """Of the later slice's quotes inside the earlier one's range, the share whose ask is below the earlier bid."""
    a = slice(int(targets.start[i]), int(targets.start[i + 1]))
    b = slice(int(targets.start[j]), int(targets.start[j + 1]))
    first, second = np.isfinite(targets.middle[a]), np.isfinite(targets.middle[b])
    k_first, low = targets.log_moneyness[a][first], targets.low[a][first]
    k_second, high = targets.log_moneyness[b][second], targets.high[b][second]
    if len(k_first) < 2 or len(k_second) == 0:
        return 0.0
    inside = (k_second >= k_first[0]) & (k_second <= k_first[-1])
    if not inside.any():
        return 0.0
    bid = np.interp(k_second[inside], k_first, low)
    return float(np.mean(bid > high[inside] * (1.0 + 1e-9)))


def _strangeness(money: Floats, time: Floats) -> Floats:
    """|ln| of each level over the one that its neighbours give by straight lines in time (through 0 at time 0)."""
    known_time, known = np.concatenate([[0.0], time]), np.concatenate([[0.0], money])
    out = np.zeros(len(money))
    for j in range(len(money)):
        others = np.arange(len(known)) != j + 1
        x, y = known_time[others], known[others]
        expected = np.interp(time[j], x, y) if time[j] <= x[-1] else y[-1] * time[j] / max(x[-1], 1e-12)
        out[j] = abs(np.log(money[j] / max(expected, 1e-12)))
    return out
