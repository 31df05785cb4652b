"""The rules of a stream of numbered messages, apart from threads and event loops: what an answer settles, what an end
of the connection means. Sync and async sessions share them.
"""

from abc import ABC, abstractmethod
from typing import Generic, TypeVar

from gex_client.errors import (
    DrainingError,
    GexError,
    InputError,
    MissingDataError,
    NotBuiltError,
    NumericalError,
    OverloadedError,
    RateLimitError,
    RevisionConflictError,
    UnavailableError,
)
from gex_client.outbox import Numbered, Outbox

M = TypeVar("M", bound=Numbered)
R = TypeVar("R")

PASSING = (UnavailableError, DrainingError, OverloadedError, RateLimitError)
BLAMING = (InputError, MissingDataError, NumericalError, NotBuiltError, RevisionConflictError)


FIRST_PAUSE = 0.1  # seconds before the first attempt to connect again
LONGEST_PAUSE = 5.0


class Exchange(ABC, Generic[M, R]):
    """One side of a stream: what is unanswered, and what to make of what comes."""

    def __init__(self, first_sequence: int, *, reconnect: bool) -> None:
        self.outbox: Outbox[M] = Outbox(first_sequence)
        self._reconnect = reconnect
        self._pause = FIRST_PAUSE
        self.ended: GexError | None = None  # set where an answer says that the session cannot go on

    def take(self, response: R) -> bool:
        """Note an answer. True where the connection has to be begun anew, or the session has `ended`."""
        self._pause = FIRST_PAUSE
        return self._taken(response)

    @abstractmethod
    def _taken(self, response: R) -> bool: ...

    def broke(self, error: GexError) -> float | None:
        """Note the end of a connection: seconds after which to connect again, None where the session has ended.

        An error of a request ends its stream once those before it are answered, so the oldest without an answer is the
        one to blame; its number was not used, and those after it move up.
        """
        if self.ended is not None:
            return None
        if isinstance(error, BLAMING) and len(self.outbox):
            self.outbox.refuse_oldest(error)
            return 0.0
        if not (self._reconnect and isinstance(error, PASSING)):
            return None
        pause, self._pause = self._pause, min(2.0 * self._pause, LONGEST_PAUSE)
        return max(pause, error.retry_after_seconds or 0.0)
