"""One server process: start, serve, drain.

    python -m gex_server.main        settings from the environment, GEX_PORT=50051 and so on

Health says NOT_SERVING until every kernel is warm. SIGTERM (or SIGINT): NOT_SERVING, `drain_delay_seconds` in which
calls are still taken, then no new ones, and `grace_seconds` for those in work. The exit code is 0.
"""

import asyncio
import logging
import signal
import sys
from typing import Any

import grpc
import structlog
from gexapi.v1 import chain_pb2, exposure_pb2, hedge_pb2, risk_pb2, surface_pb2
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from pydantic import ValidationError

from gex_server.health import Health, warm_up
from gex_server.malloc import keep_large_blocks
from gex_server.services.calls import service_handler
from gex_server.services.chain import ChainService
from gex_server.services.exposure import ExposureService
from gex_server.services.hedge import HedgeService
from gex_server.services.risk import RiskService
from gex_server.services.runtime import Runtime
from gex_server.services.surface import SurfaceService
from gex_server.settings import MEBIBYTE, Settings

HOLD_SECONDS = 0.05

log = structlog.get_logger("gex_server")


def services(runtime: Runtime) -> dict[ServiceDescriptor, object]:
    """Every service of the contract with the object that answers its calls."""
    return {
        chain_pb2.DESCRIPTOR.services_by_name["ChainService"]: ChainService(runtime),
        surface_pb2.DESCRIPTOR.services_by_name["SurfaceService"]: SurfaceService(runtime),
        exposure_pb2.DESCRIPTOR.services_by_name["ExposureService"]: ExposureService(runtime),
        risk_pb2.DESCRIPTOR.services_by_name["RiskService"]: RiskService(runtime),
        hedge_pb2.DESCRIPTOR.services_by_name["HedgeService"]: HedgeService(runtime),
    }


def channel_options(settings: Settings) -> list[tuple[str, Any]]:
    """The gRPC options of the server."""
    size = settings.max_message_mebibytes * MEBIBYTE
    return [
        ("grpc.max_receive_message_length", size),
        ("grpc.max_send_message_length", size),
        ("grpc.so_reuseport", 0),  # a second server on the port is told so, instead of sharing it in silence
        ("grpc.keepalive_time_ms", 30_000),
        ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
        ("grpc.max_concurrent_streams", 1_000),
    ]


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    ending = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ending.set)
    runtime = Runtime.of(settings)
    server = grpc.aio.server(options=channel_options(settings), maximum_concurrent_rpcs=settings.max_calls)
    table = services(runtime)
    names = [service.full_name for service in table]
    for service, implementation in table.items():
        handler = service_handler(
            service,
            implementation,
            runtime.admission,
            default_deadline_seconds=settings.default_deadline_seconds,
            refuse_if_late=runtime.pool.refuse_if_late,
        )
        server.add_generic_rpc_handlers((handler,))
    state = Health(names)
    health_pb2_grpc.add_HealthServicer_to_server(state.servicer, server)
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)

    await state.set(is_serving=False)
    port = server.add_insecure_port(settings.address)
    await server.start()
    log.info("listening", address=settings.address.rpartition(":")[0] + f":{port}")
    kernel_count = await asyncio.to_thread(warm_up)
    if not ending.is_set():
        await state.set(is_serving=True)
        log.info("serving", kernels=kernel_count)
    await ending.wait()
    await _drain(server, state, runtime)


async def _drain(server: grpc.aio.Server, state: Health, runtime: Runtime) -> None:
    settings = runtime.settings
    log.info("draining", delay_seconds=settings.drain_delay_seconds, grace_seconds=settings.grace_seconds)
    await state.set(is_serving=False)
    await asyncio.sleep(settings.drain_delay_seconds)
    runtime.admission.hold()
    await asyncio.sleep(HOLD_SECONDS)
    stopping = asyncio.create_task(server.stop(settings.grace_seconds))
    await asyncio.sleep(HOLD_SECONDS)  # every connection is told before those who wait are sent away
    runtime.admission.turn_away()
    await stopping
    await asyncio.to_thread(runtime.pool.close)
    log.info("stopped")


def run(settings: Settings) -> int:
    """Serve, and return the exit code of the process: 0 once drained, 1 where the address cannot be had."""
    keep_large_blocks()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    try:
        if sys.platform == "win32":
            asyncio.run(serve(settings))
        else:
            import uvloop

            uvloop.run(serve(settings))
    except RuntimeError as error:
        if "bind" not in str(error):
            raise
        log.error("cannot listen", address=settings.address, reason=str(error))
        return 1
    return 0


def main() -> int:
    """Serve with the settings of the environment; 2 and one line where they are wrong."""
    try:
        settings = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        print(f"gex: {name + ': ' if name else ''}{first['msg']}", file=sys.stderr)
        return 2
    return run(settings)


if __name__ == "__main__":
    sys.exit(main())
