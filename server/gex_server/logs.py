"""Structured logs: one JSON object a line on standard error, which systemd, containers and people can read."""

import logging
import sys
import time

import structlog

from gex_server.limits import Allowance

SECRET = ("token", "authorization", "password", "secret", "private_key")
MASK = "********"


def configure_logs(level: str) -> None:
    """Log from this level on."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            mask_secrets,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def mask_secrets(_logger: object, _method: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """A last net: entries under a name that sounds like a secret are not printed."""
    for name in event:
        if any(name.lower() == part or name.lower().endswith("_" + part) for part in SECRET):
            event[name] = MASK
    return event


class Throttle:
    """At most so many lines a second of a kind that strangers can cause; the next line says how many were left out."""

    def __init__(self, per_second: float = 10.0) -> None:
        self._allowance = Allowance(per_second, time.monotonic)
        self._left_out = 0

    def passes(self) -> int | None:
        """Lines left out before this one; None where it is to be left out too."""
        if self._allowance.take(1.0) > 0.0:
            self._left_out += 1
            return None
        count, self._left_out = self._left_out, 0
        return count
