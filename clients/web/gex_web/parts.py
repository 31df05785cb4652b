"""An exposure in three parts, so that what is looked at first is not behind what seldom changes.

`listing` has the strikes, open interest and contracts of the map: it is sent again only when it changes. `exposure` has all
that one sees of the usual view, and `greeks` the columns of the other Greeks, which follow it. Of a chain of 20,000 options
1.3 MB of text become 0.4 MB before the map can be drawn.
"""

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from gexapi.v1 import exposure_pb2

from gex_web.encoding import column, plain

LISTED = (
    "strike",
    "expiry_index",
    "call_open_interest",
    "put_open_interest",
    "call_contract_count",
    "put_contract_count",
)
GREEKS = ("delta_exposure", "vanna_exposure_per_vol_point", "charm_exposure_per_day")
_UNSEEN = frozenset({"by_expiry", "walls", "groups"})  # on no page
_UNSEEN_COLUMNS = frozenset(
    {
        "expiry",  # names of expiries by row: `expiries` has them
        "vega_exposure_per_vol_point",
        "theta_exposure_per_day",
        "speed_exposure",
        "zomma_exposure",
        "color_exposure",
    }
)
_OMITTED = _UNSEEN | _UNSEEN_COLUMNS | {*LISTED, *GREEKS}
_NOT_OF_BOOKS = _UNSEEN | {"expiries", "max_pains", "expected_moves", "rejects", "provenance"}


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What the events of one exposure carry, as JSON will hold it; `listing` is a name that is equal where the rows are."""

    exposure: dict[str, Any]
    greeks: dict[str, Any]
    listing: str


def parts(message: exposure_pb2.GetExposureResponse) -> Parts:
    """The exposure without the columns of its map that seldom change, and those of the other Greeks beside it."""
    held = message.books[0].map if message.books else exposure_pb2.ExposureMap()
    return Parts(exposure=plain(message, _OMITTED), greeks=_columns(held, GREEKS), listing=_name(held))


def listing_columns(message: exposure_pb2.GetExposureResponse) -> dict[str, Any]:
    """The columns of the map that seldom change; {} where there is no map."""
    return _columns(message.books[0].map, LISTED) if message.books else {}


def totals(message: exposure_pb2.GetExposureResponse) -> dict[str, Any]:
    """Books, and how far they are apart, without what the exposure beside them says already."""
    return plain(message, _NOT_OF_BOOKS)


def _columns(held: exposure_pb2.ExposureMap, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: column(np.asarray(values)) for name in names if len(values := getattr(held, name))}


def _name(held: exposure_pb2.ExposureMap) -> str:
    digest = blake2b(digest_size=8)
    for name in LISTED:
        values = np.ascontiguousarray(getattr(held, name))
        digest.update(f"{name} {len(values)} ".encode() + values.tobytes())
    return digest.hexdigest()
