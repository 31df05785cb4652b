import datetime

from gexapi.v1 import chain_pb2 as _chain_pb2
from gexapi.v1 import common_pb2 as _common_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TradeOrigin(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    TRADE_ORIGIN_UNSPECIFIED: _ClassVar[TradeOrigin]
    TRADE_ORIGIN_CUSTOMER: _ClassVar[TradeOrigin]
    TRADE_ORIGIN_PROFESSIONAL_CUSTOMER: _ClassVar[TradeOrigin]
    TRADE_ORIGIN_BROKER_DEALER: _ClassVar[TradeOrigin]
    TRADE_ORIGIN_FIRM: _ClassVar[TradeOrigin]
    TRADE_ORIGIN_MARKET_MAKER: _ClassVar[TradeOrigin]
TRADE_ORIGIN_UNSPECIFIED: TradeOrigin
TRADE_ORIGIN_CUSTOMER: TradeOrigin
TRADE_ORIGIN_PROFESSIONAL_CUSTOMER: TradeOrigin
TRADE_ORIGIN_BROKER_DEALER: TradeOrigin
TRADE_ORIGIN_FIRM: TradeOrigin
TRADE_ORIGIN_MARKET_MAKER: TradeOrigin

class Positioning(_message.Message):
    __slots__ = ("model", "label", "inventory", "open_close", "trades", "scenario", "mixture", "sign_error_probability", "sign_error_correlation")
    MODEL_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_FIELD_NUMBER: _ClassVar[int]
    OPEN_CLOSE_FIELD_NUMBER: _ClassVar[int]
    TRADES_FIELD_NUMBER: _ClassVar[int]
    SCENARIO_FIELD_NUMBER: _ClassVar[int]
    MIXTURE_FIELD_NUMBER: _ClassVar[int]
    SIGN_ERROR_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    SIGN_ERROR_CORRELATION_FIELD_NUMBER: _ClassVar[int]
    model: str
    label: str
    inventory: Inventory
    open_close: OpenCloseVolume
    trades: SignedTrades
    scenario: PositioningScenario
    mixture: PositioningMixture
    sign_error_probability: float
    sign_error_correlation: float
    def __init__(self, model: _Optional[str] = ..., label: _Optional[str] = ..., inventory: _Optional[_Union[Inventory, _Mapping]] = ..., open_close: _Optional[_Union[OpenCloseVolume, _Mapping]] = ..., trades: _Optional[_Union[SignedTrades, _Mapping]] = ..., scenario: _Optional[_Union[PositioningScenario, _Mapping]] = ..., mixture: _Optional[_Union[PositioningMixture, _Mapping]] = ..., sign_error_probability: _Optional[float] = ..., sign_error_correlation: _Optional[float] = ...) -> None: ...

class Inventory(_message.Message):
    __slots__ = ("expiry_index", "strike", "right", "contract_count", "as_of")
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    contract_count: _containers.RepeatedScalarFieldContainer[float]
    as_of: _timestamp_pb2.Timestamp
    def __init__(self, expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., contract_count: _Optional[_Iterable[float]] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class OpenCloseVolume(_message.Message):
    __slots__ = ("expiry_index", "strike", "right", "open_buy", "open_sell", "close_buy", "close_sell", "history_start", "exchanges", "origin", "first_listed")
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    OPEN_BUY_FIELD_NUMBER: _ClassVar[int]
    OPEN_SELL_FIELD_NUMBER: _ClassVar[int]
    CLOSE_BUY_FIELD_NUMBER: _ClassVar[int]
    CLOSE_SELL_FIELD_NUMBER: _ClassVar[int]
    HISTORY_START_FIELD_NUMBER: _ClassVar[int]
    EXCHANGES_FIELD_NUMBER: _ClassVar[int]
    ORIGIN_FIELD_NUMBER: _ClassVar[int]
    FIRST_LISTED_FIELD_NUMBER: _ClassVar[int]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    open_buy: _containers.RepeatedScalarFieldContainer[float]
    open_sell: _containers.RepeatedScalarFieldContainer[float]
    close_buy: _containers.RepeatedScalarFieldContainer[float]
    close_sell: _containers.RepeatedScalarFieldContainer[float]
    history_start: str
    exchanges: _containers.RepeatedScalarFieldContainer[str]
    origin: _containers.RepeatedScalarFieldContainer[TradeOrigin]
    first_listed: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., open_buy: _Optional[_Iterable[float]] = ..., open_sell: _Optional[_Iterable[float]] = ..., close_buy: _Optional[_Iterable[float]] = ..., close_sell: _Optional[_Iterable[float]] = ..., history_start: _Optional[str] = ..., exchanges: _Optional[_Iterable[str]] = ..., origin: _Optional[_Iterable[_Union[TradeOrigin, str]]] = ..., first_listed: _Optional[_Iterable[str]] = ...) -> None: ...

class SignedTrades(_message.Message):
    __slots__ = ("trades", "starting_inventory")
    TRADES_FIELD_NUMBER: _ClassVar[int]
    STARTING_INVENTORY_FIELD_NUMBER: _ClassVar[int]
    trades: _chain_pb2.TradeUpdate
    starting_inventory: Inventory
    def __init__(self, trades: _Optional[_Union[_chain_pb2.TradeUpdate, _Mapping]] = ..., starting_inventory: _Optional[_Union[Inventory, _Mapping]] = ...) -> None: ...

class PositioningScenario(_message.Message):
    __slots__ = ("rules",)
    RULES_FIELD_NUMBER: _ClassVar[int]
    rules: _containers.RepeatedCompositeFieldContainer[PositioningRule]
    def __init__(self, rules: _Optional[_Iterable[_Union[PositioningRule, _Mapping]]] = ...) -> None: ...

class PositioningRule(_message.Message):
    __slots__ = ("right", "log_moneyness_from", "log_moneyness_to", "days_from", "days_to", "weight")
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    LOG_MONEYNESS_FROM_FIELD_NUMBER: _ClassVar[int]
    LOG_MONEYNESS_TO_FIELD_NUMBER: _ClassVar[int]
    DAYS_FROM_FIELD_NUMBER: _ClassVar[int]
    DAYS_TO_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    right: _common_pb2.Right
    log_moneyness_from: float
    log_moneyness_to: float
    days_from: float
    days_to: float
    weight: float
    def __init__(self, right: _Optional[_Union[_common_pb2.Right, str]] = ..., log_moneyness_from: _Optional[float] = ..., log_moneyness_to: _Optional[float] = ..., days_from: _Optional[float] = ..., days_to: _Optional[float] = ..., weight: _Optional[float] = ...) -> None: ...

class PositioningMixture(_message.Message):
    __slots__ = ("parts", "weight")
    PARTS_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    parts: _containers.RepeatedCompositeFieldContainer[Positioning]
    weight: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, parts: _Optional[_Iterable[_Union[Positioning, _Mapping]]] = ..., weight: _Optional[_Iterable[float]] = ...) -> None: ...

class ExposureSettings(_message.Message):
    __slots__ = ("positionings", "greeks_source", "profile_low", "profile_high", "profile_node_count", "smile_dynamics", "gamma_kind", "account_unit", "only_expiries", "only_roots", "omit_map", "omit_profile", "forward_map", "moves", "instrument", "analysis", "quantile_probability", "contract_basis", "group_by", "flip_dynamics")
    POSITIONINGS_FIELD_NUMBER: _ClassVar[int]
    GREEKS_SOURCE_FIELD_NUMBER: _ClassVar[int]
    PROFILE_LOW_FIELD_NUMBER: _ClassVar[int]
    PROFILE_HIGH_FIELD_NUMBER: _ClassVar[int]
    PROFILE_NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    SMILE_DYNAMICS_FIELD_NUMBER: _ClassVar[int]
    GAMMA_KIND_FIELD_NUMBER: _ClassVar[int]
    ACCOUNT_UNIT_FIELD_NUMBER: _ClassVar[int]
    ONLY_EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    ONLY_ROOTS_FIELD_NUMBER: _ClassVar[int]
    OMIT_MAP_FIELD_NUMBER: _ClassVar[int]
    OMIT_PROFILE_FIELD_NUMBER: _ClassVar[int]
    FORWARD_MAP_FIELD_NUMBER: _ClassVar[int]
    MOVES_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    ANALYSIS_FIELD_NUMBER: _ClassVar[int]
    QUANTILE_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_BASIS_FIELD_NUMBER: _ClassVar[int]
    GROUP_BY_FIELD_NUMBER: _ClassVar[int]
    FLIP_DYNAMICS_FIELD_NUMBER: _ClassVar[int]
    positionings: _containers.RepeatedCompositeFieldContainer[Positioning]
    greeks_source: _common_pb2.GreeksSource
    profile_low: float
    profile_high: float
    profile_node_count: int
    smile_dynamics: _common_pb2.SmileDynamics
    gamma_kind: str
    account_unit: _common_pb2.AccountUnit
    only_expiries: _containers.RepeatedScalarFieldContainer[str]
    only_roots: _containers.RepeatedScalarFieldContainer[str]
    omit_map: bool
    omit_profile: bool
    forward_map: ForwardMapSettings
    moves: _containers.RepeatedCompositeFieldContainer[MarketMove]
    instrument: ExposureInstrument
    analysis: _common_pb2.AnalysisSettings
    quantile_probability: _containers.RepeatedScalarFieldContainer[float]
    contract_basis: str
    group_by: _containers.RepeatedScalarFieldContainer[str]
    flip_dynamics: _containers.RepeatedCompositeFieldContainer[_common_pb2.SmileDynamics]
    def __init__(self, positionings: _Optional[_Iterable[_Union[Positioning, _Mapping]]] = ..., greeks_source: _Optional[_Union[_common_pb2.GreeksSource, str]] = ..., profile_low: _Optional[float] = ..., profile_high: _Optional[float] = ..., profile_node_count: _Optional[int] = ..., smile_dynamics: _Optional[_Union[_common_pb2.SmileDynamics, _Mapping]] = ..., gamma_kind: _Optional[str] = ..., account_unit: _Optional[_Union[_common_pb2.AccountUnit, str]] = ..., only_expiries: _Optional[_Iterable[str]] = ..., only_roots: _Optional[_Iterable[str]] = ..., omit_map: _Optional[bool] = ..., omit_profile: _Optional[bool] = ..., forward_map: _Optional[_Union[ForwardMapSettings, _Mapping]] = ..., moves: _Optional[_Iterable[_Union[MarketMove, _Mapping]]] = ..., instrument: _Optional[_Union[ExposureInstrument, _Mapping]] = ..., analysis: _Optional[_Union[_common_pb2.AnalysisSettings, _Mapping]] = ..., quantile_probability: _Optional[_Iterable[float]] = ..., contract_basis: _Optional[str] = ..., group_by: _Optional[_Iterable[str]] = ..., flip_dynamics: _Optional[_Iterable[_Union[_common_pb2.SmileDynamics, _Mapping]]] = ...) -> None: ...

class ForwardMapSettings(_message.Message):
    __slots__ = ("spot_node_count", "at", "close_count")
    SPOT_NODE_COUNT_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    CLOSE_COUNT_FIELD_NUMBER: _ClassVar[int]
    spot_node_count: int
    at: _containers.RepeatedScalarFieldContainer[int]
    close_count: int
    def __init__(self, spot_node_count: _Optional[int] = ..., at: _Optional[_Iterable[int]] = ..., close_count: _Optional[int] = ...) -> None: ...

class MarketMove(_message.Message):
    __slots__ = ("spot_move", "vol_points", "seconds", "at", "label")
    SPOT_MOVE_FIELD_NUMBER: _ClassVar[int]
    VOL_POINTS_FIELD_NUMBER: _ClassVar[int]
    SECONDS_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    spot_move: float
    vol_points: float
    seconds: float
    at: _timestamp_pb2.Timestamp
    label: str
    def __init__(self, spot_move: _Optional[float] = ..., vol_points: _Optional[float] = ..., seconds: _Optional[float] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., label: _Optional[str] = ...) -> None: ...

class ExposureInstrument(_message.Message):
    __slots__ = ("symbol", "multiplier", "contract_value", "price", "settlement", "average_daily_volume", "depth", "basis_mapping", "rounding", "quoted_at", "average_daily_volume_date", "depth_date")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_VALUE_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_DAILY_VOLUME_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    BASIS_MAPPING_FIELD_NUMBER: _ClassVar[int]
    ROUNDING_FIELD_NUMBER: _ClassVar[int]
    QUOTED_AT_FIELD_NUMBER: _ClassVar[int]
    AVERAGE_DAILY_VOLUME_DATE_FIELD_NUMBER: _ClassVar[int]
    DEPTH_DATE_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    multiplier: float
    contract_value: float
    price: float
    settlement: _timestamp_pb2.Timestamp
    average_daily_volume: float
    depth: float
    basis_mapping: str
    rounding: str
    quoted_at: _timestamp_pb2.Timestamp
    average_daily_volume_date: str
    depth_date: str
    def __init__(self, symbol: _Optional[str] = ..., multiplier: _Optional[float] = ..., contract_value: _Optional[float] = ..., price: _Optional[float] = ..., settlement: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., average_daily_volume: _Optional[float] = ..., depth: _Optional[float] = ..., basis_mapping: _Optional[str] = ..., rounding: _Optional[str] = ..., quoted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., average_daily_volume_date: _Optional[str] = ..., depth_date: _Optional[str] = ...) -> None: ...

class ComputeExposureRequest(_message.Message):
    __slots__ = ("chain", "settings")
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    chain: _chain_pb2.Chain
    settings: ExposureSettings
    def __init__(self, chain: _Optional[_Union[_chain_pb2.Chain, _Mapping]] = ..., settings: _Optional[_Union[ExposureSettings, _Mapping]] = ...) -> None: ...

class ComputeExposureResponse(_message.Message):
    __slots__ = ("underlying", "spot", "revision", "books", "expiries", "max_pains", "expected_moves", "rejects", "spread", "provenance")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    BOOKS_FIELD_NUMBER: _ClassVar[int]
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    MAX_PAINS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_MOVES_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    spot: float
    revision: int
    books: _containers.RepeatedCompositeFieldContainer[ExposureBook]
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.ExpiryState]
    max_pains: _containers.RepeatedCompositeFieldContainer[MaxPain]
    expected_moves: _containers.RepeatedCompositeFieldContainer[ExpectedMove]
    rejects: _containers.RepeatedCompositeFieldContainer[_common_pb2.RejectCount]
    spread: PositioningSpread
    provenance: _common_pb2.Provenance
    def __init__(self, underlying: _Optional[str] = ..., spot: _Optional[float] = ..., revision: _Optional[int] = ..., books: _Optional[_Iterable[_Union[ExposureBook, _Mapping]]] = ..., expiries: _Optional[_Iterable[_Union[_common_pb2.ExpiryState, _Mapping]]] = ..., max_pains: _Optional[_Iterable[_Union[MaxPain, _Mapping]]] = ..., expected_moves: _Optional[_Iterable[_Union[ExpectedMove, _Mapping]]] = ..., rejects: _Optional[_Iterable[_Union[_common_pb2.RejectCount, _Mapping]]] = ..., spread: _Optional[_Union[PositioningSpread, _Mapping]] = ..., provenance: _Optional[_Union[_common_pb2.Provenance, _Mapping]] = ...) -> None: ...

class GetExposureRequest(_message.Message):
    __slots__ = ("underlying", "settings", "min_revision")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    MIN_REVISION_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    settings: ExposureSettings
    min_revision: int
    def __init__(self, underlying: _Optional[str] = ..., settings: _Optional[_Union[ExposureSettings, _Mapping]] = ..., min_revision: _Optional[int] = ...) -> None: ...

class GetExposureResponse(_message.Message):
    __slots__ = ("underlying", "spot", "revision", "books", "expiries", "max_pains", "expected_moves", "rejects", "spread", "provenance")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    BOOKS_FIELD_NUMBER: _ClassVar[int]
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    MAX_PAINS_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_MOVES_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    SPREAD_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    spot: float
    revision: int
    books: _containers.RepeatedCompositeFieldContainer[ExposureBook]
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.ExpiryState]
    max_pains: _containers.RepeatedCompositeFieldContainer[MaxPain]
    expected_moves: _containers.RepeatedCompositeFieldContainer[ExpectedMove]
    rejects: _containers.RepeatedCompositeFieldContainer[_common_pb2.RejectCount]
    spread: PositioningSpread
    provenance: _common_pb2.Provenance
    def __init__(self, underlying: _Optional[str] = ..., spot: _Optional[float] = ..., revision: _Optional[int] = ..., books: _Optional[_Iterable[_Union[ExposureBook, _Mapping]]] = ..., expiries: _Optional[_Iterable[_Union[_common_pb2.ExpiryState, _Mapping]]] = ..., max_pains: _Optional[_Iterable[_Union[MaxPain, _Mapping]]] = ..., expected_moves: _Optional[_Iterable[_Union[ExpectedMove, _Mapping]]] = ..., rejects: _Optional[_Iterable[_Union[_common_pb2.RejectCount, _Mapping]]] = ..., spread: _Optional[_Union[PositioningSpread, _Mapping]] = ..., provenance: _Optional[_Union[_common_pb2.Provenance, _Mapping]] = ...) -> None: ...

class WatchExposureRequest(_message.Message):
    __slots__ = ("watches", "heartbeat_seconds")
    WATCHES_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    watches: _containers.RepeatedCompositeFieldContainer[ExposureWatch]
    heartbeat_seconds: float
    def __init__(self, watches: _Optional[_Iterable[_Union[ExposureWatch, _Mapping]]] = ..., heartbeat_seconds: _Optional[float] = ...) -> None: ...

class ExposureWatch(_message.Message):
    __slots__ = ("watch_id", "underlying", "settings", "after_revision", "min_interval_seconds")
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    AFTER_REVISION_FIELD_NUMBER: _ClassVar[int]
    MIN_INTERVAL_SECONDS_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    underlying: str
    settings: ExposureSettings
    after_revision: int
    min_interval_seconds: float
    def __init__(self, watch_id: _Optional[str] = ..., underlying: _Optional[str] = ..., settings: _Optional[_Union[ExposureSettings, _Mapping]] = ..., after_revision: _Optional[int] = ..., min_interval_seconds: _Optional[float] = ...) -> None: ...

class WatchExposureResponse(_message.Message):
    __slots__ = ("watch_id", "revision", "exposure", "heartbeat", "failure", "skipped_count")
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    SKIPPED_COUNT_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    revision: int
    exposure: GetExposureResponse
    heartbeat: Heartbeat
    failure: WatchFailure
    skipped_count: int
    def __init__(self, watch_id: _Optional[str] = ..., revision: _Optional[int] = ..., exposure: _Optional[_Union[GetExposureResponse, _Mapping]] = ..., heartbeat: _Optional[_Union[Heartbeat, _Mapping]] = ..., failure: _Optional[_Union[WatchFailure, _Mapping]] = ..., skipped_count: _Optional[int] = ...) -> None: ...

class Heartbeat(_message.Message):
    __slots__ = ("at", "staleness")
    AT_FIELD_NUMBER: _ClassVar[int]
    STALENESS_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    staleness: _common_pb2.Staleness
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., staleness: _Optional[_Union[_common_pb2.Staleness, _Mapping]] = ...) -> None: ...

class WatchFailure(_message.Message):
    __slots__ = ("reason", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class ExposureBook(_message.Message):
    __slots__ = ("positioning", "gamma_exposure_per_percent", "call_gamma_exposure_per_percent", "put_gamma_exposure_per_percent", "gross_gamma_exposure_per_percent", "gamma_exposure_per_point", "gamma_exposure_units_per_point", "delta_exposure", "delta_exposure_units", "vanna_exposure_per_vol_point", "charm_exposure_per_day", "vega_exposure_per_vol_point", "theta_exposure_per_day", "gamma_exposure_coin_per_percent", "speed_exposure", "zomma_exposure", "color_exposure", "gamma_flips", "gamma_flip", "gamma_flip_absence", "call_wall", "put_wall", "walls", "absolute_gamma_strike", "map", "profile", "forward_map", "by_expiry", "flows", "gamma_exposure_uncertainty", "gamma_flip_uncertainty", "conditioning", "line_count", "unpriced_line_count", "unpriced_contract_count", "missing_open_interest_count", "zero_dte_gross_share", "instrument_contracts_per_percent", "share_of_daily_volume_per_percent", "mapped_levels", "instrument_contracts_per_point", "imbalance", "groups", "dynamics_flips", "unsigned_contract_count", "censored_row_count", "instrument")
    POSITIONING_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CALL_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    PUT_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    GROSS_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_POINT_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_UNITS_PER_POINT_FIELD_NUMBER: _ClassVar[int]
    DELTA_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    DELTA_EXPOSURE_UNITS_FIELD_NUMBER: _ClassVar[int]
    VANNA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    CHARM_EXPOSURE_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    VEGA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    THETA_EXPOSURE_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_COIN_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    SPEED_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    ZOMMA_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    COLOR_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FLIPS_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FLIP_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FLIP_ABSENCE_FIELD_NUMBER: _ClassVar[int]
    CALL_WALL_FIELD_NUMBER: _ClassVar[int]
    PUT_WALL_FIELD_NUMBER: _ClassVar[int]
    WALLS_FIELD_NUMBER: _ClassVar[int]
    ABSOLUTE_GAMMA_STRIKE_FIELD_NUMBER: _ClassVar[int]
    MAP_FIELD_NUMBER: _ClassVar[int]
    PROFILE_FIELD_NUMBER: _ClassVar[int]
    FORWARD_MAP_FIELD_NUMBER: _ClassVar[int]
    BY_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    FLOWS_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_UNCERTAINTY_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FLIP_UNCERTAINTY_FIELD_NUMBER: _ClassVar[int]
    CONDITIONING_FIELD_NUMBER: _ClassVar[int]
    LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    MISSING_OPEN_INTEREST_COUNT_FIELD_NUMBER: _ClassVar[int]
    ZERO_DTE_GROSS_SHARE_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_CONTRACTS_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    SHARE_OF_DAILY_VOLUME_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MAPPED_LEVELS_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_CONTRACTS_PER_POINT_FIELD_NUMBER: _ClassVar[int]
    IMBALANCE_FIELD_NUMBER: _ClassVar[int]
    GROUPS_FIELD_NUMBER: _ClassVar[int]
    DYNAMICS_FLIPS_FIELD_NUMBER: _ClassVar[int]
    UNSIGNED_CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CENSORED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_FIELD_NUMBER: _ClassVar[int]
    positioning: str
    gamma_exposure_per_percent: float
    call_gamma_exposure_per_percent: float
    put_gamma_exposure_per_percent: float
    gross_gamma_exposure_per_percent: float
    gamma_exposure_per_point: float
    gamma_exposure_units_per_point: float
    delta_exposure: float
    delta_exposure_units: float
    vanna_exposure_per_vol_point: float
    charm_exposure_per_day: float
    vega_exposure_per_vol_point: float
    theta_exposure_per_day: float
    gamma_exposure_coin_per_percent: float
    speed_exposure: float
    zomma_exposure: float
    color_exposure: float
    gamma_flips: _containers.RepeatedCompositeFieldContainer[GammaFlip]
    gamma_flip: float
    gamma_flip_absence: str
    call_wall: float
    put_wall: float
    walls: _containers.RepeatedCompositeFieldContainer[Wall]
    absolute_gamma_strike: float
    map: ExposureMap
    profile: ExposureProfile
    forward_map: ForwardMap
    by_expiry: ExposureByExpiry
    flows: _containers.RepeatedCompositeFieldContainer[DealerFlow]
    gamma_exposure_uncertainty: _common_pb2.Uncertainty
    gamma_flip_uncertainty: _common_pb2.Uncertainty
    conditioning: float
    line_count: int
    unpriced_line_count: int
    unpriced_contract_count: float
    missing_open_interest_count: int
    zero_dte_gross_share: float
    instrument_contracts_per_percent: float
    share_of_daily_volume_per_percent: float
    mapped_levels: MappedLevels
    instrument_contracts_per_point: float
    imbalance: float
    groups: _containers.RepeatedCompositeFieldContainer[ExposureGroup]
    dynamics_flips: _containers.RepeatedCompositeFieldContainer[DynamicsFlips]
    unsigned_contract_count: float
    censored_row_count: int
    instrument: str
    def __init__(self, positioning: _Optional[str] = ..., gamma_exposure_per_percent: _Optional[float] = ..., call_gamma_exposure_per_percent: _Optional[float] = ..., put_gamma_exposure_per_percent: _Optional[float] = ..., gross_gamma_exposure_per_percent: _Optional[float] = ..., gamma_exposure_per_point: _Optional[float] = ..., gamma_exposure_units_per_point: _Optional[float] = ..., delta_exposure: _Optional[float] = ..., delta_exposure_units: _Optional[float] = ..., vanna_exposure_per_vol_point: _Optional[float] = ..., charm_exposure_per_day: _Optional[float] = ..., vega_exposure_per_vol_point: _Optional[float] = ..., theta_exposure_per_day: _Optional[float] = ..., gamma_exposure_coin_per_percent: _Optional[float] = ..., speed_exposure: _Optional[float] = ..., zomma_exposure: _Optional[float] = ..., color_exposure: _Optional[float] = ..., gamma_flips: _Optional[_Iterable[_Union[GammaFlip, _Mapping]]] = ..., gamma_flip: _Optional[float] = ..., gamma_flip_absence: _Optional[str] = ..., call_wall: _Optional[float] = ..., put_wall: _Optional[float] = ..., walls: _Optional[_Iterable[_Union[Wall, _Mapping]]] = ..., absolute_gamma_strike: _Optional[float] = ..., map: _Optional[_Union[ExposureMap, _Mapping]] = ..., profile: _Optional[_Union[ExposureProfile, _Mapping]] = ..., forward_map: _Optional[_Union[ForwardMap, _Mapping]] = ..., by_expiry: _Optional[_Union[ExposureByExpiry, _Mapping]] = ..., flows: _Optional[_Iterable[_Union[DealerFlow, _Mapping]]] = ..., gamma_exposure_uncertainty: _Optional[_Union[_common_pb2.Uncertainty, _Mapping]] = ..., gamma_flip_uncertainty: _Optional[_Union[_common_pb2.Uncertainty, _Mapping]] = ..., conditioning: _Optional[float] = ..., line_count: _Optional[int] = ..., unpriced_line_count: _Optional[int] = ..., unpriced_contract_count: _Optional[float] = ..., missing_open_interest_count: _Optional[int] = ..., zero_dte_gross_share: _Optional[float] = ..., instrument_contracts_per_percent: _Optional[float] = ..., share_of_daily_volume_per_percent: _Optional[float] = ..., mapped_levels: _Optional[_Union[MappedLevels, _Mapping]] = ..., instrument_contracts_per_point: _Optional[float] = ..., imbalance: _Optional[float] = ..., groups: _Optional[_Iterable[_Union[ExposureGroup, _Mapping]]] = ..., dynamics_flips: _Optional[_Iterable[_Union[DynamicsFlips, _Mapping]]] = ..., unsigned_contract_count: _Optional[float] = ..., censored_row_count: _Optional[int] = ..., instrument: _Optional[str] = ...) -> None: ...

class ExposureGroup(_message.Message):
    __slots__ = ("group", "name", "gamma_exposure_per_percent", "call_gamma_exposure_per_percent", "put_gamma_exposure_per_percent", "gross_gamma_exposure_per_percent", "gamma_exposure_per_point", "gamma_exposure_units_per_point", "delta_exposure", "vanna_exposure_per_vol_point", "charm_exposure_per_day", "vega_exposure_per_vol_point", "theta_exposure_per_day", "speed_exposure", "zomma_exposure", "color_exposure", "conditioning", "unpriced_line_count", "unpriced_contract_count")
    GROUP_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CALL_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    PUT_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    GROSS_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_POINT_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_UNITS_PER_POINT_FIELD_NUMBER: _ClassVar[int]
    DELTA_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    VANNA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    CHARM_EXPOSURE_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    VEGA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    THETA_EXPOSURE_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    SPEED_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    ZOMMA_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    COLOR_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    CONDITIONING_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    group: str
    name: str
    gamma_exposure_per_percent: float
    call_gamma_exposure_per_percent: float
    put_gamma_exposure_per_percent: float
    gross_gamma_exposure_per_percent: float
    gamma_exposure_per_point: float
    gamma_exposure_units_per_point: float
    delta_exposure: float
    vanna_exposure_per_vol_point: float
    charm_exposure_per_day: float
    vega_exposure_per_vol_point: float
    theta_exposure_per_day: float
    speed_exposure: float
    zomma_exposure: float
    color_exposure: float
    conditioning: float
    unpriced_line_count: int
    unpriced_contract_count: float
    def __init__(self, group: _Optional[str] = ..., name: _Optional[str] = ..., gamma_exposure_per_percent: _Optional[float] = ..., call_gamma_exposure_per_percent: _Optional[float] = ..., put_gamma_exposure_per_percent: _Optional[float] = ..., gross_gamma_exposure_per_percent: _Optional[float] = ..., gamma_exposure_per_point: _Optional[float] = ..., gamma_exposure_units_per_point: _Optional[float] = ..., delta_exposure: _Optional[float] = ..., vanna_exposure_per_vol_point: _Optional[float] = ..., charm_exposure_per_day: _Optional[float] = ..., vega_exposure_per_vol_point: _Optional[float] = ..., theta_exposure_per_day: _Optional[float] = ..., speed_exposure: _Optional[float] = ..., zomma_exposure: _Optional[float] = ..., color_exposure: _Optional[float] = ..., conditioning: _Optional[float] = ..., unpriced_line_count: _Optional[int] = ..., unpriced_contract_count: _Optional[float] = ...) -> None: ...

class DynamicsFlips(_message.Message):
    __slots__ = ("smile_dynamics", "gamma_kind", "gamma_flips", "gamma_exposure_per_percent")
    SMILE_DYNAMICS_FIELD_NUMBER: _ClassVar[int]
    GAMMA_KIND_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FLIPS_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    smile_dynamics: _common_pb2.SmileDynamics
    gamma_kind: str
    gamma_flips: _containers.RepeatedCompositeFieldContainer[GammaFlip]
    gamma_exposure_per_percent: float
    def __init__(self, smile_dynamics: _Optional[_Union[_common_pb2.SmileDynamics, _Mapping]] = ..., gamma_kind: _Optional[str] = ..., gamma_flips: _Optional[_Iterable[_Union[GammaFlip, _Mapping]]] = ..., gamma_exposure_per_percent: _Optional[float] = ...) -> None: ...

class GammaFlip(_message.Message):
    __slots__ = ("price", "slope", "lower", "upper")
    PRICE_FIELD_NUMBER: _ClassVar[int]
    SLOPE_FIELD_NUMBER: _ClassVar[int]
    LOWER_FIELD_NUMBER: _ClassVar[int]
    UPPER_FIELD_NUMBER: _ClassVar[int]
    price: float
    slope: float
    lower: float
    upper: float
    def __init__(self, price: _Optional[float] = ..., slope: _Optional[float] = ..., lower: _Optional[float] = ..., upper: _Optional[float] = ...) -> None: ...

class Wall(_message.Message):
    __slots__ = ("kind", "right", "is_side_restricted", "strike", "size")
    KIND_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    IS_SIDE_RESTRICTED_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    kind: str
    right: _common_pb2.Right
    is_side_restricted: bool
    strike: float
    size: float
    def __init__(self, kind: _Optional[str] = ..., right: _Optional[_Union[_common_pb2.Right, str]] = ..., is_side_restricted: _Optional[bool] = ..., strike: _Optional[float] = ..., size: _Optional[float] = ...) -> None: ...

class ExposureMap(_message.Message):
    __slots__ = ("expiry", "expiry_index", "strike", "gamma_exposure_per_percent", "call_gamma_exposure_per_percent", "put_gamma_exposure_per_percent", "delta_exposure", "vanna_exposure_per_vol_point", "charm_exposure_per_day", "vega_exposure_per_vol_point", "call_open_interest", "put_open_interest", "call_contract_count", "put_contract_count", "theta_exposure_per_day", "speed_exposure", "zomma_exposure", "color_exposure")
    EXPIRY_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CALL_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    PUT_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    DELTA_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    VANNA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    CHARM_EXPOSURE_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    VEGA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    CALL_OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    PUT_OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    CALL_CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PUT_CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    THETA_EXPOSURE_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    SPEED_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    ZOMMA_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    COLOR_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    expiry: _containers.RepeatedScalarFieldContainer[str]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    call_gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    put_gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    delta_exposure: _containers.RepeatedScalarFieldContainer[float]
    vanna_exposure_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    charm_exposure_per_day: _containers.RepeatedScalarFieldContainer[float]
    vega_exposure_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    call_open_interest: _containers.RepeatedScalarFieldContainer[float]
    put_open_interest: _containers.RepeatedScalarFieldContainer[float]
    call_contract_count: _containers.RepeatedScalarFieldContainer[float]
    put_contract_count: _containers.RepeatedScalarFieldContainer[float]
    theta_exposure_per_day: _containers.RepeatedScalarFieldContainer[float]
    speed_exposure: _containers.RepeatedScalarFieldContainer[float]
    zomma_exposure: _containers.RepeatedScalarFieldContainer[float]
    color_exposure: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, expiry: _Optional[_Iterable[str]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., call_gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., put_gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., delta_exposure: _Optional[_Iterable[float]] = ..., vanna_exposure_per_vol_point: _Optional[_Iterable[float]] = ..., charm_exposure_per_day: _Optional[_Iterable[float]] = ..., vega_exposure_per_vol_point: _Optional[_Iterable[float]] = ..., call_open_interest: _Optional[_Iterable[float]] = ..., put_open_interest: _Optional[_Iterable[float]] = ..., call_contract_count: _Optional[_Iterable[float]] = ..., put_contract_count: _Optional[_Iterable[float]] = ..., theta_exposure_per_day: _Optional[_Iterable[float]] = ..., speed_exposure: _Optional[_Iterable[float]] = ..., zomma_exposure: _Optional[_Iterable[float]] = ..., color_exposure: _Optional[_Iterable[float]] = ...) -> None: ...

class ExposureProfile(_message.Message):
    __slots__ = ("spot", "gamma_exposure_per_percent", "slope", "delta_exposure", "gamma_standard_deviation", "smile_dynamics", "gamma_kind", "clamp_count")
    SPOT_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    SLOPE_FIELD_NUMBER: _ClassVar[int]
    DELTA_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    GAMMA_STANDARD_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    SMILE_DYNAMICS_FIELD_NUMBER: _ClassVar[int]
    GAMMA_KIND_FIELD_NUMBER: _ClassVar[int]
    CLAMP_COUNT_FIELD_NUMBER: _ClassVar[int]
    spot: _containers.RepeatedScalarFieldContainer[float]
    gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    slope: _containers.RepeatedScalarFieldContainer[float]
    delta_exposure: _containers.RepeatedScalarFieldContainer[float]
    gamma_standard_deviation: _containers.RepeatedScalarFieldContainer[float]
    smile_dynamics: _common_pb2.SmileDynamics
    gamma_kind: str
    clamp_count: int
    def __init__(self, spot: _Optional[_Iterable[float]] = ..., gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., slope: _Optional[_Iterable[float]] = ..., delta_exposure: _Optional[_Iterable[float]] = ..., gamma_standard_deviation: _Optional[_Iterable[float]] = ..., smile_dynamics: _Optional[_Union[_common_pb2.SmileDynamics, _Mapping]] = ..., gamma_kind: _Optional[str] = ..., clamp_count: _Optional[int] = ...) -> None: ...

class ForwardMap(_message.Message):
    __slots__ = ("at", "spot", "gamma_exposure_per_percent", "delta_exposure_units", "vanna_exposure_per_vol_point", "charm_exposure_per_day", "smile_dynamics", "line_count", "flow_units")
    AT_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    DELTA_EXPOSURE_UNITS_FIELD_NUMBER: _ClassVar[int]
    VANNA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    CHARM_EXPOSURE_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    SMILE_DYNAMICS_FIELD_NUMBER: _ClassVar[int]
    LINE_COUNT_FIELD_NUMBER: _ClassVar[int]
    FLOW_UNITS_FIELD_NUMBER: _ClassVar[int]
    at: _containers.RepeatedScalarFieldContainer[int]
    spot: _containers.RepeatedScalarFieldContainer[float]
    gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    delta_exposure_units: _containers.RepeatedScalarFieldContainer[float]
    vanna_exposure_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    charm_exposure_per_day: _containers.RepeatedScalarFieldContainer[float]
    smile_dynamics: _common_pb2.SmileDynamics
    line_count: _containers.RepeatedScalarFieldContainer[int]
    flow_units: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, at: _Optional[_Iterable[int]] = ..., spot: _Optional[_Iterable[float]] = ..., gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., delta_exposure_units: _Optional[_Iterable[float]] = ..., vanna_exposure_per_vol_point: _Optional[_Iterable[float]] = ..., charm_exposure_per_day: _Optional[_Iterable[float]] = ..., smile_dynamics: _Optional[_Union[_common_pb2.SmileDynamics, _Mapping]] = ..., line_count: _Optional[_Iterable[int]] = ..., flow_units: _Optional[_Iterable[float]] = ...) -> None: ...

class ExposureByExpiry(_message.Message):
    __slots__ = ("expiry", "expiry_index", "gamma_exposure_per_percent", "call_gamma_exposure_per_percent", "put_gamma_exposure_per_percent", "gross_gamma_exposure_per_percent", "delta_exposure", "vanna_exposure_per_vol_point", "charm_exposure_per_day", "vega_exposure_per_vol_point")
    EXPIRY_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    CALL_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    PUT_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    GROSS_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    DELTA_EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    VANNA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    CHARM_EXPOSURE_PER_DAY_FIELD_NUMBER: _ClassVar[int]
    VEGA_EXPOSURE_PER_VOL_POINT_FIELD_NUMBER: _ClassVar[int]
    expiry: _containers.RepeatedScalarFieldContainer[str]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    call_gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    put_gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    gross_gamma_exposure_per_percent: _containers.RepeatedScalarFieldContainer[float]
    delta_exposure: _containers.RepeatedScalarFieldContainer[float]
    vanna_exposure_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    charm_exposure_per_day: _containers.RepeatedScalarFieldContainer[float]
    vega_exposure_per_vol_point: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, expiry: _Optional[_Iterable[str]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., call_gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., put_gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., gross_gamma_exposure_per_percent: _Optional[_Iterable[float]] = ..., delta_exposure: _Optional[_Iterable[float]] = ..., vanna_exposure_per_vol_point: _Optional[_Iterable[float]] = ..., charm_exposure_per_day: _Optional[_Iterable[float]] = ..., vega_exposure_per_vol_point: _Optional[_Iterable[float]] = ...) -> None: ...

class DealerFlow(_message.Message):
    __slots__ = ("move", "units", "notional", "gamma_units", "vanna_units", "charm_units", "residual_units", "exact_contracts", "contracts", "residual_contracts", "share_of_daily_volume", "share_of_depth", "spot", "rounding_units", "rounding_notional")
    MOVE_FIELD_NUMBER: _ClassVar[int]
    UNITS_FIELD_NUMBER: _ClassVar[int]
    NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    GAMMA_UNITS_FIELD_NUMBER: _ClassVar[int]
    VANNA_UNITS_FIELD_NUMBER: _ClassVar[int]
    CHARM_UNITS_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_UNITS_FIELD_NUMBER: _ClassVar[int]
    EXACT_CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    RESIDUAL_CONTRACTS_FIELD_NUMBER: _ClassVar[int]
    SHARE_OF_DAILY_VOLUME_FIELD_NUMBER: _ClassVar[int]
    SHARE_OF_DEPTH_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    ROUNDING_UNITS_FIELD_NUMBER: _ClassVar[int]
    ROUNDING_NOTIONAL_FIELD_NUMBER: _ClassVar[int]
    move: MarketMove
    units: float
    notional: float
    gamma_units: float
    vanna_units: float
    charm_units: float
    residual_units: float
    exact_contracts: float
    contracts: float
    residual_contracts: float
    share_of_daily_volume: float
    share_of_depth: float
    spot: float
    rounding_units: float
    rounding_notional: float
    def __init__(self, move: _Optional[_Union[MarketMove, _Mapping]] = ..., units: _Optional[float] = ..., notional: _Optional[float] = ..., gamma_units: _Optional[float] = ..., vanna_units: _Optional[float] = ..., charm_units: _Optional[float] = ..., residual_units: _Optional[float] = ..., exact_contracts: _Optional[float] = ..., contracts: _Optional[float] = ..., residual_contracts: _Optional[float] = ..., share_of_daily_volume: _Optional[float] = ..., share_of_depth: _Optional[float] = ..., spot: _Optional[float] = ..., rounding_units: _Optional[float] = ..., rounding_notional: _Optional[float] = ...) -> None: ...

class MappedLevels(_message.Message):
    __slots__ = ("symbol", "basis", "gamma_flip", "call_wall", "put_wall", "absolute_gamma_strike", "gamma_flips")
    SYMBOL_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FLIP_FIELD_NUMBER: _ClassVar[int]
    CALL_WALL_FIELD_NUMBER: _ClassVar[int]
    PUT_WALL_FIELD_NUMBER: _ClassVar[int]
    ABSOLUTE_GAMMA_STRIKE_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FLIPS_FIELD_NUMBER: _ClassVar[int]
    symbol: str
    basis: float
    gamma_flip: float
    call_wall: float
    put_wall: float
    absolute_gamma_strike: float
    gamma_flips: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, symbol: _Optional[str] = ..., basis: _Optional[float] = ..., gamma_flip: _Optional[float] = ..., call_wall: _Optional[float] = ..., put_wall: _Optional[float] = ..., absolute_gamma_strike: _Optional[float] = ..., gamma_flips: _Optional[_Iterable[float]] = ...) -> None: ...

class MaxPain(_message.Message):
    __slots__ = ("root", "expiry", "settlement", "strike", "upper_strike", "payout", "open_interest", "expiry_index")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    UPPER_STRIKE_FIELD_NUMBER: _ClassVar[int]
    PAYOUT_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    root: str
    expiry: str
    settlement: _timestamp_pb2.Timestamp
    strike: float
    upper_strike: float
    payout: float
    open_interest: float
    expiry_index: int
    def __init__(self, root: _Optional[str] = ..., expiry: _Optional[str] = ..., settlement: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., strike: _Optional[float] = ..., upper_strike: _Optional[float] = ..., payout: _Optional[float] = ..., open_interest: _Optional[float] = ..., expiry_index: _Optional[int] = ...) -> None: ...

class ExpectedMove(_message.Message):
    __slots__ = ("expiry_index", "expiry", "straddle", "one_sigma", "vol")
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_FIELD_NUMBER: _ClassVar[int]
    STRADDLE_FIELD_NUMBER: _ClassVar[int]
    ONE_SIGMA_FIELD_NUMBER: _ClassVar[int]
    VOL_FIELD_NUMBER: _ClassVar[int]
    expiry_index: int
    expiry: str
    straddle: float
    one_sigma: float
    vol: float
    def __init__(self, expiry_index: _Optional[int] = ..., expiry: _Optional[str] = ..., straddle: _Optional[float] = ..., one_sigma: _Optional[float] = ..., vol: _Optional[float] = ...) -> None: ...

class PositioningSpread(_message.Message):
    __slots__ = ("minimum_gamma_exposure_per_percent", "maximum_gamma_exposure_per_percent", "sign_agrees", "minimum_gamma_flip", "maximum_gamma_flip")
    MINIMUM_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_GAMMA_EXPOSURE_PER_PERCENT_FIELD_NUMBER: _ClassVar[int]
    SIGN_AGREES_FIELD_NUMBER: _ClassVar[int]
    MINIMUM_GAMMA_FLIP_FIELD_NUMBER: _ClassVar[int]
    MAXIMUM_GAMMA_FLIP_FIELD_NUMBER: _ClassVar[int]
    minimum_gamma_exposure_per_percent: float
    maximum_gamma_exposure_per_percent: float
    sign_agrees: bool
    minimum_gamma_flip: float
    maximum_gamma_flip: float
    def __init__(self, minimum_gamma_exposure_per_percent: _Optional[float] = ..., maximum_gamma_exposure_per_percent: _Optional[float] = ..., sign_agrees: _Optional[bool] = ..., minimum_gamma_flip: _Optional[float] = ..., maximum_gamma_flip: _Optional[float] = ...) -> None: ...
