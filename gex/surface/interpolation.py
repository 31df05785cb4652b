"""Slices between expiries, before the first and after the last, each with its own proof."""

import numpy as np

from gex.columns import Floats
from gex.errors import MissingDataError
from gex.surface.certified import CertifiedSurface
from gex.surface.rows import Certifier, SliceRows, grown, mixed_rows
from gex.surface.variance_clock import VarianceClock

PLAIN_CLOCK = VarianceClock(calendar=None)


def slice_at(
    surface: CertifiedSurface, settles_at: np.datetime64, clock: VarianceClock = PLAIN_CLOCK
) -> tuple[SliceRows, bool]:
    """The slice of an instant that is no expiry, and whether it is proven free of arbitrage.

    Between expiries w is linear in variance time at equal log-moneyness: no calendar arbitrage by construction, and the
    certificate decides on butterfly. Before the first expiry w is scaled down with the time that is left, which is
    always free of arbitrage. After the last it grows with the last slice's variance per time as far as is proven: all of
    w where that is certified, else by a constant, halved until it is; the slice before where no growth is.
    Raises MissingDataError where the surface has no slice at all.
    """
    forwards = surface.forwards
    live = np.flatnonzero(surface.is_certified)
    if len(live) == 0:
        raise MissingDataError("slice_at: the surface has no certified slice")
    order = live[np.argsort(forwards.time_to_expiry[live], kind="stable")]
    ends = np.array([forwards.expiries[j].settles_at for j in order], "datetime64[ns]")
    run = clock.elapsed(forwards.as_of, ends)
    wanted = float(clock.elapsed(forwards.as_of, np.array([settles_at], "datetime64[ns]"))[0])
    rows = [SliceRows(*surface.slice_rows(int(j))) for j in order]
    certifier = Certifier()
    if wanted <= run[0]:
        made = rows[0].scaled(wanted / float(run[0]))
        return made, certifier.check(made, None)[0]
    after = int(np.searchsorted(run, wanted))
    if after >= len(run):
        made = grown(certifier, rows[-1], wanted / float(run[-1]))
        return made, certifier.check(made, rows[-1])[0]
    share = (wanted - run[after - 1]) / (run[after] - run[after - 1])
    mixed = mixed_rows(rows[after - 1], rows[after], float(share))
    if mixed is None:  # more knots than a slice can hold: the earlier one, which nothing contradicts
        return rows[after - 1], True
    proven = certifier.check(mixed, rows[after - 1])[0] and certifier.check(rows[after], mixed)[0]
    return mixed, proven


def vols_at(
    surface: CertifiedSurface, settles_at: np.datetime64, log_moneyness: Floats, clock: VarianceClock = PLAIN_CLOCK
) -> Floats:
    """Black volatilities at an instant that is no expiry, per √year of the calendar."""
    rows, _ = slice_at(surface, settles_at, clock)
    years = float(PLAIN_CLOCK.elapsed(surface.forwards.as_of, np.array([settles_at], "datetime64[ns]"))[0])
    variance = np.array([rows.total_variance(float(k)) for k in np.ravel(log_moneyness)])
    return np.sqrt(variance / years).reshape(np.shape(log_moneyness))
