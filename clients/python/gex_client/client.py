"""The client: every call of the service, watches and sessions."""

from collections.abc import Mapping, Sequence

import numpy.typing as npt
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, risk_pb2

from gex_client import calls
from gex_client.calls import Held, Market, Positionings
from gex_client.chain import Chain
from gex_client.exposure import Exposure
from gex_client.hedge_calls import HedgeCalls
from gex_client.kept import Inventory, KeptBook
from gex_client.market import KeptChain, KeptUnderlying, Published
from gex_client.messages import Values
from gex_client.risk import Risk, Scenarios
from gex_client.routing import METADATA_KEY
from gex_client.status import ServerStatus
from gex_client.surface import Surface, SurfacePoints
from gex_client.update_session import UpdateSession
from gex_client.updates import UpdateExchange
from gex_client.vols import Vols
from gex_client.watch import ExposureNews, ExposureWatch, RiskNews, RiskWatch, watch_request


class Client(HedgeCalls):
    """A connection to a gex server: open one, use it from any thread, close it (or use `with`).

    Every call has a deadline, `timeout` seconds, and raises the errors of `gex_client.errors`. A market is the name of a
    kept underlying or a `Chain` that is sent along and not kept; a book the name of a kept one or a `Book`.

    >>> with Client(address) as gex:
    ...     kept = gex.publish_chain(chain)
    ...     exposure = gex.exposure("SPX", positionings=["oi_calls_long_puts_short"])
    >>> kept.underlying, kept.row_count, exposure.spot
    ('SPX', 400, 5431.6)
    >>> book = exposure.books[0]
    >>> book.positioning, len(book.map) == len(book.map.strike)
    ('oi_calls_long_puts_short', True)
    """

    def publish_chain(
        self,
        chain: Chain | chain_pb2.Chain,
        *,
        expected_revision: int | None = None,
        timeout: float | None = None,
    ) -> Published:
        """Replace the chain of one underlying; RevisionConflictError where `expected_revision` is not the kept one.

        >>> with Client(address) as gex:
        ...     first = gex.publish_chain(chain)
        ...     second = gex.publish_chain(chain, expected_revision=first.revision)
        >>> second.revision - first.revision
        1
        """
        return self._ask(calls.publish_chain(chain, expected_revision), timeout)

    def chain(self, underlying: str, *, min_revision: int | None = None, timeout: float | None = None) -> KeptChain:
        """The kept chain, from `min_revision` on; UnknownUnderlyingError where there is none.

        >>> from gex_client import UnknownUnderlyingError
        >>> with Client(address) as gex:
        ...     try:
        ...         gex.chain("NOBODY")
        ...     except UnknownUnderlyingError as error:
        ...         print(error.reason)
        UNKNOWN_UNDERLYING
        """
        return self._ask(calls.chain(underlying, min_revision), timeout)

    def underlyings(self, *, timeout: float | None = None) -> tuple[KeptUnderlying, ...]:
        """What the service keeps, by name.

        >>> with Client(address) as gex:
        ...     revision = gex.publish_chain(chain).revision
        ...     kept = gex.underlyings()
        >>> kept[0].underlying, kept[0].revision == revision
        ('SPX', True)
        """
        return calls.kept_underlyings(self._ask(calls.underlyings(), timeout))

    def status(self, *, timeout: float | None = None) -> ServerStatus:
        """How the server does: its processes, what they keep, how safe it is, and how busy they are.

        >>> with Client(address) as gex:
        ...     status = gex.status(timeout=30.0)
        >>> status.is_well, status.processes[0].durability, status.processes[0].shard_count
        (True, 'memory', 1)
        """
        return self._ask(calls.status(), timeout)

    def exposure(
        self,
        market: Market,
        *,
        positionings: Positionings = (),
        greeks: str | None = None,
        rate: float | None = None,
        settings: Values | exposure_pb2.ExposureSettings | None = None,
        min_revision: int | None = None,
        timeout: float | None = None,
    ) -> Exposure:
        """Dealer exposure: totals, map, profile, flips and walls, one book a positioning.

        `greeks`: "computed" or "source". `rate`: per year, continuous; None: implied by the chain. `settings`: any field
        of `gexapi.v1.ExposureSettings` by name. `min_revision`: wait for that revision of a kept chain.

        >>> with Client(address) as gex:
        ...     exposure = gex.exposure(chain, positionings=["oi_calls_long_puts_short", "oi_calls_short_puts_long"])
        >>> one, other = exposure.books
        >>> one.gamma_exposure_per_percent == -other.gamma_exposure_per_percent  # the signs are the assumption
        True
        """
        chosen = calls.exposure_settings(positionings, greeks, rate, settings)
        return self._ask(calls.exposure(market, chosen, min_revision), timeout)

    def watch_exposure(
        self,
        underlying: str,
        *,
        positionings: Positionings = (),
        greeks: str | None = None,
        rate: float | None = None,
        settings: Values | exposure_pb2.ExposureSettings | None = None,
        after_revision: int | None = None,
        min_interval: float | None = None,
        reconnect: bool = True,
    ) -> ExposureWatch:
        """An iterator over exposures as the kept chain changes: always the newest, however slow the reader.

        With `reconnect` it outlives the server: it connects again and goes on with what is kept then. Close it, or use
        `with`.

        >>> with Client(address) as gex:
        ...     revision = gex.publish_chain(chain).revision
        ...     with gex.watch_exposure("SPX") as watch:
        ...         newest = watch.next(timeout=30.0)
        >>> newest.revision >= revision
        True
        """
        chosen = calls.exposure_settings(positionings, greeks, rate, settings)
        request = watch_request(underlying, chosen, after_revision, min_interval)
        watch = ExposureWatch(self._stream, request, ExposureNews(), address=self.address, reconnect=reconnect)
        self._open.add(watch)
        return watch

    def vols(
        self,
        market: Market,
        *,
        rate: float | None = None,
        settings: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> Vols:
        """Forward of every expiry, implied volatility and Greeks of every option.

        >>> with Client(address) as gex:
        ...     vols = gex.vols(chain)  # of 400 options 22 have expired or are refused: vols.rejects
        >>> len(vols.options.vol), bool((vols.options.delta[vols.options.right < 0] <= 0.0).all())
        (378, True)
        """
        return self._ask(calls.vols(market, calls.analysis_settings(rate, settings)), timeout)

    def surface(
        self,
        market: Market,
        *,
        model: str | None = None,
        check_quotes: bool = False,
        rate: float | None = None,
        settings: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> Surface:
        """The volatility surface, a slice an expiry with its proof and its quality.

        `model`: "certified" (the default), "essvi" or "broken_line". `check_quotes`: also sure gains among the raw
        quotes and the quotes that the surface leaves.

        >>> with Client(address) as gex:
        ...     surface = gex.surface(chain)
        >>> surface.is_certified, surface.slices[0].certificate.is_certified
        (True, True)
        """
        chosen = calls.analysis_settings(rate, settings)
        return self._ask(calls.surface(market, chosen, model, check_quotes), timeout)

    def evaluate_vols(
        self,
        market: Market,
        *,
        expiry_index: npt.ArrayLike | None = None,
        at: npt.ArrayLike | None = None,
        log_moneyness: npt.ArrayLike | None = None,
        strike: npt.ArrayLike | None = None,
        with_vol_error: bool = False,
        rate: float | None = None,
        settings: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> SurfacePoints:
        """The surface at points: of listed expiries by index or at instants (UTC), by ln(strike/forward) or by strike.

        >>> with Client(address) as gex:
        ...     points = gex.evaluate_vols(chain, expiry_index=3, log_moneyness=[-0.05, 0.0, 0.05])
        >>> points.vol.shape, bool(points.vol[0] > points.vol[1])  # puts cost more: the skew of an index
        ((3,), True)
        """
        chosen = calls.analysis_settings(rate, settings)
        asked = calls.evaluate_vols(market, chosen, expiry_index, at, log_moneyness, strike, with_vol_error)
        return self._ask(asked, timeout)

    def risk(
        self,
        book: Held,
        *,
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        settings: Values | risk_pb2.RiskSettings | None = None,
        timeout: float | None = None,
    ) -> Risk:
        """Value and Greeks of a book over kept chains, or those sent along.

        >>> with Client(address) as gex:
        ...     total = gex.risk(book, chains=[chain]).totals[0]
        >>> total.position_count, total.delta < 0.0, total.gamma < 0.0  # short calls
        (1, True, True)
        """
        return self._ask(calls.risk(book, chains, settings), timeout)

    def scenarios(
        self,
        book: Held,
        *,
        spot_move: Sequence[float] = (),
        vol_points: Sequence[float] = (),
        seconds: Sequence[float] = (),
        shocks: Sequence[str] = (),
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        settings: Values | risk_pb2.RiskSettings | None = None,
        timeout: float | None = None,
    ) -> Scenarios:
        """Profit and Greeks of a book after every relative `spot_move` with every move of volatility (vol points) and
        time (seconds), and after named `shocks` ("crash", ...), every position repriced.

        >>> with Client(address) as gex:
        ...     after = gex.scenarios(book, spot_move=[-0.05, 0.05], chains=[chain])
        >>> bool(after.profit[0] > 0.0 > after.profit[1])  # short calls
        True
        """
        moves = {"spot_move": spot_move, "vol_points": vol_points, "seconds": seconds, "shocks": shocks}
        return self._ask(calls.scenarios(book, chains, settings, moves), timeout)

    def watch_risk(
        self,
        book: Held,
        *,
        settings: Values | risk_pb2.RiskSettings | None = None,
        min_interval: float | None = None,
        after_revision: Mapping[str, int] | None = None,
        after_book_revision: int | None = None,
        reconnect: bool = True,
    ) -> RiskWatch:
        """An iterator over the risk of a book as kept chains, or the kept book, change: always the newest.

        >>> with Client(address) as gex:
        ...     kept = gex.publish_chain(chain)
        ...     with gex.watch_risk(book) as watch:
        ...         newest = watch.next(timeout=30.0)
        >>> newest.total.delta < 0.0
        True
        """
        request = calls.risk_watch(book, settings, min_interval, after_revision, after_book_revision)
        watch = RiskWatch(self._stream, request, RiskNews(), address=self.address, reconnect=reconnect)
        self._open.add(watch)
        return watch

    def stream_updates(
        self, underlying: str, *, client_id: str | None = None, first_sequence: int = 1, reconnect: bool = True
    ) -> UpdateSession:
        """A session that changes the kept chain of an underlying: spot, quotes, open interest, trades, futures, books.

        Every message is applied once and in order: numbers are given here, and what was not answered when a connection
        broke is sent again on the next one. Each method returns a future; `flush` waits for all. A process that goes on
        under a `client_id` of its own says the `first_sequence` that it has not used.

        >>> quote = {"expiry": ["2024-07-19"], "root": ["SPX"], "strike": [5400.0], "right": ["C"], "bid": [120.0],
        ...          "ask": [121.0]}
        >>> with Client(address) as gex:
        ...     revision = gex.publish_chain(chain).revision
        ...     with gex.stream_updates("SPX") as updates:
        ...         moved = updates.spot(5440.0, as_of="2024-06-12T14:31:00Z")
        ...         quoted = updates.quotes(quote, as_of="2024-06-12T14:31:00Z")
        ...         updates.flush(timeout=30.0)
        ...     spot = gex.exposure("SPX", settings={"omit_map": True}).spot
        >>> moved.result().is_applied, moved.result().revision - revision, quoted.result().reason, spot
        (True, 1, '', 5440.0)
        """
        rules = UpdateExchange(underlying, client_id, first_sequence, reconnect=reconnect)
        start = self._starter("StreamUpdates", ((METADATA_KEY, underlying),))
        session = UpdateSession(start, rules, address=self.address)
        self._open.add(session)
        return session

    def inventory(self, underlying: str, *, timeout: float | None = None) -> Inventory:
        """The dealers' inventory that the trades sent for an underlying have left, line by line.

        >>> trade = {"expiry": ["2024-07-19"], "root": ["SPX"], "strike": [5400.0], "right": ["C"], "price": [120.5],
        ...          "contract_count": [7.0], "customer_side": [1]}
        >>> with Client(address) as gex:
        ...     revision = gex.publish_chain(chain).revision
        ...     before = gex.inventory("SPX").trade_count
        ...     with gex.stream_updates("SPX") as updates:
        ...         ack = updates.trades(trade, as_of="2024-06-12T14:31:00Z").result(timeout=30.0)
        ...     after = gex.inventory("SPX")
        >>> ack.is_applied, after.trade_count - before, after.columns()["root"][0]
        (True, 1, np.str_('SPX'))
        """
        return self._ask(calls.inventory(underlying), timeout)

    def kept_book(self, name: str, *, timeout: float | None = None) -> KeptBook:
        """A book that is kept under a name; UnknownBookError where there is none.

        >>> from gex_client import Book
        >>> book = Book(name="desk-1", underlying="SPX", options={"root": ["SPX"], "expiry": ["2024-07-19"],
        ...             "strike": [5400.0], "right": ["C"], "contract_count": [-10]})
        >>> with Client(address) as gex:
        ...     kept = gex.publish_chain(chain)
        ...     with gex.stream_updates("SPX") as updates:
        ...         ack = updates.positions(book, as_of="2024-06-12T14:31:00Z").result(timeout=30.0)
        ...     kept_book, risk = gex.kept_book("desk-1"), gex.risk("desk-1")
        >>> kept_book.book.options["contract_count"].tolist(), kept_book.revision == ack.revision, risk.total.delta < 0.0
        ([-10.0], True, True)
        """
        return self._ask(calls.kept_book(name), timeout)
