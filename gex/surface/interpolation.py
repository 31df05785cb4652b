"""Slices between expiries, before the first and after the last, each with its own proof."""

import numpy as np

from gex.columns import Floats
from gex.errors import MissingDataError
from gex.surface.certified import CertifiedSurface
from gex.surface.rows import Certifier, SliceRows, grown, mixed_rows
from gex.variance_time import VarianceClock

PLAIN_CLOCK = VarianceClock(calendar=None)


def variance_passed(
    clock: VarianceClock, start: np.datetime64, stop: np.datetime64, at: np.datetime64, gained: float
) -> float:
    """Share of the variance `gained` at the money from `start` to `stop` that has been made by `at`; beyond 1 after `stop`.

    Events have the variance they are said to have, as far as there is so much to have; the rest runs with the quiet clock.
    Of 0.0004 gained in two equal days, 0.0003 by an event at noon of the second, an eighth has passed after the first.
    """
    whole, passed = clock.quiet_years(start, stop), clock.quiet_years(start, at)
    if not whole > 0.0:  # no session, and idle days that weigh nothing
        whole, passed = PLAIN_CLOCK.quiet_years(start, stop), PLAIN_CLOCK.quiet_years(start, at)
    passed /= whole
    jumps = sum(event.variance for event in clock.events if start < event.at <= stop)
    made = sum(event.variance for event in clock.events if start < event.at <= at)
    if not (jumps > 0.0 or made > 0.0) or not gained > 0.0:
        return passed
    scale = min(1.0, gained / jumps) if jumps > 0.0 else 1.0
    return float(((gained - scale * jumps) * passed + scale * made) / gained)


def slice_at(
    surface: CertifiedSurface, settles_at: np.datetime64, clock: VarianceClock = PLAIN_CLOCK
) -> tuple[SliceRows, bool]:
    """The slice of an instant that is no expiry, and whether it is proven free of arbitrage.

    Between expiries w is linear in variance time (`variance_passed`) at equal log-moneyness: no calendar arbitrage by
    construction, and the certificate decides on butterfly. Before the first expiry w is scaled down with the variance that
    is left, which is always free of arbitrage. After the last it grows with the last slice's variance per time as far as
    is proven: all of w where that is certified, else by a constant, halved until it is; the slice before where no growth is.
    Raises MissingDataError where the surface has no slice at all.
    """
    forwards = surface.forwards
    live = np.flatnonzero(surface.is_certified)
    if len(live) == 0:
        raise MissingDataError("slice_at: the surface has no certified slice")
    order = live[np.argsort(forwards.time_to_expiry[live], kind="stable")]
    ends = np.array([forwards.expiries[j].settles_at for j in order], "datetime64[ns]")
    rows = [SliceRows(*surface.slice_rows(int(j))) for j in order]
    money = [one.total_variance(0.0) for one in rows]
    certifier = Certifier()
    now = forwards.as_of
    if settles_at <= ends[0]:
        made = rows[0].scaled(min(variance_passed(clock, now, ends[0], settles_at, money[0]), 1.0))
        return made, certifier.check(made, None)[0]
    after = int(np.searchsorted(ends, settles_at))
    if after >= len(ends):
        made = grown(certifier, rows[-1], max(variance_passed(clock, now, ends[-1], settles_at, money[-1]), 1.0))
        return made, certifier.check(made, rows[-1])[0]
    share = variance_passed(clock, ends[after - 1], ends[after], settles_at, money[after] - money[after - 1])
    mixed = mixed_rows(rows[after - 1], rows[after], min(share, 1.0))
    if mixed is None:  # more knots than a slice can hold: the earlier one, which nothing contradicts
        return rows[after - 1], True
    proven = certifier.check(mixed, rows[after - 1])[0] and certifier.check(rows[after], mixed)[0]
    return mixed, proven


def vols_at(
    surface: CertifiedSurface, settles_at: np.datetime64, log_moneyness: Floats, clock: VarianceClock = PLAIN_CLOCK
) -> Floats:
    """Black volatilities at an instant that is no expiry, per √year of the calendar."""
    rows, _ = slice_at(surface, settles_at, clock)
    years = PLAIN_CLOCK.years(surface.forwards.as_of, settles_at)
    variance = np.array([rows.total_variance(float(k)) for k in np.ravel(log_moneyness)])
    return np.sqrt(variance / years).reshape(np.shape(log_moneyness))
