"""From a gRPC call to an async function of (request, call), and its error back to a status.

A handler is an object whose methods are named as the calls of its service, in snake case. A call of the contract that
it lacks answers UNIMPLEMENTED. Responses may be messages or bytes that were encoded before.
"""

import asyncio
import contextlib
import re
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import grpc
import structlog
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc import status_pb2
from grpc_status import rpc_status

from gex.errors import GexError, InputError
from gex_server.admission import Admission
from gex_server.deadlines import Deadline
from gex_server.errors import DeadlineError, DrainingError, NotBuiltError
from gex_server.status import internal_status, status_of

Response = Message | bytes
Context = grpc.aio.ServicerContext[Any, Any]

LARGE = 65_536  # bytes of a request that brings a chain, and a millisecond or more of work

log = structlog.get_logger("gex_server")


@dataclass(frozen=True)
class Call:
    """What a handler may know of the call that it answers."""

    deadline: Deadline


def service_handler(
    service: ServiceDescriptor,
    implementation: object,
    admission: Admission,
    *,
    default_deadline_seconds: float,
    refuse_if_late: Callable[[], None],
) -> grpc.GenericRpcHandler:
    """The handler of every call of `service`, to be added to a server.

    `refuse_if_late` raises where work that comes now would wait too long; it is asked before a large request is read.
    """
    handlers = {}
    for method in service.methods:
        function = getattr(implementation, snake_case(method.name), None) or _unbuilt(method)
        handlers[method.name] = _method_handler(method, function, admission, default_deadline_seconds, refuse_if_late)
    return grpc.method_handlers_generic_handler(service.full_name, handlers)


def snake_case(name: str) -> str:
    """ "publish_chain" of "PublishChain"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _method_handler(
    method: MethodDescriptor,
    function: Callable[..., Any],
    admission: Admission,
    default_deadline_seconds: float,
    refuse_if_late: Callable[[], None],
) -> "grpc.RpcMethodHandler[Any, Any]":
    request_class = GetMessageClass(method.input_type)
    path = f"{method.containing_service.name}.{method.name}"

    async def unary(raw: bytes, context: Context) -> bytes:
        seconds = context.time_remaining()
        call = Call(Deadline.after(default_deadline_seconds if seconds is None else seconds))
        try:
            successor = await admission.enter()
        except Exception as error:
            await _abort(context, error, path)
        if successor is not None:
            return await successor.answer(f"/{method.containing_service.full_name}/{method.name}", raw, context)
        try:
            if len(raw) > LARGE:
                refuse_if_late()
            request = _parsed(request_class, raw)
            async with asyncio.timeout(max(call.deadline.remaining(), 0.0)):
                return _encoded(await cast(Awaitable[Response], function(request, call)))
        except TimeoutError:
            await _abort(context, DeadlineError("deadline: the caller's time is over"), path)
        except Exception as error:
            await _abort(context, error, path)
        finally:
            admission.leave()

    async def server_stream(raw: bytes, context: Context) -> None:
        seconds = context.time_remaining()
        call = Call(Deadline.after(float("inf") if seconds is None else seconds))
        try:
            async with _stream_admitted(admission):
                responses = cast(AsyncGenerator[Response, None], function(_parsed(request_class, raw), call))
                async with contextlib.aclosing(responses):
                    async for response in responses:
                        await context.write(_encoded(response))
        except Exception as error:
            await _abort(context, error, path)

    async def both_stream(_: AsyncIterator[bytes], context: Context) -> None:
        seconds = context.time_remaining()
        call = Call(Deadline.after(float("inf") if seconds is None else seconds))
        try:
            async with _stream_admitted(admission):
                requests = _requests(request_class, context, admission)
                responses = cast(AsyncGenerator[Response, None], function(requests, call))
                async with contextlib.aclosing(requests), contextlib.aclosing(responses):
                    async for response in responses:
                        await context.write(_encoded(response))
        except Exception as error:
            await _abort(context, error, path)

    if method.client_streaming:
        return grpc.stream_stream_rpc_method_handler(both_stream)
    if method.server_streaming:
        return grpc.unary_stream_rpc_method_handler(server_stream)
    return grpc.unary_unary_rpc_method_handler(unary)


def _unbuilt(method: MethodDescriptor) -> Callable[..., Any]:
    message = f"{method.containing_service.name}.{method.name} is in the contract and not built in this server yet"

    async def refuse(_request: Message, _call: Call) -> NoReturn:
        raise NotBuiltError(message)

    async def refuse_stream(_request: Message, _call: Call) -> AsyncIterator[Response]:
        raise NotBuiltError(message)
        yield b""

    return refuse_stream if method.server_streaming else refuse


@contextlib.asynccontextmanager
async def _stream_admitted(admission: Admission) -> AsyncGenerator[None, None]:
    """A stream under way. One that comes while the process is replaced is sent away: its client comes back."""
    if await admission.enter() is not None:
        raise DrainingError("draining: another process has taken over, connect again")
    try:
        yield
    finally:
        admission.leave()


async def _requests(
    request_class: type[Message], context: Context, admission: Admission
) -> AsyncGenerator[Message, None]:
    """The messages of a caller until it says that there are no more; a DrainingError once the server goes down."""
    going = asyncio.ensure_future(admission.turned_away.wait())
    reading = None
    try:
        while True:
            reading = asyncio.ensure_future(context.read())
            await asyncio.wait({reading, going}, return_when=asyncio.FIRST_COMPLETED)
            if not reading.done():
                raise DrainingError("draining: the server is going down, send the rest to another one")
            raw = reading.result()
            if raw is grpc.aio.EOF:
                return
            yield _parsed(request_class, raw)
    finally:
        going.cancel()
        if reading is not None:
            reading.cancel()


def _parsed(request_class: type[Message], raw: bytes) -> Message:
    try:
        return request_class.FromString(raw)
    except DecodeError as error:
        raise InputError(f"request: the bytes are no {request_class.DESCRIPTOR.full_name}") from error


def _encoded(response: Response) -> bytes:
    return response if isinstance(response, bytes) else response.SerializeToString()


async def _abort(context: Context, error: Exception, path: str) -> NoReturn:
    if isinstance(error, grpc.aio.AbortError):  # aborted already
        raise error
    status: status_pb2.Status
    if isinstance(error, GexError):
        status = status_of(error)
    else:
        request_id = uuid.uuid4().hex[:12]
        log.error("defect", call=path, request_id=request_id, exc_info=error)
        status = internal_status(request_id)
    await context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError("abort_with_status returns")  # it always raises
