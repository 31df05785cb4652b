import datetime

from gexapi.v1 import chain_pb2 as _chain_pb2
from gexapi.v1 import common_pb2 as _common_pb2
from gexapi.v1 import exposure_pb2 as _exposure_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Book(_message.Message):
    __slots__ = ("name", "expiries", "options", "linear", "accounts", "coin_equity")
    class CoinEquityEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    LINEAR_FIELD_NUMBER: _ClassVar[int]
    ACCOUNTS_FIELD_NUMBER: _ClassVar[int]
    COIN_EQUITY_FIELD_NUMBER: _ClassVar[int]
    name: str
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.Expiry]
    options: OptionPositions
    linear: _containers.RepeatedCompositeFieldContainer[LinearPosition]
    accounts: _containers.RepeatedScalarFieldContainer[str]
    coin_equity: _containers.ScalarMap[str, float]
    def __init__(self, name: _Optional[str] = ..., expiries: _Optional[_Iterable[_Union[_common_pb2.Expiry, _Mapping]]] = ..., options: _Optional[_Union[OptionPositions, _Mapping]] = ..., linear: _Optional[_Iterable[_Union[LinearPosition, _Mapping]]] = ..., accounts: _Optional[_Iterable[str]] = ..., coin_equity: _Optional[_Mapping[str, float]] = ...) -> None: ...

class OptionPositions(_message.Message):
    __slots__ = ("expiry_index", "strike", "right", "contract_count", "entry_price", "account_index", "position_id")
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_INDEX_FIELD_NUMBER: _ClassVar[int]
    POSITION_ID_FIELD_NUMBER: _ClassVar[int]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    contract_count: _containers.RepeatedScalarFieldContainer[float]
    entry_price: _containers.RepeatedScalarFieldContainer[float]
    account_index: _containers.RepeatedScalarFieldContainer[int]
    position_id: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., contract_count: _Optional[_Iterable[float]] = ..., entry_price: _Optional[_Iterable[float]] = ..., account_index: _Optional[_Iterable[int]] = ..., position_id: _Optional[_Iterable[str]] = ...) -> None: ...

class LinearPosition(_message.Message):
    __slots__ = ("symbol", "underlying", "kind", "contract_count", "multiplier", "contract_value", "settlement", "price", "entry_price", "account_index", "position_id", "currency")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_VALUE_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_INDEX_FIELD_NUMBER: _ClassVar[int]
    POSITION_ID_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    underlying: str
    kind: str
    contract_count: float
    multiplier: float
    contract_value: float
    settlement: _timestamp_pb2.Timestamp
    price: float
    entry_price: float
    account_index: int
    position_id: str
    currency: str
    def __init__(self, symbol: _Optional[str] = ..., underlying: _Optional[str] = ..., kind: _Optional[str] = ..., contract_count: _Optional[float] = ..., multiplier: _Optional[float] = ..., contract_value: _Optional[float] = ..., settlement: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., price: _Optional[float] = ..., entry_price: _Optional[float] = ..., account_index: _Optional[int] = ..., position_id: _Optional[str] = ..., currency: _Optional[str] = ...) -> None: ...

class RiskSettings(_message.Message):
    __slots__ = ("analysis", "smile_dynamics", "account_unit", "group_by", "omit_positions", "beta_reference", "beta", "currency", "exchange_rate", "beta_standard_error", "beta_correlation", "reference_volatility", "bucket_days", "minimum_variance")
    class BetaEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class ExchangeRateEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class BetaStandardErrorEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class BetaCorrelationEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    ANALYSIS_FIELD_NUMBER: _ClassVar[int]
    SMILE_DYNAMICS_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_UNIT_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    OMIT_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    BETA_REFERENCE_FIELD_NUMBER: _ClassVar[int]
    BETA_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    EXCHANGE_RATE_FIELD_NUMBER: _ClassVar[int]
    BETA_STANDARD_ERROR_FIELD_NUMBER: _ClassVar[int]
    BETA_CORRELATION_FIELD_NUMBER: _ClassVar[int]
    REFERENCE_VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    BUCKET_DAYS_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_VARIANCE_FIELD_NUMBER: _ClassVar[int]
    analysis: _common_pb2.AnalysisSettings
    smile_dynamics: _common_pb2.SmileDynamics
    account_unit: _common_pb2.AccountUnit
    group_by: _containers.RepeatedScalarFieldContainer[str]
    omit_positions: bool
    beta_reference: str
    beta: _containers.ScalarMap[str, float]
    currency: str
    exchange_rate: _containers.ScalarMap[str, float]
    beta_standard_error: _containers.ScalarMap[str, float]
    beta_correlation: _containers.ScalarMap[str, float]
    reference_volatility: float
    bucket_days: _containers.RepeatedScalarFieldContainer[float]
    minimum_variance: _containers.RepeatedCompositeFieldContainer[MinimumVarianceFit]
    def __init__(self, analysis: _Optional[_Union[_common_pb2.AnalysisSettings, _Mapping]] = ..., smile_dynamics: _Optional[_Union[_common_pb2.SmileDynamics, _Mapping]] = ..., account_unit: _Optional[_Union[_common_pb2.AccountUnit, str]] = ..., group_by: _Optional[_Iterable[str]] = ..., omit_positions: _Optional[bool] = ..., beta_reference: _Optional[str] = ..., beta: _Optional[_Mapping[str, float]] = ..., currency: _Optional[str] = ..., exchange_rate: _Optional[_Mapping[str, float]] = ..., beta_standard_error: _Optional[_Mapping[str, float]] = ..., beta_correlation: _Optional[_Mapping[str, float]] = ..., reference_volatility: _Optional[float] = ..., bucket_days: _Optional[_Iterable[float]] = ..., minimum_variance: _Optional[_Iterable[_Union[MinimumVarianceFit, _Mapping]]] = ...) -> None: ...

class MinimumVarianceFit(_message.Message):
    __slots__ = ("underlying", "right", "a", "b", "c", "observation_count", "period_count", "in_sample_gain", "gain", "gain_low", "gain_high")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    A_FIELD_NUMBER: _ClassVar[int]
    B_FIELD_NUMBER: _ClassVar[int]
    C_FIELD_NUMBER: _ClassVar[int]
    OBSERVATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    PERIOD_COUNT_FIELD_NUMBER: _ClassVar[int]
    IN_SAMPLE_GAIN_FIELD_NUMBER: _ClassVar[int]
    GAIN_FIELD_NUMBER: _ClassVar[int]
    GAIN_LOW_FIELD_NUMBER: _ClassVar[int]
    GAIN_HIGH_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    right: _common_pb2.Right
    a: float
    b: float
    c: float
    observation_count: int
    period_count: int
    in_sample_gain: float
    gain: float
    gain_low: float
    gain_high: float
    def __init__(self, underlying: _Optional[str] = ..., right: _Optional[_Union[_common_pb2.Right, str]] = ..., a: _Optional[float] = ..., b: _Optional[float] = ..., c: _Optional[float] = ..., observation_count: _Optional[int] = ..., period_count: _Optional[int] = ..., in_sample_gain: _Optional[float] = ..., gain: _Optional[float] = ..., gain_low: _Optional[float] = ..., gain_high: _Optional[float] = ...) -> None: ...

class ComputeRiskRequest(_message.Message):
    __slots__ = ("book", "chains", "settings", "book_name")
    BOOK_FIELD_NUMBER: _ClassVar[int]
    CHAINS_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    BOOK_NAME_FIELD_NUMBER: _ClassVar[int]
    book: Book
    chains: _containers.RepeatedCompositeFieldContainer[_chain_pb2.Chain]
    settings: RiskSettings
    book_name: str
    def __init__(self, book: _Optional[_Union[Book, _Mapping]] = ..., chains: _Optional[_Iterable[_Union[_chain_pb2.Chain, _Mapping]]] = ..., settings: _Optional[_Union[RiskSettings, _Mapping]] = ..., book_name: _Optional[str] = ...) -> None: ...

class ComputeRiskResponse(_message.Message):
    __slots__ = ("totals", "positions", "linear", "unpriced", "markets", "book_revision", "buckets", "beta_weighted")
    TOTALS_FIELD_NUMBER: _ClassVar[int]
    POSITIONS_FIELD_NUMBER: _ClassVar[int]
    LINEAR_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_FIELD_NUMBER: _ClassVar[int]
    MARKETS_FIELD_NUMBER: _ClassVar[int]
    BOOK_REVISION_FIELD_NUMBER: _ClassVar[int]
    BUCKETS_FIELD_NUMBER: _ClassVar[int]
    BETA_WEIGHTED_FIELD_NUMBER: _ClassVar[int]
    totals: _containers.RepeatedCompositeFieldContainer[RiskTotal]
    positions: PositionRisk
    linear: _containers.RepeatedCompositeFieldContainer[LinearRisk]
    unpriced: _containers.RepeatedCompositeFieldContainer[UnpricedPosition]
    markets: _containers.RepeatedCompositeFieldContainer[RiskMarket]
    book_revision: int
    buckets: TermBuckets
    beta_weighted: BetaWeighted
    def __init__(self, totals: _Optional[_Iterable[_Union[RiskTotal, _Mapping]]] = ..., positions: _Optional[_Union[PositionRisk, _Mapping]] = ..., linear: _Optional[_Iterable[_Union[LinearRisk, _Mapping]]] = ..., unpriced: _Optional[_Iterable[_Union[UnpricedPosition, _Mapping]]] = ..., markets: _Optional[_Iterable[_Union[RiskMarket, _Mapping]]] = ..., book_revision: _Optional[int] = ..., buckets: _Optional[_Union[TermBuckets, _Mapping]] = ..., beta_weighted: _Optional[_Union[BetaWeighted, _Mapping]] = ...) -> None: ...

class TermBuckets(_message.Message):
    __slots__ = ("days", "vega_per_vol_point", "theta_per_day", "gamma_per_percent", "currency")
    DAYS_FIELD_NUMBER: _ClassVar[int]
    VEGA_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    THETA_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    GAMMA_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    days: _containers.RepeatedScalarFieldContainer[float]
    vega_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    theta_per_day: _containers.RepeatedScalarFieldContainer[float]
    gamma_per_percent: _containers.RepeatedScalarFieldContainer[float]
    currency: str
    def __init__(self, days: _Optional[_Iterable[float]] = ..., vega_per_vol_point: _Optional[_Iterable[float]] = ..., theta_per_day: _Optional[_Iterable[float]] = ..., gamma_per_percent: _Optional[_Iterable[float]] = ..., currency: _Optional[str] = ...) -> None: ...

class BetaWeighted(_message.Message):
    __slots__ = ("reference", "delta", "standard_error", "residual_standard_deviation_per_day", "without_beta")
    REFERENCE_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    STANDARD_ERROR_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_STANDARD_DEVIATION_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    WITHOUT_BETA_FIELD_NUMBER: _ClassVar[int]
    reference: str
    delta: float
    standard_error: float
    residual_standard_deviation_per_day: float
    without_beta: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, reference: _Optional[str] = ..., delta: _Optional[float] = ..., standard_error: _Optional[float] = ..., residual_standard_deviation_per_day: _Optional[float] = ..., without_beta: _Optional[_Iterable[str]] = ...) -> None: ...

class RiskMarket(_message.Message):
    __slots__ = ("underlying", "spot", "revision", "rejects", "provenance")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    spot: float
    revision: int
    rejects: _containers.RepeatedCompositeFieldContainer[_common_pb2.RejectCount]
    provenance: _common_pb2.Provenance
    def __init__(self, underlying: _Optional[str] = ..., spot: _Optional[float] = ..., revision: _Optional[int] = ..., rejects: _Optional[_Iterable[_Union[_common_pb2.RejectCount, _Mapping]]] = ..., provenance: _Optional[_Union[_common_pb2.Provenance, _Mapping]] = ...) -> None: ...

class RiskTotal(_message.Message):
    __slots__ = ("group", "name", "currency", "value", "delta", "delta_notional", "gamma", "gamma_per_percent", "vega_per_vol_point", "theta_per_day", "rho_per_bp", "vanna_per_vol_point", "charm_per_day", "volga_per_vol_point", "speed", "zomma", "color", "smile_delta", "minimum_variance_delta", "beta_weighted_delta", "beta_weighted_delta_error", "coin_delta", "position_count", "approximate_count", "profit", "net_delta", "coin_deltas", "coin_values", "smile_delta_notional", "minimum_variance_delta_notional", "account_deltas")
    class CoinDeltasEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class CoinValuesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class AccountDeltasEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    GROUP_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    DELTA_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FIELD_NUMBER: _ClassVar[int]
    GAMMA_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    VEGA_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    THETA_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    RHO_PER_BP_FIELD_NUMBER: _ClassVar[int]
    VANNA_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    CHARM_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    VOLGA_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    ZOMMA_FIELD_NUMBER: _ClassVar[int]
    COLOR_FIELD_NUMBER: _ClassVar[int]
    SMILE_DELTA_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_VARIANCE_DELTA_FIELD_NUMBER: _ClassVar[int]
    BETA_WEIGHTED_DELTA_FIELD_NUMBER: _ClassVar[int]
    BETA_WEIGHTED_DELTA_ERROR_FIELD_NUMBER: _ClassVar[int]
    COIN_DELTA_FIELD_NUMBER: _ClassVar[int]
    POSITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    APPROXIMATE_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROFIT_FIELD_NUMBER: _ClassVar[int]
    NET_DELTA_FIELD_NUMBER: _ClassVar[int]
    COIN_DELTAS_FIELD_NUMBER: _ClassVar[int]
    COIN_VALUES_FIELD_NUMBER: _ClassVar[int]
    SMILE_DELTA_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_VARIANCE_DELTA_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_DELTAS_FIELD_NUMBER: _ClassVar[int]
    group: str
    name: str
    currency: str
    value: float
    delta: float
    delta_notional: float
    gamma: float
    gamma_per_percent: float
    vega_per_vol_point: float
    theta_per_day: float
    rho_per_bp: float
    vanna_per_vol_point: float
    charm_per_day: float
    volga_per_vol_point: float
    speed: float
    zomma: float
    color: float
    smile_delta: float
    minimum_variance_delta: float
    beta_weighted_delta: float
    beta_weighted_delta_error: float
    coin_delta: float
    position_count: int
    approximate_count: int
    profit: float
    net_delta: float
    coin_deltas: _containers.ScalarMap[str, float]
    coin_values: _containers.ScalarMap[str, float]
    smile_delta_notional: float
    minimum_variance_delta_notional: float
    account_deltas: _containers.ScalarMap[str, float]
    def __init__(self, group: _Optional[str] = ..., name: _Optional[str] = ..., currency: _Optional[str] = ..., value: _Optional[float] = ..., delta: _Optional[float] = ..., delta_notional: _Optional[float] = ..., gamma: _Optional[float] = ..., gamma_per_percent: _Optional[float] = ..., vega_per_vol_point: _Optional[float] = ..., theta_per_day: _Optional[float] = ..., rho_per_bp: _Optional[float] = ..., vanna_per_vol_point: _Optional[float] = ..., charm_per_day: _Optional[float] = ..., volga_per_vol_point: _Optional[float] = ..., speed: _Optional[float] = ..., zomma: _Optional[float] = ..., color: _Optional[float] = ..., smile_delta: _Optional[float] = ..., minimum_variance_delta: _Optional[float] = ..., beta_weighted_delta: _Optional[float] = ..., beta_weighted_delta_error: _Optional[float] = ..., coin_delta: _Optional[float] = ..., position_count: _Optional[int] = ..., approximate_count: _Optional[int] = ..., profit: _Optional[float] = ..., net_delta: _Optional[float] = ..., coin_deltas: _Optional[_Mapping[str, float]] = ..., coin_values: _Optional[_Mapping[str, float]] = ..., smile_delta_notional: _Optional[float] = ..., minimum_variance_delta_notional: _Optional[float] = ..., account_deltas: _Optional[_Mapping[str, float]] = ...) -> None: ...

class PositionRisk(_message.Message):
    __slots__ = ("price", "vol", "value", "delta", "gamma", "vega_per_vol_point", "theta_per_day", "rho_per_bp", "vanna_per_vol_point", "charm_per_day", "volga_per_vol_point", "smile_delta", "coin_delta", "minimum_variance_delta")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VOL_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FIELD_NUMBER: _ClassVar[int]
    VEGA_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    THETA_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    RHO_PER_BP_FIELD_NUMBER: _ClassVar[int]
    VANNA_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    CHARM_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    VOLGA_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    SMILE_DELTA_FIELD_NUMBER: _ClassVar[int]
    COIN_DELTA_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_VARIANCE_DELTA_FIELD_NUMBER: _ClassVar[int]
    price: _containers.RepeatedScalarFieldContainer[float]
    vol: _containers.RepeatedScalarFieldContainer[float]
    value: _containers.RepeatedScalarFieldContainer[float]
    delta: _containers.RepeatedScalarFieldContainer[float]
    gamma: _containers.RepeatedScalarFieldContainer[float]
    vega_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    theta_per_day: _containers.RepeatedScalarFieldContainer[float]
    rho_per_bp: _containers.RepeatedScalarFieldContainer[float]
    vanna_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    charm_per_day: _containers.RepeatedScalarFieldContainer[float]
    volga_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    smile_delta: _containers.RepeatedScalarFieldContainer[float]
    coin_delta: _containers.RepeatedScalarFieldContainer[float]
    minimum_variance_delta: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, price: _Optional[_Iterable[float]] = ..., vol: _Optional[_Iterable[float]] = ..., value: _Optional[_Iterable[float]] = ..., delta: _Optional[_Iterable[float]] = ..., gamma: _Optional[_Iterable[float]] = ..., vega_per_vol_point: _Optional[_Iterable[float]] = ..., theta_per_day: _Optional[_Iterable[float]] = ..., rho_per_bp: _Optional[_Iterable[float]] = ..., vanna_per_vol_point: _Optional[_Iterable[float]] = ..., charm_per_day: _Optional[_Iterable[float]] = ..., volga_per_vol_point: _Optional[_Iterable[float]] = ..., smile_delta: _Optional[_Iterable[float]] = ..., coin_delta: _Optional[_Iterable[float]] = ..., minimum_variance_delta: _Optional[_Iterable[float]] = ...) -> None: ...

class LinearRisk(_message.Message):
    __slots__ = ("symbol", "price", "value", "delta", "delta_notional")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    DELTA_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    price: float
    value: float
    delta: float
    delta_notional: float
    def __init__(self, symbol: _Optional[str] = ..., price: _Optional[float] = ..., value: _Optional[float] = ..., delta: _Optional[float] = ..., delta_notional: _Optional[float] = ...) -> None: ...

class UnpricedPosition(_message.Message):
    __slots__ = ("row", "table", "reason", "position_id", "message")
    ROW_FIELD_NUMBER: _ClassVar[int]
    TABLE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    POSITION_ID_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    row: int
    table: str
    reason: str
    position_id: str
    message: str
    def __init__(self, row: _Optional[int] = ..., table: _Optional[str] = ..., reason: _Optional[str] = ..., position_id: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ComputeScenariosRequest(_message.Message):
    __slots__ = ("book", "chains", "settings", "spot_move", "vol_points", "seconds", "shocks", "explain_chains", "explain_funding", "cost_per_unit", "impact", "book_name")
    BOOK_FIELD_NUMBER: _ClassVar[int]
    CHAINS_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    SPOT_MOVE_FIELD_NUMBER: _ClassVar[int]
    VOL_POINTS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    SHOCKS_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_CHAINS_FIELD_NUMBER: _ClassVar[int]
    EXPLAIN_FUNDING_FIELD_NUMBER: _ClassVar[int]
    COST_PER_UNIT_FIELD_NUMBER: _ClassVar[int]
    IMPACT_FIELD_NUMBER: _ClassVar[int]
    BOOK_NAME_FIELD_NUMBER: _ClassVar[int]
    book: Book
    chains: _containers.RepeatedCompositeFieldContainer[_chain_pb2.Chain]
    settings: RiskSettings
    spot_move: _containers.RepeatedScalarFieldContainer[float]
    vol_points: _containers.RepeatedScalarFieldContainer[float]
    seconds: _containers.RepeatedScalarFieldContainer[float]
    shocks: _containers.RepeatedScalarFieldContainer[str]
    explain_chains: _containers.RepeatedCompositeFieldContainer[_chain_pb2.Chain]
    explain_funding: float
    cost_per_unit: float
    impact: float
    book_name: str
    def __init__(self, book: _Optional[_Union[Book, _Mapping]] = ..., chains: _Optional[_Iterable[_Union[_chain_pb2.Chain, _Mapping]]] = ..., settings: _Optional[_Union[RiskSettings, _Mapping]] = ..., spot_move: _Optional[_Iterable[float]] = ..., vol_points: _Optional[_Iterable[float]] = ..., seconds: _Optional[_Iterable[float]] = ..., shocks: _Optional[_Iterable[str]] = ..., explain_chains: _Optional[_Iterable[_Union[_chain_pb2.Chain, _Mapping]]] = ..., explain_funding: _Optional[float] = ..., cost_per_unit: _Optional[float] = ..., impact: _Optional[float] = ..., book_name: _Optional[str] = ...) -> None: ...

class ComputeScenariosResponse(_message.Message):
    __slots__ = ("spot_move", "vol_points", "seconds", "shock", "profit", "delta_notional", "gamma_per_percent", "vega_per_vol_point", "explanation", "unpriced", "markets", "coin_profit", "delta", "net_delta", "liquidation_cost")
    SPOT_MOVE_FIELD_NUMBER: _ClassVar[int]
    VOL_POINTS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    SHOCK_FIELD_NUMBER: _ClassVar[int]
    PROFIT_FIELD_NUMBER: _ClassVar[int]
    DELTA_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    GAMMA_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    VEGA_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_FIELD_NUMBER: _ClassVar[int]
    MARKETS_FIELD_NUMBER: _ClassVar[int]
    COIN_PROFIT_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    NET_DELTA_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_COST_FIELD_NUMBER: _ClassVar[int]
    spot_move: _containers.RepeatedScalarFieldContainer[float]
    vol_points: _containers.RepeatedScalarFieldContainer[float]
    seconds: _containers.RepeatedScalarFieldContainer[float]
    shock: _containers.RepeatedScalarFieldContainer[str]
    profit: _containers.RepeatedScalarFieldContainer[float]
    delta_notional: _containers.RepeatedScalarFieldContainer[float]
    gamma_per_percent: _containers.RepeatedScalarFieldContainer[float]
    vega_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    explanation: ProfitExplanation
    unpriced: _containers.RepeatedCompositeFieldContainer[UnpricedPosition]
    markets: _containers.RepeatedCompositeFieldContainer[RiskMarket]
    coin_profit: _containers.RepeatedScalarFieldContainer[float]
    delta: _containers.RepeatedScalarFieldContainer[float]
    net_delta: _containers.RepeatedScalarFieldContainer[float]
    liquidation_cost: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, spot_move: _Optional[_Iterable[float]] = ..., vol_points: _Optional[_Iterable[float]] = ..., seconds: _Optional[_Iterable[float]] = ..., shock: _Optional[_Iterable[str]] = ..., profit: _Optional[_Iterable[float]] = ..., delta_notional: _Optional[_Iterable[float]] = ..., gamma_per_percent: _Optional[_Iterable[float]] = ..., vega_per_vol_point: _Optional[_Iterable[float]] = ..., explanation: _Optional[_Union[ProfitExplanation, _Mapping]] = ..., unpriced: _Optional[_Iterable[_Union[UnpricedPosition, _Mapping]]] = ..., markets: _Optional[_Iterable[_Union[RiskMarket, _Mapping]]] = ..., coin_profit: _Optional[_Iterable[float]] = ..., delta: _Optional[_Iterable[float]] = ..., net_delta: _Optional[_Iterable[float]] = ..., liquidation_cost: _Optional[_Iterable[float]] = ...) -> None: ...

class ProfitExplanation(_message.Message):
    __slots__ = ("total", "delta", "gamma", "vega", "theta", "vanna", "volga", "carry", "residual", "residual_share", "position_count")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FIELD_NUMBER: _ClassVar[int]
    VEGA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    VANNA_FIELD_NUMBER: _ClassVar[int]
    VOLGA_FIELD_NUMBER: _ClassVar[int]
    CARRY_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_SHARE_FIELD_NUMBER: _ClassVar[int]
    POSITION_COUNT_FIELD_NUMBER: _ClassVar[int]
    total: float
    delta: float
    gamma: float
    vega: float
    theta: float
    vanna: float
    volga: float
    carry: float
    residual: float
    residual_share: float
    position_count: int
    def __init__(self, total: _Optional[float] = ..., delta: _Optional[float] = ..., gamma: _Optional[float] = ..., vega: _Optional[float] = ..., theta: _Optional[float] = ..., vanna: _Optional[float] = ..., volga: _Optional[float] = ..., carry: _Optional[float] = ..., residual: _Optional[float] = ..., residual_share: _Optional[float] = ..., position_count: _Optional[int] = ...) -> None: ...

class WatchRiskRequest(_message.Message):
    __slots__ = ("book", "book_name", "settings", "min_interval_seconds", "heartbeat_seconds", "after_revision", "after_book_revision")
    class AfterRevisionEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    BOOK_FIELD_NUMBER: _ClassVar[int]
    BOOK_NAME_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    MIN_INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    AFTER_BOOK_REVISION_FIELD_NUMBER: _ClassVar[int]
    book: Book
    book_name: str
    settings: RiskSettings
    min_interval_seconds: float
    heartbeat_seconds: float
    after_revision: _containers.ScalarMap[str, int]
    after_book_revision: int
    def __init__(self, book: _Optional[_Union[Book, _Mapping]] = ..., book_name: _Optional[str] = ..., settings: _Optional[_Union[RiskSettings, _Mapping]] = ..., min_interval_seconds: _Optional[float] = ..., heartbeat_seconds: _Optional[float] = ..., after_revision: _Optional[_Mapping[str, int]] = ..., after_book_revision: _Optional[int] = ...) -> None: ...

class WatchRiskResponse(_message.Message):
    __slots__ = ("risk", "heartbeat", "failure", "as_of", "book_revision")
    RISK_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    BOOK_REVISION_FIELD_NUMBER: _ClassVar[int]
    risk: ComputeRiskResponse
    heartbeat: _exposure_pb2.Heartbeat
    failure: _exposure_pb2.WatchFailure
    as_of: _timestamp_pb2.Timestamp
    book_revision: int
    def __init__(self, risk: _Optional[_Union[ComputeRiskResponse, _Mapping]] = ..., heartbeat: _Optional[_Union[_exposure_pb2.Heartbeat, _Mapping]] = ..., failure: _Optional[_Union[_exposure_pb2.WatchFailure, _Mapping]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., book_revision: _Optional[int] = ...) -> None: ...
