"""What Client and AsyncClient share: everything except waiting."""

from __future__ import annotations

from . import _native
from ._app import NotCopied
from ._catalogue import CONVERTERS, RESULT_OF
from ._hidden import Hidden
from ._values import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ._flow import Flow
    from ._settings import App

# The classes of the results, by name.
_results: dict[str, Any] = {}

# Clients that are open when the interpreter ends: their threads have to stop before the process's exit handlers
# unload its libraries.
_living: Any = None


def _load() -> None:
    """Imports everything that a flow may need, with the first client: after a chroot, or after an update has replaced the
    package, a later import would fail and a response would be lost. Not with the package: it would double the time of the
    import."""
    import copy  # noqa: F401
    import importlib  # noqa: F401
    import json  # noqa: F401
    import warnings  # noqa: F401

    from . import _challenge, _hosting  # noqa: F401
    from ._results import BY_NAME

    _results.update(BY_NAME)


def build(name: str, came: Hidden) -> Any:
    return _results[RESULT_OF[name]]._of(came())


def prepare(name: str, given: Hidden) -> None:
    """The flow's parameters as text."""
    if name in CONVERTERS:
        convert(given, CONVERTERS[name])


def _remember(client: ClientBase) -> None:
    global _living
    if _living is None:
        import atexit
        import weakref

        _living = weakref.WeakSet()
        atexit.register(_close_living)
    _living.add(client)


def _close_living() -> None:
    for client in list(_living):
        client._closed = True
        client._settle(2.0)
        client._native.close()


class ClientBase(NotCopied):
    """What both clients share: everything except awaiting."""

    __slots__ = ("__weakref__", "_app", "_closed", "_hosted", "_native", "_run_hosted", "_sessions", "_signer", "_watch")

    _app: App
    # The library's own I/O; with the host's transport, _hosted.
    _native: Any
    _hosted: Any
    _run_hosted: Any
    _closed: bool
    _signer: Any
    # What sessions() has returned, if it is still used.
    _sessions: Any
    # Who listens to events.
    _watch: Any

    def _start(self, app: App, max_in_flight: int | None, signer: Any, transport: Any, on_event: Any = None) -> None:
        # Before anything can fail: __del__ reads it.
        self._closed = True
        from ._events import Watch

        self._watch = Watch(on_event, transport is not None)
        self._sessions = ()
        self._app = app
        self._signer = signer
        self._hosted = None
        self._run_hosted = None
        _load()
        if transport is not None:
            self._native = self._hosted = self._host(transport, max_in_flight)
            self._closed = False
        else:
            self._native = _native.Client(app._native, max_in_flight)
            self._closed = False
            _remember(self)

    def _host(self, transport: Any, max_in_flight: int | None) -> Any:
        """What runs flows over the transport; the arguments are checked here."""
        raise NotImplementedError

    @property
    def app(self) -> App:
        """The settings of this client, for a Flow."""
        return self._app

    @property
    def in_flight(self) -> int:
        """The number of flows that are running."""
        return int(self._native.in_flight())

    @property
    def closed(self) -> bool:
        """Whether close() has been called."""
        return self._closed

    def _flow(self, name: str, given: Hidden, timeout: float | None) -> Flow:
        from ._flow import Flow

        prepare(name, given)
        flow = Flow._of_text(self._app, name, given, timeout)
        self._watch.begin(flow)
        return flow

    def _unseal(self, given: Hidden) -> Flow:
        from ._flow import Flow

        flow = Flow.unseal(self._app, given()["ticket"], given()["binding"], name=given()["flow"])
        self._watch.begin(flow)
        return flow

    def _add(self, sessions: Any) -> None:
        if not self._sessions:
            import weakref

            self._sessions = weakref.WeakSet()
        self._sessions.add(sessions)

    def _settle(self, at_most_s: float) -> None:
        """Lets the flows of sessions come to their end."""

    def __repr__(self) -> str:
        # Either may be missing before __init__ has finished: repr() never raises.
        state = "closed" if getattr(self, "_closed", True) else "open"
        return f"<{type(self).__name__} {getattr(self, '_app', None)!r} {state}>"

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            import warnings

            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)
