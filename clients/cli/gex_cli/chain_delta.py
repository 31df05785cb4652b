"""What has to be told of a chain so that a server that keeps the one before keeps it: the rows that changed, no others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from gex_client import Chain
from gexapi.v1 import chain_pb2

from gex.columns import Ints

QUOTED = ("bid", "ask", "quoted_at", "last", "volume", "source_vol", "source_delta", "source_gamma")
MOVING = ("spot", "as_of", "open_interest", *QUOTED)


@dataclass(frozen=True)
class Delta:
    """Rows of the newer chain, by what changed in them."""

    chain: chain_pb2.Chain
    quoted: Ints
    opened: Ints  # open interest
    has_quotes: bool  # False: neither instant nor spot nor quote moved
    has_spot: bool  # True: the spot moved

    @property
    def kinds(self) -> tuple[str, ...]:
        """Of "spot", "quotes", "open_interest": what moved."""
        found = {"spot": self.has_spot, "quotes": self.has_quotes, "open_interest": len(self.opened) > 0}
        return tuple(name for name, moved in found.items() if moved)

    def send(self, session: Any) -> list[Any]:
        """Send what moved through a session of updates; the futures of the answers, in order.

        The quotes that are not named are said to stand: the chain holds as a whole at its new instant and spot.
        """
        futures, as_of = [], Chain.from_proto(self.chain).as_of
        if self.has_quotes:
            columns = _lines(self.chain, self.quoted)
            for name in QUOTED:
                values = _column(self.chain, name)[self.quoted]
                columns[name] = values.astype("datetime64[ns]") if name == "quoted_at" else values
            spot = self.chain.spot if self.chain.HasField("spot") else None
            futures.append(session.quotes(columns, as_of=as_of, spot=spot, others_stand=True))
        if len(self.opened):
            columns = _lines(self.chain, self.opened)
            columns["open_interest"] = _column(self.chain, "open_interest")[self.opened]
            date = self.chain.open_interest_date
            futures.append(session.open_interest(columns, as_of=as_of, open_interest_date=date))
        return futures


def delta(before: chain_pb2.Chain | None, after: chain_pb2.Chain) -> Delta | None:
    """What moved between two chains; None where only the whole chain says it: other options, terms or rejects."""
    if before is None or before.HasField("spot") != after.HasField("spot") or _fixed(before) != _fixed(after):
        return None
    if after.HasField("spot_as_of") or after.expiry_spot or after.quote_spot:
        return None  # not of one instant: that of the rows that stand would be lost
    quoted = np.zeros(len(after.strike), np.bool_)
    for name in QUOTED:
        quoted |= _differs(before, after, name)
    opened = _differs(before, after, "open_interest")
    if not np.isfinite(_column(after, "open_interest")[opened]).all():
        return None  # open interest that is not known any more
    return Delta(
        chain=after,
        quoted=np.flatnonzero(quoted),
        opened=np.flatnonzero(opened),
        has_quotes=bool(quoted.any()) or before.as_of != after.as_of or before.spot != after.spot,
        has_spot=before.spot != after.spot,
    )


def _differs(before: chain_pb2.Chain, after: chain_pb2.Chain, name: str) -> np.ndarray[Any, Any]:
    one, other = _column(before, name), _column(after, name)
    found: np.ndarray[Any, Any] = ~((one == other) | ((one != one) & (other != other)))
    return found


def _column(chain: chain_pb2.Chain, name: str) -> np.ndarray[Any, Any]:
    """A column of every row: one that is left out is absent for all."""
    values = np.asarray(getattr(chain, name))
    if len(values):
        return values
    return np.zeros(len(chain.strike), np.uint64) if name == "quoted_at" else np.full(len(chain.strike), np.nan)


def _lines(chain: chain_pb2.Chain, rows: Ints) -> dict[str, Any]:
    """The columns that name the options of some rows."""
    dates = np.array([one.expiry for one in chain.expiries], "datetime64[D]")
    roots = np.array([one.root for one in chain.expiries], np.str_)
    index, whole = np.asarray(chain.expiry_index)[rows], Chain.from_proto(chain)
    return {"expiry": dates[index], "root": roots[index], "strike": whole.strike[rows], "right": whole.right[rows]}


def _fixed(chain: chain_pb2.Chain) -> bytes:
    """All of a chain that no update changes."""
    rest = chain_pb2.Chain()
    rest.CopyFrom(chain)
    for name in MOVING:
        rest.ClearField(name)
    return rest.SerializeToString(deterministic=True)
