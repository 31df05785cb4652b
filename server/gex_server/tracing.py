"""Spans of calls for OpenTelemetry: off unless the extra `otel` is installed and an endpoint is set."""

from collections.abc import Iterable
from typing import Any

from gex.errors import InputError
from gex_server.settings import Settings

Metadata = Iterable[tuple[str, str | bytes]]


class Span:
    """One call; this one is nobody's."""

    def end(self, code: str) -> None:
        """The call ended with this status code."""


class Tracing:
    """Spans of calls; this one makes none."""

    def begin(self, call: str, metadata: Metadata) -> Span:
        """The span of a call that begins; `metadata` may hold the caller's traceparent."""
        del call, metadata
        return _NONE

    def close(self) -> None:
        """Send what is still to be sent."""


class OpenTelemetry(Tracing):
    """Spans through the SDK: kind SERVER, the caller's trace goes on where `traceparent` names it."""

    def __init__(self, provider: Any) -> None:
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._provider = provider
        self._tracer = provider.get_tracer("gex_server")
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, call: str, metadata: Metadata) -> Span:
        """The span of a call that begins."""
        from opentelemetry.trace import SpanKind

        carrier = {
            key: value for key, value in metadata if isinstance(value, str) and key in ("traceparent", "tracestate")
        }
        service, _, method = call.partition(".")
        span = self._tracer.start_span(
            f"gexapi.v1.{service}/{method}",
            context=self._propagator.extract(carrier),
            kind=SpanKind.SERVER,
            attributes={"rpc.system": "grpc", "rpc.service": f"gexapi.v1.{service}", "rpc.method": method},
        )
        return _OpenSpan(span)

    def close(self) -> None:
        """Send what is still to be sent."""
        self._provider.shutdown()


class _OpenSpan(Span):
    def __init__(self, span: Any) -> None:
        self._span = span

    def end(self, code: str) -> None:
        from opentelemetry.trace import StatusCode

        self._span.set_attribute("rpc.grpc.status_code", code)
        if code in ("INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED", "DATA_LOSS", "UNIMPLEMENTED"):
            self._span.set_status(StatusCode.ERROR)
        self._span.end()


_NONE = Span()


def tracing_of(settings: Settings) -> Tracing:
    """Spans to the collector of the settings; none where there is no collector. An InputError without the extra."""
    if settings.otel_endpoint is None:
        return Tracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError as error:
        raise InputError(
            f"otel_endpoint: expected the extra otel to be installed: pip install 'gex[otel]' ({error})"
        ) from None
    provider = TracerProvider(resource=Resource.create({"service.name": "gex"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otel_endpoint)))
    return OpenTelemetry(provider)
