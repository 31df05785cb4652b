"""Several server processes, each keeping the underlyings that hash to it, as if they were one."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from weakref import WeakSet

import grpc
from gexapi.v1 import chain_pb2, hedge_pb2
from google.protobuf.message import Message

from gex_client.channel import DEFAULT_TIMEOUT
from gex_client.client import Client
from gex_client.connection import Connection
from gex_client.errors import GexError, InputError, UnknownBookError, UnknownUnderlyingError
from gex_client.hedge_messages import routing_of
from gex_client.routing import shard_of, underlyings_of
from gex_client.sharding import joined_status, joined_underlyings, underlyings_of_kept


class ShardedConnection(Connection):
    """What `Connection` is, over several servers: every message goes to the one that it belongs to."""

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        credentials: grpc.ChannelCredentials | None = None,
        token: str | None = None,
        insecure_token: bool = False,
        options: Sequence[tuple[str, Any]] = (),
    ) -> None:
        # No connection of its own: those of its clients are used.
        if not addresses or isinstance(addresses, str):
            raise InputError("addresses: expected a sequence of one or more, host:port")
        self.clients = tuple(
            Client(
                address,
                timeout=timeout,
                credentials=credentials,
                token=token,
                insecure_token=insecure_token,
                options=options,
            )
            for address in addresses
        )
        self.address, self.timeout = ", ".join(addresses), timeout
        self._open: WeakSet[Any] = WeakSet()
        self._hedges: dict[str, Client] = {}  # by the name of a hedge, the one that keeps it

    def client_of(self, underlying: str) -> Client:
        """The client of the shard that keeps an underlying."""
        return self.clients[shard_of(underlying, len(self.clients))]

    def call(self, method: str, request: Message, *, timeout: float | None = None) -> Message:
        """Any unary call of the contract, message for message, at the shard that it belongs to."""
        if method == "ListUnderlyings":
            return joined_underlyings([client.call(method, request, timeout=timeout) for client in self.clients])
        if method == "GetStatus":
            return joined_status([_tried(client, method, request, timeout) for client in self.clients])
        if method == "GetBook":
            return self._kept_book(_name_in(request, "book"), timeout)[1]
        fields = request.DESCRIPTOR.fields_by_name
        if "hedge" in fields:
            return self._holder_of_hedge(_name_in(request, "hedge"), timeout).call(method, request, timeout=timeout)
        if "chains" in fields:
            client, request = self._with_chains(request, timeout)
        else:
            client = self._client_of(underlyings_of(request))
        return client.call(method, request, timeout=timeout)

    def is_serving(self, *, timeout: float = 1.0) -> bool:
        """True where every shard answers that it is warm and takes calls."""
        return all(client.is_serving(timeout=timeout) for client in self.clients)

    def close(self) -> None:
        """Close every connection: watches and sessions end, calls under way are cancelled."""
        for one in list(self._open):
            one.close()
        for client in self.clients:
            client.close()

    def _client_of(self, underlyings: Sequence[str]) -> Client:
        """Who answers where nothing but these underlyings says where a call belongs; without any the first."""
        return self.client_of(underlyings[0]) if underlyings else self.clients[0]

    def _with_chains(self, request: Any, timeout: float | None) -> tuple[Client, Any]:
        """Who answers for a book, and the request with the chains in it that other shards keep."""
        brought = {chain.underlying for chain in request.chains}
        needed = [name for name in underlyings_of(request) if name not in brought]
        client = self._client_of(needed or underlyings_of(request))
        if request.book_name:
            client, kept = self._kept_book(request.book_name, timeout)
            held = (name for name in underlyings_of_kept(kept.book) if name not in brought)
            needed = list(dict.fromkeys((*held, *needed)))
        found = [self._chain(name, timeout) for name in needed if self.client_of(name) is not client]
        if not any(found):
            return client, request
        whole = type(request)()
        whole.CopyFrom(request)
        whole.chains.extend(chain for chain in found if chain is not None)
        return client, whole

    def _chain(self, underlying: str, timeout: float | None) -> chain_pb2.Chain | None:
        """A kept chain; None where it is not kept: whether that matters is for the server to say."""
        request = chain_pb2.GetChainRequest(underlying=underlying)
        answer = _unless(UnknownUnderlyingError, self.client_of(underlying), "GetChain", request, timeout)
        assert answer is None or isinstance(answer, chain_pb2.GetChainResponse)
        return None if answer is None else answer.chain

    def _kept_book(self, name: str, timeout: float | None) -> tuple[Client, chain_pb2.GetBookResponse]:
        """The shard that keeps a book, and the book: it is where the session was that sent it."""
        request, found = chain_pb2.GetBookRequest(book=name), []
        for client in self.clients:
            answer = _unless(UnknownBookError, client, "GetBook", request, timeout)
            if answer is not None:
                assert isinstance(answer, chain_pb2.GetBookResponse)
                found.append((client, answer))
        if not found:
            raise UnknownBookError(f"book: no shard keeps one under the name {name!r}")
        if len(found) > 1:
            where = " and ".join(client.address for client, _ in found)
            raise InputError(f"book: {name!r} is kept by {where}; send it in sessions of one underlying")
        return found[0]

    def _holder_of_hedge(self, hedge: str, timeout: float | None = None) -> Client:
        """The shard whose log knows a hedge, the first where none does: it will say so."""
        if hedge in self._hedges:
            return self._hedges[hedge]
        request = hedge_pb2.ListDecisionsRequest(hedge=hedge, page_size=1)
        for client in self.clients:
            if _unless(UnknownUnderlyingError, client, "ListDecisions", request, timeout) is not None:
                self._hedges[hedge] = client
                return client
        return self.clients[0]

    def _stream(self, request: Any) -> Any:
        """The raw stream of a watch; a kept book is looked for each time that one connects."""
        if "book_name" in request.DESCRIPTOR.fields_by_name and request.book_name:
            return self._kept_book(request.book_name, None)[0]._stream(request)
        return self._client_of(underlyings_of(request))._stream(request)

    def _starter(self, method: str, routing: tuple[tuple[str, str], ...]) -> Any:
        """What begins a stream of messages in both directions."""
        return self._client_of([name for _, name in routing])._starter(method, routing)

    def _hedge_starter(self, hedge: str, configuration: hedge_pb2.HedgeConfiguration | None) -> Any:
        """What begins a session of a hedge: where its first underlying is kept, or of one that is joined where it is."""
        routing = routing_of(configuration)

        def started(requests: Iterator[Message]) -> Any:
            client = self._client_of([name for _, name in routing]) if routing else self._holder_of_hedge(hedge)
            self._hedges[hedge] = client
            start: Callable[[Iterator[Message]], Any] = client._starter("HedgeSession", routing)
            return start(requests)

        return started


class ShardedClient(ShardedConnection, Client):
    """The calls of `Client`, each sent to the shard that keeps its underlying.

        with ShardedClient(["127.0.0.1:50052", "127.0.0.1:50053"]) as gex:
            gex.publish_chain(chain)

    The addresses stand in the order of the shards. A book over underlyings of several shards is answered by that of its
    first underlying; the chains that the others keep are fetched and sent along. A kept book is where the session was that
    sent it, a kept hedge where the first underlying of its book is: both are found by their name. What is kept and how the
    processes do is asked of all. A watch of a risk and a kept hedge follow the chains of one shard: over those of several
    the server refuses them, naming the one that is elsewhere.
    """


def _tried(client: Client, method: str, request: Message, timeout: float | None) -> Message | GexError:
    """The answer of a shard, or why there is none."""
    try:
        return client.call(method, request, timeout=timeout)
    except GexError as error:
        return error


def _unless(
    missing: type[GexError], client: Client, method: str, request: Message, timeout: float | None
) -> Message | None:
    """The answer of a shard; None where that is the error `missing`."""
    try:
        return client.call(method, request, timeout=timeout)
    except missing:
        return None


def _name_in(request: Message, field: str) -> str:
    """The name that a request of this kind gives."""
    name: str = getattr(request, field)
    return name
