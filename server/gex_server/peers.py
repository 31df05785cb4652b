"""The other shards of this service, as one of them sees them.

A call belongs to the shard that keeps its underlying (`gex_client.routing`). Fronts and clients send it there; one that
comes to another shard all the same, because its caller named nothing, is passed on, so that the answer never depends on
the way. What one shard lacks for a book over several underlyings it asks of the others.
"""

import asyncio
from pathlib import Path
from typing import Any

import grpc
from gex_client.routing import METADATA_KEY, shard_of, underlyings_of
from gexapi.v1 import chain_pb2, status_pb2
from google.protobuf.message import Message

from gex.errors import InputError
from gex_server.relay import Relay

PASSED_ON = "gex-passed-on"  # metadata of a call that comes from another shard; its value is that shard's number
LIST = "/gexapi.v1.ChainService/ListUnderlyings"
STATUS = "/gexapi.v1.StatusService/GetStatus"
STATUS_SECONDS = 1.0  # that a shard may take to say how it does
CHAIN = "/gexapi.v1.ChainService/GetChain"


class Peers:
    """The shards behind the sockets `folder`/shard-0.sock and so on; this process is shard number `own` of `count`."""

    def __init__(self, folder: Path, own: int, count: int, *, message_limit: int) -> None:
        self.own, self.count = own, count
        self._folder, self._message_limit = folder, message_limit
        self._others: dict[int, Relay] = {}

    def other_owner(self, request: Message, context: Any) -> int | None:
        """The shard that a request belongs to; None where that is this one, or where a shard has passed it on."""
        if came_from_peer(context):
            return None
        names = underlyings_of(request)
        owner = shard_of(names[0], self.count) if names else self.own
        return None if owner == self.own else owner

    def refuse_others(self, request: Message) -> None:
        """For streams, which are not passed on: an InputError where an underlying is kept by another shard."""
        for name in underlyings_of(request):
            owner = shard_of(name, self.count)
            if owner != self.own:
                raise InputError(
                    f"underlying: {name!r} is kept by shard {owner} of {self.count}, this is shard {self.own}; name it in "
                    f"the metadata entry {METADATA_KEY}, or ask that shard"
                )

    async def answer(self, shard: int, path: str, raw: bytes, context: Any) -> bytes:
        """What another shard answers to a unary call."""
        return await self._other(shard).answer(path, raw, context, ((PASSED_ON, str(self.own)),))

    async def lend(self, request: Any, context: Any) -> None:
        """Send the chains along that a book needs and other shards keep; those they do not keep are left to the handler."""
        if "chains" not in request.DESCRIPTOR.fields_by_name:
            return
        brought = {chain.underlying for chain in request.chains}
        needed = [name for name in underlyings_of(request) if name not in brought]
        elsewhere = [name for name in needed if shard_of(name, self.count) != self.own]
        for answer in await asyncio.gather(*(self._chain(name, context) for name in elsewhere)):
            if answer is not None:
                request.chains.append(answer.chain)

    async def listed(self, own: chain_pb2.ListUnderlyingsResponse, context: Any) -> chain_pb2.ListUnderlyingsResponse:
        """What all shards keep, by name."""
        if came_from_peer(context):
            return own
        others = [self._other(shard) for shard in range(self.count) if shard != self.own]
        asked = (other.ask(LIST, b"", context, ((PASSED_ON, str(self.own)),)) for other in others)
        kept: list[Any] = list(own.underlyings)
        for raw in await asyncio.gather(*asked):
            kept += chain_pb2.ListUnderlyingsResponse.FromString(raw).underlyings
        kept.sort(key=lambda one: one.underlying)
        return chain_pb2.ListUnderlyingsResponse(underlyings=kept)

    async def statuses(self, own: status_pb2.GetStatusResponse, context: Any) -> status_pb2.GetStatusResponse:
        """How all shards do, by number; of one that does not answer, why not."""
        if came_from_peer(context):
            return own
        others = await asyncio.gather(*(self._status(one, context) for one in range(self.count) if one != self.own))
        found = [*own.processes, *(process for other in others for process in other.processes)]
        found.sort(key=lambda one: one.shard)
        return status_pb2.GetStatusResponse(processes=found)

    async def _status(self, shard: int, context: Any) -> status_pb2.GetStatusResponse:
        extra = ((PASSED_ON, str(self.own)),)
        try:
            raw = await self._other(shard).ask(STATUS, b"", context, extra, at_most=STATUS_SECONDS)
        except grpc.aio.AioRpcError as error:
            failure = f"{error.code().name}: {error.details() or 'no answer'}"
            process = status_pb2.ProcessStatus(shard=shard, shard_count=self.count, failure=failure)
            return status_pb2.GetStatusResponse(processes=[process])
        return status_pb2.GetStatusResponse.FromString(raw)

    async def _chain(self, underlying: str, context: Any) -> chain_pb2.GetChainResponse | None:
        request = chain_pb2.GetChainRequest(underlying=underlying).SerializeToString()
        other = self._other(shard_of(underlying, self.count))
        try:
            return chain_pb2.GetChainResponse.FromString(
                await other.ask(CHAIN, request, context, ((PASSED_ON, str(self.own)),))
            )
        except grpc.aio.AioRpcError as error:
            if error.code() is grpc.StatusCode.NOT_FOUND:
                return None
            raise

    def _other(self, shard: int) -> Relay:
        if shard not in self._others:
            address = f"unix:{socket_of(self._folder, shard)}"
            self._others[shard] = Relay(address, message_limit=self._message_limit)
        return self._others[shard]


def socket_of(folder: Path, shard: int) -> Path:
    """Where the process that now serves a shard is found, whichever generation it is."""
    return folder / f"shard-{shard}.sock"


def came_from_peer(context: Any) -> bool:
    """True for a call that another shard has passed on."""
    return any(key == PASSED_ON for key, _ in context.invocation_metadata() or ())
