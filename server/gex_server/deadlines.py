"""How long a caller waits. A running kernel cannot be stopped, so time is looked at before every long step."""

import time
from dataclasses import dataclass

from gex_server.errors import DeadlineError


@dataclass(frozen=True)
class Deadline:
    """An instant of the monotonic clock, seconds."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> "Deadline":
        """So many seconds from now."""
        return cls(time.monotonic() + seconds)

    def remaining(self) -> float:
        """Seconds left; negative once it is over."""
        return self.at - time.monotonic()

    def check(self) -> None:
        """Raise a DeadlineError once it is over."""
        if self.remaining() <= 0.0:
            raise DeadlineError("deadline: the caller's time is over, the next step was not begun")
