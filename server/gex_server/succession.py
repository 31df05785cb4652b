"""The process that takes over, as seen by the one that goes: it answers the calls that still arrive here."""

from typing import Any, NoReturn

import grpc

Context = grpc.aio.ServicerContext[Any, Any]
NOT_FORWARDED = ("user-agent", "grpc-", ":")  # of this hop, set anew by the next one


class Successor:
    """A channel to the new process; requests and answers pass as the bytes they are."""

    def __init__(self, address: str, *, message_limit: int) -> None:
        self._channel = grpc.aio.insecure_channel(
            address,
            [
                ("grpc.max_receive_message_length", message_limit),
                ("grpc.max_send_message_length", message_limit),
                ("grpc.enable_retries", 0),
            ],
        )

    async def answer(self, path: str, raw: bytes, context: Context) -> bytes:
        """What the new process answers to a unary call; its refusal is passed on with all it says."""
        forward: Any = self._channel.unary_unary(path)
        kept = [(key, value) for key, value in context.invocation_metadata() or () if not key.startswith(NOT_FORWARDED)]
        try:
            answer: bytes = await forward(raw, timeout=context.time_remaining(), metadata=kept)
        except grpc.aio.AioRpcError as error:
            await self._refuse(context, error)
        return answer

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()

    async def _refuse(self, context: Context, error: grpc.aio.AioRpcError) -> NoReturn:
        details = tuple((key, value) for key, value in error.trailing_metadata() or () if not key.startswith(":"))
        await context.abort(error.code(), error.details() or "", details)
        raise AssertionError("abort returns")  # it always raises
