"""How much each client may ask: calls and rows a second, calls at once; and how many calls a method takes at once."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from gex_server.errors import OverloadedError, RateLimitError
from gex_server.settings import Settings
from gex_server.tokens import KnownClient

BURST_SECONDS = 1.0  # what a client may ask at once after it was silent, in seconds of its rate
Clock = Callable[[], float]


class Allowance:
    """A rate with a burst. One request may overdraw it, so that a chain larger than a second's rows is not refused forever;
    the next one waits until the debt is paid."""

    def __init__(self, per_second: float, clock: Clock) -> None:
        self._per_second = per_second
        self._most = max(per_second * BURST_SECONDS, 1.0)
        self._left = self._most
        self._clock = clock
        self._seen = clock()

    def take(self, amount: float) -> float:
        """0 where the amount was taken, else the seconds until there is something left."""
        now = self._clock()
        self._left = min(self._most, self._left + max(0.0, now - self._seen) * self._per_second)
        self._seen = now
        if self._left >= min(amount, 1.0):
            self._left -= amount
            return 0.0
        return (min(amount, 1.0) - self._left) / self._per_second


@dataclass
class Account:
    """What one client uses."""

    calls: Allowance | None
    rows: Allowance | None
    most_at_once: int | None
    at_once: int = 0


@dataclass
class Limits:
    """Accounts of clients, by address where they have no name. At most about `size` are remembered."""

    settings: Settings
    clock: Clock = time.monotonic
    size: int = 10_000
    in_flight: dict[str, int] = field(default_factory=dict)  # by method
    _accounts: OrderedDict[KnownClient | str, Account] = field(default_factory=OrderedDict)

    @contextmanager
    def call(self, method: str, client: KnownClient | None, peer: str) -> Iterator[Account]:
        """A call of a method in work; RateLimitError or OverloadedError where it is one too many."""
        account = self._account(client, peer)
        count = self.in_flight.get(method, 0)
        if count >= self.settings.max_calls_per_method:
            raise OverloadedError(f"overloaded: {count} calls of {method} are in work")
        if account.most_at_once is not None and account.at_once >= account.most_at_once:
            raise RateLimitError(
                f"rate: {account.at_once} calls of this client are in work, expected at most {account.most_at_once}",
                retry_after_seconds=OverloadedError.retry_after_seconds,
            )
        _take(account.calls, 1.0, "calls")
        self.in_flight[method] = count + 1
        account.at_once += 1
        try:
            yield account
        finally:
            self.in_flight[method] -= 1
            account.at_once -= 1

    def _account(self, client: KnownClient | None, peer: str) -> Account:
        key = client or host_of(peer)
        account = self._accounts.get(key)
        if account is None:
            account = self._accounts[key] = self._opened(client)
            for other in list(self._accounts)[: max(0, len(self._accounts) - self.size)]:
                if other != key and not self._accounts[other].at_once:
                    del self._accounts[other]
        self._accounts.move_to_end(key)
        return account

    def _opened(self, client: KnownClient | None) -> Account:
        settings = self.settings
        calls = (client and client.calls_per_second) or settings.client_calls_per_second
        rows = (client and client.rows_per_second) or settings.client_rows_per_second
        return Account(
            calls=Allowance(calls, self.clock) if calls else None,
            rows=Allowance(rows, self.clock) if rows else None,
            most_at_once=(client and client.calls_at_once) or settings.client_calls_at_once,
        )


def take_rows(account: Account, rows: int) -> None:
    """Count rows that a client sent; a RateLimitError where they are too many."""
    if rows:
        _take(account.rows, rows, "rows")


def host_of(peer: str) -> str:
    """The address of a peer without its port, which is another one for every connection: "ipv4:10.0.0.7"."""
    return peer.rpartition(":")[0] if peer.startswith(("ipv4:", "ipv6:")) else peer


def _take(allowance: Allowance | None, amount: float, noun: str) -> None:
    seconds = allowance.take(amount) if allowance is not None else 0.0
    if seconds > 0.0:
        raise RateLimitError(
            f"rate: this client has used up its {noun} a second, come again in {seconds:.3f} s",
            retry_after_seconds=seconds,
        )
