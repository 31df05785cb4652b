"""Value and Greeks of a book as values."""

from gexapi.v1 import risk_pb2

from gex_client.market import Provenance, RejectCount
from gex_client.view import Floats, Strings, Table, View


class RiskMarket(View, of=risk_pb2.RiskMarket):
    """The market a book was valued in."""

    __slots__ = ()

    underlying: str
    spot: float
    revision: int
    rejects: tuple[RejectCount, ...]
    provenance: Provenance | None


class RiskTotal(View, of=risk_pb2.RiskTotal):
    """Greeks summed over positions, times contracts and multipliers."""

    __slots__ = ()

    group: str
    name: str
    currency: str
    value: float
    delta: float | None
    delta_notional: float
    gamma: float | None
    gamma_per_percent: float
    vega_per_vol_point: float
    theta_per_day: float
    rho_per_bp: float
    vanna_per_vol_point: float
    charm_per_day: float
    volga_per_vol_point: float
    speed: float | None
    zomma: float | None
    color: float | None
    smile_delta: float | None
    minimum_variance_delta: float | None
    beta_weighted_delta: float | None
    beta_weighted_delta_error: float | None
    coin_delta: float | None
    position_count: int
    approximate_count: int
    profit: float | None
    net_delta: float | None
    coin_deltas: dict[str, float]
    coin_values: dict[str, float]
    smile_delta_notional: float | None
    minimum_variance_delta_notional: float | None
    account_deltas: dict[str, float]


class PositionRisk(Table, of=risk_pb2.PositionRisk):
    """Value and Greeks by option position, in the order of the request; NaN where not priced."""

    __slots__ = ()

    price: Floats
    vol: Floats
    value: Floats
    delta: Floats
    gamma: Floats
    vega_per_vol_point: Floats
    theta_per_day: Floats
    rho_per_bp: Floats
    vanna_per_vol_point: Floats
    charm_per_day: Floats
    volga_per_vol_point: Floats
    smile_delta: Floats
    coin_delta: Floats
    minimum_variance_delta: Floats


class TermBuckets(Table, of=risk_pb2.TermBuckets):
    """Theta, vega and gamma of options by time to expiry; bucket i ends at `days[i]`."""

    __slots__ = ()

    days: Floats
    vega_per_vol_point: Floats
    theta_per_day: Floats
    gamma_per_percent: Floats
    currency: str


class BetaWeighted(View, of=risk_pb2.BetaWeighted):
    """The book as if all of it were in one underlying."""

    __slots__ = ()

    reference: str
    delta: float
    standard_error: float
    residual_standard_deviation_per_day: float | None
    without_beta: tuple[str, ...]


class LinearRisk(View, of=risk_pb2.LinearRisk):
    """Value and delta of a position without optionality."""

    __slots__ = ()

    symbol: str
    price: float
    value: float | None
    delta: float
    delta_notional: float


class UnpricedPosition(View, of=risk_pb2.UnpricedPosition):
    """A position that is in no sum, and why."""

    __slots__ = ()

    row: int
    table: str
    reason: str
    position_id: str
    message: str


class Risk(View, of=risk_pb2.ComputeRiskResponse):
    """Risk of a book."""

    __slots__ = ()

    totals: tuple[RiskTotal, ...]
    positions: PositionRisk | None
    linear: tuple[LinearRisk, ...]
    unpriced: tuple[UnpricedPosition, ...]
    markets: tuple[RiskMarket, ...]
    book_revision: int
    buckets: TermBuckets | None
    beta_weighted: BetaWeighted | None

    @property
    def total(self) -> RiskTotal:
        """The sum over the whole book."""
        return self.totals[0]


class ProfitExplanation(View, of=risk_pb2.ProfitExplanation):
    """Profit between two markets by cause, currency; the lines sum to the total."""

    __slots__ = ()

    total: float
    delta: float
    gamma: float
    vega: float
    theta: float
    vanna: float
    volga: float
    carry: float
    residual: float
    residual_share: float | None
    position_count: int


class Scenarios(Table, of=risk_pb2.ComputeScenariosResponse):
    """Profit and Greeks after each move of spot, volatility and time, every position repriced."""

    __slots__ = ()

    spot_move: Floats
    vol_points: Floats
    seconds: Floats
    shock: Strings
    profit: Floats
    delta_notional: Floats
    gamma_per_percent: Floats
    vega_per_vol_point: Floats
    explanation: ProfitExplanation | None
    unpriced: tuple[UnpricedPosition, ...]
    markets: tuple[RiskMarket, ...]
    coin_profit: Floats
    delta: Floats
    net_delta: Floats
    liquidation_cost: Floats
