"""What a page asks for: one underlying under one assumption about dealers."""

from collections.abc import Mapping
from dataclasses import dataclass

from gex_client.errors import InputError
from gexapi.v1 import common_pb2, exposure_pb2

CONVENTIONS = ("oi_calls_long_puts_short", "oi_calls_short_puts_long", "oi_customers_long_all")
POSITIONINGS = (*CONVENTIONS, "volume_calls_long_puts_short", "signed_trades_quote_rule", "signed_trades_lee_ready")
"""Those that need nothing but what the service keeps; `CONVENTIONS` are compared beside whichever is chosen."""

MOST_SIGN_ERROR = 0.5


@dataclass(frozen=True)
class Question:
    """A hashable question: pages with the same one share one watch."""

    underlying: str
    positioning: str = CONVENTIONS[0]
    sign_error_probability: float | None = None
    rate: float | None = None

    def watch_request(self, heartbeat_seconds: float, min_interval_seconds: float) -> exposure_pb2.WatchExposureRequest:
        """The watch of the chosen book: its map, profile and levels."""
        request = exposure_pb2.WatchExposureRequest(heartbeat_seconds=heartbeat_seconds)
        request.watches.add(
            underlying=self.underlying,
            settings=exposure_pb2.ExposureSettings(
                positionings=[self._positioning(self.positioning)], analysis=self.analysis()
            ),
            min_interval_seconds=min_interval_seconds,
        )
        return request

    def conventions_request(self) -> exposure_pb2.GetExposureRequest:
        """The totals of the usual conventions, side by side."""
        totals = exposure_pb2.ExposureSettings(
            positionings=[self._positioning(model) for model in CONVENTIONS],
            analysis=self.analysis(),
            omit_map=True,
            omit_profile=True,
        )
        return exposure_pb2.GetExposureRequest(underlying=self.underlying, settings=totals)

    def ahead(self, closes: int, nodes: int, span: float) -> exposure_pb2.ExposureSettings:
        """The map of spot (± `span` of it) and time alone."""
        settings = exposure_pb2.ExposureSettings(
            positionings=[self._positioning(self.positioning)],
            analysis=self.analysis(),
            omit_map=True,
            omit_profile=True,
            profile_low=1.0 - span,
            profile_high=1.0 + span,
        )
        settings.forward_map.close_count = closes
        settings.forward_map.spot_node_count = nodes
        return settings

    def analysis(self) -> common_pb2.AnalysisSettings:
        """How the chain is analysed."""
        return common_pb2.AnalysisSettings(rate=self.rate)

    def _positioning(self, model: str) -> exposure_pb2.Positioning:
        return exposure_pb2.Positioning(model=model, sign_error_probability=self.sign_error_probability)


def question_from_query(query: Mapping[str, str]) -> Question:
    """The question that the query of an address asks; InputError names what does not fit.

    >>> question_from_query({"underlying": "SPX", "sign_error": "0.1"})
    Question(underlying='SPX', positioning='oi_calls_long_puts_short', sign_error_probability=0.1, rate=None)
    """
    underlying = query.get("underlying", "")
    if not 0 < len(underlying) <= 64:
        raise InputError("underlying: expected the name of a kept underlying")
    positioning = query.get("positioning", CONVENTIONS[0])
    if positioning not in POSITIONINGS:
        raise InputError(f"positioning: expected one of {', '.join(POSITIONINGS)}, got {positioning[:64]!r}")
    return Question(
        underlying=underlying,
        positioning=positioning,
        sign_error_probability=_number(query, "sign_error", 0.0, MOST_SIGN_ERROR),
        rate=_number(query, "rate", -1.0, 1.0),
    )


def span_from_query(query: Mapping[str, str]) -> float:
    """How far to either side of spot, as a share of it."""
    return _number(query, "span", 0.005, 0.95) or 0.05


def _number(query: Mapping[str, str], name: str, low: float, high: float) -> float | None:
    text = query.get(name, "")
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not low <= value < high:
        raise InputError(f"{name}: expected a number from {low:g} to below {high:g}, got {text[:32]!r}")
    return value
