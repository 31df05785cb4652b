"""Implied volatilities and Greeks of listed options as values."""

from gexapi.v1 import surface_pb2

from gex_client.market import ExpiryState, Provenance, RejectCount
from gex_client.view import Dates, Floats, Ints, Signs, Strings, Table, View


class OptionVols(Table, of=surface_pb2.OptionVols):
    """Volatility and Greeks, one row a listed option; `status` is "ok" where the search for mid_vol ended well."""

    __slots__ = ()

    expiry: Dates
    expiry_index: Ints
    strike: Floats
    right: Signs
    bid_vol: Floats
    mid_vol: Floats
    ask_vol: Floats
    status: Strings
    price: Floats
    delta: Floats
    gamma: Floats
    vega: Floats
    theta: Floats
    rho: Floats
    vanna: Floats
    charm: Floats
    volga: Floats
    speed: Floats
    zomma: Floats
    color: Floats
    ultima: Floats
    vol: Floats
    row: Ints


class Vols(View, of=surface_pb2.ComputeVolsResponse):
    """Forward of every expiry, volatility and Greeks of every option that survived cleaning."""

    __slots__ = ()

    underlying: str
    spot: float
    revision: int
    expiries: tuple[ExpiryState, ...]
    options: OptionVols | None
    rejects: tuple[RejectCount, ...]
    provenance: Provenance | None
