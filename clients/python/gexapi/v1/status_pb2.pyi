import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetStatusRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetStatusResponse(_message.Message):
    __slots__ = ("processes",)
    PROCESSES_FIELD_NUMBER: _ClassVar[int]
    processes: _containers.RepeatedCompositeFieldContainer[ProcessStatus]
    def __init__(self, processes: _Optional[_Iterable[_Union[ProcessStatus, _Mapping]]] = ...) -> None: ...

class ProcessStatus(_message.Message):
    __slots__ = ("shard", "shard_count", "failure", "version", "process_id", "started_at", "at", "is_serving", "resident_bytes", "core_count", "kernel_job_count", "kernel_job_limit", "underlying_count", "book_count", "hedge_count", "update_client_count", "durability", "state_failure", "state_failed_seconds", "state_waiting_count", "state_bytes", "audit", "calls")
    SHARD_FIELD_NUMBER: _ClassVar[int]
    SHARD_COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILURE_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PROCESS_ID_FIELD_NUMBER: _ClassVar[int]
    STARTED_AT_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    IS_SERVING_FIELD_NUMBER: _ClassVar[int]
    RESIDENT_BYTES_FIELD_NUMBER: _ClassVar[int]
    CORE_COUNT_FIELD_NUMBER: _ClassVar[int]
    KERNEL_JOB_COUNT_FIELD_NUMBER: _ClassVar[int]
    KERNEL_JOB_LIMIT_FIELD_NUMBER: _ClassVar[int]
    UNDERLYING_COUNT_FIELD_NUMBER: _ClassVar[int]
    BOOK_COUNT_FIELD_NUMBER: _ClassVar[int]
    HEDGE_COUNT_FIELD_NUMBER: _ClassVar[int]
    UPDATE_CLIENT_COUNT_FIELD_NUMBER: _ClassVar[int]
    DURABILITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FAILURE_FIELD_NUMBER: _ClassVar[int]
    STATE_FAILED_SECONDS_FIELD_NUMBER: _ClassVar[int]
    STATE_WAITING_COUNT_FIELD_NUMBER: _ClassVar[int]
    STATE_BYTES_FIELD_NUMBER: _ClassVar[int]
    AUDIT_FIELD_NUMBER: _ClassVar[int]
    CALLS_FIELD_NUMBER: _ClassVar[int]
    shard: int
    shard_count: int
    failure: str
    version: str
    process_id: int
    started_at: _timestamp_pb2.Timestamp
    at: _timestamp_pb2.Timestamp
    is_serving: bool
    resident_bytes: int
    core_count: int
    kernel_job_count: int
    kernel_job_limit: int
    underlying_count: int
    book_count: int
    hedge_count: int
    update_client_count: int
    durability: str
    state_failure: str
    state_failed_seconds: float
    state_waiting_count: int
    state_bytes: int
    audit: str
    calls: _containers.RepeatedCompositeFieldContainer[CallLoad]
    def __init__(self, shard: _Optional[int] = ..., shard_count: _Optional[int] = ..., failure: _Optional[str] = ..., version: _Optional[str] = ..., process_id: _Optional[int] = ..., started_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., is_serving: _Optional[bool] = ..., resident_bytes: _Optional[int] = ..., core_count: _Optional[int] = ..., kernel_job_count: _Optional[int] = ..., kernel_job_limit: _Optional[int] = ..., underlying_count: _Optional[int] = ..., book_count: _Optional[int] = ..., hedge_count: _Optional[int] = ..., update_client_count: _Optional[int] = ..., durability: _Optional[str] = ..., state_failure: _Optional[str] = ..., state_failed_seconds: _Optional[float] = ..., state_waiting_count: _Optional[int] = ..., state_bytes: _Optional[int] = ..., audit: _Optional[str] = ..., calls: _Optional[_Iterable[_Union[CallLoad, _Mapping]]] = ...) -> None: ...

class CallLoad(_message.Message):
    __slots__ = ("call", "count", "failed_count", "shed_count", "in_flight", "median_seconds", "p99_seconds")
    CALL_FIELD_NUMBER: _ClassVar[int]
    COUNT_FIELD_NUMBER: _ClassVar[int]
    FAILED_COUNT_FIELD_NUMBER: _ClassVar[int]
    SHED_COUNT_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_FIELD_NUMBER: _ClassVar[int]
    MEDIAN_SECONDS_FIELD_NUMBER: _ClassVar[int]
    P99_SECONDS_FIELD_NUMBER: _ClassVar[int]
    call: str
    count: int
    failed_count: int
    shed_count: int
    in_flight: int
    median_seconds: float
    p99_seconds: float
    def __init__(self, call: _Optional[str] = ..., count: _Optional[int] = ..., failed_count: _Optional[int] = ..., shed_count: _Optional[int] = ..., in_flight: _Optional[int] = ..., median_seconds: _Optional[float] = ..., p99_seconds: _Optional[float] = ...) -> None: ...
