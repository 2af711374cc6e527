"""What happens in a flow, for those who listen: on_event, Python's logging, OpenTelemetry. While nothing listens the library
keeps no events at all. They hold no secret, no key of a session, and nothing that a person has entered."""

from __future__ import annotations

import json
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ._errors import StateError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ._flow import Flow

LOGGER = "headlessid"
# What a failure is for those who run the service; the others are between the app and the person.
_WARNED = ("RETRY_LATER", "FIX_ORG", "FIX_ARGUMENT")
# The person can sign in again, but what is wrong is session_keys, or the store, for all of them.
_WARNED_REASONS = ("record_refused",)


class _Telling:
    """Listeners are being told. What they do with the library meanwhile is not told: that would have no end."""

    __slots__ = ("is_over",)

    def __init__(self) -> None:
        self.is_over = False


# A task that a listener creates inherits it, and goes on after it is over.
_telling: ContextVar[_Telling | None] = ContextVar("headlessid_telling", default=None)


class Watch:
    """The listeners of one client."""

    __slots__ = ("_is_hosted", "_on_event")

    def __init__(self, on_event: Callable[[dict[str, Any]], object] | None, is_hosted: bool = False) -> None:
        if on_event is not None and not callable(on_event):
            raise TypeError(f"on_event must be callable, not {type(on_event).__name__}")
        self._on_event = on_event
        # The app's own HTTP has spans and metrics of its own.
        self._is_hosted = is_hosted

    def is_on(self) -> bool:
        """Whether anything listens now."""
        if self._on_event is None and _logger() is None and not _has_telemetry():
            return False
        telling = _telling.get()
        return telling is None or telling.is_over

    def begin(self, flow: Flow) -> None:
        """Before the first step of a flow."""
        if self.is_on():
            flow._native.set_events(True)

    def tell(self, flow: Flow) -> None:
        """What is new since the last time. Never raises, except what ends the process."""
        self.say(self.heard(flow))

    def heard(self, flow: Flow) -> str:
        """The same, for say(): before the flow is closed."""
        try:
            text: str | None = flow._native.events()
        except StateError:
            # Closed; or cancelled, and still with the client.
            return ""
        if not text:
            return ""
        new = text[flow._told :]
        flow._told = len(text)
        return new

    def say(self, text: str) -> None:
        """Tells it to all who listen, where nothing of the library waits for the caller: they may use the library."""
        if not text:
            return
        telling = _Telling()
        before = _telling.set(telling)
        try:
            self._say([json.loads(line) for line in text.split("\n") if line])
        finally:
            telling.is_over = True
            _telling.reset(before)

    def _say(self, events: list[dict[str, Any]]) -> None:
        logger = _logger()
        for event in events:
            if logger is not None:
                _log(logger, event)
            if self._on_event is not None:
                try:
                    self._on_event(event)
                except Exception:
                    _logging().getLogger(LOGGER).exception("on_event raised")
        if events and _has_telemetry():
            from ._telemetry import record

            try:
                record([event for event in events if not (self._is_hosted and event.get("event") == "request")])
            except Exception:
                _logging().getLogger(LOGGER).exception("OpenTelemetry raised")


def _logging() -> Any:
    import logging

    return logging


def _logger() -> Any:
    """The logger, if anything listens to it: a program that has set no handler is not written to."""
    logging = sys.modules.get("logging")
    if logging is None:
        return None
    logger = logging.getLogger(LOGGER)
    if not logger.isEnabledFor(logging.WARNING):
        return None
    at = logger
    while at is not None:
        if any(not isinstance(handler, logging.NullHandler) for handler in at.handlers):
            return logger
        at = at.parent if at.propagate else None
    return None


def _has_telemetry() -> bool:
    """Whether the program has OpenTelemetry's API in use."""
    return "opentelemetry.trace" in sys.modules or "opentelemetry.metrics" in sys.modules


def _log(logger: Any, event: dict[str, Any]) -> None:
    logging = sys.modules["logging"]
    level = logging.DEBUG
    kind, flow, ms = event.get("event"), event.get("flow"), event.get("ms")
    if kind == "request":
        outcome = event.get("status") or event.get("reason") or "no response"
        text = f"{flow}: {event.get('request')} {event.get('method')} {event.get('host')}: {outcome} after {ms} ms"
        if (event.get("attempt") or 1) > 1:
            text += f", attempt {event['attempt']}"
    elif kind == "store":
        text = f"{flow}: store {event.get('operation')}: {event.get('outcome')} after {ms} ms"
    elif event.get("outcome") == "failed":
        is_warned = event.get("advice") in _WARNED or event.get("reason") in _WARNED_REASONS
        level = logging.WARNING if is_warned else logging.INFO
        text = f"{flow} failed: {event.get('reason')} ({event.get('kind')}, {event.get('advice')}) after {ms} ms"
    else:
        text = f"{flow} is done after {ms} ms"
        if event.get("refreshed_by"):
            text += f", refreshed by {'this process' if event['refreshed_by'] == 'this' else 'another process'}"
    if logger.isEnabledFor(level):
        logger.log(level, "%s", text, extra={"headlessid": event})
