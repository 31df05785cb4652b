"""How old what is kept is, by the server's clock."""

from typing import Any

import numpy as np
from gexapi.v1 import common_pb2, hedge_pb2

from gex.hedging.engine.decision import DecidedMarket
from gex.hedging.engine.inputs import InputInstants
from gex.pipeline import Analysis
from gex_server.store import Snapshot
from gex_server.wire.columns import varint
from gex_server.wire.instants import instant_to_proto

SECOND = np.timedelta64(1, "s")
_NANOSECONDS = np.dtype("datetime64[ns]")


def seconds_between(instant: np.datetime64, now: np.datetime64) -> float:
    """How old what is of `instant` is; negative where the clocks disagree."""
    return float((now - instant) / SECOND)


def ages_to_proto(
    snapshot: Snapshot, now: np.datetime64, target: common_pb2.Staleness, *, has_surface: bool = True
) -> None:
    """Write the seconds from the newest quotes, spot, open interest and trades to `now`; trades only where any were sent.

    The surface of an answer is as old as the quotes it was fitted to.

    Open interest without an instant of its own is as old as the chain that it came with.
    """

    def age(instant: np.datetime64) -> float:
        return seconds_between(instant, now)

    quoted = snapshot.parsed.quotes.as_of
    target.age_seconds = target.quotes_age_seconds = age(quoted)
    if has_surface:
        target.surface_age_seconds = target.quotes_age_seconds
    if snapshot.parsed.quotes.spot is not None:
        target.spot_age_seconds = age(quoted if snapshot.spot_as_of is None else snapshot.spot_as_of)
    target.open_interest_age_seconds = age(
        quoted if snapshot.open_interest_as_of is None else snapshot.open_interest_as_of
    )
    if snapshot.trades_as_of is not None:
        target.trades_age_seconds = age(snapshot.trades_as_of)


def aged(answer: bytes, field: int, snapshot: Snapshot, now: np.datetime64) -> bytes:
    """An encoded answer with the ages of its chain in the provenance, which is its field of that number.

    A message that stands twice in an encoding is read as both merged, so that what was encoded once for everybody is only
    appended to.
    """
    provenance = common_pb2.Provenance()
    ages_to_proto(snapshot, now, provenance.staleness)
    raw = provenance.SerializeToString()
    return b"".join((answer, varint(field << 3 | 2), varint(len(raw)), raw))


def kept_instants(snapshot: Snapshot) -> InputInstants:
    """Of when the parts of a kept chain are."""
    return InputInstants(
        revision=snapshot.revision,
        quotes=snapshot.parsed.quotes.as_of,
        spot=snapshot.as_of("spot"),
        open_interest=snapshot.as_of("open_interest"),
    )


def sent_instants(analysis: Analysis) -> InputInstants:
    """Of when the parts of a chain are that came along: open interest has no instant of its own there."""
    quoted = analysis.cleaned.quotes.as_of
    spot = quoted if analysis.spot_as_of is None else analysis.spot_as_of
    return InputInstants(quotes=quoted, spot=spot, open_interest=quoted)


def decided_market_to_proto(market: DecidedMarket, as_of: np.datetime64, target: hedge_pb2.PlanHedgeResponse) -> None:
    """Append the market of a decision with the seconds from each of its inputs to the instant of the decision."""
    instants = market.instants
    row = target.markets.add(underlying=market.underlying, spot=market.spot, revision=instants.revision)
    provenance = row.provenance
    provenance.underlying, provenance.revision = market.underlying, instants.revision
    if instants.quotes is not None:
        instant_to_proto(instants.quotes, provenance.as_of)
    if instants.spot is not None and instants.spot != instants.quotes:
        instant_to_proto(instants.spot, provenance.spot_as_of)
    staleness, now = provenance.staleness, _nanoseconds(as_of)
    if instants.quotes is not None:
        age = (now - _nanoseconds(instants.quotes)) / 1e9
        staleness.age_seconds = staleness.quotes_age_seconds = staleness.surface_age_seconds = age
    if instants.spot is not None:
        staleness.spot_age_seconds = (now - _nanoseconds(instants.spot)) / 1e9
    if instants.open_interest is not None:
        staleness.open_interest_age_seconds = (now - _nanoseconds(instants.open_interest)) / 1e9
    if instants.book is not None:
        staleness.book_age_seconds = (now - _nanoseconds(instants.book)) / 1e9
    if market.oldest_instrument is not None:
        staleness.oldest_instrument_seconds = (now - _nanoseconds(market.oldest_instrument)) / 1e9


def _nanoseconds(instant: np.datetime64) -> int:
    """Since 1970; a tick has a millisecond or two for everything, and a division of datetime64 takes 4 us."""
    found: Any = instant.astype(_NANOSECONDS).item()  # an int, of nanoseconds
    return int(found)
