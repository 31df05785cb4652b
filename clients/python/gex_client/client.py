"""The client: every call of the service that answers once, and the watch."""

from collections.abc import Sequence
from types import TracebackType
from typing import Any, Self, TypeVar
from weakref import WeakSet

import grpc
import numpy.typing as npt
from gexapi.v1 import chain_pb2, common_pb2, exposure_pb2, hedge_pb2, risk_pb2
from google.protobuf.message import Message

from gex_client import calls
from gex_client.book import Book
from gex_client.calls import Call, Market, Positionings
from gex_client.chain import Chain
from gex_client.channel import (
    DEFAULT_ADDRESS,
    DEFAULT_TIMEOUT,
    call_metadata,
    channel_options,
    check_token_is_safe,
    error_from_rpc,
)
from gex_client.exposure import Exposure
from gex_client.health import HEALTH, is_serving
from gex_client.hedge import HedgePlan
from gex_client.market import KeptChain, KeptUnderlying, Published
from gex_client.messages import Values
from gex_client.risk import Risk
from gex_client.routing import routing_metadata
from gex_client.surface import Surface, SurfacePoints
from gex_client.view import View
from gex_client.vols import Vols
from gex_client.watch import ExposureWatch, watch_request

V = TypeVar("V", bound=View)


class Client:
    """A connection to a gex server: open one, use it from any thread, close it (or use `with`).

    Every call has a deadline, `timeout` seconds, and raises the errors of `gex_client.errors`. A market is the name of a
    kept underlying or a `Chain` that is sent along and not kept.

    >>> with Client(address) as gex:
    ...     kept = gex.publish_chain(chain)
    ...     exposure = gex.exposure("SPX", positionings=["oi_calls_long_puts_short"])
    >>> kept.underlying, kept.row_count, exposure.spot
    ('SPX', 400, 5431.6)
    >>> book = exposure.books[0]
    >>> book.positioning, len(book.map) == len(book.map.strike)
    ('oi_calls_long_puts_short', True)
    """

    def __init__(
        self,
        address: str = DEFAULT_ADDRESS,
        *,
        timeout: float | None = DEFAULT_TIMEOUT,
        credentials: grpc.ChannelCredentials | None = None,
        token: str | None = None,
        insecure_token: bool = False,
        options: Sequence[tuple[str, Any]] = (),
    ) -> None:
        self.address = address
        self.timeout = timeout
        if not insecure_token:
            check_token_is_safe(address, token, credentials)
        self._metadata = call_metadata(token)
        chosen = channel_options(options)
        self._channel = (
            grpc.insecure_channel(address, chosen)
            if credentials is None
            else grpc.secure_channel(address, credentials, chosen)
        )
        self._methods: dict[str, Any] = {}
        self._watches: WeakSet[ExposureWatch] = WeakSet()

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
        """What the service keeps, by name."""
        return calls.kept_underlyings(self._ask(calls.underlyings(), timeout))

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
        watch = ExposureWatch(self._stream, request, address=self.address, reconnect=reconnect)
        self._watches.add(watch)
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
        book: Book | risk_pb2.Book,
        *,
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        settings: Values | risk_pb2.RiskSettings | None = None,
        timeout: float | None = None,
    ) -> Risk:
        """Value and Greeks of a book over kept chains, or those sent along.

        >>> from gex_client import Book
        >>> book = Book(underlying="SPX", options={"root": ["SPX"], "expiry": ["2024-07-19"], "strike": [5400.0],
        ...             "right": ["C"], "contract_count": [-10]})
        >>> with Client(address) as gex:
        ...     total = gex.risk(book, chains=[chain]).totals[0]
        >>> total.position_count, total.delta < 0.0, total.gamma < 0.0  # short calls
        (1, True, True)
        """
        return self._ask(calls.risk(book, chains, settings), timeout)

    def plan_hedge(
        self,
        book: Book | risk_pb2.Book,
        instruments: Sequence[Values | hedge_pb2.HedgeInstrument],
        *,
        chains: Sequence[Chain | chain_pb2.Chain] = (),
        policy: Values | hedge_pb2.HedgePolicy | None = None,
        rate: float | None = None,
        analysis: Values | common_pb2.AnalysisSettings | None = None,
        timeout: float | None = None,
    ) -> HedgePlan:
        """What to trade now, the band, and the prices and times at which to ask again.

        An instrument has the fields of `gexapi.v1.HedgeInstrument`, a policy those of `HedgePolicy`.
        """
        chosen = calls.analysis_settings(rate, analysis)
        return self._ask(calls.plan_hedge(book, instruments, chains, policy, chosen), timeout)

    def call(self, method: str, request: Message, *, timeout: float | None = None) -> Message:
        """Any unary call of the contract, message for message: `call("GetExposure", GetExposureRequest(...))`."""
        if method not in self._methods:
            self._methods[method] = self._channel.unary_unary(
                calls.path(method),
                request_serializer=lambda message: message.SerializeToString(),
                response_deserializer=calls.response_type(method).FromString,
            )
        limit = self.timeout if timeout is None else timeout
        try:
            answer: Message = self._methods[method](
                request, timeout=limit, metadata=self._metadata + routing_metadata(request)
            )
        except grpc.RpcError as error:
            raise error_from_rpc(error, self.address) from None
        return answer

    def is_serving(self, *, timeout: float = 1.0) -> bool:
        """True where a server answers that it is warm and takes calls.

        >>> with Client(address) as gex:
        ...     gex.is_serving(timeout=30.0)
        True
        """
        check: Any = self._channel.unary_unary(HEALTH)
        try:
            return is_serving(check(b"", timeout=timeout, metadata=self._metadata))
        except grpc.RpcError:
            return False

    def close(self) -> None:
        """Close the connection: watches end, calls under way are cancelled."""
        for watch in list(self._watches):
            watch.close()
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _ask(self, call: Call[V], timeout: float | None) -> V:
        return call.view(self.call(call.method, call.request, timeout=timeout))

    def _stream(self, request: exposure_pb2.WatchExposureRequest) -> Any:
        start = self._channel.unary_stream(
            calls.path("WatchExposure"),
            request_serializer=exposure_pb2.WatchExposureRequest.SerializeToString,
            response_deserializer=exposure_pb2.WatchExposureResponse.FromString,
        )
        return start(request, metadata=self._metadata + routing_metadata(request))
