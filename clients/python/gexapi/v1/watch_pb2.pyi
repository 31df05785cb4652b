from gexapi.v1 import exposure_pb2 as _exposure_pb2
from gexapi.v1 import risk_pb2 as _risk_pb2
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class WatchRequest(_message.Message):
    __slots__ = ("exposure", "risk", "cancel", "heartbeat_seconds")
    EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    CANCEL_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_SECONDS_FIELD_NUMBER: _ClassVar[int]
    exposure: _exposure_pb2.ExposureWatch
    risk: RiskWatch
    cancel: str
    heartbeat_seconds: float
    def __init__(self, exposure: _Optional[_Union[_exposure_pb2.ExposureWatch, _Mapping]] = ..., risk: _Optional[_Union[RiskWatch, _Mapping]] = ..., cancel: _Optional[str] = ..., heartbeat_seconds: _Optional[float] = ...) -> None: ...

class RiskWatch(_message.Message):
    __slots__ = ("watch_id", "watch")
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    WATCH_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    watch: _risk_pb2.WatchRiskRequest
    def __init__(self, watch_id: _Optional[str] = ..., watch: _Optional[_Union[_risk_pb2.WatchRiskRequest, _Mapping]] = ...) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ("watch_id", "exposure", "risk", "end")
    WATCH_ID_FIELD_NUMBER: _ClassVar[int]
    EXPOSURE_FIELD_NUMBER: _ClassVar[int]
    RISK_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    watch_id: str
    exposure: _exposure_pb2.WatchExposureResponse
    risk: _risk_pb2.WatchRiskResponse
    end: WatchEnd
    def __init__(self, watch_id: _Optional[str] = ..., exposure: _Optional[_Union[_exposure_pb2.WatchExposureResponse, _Mapping]] = ..., risk: _Optional[_Union[_risk_pb2.WatchRiskResponse, _Mapping]] = ..., end: _Optional[_Union[WatchEnd, _Mapping]] = ...) -> None: ...

class WatchEnd(_message.Message):
    __slots__ = ("reason", "message")
    REASON_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    reason: str
    message: str
    def __init__(self, reason: _Optional[str] = ..., message: _Optional[str] = ...) -> None: ...
