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

class VolStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VOL_STATUS_UNSPECIFIED: _ClassVar[VolStatus]
    VOL_STATUS_OK: _ClassVar[VolStatus]
    VOL_STATUS_BELOW_INTRINSIC: _ClassVar[VolStatus]
    VOL_STATUS_ABOVE_MAXIMUM: _ClassVar[VolStatus]
    VOL_STATUS_NO_TIME: _ClassVar[VolStatus]
    VOL_STATUS_BAD_INPUT: _ClassVar[VolStatus]
    VOL_STATUS_NO_QUOTE: _ClassVar[VolStatus]
    VOL_STATUS_NO_FORWARD: _ClassVar[VolStatus]
    VOL_STATUS_AT_INTRINSIC: _ClassVar[VolStatus]
    VOL_STATUS_ONE_SIDED: _ClassVar[VolStatus]
    VOL_STATUS_NO_CONVERGENCE: _ClassVar[VolStatus]
VOL_STATUS_UNSPECIFIED: VolStatus
VOL_STATUS_OK: VolStatus
VOL_STATUS_BELOW_INTRINSIC: VolStatus
VOL_STATUS_ABOVE_MAXIMUM: VolStatus
VOL_STATUS_NO_TIME: VolStatus
VOL_STATUS_BAD_INPUT: VolStatus
VOL_STATUS_NO_QUOTE: VolStatus
VOL_STATUS_NO_FORWARD: VolStatus
VOL_STATUS_AT_INTRINSIC: VolStatus
VOL_STATUS_ONE_SIDED: VolStatus
VOL_STATUS_NO_CONVERGENCE: VolStatus

class ComputeVolsRequest(_message.Message):
    __slots__ = ("chain", "underlying", "settings")
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    chain: _chain_pb2.Chain
    underlying: str
    settings: _common_pb2.AnalysisSettings
    def __init__(self, chain: _Optional[_Union[_chain_pb2.Chain, _Mapping]] = ..., underlying: _Optional[str] = ..., settings: _Optional[_Union[_common_pb2.AnalysisSettings, _Mapping]] = ...) -> None: ...

class ComputeVolsResponse(_message.Message):
    __slots__ = ("underlying", "spot", "revision", "expiries", "options", "rejects", "provenance")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    spot: float
    revision: int
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.ExpiryState]
    options: OptionVols
    rejects: _containers.RepeatedCompositeFieldContainer[_common_pb2.RejectCount]
    provenance: _common_pb2.Provenance
    def __init__(self, underlying: _Optional[str] = ..., spot: _Optional[float] = ..., revision: _Optional[int] = ..., expiries: _Optional[_Iterable[_Union[_common_pb2.ExpiryState, _Mapping]]] = ..., options: _Optional[_Union[OptionVols, _Mapping]] = ..., rejects: _Optional[_Iterable[_Union[_common_pb2.RejectCount, _Mapping]]] = ..., provenance: _Optional[_Union[_common_pb2.Provenance, _Mapping]] = ...) -> None: ...

class OptionVols(_message.Message):
    __slots__ = ("expiry", "expiry_index", "strike", "right", "bid_vol", "mid_vol", "ask_vol", "status", "price", "delta", "gamma", "vega", "theta", "rho", "vanna", "charm", "volga", "speed", "zomma", "color", "ultima", "vol", "row")
    EXPIRY_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_FIELD_NUMBER: _ClassVar[int]
    BID_VOL_FIELD_NUMBER: _ClassVar[int]
    MID_VOL_FIELD_NUMBER: _ClassVar[int]
    ASK_VOL_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    PRICE_FIELD_NUMBER: _ClassVar[int]
    DELTA_FIELD_NUMBER: _ClassVar[int]
    GAMMA_FIELD_NUMBER: _ClassVar[int]
    VEGA_FIELD_NUMBER: _ClassVar[int]
    THETA_FIELD_NUMBER: _ClassVar[int]
    RHO_FIELD_NUMBER: _ClassVar[int]
    VANNA_FIELD_NUMBER: _ClassVar[int]
    CHARM_FIELD_NUMBER: _ClassVar[int]
    VOLGA_FIELD_NUMBER: _ClassVar[int]
    SPEED_FIELD_NUMBER: _ClassVar[int]
    ZOMMA_FIELD_NUMBER: _ClassVar[int]
    COLOR_FIELD_NUMBER: _ClassVar[int]
    ULTIMA_FIELD_NUMBER: _ClassVar[int]
    VOL_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    expiry: _containers.RepeatedScalarFieldContainer[str]
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    strike: _containers.RepeatedScalarFieldContainer[float]
    right: _containers.RepeatedScalarFieldContainer[_common_pb2.Right]
    bid_vol: _containers.RepeatedScalarFieldContainer[float]
    mid_vol: _containers.RepeatedScalarFieldContainer[float]
    ask_vol: _containers.RepeatedScalarFieldContainer[float]
    status: _containers.RepeatedScalarFieldContainer[VolStatus]
    price: _containers.RepeatedScalarFieldContainer[float]
    delta: _containers.RepeatedScalarFieldContainer[float]
    gamma: _containers.RepeatedScalarFieldContainer[float]
    vega: _containers.RepeatedScalarFieldContainer[float]
    theta: _containers.RepeatedScalarFieldContainer[float]
    rho: _containers.RepeatedScalarFieldContainer[float]
    vanna: _containers.RepeatedScalarFieldContainer[float]
    charm: _containers.RepeatedScalarFieldContainer[float]
    volga: _containers.RepeatedScalarFieldContainer[float]
    speed: _containers.RepeatedScalarFieldContainer[float]
    zomma: _containers.RepeatedScalarFieldContainer[float]
    color: _containers.RepeatedScalarFieldContainer[float]
    ultima: _containers.RepeatedScalarFieldContainer[float]
    vol: _containers.RepeatedScalarFieldContainer[float]
    row: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, expiry: _Optional[_Iterable[str]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., strike: _Optional[_Iterable[float]] = ..., right: _Optional[_Iterable[_Union[_common_pb2.Right, str]]] = ..., bid_vol: _Optional[_Iterable[float]] = ..., mid_vol: _Optional[_Iterable[float]] = ..., ask_vol: _Optional[_Iterable[float]] = ..., status: _Optional[_Iterable[_Union[VolStatus, str]]] = ..., price: _Optional[_Iterable[float]] = ..., delta: _Optional[_Iterable[float]] = ..., gamma: _Optional[_Iterable[float]] = ..., vega: _Optional[_Iterable[float]] = ..., theta: _Optional[_Iterable[float]] = ..., rho: _Optional[_Iterable[float]] = ..., vanna: _Optional[_Iterable[float]] = ..., charm: _Optional[_Iterable[float]] = ..., volga: _Optional[_Iterable[float]] = ..., speed: _Optional[_Iterable[float]] = ..., zomma: _Optional[_Iterable[float]] = ..., color: _Optional[_Iterable[float]] = ..., ultima: _Optional[_Iterable[float]] = ..., vol: _Optional[_Iterable[float]] = ..., row: _Optional[_Iterable[int]] = ...) -> None: ...

class GetSurfaceRequest(_message.Message):
    __slots__ = ("chain", "underlying", "settings", "model", "check_quotes")
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    CHECK_QUOTES_FIELD_NUMBER: _ClassVar[int]
    chain: _chain_pb2.Chain
    underlying: str
    settings: _common_pb2.AnalysisSettings
    model: str
    check_quotes: bool
    def __init__(self, chain: _Optional[_Union[_chain_pb2.Chain, _Mapping]] = ..., underlying: _Optional[str] = ..., settings: _Optional[_Union[_common_pb2.AnalysisSettings, _Mapping]] = ..., model: _Optional[str] = ..., check_quotes: _Optional[bool] = ...) -> None: ...

class GetSurfaceResponse(_message.Message):
    __slots__ = ("underlying", "spot", "revision", "expiries", "slices", "quote_arbitrages", "quality", "is_certified", "rejects", "provenance", "quote_repairs")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SPOT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    EXPIRIES_FIELD_NUMBER: _ClassVar[int]
    SLICES_FIELD_NUMBER: _ClassVar[int]
    QUOTE_ARBITRAGES_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    IS_CERTIFIED_FIELD_NUMBER: _ClassVar[int]
    REJECTS_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    QUOTE_REPAIRS_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    spot: float
    revision: int
    expiries: _containers.RepeatedCompositeFieldContainer[_common_pb2.ExpiryState]
    slices: _containers.RepeatedCompositeFieldContainer[SurfaceSlice]
    quote_arbitrages: _containers.RepeatedCompositeFieldContainer[QuoteArbitrage]
    quality: FitQuality
    is_certified: bool
    rejects: _containers.RepeatedCompositeFieldContainer[_common_pb2.RejectCount]
    provenance: _common_pb2.Provenance
    quote_repairs: _containers.RepeatedCompositeFieldContainer[QuoteRepair]
    def __init__(self, underlying: _Optional[str] = ..., spot: _Optional[float] = ..., revision: _Optional[int] = ..., expiries: _Optional[_Iterable[_Union[_common_pb2.ExpiryState, _Mapping]]] = ..., slices: _Optional[_Iterable[_Union[SurfaceSlice, _Mapping]]] = ..., quote_arbitrages: _Optional[_Iterable[_Union[QuoteArbitrage, _Mapping]]] = ..., quality: _Optional[_Union[FitQuality, _Mapping]] = ..., is_certified: _Optional[bool] = ..., rejects: _Optional[_Iterable[_Union[_common_pb2.RejectCount, _Mapping]]] = ..., provenance: _Optional[_Union[_common_pb2.Provenance, _Mapping]] = ..., quote_repairs: _Optional[_Iterable[_Union[QuoteRepair, _Mapping]]] = ...) -> None: ...

class SurfaceSlice(_message.Message):
    __slots__ = ("expiry_index", "model", "knot", "coefficient", "left_slope", "right_slope", "at_the_money_total_variance", "at_the_money_vol", "at_the_money_skew", "at_the_money_curvature", "at_the_money_vol_error", "parameters", "certificate", "quality", "fitted_at", "flags", "blend", "violation", "age_seconds")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    MODEL_FIELD_NUMBER: _ClassVar[int]
    KNOT_FIELD_NUMBER: _ClassVar[int]
    COEFFICIENT_FIELD_NUMBER: _ClassVar[int]
    LEFT_SLOPE_FIELD_NUMBER: _ClassVar[int]
    RIGHT_SLOPE_FIELD_NUMBER: _ClassVar[int]
    AT_THE_MONEY_TOTAL_VARIANCE_FIELD_NUMBER: _ClassVar[int]
    AT_THE_MONEY_VOL_FIELD_NUMBER: _ClassVar[int]
    AT_THE_MONEY_SKEW_FIELD_NUMBER: _ClassVar[int]
    AT_THE_MONEY_CURVATURE_FIELD_NUMBER: _ClassVar[int]
    AT_THE_MONEY_VOL_ERROR_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    CERTIFICATE_FIELD_NUMBER: _ClassVar[int]
    QUALITY_FIELD_NUMBER: _ClassVar[int]
    FITTED_AT_FIELD_NUMBER: _ClassVar[int]
    FLAGS_FIELD_NUMBER: _ClassVar[int]
    BLEND_FIELD_NUMBER: _ClassVar[int]
    VIOLATION_FIELD_NUMBER: _ClassVar[int]
    AGE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    expiry_index: int
    model: str
    knot: _containers.RepeatedScalarFieldContainer[float]
    coefficient: _containers.RepeatedScalarFieldContainer[float]
    left_slope: float
    right_slope: float
    at_the_money_total_variance: float
    at_the_money_vol: float
    at_the_money_skew: float
    at_the_money_curvature: float
    at_the_money_vol_error: float
    parameters: _containers.ScalarMap[str, float]
    certificate: SurfaceCertificate
    quality: FitQuality
    fitted_at: _timestamp_pb2.Timestamp
    flags: _containers.RepeatedScalarFieldContainer[str]
    blend: float
    violation: float
    age_seconds: float
    def __init__(self, expiry_index: _Optional[int] = ..., model: _Optional[str] = ..., knot: _Optional[_Iterable[float]] = ..., coefficient: _Optional[_Iterable[float]] = ..., left_slope: _Optional[float] = ..., right_slope: _Optional[float] = ..., at_the_money_total_variance: _Optional[float] = ..., at_the_money_vol: _Optional[float] = ..., at_the_money_skew: _Optional[float] = ..., at_the_money_curvature: _Optional[float] = ..., at_the_money_vol_error: _Optional[float] = ..., parameters: _Optional[_Mapping[str, float]] = ..., certificate: _Optional[_Union[SurfaceCertificate, _Mapping]] = ..., quality: _Optional[_Union[FitQuality, _Mapping]] = ..., fitted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., flags: _Optional[_Iterable[str]] = ..., blend: _Optional[float] = ..., violation: _Optional[float] = ..., age_seconds: _Optional[float] = ...) -> None: ...

class SurfaceCertificate(_message.Message):
    __slots__ = ("is_certified", "butterfly_margin", "calendar_margin", "rung", "failures", "calendar_gap")
    IS_CERTIFIED_FIELD_NUMBER: _ClassVar[int]
    BUTTERFLY_MARGIN_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_MARGIN_FIELD_NUMBER: _ClassVar[int]
    RUNG_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_GAP_FIELD_NUMBER: _ClassVar[int]
    is_certified: bool
    butterfly_margin: float
    calendar_margin: float
    rung: str
    failures: _containers.RepeatedScalarFieldContainer[str]
    calendar_gap: float
    def __init__(self, is_certified: _Optional[bool] = ..., butterfly_margin: _Optional[float] = ..., calendar_margin: _Optional[float] = ..., rung: _Optional[str] = ..., failures: _Optional[_Iterable[str]] = ..., calendar_gap: _Optional[float] = ...) -> None: ...

class FitQuality(_message.Message):
    __slots__ = ("quote_count", "inside_share", "median_error_vol_bp", "rms_error_vol_bp", "chi", "iteration_count")
    QUOTE_COUNT_FIELD_NUMBER: _ClassVar[int]
    INSIDE_SHARE_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_ERROR_VOL_BP_FIELD_NUMBER: _ClassVar[int]
    RMS_ERROR_VOL_BP_FIELD_NUMBER: _ClassVar[int]
    CHI_FIELD_NUMBER: _ClassVar[int]
    ITERATION_COUNT_FIELD_NUMBER: _ClassVar[int]
    quote_count: int
    inside_share: float
    median_error_vol_bp: float
    rms_error_vol_bp: float
    chi: float
    iteration_count: int
    def __init__(self, quote_count: _Optional[int] = ..., inside_share: _Optional[float] = ..., median_error_vol_bp: _Optional[float] = ..., rms_error_vol_bp: _Optional[float] = ..., chi: _Optional[float] = ..., iteration_count: _Optional[int] = ...) -> None: ...

class QuoteArbitrage(_message.Message):
    __slots__ = ("kind", "row", "contract_count", "profit", "repair", "option")
    KIND_FIELD_NUMBER: _ClassVar[int]
    ROW_FIELD_NUMBER: _ClassVar[int]
    CONTRACT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROFIT_FIELD_NUMBER: _ClassVar[int]
    REPAIR_FIELD_NUMBER: _ClassVar[int]
    OPTION_FIELD_NUMBER: _ClassVar[int]
    kind: str
    row: _containers.RepeatedScalarFieldContainer[int]
    contract_count: _containers.RepeatedScalarFieldContainer[float]
    profit: float
    repair: _containers.RepeatedScalarFieldContainer[float]
    option: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, kind: _Optional[str] = ..., row: _Optional[_Iterable[int]] = ..., contract_count: _Optional[_Iterable[float]] = ..., profit: _Optional[float] = ..., repair: _Optional[_Iterable[float]] = ..., option: _Optional[_Iterable[str]] = ...) -> None: ...

class QuoteRepair(_message.Message):
    __slots__ = ("row", "is_bid", "quoted_vol", "repaired_vol", "expiry_index", "option")
    ROW_FIELD_NUMBER: _ClassVar[int]
    IS_BID_FIELD_NUMBER: _ClassVar[int]
    QUOTED_VOL_FIELD_NUMBER: _ClassVar[int]
    REPAIRED_VOL_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    OPTION_FIELD_NUMBER: _ClassVar[int]
    row: int
    is_bid: bool
    quoted_vol: float
    repaired_vol: float
    expiry_index: int
    option: str
    def __init__(self, row: _Optional[int] = ..., is_bid: _Optional[bool] = ..., quoted_vol: _Optional[float] = ..., repaired_vol: _Optional[float] = ..., expiry_index: _Optional[int] = ..., option: _Optional[str] = ...) -> None: ...

class EvaluateVolsRequest(_message.Message):
    __slots__ = ("chain", "underlying", "settings", "expiry_index", "at", "log_moneyness", "strike", "with_vol_error")
    CHAIN_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    SETTINGS_FIELD_NUMBER: _ClassVar[int]
    EXPIRY_INDEX_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    LOG_MONEYNESS_FIELD_NUMBER: _ClassVar[int]
    STRIKE_FIELD_NUMBER: _ClassVar[int]
    WITH_VOL_ERROR_FIELD_NUMBER: _ClassVar[int]
    chain: _chain_pb2.Chain
    underlying: str
    settings: _common_pb2.AnalysisSettings
    expiry_index: _containers.RepeatedScalarFieldContainer[int]
    at: _containers.RepeatedScalarFieldContainer[int]
    log_moneyness: _containers.RepeatedScalarFieldContainer[float]
    strike: _containers.RepeatedScalarFieldContainer[float]
    with_vol_error: bool
    def __init__(self, chain: _Optional[_Union[_chain_pb2.Chain, _Mapping]] = ..., underlying: _Optional[str] = ..., settings: _Optional[_Union[_common_pb2.AnalysisSettings, _Mapping]] = ..., expiry_index: _Optional[_Iterable[int]] = ..., at: _Optional[_Iterable[int]] = ..., log_moneyness: _Optional[_Iterable[float]] = ..., strike: _Optional[_Iterable[float]] = ..., with_vol_error: _Optional[bool] = ...) -> None: ...

class EvaluateVolsResponse(_message.Message):
    __slots__ = ("underlying", "revision", "vol", "total_variance", "vol_slope", "vol_curvature", "forward", "discount_factor", "is_certified", "vol_error", "provenance")
    UNDERLYING_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    VOL_FIELD_NUMBER: _ClassVar[int]
    TOTAL_VARIANCE_FIELD_NUMBER: _ClassVar[int]
    VOL_SLOPE_FIELD_NUMBER: _ClassVar[int]
    VOL_CURVATURE_FIELD_NUMBER: _ClassVar[int]
    FORWARD_FIELD_NUMBER: _ClassVar[int]
    DISCOUNT_FACTOR_FIELD_NUMBER: _ClassVar[int]
    IS_CERTIFIED_FIELD_NUMBER: _ClassVar[int]
    VOL_ERROR_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    underlying: str
    revision: int
    vol: _containers.RepeatedScalarFieldContainer[float]
    total_variance: _containers.RepeatedScalarFieldContainer[float]
    vol_slope: _containers.RepeatedScalarFieldContainer[float]
    vol_curvature: _containers.RepeatedScalarFieldContainer[float]
    forward: _containers.RepeatedScalarFieldContainer[float]
    discount_factor: _containers.RepeatedScalarFieldContainer[float]
    is_certified: bool
    vol_error: _containers.RepeatedScalarFieldContainer[float]
    provenance: _common_pb2.Provenance
    def __init__(self, underlying: _Optional[str] = ..., revision: _Optional[int] = ..., vol: _Optional[_Iterable[float]] = ..., total_variance: _Optional[_Iterable[float]] = ..., vol_slope: _Optional[_Iterable[float]] = ..., vol_curvature: _Optional[_Iterable[float]] = ..., forward: _Optional[_Iterable[float]] = ..., discount_factor: _Optional[_Iterable[float]] = ..., is_certified: _Optional[bool] = ..., vol_error: _Optional[_Iterable[float]] = ..., provenance: _Optional[_Union[_common_pb2.Provenance, _Mapping]] = ...) -> None: ...
