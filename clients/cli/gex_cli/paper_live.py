"""gex paper UNDERLYING --server: a hedge kept by a live server, its orders filled on paper as the kept chain moves."""

import datetime as dt
import json as json_text
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from gexapi.v1 import hedge_pb2

from gex_cli.paper_source import PaperOptions
from gex_cli.terminal import console, progress

if TYPE_CHECKING:
    from gex_client import Client
    from gex_client.decisions import Decision
    from gex_client.hedge_session import HedgeSession

    from gex.backtest.paper_venue import PaperVenue
    from gex.hedging.instruments import HedgeInstrument

ANSWER = 60.0  # seconds that a server may take for an answer


class PaperDesk:
    """What is sent, filled and heard of one session."""

    def __init__(self, session: "HedgeSession", venue: "PaperVenue", terms: "dict[str, HedgeInstrument]") -> None:
        self.session, self.venue, self.terms = session, venue, terms
        self.ratios: dict[str, float] = {}  # price over spot of each instrument, when it was last said
        self.last: Decision | None = None
        self.spot, self.as_of = math.nan, _now()  # of the last decision
        self.decisions = self.orders = self.fills = 0

    def heard(self, decision: "Decision") -> None:
        """A decision: its orders are on their way, and the market that it saw fills what is due."""
        from gex.backtest.paper_venue import PaperOrder

        if self.last is not None and decision.decision_id <= self.last.decision_id:
            return
        self.last, self.decisions = decision, self.decisions + 1
        plan = decision.plan
        if plan is None or decision.as_of is None:
            return
        self.spot, self.as_of = plan.spot, decision.as_of
        for order in plan.orders:
            self.ratios[order.instrument] = order.expected_price / plan.spot
            self.orders += 1
            sent = PaperOrder(
                order_id=order.order_id,
                symbol=order.instrument,
                contracts=int(order.contracts),
                sent_at=decision.as_of,
            )
            self.venue.send(sent)
            progress(f"{_time(sent.sent_at)} {sent.contracts:+d} {sent.symbol} ({' '.join(plan.reasons)})")

    def filled(self, now: np.datetime64) -> None:
        """What the venue fills by now, at the spot of the last decision."""
        if not self.spot > 0.0:
            return
        quotes = {
            name: replace(terms, bid=None, ask=None, price=self.ratios[name] * self.spot)
            for name, terms in self.terms.items()
            if name in self.ratios
        }
        for fill in self.venue.look(quotes, quoted_at=self.as_of, until=now):
            message = hedge_pb2.Fill(
                fill_id=fill.fill_id,
                order_id=fill.order_id,
                instrument=fill.symbol,
                contracts=fill.contracts,
                is_rejected=fill.is_rejected,
            )
            if fill.price is not None:
                message.price = fill.price
            if fill.fee is not None:
                message.fee = fill.fee
            message.filled_at.FromNanoseconds(int(fill.filled_at.astype("datetime64[ns]").astype(np.int64)))
            self.session.fill(message, as_of=now).result(ANSWER)
            self.fills += 1
            price = "refused" if fill.price is None else f"at {fill.price:,.2f}"
            progress(f"{_time(fill.filled_at)} filled {fill.contracts:+d} {fill.symbol} {price}")


def run_live(underlying: str, options: PaperOptions, *, server: str, minutes: float, every: float, json: bool) -> int:
    """Trade on paper for some minutes beside a server that keeps the chain; its log is the server's."""
    from gex_server.wire.engine_config import rules_to_proto

    from gex.backtest.paper_venue import PaperRule, PaperVenue
    from gex.errors import InputError
    from gex.hedging.engine.rules import parse_rules
    from gex_cli.book_file import read_settings
    from gex_cli.connecting import connect
    from gex_cli.hedge_request import kept_hedge_request
    from gex_cli.paper_command import option_lines

    if options.database is not None:
        raise InputError("--database: the log of a live hedge is the server's; leave it out")
    settings = read_settings(options.instruments, has_rules=True)
    option_lines(options.positions, settings)
    name = options.hedge or f"paper/{underlying}/{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%S}"
    request = kept_hedge_request(underlying, options.positions, options.instruments, has_rules=True)
    for instrument in request.instruments:
        for field in ("price", "bid", "ask", "quoted_at"):
            instrument.ClearField(field)  # its price is that of the kept chain, its spread what the file says
    configuration = hedge_pb2.HedgeConfiguration(policy=request.policy)
    rules = {"mode": "live"} | dict(settings.rules or {})
    rules_to_proto(parse_rules(rules, hedge=name, policy=settings.policy), configuration)
    venue = PaperVenue(PaperRule(latency=options.latency, patience=options.patience))
    end = time.monotonic() + 60.0 * minutes
    with (
        connect(server) as client,
        _kept(client, underlying).hedge_session(
            name,
            as_of=_now(),
            book=request.book,
            instruments=tuple(request.instruments),
            policy=configuration.policy,
            rules=configuration.rules,
            timeout=ANSWER,
        ) as session,
    ):
        desk = PaperDesk(session, venue, {one.symbol: one for one in settings.instruments})
        while True:
            # The server's clock may be ahead of this one: time never goes back for it.
            as_of = max(_now(), desk.as_of)
            session.evaluate(as_of=as_of, trigger="paper").result(ANSWER)
            pause = time.monotonic() + min(every, max(end - time.monotonic(), 0.0))
            while (decision := session.next(timeout=max(pause - time.monotonic(), 0.0))) is not None:
                desk.heard(decision)
                desk.filled(_now())
            desk.filled(_now())
            if time.monotonic() >= end:
                break
        session.evaluate(as_of=max(_now(), desk.as_of), trigger="paper").result(ANSWER)
        while (decision := session.next(timeout=0.0)) is not None:
            desk.heard(decision)
    summary = summary_of(desk, name, options)
    if json:
        print(json_text.dumps(summary))
    else:
        out = console()
        for key, value in summary.items():
            out.print(f"{key.replace('_', ' ')}: {format(value, ',.2f') if isinstance(value, float) else value}")
    return 0


def _kept(client: "Client", underlying: str) -> "Client":
    """The client, where a server answers and keeps the chain: a session would go on looking for one for a minute."""
    names = [one.underlying for one in client.underlyings()]
    if underlying not in names:
        from gex_client import UnknownUnderlyingError

        raise UnknownUnderlyingError(
            f"{underlying}: the server keeps {', '.join(names) or 'no chain'}; send it with: gex publish FILE --server "
            f"{client.address}"
        )
    return client


def summary_of(desk: PaperDesk, name: str, options: PaperOptions) -> dict[str, Any]:
    """What came of it so far; money in the currency of the book."""
    found: dict[str, Any] = {
        "hedge": name,
        "decisions": desk.decisions,
        "orders": desk.orders,
        "fills": desk.fills,
        "open": len(desk.venue.resting),
        "latency_seconds": options.latency,
    }
    ledger = None if desk.last is None else desk.last.ledger
    if ledger is not None:
        found |= {
            "expected_cost": 0.0 if ledger.expected is None else ledger.expected.total,
            "realised_cost": 0.0 if ledger.realised is None else ledger.realised.total,
            "book_profit": ledger.book_profit,
            "hedge_profit": ledger.hedge_profit,
            "total_profit": ledger.book_profit + ledger.hedge_profit,
        }
    return found


def _now() -> np.datetime64:
    return np.datetime64(dt.datetime.now(dt.UTC).replace(tzinfo=None), "ns")


def _time(at: np.datetime64) -> str:
    return str(at.astype("datetime64[s]"))[11:]
