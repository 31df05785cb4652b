"""How one server process is replaced by another without a failed call: the side of the one that goes.

Both listen on the same port (SO_REUSEPORT). While the old one holds its callers, what it keeps is written down and
read by the new one; then the held calls are handed on over the new one's own socket, and connections are told to go.
"""

import asyncio
from collections.abc import AsyncIterator

import grpc
import structlog

from gex_server.relay import Relay
from gex_server.services.runtime import Runtime
from gex_server.settings import MEBIBYTE

log = structlog.get_logger("gex_server")


async def obey(given: AsyncIterator[tuple[str, str]], runtime: Runtime, server: grpc.aio.Server) -> bool:
    """Follow a supervisor's orders; True once this process has been replaced, False where the supervisor is gone."""
    async for order, address in given:
        if order == "hand over":
            await _hand_over(runtime)
        elif order == "stay":
            runtime.state.resume()
            runtime.admission.open_again()
            log.info("staying")
        elif order == "hand on":
            await _hand_on(address, runtime, server)
            return True
        else:
            log.error("unknown order", order=order)
    return False


async def _hand_over(runtime: Runtime) -> None:
    runtime.admission.hold()
    runtime.admission.end_streams()
    try:
        async with asyncio.timeout(runtime.settings.grace_seconds):
            await runtime.admission.idle()
    except TimeoutError:
        log.warning("calls still in work are left to finish here", count=runtime.admission.in_work)
    await runtime.write_down()
    log.info("handed over")


async def _hand_on(address: str, runtime: Runtime, server: grpc.aio.Server) -> None:
    settings = runtime.settings
    successor = Relay(address, message_limit=settings.max_message_mebibytes * MEBIBYTE)
    runtime.admission.hand_on(successor)
    await server.stop(settings.grace_seconds)
    await successor.close()
