"""What an answer rests on, in words: the market, what was refused, and what was assumed."""

from collections import Counter
from collections.abc import Iterable, Sequence

from gexapi.v1 import common_pb2

from gex_cli.ages import ages_text
from gex_cli.amounts import count, instant, price, share

POSITIONING_WORDS = {
    "oi_calls_long_puts_short": "dealers own every open call and are short every open put",
    "oi_calls_short_puts_long": "dealers are short every open call and own every open put",
    "oi_customers_long_all": "customers own every open option, dealers are short them all",
    "volume_calls_long_puts_short": "dealers bought every call and sold every put that traded today",
    "inventory": "dealer contracts as given",
}
_SPOT_WORDS = {"parity": "implied by the shortest forward", "request": "as given"}
_FORWARD_WORDS = {
    common_pb2.FORWARD_SOURCE_UNSPECIFIED: "none",
    common_pb2.FORWARD_SOURCE_PARITY: "put-call parity",
    common_pb2.FORWARD_SOURCE_CARRY: "carry of other expiries",
    common_pb2.FORWARD_SOURCE_GIVEN: "given",
    common_pb2.FORWARD_SOURCE_AMERICAN_PARITY: "parity of American quotes",
}


def market_lines(
    underlying: str,
    spot: float,
    provenance: common_pb2.Provenance,
    rejects: Sequence[common_pb2.RejectCount],
    revision: int = 0,
) -> list[str]:
    """Underlying, spot, instant, rows and what was refused."""
    as_of = provenance.as_of
    head = [f"{underlying} {price(spot)}", f"as of {instant(as_of.seconds, as_of.nanos)}"]
    if revision:
        head.append(f"revision {revision}")
    if provenance.source:
        head.append(provenance.source)
    lines = [" · ".join(head)]
    rows = [f"{count(provenance.kept_row_count)} of {count(provenance.row_count)} options kept"]
    if provenance.HasField("open_interest"):
        held = f"open interest {count(provenance.open_interest)} contracts"
        if provenance.open_interest_date:
            held += f" of {provenance.open_interest_date}"
        rows.append(held)
        if provenance.used_row_count and provenance.HasField("used_open_interest") and provenance.open_interest > 0.0:
            rows.append(f"{share(provenance.used_open_interest / provenance.open_interest)} of it in the sums")
    lines.append(" · ".join(rows))
    total = provenance.open_interest if provenance.HasField("open_interest") else 0.0
    lines += reject_lines(rejects, total)
    ages = ages_text(provenance.staleness)
    if ages:
        lines.append(f"ages: {ages}")
    if provenance.staleness.is_stale:
        lines.append(f"stale: {', '.join(provenance.staleness.reasons)}")
    return lines


def reject_lines(rejects: Sequence[common_pb2.RejectCount], open_interest: float) -> list[str]:
    """Rows dropped and prices not used, by reason, with their share of open interest; nothing where nothing was."""
    lines = []
    for drops_row, words in ((True, "rows dropped"), (False, "quotes not used (contract still counts)")):
        parts = [_reject(one, open_interest) for one in rejects if one.drops_row is drops_row]
        if parts:
            lines.append(f"{words}: {', '.join(parts)}")
    return lines


def _reject(one: common_pb2.RejectCount, open_interest: float) -> str:
    text = f"{one.reason} {count(one.count)}"
    if one.HasField("open_interest") and open_interest > 0.0 and one.open_interest > 0.0:
        text += f" ({share(one.open_interest / open_interest, 2)} of open interest)"
    return text


def assumption_lines(
    provenance: common_pb2.Provenance, expiries: Iterable[common_pb2.ExpiryState], rate: float | None = None
) -> list[str]:
    """What was assumed: dealers, clock, forwards, rates, volatilities, Greeks, smile."""
    states = list(expiries)
    lines = [f"{name}: {POSITIONING_WORDS.get(name, 'as asked for')}" for name in provenance.positionings]
    forwards = Counter(_FORWARD_WORDS[state.forward_source] for state in states)
    if forwards:
        total = forwards.total()
        counted = (f"{words} ({number} of {total} expiries)" for words, number in forwards.most_common())
        line = f"forwards: {', '.join(counted)}"
        if at_odds := sum(state.box_is_empty for state in states):
            line += f"; {at_odds} that not all quotes near the money allow, which suspects the rate first"
        lines.append(line)
    rates = {
        "implied": "implied by the chain",
        "implied_american": "one rate implied by American pairs, good to some tenths of a percent",
        "none": "none known, nothing is discounted",
        "rate": "one rate",
        "curve": "a curve",
    }
    discount = rates.get(provenance.discount_source, provenance.discount_source)
    if rate is not None:
        discount = f"{100.0 * rate:g} % a year, as given"
    facts = [f"rates: {discount}", f"clock: {_clock(provenance)}"]
    if provenance.greeks_source == common_pb2.GREEKS_SOURCE_SOURCE:
        facts.append("Greeks: as printed in the source (the profile and flips are repriced with gex's volatilities)")
    else:
        facts.append(f"Greeks: computed, volatilities from the {provenance.vol_source or 'chain'}")
    if provenance.surface_model:
        facts.append(f"surface: {_surface(provenance, states)}")
    if provenance.exercise_model == "european_equivalent":
        facts.append("early exercise: taken out of the quotes, Greeks are those of European options at that volatility")
    if provenance.smile_dynamics:
        facts.append(f"smile: {provenance.smile_dynamics} (R = {provenance.skew_stickiness:g})")
    if provenance.spot_source in _SPOT_WORDS:
        facts.append(f"spot: {_SPOT_WORDS[provenance.spot_source]}")
    return [*lines, *facts]


def _surface(provenance: common_pb2.Provenance, states: Sequence[common_pb2.ExpiryState]) -> str:
    """Model, whether it is proven, and the expiries whose slice is not simply fitted to their own quotes."""
    if provenance.surface_model == "broken_line":
        return "straight lines through the middles, flat beyond the last bid, nothing proven"
    words = "certified free of static arbitrage" if provenance.surface_is_certified else "NOT certified"
    if provenance.surface_model != "certified":
        words = f"{provenance.surface_model}, {words}"
    rungs = Counter(state.surface_rung for state in states if state.surface_rung)
    return f"{words} ({', '.join(f'{number} {rung}' for rung, number in rungs.most_common())})" if rungs else words


def _clock(provenance: common_pb2.Provenance) -> str:
    clock = "years of 365 days to the settlement instant" if provenance.clock == "act_365" else provenance.clock
    if provenance.variance_clock and provenance.variance_clock != provenance.clock:
        clock += f", variance in {provenance.variance_clock}"
    return clock
