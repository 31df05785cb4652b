"""From a gRPC call to an async function of (request, call); its error becomes a status in `passage.py`.

A handler is an object whose methods are named as the calls of its service, in snake case. A call of the contract that
it lacks answers UNIMPLEMENTED. Responses may be messages or bytes that were encoded before.
"""

import asyncio
import contextlib
import re
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any, NoReturn, cast

import grpc
from gexapi.v1 import chain_pb2, status_pb2
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.message_factory import GetMessageClass

from gex.errors import InputError
from gex_server.deadlines import Deadline
from gex_server.errors import NotBuiltError
from gex_server.passage import Door, Passage

Response = Message | bytes
Context = grpc.aio.ServicerContext[Any, Any]

LARGE = 65_536  # bytes of a request that brings a chain, and a millisecond or more of work


@dataclass(frozen=True)
class Call:
    """What a handler may know of the call that it answers."""

    deadline: Deadline


def service_handler(
    service: ServiceDescriptor, implementation: object, door: Door, *, default_deadline_seconds: float
) -> grpc.GenericRpcHandler:
    """The handler of every call of `service`, to be added to a server."""
    handlers = {}
    for method in service.methods:
        function = getattr(implementation, snake_case(method.name), None) or _unbuilt(method)
        handlers[method.name] = _method_handler(method, function, door, default_deadline_seconds)
    return grpc.method_handlers_generic_handler(service.full_name, handlers)


def snake_case(name: str) -> str:
    """ "publish_chain" of "PublishChain"."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def _method_handler(
    method: MethodDescriptor, function: Callable[..., Any], door: Door, default_deadline_seconds: float
) -> "grpc.RpcMethodHandler[Any, Any]":
    request_class = GetMessageClass(method.input_type)
    path = f"{method.containing_service.name}.{method.name}"
    full_path = f"/{method.containing_service.full_name}/{method.name}"

    async def unary(raw: bytes, context: Context) -> bytes:
        seconds = context.time_remaining()
        call = Call(Deadline.after(default_deadline_seconds if seconds is None else seconds))
        async with door.passage(path, context) as passage:
            if passage.successor is not None:
                return await passage.successor.answer(full_path, raw, context)
            if len(raw) > LARGE:
                door.refuse_if_late()
            request = _parsed(request_class, raw, passage)
            if door.peers is not None:
                owner = door.peers.other_owner(request, context)
                if owner is not None:
                    return await door.peers.answer(owner, full_path, raw, context)
                await door.peers.lend(request, context)
            async with asyncio.timeout(max(call.deadline.remaining(), 0.0)):
                response = await cast(Awaitable[Response], function(request, call))
            if isinstance(response, chain_pb2.ListUnderlyingsResponse) and door.peers is not None:
                response = await door.peers.listed(response, context)
            if isinstance(response, status_pb2.GetStatusResponse) and door.peers is not None:
                response = await door.peers.statuses(response, context)
            return _encoded(response)
        raise AssertionError("a passage ends in an answer or an error")

    async def server_stream(raw: bytes, context: Context) -> None:
        seconds = context.time_remaining()
        call = Call(Deadline.after(float("inf") if seconds is None else seconds))
        async with door.passage(path, context) as passage:
            passage.refuse_successor()
            request = _parsed(request_class, raw, passage)
            if door.peers is not None:
                door.peers.refuse_others(request)
            responses = cast(AsyncGenerator[Response, None], function(request, call))
            async with contextlib.aclosing(responses):
                async for response in responses:
                    await context.write(_encoded(response))

    async def both_stream(_: AsyncIterator[bytes], context: Context) -> None:
        seconds = context.time_remaining()
        call = Call(Deadline.after(float("inf") if seconds is None else seconds))
        async with door.passage(path, context) as passage:
            passage.refuse_successor()
            requests = _requests(request_class, context, door, passage)
            responses = cast(AsyncGenerator[Response, None], function(requests, call))
            async with contextlib.aclosing(requests), contextlib.aclosing(responses):
                async for response in responses:
                    await context.write(_encoded(response))

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


async def _requests(
    request_class: type[Message], context: Context, door: Door, passage: Passage
) -> AsyncGenerator[Message, None]:
    """The messages of a caller until it says that there are no more; a DrainingError once the server goes down."""
    while True:
        with door.admission.interruptible():
            raw = await context.read()
        if raw is grpc.aio.EOF:
            return
        request = _parsed(request_class, raw, passage)
        if door.peers is not None:
            door.peers.refuse_others(request)
        yield request


def _parsed(request_class: type[Message], raw: bytes, passage: Passage) -> Message:
    try:
        request = request_class.FromString(raw)
    except DecodeError as error:
        raise InputError(f"request: the bytes are no {request_class.DESCRIPTOR.full_name}") from error
    passage.received(request)
    return request


def _encoded(response: Response) -> bytes:
    return response if isinstance(response, bytes) else response.SerializeToString()
