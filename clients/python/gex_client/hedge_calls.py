"""The calls of the client about hedges."""

from collections.abc import Iterator, Sequence
from typing import Any

from gexapi.v1 import chain_pb2, common_pb2, hedge_pb2, risk_pb2

from gex_client import calls
from gex_client.book import Book
from gex_client.calls import Held
from gex_client.chain import Chain
from gex_client.connection import Connection
from gex_client.decisions import Decision, FillReceipt, OverrideInForce
from gex_client.hedge import HedgePlan
from gex_client.hedge_messages import configuration_message, routing_of
from gex_client.hedge_session import HedgeSession
from gex_client.messages import Instant, Values


class HedgeCalls(Connection):
    """What `Client` can say and ask about hedges."""

    def plan_hedge(
        self,
        book: Held,
        instruments: Sequence[Values | hedge_pb2.HedgeInstrument],
        *,
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        policy: Values | hedge_pb2.HedgePolicy | None = None,
        rate: float | None = None,
        analysis: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> HedgePlan:
        """What to trade now, the band, and the prices and times at which to ask again. Nothing is kept.

        An instrument has the fields of `gexapi.v1.HedgeInstrument`, a policy those of `HedgePolicy`.

        >>> from gex_client import Client
        >>> with Client(address) as gex:
        ...     plan = gex.plan_hedge(book, futures, chains=[chain], policy={"delta_cap": 100.0})
        >>> plan.action, plan.orders[0].contracts > 0.0, abs(plan.residual_delta) < 100.0  # short calls: futures are bought
        ('trade', True, True)
        """
        chosen = calls.analysis_settings(rate, analysis)
        return self._ask(calls.plan_hedge(book, instruments, chains, policy, chosen), timeout)

    def hedge_session(
        self,
        hedge: str,
        *,
        as_of: Instant | None = None,
        book: Book | risk_pb2.Book | None = None,
        instruments: Sequence[Values | hedge_pb2.HedgeInstrument] = (),
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        policy: Values | hedge_pb2.HedgePolicy | None = None,
        rules: Values | hedge_pb2.AdaptiveRules | None = None,
        rate: float | None = None,
        analysis: Values | common_pb2.AnalysisSettings | None = None,
        newest_only: bool = False,
        reconnect: bool = True,
        timeout: float | None = None,
    ) -> HedgeSession:
        """A session of a kept hedge: ticks, fills and overrides in, decisions out.

        With a `book` it opens the hedge, or gives an open one these rules, as of `as_of` (required then); without, it joins
        one that is open. What happened goes on where its log ends, also after either side was killed: numbers are given
        here, and what was not answered is sent again. `newest_only`: of decisions nobody took yet only the newest is
        kept. One session a hedge: where someone else sends to it, both are told (RevisionConflictError).

        >>> from gex_client import Client
        >>> opened = {"as_of": "2024-06-12T14:30:00Z", "book": book, "instruments": futures, "chains": [chain],
        ...           "policy": {"delta_cap": 100.0, "mode": "live"}}
        >>> with Client(address) as gex:
        ...     with gex.hedge_session("doc/sync", **opened) as session:
        ...         answer = session.tick({"SPX": 5440.0}, as_of="2024-06-12T14:30:05Z").result(timeout=30.0)
        ...         order = answer.decision.plan.orders[0]
        ...         fill = {"fill_id": "f1", "order_id": order.order_id, "instrument": "MES",
        ...                 "contracts": order.contracts, "price": 5440.25}
        ...         taken = session.fill(fill, as_of="2024-06-12T14:30:06Z").result(timeout=30.0)
        ...         decision = session.next(timeout=30.0)
        >>> decision.decision_id, order.instrument, order.contracts > 0.0, taken.acknowledgement.is_applied
        (1, 'MES', True, True)
        """
        configuration = configuration_message(
            book, instruments, chains, policy, rules, calls.analysis_settings(rate, analysis)
        )
        starter = self._hedge_starter(hedge, configuration)
        session = HedgeSession(starter, hedge, address=self.address, reconnect=reconnect, newest_only=newest_only)
        self._open.add(session)
        try:
            session.open(configuration, as_of, self.timeout if timeout is None else timeout)
        except BaseException:
            session.close(0.0)
            raise
        return session

    def _hedge_starter(self, _hedge: str, configuration: hedge_pb2.HedgeConfiguration | None) -> Any:
        """What begins a session of a hedge."""
        return self._starter("HedgeSession", routing_of(configuration))

    def report_fill(self, hedge: str, fill: Values | hedge_pb2.Fill, *, timeout: float | None = None) -> FillReceipt:
        """A fill, partial fill or rejection of an order of a kept hedge: fields of `gexapi.v1.Fill`. A `fill_id` counts
        once, however often it is reported; so a call that finds no server is tried again.

        >>> from gex_client import Client, UnknownUnderlyingError
        >>> with Client(address) as gex:
        ...     try:
        ...         gex.report_fill("nobody", {"fill_id": "f1", "instrument": "MES", "contracts": 1})
        ...     except UnknownUnderlyingError as error:
        ...         print(error)
        hedge: no hedge is kept under the name 'nobody'
        """
        return self._ask(calls.report_fill(hedge, fill), timeout)

    def set_override(
        self, hedge: str, override: Values | hedge_pb2.Override, *, timeout: float | None = None
    ) -> OverrideInForce:
        """Freeze a kept hedge, force its target, or clear that: fields of `gexapi.v1.Override`, with who, why, until when.

        >>> from gex_client import Client
        >>> opened = {"as_of": "2024-06-12T14:30:00Z", "book": book, "instruments": futures, "chains": [chain],
        ...           "policy": {"delta_cap": 100.0, "mode": "live"}}
        >>> with Client(address) as gex:
        ...     with gex.hedge_session("doc/override", **opened):
        ...         held = gex.set_override("doc/override", {"kind": "freeze", "user": "ann", "reason": "CPI",
        ...                                                  "expires_at": "2099-01-01T00:00:00Z"})
        >>> held.override.kind, held.decision.plan.orders
        ('freeze', ())
        """
        return self._ask(calls.set_override(hedge, override), timeout)

    def decisions(
        self,
        hedge: str,
        *,
        since: Instant | None = None,
        until: Instant | None = None,
        only_trades: bool = False,
        page_size: int | None = None,
        timeout: float | None = None,
    ) -> Iterator[Decision]:
        """The recorded decisions of a kept hedge, oldest first, from `since` up to before `until`; pages are fetched as one
        iterates.

        >>> from gex_client import Client
        >>> opened = {"as_of": "2024-06-12T14:30:00Z", "book": book, "instruments": futures, "chains": [chain],
        ...           "policy": {"delta_cap": 100.0, "mode": "live"}}
        >>> with Client(address) as gex:
        ...     with gex.hedge_session("doc/list", **opened) as session:
        ...         for second, spot in enumerate((5440.0, 5441.0, 5442.0)):
        ...             sent = session.evaluate(as_of=f"2024-06-12T14:30:0{second}Z")
        ...     found = [(one.decision_id, one.trigger) for one in gex.decisions("doc/list", page_size=2)]
        >>> found
        [(1, 'user'), (2, 'user'), (3, 'user')]
        """
        token = ""
        while True:
            page = self._ask(calls.decisions(hedge, since, until, page_size, token, only_trades), timeout)
            yield from page.decisions
            token = page.next_page_token
            if not token:
                return
