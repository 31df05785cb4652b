"""A chain that is kept current in a server: whole first, then what changed; whole again where the server has another."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from gex_client.aio import AsyncClient
from gex_client.errors import GexError, InputError, MissingDataError, UnavailableError
from gex_client.market import Published
from gex_client.update_session import AsyncUpdateSession
from gex_client.updates import Update
from gexapi.v1 import chain_pb2

from gex_cli.chain_delta import Delta, delta
from gex_cli.failing import one_line

WHOLE_SECONDS = 30.0  # that a server may take for a whole chain
UPDATE_SECONDS = 5.0  # for an update, connections that break and come back included; then the whole chain is tried
TAKEN = ("", "duplicate")  # reasons of updates that are in the kept chain


@dataclass(frozen=True)
class Publication:
    """What was sent of a chain, and what the server made of it."""

    chain: chain_pb2.Chain
    revision: int
    kinds: tuple[str, ...]  # ("chain",), or of "spot", "quotes", "open_interest"
    rows_sent: int
    kept_row_count: int | None  # rows that survived cleaning; told of whole chains only
    durability: str


class ChainSession:
    """The publications of one underlying, one at a time. `whole`: always by PublishChain.

    What the server keeps is known by its revisions: each update makes the next one. Where another revision comes back,
    where an update is refused, or the server has lost the chain, the next publication is of the whole chain.
    """

    def __init__(self, client: AsyncClient, underlying: str, *, whole: bool, tell: Callable[[str], None]) -> None:
        self._client, self._underlying, self._whole, self._tell = client, underlying, whole, tell
        self._session: AsyncUpdateSession | None = None
        self._kept: chain_pb2.Chain | None = None  # what the server keeps by all that it has answered
        self._revision = 0

    async def publish(self, chain: chain_pb2.Chain) -> Publication:
        """Make the server keep a chain; the errors of the client where it cannot be had now."""
        moved = None if self._whole else delta(self._kept, chain)
        if moved is not None:
            answer = await self._changed(moved)
            if answer is not None:
                return answer
        return await self._published(chain)

    async def close(self) -> None:
        """End the session; what was not answered is not waited for."""
        if self._session is not None:
            await self._session.close(0.0)

    async def _published(self, chain: chain_pb2.Chain) -> Publication:
        self._kept = None  # until it is answered, nothing is known
        told: Published = await self._client.publish_chain(chain, timeout=WHOLE_SECONDS)
        self._kept, self._revision = chain, told.revision
        return Publication(
            chain=chain,
            revision=told.revision,
            kinds=("chain",),
            rows_sent=len(chain.strike),
            kept_row_count=told.kept_row_count,
            durability=told.durability,
        )

    async def _changed(self, moved: Delta) -> Publication | None:
        """What became of the changes; None where the chain has to be sent whole."""
        if self._session is None:
            self._session = self._client.stream_updates(self._underlying)
        futures, self._kept = moved.send(self._session), None
        try:
            answers = await self._answered(futures)
        except (InputError, MissingDataError) as error:  # of another chain, or of none: it was lost
            self._tell(f"update: {one_line(error)}; sending the whole chain")
            return None
        except GexError:
            await self._session.close(0.0)
            self._session = None  # the next one begins anew
            raise
        why = _reason(answers, self._revision + len(answers))
        if why:
            self._tell(f"update: {why}; sending the whole chain")
            return None
        self._kept, self._revision = moved.chain, answers[-1].revision if answers else self._revision
        return Publication(
            chain=moved.chain,
            revision=self._revision,
            kinds=moved.kinds,
            rows_sent=len(moved.quoted) + len(moved.opened),
            kept_row_count=None,
            durability=answers[-1].durability if answers else "",
        )

    async def _answered(self, futures: list["asyncio.Future[Update]"]) -> list[Update]:
        if not futures:
            return []
        _, late = await asyncio.wait(futures, timeout=UPDATE_SECONDS)
        if late:
            raise UnavailableError(f"{self._client.address}: no answer to an update in {UPDATE_SECONDS:g} s")
        answers: list[Update] = []
        errors = []
        for one in futures:  # every one is looked at
            error = one.exception()
            if error is None:
                answers.append(one.result())
            else:
                errors.append(error)
        if errors:
            raise errors[0]
        return answers


def _reason(answers: list[Update], revision: int) -> str:
    """Why the server does not keep the chain that was meant; "" where it does."""
    for one in answers:
        if one.reason not in TAKEN:
            return one.reason.replace("_", " ")
        if one.rejects:
            return f"{sum(reject.count for reject in one.rejects)} rows refused"
    if answers and answers[-1].revision != revision:
        return f"the server keeps revision {answers[-1].revision}, not {revision}: someone else has changed it"
    return ""
