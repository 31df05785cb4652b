"""A day of options on the ES future and of the future, minute by minute, as a panel hedged with the future."""

from pathlib import Path

import numpy as np

from gex.backtest.chain_panel import PanelRow, chain_panel, mid_marks
from gex.backtest.panel import Panel
from gex.errors import NoForwardError, NoQuotesError, SourceError
from gex.io.detect import read_bytes
from gex.io.lean import QuoteBars, parse_chain, parse_future_quotes
from gex.pipeline import analyse


def es_day_panel(options: str | Path, futures: str | Path, *, month: str, minutes: int = 5) -> Panel:
    """Every `minutes` of a day of Lean's minute quotes; instants at which either side has no quote are left out.

    The hedge is the future of `month` ("202003"), at its last bid and ask known then.
    """
    bars = parse_future_quotes(read_bytes(Path(futures)))
    if month not in bars.contracts:
        raise SourceError(f"futures: expected one of {', '.join(bars.contracts)}, got {month!r}")
    future = bars.where(bars.contract == bars.contracts.index(month))
    payload = read_bytes(Path(options))
    rows = []
    step = np.timedelta64(minutes, "m")
    now = future.time[0].astype("datetime64[h]").astype("datetime64[ns]")
    while now <= future.time[-1]:
        row = _row(payload, future, now)
        if row is not None:
            rows.append(row)
        now = now + step
    return chain_panel(rows, underlying="ES", on_forward=True)


def _row(payload: bytes, future: QuoteBars, now: np.datetime64) -> PanelRow | None:
    place = int(np.searchsorted(future.time, now, side="right")) - 1
    if place < 0:
        return None
    bid, ask = float(future.bid[place]), float(future.ask[place])
    if not 0.0 < bid <= ask:
        return None
    try:
        analysis = analyse(parse_chain(payload, now))
    except (NoQuotesError, NoForwardError):
        return None
    return PanelRow(
        analysis=analysis, spot=0.5 * (bid + ask), bid=bid, ask=ask, marks=mid_marks(analysis.cleaned.quotes)
    )
