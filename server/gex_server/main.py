"""One server process: start, serve, drain.

    python -m gex_server.main        settings from the environment, GEX_PORT=50051 and so on

Health says NOT_SERVING until every kernel is warm. SIGTERM (or SIGINT): NOT_SERVING, `drain_delay_seconds` in which
calls are still taken, then no new ones, and `grace_seconds` for those in work. The exit code is 0. SIGHUP reads the
token file again.
"""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Coroutine
from importlib.metadata import version
from typing import Any

import grpc
import structlog

from gex.errors import InputError
from gex_server.assembly import assembled
from gex_server.handover import obey
from gex_server.health import Health, warm_up
from gex_server.logs import configure_logs
from gex_server.malloc import keep_large_blocks
from gex_server.notify import Supervisor
from gex_server.orders import orders
from gex_server.services.runtime import Runtime
from gex_server.settings import Settings
from gex_server.settings_sources import LoadedSettings, likely_name, load_settings
from gex_server.state.records import StateError
from gex_server.tracing import tracing_of

HOLD_SECONDS = 0.05
SWITCH_SECONDS = (
    0.0005  # a thread that builds an answer in Python lets the event loop go on after so long, not after 5 ms
)

log = structlog.get_logger("gex_server")


async def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT."""
    sys.setswitchinterval(SWITCH_SECONDS)
    loop, ending, supervisor = asyncio.get_running_loop(), asyncio.Event(), Supervisor()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    given = orders() if settings.supervised else None
    if given is not None and not await _stand_by(given, ending):
        return
    parts = assembled(settings, tracing_of(settings))
    runtime, listener, state, server = parts.runtime, parts.listener, parts.health, parts.listener.server
    runtime.state.open()
    loop.add_signal_handler(signal.SIGHUP, listener.reload_clients)
    await state.set(is_serving=False)
    port = listener.listen()
    runtime.metrics.info.labels(version("gex")).set(1)
    runtime.metrics.watch(runtime.kept_facts, lambda: len(runtime.store.values()), runtime.state.health)
    if settings.metrics_port is not None:
        scraped, metrics_port = runtime.metrics.serve(settings.metrics_host, settings.metrics_port)
        log.info("metrics", address=f"{settings.metrics_host}:{metrics_port}")
    await server.start()
    log.info(
        "listening",
        address=settings.address.rpartition(":")[0] + f":{port}",
        tls="mutual" if settings.tls_client_ca_file else "yes" if settings.is_encrypted else "no",
        clients=len(listener.gate.clients) if listener.gate.clients is not None else "anyone",
    )
    following = [asyncio.create_task(listener.follow_token_file()), asyncio.create_task(supervisor.keep_alive())]
    kernel_count = await asyncio.to_thread(warm_up, lambda: not ending.is_set())
    if not ending.is_set():
        await state.set(is_serving=True)
        runtime.metrics.serving.set(1)
        supervisor.tell("READY=1")
        log.info("serving", kernels=kernel_count)
    if given is not None and await _until(ending, obey(given, runtime, server)):
        await asyncio.to_thread(runtime.pool.close)  # replaced: the successor serves
    else:
        await ending.wait()
        supervisor.tell("STOPPING=1")
        await _drain(server, state, runtime)
    for task in following:
        task.cancel()
    if settings.metrics_port is not None:
        scraped.shutdown()
    await asyncio.to_thread(runtime.tracing.close)
    log.info("stopped")


async def _stand_by(given: AsyncIterator[tuple[str, str]], ending: asyncio.Event) -> bool:
    """Be warm and wait for the order to serve; False where the process is told to end, or the supervisor is gone."""
    await asyncio.to_thread(warm_up, lambda: not ending.is_set())
    log.info("warm", pid=os.getpid())

    async def told_to_serve() -> bool:
        async for order, _ in given:
            if order == "serve":
                return True
        return False

    return await _until(ending, told_to_serve())


async def _until(ending: asyncio.Event, work: Coroutine[Any, Any, bool]) -> bool:
    """What `work` says; False, and `work` cancelled, where the process is told to end first. False ends the process."""
    working, told = asyncio.ensure_future(work), asyncio.ensure_future(ending.wait())
    await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    if working.done():
        if not working.result():
            ending.set()
        return working.result()
    working.cancel()
    return False


async def _drain(server: grpc.aio.Server, state: Health, runtime: Runtime) -> None:
    settings = runtime.settings
    log.info("draining", delay_seconds=settings.drain_delay_seconds, grace_seconds=settings.grace_seconds)
    await state.set(is_serving=False)
    runtime.metrics.serving.set(0)
    await asyncio.sleep(settings.drain_delay_seconds)
    runtime.admission.hold()
    await asyncio.sleep(HOLD_SECONDS)
    stopping = asyncio.create_task(server.stop(settings.grace_seconds))
    await asyncio.sleep(HOLD_SECONDS)  # every connection is told before those who wait are sent away
    runtime.admission.turn_away()
    await stopping
    await asyncio.to_thread(runtime.pool.close)
    await asyncio.to_thread(runtime.state.close)


def run(loaded: LoadedSettings) -> int:
    """Serve, and return the exit code of the process: 0 once drained, 1 where the address cannot be had.

    An InputError where a file that the settings name cannot be used.
    """
    settings = loaded.settings
    keep_large_blocks()
    configure_logs(settings.log_level)
    for name in loaded.unknown:
        log.warning("no such setting", variable=name, did_you_mean=likely_name(name) or None)
    try:
        if sys.platform == "win32":
            asyncio.run(serve(settings))
        else:
            import uvloop

            uvloop.run(serve(settings))
    except StateError as error:
        log.error("cannot read the state", reason=str(error))
        return 1
    except (RuntimeError, OSError) as error:
        if isinstance(error, RuntimeError) and "bind" not in str(error):
            raise
        taken = f"is another server there? gex status --server {settings.address}"
        if settings.metrics_port is not None:
            taken += f"; or at {settings.metrics_host}:{settings.metrics_port}, the port of the metrics?"
        log.error("cannot listen", address=settings.address, reason=str(error), hint=taken)
        return 1
    return 0


def main() -> int:
    """Serve with the settings of the environment; 2 and one line for each that is wrong."""
    try:
        return run(load_settings())
    except InputError as error:
        for line in str(error).splitlines():
            print(f"gex: {line}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
