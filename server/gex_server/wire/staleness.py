"""How old what is kept is, by the server's clock."""

import numpy as np
from gexapi.v1 import common_pb2

from gex_server.store import Snapshot

SECOND = np.timedelta64(1, "s")


def ages_to_proto(snapshot: Snapshot, now: np.datetime64, target: common_pb2.Staleness) -> None:
    """Write the seconds from the newest quotes, spot, open interest and trades to `now`; trades only where any were sent.

    Open interest without an instant of its own is as old as the chain that it came with.
    """

    def age(instant: np.datetime64) -> float:
        return float((now - instant) / SECOND)

    quoted = snapshot.parsed.quotes.as_of
    target.age_seconds = target.quotes_age_seconds = age(quoted)
    if snapshot.parsed.quotes.spot is not None:
        target.spot_age_seconds = age(quoted if snapshot.spot_as_of is None else snapshot.spot_as_of)
    target.open_interest_age_seconds = age(
        quoted if snapshot.open_interest_as_of is None else snapshot.open_interest_as_of
    )
    if snapshot.trades_as_of is not None:
        target.trades_age_seconds = age(snapshot.trades_as_of)
