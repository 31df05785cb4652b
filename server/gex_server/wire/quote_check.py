"""What is wrong with quotes as messages of the contract: sure gains, and quotes that the surface leaves."""

from typing import Any

from gex.pipeline import Analysis
from gex.quotes import Quotes
from gex.surface.certified import CertifiedSurface
from gex.surface.static_arbitrage import repairs, static_arbitrage


def arbitrages_to_proto(analysis: Analysis, target: Any) -> None:
    """Append every sure gain among the raw quotes, largest first within a kind."""
    quotes = analysis.cleaned.quotes
    for one in static_arbitrage(quotes, analysis.forwards):
        target.add(
            kind=one.kind.value,
            row=[int(quotes.row[row]) for row in one.rows],
            contract_count=one.contract_count,
            profit=one.gain,
            repair=one.repair,
            option=[option_name(quotes, row) for row in one.rows],
        )


def repairs_to_proto(analysis: Analysis, surface: CertifiedSurface, target: Any) -> None:
    """Append every quote outside of which the surface runs, largest move first."""
    quotes = analysis.cleaned.quotes
    for one in sorted(repairs(surface), key=lambda one: -abs(one.repaired_vol - one.quoted_vol)):
        target.add(
            row=int(quotes.row[one.row]),
            is_bid=one.repaired_vol < one.quoted_vol,
            quoted_vol=one.quoted_vol,
            repaired_vol=one.repaired_vol,
            expiry_index=int(quotes.expiry[one.row]),
            option=option_name(quotes, one.row),
        )


def option_name(quotes: Quotes, row: int) -> str:
    """ "SPXW 2022-02-18 4,500 P"."""
    expiry = quotes.expiries[quotes.expiry[row]]
    right = "C" if quotes.right[row] > 0 else "P"
    return f"{expiry.root} {expiry.date} {float(quotes.strike[row]):,.10g} {right}"
