"""Updates of a kept chain as messages, and the stream that carries them."""

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, Generic, TypeVar

from gexapi.v1 import chain_pb2, risk_pb2

from gex_client.book import Book, book_message
from gex_client.chain import Chain, chain_message
from gex_client.exchange import Exchange
from gex_client.lines import write_lines
from gex_client.market import RejectCount, SourceRejects
from gex_client.messages import Instant, Values, message_from, set_timestamp
from gex_client.view import View

Request = chain_pb2.StreamUpdatesRequest
F = TypeVar("F")

_OF_LINEAR = frozenset(field.name for field in chain_pb2.LinearHolding.DESCRIPTOR.fields)


class Update(View, of=chain_pb2.StreamUpdatesResponse):
    """What became of one update: applied, or the reason why not, the revision after it, the rows refused, and where it
    is safe by now ("memory", "written", "synced").
    """

    __slots__ = ()

    sequence: int
    revision: int
    is_applied: bool
    reason: str
    rejects: tuple[RejectCount, ...]
    rejected_rows: SourceRejects | None
    durability: str


class UpdateExchange(Exchange[Request, chain_pb2.StreamUpdatesResponse]):
    """The updates of one client: numbered, each applied once however often the connection breaks."""

    def __init__(self, underlying: str, client_id: str | None, first_sequence: int, *, reconnect: bool) -> None:
        super().__init__(first_sequence, reconnect=reconnect)
        self.underlying = underlying
        self.client_id = self._name = client_id or f"gex-client-{uuid.uuid4().hex}"
        self._renamings = 0

    def _taken(self, response: chain_pb2.StreamUpdatesResponse) -> bool:
        # A server that has lost what it kept knows nothing of the numbers before: the same messages are sent under
        # another name, from 1 on. What it has no chain for it refuses, and that is raised.
        if response.reason == "out_of_order" and response.sequence in self.outbox:
            self._renamings += 1
            self.client_id = f"{self._name}~{self._renamings}"
            self.outbox.renumber(1)
            for message in self.outbox.messages():
                message.client_id = self.client_id
            return True
        self.outbox.settle(response.sequence, Update(response))
        return False


class UpdateMethods(ABC, Generic[F]):
    """What can be sent of a chain. Every method returns a future of the `Update` that answers it: `.result()` in
    threads, `await` in asyncio. Nobody has to wait: what was sent is sent again where the connection breaks.

    `as_of` is the instant that the new values hold for: a datetime64, an aware datetime or ISO 8601 text. Older than
    what is kept of the same kind they change nothing ("older_than_kept"), only trades are never too late. Columns name
    their option by `expiry` (dates), `root` (the underlying where left out), `strike` and `right` ("C", "P", +1, −1).
    """

    _rules: UpdateExchange

    @abstractmethod
    def _send(self, message: Request) -> F: ...

    def spot(self, spot: float, *, as_of: Instant) -> F:
        """A new price of the underlying, currency per unit."""
        message = self._message(as_of)
        message.spot.spot = spot
        return self._send(message)

    def quotes(
        self, columns: Mapping[str, Any], *, as_of: Instant, spot: float | None = None, others_stand: bool = False
    ) -> F:
        """New quotes: columns `bid`, `ask` (NaN: none any more) and, where they changed, `quoted_at`, `last`, `volume`,
        `source_vol`, `source_delta`, `source_gamma`.

        `spot`: the price of the underlying that they were taken at. `others_stand`: all quotes that are not named hold at
        this instant and spot as well, as if the chain had been sent whole; there may be no lines then.
        """
        message = self._message(as_of)
        write_lines(message.quotes, columns, required=("bid", "ask"))
        if spot is not None:
            message.quotes.spot = spot
        message.quotes.others_stand = others_stand
        return self._send(message)

    def open_interest(self, columns: Mapping[str, Any], *, as_of: Instant, open_interest_date: str = "") -> F:
        """New open interest, contracts: column `open_interest`; `open_interest_date`: the day whose close it belongs to."""
        message = self._message(as_of)
        write_lines(message.open_interest, columns, required=("open_interest",))
        message.open_interest.open_interest_date = open_interest_date
        return self._send(message)

    def trades(self, columns: Mapping[str, Any], *, as_of: Instant) -> F:
        """Trades of customers with dealers: columns `price`, `contract_count` and, where known, `customer_side` (+1 the
        customer bought, −1 sold, 0 not known), `traded_at`, `bid`, `ask`, `is_complex_leg`, `is_block`, `trade_id`.
        """
        message = self._message(as_of)
        write_lines(message.trades, columns, required=("price", "contract_count"))
        return self._send(message)

    def inventory(self, columns: Mapping[str, Any], *, as_of: Instant) -> F:
        """The dealers' inventory to begin from: column `contract_count`, + the dealer owns the option."""
        message = self._message(as_of)
        write_lines(message.inventory, columns, required=("contract_count",))
        return self._send(message)

    def futures(self, futures: Sequence[Values | chain_pb2.FutureQuote], *, as_of: Instant) -> F:
        """New quotes of futures on the underlying, fields of `gexapi.v1.FutureQuote`; those not named stay. NotBuiltError of
        a server whose chains keep none: there a future is quoted as an instrument of its hedge.
        """
        message = self._message(as_of)
        for place, one in enumerate(futures):
            message.futures.futures.append(message_from(chain_pb2.FutureQuote, one, f"futures[{place}]"))
        message.futures.SetInParent()
        return self._send(message)

    def chain(self, chain: Chain | chain_pb2.Chain) -> F:
        """A whole chain, as `publish_chain`."""
        whole = chain_message(chain)
        message = Request(client_id=self._rules.client_id, underlying=whole.underlying, as_of=whole.as_of)
        message.chain.CopyFrom(whole)
        return self._send(message)

    def positions(
        self, book: Book | risk_pb2.Book, *, as_of: Instant, name: str | None = None, adds: bool = False
    ) -> F:
        """A book, kept under its name. `adds`: fills, added to what it holds; else it replaces the book."""
        message = self._message(as_of)
        write_book(message.book, book_message(book), name, adds)
        return self._send(message)

    def _message(self, as_of: Instant) -> Request:
        message = Request(client_id=self._rules.client_id, underlying=self._rules.underlying)
        set_timestamp(message.as_of, as_of, "as_of")
        return message


def write_book(target: chain_pb2.BookUpdate, book: risk_pb2.Book, name: str | None, adds: bool) -> None:
    """Write a book as the update that keeps it."""
    target.book, target.adds = name or book.name, adds
    target.expiries.extend(book.expiries)
    target.accounts.extend(book.accounts)
    for field in book.options.DESCRIPTOR.fields:
        getattr(target, field.name).extend(getattr(book.options, field.name))
    for position in book.linear:
        holding = target.linear.add()
        for field, value in position.ListFields():
            if field.name not in _OF_LINEAR:
                continue
            if field.message_type is None:
                setattr(holding, field.name, value)
            else:
                getattr(holding, field.name).CopyFrom(value)
