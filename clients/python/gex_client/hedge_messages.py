"""A kept hedge as a stream: what is sent to it, and the rules of what comes back."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, TypeVar

from gexapi.v1 import chain_pb2, common_pb2, hedge_pb2, risk_pb2

from gex_client.book import Book, book_message
from gex_client.chain import Chain, chain_message
from gex_client.decisions import Decision, HedgeAnswer, WatchFailure
from gex_client.errors import InputError, MissingDataError, RevisionConflictError, error_of
from gex_client.exchange import Exchange
from gex_client.messages import Instant, Values, message_from, set_timestamp
from gex_client.routing import routing_metadata

Request = hedge_pb2.HedgeSessionRequest
Response = hedge_pb2.HedgeSessionResponse
F = TypeVar("F")


class HedgeExchange(Exchange[Request, Response]):
    """The messages of one hedge: each taken once however often the connection breaks, decisions told to `on_decision`."""

    def __init__(self, hedge: str, on_decision: Callable[[Decision], None], *, reconnect: bool) -> None:
        super().__init__(1, reconnect=reconnect)
        self.hedge, self._on_decision = hedge, on_decision
        self.failure: WatchFailure | None = None
        self._highest = 0  # sequence known to be written down
        self._is_opening = True

    def _taken(self, response: Response) -> bool:
        event = response.WhichOneof("event")
        if not response.sequence:
            if event == "decision":
                self._decided(response)
            elif event == "failure":
                self.failure = WatchFailure(response.failure)
            return False
        if self._is_opening:
            self._opened(response)
            return False
        if response.last_sequence < self._highest:  # its positions are not known here: nothing is opened by itself
            self.ended = MissingDataError(
                f"hedge: the server has lost {self.hedge!r}; open it with its positions of now"
            )
        elif response.last_sequence >= self.outbox.next_sequence:
            self.ended = RevisionConflictError(f"hedge: someone else sends to {self.hedge!r}; a hedge has one session")
        if self.ended is not None:
            return True
        self._highest = response.last_sequence
        if event == "failure":
            self.outbox.fail(response.sequence, error_of(response.failure.reason, response.failure.message))
            return False
        if event == "decision" and response.sequence in self.outbox:
            self._decided(response)
        self.outbox.settle(response.sequence, HedgeAnswer(response))
        return False

    def _opened(self, response: Response) -> None:
        """The answer to the first message says how far the hedge has come: what is sent from here on goes after that."""
        if response.HasField("failure"):
            self.outbox.fail(response.sequence, error_of(response.failure.reason, response.failure.message))
            return
        self._is_opening, self._highest = False, response.last_sequence
        self.outbox.settle(response.sequence, HedgeAnswer(response))
        self.outbox.renumber(response.last_sequence + 1)

    def _decided(self, response: Response) -> None:
        self.failure = None
        self._on_decision(Decision(response.decision))


class HedgeMethods(ABC, Generic[F]):
    """What can be sent to a kept hedge. Every method returns a future of the `HedgeAnswer`: `.result()` in threads,
    `await` in asyncio. What could not be decided is raised there, and the hedge holds.

    `as_of` is the instant that a message holds for: a datetime64, an aware datetime or ISO 8601 text.
    """

    _rules: HedgeExchange

    @property
    def hedge(self) -> str:
        """Its name."""
        return self._rules.hedge

    @property
    def failure(self) -> WatchFailure | None:
        """Why nothing could be decided after the market last moved by itself; None where it could."""
        return self._rules.failure

    @abstractmethod
    def _send(self, message: Request) -> F: ...

    def tick(
        self,
        spot: Mapping[str, float] | None = None,
        *,
        as_of: Instant,
        quotes: Sequence[Values | hedge_pb2.InstrumentQuote] = (),
        reading: Values | hedge_pb2.MarketReading | None = None,
    ) -> F:
        """New prices: spot by underlying, quotes of instruments (fields of `InstrumentQuote`), and what else is known of
        market and account (fields of `MarketReading`). What is not named stays.
        """
        message = self._message(as_of)
        message.tick.SetInParent()
        message.tick.spot.update(spot or {})
        for place, one in enumerate(quotes):
            message.tick.quotes.append(message_from(hedge_pb2.InstrumentQuote, one, f"quotes[{place}]"))
        if reading is not None:
            message.tick.reading.CopyFrom(message_from(hedge_pb2.MarketReading, reading, "reading"))
        return self._send(message)

    def fill(self, fill: Values | hedge_pb2.Fill, *, as_of: Instant) -> F:
        """A fill, partial fill or rejection: fields of `gexapi.v1.Fill`; a `fill_id` counts once."""
        message = self._message(as_of)
        message.fill.CopyFrom(fill_message(fill, as_of))
        return self._send(message)

    def override(self, override: Values | hedge_pb2.Override, *, as_of: Instant) -> F:
        """A manual override: fields of `gexapi.v1.Override`."""
        message = self._message(as_of)
        message.override.CopyFrom(message_from(hedge_pb2.Override, override, "override"))
        return self._send(message)

    def evaluate(
        self, *, as_of: Instant, trigger: str = "user", with_triggers: bool = False, resets_breaker: bool = False
    ) -> F:
        """Ask for a decision now. `with_triggers`: also the spot prices at which the book leaves its band."""
        message = self._message(as_of)
        message.evaluate.trigger, message.evaluate.with_triggers = trigger, with_triggers
        message.evaluate.resets_breaker = resets_breaker
        return self._send(message)

    def book(self, book: Book | risk_pb2.Book, *, as_of: Instant) -> F:
        """The book, replacing the one before."""
        message = self._message(as_of)
        message.book.CopyFrom(book_message(book))
        return self._send(message)

    def funding(self, amount: float, *, as_of: Instant) -> F:
        """Funding as the venue printed it, currency, positive is paid."""
        message = self._message(as_of)
        message.funding.amount = amount
        return self._send(message)

    def configure(self, configuration: hedge_pb2.HedgeConfiguration, *, as_of: Instant) -> F:
        """Other rules, instruments or book."""
        message = self._message(as_of)
        message.configuration.CopyFrom(configuration)
        return self._send(message)

    def _message(self, as_of: Instant) -> Request:
        message = Request(hedge=self._rules.hedge)
        set_timestamp(message.as_of, as_of, "as_of")
        return message


def opening(hedge: str, configuration: hedge_pb2.HedgeConfiguration | None, as_of: Instant | None) -> Request:
    """The first message: the configuration, or of a hedge that is only joined the question how far it has come. Its number
    is 1, which an open hedge has used: that question is answered and changes nothing.
    """
    message = Request(hedge=hedge)
    if configuration is not None and as_of is None:
        raise InputError("as_of: expected the instant that the hedge is opened at")
    set_timestamp(message.as_of, as_of or "1970-01-01T00:00:01Z", "as_of")
    if configuration is None:
        message.evaluate.trigger = "join"
    else:
        message.configuration.CopyFrom(configuration)
    return message


def was_opened(answer: HedgeAnswer) -> bool:
    """True where the opening message opened the hedge; False where it was open before, and has come further."""
    return answer.acknowledgement is not None and answer.acknowledgement.is_applied


def configuration_message(
    book: Book | risk_pb2.Book | None,
    instruments: Sequence[Values | hedge_pb2.HedgeInstrument],
    chains: Sequence[Chain | chain_pb2.Chain],
    policy: Values | hedge_pb2.HedgePolicy | None,
    rules: Values | hedge_pb2.AdaptiveRules | None,
    analysis: common_pb2.AnalysisSettings,
) -> hedge_pb2.HedgeConfiguration | None:
    """What a kept hedge is made of; None where no book is given."""
    if book is None:
        return None
    message = hedge_pb2.HedgeConfiguration(
        book=book_message(book), chains=[chain_message(one) for one in chains], analysis=analysis
    )
    for place, one in enumerate(instruments):
        message.instruments.append(message_from(hedge_pb2.HedgeInstrument, one, f"instruments[{place}]"))
    if policy is not None:
        message.policy.CopyFrom(message_from(hedge_pb2.HedgePolicy, policy, "policy"))
    if rules is not None:
        message.rules.CopyFrom(message_from(hedge_pb2.AdaptiveRules, rules, "rules"))
    return message


def routing_of(configuration: hedge_pb2.HedgeConfiguration | None) -> tuple[tuple[str, str], ...]:
    """The metadata that names the first underlying of a hedge, where it is known."""
    return () if configuration is None else routing_metadata(risk_pb2.ComputeRiskRequest(book=configuration.book))


def fill_message(fill: Values | hedge_pb2.Fill, as_of: Instant | None = None) -> hedge_pb2.Fill:
    """The message of a fill; where it names no instant it was filled at `as_of`."""
    message = hedge_pb2.Fill()
    message.CopyFrom(message_from(hedge_pb2.Fill, fill, "fill"))
    if as_of is not None and not message.HasField("filled_at"):
        set_timestamp(message.filled_at, as_of, "as_of")
    return message
