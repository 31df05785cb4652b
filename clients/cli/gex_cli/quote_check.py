"""Static arbitrage in the quotes of a chain: sure gains with the options that make them, and the least repair."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gexapi.v1 import surface_pb2

from gex_cli.amounts import strike


@dataclass(frozen=True, kw_only=True)
class SureGain:
    """One combination that pays for sure: the first option is sold at its bid, the others are bought at their asks."""

    kind: str
    rows: tuple[int, ...]  # of the source
    names: tuple[str, ...]
    gain: float  # currency per unit of underlying


@dataclass(frozen=True, kw_only=True)
class Repair:
    """A quote that the surface leaves outside its bid and ask, and where that side has to move; decimal volatilities."""

    name: str
    quoted_vol: float
    repaired_vol: float


@dataclass(frozen=True, kw_only=True)
class QuoteCheck:
    """What was found in the quotes: gains largest first within a kind, repairs largest first."""

    gains: tuple[SureGain, ...]
    repairs: tuple[Repair, ...]

    def write(self, target: Any) -> None:
        """Append the gains to `quote_arbitrages` of an answer."""
        for gain in self.gains:
            target.append(surface_pb2.QuoteArbitrage(kind=gain.kind, row=gain.rows, profit=gain.gain))


def check_quotes(request: surface_pb2.GetSurfaceRequest) -> QuoteCheck:
    """The sure gains among the quotes of the chain in a request, and the repairs that its surface asks for."""
    from gex_server.answers.market import analysis_of_message
    from gex_server.answers.surface import surface_of

    from gex.surface.static_arbitrage import repairs, static_arbitrage

    analysis = analysis_of_message(request.chain, request.settings, "settings", None)
    quotes = analysis.cleaned.quotes

    def names(rows: Iterable[int]) -> tuple[str, ...]:
        out = []
        for row in rows:
            expiry = quotes.expiries[quotes.expiry[row]]
            right = "C" if quotes.right[row] > 0 else "P"
            out.append(f"{expiry.root} {expiry.date} {strike(float(quotes.strike[row]))} {right}")
        return tuple(out)

    gains = tuple(
        SureGain(
            kind=one.kind.value,
            rows=tuple(int(quotes.row[row]) for row in one.rows),
            names=names(one.rows),
            gain=one.gain,
        )
        for one in static_arbitrage(quotes, analysis.forwards)
    )
    moved = [
        Repair(name=names((one.row,))[0], quoted_vol=one.quoted_vol, repaired_vol=one.repaired_vol)
        for one in repairs(surface_of(analysis))
    ]
    moved.sort(key=lambda one: -abs(one.repaired_vol - one.quoted_vol))
    return QuoteCheck(gains=gains, repairs=tuple(moved))
