"""What every answer says of the market it is about, and what is kept."""

import numpy as np
from gexapi.v1 import chain_pb2, common_pb2

from gex_client.chain import Chain
from gex_client.view import Floats, Ints, Strings, Table, View


class ExpiryState(View, of=common_pb2.ExpiryState):
    """Clock and forward of one expiry."""

    __slots__ = ()

    expiry: np.datetime64
    settlement: np.datetime64 | None
    time_to_expiry: float
    forward: float | None
    discount_factor: float | None
    root: str
    settlement_style: str
    forward_lower: float | None
    forward_upper: float | None
    forward_source: str
    pair_count: int
    box_is_empty: bool
    multiplier: float
    exercise: str
    payoff: str
    currency: str
    row_count: int
    open_interest: float | None
    variance_time_to_expiry: float | None
    is_certified: bool | None
    vol_source: str
    surface_rung: str
    forward_standard_error: float | None
    implied_borrow_rate: float | None


class RejectCount(View, of=common_pb2.RejectCount):
    """Rows, or prices of rows, refused for one reason."""

    __slots__ = ()

    reason: str
    count: int
    open_interest: float | None
    drops_row: bool


class Staleness(View, of=common_pb2.Staleness):
    """Whether an answer rests on data older than allowed."""

    __slots__ = ()

    is_stale: bool
    reasons: tuple[str, ...]
    age_seconds: float | None
    oldest_quote_seconds: float | None
    spot_age_seconds: float | None
    quotes_age_seconds: float | None
    open_interest_age_seconds: float | None
    trades_age_seconds: float | None
    surface_age_seconds: float | None
    book_age_seconds: float | None
    oldest_instrument_seconds: float | None


class PositioningSource(View, of=common_pb2.PositioningSource):
    """What the dealer signs of one book rest on."""

    __slots__ = ()

    positioning: str
    model: str
    sign_error_probability: float | None
    sign_error_correlation: float | None
    unsigned_contract_count: float
    censored_row_count: int
    exchanges: tuple[str, ...]
    inventory_as_of: np.datetime64 | None


class ImpliedDividend(View, of=common_pb2.ImpliedDividend):
    """A dividend that forwards imply."""

    __slots__ = ()

    time: float
    amount: float
    standard_error: float


class AnswerWarning(View, of=common_pb2.Warning):
    """Something that does not forbid an answer but should be read with it."""

    __slots__ = ()

    reason: str
    message: str


class Provenance(View, of=common_pb2.Provenance):
    """Where an answer comes from and what was assumed."""

    __slots__ = ()

    underlying: str
    as_of: np.datetime64 | None
    revision: int
    source: str
    open_interest_date: str
    row_count: int
    kept_row_count: int
    used_row_count: int
    open_interest: float | None
    used_open_interest: float | None
    positionings: tuple[str, ...]
    clock: str
    variance_clock: str
    vol_source: str
    discount_source: str
    greeks_source: str
    smile_dynamics: str
    skew_stickiness: float | None
    staleness: Staleness | None
    version: str
    input_hash: str
    spot_as_of: np.datetime64 | None
    spot_source: str
    surface_model: str
    surface_is_certified: bool | None
    gamma_kind: str
    exercise_model: str
    certified_expiry_count: int
    expiry_count: int
    unpriced_row_count: int
    unpriced_open_interest: float | None
    positioning_sources: tuple[PositioningSource, ...]
    implied_dividends: tuple[ImpliedDividend, ...]
    implied_spot: float | None
    warnings: tuple[AnswerWarning, ...]


class SmileDynamics(View, of=common_pb2.SmileDynamics):
    """How volatilities move when spot moves."""

    __slots__ = ()

    name: str
    skew_stickiness: float | None
    vol_in_time: str
    skew_stickiness_by_expiry: Floats


class Uncertainty(View, of=common_pb2.Uncertainty):
    """The distribution of a figure whose inputs are uncertain."""

    __slots__ = ()

    mean: float
    standard_deviation: float
    standard_deviation_correlated: float | None
    probability_positive: float | None
    probability: Floats
    quantile: Floats
    unbiased_mean: float | None
    unbiased_standard_deviation: float | None


class SourceRejects(Table, of=chain_pb2.SourceRejects):
    """Rows or prices refused, with reasons."""

    __slots__ = ()

    row: Ints
    reason: Strings
    open_interest: Floats


class Published(View, of=chain_pb2.PublishChainResponse):
    """What was kept of a published chain."""

    __slots__ = ()

    underlying: str
    revision: int
    row_count: int
    kept_row_count: int
    rejects: tuple[RejectCount, ...]
    provenance: Provenance | None
    durability: str


class KeptUnderlying(View, of=chain_pb2.KeptUnderlying):
    """A chain that the service keeps."""

    __slots__ = ()

    underlying: str
    revision: int
    as_of: np.datetime64 | None
    published_at: np.datetime64 | None
    spot: float | None
    row_count: int
    expiry_count: int
    source: str
    staleness: Staleness | None
    trade_count: int


class KeptChain(View, of=chain_pb2.GetChainResponse):
    """A kept chain."""

    __slots__ = ()

    revision: int
    published_at: np.datetime64 | None
    rejects: tuple[RejectCount, ...]
    rejected_rows: SourceRejects | None
    provenance: Provenance | None

    @property
    def chain(self) -> Chain:
        """The chain as it was published, ready to be changed and published again."""
        return Chain.from_proto(self.proto.chain)  # type: ignore[attr-defined]
