"""Which session a table of delayed quotes shows, told by what is still listed in it."""

import numpy as np

from gex.calendar import quote_instant, sessions, settlement_instant
from gex.contracts import ContractSpec
from gex.errors import InputError
from gex.io.chain import SourceRows

_FEWEST_ROWS = 10  # a stray row or two of an old expiry prove nothing


def table_instant(rows: SourceRows, contract: ContractSpec, as_of: np.datetime64) -> np.datetime64:
    """`as_of`, or the end of quoting of an earlier session where the table is that session's.

    Cboe takes an expiry out of its table before the next session, so a table that quotes options which expired on an
    earlier date than that of `as_of` was not renewed since: the page of 2025-05-08 16:57 still shows 2025-05-07, with the
    options of that day. Taking it for the 8th would make every option a day too short.
    """
    if contract.calendar is None:
        return as_of
    quoted = (rows.bid > 0.0) | (rows.ask > 0.0) | (rows.volume > 0.0)
    counts = np.bincount(rows.listing[quoted & (rows.listing >= 0)], minlength=len(rows.listings))
    dates = [date for (_, date), count in zip(rows.listings, counts.tolist(), strict=True) if count >= _FEWEST_ROWS]
    if not dates:
        return as_of
    schedule = sessions(contract.calendar)
    current = int(np.searchsorted(schedule.open, as_of, side="right")) - 1
    try:
        last_close = schedule.close[np.searchsorted(schedule.close, settlement_instant(contract, min(dates)))]
    except (InputError, IndexError):
        return as_of
    if last_close >= schedule.open[current]:
        return as_of
    return quote_instant(contract, last_close + np.timedelta64(1, "h"), delay=np.timedelta64(0, "s"))
