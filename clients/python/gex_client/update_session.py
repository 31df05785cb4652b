"""Sessions that change a kept chain, in threads and in asyncio."""

import asyncio
from concurrent.futures import Future

from gexapi.v1 import chain_pb2

from gex_client.aio_session import AsyncSession
from gex_client.session import Session
from gex_client.updates import Update, UpdateExchange, UpdateMethods

Request = chain_pb2.StreamUpdatesRequest
Response = chain_pb2.StreamUpdatesResponse


class UpdateSession(UpdateMethods["Future[Update]"], Session[Request, Response]):
    """Updates of one underlying: see `Client.stream_updates`. Closing waits for what was sent."""

    _rules: UpdateExchange

    def _send(self, message: Request) -> "Future[Update]":
        return Session._send(self, message)


class AsyncUpdateSession(UpdateMethods["asyncio.Future[Update]"], AsyncSession[Request, Response]):
    """Updates of one underlying: see `AsyncClient.stream_updates`. Closing waits for what was sent."""

    _rules: UpdateExchange

    def _send(self, message: Request) -> "asyncio.Future[Update]":
        return AsyncSession._send(self, message)
