"""A light client of the gex service: numpy columns in, numpy columns out, over gRPC.

    from gex_client import Chain, Client

    with Client("127.0.0.1:50051") as gex:
        gex.publish_chain(chain)
        exposure = gex.exposure("SPX", positionings=["oi_calls_long_puts_short"])
        exposure.books[0].gamma_exposure_per_percent  # USD of delta per 1 %
        exposure.books[0].map.strike                  # a numpy column
        for exposure in gex.watch_exposure("SPX"):    # always the newest
            ...
        with gex.stream_updates("SPX") as updates:    # applied once each, sent again where a connection breaks
            updates.spot(5005.0, as_of="2024-03-01T21:00:05Z")
        with gex.hedge_session("desk/SPX", ...) as session:   # ticks, fills, overrides in, decisions out
            ...

`gex_client.aio.AsyncClient` is the same with `await`, `ShardedClient` the same over several server processes. It needs
grpcio, protobuf and numpy; `to_frame()` needs pandas.
"""

from gex_client.book import Book
from gex_client.chain import Chain
from gex_client.channel import tls
from gex_client.client import Client
from gex_client.decisions import Decision, FillReceipt, HedgeAnswer, OverrideInForce
from gex_client.errors import (
    ColumnError,
    DeadlineError,
    DrainingError,
    GexError,
    InputError,
    MissingDataError,
    NoForwardError,
    NoQuotesError,
    NotAllowedError,
    NotBuiltError,
    NumericalError,
    OverloadedError,
    RateLimitError,
    RevisionConflictError,
    ServerError,
    SourceError,
    SymbolError,
    TooLargeError,
    UnauthenticatedError,
    UnavailableError,
    UnknownBookError,
    UnknownUnderlyingError,
)
from gex_client.exposure import Exposure, ExposureBook
from gex_client.hedge import HedgePlan
from gex_client.hedge_session import HedgeSession
from gex_client.kept import Inventory, KeptBook
from gex_client.market import KeptChain, KeptUnderlying, Published
from gex_client.risk import Risk, Scenarios
from gex_client.shards import ShardedClient
from gex_client.status import ServerStatus
from gex_client.surface import Surface, SurfacePoints
from gex_client.update_session import UpdateSession
from gex_client.updates import Update
from gex_client.vols import Vols
from gex_client.watch import ExposureWatch, RiskWatch

__all__ = [
    "Book",
    "Chain",
    "Client",
    "ColumnError",
    "DeadlineError",
    "Decision",
    "DrainingError",
    "Exposure",
    "ExposureBook",
    "ExposureWatch",
    "FillReceipt",
    "GexError",
    "HedgeAnswer",
    "HedgePlan",
    "HedgeSession",
    "InputError",
    "Inventory",
    "KeptBook",
    "KeptChain",
    "KeptUnderlying",
    "MissingDataError",
    "NoForwardError",
    "NoQuotesError",
    "NotAllowedError",
    "NotBuiltError",
    "NumericalError",
    "OverloadedError",
    "OverrideInForce",
    "Published",
    "RateLimitError",
    "RevisionConflictError",
    "Risk",
    "RiskWatch",
    "Scenarios",
    "ServerError",
    "ServerStatus",
    "ShardedClient",
    "SourceError",
    "Surface",
    "SurfacePoints",
    "SymbolError",
    "TooLargeError",
    "UnauthenticatedError",
    "UnavailableError",
    "UnknownBookError",
    "UnknownUnderlyingError",
    "Update",
    "UpdateSession",
    "Vols",
    "tls",
]
