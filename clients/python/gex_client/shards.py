"""Several server processes, each keeping the underlyings that hash to it, as if they were one."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self

import grpc
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, hedge_pb2, risk_pb2

from gex_client.book import Book, book_message
from gex_client.calls import Market, Positionings
from gex_client.chain import Chain, chain_message
from gex_client.channel import DEFAULT_TIMEOUT
from gex_client.client import Client
from gex_client.errors import InputError
from gex_client.exposure import Exposure
from gex_client.hedge import HedgePlan
from gex_client.market import KeptChain, KeptUnderlying, Published
from gex_client.messages import Values
from gex_client.risk import Risk
from gex_client.routing import shard_of, underlyings_of
from gex_client.vols import Vols
from gex_client.watch import ExposureWatch


class ShardedClient:
    """The calls of `Client`, each sent to the shard that keeps its underlying.

        with ShardedClient(["127.0.0.1:50052", "127.0.0.1:50053"]) as gex:
            gex.publish_chain(chain)

    The addresses stand in the order of the shards. A book over underlyings of several shards is answered by that of its
    first underlying; the chains that the others keep are fetched and sent along.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        credentials: grpc.ChannelCredentials | None = None,
        token: str | None = None,
        options: Sequence[tuple[str, Any]] = (),
    ) -> None:
        if not addresses or isinstance(addresses, str):
            raise InputError("addresses: expected a sequence of one or more, host:port")
        self.clients = tuple(
            Client(address, timeout=timeout, credentials=credentials, token=token, options=options)
            for address in addresses
        )

    def client_of(self, underlying: str) -> Client:
        """The client of the shard that keeps an underlying."""
        return self.clients[shard_of(underlying, len(self.clients))]

    def publish_chain(
        self,
        chain: Chain | chain_pb2.Chain,
        *,
        expected_revision: int | None = None,
        timeout: float | None = None,
    ) -> Published:
        """As `Client.publish_chain`."""
        message = chain_message(chain)
        return self.client_of(message.underlying).publish_chain(
            message, expected_revision=expected_revision, timeout=timeout
        )

    def chain(self, underlying: str, *, min_revision: int | None = None, timeout: float | None = None) -> KeptChain:
        """As `Client.chain`."""
        return self.client_of(underlying).chain(underlying, min_revision=min_revision, timeout=timeout)

    def underlyings(self, *, timeout: float | None = None) -> tuple[KeptUnderlying, ...]:
        """What all shards keep, by name."""
        # Shards that know each other answer for all: each name is taken from the one that keeps it.
        kept = [(client, one) for client in self.clients for one in client.underlyings(timeout=timeout)]
        own = (one for client, one in kept if client is self.client_of(one.underlying))
        return tuple(sorted(own, key=lambda one: one.underlying))

    def exposure(
        self,
        market: Market,
        *,
        positionings: Positionings = (),
        greeks: str | None = None,
        rate: float | None = None,
        settings: Values | exposure_pb2.ExposureSettings | None = None,
        min_revision: int | None = None,
        timeout: float | None = None,
    ) -> Exposure:
        """As `Client.exposure`."""
        return self._client_of(market).exposure(
            market,
            positionings=positionings,
            greeks=greeks,
            rate=rate,
            settings=settings,
            min_revision=min_revision,
            timeout=timeout,
        )

    def watch_exposure(
        self,
        underlying: str,
        *,
        positionings: Positionings = (),
        greeks: str | None = None,
        rate: float | None = None,
        settings: Values | exposure_pb2.ExposureSettings | None = None,
        after_revision: int | None = None,
        min_interval: float | None = None,
        reconnect: bool = True,
    ) -> ExposureWatch:
        """As `Client.watch_exposure`."""
        return self.client_of(underlying).watch_exposure(
            underlying,
            positionings=positionings,
            greeks=greeks,
            rate=rate,
            settings=settings,
            after_revision=after_revision,
            min_interval=min_interval,
            reconnect=reconnect,
        )

    def vols(
        self,
        market: Market,
        *,
        rate: float | None = None,
        settings: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> Vols:
        """As `Client.vols`."""
        return self._client_of(market).vols(market, rate=rate, settings=settings, timeout=timeout)

    def risk(
        self,
        book: Book | risk_pb2.Book,
        *,
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        settings: Values | risk_pb2.RiskSettings | None = None,
        timeout: float | None = None,
    ) -> Risk:
        """As `Client.risk`."""
        message = book_message(book)
        client, sent = self._gathered(underlyings_of(risk_pb2.ComputeRiskRequest(book=message)), chains, timeout)
        return client.risk(message, chains=sent, settings=settings, timeout=timeout)

    def plan_hedge(
        self,
        book: Book | risk_pb2.Book,
        instruments: Sequence[Values | hedge_pb2.HedgeInstrument],
        *,
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        policy: Values | hedge_pb2.HedgePolicy | None = None,
        rate: float | None = None,
        analysis: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> HedgePlan:
        """As `Client.plan_hedge`."""
        message = book_message(book)
        client, sent = self._gathered(underlyings_of(risk_pb2.ComputeRiskRequest(book=message)), chains, timeout)
        return client.plan_hedge(
            message, instruments, chains=sent, policy=policy, rate=rate, analysis=analysis, timeout=timeout
        )

    def is_serving(self, *, timeout: float = 1.0) -> bool:
        """True where every shard answers that it is warm and takes calls."""
        return all(client.is_serving(timeout=timeout) for client in self.clients)

    def close(self) -> None:
        """Close every connection."""
        for client in self.clients:
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _client_of(self, market: Market) -> Client:
        return self.client_of(market if isinstance(market, str) else chain_message(market).underlying)

    def _gathered(
        self, underlyings: Sequence[str], chains: Sequence[Chain | chain_pb2.Chain], timeout: float | None
    ) -> tuple[Client, list[chain_pb2.Chain]]:
        """Who answers for these underlyings, and the chains to send along: those given and those kept by other shards."""
        sent = [chain_message(chain) for chain in chains]
        brought = {chain.underlying for chain in sent}
        needed = [name for name in underlyings if name not in brought]
        client = self.client_of(needed[0] if needed else underlyings[0] if underlyings else "")
        for name in needed:
            if self.client_of(name) is not client:
                request = chain_pb2.GetChainRequest(underlying=name)
                answer = self.client_of(name).call("GetChain", request, timeout=timeout)
                assert isinstance(answer, chain_pb2.GetChainResponse)
                sent.append(answer.chain)
        return client, sent
