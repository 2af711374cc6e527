"""Spans and metrics by OpenTelemetry's API, with the names of its semantic conventions. Used only where the program has
imported that API itself."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from opentelemetry import metrics, trace

_NAME = "headlessid"
_made: dict[str, Any] = {}


def _version() -> str:
    from . import _native

    return _native.VERSION


def _histogram(name: str, description: str) -> Any:
    # By the provider: a program may set it late.
    provider = metrics.get_meter_provider()
    if _made.get("provider") is not provider:
        _made.clear()
        _made["provider"] = provider
    if name not in _made:
        meter = provider.get_meter(_NAME, _version())
        _made[name] = meter.create_histogram(name, unit="s", description=description)
    return _made[name]


def _nanoseconds(ms: Any) -> int:
    return int(ms) * 1_000_000


def record(events: list[dict[str, Any]]) -> None:
    """The events of one run: a span for the flow with one for each request and each operation of the store in it."""
    tracer = trace.get_tracer(_NAME, _version())
    whole = next((event for event in events if event.get("event") == "flow"), None)
    parent: Any = None
    span = None
    if whole is not None:
        span = tracer.start_span(
            f"{_NAME} {whole.get('flow')}",
            kind=trace.SpanKind.INTERNAL,
            start_time=_nanoseconds(whole["started_at_ms"]),
            attributes={"headlessid.flow": str(whole.get("flow"))},
        )
        parent = trace.set_span_in_context(span)
    for event in events:
        if event.get("event") == "request":
            _request(tracer, parent, event)
        elif event.get("event") == "store":
            _store(tracer, parent, event)
    if span is not None and whole is not None:
        attributes = {"headlessid.flow": str(whole.get("flow")), "headlessid.outcome": str(whole.get("outcome"))}
        if whole.get("refreshed_by"):
            attributes["headlessid.refreshed_by"] = str(whole["refreshed_by"])
        if whole.get("outcome") == "failed":
            attributes["error.type"] = str(whole.get("reason") or whole.get("kind"))
            span.set_status(trace.Status(trace.StatusCode.ERROR, attributes["error.type"]))
        for name, value in attributes.items():
            span.set_attribute(name, value)
        span.end(_nanoseconds(whole["started_at_ms"] + whole["ms"]))
        _histogram("headlessid.flow.duration", "Duration of a flow.").record(whole["ms"] / 1000, attributes)


def _request(tracer: Any, parent: Any, event: dict[str, Any]) -> None:
    host = urlsplit(f"//{event.get('host') or ''}")
    attributes: dict[str, Any] = {
        "http.request.method": event.get("method"),
        "server.address": host.hostname,
        "server.port": host.port or 443,
    }
    status = event.get("status")
    if status:
        attributes["http.response.status_code"] = status
    if not status or status >= 400:
        attributes["error.type"] = str(event.get("reason") or status or "no_response")
    attributes = {name: value for name, value in attributes.items() if value is not None}
    more: dict[str, Any] = {"headlessid.request": str(event.get("request"))}
    if (event.get("attempt") or 1) > 1:
        more["http.request.resend_count"] = event["attempt"] - 1
    span = tracer.start_span(
        str(event.get("method")),
        context=parent,
        kind=trace.SpanKind.CLIENT,
        start_time=_nanoseconds(event["started_at_ms"]),
        attributes={**attributes, **more},
    )
    if "error.type" in attributes:
        span.set_status(trace.Status(trace.StatusCode.ERROR))
    span.end(_nanoseconds(event["started_at_ms"] + event["ms"]))
    _histogram("http.client.request.duration", "Duration of HTTP client requests.").record(event["ms"] / 1000, attributes)


def _store(tracer: Any, parent: Any, event: dict[str, Any]) -> None:
    span = tracer.start_span(
        f"{_NAME} store {event.get('operation')}",
        context=parent,
        kind=trace.SpanKind.CLIENT,
        start_time=_nanoseconds(event["started_at_ms"]),
        attributes={
            "headlessid.store.operation": str(event.get("operation")),
            "headlessid.store.outcome": str(event.get("outcome")),
        },
    )
    if event.get("outcome") == "fault":
        span.set_attribute("error.type", "store_fault")
        span.set_status(trace.Status(trace.StatusCode.ERROR))
    span.end(_nanoseconds(event["started_at_ms"] + event["ms"]))
