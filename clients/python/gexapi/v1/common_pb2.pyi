import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Right(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RIGHT_UNSPECIFIED: _ClassVar[Right]
    RIGHT_CALL: _ClassVar[Right]
    RIGHT_PUT: _ClassVar[Right]

class Exercise(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EXERCISE_UNSPECIFIED: _ClassVar[Exercise]
    EXERCISE_EUROPEAN: _ClassVar[Exercise]
    EXERCISE_AMERICAN: _ClassVar[Exercise]

class SettlementStyle(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SETTLEMENT_STYLE_UNSPECIFIED: _ClassVar[SettlementStyle]
    SETTLEMENT_STYLE_AM: _ClassVar[SettlementStyle]
    SETTLEMENT_STYLE_PM: _ClassVar[SettlementStyle]
    SETTLEMENT_STYLE_UTC_0800: _ClassVar[SettlementStyle]

class Payoff(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    PAYOFF_UNSPECIFIED: _ClassVar[Payoff]
    PAYOFF_LINEAR: _ClassVar[Payoff]
    PAYOFF_INVERSE: _ClassVar[Payoff]

class AccountUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ACCOUNT_UNIT_UNSPECIFIED: _ClassVar[AccountUnit]
    ACCOUNT_UNIT_CURRENCY: _ClassVar[AccountUnit]
    ACCOUNT_UNIT_COIN: _ClassVar[AccountUnit]
    ACCOUNT_UNIT_CURRENCY_KEPT_IN_COIN: _ClassVar[AccountUnit]

class GreeksSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    GREEKS_SOURCE_UNSPECIFIED: _ClassVar[GreeksSource]
    GREEKS_SOURCE_COMPUTED: _ClassVar[GreeksSource]
    GREEKS_SOURCE_SOURCE: _ClassVar[GreeksSource]

class ForwardSource(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FORWARD_SOURCE_UNSPECIFIED: _ClassVar[ForwardSource]
    FORWARD_SOURCE_PARITY: _ClassVar[ForwardSource]
    FORWARD_SOURCE_CARRY: _ClassVar[ForwardSource]
    FORWARD_SOURCE_GIVEN: _ClassVar[ForwardSource]
    FORWARD_SOURCE_AMERICAN_PARITY: _ClassVar[ForwardSource]
RIGHT_UNSPECIFIED: Right
RIGHT_CALL: Right
RIGHT_PUT: Right
EXERCISE_UNSPECIFIED: Exercise
EXERCISE_EUROPEAN: Exercise
EXERCISE_AMERICAN: Exercise
SETTLEMENT_STYLE_UNSPECIFIED: SettlementStyle
SETTLEMENT_STYLE_AM: SettlementStyle
SETTLEMENT_STYLE_PM: SettlementStyle
SETTLEMENT_STYLE_UTC_0800: SettlementStyle
PAYOFF_UNSPECIFIED: Payoff
PAYOFF_LINEAR: Payoff
PAYOFF_INVERSE: Payoff
ACCOUNT_UNIT_UNSPECIFIED: AccountUnit
ACCOUNT_UNIT_CURRENCY: AccountUnit
ACCOUNT_UNIT_COIN: AccountUnit
ACCOUNT_UNIT_CURRENCY_KEPT_IN_COIN: AccountUnit
GREEKS_SOURCE_UNSPECIFIED: GreeksSource
GREEKS_SOURCE_COMPUTED: GreeksSource
GREEKS_SOURCE_SOURCE: GreeksSource
FORWARD_SOURCE_UNSPECIFIED: ForwardSource
FORWARD_SOURCE_PARITY: ForwardSource
FORWARD_SOURCE_CARRY: ForwardSource
FORWARD_SOURCE_GIVEN: ForwardSource
FORWARD_SOURCE_AMERICAN_PARITY: ForwardSource

class Expiry(_message.Message):
    __slots__ = ("root", "underlying", "expiry", "settlement", "settlement_style", "exercise", "payoff", "multiplier", "currency", "calendar", "adjusted", "quoted_after_close_minutes", "tick_from", "tick")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_STYLE_FIELD_NUMBER: _ClassVar[int]
    EXERCISE_FIELD_NUMBER: _ClassVar[int]
    PAYOFF_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    ADJUSTED_FIELD_NUMBER: _ClassVar[int]
    QUOTED_AFTER_CLOSE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    TICK_FROM_FIELD_NUMBER: _ClassVar[int]
    TICK_FIELD_NUMBER: _ClassVar[int]
    root: str
    underlying: str
    expiry: str
    settlement: _timestamp_pb2.Timestamp
    settlement_style: SettlementStyle
    exercise: Exercise
    payoff: Payoff
    multiplier: float
    currency: str
    calendar: str
    adjusted: bool
    quoted_after_close_minutes: int
    tick_from: _containers.RepeatedScalarFieldContainer[float]
    tick: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, root: _Optional[str] = ..., underlying: _Optional[str] = ..., expiry: _Optional[str] = ..., settlement: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., settlement_style: _Optional[_Union[SettlementStyle, str]] = ..., exercise: _Optional[_Union[Exercise, str]] = ..., payoff: _Optional[_Union[Payoff, str]] = ..., multiplier: _Optional[float] = ..., currency: _Optional[str] = ..., calendar: _Optional[str] = ..., adjusted: _Optional[bool] = ..., quoted_after_close_minutes: _Optional[int] = ..., tick_from: _Optional[_Iterable[float]] = ..., tick: _Optional[_Iterable[float]] = ...) -> None: ...

class ExpiryState(_message.Message):
    __slots__ = ("expiry", "settlement", "time_to_expiry", "forward", "discount_factor", "root", "settlement_style", "forward_lower", "forward_upper", "forward_source", "pair_count", "box_is_empty", "multiplier", "exercise", "payoff", "currency", "row_count", "open_interest", "variance_time_to_expiry", "is_certified", "vol_source", "surface_rung", "forward_standard_error", "implied_borrow_rate")
    EXPIRY_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_FIELD_NUMBER: _ClassVar[int]
    TIME_TO_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    FORWARD_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FACTOR_FIELD_NUMBER: _ClassVar[int]
    ROOT_FIELD_NUMBER: _ClassVar[int]
    SETTLEMENT_STYLE_FIELD_NUMBER: _ClassVar[int]
    FORWARD_LOWER_FIELD_NUMBER: _ClassVar[int]
    FORWARD_UPPER_FIELD_NUMBER: _ClassVar[int]
    FORWARD_SOURCE_FIELD_NUMBER: _ClassVar[int]
    PAIR_COUNT_FIELD_NUMBER: _ClassVar[int]
    BOX_IS_EMPTY_FIELD_NUMBER: _ClassVar[int]
    MULTIPLIER_FIELD_NUMBER: _ClassVar[int]
    EXERCISE_FIELD_NUMBER: _ClassVar[int]
    PAYOFF_FIELD_NUMBER: _ClassVar[int]
    CURRENCY_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    VARIANCE_TIME_TO_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    IS_CERTIFIED_FIELD_NUMBER: _ClassVar[int]
    VOL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    SURFACE_RUNG_FIELD_NUMBER: _ClassVar[int]
    FORWARD_STANDARD_ERROR_FIELD_NUMBER: _ClassVar[int]
    IMPLIED_BORROW_RATE_FIELD_NUMBER: _ClassVar[int]
    expiry: str
    settlement: _timestamp_pb2.Timestamp
    time_to_expiry: float
    forward: float
    discount_factor: float
    root: str
    settlement_style: SettlementStyle
    forward_lower: float
    forward_upper: float
    forward_source: ForwardSource
    pair_count: int
    box_is_empty: bool
    multiplier: float
    exercise: Exercise
    payoff: Payoff
    currency: str
    row_count: int
    open_interest: float
    variance_time_to_expiry: float
    is_certified: bool
    vol_source: str
    surface_rung: str
    forward_standard_error: float
    implied_borrow_rate: float
    def __init__(self, expiry: _Optional[str] = ..., settlement: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., time_to_expiry: _Optional[float] = ..., forward: _Optional[float] = ..., discount_factor: _Optional[float] = ..., root: _Optional[str] = ..., settlement_style: _Optional[_Union[SettlementStyle, str]] = ..., forward_lower: _Optional[float] = ..., forward_upper: _Optional[float] = ..., forward_source: _Optional[_Union[ForwardSource, str]] = ..., pair_count: _Optional[int] = ..., box_is_empty: _Optional[bool] = ..., multiplier: _Optional[float] = ..., exercise: _Optional[_Union[Exercise, str]] = ..., payoff: _Optional[_Union[Payoff, str]] = ..., currency: _Optional[str] = ..., row_count: _Optional[int] = ..., open_interest: _Optional[float] = ..., variance_time_to_expiry: _Optional[float] = ..., is_certified: _Optional[bool] = ..., vol_source: _Optional[str] = ..., surface_rung: _Optional[str] = ..., forward_standard_error: _Optional[float] = ..., implied_borrow_rate: _Optional[float] = ...) -> None: ...

class RejectCount(_message.Message):
    __slots__ = ("reason", "count", "open_interest", "drops_row")
    REASON_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    DROPS_ROW_FIELD_NUMBER: _ClassVar[int]
    reason: str
    count: int
    open_interest: float
    drops_row: bool
    def __init__(self, reason: _Optional[str] = ..., count: _Optional[int] = ..., open_interest: _Optional[float] = ..., drops_row: _Optional[bool] = ...) -> None: ...

class Staleness(_message.Message):
    __slots__ = ("is_stale", "reasons", "age_seconds", "oldest_quote_seconds", "spot_age_seconds", "quotes_age_seconds", "open_interest_age_seconds", "trades_age_seconds", "surface_age_seconds", "book_age_seconds", "oldest_instrument_seconds")
    IS_STALE_FIELD_NUMBER: _ClassVar[int]
    REASONS_FIELD_NUMBER: _ClassVar[int]
    AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    OLDEST_QUOTE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    SPOT_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    QUOTES_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    TRADES_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    SURFACE_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    BOOK_AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    OLDEST_INSTRUMENT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    is_stale: bool
    reasons: _containers.RepeatedScalarFieldContainer[str]
    age_seconds: float
    oldest_quote_seconds: float
    spot_age_seconds: float
    quotes_age_seconds: float
    open_interest_age_seconds: float
    trades_age_seconds: float
    surface_age_seconds: float
    book_age_seconds: float
    oldest_instrument_seconds: float
    def __init__(self, is_stale: _Optional[bool] = ..., reasons: _Optional[_Iterable[str]] = ..., age_seconds: _Optional[float] = ..., oldest_quote_seconds: _Optional[float] = ..., spot_age_seconds: _Optional[float] = ..., quotes_age_seconds: _Optional[float] = ..., open_interest_age_seconds: _Optional[float] = ..., trades_age_seconds: _Optional[float] = ..., surface_age_seconds: _Optional[float] = ..., book_age_seconds: _Optional[float] = ..., oldest_instrument_seconds: _Optional[float] = ...) -> None: ...

class Provenance(_message.Message):
    __slots__ = ("underlying", "as_of", "revision", "source", "open_interest_date", "row_count", "kept_row_count", "used_row_count", "open_interest", "used_open_interest", "positionings", "clock", "variance_clock", "vol_source", "discount_source", "greeks_source", "smile_dynamics", "skew_stickiness", "staleness", "version", "input_hash", "spot_as_of", "spot_source", "surface_model", "surface_is_certified", "gamma_kind", "exercise_model", "certified_expiry_count", "expiry_count", "unpriced_row_count", "unpriced_open_interest", "positioning_sources", "implied_dividends", "implied_spot", "warnings")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    AS_OF_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_DATE_FIELD_NUMBER: _ClassVar[int]
    ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    KEPT_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    USED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    USED_OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    POSITIONINGS_FIELD_NUMBER: _ClassVar[int]
    CLOCK_FIELD_NUMBER: _ClassVar[int]
    VARIANCE_CLOCK_FIELD_NUMBER: _ClassVar[int]
    VOL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_SOURCE_FIELD_NUMBER: _ClassVar[int]
    GREEKS_SOURCE_FIELD_NUMBER: _ClassVar[int]
    SMILE_DYNAMICS_FIELD_NUMBER: _ClassVar[int]
    SKEW_STICKINESS_FIELD_NUMBER: _ClassVar[int]
    STALENESS_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    INPUT_HASH_FIELD_NUMBER: _ClassVar[int]
    SPOT_AS_OF_FIELD_NUMBER: _ClassVar[int]
    SPOT_SOURCE_FIELD_NUMBER: _ClassVar[int]
    SURFACE_MODEL_FIELD_NUMBER: _ClassVar[int]
    SURFACE_IS_CERTIFIED_FIELD_NUMBER: _ClassVar[int]
    GAMMA_KIND_FIELD_NUMBER: _ClassVar[int]
    EXERCISE_MODEL_FIELD_NUMBER: _ClassVar[int]
    CERTIFIED_EXPIRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    UNPRICED_OPEN_INTEREST_FIELD_NUMBER: _ClassVar[int]
    POSITIONING_SOURCES_FIELD_NUMBER: _ClassVar[int]
    IMPLIED_DIVIDENDS_FIELD_NUMBER: _ClassVar[int]
    IMPLIED_SPOT_FIELD_NUMBER: _ClassVar[int]
    WARNINGS_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    as_of: _timestamp_pb2.Timestamp
    revision: int
    source: str
    open_interest_date: str
    row_count: int
    kept_row_count: int
    used_row_count: int
    open_interest: float
    used_open_interest: float
    positionings: _containers.RepeatedScalarFieldContainer[str]
    clock: str
    variance_clock: str
    vol_source: str
    discount_source: str
    greeks_source: GreeksSource
    smile_dynamics: str
    skew_stickiness: float
    staleness: Staleness
    version: str
    input_hash: str
    spot_as_of: _timestamp_pb2.Timestamp
    spot_source: str
    surface_model: str
    surface_is_certified: bool
    gamma_kind: str
    exercise_model: str
    certified_expiry_count: int
    expiry_count: int
    unpriced_row_count: int
    unpriced_open_interest: float
    positioning_sources: _containers.RepeatedCompositeFieldContainer[PositioningSource]
    implied_dividends: _containers.RepeatedCompositeFieldContainer[ImpliedDividend]
    implied_spot: float
    warnings: _containers.RepeatedCompositeFieldContainer[Warning]
    def __init__(self, underlying: _Optional[str] = ..., as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., source: _Optional[str] = ..., open_interest_date: _Optional[str] = ..., row_count: _Optional[int] = ..., kept_row_count: _Optional[int] = ..., used_row_count: _Optional[int] = ..., open_interest: _Optional[float] = ..., used_open_interest: _Optional[float] = ..., positionings: _Optional[_Iterable[str]] = ..., clock: _Optional[str] = ..., variance_clock: _Optional[str] = ..., vol_source: _Optional[str] = ..., discount_source: _Optional[str] = ..., greeks_source: _Optional[_Union[GreeksSource, str]] = ..., smile_dynamics: _Optional[str] = ..., skew_stickiness: _Optional[float] = ..., staleness: _Optional[_Union[Staleness, _Mapping]] = ..., version: _Optional[str] = ..., input_hash: _Optional[str] = ..., spot_as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., spot_source: _Optional[str] = ..., surface_model: _Optional[str] = ..., surface_is_certified: _Optional[bool] = ..., gamma_kind: _Optional[str] = ..., exercise_model: _Optional[str] = ..., certified_expiry_count: _Optional[int] = ..., expiry_count: _Optional[int] = ..., unpriced_row_count: _Optional[int] = ..., unpriced_open_interest: _Optional[float] = ..., positioning_sources: _Optional[_Iterable[_Union[PositioningSource, _Mapping]]] = ..., implied_dividends: _Optional[_Iterable[_Union[ImpliedDividend, _Mapping]]] = ..., implied_spot: _Optional[float] = ..., warnings: _Optional[_Iterable[_Union[Warning, _Mapping]]] = ...) -> None: ...

class PositioningSource(_message.Message):
    __slots__ = ("positioning", "model", "sign_error_probability", "sign_error_correlation", "unsigned_contract_count", "censored_row_count", "exchanges", "inventory_as_of")
    POSITIONING_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    SIGN_ERROR_PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    SIGN_ERROR_CORRELATION_FIELD_NUMBER: _ClassVar[int]
    UNSIGNED_CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    CENSORED_ROW_COUNT_FIELD_NUMBER: _ClassVar[int]
    EXCHANGES_FIELD_NUMBER: _ClassVar[int]
    INVENTORY_AS_OF_FIELD_NUMBER: _ClassVar[int]
    positioning: str
    model: str
    sign_error_probability: float
    sign_error_correlation: float
    unsigned_contract_count: float
    censored_row_count: int
    exchanges: _containers.RepeatedScalarFieldContainer[str]
    inventory_as_of: _timestamp_pb2.Timestamp
    def __init__(self, positioning: _Optional[str] = ..., model: _Optional[str] = ..., sign_error_probability: _Optional[float] = ..., sign_error_correlation: _Optional[float] = ..., unsigned_contract_count: _Optional[float] = ..., censored_row_count: _Optional[int] = ..., exchanges: _Optional[_Iterable[str]] = ..., inventory_as_of: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ImpliedDividend(_message.Message):
    __slots__ = ("time", "amount", "standard_error")
    TIME_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    STANDARD_ERROR_FIELD_NUMBER: _ClassVar[int]
    time: float
    amount: float
    standard_error: float
    def __init__(self, time: _Optional[float] = ..., amount: _Optional[float] = ..., standard_error: _Optional[float] = ...) -> None: ...

class Warning(_message.Message):
    __slots__ = ("reason", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...

class Dividend(_message.Message):
    __slots__ = ("ex_date", "amount", "is_announced")
    EX_DATE_FIELD_NUMBER: _ClassVar[int]
    AMOUNT_FIELD_NUMBER: _ClassVar[int]
    IS_ANNOUNCED_FIELD_NUMBER: _ClassVar[int]
    ex_date: str
    amount: float
    is_announced: bool
    def __init__(self, ex_date: _Optional[str] = ..., amount: _Optional[float] = ..., is_announced: _Optional[bool] = ...) -> None: ...

class Event(_message.Message):
    __slots__ = ("at", "name", "log_move")
    AT_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    LOG_MOVE_FIELD_NUMBER: _ClassVar[int]
    at: _timestamp_pb2.Timestamp
    name: str
    log_move: float
    def __init__(self, at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., name: _Optional[str] = ..., log_move: _Optional[float] = ...) -> None: ...

class DiscountCurve(_message.Message):
    __slots__ = ("time_to_expiry", "rate", "name")
    TIME_TO_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    RATE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    time_to_expiry: _containers.RepeatedScalarFieldContainer[float]
    rate: _containers.RepeatedScalarFieldContainer[float]
    name: str
    def __init__(self, time_to_expiry: _Optional[_Iterable[float]] = ..., rate: _Optional[_Iterable[float]] = ..., name: _Optional[str] = ...) -> None: ...

class GivenForward(_message.Message):
    __slots__ = ("root", "expiry", "forward", "discount_factor")
    ROOT_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_FIELD_NUMBER: _ClassVar[int]
    FORWARD_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FACTOR_FIELD_NUMBER: _ClassVar[int]
    root: str
    expiry: str
    forward: float
    discount_factor: float
    def __init__(self, root: _Optional[str] = ..., expiry: _Optional[str] = ..., forward: _Optional[float] = ..., discount_factor: _Optional[float] = ...) -> None: ...

class AnalysisSettings(_message.Message):
    __slots__ = ("rate", "discount_curve", "dividend_yield", "borrow_rate", "dividends", "forwards", "spot", "quote_age_limit_seconds", "vol_source", "variance_clock", "non_trading_day_weight", "events", "require_certified", "surface_model")
    RATE_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_CURVE_FIELD_NUMBER: _ClassVar[int]
    DIVIDEND_YIELD_FIELD_NUMBER: _ClassVar[int]
    BORROW_RATE_FIELD_NUMBER: _ClassVar[int]
    DIVIDENDS_FIELD_NUMBER: _ClassVar[int]
    FORWARDS_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    QUOTE_AGE_LIMIT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    VOL_SOURCE_FIELD_NUMBER: _ClassVar[int]
    VARIANCE_CLOCK_FIELD_NUMBER: _ClassVar[int]
    NON_TRADING_DAY_WEIGHT_FIELD_NUMBER: _ClassVar[int]
    EVENTS_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_CERTIFIED_FIELD_NUMBER: _ClassVar[int]
    SURFACE_MODEL_FIELD_NUMBER: _ClassVar[int]
    rate: float
    discount_curve: DiscountCurve
    dividend_yield: float
    borrow_rate: float
    dividends: _containers.RepeatedCompositeFieldContainer[Dividend]
    forwards: _containers.RepeatedCompositeFieldContainer[GivenForward]
    spot: float
    quote_age_limit_seconds: float
    vol_source: str
    variance_clock: str
    non_trading_day_weight: float
    events: _containers.RepeatedCompositeFieldContainer[Event]
    require_certified: bool
    surface_model: str
    def __init__(self, rate: _Optional[float] = ..., discount_curve: _Optional[_Union[DiscountCurve, _Mapping]] = ..., dividend_yield: _Optional[float] = ..., borrow_rate: _Optional[float] = ..., dividends: _Optional[_Iterable[_Union[Dividend, _Mapping]]] = ..., forwards: _Optional[_Iterable[_Union[GivenForward, _Mapping]]] = ..., spot: _Optional[float] = ..., quote_age_limit_seconds: _Optional[float] = ..., vol_source: _Optional[str] = ..., variance_clock: _Optional[str] = ..., non_trading_day_weight: _Optional[float] = ..., events: _Optional[_Iterable[_Union[Event, _Mapping]]] = ..., require_certified: _Optional[bool] = ..., surface_model: _Optional[str] = ...) -> None: ...

class SmileDynamics(_message.Message):
    __slots__ = ("name", "skew_stickiness", "vol_in_time", "skew_stickiness_by_expiry")
    NAME_FIELD_NUMBER: _ClassVar[int]
    SKEW_STICKINESS_FIELD_NUMBER: _ClassVar[int]
    VOL_IN_TIME_FIELD_NUMBER: _ClassVar[int]
    SKEW_STICKINESS_BY_EXPIRY_FIELD_NUMBER: _ClassVar[int]
    name: str
    skew_stickiness: float
    vol_in_time: str
    skew_stickiness_by_expiry: _containers.RepeatedScalarFieldContainer[float]
    def __init__(self, name: _Optional[str] = ..., skew_stickiness: _Optional[float] = ..., vol_in_time: _Optional[str] = ..., skew_stickiness_by_expiry: _Optional[_Iterable[float]] = ...) -> None: ...

class Uncertainty(_message.Message):
    __slots__ = ("mean", "standard_deviation", "standard_deviation_correlated", "probability_positive", "probability", "quantile", "unbiased_mean", "unbiased_standard_deviation")
    MEAN_FIELD_NUMBER: _ClassVar[int]
    STANDARD_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    STANDARD_DEVIATION_CORRELATED_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_POSITIVE_FIELD_NUMBER: _ClassVar[int]
    PROBABILITY_FIELD_NUMBER: _ClassVar[int]
    QUANTILE_FIELD_NUMBER: _ClassVar[int]
    UNBIASED_MEAN_FIELD_NUMBER: _ClassVar[int]
    UNBIASED_STANDARD_DEVIATION_FIELD_NUMBER: _ClassVar[int]
    mean: float
    standard_deviation: float
    standard_deviation_correlated: float
    probability_positive: float
    probability: _containers.RepeatedScalarFieldContainer[float]
    quantile: _containers.RepeatedScalarFieldContainer[float]
    unbiased_mean: float
    unbiased_standard_deviation: float
    def __init__(self, mean: _Optional[float] = ..., standard_deviation: _Optional[float] = ..., standard_deviation_correlated: _Optional[float] = ..., probability_positive: _Optional[float] = ..., probability: _Optional[_Iterable[float]] = ..., quantile: _Optional[_Iterable[float]] = ..., unbiased_mean: _Optional[float] = ..., unbiased_standard_deviation: _Optional[float] = ...) -> None: ...
