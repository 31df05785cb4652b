import datetime

from gexapi.v1 import chain_pb2 as _chain_pb2
from gexapi.v1 import common_pb2 as _common_pb2
from gexapi.v1 import exposure_pb2 as _exposure_pb2
from gexapi.v1 import risk_pb2 as _risk_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class InstrumentKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    INSTRUMENT_KIND_UNSPECIFIED: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_LINEAR: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_INDEX: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_INVERSE: _ClassVar[InstrumentKind]
    INSTRUMENT_KIND_SPOT: _ClassVar[InstrumentKind]
INSTRUMENT_KIND_UNSPECIFIED: InstrumentKind
INSTRUMENT_KIND_LINEAR: InstrumentKind
INSTRUMENT_KIND_INDEX: InstrumentKind
INSTRUMENT_KIND_INVERSE: InstrumentKind
INSTRUMENT_KIND_SPOT: InstrumentKind

class HedgeInstrument(_message.Message):
    __slots__ = ("symbol", "underlying", "kind", "multiplier", "contract_value", "settlement", "bid", "ask", "price", "quoted_at", "bid_size", "ask_size", "depth", "average_daily_volume", "lot", "tick", "fee_bps", "maker_fee_bps", "fee_per_contract", "ticket", "half_spread_bps", "funding_rate", "expected_funding_rate", "funding_standard_deviation", "funding_interval_seconds", "carry_rate", "roll_bps", "borrow_rate", "margin_per_contract", "maintenance_margin", "wallet", "liquidation_price", "position", "entry_price", "in_flight", "minimum_position", "maximum_position", "maximum_order", "currency", "venue", "cross")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_VALUE_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    QUOTED_AT_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_DAILY_VOLUME_FIELD_NUMBER: _ClassVar[int]
    LOT_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    FEE_BPS_FIELD_NUMBER: _ClassVar[int]
    MAKER_FEE_BPS_FIELD_NUMBER: _ClassVar[int]
    FEE_PER_CONTRACT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    HALF_SPREAD_BPS_FIELD_NUMBER: _ClassVar[int]
    FUNDING_RATE_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FUNDING_RATE_FIELD_NUMBER: _ClassVar[int]
    FUNDING_STANDARD_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    FUNDING_INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CARRY_RATE_FIELD_NUMBER: _ClassVar[int]
    ROLL_BPS_FIELD_NUMBER: _ClassVar[int]
    BORROW_RATE_FIELD_NUMBER: _ClassVar[int]
    MARGIN_PER_CONTRACT_FIELD_NUMBER: _ClassVar[int]
    MAINTENANCE_MARGIN_FIELD_NUMBER: _ClassVar[int]
    WALLET_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_PRICE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    ENTRY_PRICE_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_POSITION_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_POSITION_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_ORDER_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    VENUE_FIELD_NUMBER: _ClassVar[int]
    CROSS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    underlying: str
    kind: InstrumentKind
    multiplier: float
    contract_value: float
    settlement: _timestamp_pb2.Timestamp
    bid: float
    ask: float
    price: float
    quoted_at: _timestamp_pb2.Timestamp
    bid_size: float
    ask_size: float
    depth: float
    average_daily_volume: float
    lot: float
    tick: float
    fee_bps: float
    maker_fee_bps: float
    fee_per_contract: float
    ticket: float
    half_spread_bps: float
    funding_rate: float
    expected_funding_rate: float
    funding_standard_deviation: float
    funding_interval_seconds: float
    carry_rate: float
    roll_bps: float
    borrow_rate: float
    margin_per_contract: float
    maintenance_margin: float
    wallet: float
    liquidation_price: float
    position: float
    entry_price: float
    in_flight: _containers.RepeatedCompositeFieldContainer[InFlightOrder]
    minimum_position: float
    maximum_position: float
    maximum_order: float
    currency: str
    venue: str
    cross: CrossHedge
    def __init__(self, symbol: _Optional[str] = ..., underlying: _Optional[str] = ..., kind: _Optional[_Union[InstrumentKind, str]] = ..., multiplier: _Optional[float] = ..., contract_value: _Optional[float] = ..., settlement: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., bid: _Optional[float] = ..., ask: _Optional[float] = ..., price: _Optional[float] = ..., quoted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., bid_size: _Optional[float] = ..., ask_size: _Optional[float] = ..., depth: _Optional[float] = ..., average_daily_volume: _Optional[float] = ..., lot: _Optional[float] = ..., tick: _Optional[float] = ..., fee_bps: _Optional[float] = ..., maker_fee_bps: _Optional[float] = ..., fee_per_contract: _Optional[float] = ..., ticket: _Optional[float] = ..., half_spread_bps: _Optional[float] = ..., funding_rate: _Optional[float] = ..., expected_funding_rate: _Optional[float] = ..., funding_standard_deviation: _Optional[float] = ..., funding_interval_seconds: _Optional[float] = ..., carry_rate: _Optional[float] = ..., roll_bps: _Optional[float] = ..., borrow_rate: _Optional[float] = ..., margin_per_contract: _Optional[float] = ..., maintenance_margin: _Optional[float] = ..., wallet: _Optional[float] = ..., liquidation_price: _Optional[float] = ..., position: _Optional[float] = ..., entry_price: _Optional[float] = ..., in_flight: _Optional[_Iterable[_Union[InFlightOrder, _Mapping]]] = ..., minimum_position: _Optional[float] = ..., maximum_position: _Optional[float] = ..., maximum_order: _Optional[float] = ..., currency: _Optional[str] = ..., venue: _Optional[str] = ..., cross: _Optional[_Union[CrossHedge, _Mapping]] = ...) -> None: ...

class InFlightOrder(_message.Message):
    __slots__ = ("order_id", "contracts", "sent_at")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    SENT_AT_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    contracts: float
    sent_at: _timestamp_pb2.Timestamp
    def __init__(self, order_id: _Optional[str] = ..., contracts: _Optional[float] = ..., sent_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CrossHedge(_message.Message):
    __slots__ = ("correlation", "observation_count", "beta", "volatility")
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    OBSERVATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    BETA_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    correlation: float
    observation_count: int
    beta: float
    volatility: float
    def __init__(self, correlation: _Optional[float] = ..., observation_count: _Optional[int] = ..., beta: _Optional[float] = ..., volatility: _Optional[float] = ...) -> None: ...

class HedgePolicy(_message.Message):
    __slots__ = ("model", "target_delta", "risk_aversion", "residual_budget_per_day", "delta_cap", "upper_trigger", "lower_trigger", "upper_landing", "coverage", "trade_fraction", "allow_overhedge", "poll_interval_seconds", "cap_confidence", "minimum_hold_seconds", "maximum_clip", "maximum_orders_per_hour", "cost_budget_per_day", "maximum_loss", "mode", "account_unit", "coin_equity", "smile_dynamics", "trigger_low", "trigger_high", "age_limit_seconds", "margin_available", "liquidation_distance", "carry_tilt", "windows", "evaluation_triggers", "coverage_by_regime", "volatility", "lower_landing", "impact_coefficient", "ticket", "clock_interval_seconds", "decided_at")
    class CoverageByRegimeEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    MODEL_FIELD_NUMBER: _ClassVar[int]
    TARGET_DELTA_FIELD_NUMBER: _ClassVar[int]
    RISK_AVERSION_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_BUDGET_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    DELTA_CAP_FIELD_NUMBER: _ClassVar[int]
    UPPER_TRIGGER_FIELD_NUMBER: _ClassVar[int]
    LOWER_TRIGGER_FIELD_NUMBER: _ClassVar[int]
    UPPER_LANDING_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_FIELD_NUMBER: _ClassVar[int]
    TRADE_FRACTION_FIELD_NUMBER: _ClassVar[int]
    ALLOW_OVERHEDGE_FIELD_NUMBER: _ClassVar[int]
    POLL_INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CAP_CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_HOLD_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_CLIP_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_ORDERS_PER_HOUR_FIELD_NUMBER: _ClassVar[int]
    COST_BUDGET_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_LOSS_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_UNIT_FIELD_NUMBER: _ClassVar[int]
    COIN_EQUITY_FIELD_NUMBER: _ClassVar[int]
    SMILE_DYNAMICS_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_LOW_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_HIGH_FIELD_NUMBER: _ClassVar[int]
    AGE_LIMIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MARGIN_AVAILABLE_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    CARRY_TILT_FIELD_NUMBER: _ClassVar[int]
    WINDOWS_FIELD_NUMBER: _ClassVar[int]
    EVALUATION_TRIGGERS_FIELD_NUMBER: _ClassVar[int]
    COVERAGE_BY_REGIME_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    LOWER_LANDING_FIELD_NUMBER: _ClassVar[int]
    IMPACT_COEFFICIENT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    CLOCK_INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DECIDED_AT_FIELD_NUMBER: _ClassVar[int]
    model: str
    target_delta: float
    risk_aversion: float
    residual_budget_per_day: float
    delta_cap: float
    upper_trigger: float
    lower_trigger: float
    upper_landing: float
    coverage: float
    trade_fraction: float
    allow_overhedge: bool
    poll_interval_seconds: float
    cap_confidence: str
    minimum_hold_seconds: float
    maximum_clip: float
    maximum_orders_per_hour: int
    cost_budget_per_day: float
    maximum_loss: float
    mode: str
    account_unit: _common_pb2.AccountUnit
    coin_equity: float
    smile_dynamics: _common_pb2.SmileDynamics
    trigger_low: float
    trigger_high: float
    age_limit_seconds: float
    margin_available: float
    liquidation_distance: float
    carry_tilt: bool
    windows: _containers.RepeatedCompositeFieldContainer[HedgeWindow]
    evaluation_triggers: _containers.RepeatedCompositeFieldContainer[EvaluationTrigger]
    coverage_by_regime: _containers.ScalarMap[str, float]
    volatility: float
    lower_landing: float
    impact_coefficient: float
    ticket: float
    clock_interval_seconds: float
    decided_at: _timestamp_pb2.Timestamp
    def __init__(self, model: _Optional[str] = ..., target_delta: _Optional[float] = ..., risk_aversion: _Optional[float] = ..., residual_budget_per_day: _Optional[float] = ..., delta_cap: _Optional[float] = ..., upper_trigger: _Optional[float] = ..., lower_trigger: _Optional[float] = ..., upper_landing: _Optional[float] = ..., coverage: _Optional[float] = ..., trade_fraction: _Optional[float] = ..., allow_overhedge: _Optional[bool] = ..., poll_interval_seconds: _Optional[float] = ..., cap_confidence: _Optional[str] = ..., minimum_hold_seconds: _Optional[float] = ..., maximum_clip: _Optional[float] = ..., maximum_orders_per_hour: _Optional[int] = ..., cost_budget_per_day: _Optional[float] = ..., maximum_loss: _Optional[float] = ..., mode: _Optional[str] = ..., account_unit: _Optional[_Union[_common_pb2.AccountUnit, str]] = ..., coin_equity: _Optional[float] = ..., smile_dynamics: _Optional[_Union[_common_pb2.SmileDynamics, _Mapping]] = ..., trigger_low: _Optional[float] = ..., trigger_high: _Optional[float] = ..., age_limit_seconds: _Optional[float] = ..., margin_available: _Optional[float] = ..., liquidation_distance: _Optional[float] = ..., carry_tilt: _Optional[bool] = ..., windows: _Optional[_Iterable[_Union[HedgeWindow, _Mapping]]] = ..., evaluation_triggers: _Optional[_Iterable[_Union[EvaluationTrigger, _Mapping]]] = ..., coverage_by_regime: _Optional[_Mapping[str, float]] = ..., volatility: _Optional[float] = ..., lower_landing: _Optional[float] = ..., impact_coefficient: _Optional[float] = ..., ticket: _Optional[float] = ..., clock_interval_seconds: _Optional[float] = ..., decided_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class HedgeWindow(_message.Message):
    __slots__ = ("starts_at", "ends_at", "log_move", "name", "ramp_seconds")
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    LOG_MOVE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    RAMP_SECONDS_FIELD_NUMBER: _ClassVar[int]
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    log_move: float
    name: str
    ramp_seconds: float
    def __init__(self, starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., log_move: _Optional[float] = ..., name: _Optional[str] = ..., ramp_seconds: _Optional[float] = ...) -> None: ...

class EvaluationTrigger(_message.Message):
    __slots__ = ("kind", "parameters")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    KIND_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    kind: str
    parameters: _containers.ScalarMap[str, float]
    def __init__(self, kind: _Optional[str] = ..., parameters: _Optional[_Mapping[str, float]] = ...) -> None: ...

class PlanHedgeRequest(_message.Message):
    __slots__ = ("book", "chains", "instruments", "policy", "analysis", "covariance", "book_name")
    BOOK_FIELD_NUMBER: _ClassVar[int]
    CHAINS_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    ANALYSIS_FIELD_NUMBER: _ClassVar[int]
    COVARIANCE_FIELD_NUMBER: _ClassVar[int]
    BOOK_NAME_FIELD_NUMBER: _ClassVar[int]
    book: _risk_pb2.Book
    chains: _containers.RepeatedCompositeFieldContainer[_chain_pb2.Chain]
    instruments: _containers.RepeatedCompositeFieldContainer[HedgeInstrument]
    policy: HedgePolicy
    analysis: _common_pb2.AnalysisSettings
    covariance: Covariance
    book_name: str
    def __init__(self, book: _Optional[_Union[_risk_pb2.Book, _Mapping]] = ..., chains: _Optional[_Iterable[_Union[_chain_pb2.Chain, _Mapping]]] = ..., instruments: _Optional[_Iterable[_Union[HedgeInstrument, _Mapping]]] = ..., policy: _Optional[_Union[HedgePolicy, _Mapping]] = ..., analysis: _Optional[_Union[_common_pb2.AnalysisSettings, _Mapping]] = ..., covariance: _Optional[_Union[Covariance, _Mapping]] = ..., book_name: _Optional[str] = ...) -> None: ...

class Covariance(_message.Message):
    __slots__ = ("underlying", "value", "observation_count")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    OBSERVATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    underlying: _containers.RepeatedScalarFieldContainer[str]
    value: _containers.RepeatedScalarFieldContainer[float]
    observation_count: int
    def __init__(self, underlying: _Optional[_Iterable[str]] = ..., value: _Optional[_Iterable[float]] = ..., observation_count: _Optional[int] = ...) -> None: ...

class PlanHedgeResponse(_message.Message):
    __slots__ = ("orders", "residual_delta", "band", "trigger_prices", "triggers", "costs", "reasons", "action", "as_of", "book_delta", "hedge_delta", "target_delta", "mishedge", "book_gamma", "spot", "volatility", "trigger_time", "trigger_vol_up", "trigger_vol_down", "valid_until", "valid_until_reason", "ask_again_seconds", "net_value", "horizon_seconds", "expected_hedges_per_day", "residual_standard_deviation_per_day", "unhedged_standard_deviation_per_day", "expected_cost_per_day", "breach_probability_per_day", "cost_per_risk_removed", "hedges", "instruments", "certificate", "unpriced", "warnings", "regimes", "policy_model", "mode", "input_hash", "revision", "markets")
    ORDERS_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_DELTA_FIELD_NUMBER: _ClassVar[int]
    BAND_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_PRICES_FIELD_NUMBER: _ClassVar[int]
    TRIGGERS_FIELD_NUMBER: _ClassVar[int]
    COSTS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    ACTION_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    BOOK_DELTA_FIELD_NUMBER: _ClassVar[int]
    HEDGE_DELTA_FIELD_NUMBER: _ClassVar[int]
    TARGET_DELTA_FIELD_NUMBER: _ClassVar[int]
    MISHEDGE_FIELD_NUMBER: _ClassVar[int]
    BOOK_GAMMA_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_TIME_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_VOL_UP_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_VOL_DOWN_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_FIELD_NUMBER: _ClassVar[int]
    VALID_UNTIL_REASON_FIELD_NUMBER: _ClassVar[int]
    ASK_AGAIN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    NET_VALUE_FIELD_NUMBER: _ClassVar[int]
    HORIZON_SECONDS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_HEDGES_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_STANDARD_DEVIATION_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    UNHEDGED_STANDARD_DEVIATION_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_COST_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    BREACH_PROBABILITY_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    COST_PER_RISK_REMOVED_FIELD_NUMBER: _ClassVar[int]
    HEDGES_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    REGIMES_FIELD_NUMBER: _ClassVar[int]
    POLICY_MODEL_FIELD_NUMBER: _ClassVar[int]
    MODE_FIELD_NUMBER: _ClassVar[int]
    INPUT_HASH_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    MARKETS_FIELD_NUMBER: _ClassVar[int]
    orders: _containers.RepeatedCompositeFieldContainer[HedgeOrder]
    residual_delta: float
    band: HedgeBand
    trigger_prices: _containers.RepeatedScalarFieldContainer[float]
    triggers: _containers.RepeatedCompositeFieldContainer[SpotTrigger]
    costs: HedgeCosts
    reasons: _containers.RepeatedScalarFieldContainer[str]
    action: str
    as_of: _timestamp_pb2.Timestamp
    book_delta: float
    hedge_delta: float
    target_delta: float
    mishedge: float
    book_gamma: float
    spot: float
    volatility: float
    trigger_time: _timestamp_pb2.Timestamp
    trigger_vol_up: float
    trigger_vol_down: float
    valid_until: _timestamp_pb2.Timestamp
    valid_until_reason: str
    ask_again_seconds: float
    net_value: float
    horizon_seconds: float
    expected_hedges_per_day: float
    residual_standard_deviation_per_day: float
    unhedged_standard_deviation_per_day: float
    expected_cost_per_day: float
    breach_probability_per_day: float
    cost_per_risk_removed: float
    hedges: _containers.RepeatedCompositeFieldContainer[UnderlyingHedge]
    instruments: _containers.RepeatedCompositeFieldContainer[InstrumentState]
    certificate: AllocationCertificate
    unpriced: _containers.RepeatedCompositeFieldContainer[_risk_pb2.UnpricedPosition]
    warnings: _containers.RepeatedScalarFieldContainer[str]
    regimes: _containers.RepeatedCompositeFieldContainer[Regime]
    policy_model: str
    mode: str
    input_hash: str
    revision: int
    markets: _containers.RepeatedCompositeFieldContainer[_risk_pb2.RiskMarket]
    def __init__(self, orders: _Optional[_Iterable[_Union[HedgeOrder, _Mapping]]] = ..., residual_delta: _Optional[float] = ..., band: _Optional[_Union[HedgeBand, _Mapping]] = ..., trigger_prices: _Optional[_Iterable[float]] = ..., triggers: _Optional[_Iterable[_Union[SpotTrigger, _Mapping]]] = ..., costs: _Optional[_Union[HedgeCosts, _Mapping]] = ..., reasons: _Optional[_Iterable[str]] = ..., action: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., book_delta: _Optional[float] = ..., hedge_delta: _Optional[float] = ..., target_delta: _Optional[float] = ..., mishedge: _Optional[float] = ..., book_gamma: _Optional[float] = ..., spot: _Optional[float] = ..., volatility: _Optional[float] = ..., trigger_time: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trigger_vol_up: _Optional[float] = ..., trigger_vol_down: _Optional[float] = ..., valid_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., valid_until_reason: _Optional[str] = ..., ask_again_seconds: _Optional[float] = ..., net_value: _Optional[float] = ..., horizon_seconds: _Optional[float] = ..., expected_hedges_per_day: _Optional[float] = ..., residual_standard_deviation_per_day: _Optional[float] = ..., unhedged_standard_deviation_per_day: _Optional[float] = ..., expected_cost_per_day: _Optional[float] = ..., breach_probability_per_day: _Optional[float] = ..., cost_per_risk_removed: _Optional[float] = ..., hedges: _Optional[_Iterable[_Union[UnderlyingHedge, _Mapping]]] = ..., instruments: _Optional[_Iterable[_Union[InstrumentState, _Mapping]]] = ..., certificate: _Optional[_Union[AllocationCertificate, _Mapping]] = ..., unpriced: _Optional[_Iterable[_Union[_risk_pb2.UnpricedPosition, _Mapping]]] = ..., warnings: _Optional[_Iterable[str]] = ..., regimes: _Optional[_Iterable[_Union[Regime, _Mapping]]] = ..., policy_model: _Optional[str] = ..., mode: _Optional[str] = ..., input_hash: _Optional[str] = ..., revision: _Optional[int] = ..., markets: _Optional[_Iterable[_Union[_risk_pb2.RiskMarket, _Mapping]]] = ...) -> None: ...

class HedgeOrder(_message.Message):
    __slots__ = ("instrument", "contracts", "units", "notional", "expected_price", "clips", "order_hint", "exact_contracts", "costs", "order_id", "resting_cost")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_PRICE_FIELD_NUMBER: _ClassVar[int]
    CLIPS_FIELD_NUMBER: _ClassVar[int]
    ORDER_HINT_FIELD_NUMBER: _ClassVar[int]
    EXACT_CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    COSTS_FIELD_NUMBER: _ClassVar[int]
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    RESTING_COST_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    contracts: float
    units: float
    notional: float
    expected_price: float
    clips: _containers.RepeatedScalarFieldContainer[float]
    order_hint: str
    exact_contracts: float
    costs: HedgeCosts
    order_id: str
    resting_cost: float
    def __init__(self, instrument: _Optional[str] = ..., contracts: _Optional[float] = ..., units: _Optional[float] = ..., notional: _Optional[float] = ..., expected_price: _Optional[float] = ..., clips: _Optional[_Iterable[float]] = ..., order_hint: _Optional[str] = ..., exact_contracts: _Optional[float] = ..., costs: _Optional[_Union[HedgeCosts, _Mapping]] = ..., order_id: _Optional[str] = ..., resting_cost: _Optional[float] = ...) -> None: ...

class HedgeBand(_message.Message):
    __slots__ = ("trigger", "target", "bound_by", "continuous_trigger", "lower", "upper", "lower_target", "upper_target", "implied_risk_aversion", "tilt", "proportional_cost", "fixed_cost", "impact_cost", "lot", "event_factor", "is_out_of_asymptotics")
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    BOUND_BY_FIELD_NUMBER: _ClassVar[int]
    CONTINUOUS_TRIGGER_FIELD_NUMBER: _ClassVar[int]
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    LOWER_TARGET_FIELD_NUMBER: _ClassVar[int]
    UPPER_TARGET_FIELD_NUMBER: _ClassVar[int]
    IMPLIED_RISK_AVERSION_FIELD_NUMBER: _ClassVar[int]
    TILT_FIELD_NUMBER: _ClassVar[int]
    PROPORTIONAL_COST_FIELD_NUMBER: _ClassVar[int]
    FIXED_COST_FIELD_NUMBER: _ClassVar[int]
    IMPACT_COST_FIELD_NUMBER: _ClassVar[int]
    LOT_FIELD_NUMBER: _ClassVar[int]
    EVENT_FACTOR_FIELD_NUMBER: _ClassVar[int]
    IS_OUT_OF_ASYMPTOTICS_FIELD_NUMBER: _ClassVar[int]
    trigger: float
    target: float
    bound_by: str
    continuous_trigger: float
    lower: float
    upper: float
    lower_target: float
    upper_target: float
    implied_risk_aversion: float
    tilt: float
    proportional_cost: float
    fixed_cost: float
    impact_cost: float
    lot: float
    event_factor: float
    is_out_of_asymptotics: bool
    def __init__(self, trigger: _Optional[float] = ..., target: _Optional[float] = ..., bound_by: _Optional[str] = ..., continuous_trigger: _Optional[float] = ..., lower: _Optional[float] = ..., upper: _Optional[float] = ..., lower_target: _Optional[float] = ..., upper_target: _Optional[float] = ..., implied_risk_aversion: _Optional[float] = ..., tilt: _Optional[float] = ..., proportional_cost: _Optional[float] = ..., fixed_cost: _Optional[float] = ..., impact_cost: _Optional[float] = ..., lot: _Optional[float] = ..., event_factor: _Optional[float] = ..., is_out_of_asymptotics: _Optional[bool] = ...) -> None: ...

class SpotTrigger(_message.Message):
    __slots__ = ("price", "direction", "mishedge", "probability_per_day", "order_units", "instrument_price", "order_hint")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    DIRECTION_FIELD_NUMBER: _ClassVar[int]
    MISHEDGE_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    ORDER_UNITS_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_PRICE_FIELD_NUMBER: _ClassVar[int]
    ORDER_HINT_FIELD_NUMBER: _ClassVar[int]
    price: float
    direction: str
    mishedge: float
    probability_per_day: float
    order_units: float
    instrument_price: _containers.RepeatedScalarFieldContainer[float]
    order_hint: str
    def __init__(self, price: _Optional[float] = ..., direction: _Optional[str] = ..., mishedge: _Optional[float] = ..., probability_per_day: _Optional[float] = ..., order_units: _Optional[float] = ..., instrument_price: _Optional[_Iterable[float]] = ..., order_hint: _Optional[str] = ...) -> None: ...

class HedgeCosts(_message.Message):
    __slots__ = ("total", "fee", "spread", "impact", "ticket", "funding", "basis", "roll", "borrow", "currency")
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    IMPACT_FIELD_NUMBER: _ClassVar[int]
    TICKET_FIELD_NUMBER: _ClassVar[int]
    FUNDING_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    ROLL_FIELD_NUMBER: _ClassVar[int]
    BORROW_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    total: float
    fee: float
    spread: float
    impact: float
    ticket: float
    funding: float
    basis: float
    roll: float
    borrow: float
    currency: str
    def __init__(self, total: _Optional[float] = ..., fee: _Optional[float] = ..., spread: _Optional[float] = ..., impact: _Optional[float] = ..., ticket: _Optional[float] = ..., funding: _Optional[float] = ..., basis: _Optional[float] = ..., roll: _Optional[float] = ..., borrow: _Optional[float] = ..., currency: _Optional[str] = ...) -> None: ...

class UnderlyingHedge(_message.Message):
    __slots__ = ("underlying", "book_delta", "hedge_delta", "mishedge", "residual_delta", "band", "triggers", "reasons", "book_gamma", "spot", "cross")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    BOOK_DELTA_FIELD_NUMBER: _ClassVar[int]
    HEDGE_DELTA_FIELD_NUMBER: _ClassVar[int]
    MISHEDGE_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_DELTA_FIELD_NUMBER: _ClassVar[int]
    BAND_FIELD_NUMBER: _ClassVar[int]
    TRIGGERS_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    BOOK_GAMMA_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    CROSS_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    book_delta: float
    hedge_delta: float
    mishedge: float
    residual_delta: float
    band: HedgeBand
    triggers: _containers.RepeatedCompositeFieldContainer[SpotTrigger]
    reasons: _containers.RepeatedScalarFieldContainer[str]
    book_gamma: float
    spot: float
    cross: _containers.RepeatedCompositeFieldContainer[CrossJudgement]
    def __init__(self, underlying: _Optional[str] = ..., book_delta: _Optional[float] = ..., hedge_delta: _Optional[float] = ..., mishedge: _Optional[float] = ..., residual_delta: _Optional[float] = ..., band: _Optional[_Union[HedgeBand, _Mapping]] = ..., triggers: _Optional[_Iterable[_Union[SpotTrigger, _Mapping]]] = ..., reasons: _Optional[_Iterable[str]] = ..., book_gamma: _Optional[float] = ..., spot: _Optional[float] = ..., cross: _Optional[_Iterable[_Union[CrossJudgement, _Mapping]]] = ...) -> None: ...

class CrossJudgement(_message.Message):
    __slots__ = ("hedged_with", "correlation", "correlation_low", "break_even", "beta", "verdict")
    HEDGED_WITH_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_LOW_FIELD_NUMBER: _ClassVar[int]
    BREAK_EVEN_FIELD_NUMBER: _ClassVar[int]
    BETA_FIELD_NUMBER: _ClassVar[int]
    VERDICT_FIELD_NUMBER: _ClassVar[int]
    hedged_with: str
    correlation: float
    correlation_low: float
    break_even: float
    beta: float
    verdict: str
    def __init__(self, hedged_with: _Optional[str] = ..., correlation: _Optional[float] = ..., correlation_low: _Optional[float] = ..., break_even: _Optional[float] = ..., beta: _Optional[float] = ..., verdict: _Optional[str] = ...) -> None: ...

class InstrumentState(_message.Message):
    __slots__ = ("instrument", "units_per_contract", "price", "position", "position_after", "cost_per_unit", "carry_per_day", "liquidation_price", "liquidation_distance", "reasons", "carry_standard_deviation_per_day")
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    UNITS_PER_CONTRACT_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    POSITION_AFTER_FIELD_NUMBER: _ClassVar[int]
    COST_PER_UNIT_FIELD_NUMBER: _ClassVar[int]
    CARRY_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_PRICE_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_DISTANCE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    CARRY_STANDARD_DEVIATION_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    instrument: str
    units_per_contract: float
    price: float
    position: float
    position_after: float
    cost_per_unit: float
    carry_per_day: float
    liquidation_price: float
    liquidation_distance: float
    reasons: _containers.RepeatedScalarFieldContainer[str]
    carry_standard_deviation_per_day: float
    def __init__(self, instrument: _Optional[str] = ..., units_per_contract: _Optional[float] = ..., price: _Optional[float] = ..., position: _Optional[float] = ..., position_after: _Optional[float] = ..., cost_per_unit: _Optional[float] = ..., carry_per_day: _Optional[float] = ..., liquidation_price: _Optional[float] = ..., liquidation_distance: _Optional[float] = ..., reasons: _Optional[_Iterable[str]] = ..., carry_standard_deviation_per_day: _Optional[float] = ...) -> None: ...

class AllocationCertificate(_message.Message):
    __slots__ = ("lower_bound", "objective", "objective_unhedged", "gradient", "cost", "is_optimal", "violation")
    LOWER_BOUND_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_FIELD_NUMBER: _ClassVar[int]
    OBJECTIVE_UNHEDGED_FIELD_NUMBER: _ClassVar[int]
    GRADIENT_FIELD_NUMBER: _ClassVar[int]
    COST_FIELD_NUMBER: _ClassVar[int]
    IS_OPTIMAL_FIELD_NUMBER: _ClassVar[int]
    VIOLATION_FIELD_NUMBER: _ClassVar[int]
    lower_bound: float
    objective: float
    objective_unhedged: float
    gradient: _containers.RepeatedScalarFieldContainer[float]
    cost: _containers.RepeatedScalarFieldContainer[float]
    is_optimal: bool
    violation: float
    def __init__(self, lower_bound: _Optional[float] = ..., objective: _Optional[float] = ..., objective_unhedged: _Optional[float] = ..., gradient: _Optional[_Iterable[float]] = ..., cost: _Optional[_Iterable[float]] = ..., is_optimal: _Optional[bool] = ..., violation: _Optional[float] = ...) -> None: ...

class Regime(_message.Message):
    __slots__ = ("indicator", "state", "value", "enter", "leave", "since", "effects")
    INDICATOR_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    ENTER_FIELD_NUMBER: _ClassVar[int]
    LEAVE_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    indicator: str
    state: str
    value: float
    enter: float
    leave: float
    since: _timestamp_pb2.Timestamp
    effects: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, indicator: _Optional[str] = ..., state: _Optional[str] = ..., value: _Optional[float] = ..., enter: _Optional[float] = ..., leave: _Optional[float] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., effects: _Optional[_Iterable[str]] = ...) -> None: ...

class HedgeSessionRequest(_message.Message):
    __slots__ = ("hedge", "sequence", "as_of", "configuration", "tick", "book", "fill", "override", "evaluate", "funding")
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    CONFIGURATION_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    BOOK_FIELD_NUMBER: _ClassVar[int]
    FILL_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    EVALUATE_FIELD_NUMBER: _ClassVar[int]
    FUNDING_FIELD_NUMBER: _ClassVar[int]
    hedge: str
    sequence: int
    as_of: _timestamp_pb2.Timestamp
    configuration: HedgeConfiguration
    tick: HedgeTick
    book: _risk_pb2.Book
    fill: Fill
    override: Override
    evaluate: Evaluate
    funding: FundingPayment
    def __init__(self, hedge: _Optional[str] = ..., sequence: _Optional[int] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., configuration: _Optional[_Union[HedgeConfiguration, _Mapping]] = ..., tick: _Optional[_Union[HedgeTick, _Mapping]] = ..., book: _Optional[_Union[_risk_pb2.Book, _Mapping]] = ..., fill: _Optional[_Union[Fill, _Mapping]] = ..., override: _Optional[_Union[Override, _Mapping]] = ..., evaluate: _Optional[_Union[Evaluate, _Mapping]] = ..., funding: _Optional[_Union[FundingPayment, _Mapping]] = ...) -> None: ...

class HedgeConfiguration(_message.Message):
    __slots__ = ("book", "instruments", "policy", "analysis", "chains", "book_name", "rules")
    BOOK_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    ANALYSIS_FIELD_NUMBER: _ClassVar[int]
    CHAINS_FIELD_NUMBER: _ClassVar[int]
    BOOK_NAME_FIELD_NUMBER: _ClassVar[int]
    RULES_FIELD_NUMBER: _ClassVar[int]
    book: _risk_pb2.Book
    instruments: _containers.RepeatedCompositeFieldContainer[HedgeInstrument]
    policy: HedgePolicy
    analysis: _common_pb2.AnalysisSettings
    chains: _containers.RepeatedCompositeFieldContainer[_chain_pb2.Chain]
    book_name: str
    rules: AdaptiveRules
    def __init__(self, book: _Optional[_Union[_risk_pb2.Book, _Mapping]] = ..., instruments: _Optional[_Iterable[_Union[HedgeInstrument, _Mapping]]] = ..., policy: _Optional[_Union[HedgePolicy, _Mapping]] = ..., analysis: _Optional[_Union[_common_pb2.AnalysisSettings, _Mapping]] = ..., chains: _Optional[_Iterable[_Union[_chain_pb2.Chain, _Mapping]]] = ..., book_name: _Optional[str] = ..., rules: _Optional[_Union[AdaptiveRules, _Mapping]] = ...) -> None: ...

class AdaptiveRules(_message.Message):
    __slots__ = ("volatility", "liquidity", "correlation", "breaker", "maximum_drawdown", "maximum_leverage", "stressed_leverage", "liquidation_deviations", "ignores_cost_gate", "order_timeout_seconds", "reject_pause_seconds", "depth_share", "cross_horizon_seconds", "cascade", "impact_factor", "clip_factor", "gate_slack", "liquidation_horizon_seconds")
    VOLATILITY_FIELD_NUMBER: _ClassVar[int]
    LIQUIDITY_FIELD_NUMBER: _ClassVar[int]
    CORRELATION_FIELD_NUMBER: _ClassVar[int]
    BREAKER_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_DRAWDOWN_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_LEVERAGE_FIELD_NUMBER: _ClassVar[int]
    STRESSED_LEVERAGE_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_DEVIATIONS_FIELD_NUMBER: _ClassVar[int]
    IGNORES_COST_GATE_FIELD_NUMBER: _ClassVar[int]
    ORDER_TIMEOUT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    REJECT_PAUSE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    DEPTH_SHARE_FIELD_NUMBER: _ClassVar[int]
    CROSS_HORIZON_SECONDS_FIELD_NUMBER: _ClassVar[int]
    CASCADE_FIELD_NUMBER: _ClassVar[int]
    IMPACT_FACTOR_FIELD_NUMBER: _ClassVar[int]
    CLIP_FACTOR_FIELD_NUMBER: _ClassVar[int]
    GATE_SLACK_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_HORIZON_SECONDS_FIELD_NUMBER: _ClassVar[int]
    volatility: RegimeRules
    liquidity: RegimeRules
    correlation: RegimeRules
    breaker: BreakerRules
    maximum_drawdown: float
    maximum_leverage: float
    stressed_leverage: float
    liquidation_deviations: float
    ignores_cost_gate: bool
    order_timeout_seconds: float
    reject_pause_seconds: float
    depth_share: float
    cross_horizon_seconds: float
    cascade: CascadeRules
    impact_factor: float
    clip_factor: float
    gate_slack: float
    liquidation_horizon_seconds: float
    def __init__(self, volatility: _Optional[_Union[RegimeRules, _Mapping]] = ..., liquidity: _Optional[_Union[RegimeRules, _Mapping]] = ..., correlation: _Optional[_Union[RegimeRules, _Mapping]] = ..., breaker: _Optional[_Union[BreakerRules, _Mapping]] = ..., maximum_drawdown: _Optional[float] = ..., maximum_leverage: _Optional[float] = ..., stressed_leverage: _Optional[float] = ..., liquidation_deviations: _Optional[float] = ..., ignores_cost_gate: _Optional[bool] = ..., order_timeout_seconds: _Optional[float] = ..., reject_pause_seconds: _Optional[float] = ..., depth_share: _Optional[float] = ..., cross_horizon_seconds: _Optional[float] = ..., cascade: _Optional[_Union[CascadeRules, _Mapping]] = ..., impact_factor: _Optional[float] = ..., clip_factor: _Optional[float] = ..., gate_slack: _Optional[float] = ..., liquidation_horizon_seconds: _Optional[float] = ...) -> None: ...

class RegimeRules(_message.Message):
    __slots__ = ("is_off", "enter_quantile", "leave_quantile", "dwell_seconds", "history_seconds", "sample_interval_seconds", "least_samples")
    IS_OFF_FIELD_NUMBER: _ClassVar[int]
    ENTER_QUANTILE_FIELD_NUMBER: _ClassVar[int]
    LEAVE_QUANTILE_FIELD_NUMBER: _ClassVar[int]
    DWELL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    HISTORY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    SAMPLE_INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    LEAST_SAMPLES_FIELD_NUMBER: _ClassVar[int]
    is_off: bool
    enter_quantile: float
    leave_quantile: float
    dwell_seconds: float
    history_seconds: float
    sample_interval_seconds: float
    least_samples: int
    def __init__(self, is_off: _Optional[bool] = ..., enter_quantile: _Optional[float] = ..., leave_quantile: _Optional[float] = ..., dwell_seconds: _Optional[float] = ..., history_seconds: _Optional[float] = ..., sample_interval_seconds: _Optional[float] = ..., least_samples: _Optional[int] = ...) -> None: ...

class BreakerRules(_message.Message):
    __slots__ = ("window_seconds", "most_switches", "most_reversals", "slippage_factor", "slippage_orders", "cooldown_seconds", "is_reset_by_hand", "band_factor", "hold_factor", "longest_cooldown_seconds")
    WINDOW_SECONDS_FIELD_NUMBER: _ClassVar[int]
    MOST_SWITCHES_FIELD_NUMBER: _ClassVar[int]
    MOST_REVERSALS_FIELD_NUMBER: _ClassVar[int]
    SLIPPAGE_FACTOR_FIELD_NUMBER: _ClassVar[int]
    SLIPPAGE_ORDERS_FIELD_NUMBER: _ClassVar[int]
    COOLDOWN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    IS_RESET_BY_HAND_FIELD_NUMBER: _ClassVar[int]
    BAND_FACTOR_FIELD_NUMBER: _ClassVar[int]
    HOLD_FACTOR_FIELD_NUMBER: _ClassVar[int]
    LONGEST_COOLDOWN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    window_seconds: float
    most_switches: int
    most_reversals: int
    slippage_factor: float
    slippage_orders: int
    cooldown_seconds: float
    is_reset_by_hand: bool
    band_factor: float
    hold_factor: float
    longest_cooldown_seconds: float
    def __init__(self, window_seconds: _Optional[float] = ..., most_switches: _Optional[int] = ..., most_reversals: _Optional[int] = ..., slippage_factor: _Optional[float] = ..., slippage_orders: _Optional[int] = ..., cooldown_seconds: _Optional[float] = ..., is_reset_by_hand: _Optional[bool] = ..., band_factor: _Optional[float] = ..., hold_factor: _Optional[float] = ..., longest_cooldown_seconds: _Optional[float] = ...) -> None: ...

class CascadeRules(_message.Message):
    __slots__ = ("jump", "depth_divisor", "funding_spike", "deleveraged_share", "funding_percentile", "interest_over_depth", "leverage", "conditions_needed", "distance_factor")
    JUMP_FIELD_NUMBER: _ClassVar[int]
    DEPTH_DIVISOR_FIELD_NUMBER: _ClassVar[int]
    FUNDING_SPIKE_FIELD_NUMBER: _ClassVar[int]
    DELEVERAGED_SHARE_FIELD_NUMBER: _ClassVar[int]
    FUNDING_PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    INTEREST_OVER_DEPTH_FIELD_NUMBER: _ClassVar[int]
    LEVERAGE_FIELD_NUMBER: _ClassVar[int]
    CONDITIONS_NEEDED_FIELD_NUMBER: _ClassVar[int]
    DISTANCE_FACTOR_FIELD_NUMBER: _ClassVar[int]
    jump: float
    depth_divisor: float
    funding_spike: float
    deleveraged_share: float
    funding_percentile: float
    interest_over_depth: float
    leverage: float
    conditions_needed: int
    distance_factor: float
    def __init__(self, jump: _Optional[float] = ..., depth_divisor: _Optional[float] = ..., funding_spike: _Optional[float] = ..., deleveraged_share: _Optional[float] = ..., funding_percentile: _Optional[float] = ..., interest_over_depth: _Optional[float] = ..., leverage: _Optional[float] = ..., conditions_needed: _Optional[int] = ..., distance_factor: _Optional[float] = ...) -> None: ...

class HedgeTick(_message.Message):
    __slots__ = ("spot", "quotes", "reading")
    class SpotEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SPOT_FIELD_NUMBER: _ClassVar[int]
    QUOTES_FIELD_NUMBER: _ClassVar[int]
    READING_FIELD_NUMBER: _ClassVar[int]
    spot: _containers.ScalarMap[str, float]
    quotes: _containers.RepeatedCompositeFieldContainer[InstrumentQuote]
    reading: MarketReading
    def __init__(self, spot: _Optional[_Mapping[str, float]] = ..., quotes: _Optional[_Iterable[_Union[InstrumentQuote, _Mapping]]] = ..., reading: _Optional[_Union[MarketReading, _Mapping]] = ...) -> None: ...

class MarketReading(_message.Message):
    __slots__ = ("equity", "coin_equity", "book_value", "realised_volatility_short", "realised_volatility_long", "volume", "imbalance", "correlations", "dealer_gamma_per_percent", "dealer_gamma_flip", "depth", "open_interest", "funding_percentile", "leverage", "confirmed_positions")
    class ConfirmedPositionsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    EQUITY_FIELD_NUMBER: _ClassVar[int]
    COIN_EQUITY_FIELD_NUMBER: _ClassVar[int]
    BOOK_VALUE_FIELD_NUMBER: _ClassVar[int]
    REALISED_VOLATILITY_SHORT_FIELD_NUMBER: _ClassVar[int]
    REALISED_VOLATILITY_LONG_FIELD_NUMBER: _ClassVar[int]
    VOLUME_FIELD_NUMBER: _ClassVar[int]
    IMBALANCE_FIELD_NUMBER: _ClassVar[int]
    CORRELATIONS_FIELD_NUMBER: _ClassVar[int]
    DEALER_GAMMA_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    DEALER_GAMMA_FLIP_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    FUNDING_PERCENTILE_FIELD_NUMBER: _ClassVar[int]
    LEVERAGE_FIELD_NUMBER: _ClassVar[int]
    CONFIRMED_POSITIONS_FIELD_NUMBER: _ClassVar[int]
    equity: float
    coin_equity: float
    book_value: float
    realised_volatility_short: float
    realised_volatility_long: float
    volume: float
    imbalance: float
    correlations: _containers.RepeatedCompositeFieldContainer[CorrelationReading]
    dealer_gamma_per_percent: float
    dealer_gamma_flip: float
    depth: float
    open_interest: float
    funding_percentile: float
    leverage: float
    confirmed_positions: _containers.ScalarMap[str, float]
    def __init__(self, equity: _Optional[float] = ..., coin_equity: _Optional[float] = ..., book_value: _Optional[float] = ..., realised_volatility_short: _Optional[float] = ..., realised_volatility_long: _Optional[float] = ..., volume: _Optional[float] = ..., imbalance: _Optional[float] = ..., correlations: _Optional[_Iterable[_Union[CorrelationReading, _Mapping]]] = ..., dealer_gamma_per_percent: _Optional[float] = ..., dealer_gamma_flip: _Optional[float] = ..., depth: _Optional[float] = ..., open_interest: _Optional[float] = ..., funding_percentile: _Optional[float] = ..., leverage: _Optional[float] = ..., confirmed_positions: _Optional[_Mapping[str, float]] = ...) -> None: ...

class CorrelationReading(_message.Message):
    __slots__ = ("hedged", "hedge", "value", "observation_count")
    HEDGED_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    OBSERVATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    hedged: str
    hedge: str
    value: float
    observation_count: int
    def __init__(self, hedged: _Optional[str] = ..., hedge: _Optional[str] = ..., value: _Optional[float] = ..., observation_count: _Optional[int] = ...) -> None: ...

class FundingPayment(_message.Message):
    __slots__ = ("amount",)
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    amount: float
    def __init__(self, amount: _Optional[float] = ...) -> None: ...

class InstrumentQuote(_message.Message):
    __slots__ = ("symbol", "bid", "ask", "bid_size", "ask_size", "funding_rate", "depth", "expected_funding_rate", "liquidation_price")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    BID_FIELD_NUMBER: _ClassVar[int]
    ASK_FIELD_NUMBER: _ClassVar[int]
    BID_SIZE_FIELD_NUMBER: _ClassVar[int]
    ASK_SIZE_FIELD_NUMBER: _ClassVar[int]
    FUNDING_RATE_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FUNDING_RATE_FIELD_NUMBER: _ClassVar[int]
    LIQUIDATION_PRICE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    bid: float
    ask: float
    bid_size: float
    ask_size: float
    funding_rate: float
    depth: float
    expected_funding_rate: float
    liquidation_price: float
    def __init__(self, symbol: _Optional[str] = ..., bid: _Optional[float] = ..., ask: _Optional[float] = ..., bid_size: _Optional[float] = ..., ask_size: _Optional[float] = ..., funding_rate: _Optional[float] = ..., depth: _Optional[float] = ..., expected_funding_rate: _Optional[float] = ..., liquidation_price: _Optional[float] = ...) -> None: ...

class Evaluate(_message.Message):
    __slots__ = ("trigger", "with_triggers", "resets_breaker")
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    WITH_TRIGGERS_FIELD_NUMBER: _ClassVar[int]
    RESETS_BREAKER_FIELD_NUMBER: _ClassVar[int]
    trigger: str
    with_triggers: bool
    resets_breaker: bool
    def __init__(self, trigger: _Optional[str] = ..., with_triggers: _Optional[bool] = ..., resets_breaker: _Optional[bool] = ...) -> None: ...

class Fill(_message.Message):
    __slots__ = ("order_id", "instrument", "contracts", "price", "fee", "filled_at", "remaining", "is_rejected", "fill_id")
    ORDER_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    FEE_FIELD_NUMBER: _ClassVar[int]
    FILLED_AT_FIELD_NUMBER: _ClassVar[int]
    REMAINING_FIELD_NUMBER: _ClassVar[int]
    IS_REJECTED_FIELD_NUMBER: _ClassVar[int]
    FILL_ID_FIELD_NUMBER: _ClassVar[int]
    order_id: str
    instrument: str
    contracts: float
    price: float
    fee: float
    filled_at: _timestamp_pb2.Timestamp
    remaining: float
    is_rejected: bool
    fill_id: str
    def __init__(self, order_id: _Optional[str] = ..., instrument: _Optional[str] = ..., contracts: _Optional[float] = ..., price: _Optional[float] = ..., fee: _Optional[float] = ..., filled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., remaining: _Optional[float] = ..., is_rejected: _Optional[bool] = ..., fill_id: _Optional[str] = ...) -> None: ...

class Override(_message.Message):
    __slots__ = ("kind", "target_delta", "user", "reason", "expires_at", "stops_cap")
    KIND_FIELD_NUMBER: _ClassVar[int]
    TARGET_DELTA_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    STOPS_CAP_FIELD_NUMBER: _ClassVar[int]
    kind: str
    target_delta: float
    user: str
    reason: str
    expires_at: _timestamp_pb2.Timestamp
    stops_cap: bool
    def __init__(self, kind: _Optional[str] = ..., target_delta: _Optional[float] = ..., user: _Optional[str] = ..., reason: _Optional[str] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., stops_cap: _Optional[bool] = ...) -> None: ...

class HedgeSessionResponse(_message.Message):
    __slots__ = ("sequence", "decision", "acknowledgement", "heartbeat", "failure", "last_sequence")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGEMENT_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    LAST_SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    decision: Decision
    acknowledgement: Acknowledgement
    heartbeat: _exposure_pb2.Heartbeat
    failure: _exposure_pb2.WatchFailure
    last_sequence: int
    def __init__(self, sequence: _Optional[int] = ..., decision: _Optional[_Union[Decision, _Mapping]] = ..., acknowledgement: _Optional[_Union[Acknowledgement, _Mapping]] = ..., heartbeat: _Optional[_Union[_exposure_pb2.Heartbeat, _Mapping]] = ..., failure: _Optional[_Union[_exposure_pb2.WatchFailure, _Mapping]] = ..., last_sequence: _Optional[int] = ...) -> None: ...

class Acknowledgement(_message.Message):
    __slots__ = ("is_applied", "reason")
    IS_APPLIED_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    is_applied: bool
    reason: str
    def __init__(self, is_applied: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class Decision(_message.Message):
    __slots__ = ("decision_id", "hedge", "as_of", "trigger", "plan", "override", "shadow", "fills", "realised_costs", "is_breaker_open", "previous_hash", "hash", "elapsed_ns", "alerts", "override_profit", "ledger", "scenarios", "state_before", "state_after", "breaker_causes", "record")
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    TRIGGER_FIELD_NUMBER: _ClassVar[int]
    PLAN_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    SHADOW_FIELD_NUMBER: _ClassVar[int]
    FILLS_FIELD_NUMBER: _ClassVar[int]
    REALISED_COSTS_FIELD_NUMBER: _ClassVar[int]
    IS_BREAKER_OPEN_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_HASH_FIELD_NUMBER: _ClassVar[int]
    HASH_FIELD_NUMBER: _ClassVar[int]
    ELAPSED_NS_FIELD_NUMBER: _ClassVar[int]
    ALERTS_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    LEDGER_FIELD_NUMBER: _ClassVar[int]
    SCENARIOS_FIELD_NUMBER: _ClassVar[int]
    STATE_BEFORE_FIELD_NUMBER: _ClassVar[int]
    STATE_AFTER_FIELD_NUMBER: _ClassVar[int]
    BREAKER_CAUSES_FIELD_NUMBER: _ClassVar[int]
    RECORD_FIELD_NUMBER: _ClassVar[int]
    decision_id: int
    hedge: str
    as_of: _timestamp_pb2.Timestamp
    trigger: str
    plan: PlanHedgeResponse
    override: Override
    shadow: PlanHedgeResponse
    fills: _containers.RepeatedCompositeFieldContainer[Fill]
    realised_costs: HedgeCosts
    is_breaker_open: bool
    previous_hash: str
    hash: str
    elapsed_ns: int
    alerts: _containers.RepeatedScalarFieldContainer[str]
    override_profit: float
    ledger: HedgeLedger
    scenarios: _containers.RepeatedCompositeFieldContainer[HedgeScenario]
    state_before: str
    state_after: str
    breaker_causes: _containers.RepeatedScalarFieldContainer[str]
    record: int
    def __init__(self, decision_id: _Optional[int] = ..., hedge: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., trigger: _Optional[str] = ..., plan: _Optional[_Union[PlanHedgeResponse, _Mapping]] = ..., override: _Optional[_Union[Override, _Mapping]] = ..., shadow: _Optional[_Union[PlanHedgeResponse, _Mapping]] = ..., fills: _Optional[_Iterable[_Union[Fill, _Mapping]]] = ..., realised_costs: _Optional[_Union[HedgeCosts, _Mapping]] = ..., is_breaker_open: _Optional[bool] = ..., previous_hash: _Optional[str] = ..., hash: _Optional[str] = ..., elapsed_ns: _Optional[int] = ..., alerts: _Optional[_Iterable[str]] = ..., override_profit: _Optional[float] = ..., ledger: _Optional[_Union[HedgeLedger, _Mapping]] = ..., scenarios: _Optional[_Iterable[_Union[HedgeScenario, _Mapping]]] = ..., state_before: _Optional[str] = ..., state_after: _Optional[str] = ..., breaker_causes: _Optional[_Iterable[str]] = ..., record: _Optional[int] = ...) -> None: ...

class HedgeLedger(_message.Message):
    __slots__ = ("expected", "realised", "cost_today", "book_profit", "hedge_profit", "cost_over_position_value", "cost_over_risk_removed", "unhedged_standard_deviation_per_day", "hedged_standard_deviation_per_day", "order_count", "fill_count", "reject_count", "traded_notional")
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    REALISED_FIELD_NUMBER: _ClassVar[int]
    COST_TODAY_FIELD_NUMBER: _ClassVar[int]
    BOOK_PROFIT_FIELD_NUMBER: _ClassVar[int]
    HEDGE_PROFIT_FIELD_NUMBER: _ClassVar[int]
    COST_OVER_POSITION_VALUE_FIELD_NUMBER: _ClassVar[int]
    COST_OVER_RISK_REMOVED_FIELD_NUMBER: _ClassVar[int]
    UNHEDGED_STANDARD_DEVIATION_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    HEDGED_STANDARD_DEVIATION_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    ORDER_COUNT_FIELD_NUMBER: _ClassVar[int]
    FILL_COUNT_FIELD_NUMBER: _ClassVar[int]
    REJECT_COUNT_FIELD_NUMBER: _ClassVar[int]
    TRADED_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    expected: HedgeCosts
    realised: HedgeCosts
    cost_today: float
    book_profit: float
    hedge_profit: float
    cost_over_position_value: float
    cost_over_risk_removed: float
    unhedged_standard_deviation_per_day: float
    hedged_standard_deviation_per_day: float
    order_count: int
    fill_count: int
    reject_count: int
    traded_notional: float
    def __init__(self, expected: _Optional[_Union[HedgeCosts, _Mapping]] = ..., realised: _Optional[_Union[HedgeCosts, _Mapping]] = ..., cost_today: _Optional[float] = ..., book_profit: _Optional[float] = ..., hedge_profit: _Optional[float] = ..., cost_over_position_value: _Optional[float] = ..., cost_over_risk_removed: _Optional[float] = ..., unhedged_standard_deviation_per_day: _Optional[float] = ..., hedged_standard_deviation_per_day: _Optional[float] = ..., order_count: _Optional[int] = ..., fill_count: _Optional[int] = ..., reject_count: _Optional[int] = ..., traded_notional: _Optional[float] = ...) -> None: ...

class HedgeScenario(_message.Message):
    __slots__ = ("name", "is_active", "evidence", "effects")
    class EvidenceEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    IS_ACTIVE_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    EFFECTS_FIELD_NUMBER: _ClassVar[int]
    name: str
    is_active: bool
    evidence: _containers.ScalarMap[str, float]
    effects: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, name: _Optional[str] = ..., is_active: _Optional[bool] = ..., evidence: _Optional[_Mapping[str, float]] = ..., effects: _Optional[_Iterable[str]] = ...) -> None: ...

class ReportFillRequest(_message.Message):
    __slots__ = ("hedge", "fill")
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    FILL_FIELD_NUMBER: _ClassVar[int]
    hedge: str
    fill: Fill
    def __init__(self, hedge: _Optional[str] = ..., fill: _Optional[_Union[Fill, _Mapping]] = ...) -> None: ...

class ReportFillResponse(_message.Message):
    __slots__ = ("is_applied", "position", "in_flight", "decision_id")
    IS_APPLIED_FIELD_NUMBER: _ClassVar[int]
    POSITION_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    DECISION_ID_FIELD_NUMBER: _ClassVar[int]
    is_applied: bool
    position: float
    in_flight: float
    decision_id: int
    def __init__(self, is_applied: _Optional[bool] = ..., position: _Optional[float] = ..., in_flight: _Optional[float] = ..., decision_id: _Optional[int] = ...) -> None: ...

class SetOverrideRequest(_message.Message):
    __slots__ = ("hedge", "override")
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    hedge: str
    override: Override
    def __init__(self, hedge: _Optional[str] = ..., override: _Optional[_Union[Override, _Mapping]] = ...) -> None: ...

class SetOverrideResponse(_message.Message):
    __slots__ = ("override", "decision")
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    DECISION_FIELD_NUMBER: _ClassVar[int]
    override: Override
    decision: Decision
    def __init__(self, override: _Optional[_Union[Override, _Mapping]] = ..., decision: _Optional[_Union[Decision, _Mapping]] = ...) -> None: ...

class ListDecisionsRequest(_message.Message):
    __slots__ = ("hedge", "since", "until", "page_size", "page_token", "only_trades")
    HEDGE_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ONLY_TRADES_FIELD_NUMBER: _ClassVar[int]
    hedge: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    page_size: int
    page_token: str
    only_trades: bool
    def __init__(self, hedge: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ..., only_trades: _Optional[bool] = ...) -> None: ...

class ListDecisionsResponse(_message.Message):
    __slots__ = ("decisions", "next_page_token")
    DECISIONS_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    decisions: _containers.RepeatedCompositeFieldContainer[Decision]
    next_page_token: str
    def __init__(self, decisions: _Optional[_Iterable[_Union[Decision, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...
