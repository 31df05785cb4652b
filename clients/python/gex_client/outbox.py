"""Messages numbered one by one and kept until they are answered: what a stream that breaks has to send again."""

import asyncio
import concurrent.futures
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from gex_client.errors import GexError, OverloadedError


class Numbered(Protocol):
    """A message of a session: it carries its number."""

    sequence: int


M = TypeVar("M", bound=Numbered)
A = TypeVar("A")

Answer = concurrent.futures.Future[Any] | asyncio.Future[Any]
MOST_UNANSWERED = 4_096


@dataclass(frozen=True)
class Sent(Generic[M]):
    """A message that waits for its answer."""

    message: M
    answer: Answer


class Outbox(Generic[M]):
    """The messages not answered yet, oldest first; `message.sequence` is written here and grows by one.

    >>> from concurrent.futures import Future
    >>> from gexapi.v1 import chain_pb2
    >>> box = Outbox()
    >>> answers = [Future() for _ in range(3)]
    >>> [box.add(chain_pb2.StreamUpdatesRequest(), one).sequence for one in answers]
    [1, 2, 3]
    >>> box.settle(1, "applied"), answers[0].result()
    (True, 'applied')
    >>> box.refuse_oldest(GexError("no such strike"))       # 2 was not taken, so what was 3 is sent again as 2
    >>> [message.sequence for message in box.messages()]
    [2]
    """

    def __init__(self, first_sequence: int = 1) -> None:
        self.next_sequence = first_sequence
        self._sent: dict[int, Sent[M]] = {}
        self._refusal: GexError | None = None

    def __len__(self) -> int:
        return len(self._sent)

    def __contains__(self, sequence: int) -> bool:
        return sequence in self._sent

    def add(self, message: M, answer: Answer) -> M:
        """Number a message and keep it; OverloadedError where too many wait for an answer."""
        if len(self._sent) >= MOST_UNANSWERED:
            raise OverloadedError(f"{MOST_UNANSWERED:,} messages wait for an answer; wait for one of them")
        message.sequence = self.next_sequence
        self._sent[self.next_sequence] = Sent(message, answer)
        self.next_sequence += 1
        return message

    def messages(self) -> tuple[M, ...]:
        """What has to be sent again on a new connection, oldest first."""
        return tuple(sent.message for sent in self._sent.values())

    def answers(self) -> Iterator[Answer]:
        """What those that wait are waiting for."""
        return (sent.answer for sent in tuple(self._sent.values()))

    def settle(self, sequence: int, answer: object) -> bool:
        """Answer a message; False where none of that number waits."""
        return self._finish(sequence, lambda waiting: waiting.set_result(answer))

    def fail(self, sequence: int, error: GexError) -> bool:
        """Answer a message with an error; False where none of that number waits."""
        self._refusal = self._refusal or error
        return self._finish(sequence, lambda waiting: waiting.set_exception(error))

    def refusal(self) -> GexError | None:
        """The first error that answered a message since this was last asked."""
        found, self._refusal = self._refusal, None
        return found

    def refuse_oldest(self, error: GexError) -> None:
        """The oldest was refused without its number being used: those after it move up."""
        oldest = next(iter(self._sent), None)
        if oldest is not None:
            self.fail(oldest, error)
            self.renumber(oldest)

    def renumber(self, first: int) -> None:
        """Number what waits anew, from `first` on."""
        waiting = list(self._sent.values())
        self._sent, self.next_sequence = {}, first
        for sent in waiting:
            sent.message.sequence = self.next_sequence
            self._sent[self.next_sequence] = sent
            self.next_sequence += 1

    def fail_all(self, error: GexError) -> None:
        """Answer everything that waits with one error."""
        for sequence in tuple(self._sent):
            self.fail(sequence, error)

    def _finish(self, sequence: int, settle: Callable[[Answer], None]) -> bool:
        sent = self._sent.pop(sequence, None)
        if sent is not None and not sent.answer.done():
            settle(sent.answer)
        return sent is not None
