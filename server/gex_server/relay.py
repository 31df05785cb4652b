"""A call that another process answers: requests and answers pass as the bytes they are."""

import math
from typing import Any, NoReturn

import grpc

Context = grpc.aio.ServicerContext[Any, Any]
Metadata = tuple[tuple[str, str], ...]
NOT_PASSED_ON = ("user-agent", "grpc-", ":")  # of this hop, set anew by the next one


class Relay:
    """A channel to another server process of this machine."""

    def __init__(self, address: str, *, message_limit: int) -> None:
        self._channel = grpc.aio.insecure_channel(
            address,
            [
                ("grpc.max_receive_message_length", message_limit),
                ("grpc.max_send_message_length", message_limit),
                ("grpc.enable_retries", 0),
                ("grpc.initial_reconnect_backoff_ms", 50),
                ("grpc.max_reconnect_backoff_ms", 500),
            ],
        )

    async def ask(
        self, path: str, raw: bytes, context: Context, extra: Metadata = (), *, at_most: float = math.inf
    ) -> bytes:
        """Its answer to a unary call, with metadata and deadline of the call in work; AioRpcError where it refuses, or
        does not answer in `at_most` seconds.
        """
        forward: Any = self._channel.unary_unary(path)
        kept = [(key, value) for key, value in context.invocation_metadata() or () if not key.startswith(NOT_PASSED_ON)]
        answer: bytes = await forward(
            raw, timeout=_lesser(context.time_remaining(), at_most), metadata=(*kept, *extra), wait_for_ready=True
        )
        return answer

    async def answer(self, path: str, raw: bytes, context: Context, extra: Metadata = ()) -> bytes:
        """As `ask`; its refusal ends the call in work with all that it says."""
        try:
            return await self.ask(path, raw, context, extra)
        except grpc.aio.AioRpcError as error:
            await _refuse(context, error)

    async def close(self) -> None:
        """Close the channel."""
        await self._channel.close()


def _lesser(remaining: float | None, at_most: float) -> float | None:
    seconds = at_most if remaining is None else min(remaining, at_most)
    return None if math.isinf(seconds) else seconds


async def _refuse(context: Context, error: grpc.aio.AioRpcError) -> NoReturn:
    details = tuple((key, value) for key, value in error.trailing_metadata() or () if not key.startswith(":"))
    await context.abort(error.code(), error.details() or "", details)
    raise AssertionError("abort returns")  # it always raises
