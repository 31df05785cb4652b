"""Daily option chains of a share as a panel hedged with the share."""

from collections.abc import Sequence

from gex.backtest.chain_panel import PanelRow, chain_panel, mid_marks
from gex.backtest.panel import Panel
from gex.errors import NoForwardError, NoQuotesError
from gex.pipeline import ChainSettings, analyse
from gex.quotes import Cleaned


def equity_panel(chains: Sequence[Cleaned], *, half_spread_bps: float, settings: ChainSettings | None = None) -> Panel:
    """The chains in order of time; one without a usable quote or forward is left out, and all but one of an instant.

    The share trades at the chain's spot, `half_spread_bps` of it to either side.
    """
    rows = []
    known = {chain.quotes.as_of: chain for chain in chains}  # two downloads of one session show the same quotes
    for chain in sorted(known.values(), key=lambda one: one.quotes.as_of):
        try:
            analysis = analyse(chain, settings)
        except (NoQuotesError, NoForwardError):
            continue
        spot = analysis.forwards.spot
        half = half_spread_bps * 1e-4
        marks = mid_marks(analysis.cleaned.quotes)
        rows.append(
            PanelRow(analysis=analysis, spot=spot, bid=spot * (1.0 - half), ask=spot * (1.0 + half), marks=marks)
        )
    name = rows[0].analysis.cleaned.quotes.underlying if rows else ""
    return chain_panel(rows, underlying=name, on_forward=False)
