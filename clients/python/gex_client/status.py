"""How a server does, as values."""

import numpy as np
from gexapi.v1 import status_pb2

from gex_client.view import View


class CallLoad(View, of=status_pb2.CallLoad):
    """What the calls of one method come to since the process was started; times are seconds."""

    __slots__ = ()

    call: str
    count: int
    failed_count: int
    shed_count: int
    in_flight: int
    median_seconds: float | None
    p99_seconds: float | None


class ProcessStatus(View, of=status_pb2.ProcessStatus):
    """How one process of a server does; where `failure` is not "" nothing but its shard is known."""

    __slots__ = ()

    shard: int
    shard_count: int
    failure: str
    version: str
    process_id: int
    started_at: np.datetime64 | None
    at: np.datetime64 | None
    is_serving: bool
    resident_bytes: int | None
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
    calls: tuple[CallLoad, ...]


class ServerStatus(View, of=status_pb2.GetStatusResponse):
    """How a server does: one process a shard."""

    __slots__ = ()

    processes: tuple[ProcessStatus, ...]

    @property
    def is_well(self) -> bool:
        """True where every process answers and serves, and what it acknowledges is as safe as it promises."""
        return all(one.is_serving and not one.failure and not one.state_failure for one in self.processes)
