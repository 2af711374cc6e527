"""Client: flows that the library runs by itself, for callers that wait."""

from __future__ import annotations

from ._client_base import ClientBase, build, prepare
from ._errors import bad_argument
from ._flows import SyncFlows
from ._hidden import Hidden
from ._settings import App, ClientSettings
from ._values import milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Any, TypeVar

    from ._challenge import Challenge
    from ._flow import Flow
    from ._sessions import Sessions
    from ._steps import Step
    from ._store import Store
    from ._types import OnEvent, Signer, Transport

    SyncSelf = TypeVar("SyncSelf", bound="Client")


class Client(SyncFlows, ClientBase, ClientSettings):
    """Headless Identity flows for threads: each method returns when its flow has ended.

    One client serves any number of threads and keeps its connections open: create one and keep it. Use it as a context
    manager, or call close(). Methods raise HeadlessIdError and its subclasses. Ctrl-C in a call cancels that flow. After
    a fork the child has to create its own client. Under gevent and eventlet the other greenlets keep running during a
    call, and killing a greenlet cancels its flow.
    """

    __slots__ = ("_cooperation",)

    # How greenlets wait for it; made when the first one does.
    _cooperation: Any

    @classmethod
    def for_app(
        cls: type[SyncSelf],
        app: App,
        *,
        max_in_flight: int | None = None,
        signer: Signer | None = None,
        transport: Transport | None = None,
        on_event: OnEvent | None = None,
    ) -> SyncSelf:
        """A client for an existing App."""
        made = cls.__new__(cls)
        made._start(app, max_in_flight, signer, transport, on_event)
        return made

    @classmethod
    def from_env(
        cls: type[SyncSelf],
        prefix: str = "HEADLESSID_",
        *,
        max_in_flight: int | None = None,
        signer: Signer | None = None,
        transport: Transport | None = None,
        on_event: OnEvent | None = None,
    ) -> SyncSelf:
        """A client with the settings in the environment: see App.from_env."""
        app = App.from_env(prefix)
        return cls.for_app(app, max_in_flight=max_in_flight, signer=signer, transport=transport, on_event=on_event)

    @classmethod
    def from_profile(
        cls: type[SyncSelf],
        path: str | os.PathLike[str],
        *,
        max_in_flight: int | None = None,
        signer: Signer | None = None,
        transport: Transport | None = None,
        on_event: OnEvent | None = None,
    ) -> SyncSelf:
        """A client with the settings in a profile, the command line's file: see App.from_profile."""
        app = App.from_profile(path)
        return cls.for_app(app, max_in_flight=max_in_flight, signer=signer, transport=transport, on_event=on_event)

    def _start(self, app: App, max_in_flight: int | None, signer: Any, transport: Any, on_event: Any = None) -> None:
        self._cooperation = None
        super()._start(app, max_in_flight, signer, transport, on_event)

    def _host(self, transport: Any, max_in_flight: int | None) -> Any:
        from inspect import iscoroutinefunction

        from ._hosted import Hosted
        from ._hosting import hosted_runner

        if iscoroutinefunction(transport) or iscoroutinefunction(getattr(type(transport), "__call__", None)):  # noqa: B004
            raise bad_argument("transport", "has to be awaited: it is for an AsyncClient")
        self._run_hosted = hosted_runner(transport)
        return Hosted(max_in_flight)

    def _cooperates(self) -> Any:
        """How the calling greenlet waits; None if the thread may block."""
        from sys import modules

        if "gevent" not in modules and "eventlet" not in modules:
            return None
        from ._cooperation import cooperation

        self._cooperation = cooperation(self._native, self._cooperation)
        return self._cooperation if self._cooperation is not None and self._cooperation.wanted() else None

    def _call(self, name: str, given: Hidden, timeout: float | None) -> Any:
        if self._signer is not None or self._hosted is not None or self._watch.is_on():
            from ._driving import drive_sync, result_of, runs, until_parked

            with self._flow(name, given, timeout) as flow:
                work = until_parked(flow, self._signer is not None)
                return result_of(drive_sync(work, runs(self.run, self._signer)))
        prepare(name, given)
        limit = milliseconds(timeout)
        greenlets = self._cooperates()
        if greenlets is not None:
            return build(name, greenlets.run(self._native.begin, self._app._native, name, given().items(), limit))
        return build(name, Hidden(self._native.call(self._app._native, name, given().items(), limit)))

    def _challenge(self, name: str, given: Hidden, timeout: float | None) -> Challenge[Any]:
        from ._challenge import Challenge

        challenge: Challenge[Any] = Challenge(self._flow(name, given, timeout), self.run, self._signer)
        challenge._start()
        return challenge

    def _resume(self, given: Hidden) -> Challenge[Any]:
        from ._challenge import Challenge

        challenge: Challenge[Any] = Challenge(self._unseal(given), self.run, self._signer)
        challenge._look()
        return challenge

    def run(self, flow: Flow) -> Step:
        """Runs a Flow of the same app until it is Done or Failed, or needs something from the caller (Ask, Show, Sign):
        then give that, and run it again. While it runs, only its cancel() and close() may be called."""
        try:
            return self._run_to_the_end(flow)
        finally:
            self._watch.tell(flow)

    def _run_to_the_end(self, flow: Flow) -> Step:
        if self._hosted is not None:
            run = self._hosted.enter(flow)
            try:
                step: Step = self._hosted.ended(self._run_hosted(flow, run))
            finally:
                self._hosted.leave(run)
            return step
        greenlets = self._cooperates()
        if greenlets is not None:
            greenlets.run(self._native.begin_flow, flow._native)
        else:
            self._native.run_flow(flow._native)
        return flow.next()

    def sessions(
        self,
        store: Store,
        keys: str | Sequence[str] | Mapping[str, bytes | str] | None = None,
        *,
        background: bool = True,
    ) -> Sessions:
        """Signed-in users in a store, encrypted, and refreshed once among all processes that use it.

        Args:
            store: headlessid.stores.RedisStore, SQLiteStore, MemoryStore, or one of your own.
            keys: What the records are sealed with: a mapping of an ID to 32 bytes, or to their base64, or words "id:base64".
                The first seals, all open. Default: the setting session_keys.
            background: Whether a token that is due, and lasts, is handed out while a thread refreshes it; it is not handed
                out in its last 5 seconds, nor if the store was last looked at longer ago than session_cache_ms.

        Keep what this returns as long as the client. Raises ArgumentError, field "session_keys", without good keys.
        """
        from ._sessions import Sessions

        given = Hidden(keys)
        del keys
        made = Sessions(self, store, given, background)
        self._add(made)
        return made

    def _settle(self, at_most_s: float) -> None:
        for each in list(self._sessions):
            each._settle(at_most_s)

    def close(self) -> None:
        """Ends every running flow (StateError, reason "closed") and returns when nothing runs any more; flows of sessions are
        waited for, at most 10 seconds, and so are requests that a transport of yours has under way: no thread can cut them
        off. May be called twice, and while other threads are in calls."""
        if not self._closed:
            self._closed = True
            self._settle(10.0)
        self._native.close()
        if self._hosted is not None:
            self._hosted.settle()

    def __enter__(self: SyncSelf) -> SyncSelf:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()
