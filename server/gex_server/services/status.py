"""StatusService: how this process does, for those who run it."""

import os
from importlib.metadata import version
from pathlib import Path

import numpy as np
from gexapi.v1 import chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, status_pb2, watch_pb2

from gex_server.call_load import call_loads
from gex_server.services.calls import Call
from gex_server.services.runtime import Runtime
from gex_server.wire.instants import instant_to_proto

STREAMS = {
    f"{service.name}.{method.name}"
    for file in (chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, watch_pb2)
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
    if method.server_streaming
}


class StatusService:
    """The calls of StatusService."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    async def get_status(self, _request: status_pb2.GetStatusRequest, _call: Call) -> status_pb2.GetStatusResponse:
        """How this process does; a shard adds the others on the way out (`peers.statuses`)."""
        response = status_pb2.GetStatusResponse()
        process_status(self._runtime, response.processes.add())
        return response


def process_status(runtime: Runtime, target: status_pb2.ProcessStatus) -> None:
    """Write how this process does."""
    settings, pool, health = runtime.settings, runtime.pool, runtime.state.health()
    target.shard, target.shard_count = settings.shard, settings.shard_count
    target.version, target.process_id = version("gex"), os.getpid()
    instant_to_proto(np.datetime64(int(runtime.started_at * 1e9), "ns"), target.started_at)
    instant_to_proto(runtime.now(), target.at)
    target.is_serving = runtime.metrics.registry.get_sample_value("gex_serving") == 1.0
    resident = resident_bytes()
    if resident is not None:
        target.resident_bytes = resident
    target.core_count = settings.cores
    target.kernel_job_count, target.kernel_job_limit = pool.admitted_count, settings.waiting_limit
    target.underlying_count = len(runtime.store.values())
    target.book_count = len(runtime.books.values())
    target.hedge_count = len(runtime.hedges)
    target.update_client_count = len(runtime.clients)
    target.durability = settings.durability if health.is_kept else "memory"
    target.state_failure, target.state_failed_seconds = health.failure, health.failed_seconds
    target.state_waiting_count, target.state_bytes = health.waiting_count, health.size
    if "audit" in runtime.__dict__:
        target.audit = runtime.audit.kind
    for call, load in call_loads(runtime.metrics).items():
        entry = target.calls.add(
            call=call,
            count=load.count,
            failed_count=load.failed_count,
            shed_count=load.shed_count,
            in_flight=load.in_flight,
        )
        median, p99 = load.quantile(0.5), load.quantile(0.99)
        if call not in STREAMS and median is not None:
            entry.median_seconds = median
        if call not in STREAMS and p99 is not None:
            entry.p99_seconds = p99


def resident_bytes() -> int | None:
    """Memory that this process holds; None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")
