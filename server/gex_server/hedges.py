"""The hedges that a server keeps: each a state, a log, and a market; one event at a time, written before it is told."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from gexapi.v1 import hedge_pb2, risk_pb2

from gex.errors import InputError
from gex.hedging.engine.config import EngineConfig
from gex.hedging.engine.decision import Decision
from gex.hedging.engine.evaluation import Watch, evaluated, observed
from gex.hedging.engine.inputs import CascadeReading, CorrelationReading, DealerReading, EngineInputs, InputInstants
from gex.hedging.engine.journal import Event, Outcome, Standing, opened_standing, taken
from gex.hedging.engine.reading import FollowedBook
from gex.hedging.engine.state import Account, opening_state
from gex.hedging.engine.triggers import with_triggers
from gex.hedging.instruments import HedgeInstrument, with_stated_liquidation
from gex_server.audit import AuditStore

Followed = Mapping[str, FollowedBook]
_CASCADE = ("open_interest", "depth", "funding_percentile", "leverage")


@dataclass(eq=False, kw_only=True)
class KeptHedge:
    """One hedge. Everything that changes it goes through `take`, under `lock`."""

    name: str
    audit: AuditStore
    standing: Standing | None
    configuration: hedge_pb2.HedgeConfiguration | None = None
    instruments: dict[str, tuple[str, HedgeInstrument]] = field(default_factory=dict)  # symbol → (underlying, terms)
    followed: dict[str, FollowedBook] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)  # of the kept chains behind `followed`
    spots: dict[str, float] = field(default_factory=dict)  # of ticks newer than the chains
    spots_as_of: dict[str, np.datetime64] = field(default_factory=dict)
    book_as_of: np.datetime64 | None = None  # of the configuration that named the book
    reading: hedge_pb2.MarketReading = field(default_factory=hedge_pb2.MarketReading)
    watch: Watch = field(default_factory=Watch)
    currency: str = "USD"
    is_restored: bool = False  # what it knew of its market has been read from the log
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    listeners: set["asyncio.Queue[hedge_pb2.HedgeSessionResponse]"] = field(default_factory=set)

    @property
    def config(self) -> EngineConfig:
        """The rules in force; InputError before the hedge was configured."""
        if self.standing is None:
            raise InputError(f"hedge: {self.name!r} is not opened; send its configuration first")
        return self.standing.config

    @property
    def last_sequence(self) -> int:
        """The highest sequence of a caller's message that is written down; 0 before the first."""
        return 0 if self.standing is None else self.standing.last_client_sequence

    def open(
        self,
        config: EngineConfig,
        instruments: dict[str, tuple[str, HedgeInstrument]],
        configuration: hedge_pb2.HedgeConfiguration,
        as_of: np.datetime64,
        now: np.datetime64,
        client_sequence: int | None,
    ) -> Outcome:
        """The hedge with these rules; one that has a log goes on where it ends."""
        if self.standing is None:
            state = opening_state(tuple(one for _, one in instruments.values()))
            outcome = opened_standing(self.name, config, state, as_of, client_sequence)
        else:
            outcome = taken(self.standing, config, as_of, client_sequence)
        self.audit.append(
            [(outcome.entry, outcome.standing)], now, configuration=configuration.SerializeToString(deterministic=True)
        )
        self.standing, self.configuration, self.instruments = outcome.standing, configuration, instruments
        self.is_restored, self.book_as_of = True, as_of
        return outcome

    def take(self, event: Event, as_of: np.datetime64, now: np.datetime64, client_sequence: int | None) -> Outcome:
        """What an event makes of the hedge, written before it is returned; where writing fails nothing has happened."""
        if self.standing is None:
            raise InputError(f"hedge: {self.name!r} is not opened; send its configuration first")
        outcome = taken(self.standing, event, as_of, client_sequence)
        self.audit.append([(outcome.entry, outcome.standing)], now)
        self.standing = outcome.standing
        return outcome

    def decide(
        self,
        trigger: str,
        as_of: np.datetime64,
        now: np.datetime64,
        client_sequence: int | None,
        *,
        with_spot_triggers: bool = False,
        resets_breaker: bool = False,
    ) -> tuple[Outcome, Decision, int]:
        """(outcome, decision with its triggers where asked, nanoseconds it took)."""
        started = time.perf_counter_ns()
        inputs = replace(self.inputs(as_of, trigger), resets_breaker=resets_breaker)
        outcome = self.take(inputs, as_of, now, client_sequence)
        decision = outcome.decision
        assert decision is not None
        self.watch = evaluated(self.watch, inputs)
        if with_spot_triggers:
            decision = with_triggers(decision, inputs, self.config, outcome.standing.state)
        return outcome, decision, time.perf_counter_ns() - started

    def asked(self, as_of: np.datetime64) -> tuple[str, ...]:
        """Evaluation triggers that ask now; () where nothing does and the poll interval is not over."""
        inputs = self.inputs(as_of, "tick")
        self.watch, asks = observed(self.watch, inputs, self.config)
        if asks:
            return asks
        last, poll = self.watch.evaluated_at, self.config.policy.poll_interval
        if last is None or poll == 0.0 or float((as_of - last) / np.timedelta64(1, "ns")) * 1e-9 >= poll:
            return ("tick",)
        return ()

    def inputs(self, as_of: np.datetime64, trigger: str) -> EngineInputs:
        """Everything known at `as_of`."""
        reading = self.reading
        books = []
        for place, (underlying, book) in enumerate(self.followed.items()):
            is_first = place == 0
            books.append(
                book.at(
                    [one for name, one in self.instruments.values() if name == underlying],
                    spot=self.spots.get(underlying),
                    as_of=as_of,
                    value=_known(reading, "book_value") if is_first else None,
                    realised_vol_short=_known(reading, "realised_volatility_short") if is_first else None,
                    realised_vol_long=_known(reading, "realised_volatility_long") if is_first else None,
                    volume=_known(reading, "volume") if is_first else None,
                    imbalance=_known(reading, "imbalance") if is_first else None,
                    instants=self._instants(book),
                )
            )
        dealer = None
        if reading.HasField("dealer_gamma_per_percent"):
            dealer = DealerReading(
                gamma_usd_per_percent=reading.dealer_gamma_per_percent,
                flip=_known(reading, "dealer_gamma_flip"),
                depth=_known(reading, "depth"),
            )
        cascade = {name: _known(reading, name) for name in _CASCADE}
        return EngineInputs(
            as_of=as_of,
            books=tuple(books),
            trigger=trigger,
            correlations=tuple(
                CorrelationReading(hedged=c.hedged, hedge=c.hedge, value=c.value, count=c.observation_count)
                for c in reading.correlations
            ),
            equity=_known(reading, "equity"),
            equity_coin=reading.coin_equity or self.config.policy.equity_coin,
            confirmed=tuple(sorted((name, int(n)) for name, n in reading.confirmed_positions.items())) or None,
            dealer=dealer,
            cascade=CascadeReading(**cascade) if any(v is not None for v in cascade.values()) else None,
        )

    def ticked(self, tick: hedge_pb2.HedgeTick, as_of: np.datetime64) -> None:
        """New prices; what is not named stays."""
        for quote in tick.quotes:
            if quote.symbol not in self.instruments:
                raise InputError(f"tick.quotes: {quote.symbol!r} is no instrument of {self.name!r}")
        for name in tick.spot:
            if name not in self.followed:
                raise InputError(f"tick.spot: {name!r} is no underlying of {self.name!r}")
        for name, spot in tick.spot.items():
            self.spots[name], self.spots_as_of[name] = spot, as_of
        for quote in tick.quotes:
            underlying, terms = self.instruments[quote.symbol]
            account = None if self.standing is None else self.standing.state.account(quote.symbol)
            self.instruments[quote.symbol] = underlying, _quoted(terms, quote, as_of, account)
        if tick.HasField("reading"):
            for fresh in ("correlations", "confirmed_positions"):
                if getattr(tick.reading, fresh):
                    self.reading.ClearField(fresh)
            for fleeting in ("volume", "imbalance"):
                self.reading.ClearField(fleeting)
            self.reading.MergeFrom(tick.reading)

    def _instants(self, book: FollowedBook) -> InputInstants | None:
        """Of when chain, newest tick and positions of one underlying are."""
        if book.instants is None:
            return None
        spot = self.spots_as_of.get(book.underlying) if book.underlying in self.spots else book.instants.spot
        return replace(book.instants, spot=spot, book=self.book_as_of)

    def tell(self, response: hedge_pb2.HedgeSessionResponse) -> None:
        """Everyone who listens hears of what others caused."""
        for listener in self.listeners:
            listener.put_nowait(response)


class Hedges:
    """All kept hedges by name; one that is only in the log is read from it."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._kept: dict[str, KeptHedge] = {}

    def __len__(self) -> int:
        return len(self._kept)

    def hedge(self, name: str, audit: AuditStore) -> KeptHedge:
        """The hedge of that name, new or as its log left it."""
        if not name or len(name) > 200:
            raise InputError(f"hedge: expected a name of 1 to 200 characters, got {len(name)}")
        found = self._kept.get(name)
        if found is None:
            if len(self._kept) >= self._limit:
                raise InputError(f"hedges: expected at most {self._limit}, {name!r} would be one more")
            found = KeptHedge(name=name, audit=audit, standing=audit.standing(name))
            message = audit.configuration(name)
            if message is not None:
                found.configuration = hedge_pb2.HedgeConfiguration.FromString(message)
            self._kept[name] = found
        return found

    def forget(self, name: str) -> None:
        """Drop a hedge that was asked for and never opened; one that was stays."""
        found = self._kept.get(name)
        if found is not None and found.standing is None and not found.listeners:
            del self._kept[name]


def book_of(hedge: KeptHedge) -> risk_pb2.Book:
    """The book of a configured hedge."""
    if hedge.configuration is None:
        raise InputError(f"hedge: {hedge.name!r} is not opened; send its configuration first")
    return hedge.configuration.book


def _quoted(
    terms: HedgeInstrument, quote: hedge_pb2.InstrumentQuote, as_of: np.datetime64, account: Account | None
) -> HedgeInstrument:
    changes: dict[str, Any] = {
        "bid": quote.bid if quote.HasField("bid") else None,
        "ask": quote.ask if quote.HasField("ask") else None,
        "price": None,
        "quoted_at": as_of,
    }
    for name in ("funding_rate", "expected_funding_rate", "depth"):
        if quote.HasField(name):
            changes[name] = getattr(quote, name)
    found = replace(terms, **changes)
    if not quote.HasField("liquidation_price"):
        return found
    held = replace(
        found,
        position=0 if account is None else account.position,
        entry_price=None if account is None else account.entry_price,
    )
    return with_stated_liquidation(held, quote.liquidation_price)


def _known(message: hedge_pb2.MarketReading, name: str) -> float | None:
    return float(getattr(message, name)) if message.HasField(name) else None
