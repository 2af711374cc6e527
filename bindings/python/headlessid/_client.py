"""Client and AsyncClient: flows that the library runs by itself, on its own I/O thread."""

from __future__ import annotations

from . import _native
from ._app import NotCopied
from ._catalogue import CONVERTERS, RESULT_OF
from ._errors import StateError, bad_argument
from ._flows import AsyncFlows, SyncFlows
from ._hidden import Hidden
from ._settings import App, AsyncClientSettings, ClientSettings
from ._values import convert, milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    import os
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Any, TypeVar

    from ._challenge import AsyncChallenge, Challenge
    from ._flow import Flow
    from ._sessions import Sessions
    from ._sessions_async import AsyncSessions
    from ._steps import Step
    from ._store import AsyncStore, Store
    from ._types import AsyncSigner, AsyncTransport, OnEvent, Signer, Transport

    SyncSelf = TypeVar("SyncSelf", bound="Client")
    AsyncSelf = TypeVar("AsyncSelf", bound="AsyncClient")

# The classes of the results, by name.
_results: dict[str, Any] = {}

# Clients that are open when the interpreter ends: the I/O thread has to stop before the process's exit handlers
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


def _build(name: str, came: Hidden) -> Any:
    return _results[RESULT_OF[name]]._of(came())


def _prepare(name: str, given: Hidden) -> None:
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
            from ._hosting import Hosted

            self._native = self._hosted = Hosted(max_in_flight)
            self._host(transport)
            self._closed = False
        else:
            self._native = _native.Client(app._native, max_in_flight)
            self._closed = False
            _remember(self)

    def _host(self, transport: Any) -> None:
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

        _prepare(name, given)
        flow = Flow(self._app, name, given(), timeout=timeout)
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

    def _host(self, transport: Any) -> None:
        from inspect import iscoroutinefunction

        from ._hosting import runner

        if iscoroutinefunction(transport) or iscoroutinefunction(getattr(type(transport), "__call__", None)):  # noqa: B004
            raise bad_argument("transport", "has to be awaited: it is for an AsyncClient")
        self._run_hosted = runner(transport)

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
        _prepare(name, given)
        limit = milliseconds(timeout)
        greenlets = self._cooperates()
        if greenlets is not None:
            return _build(name, greenlets.run(self._native.begin, self._app._native, name, given().items(), limit))
        return _build(name, Hidden(self._native.call(self._app._native, name, given().items(), limit)))

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
            self._hosted.enter(flow)
            try:
                step: Step = self._hosted.ended(self._run_hosted(flow))
            finally:
                self._hosted.leave(flow)
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
        keys: str | Sequence[str] | Mapping[str, bytes] | None = None,
        *,
        background: bool = True,
    ) -> Sessions:
        """Signed-in users in a store, encrypted, and refreshed once among all processes that use it.

        Args:
            store: headlessid.stores.RedisStore, SQLiteStore, MemoryStore, or one of your own.
            keys: What the records are sealed with: a mapping of an ID to 32 bytes, or words "id:base64". The first seals, all
                open. Default: the setting session_keys.
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
        """Ends every running flow (StateError, reason "closed") and stops the I/O thread; flows of sessions are waited for, at
        most 10 seconds. May be called twice, and while other threads are in calls."""
        if not self._closed:
            self._closed = True
            self._settle(10.0)
        self._native.close()

    def __enter__(self: SyncSelf) -> SyncSelf:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()


class AsyncClient(AsyncFlows, ClientBase, AsyncClientSettings):
    """Headless Identity flows for asyncio: Client, with await.

    It can be created anywhere. It attaches itself to the running event loop at the first call, and to another one later
    if that loop is closed or the client is idle. It starts no Python thread, and the loop never waits for the network.
    Cancelling a task cancels its flow. Use it with `async with`, or await close().
    """

    __slots__ = ("_fd", "_loop", "_pending", "_run_hosted_to_the_end")

    # What the loop watches, or -1.
    _fd: int
    _loop: asyncio.AbstractEventLoop | None
    _pending: dict[int, asyncio.Future[Any]]

    @classmethod
    def for_app(
        cls: type[AsyncSelf],
        app: App,
        *,
        max_in_flight: int | None = None,
        signer: AsyncSigner | None = None,
        transport: AsyncTransport | None = None,
        on_event: OnEvent | None = None,
    ) -> AsyncSelf:
        """A client for an existing App."""
        made = cls.__new__(cls)
        made._start(app, max_in_flight, signer, transport, on_event)
        return made

    @classmethod
    def from_env(
        cls: type[AsyncSelf],
        prefix: str = "HEADLESSID_",
        *,
        max_in_flight: int | None = None,
        signer: AsyncSigner | None = None,
        transport: AsyncTransport | None = None,
        on_event: OnEvent | None = None,
    ) -> AsyncSelf:
        """A client with the settings in the environment: see App.from_env."""
        app = App.from_env(prefix)
        return cls.for_app(app, max_in_flight=max_in_flight, signer=signer, transport=transport, on_event=on_event)

    @classmethod
    def from_profile(
        cls: type[AsyncSelf],
        path: str | os.PathLike[str],
        *,
        max_in_flight: int | None = None,
        signer: AsyncSigner | None = None,
        transport: AsyncTransport | None = None,
        on_event: OnEvent | None = None,
    ) -> AsyncSelf:
        """A client with the settings in a profile, the command line's file: see App.from_profile."""
        app = App.from_profile(path)
        return cls.for_app(app, max_in_flight=max_in_flight, signer=signer, transport=transport, on_event=on_event)

    def _start(self, app: App, max_in_flight: int | None, signer: Any, transport: Any, on_event: Any = None) -> None:
        import asyncio  # noqa: F401
        import weakref  # noqa: F401

        self._fd = -1
        self._loop = None
        self._pending = {}
        super()._start(app, max_in_flight, signer, transport, on_event)

    def _host(self, transport: Any) -> None:
        from ._hosting import async_runner

        self._run_hosted = async_runner(transport)
        self._run_hosted_to_the_end = async_runner(transport, outlasts=True)

    def _attach(self) -> asyncio.AbstractEventLoop:
        from asyncio import get_running_loop

        loop = get_running_loop()
        if self._loop is not loop:
            self._detach()
            import weakref

            self._fd = self._native.fd()
            # Below zero in the child of a fork, where the library refuses every call that follows.
            if self._fd >= 0:
                # Not self: a loop that runs for ever must not keep an unused client alive.
                loop.add_reader(self._fd, _drain, weakref.ref(self))
            self._loop = loop
        return loop

    def _detach(self) -> None:
        loop = self._loop
        if loop is None:
            return
        if loop.is_closed():
            # No task waits for these any more; their outcomes are dropped on arrival.
            for tag in list(self._pending):
                self._native.cancel(tag)
            self._pending.clear()
        elif self._pending or loop.is_running():
            raise StateError("this client is in use on another event loop", reason="busy")
        else:
            _let_go(loop, self._fd)
        self._loop = None

    def _take(self) -> None:
        for taken in map(Hidden, self._native.take()):
            future = self._pending.pop(taken()[0], None)
            if future is None or future.done():
                continue
            if isinstance(taken()[2], BaseException):
                future.set_exception(taken()[2])
            else:
                future.set_result(Hidden(taken()[2]))

    async def _ended(self, tag: int, loop: asyncio.AbstractEventLoop) -> Hidden:
        """The outcome of the flow, hidden."""
        future: asyncio.Future[Hidden] = loop.create_future()
        self._pending[tag] = future
        try:
            return await future
        finally:
            # Still there: the task was cancelled, or collected, before the flow had ended.
            if self._pending.pop(tag, None) is not None:
                self._native.cancel(tag)

    async def _call(self, name: str, given: Hidden, timeout: float | None) -> Any:
        if self._signer is not None or self._hosted is not None or self._watch.is_on():
            from ._driving import drive_async, result_of, runs_async, until_parked

            with self._flow(name, given, timeout) as flow:
                work = until_parked(flow, self._signer is not None)
                return result_of(await drive_async(work, runs_async(self.run, self._signer)))
        loop = self._attach()
        _prepare(name, given)
        tag = self._native.begin(self._app._native, name, given().items(), milliseconds(timeout))
        return _build(name, await self._ended(tag, loop))

    async def _challenge(self, name: str, given: Hidden, timeout: float | None) -> AsyncChallenge[Any]:
        from ._challenge import AsyncChallenge

        challenge: AsyncChallenge[Any] = AsyncChallenge(self._flow(name, given, timeout), self.run, self._signer)
        await challenge._start()
        return challenge

    def _resume(self, given: Hidden) -> AsyncChallenge[Any]:
        from ._challenge import AsyncChallenge

        challenge: AsyncChallenge[Any] = AsyncChallenge(self._unseal(given), self.run, self._signer)
        challenge._look()
        return challenge

    async def run(self, flow: Flow) -> Step:
        """Runs a Flow of the same app until it is Done or Failed, or needs something from the caller (Ask, Show, Sign):
        then give that, and run it again. While it runs, only its cancel() and close() may be called."""
        try:
            if self._hosted is not None:
                return await self._run_on_host(flow, self._run_hosted)
            loop = self._attach()
            await self._ended(self._native.begin_flow(flow._native), loop)
            return flow.next()
        finally:
            self._watch.tell(flow)

    async def _run_on_host(self, flow: Flow, run: Any) -> Step:
        self._hosted.enter(flow)
        try:
            step: Step = self._hosted.ended(await run(flow))
        finally:
            self._hosted.leave(flow)
        return step

    async def _run_to_the_end(self, flow: Flow) -> Step:
        """run() for a session's flow: cancelling the task does not cancel the flow."""
        if self._hosted is not None:
            return await self._run_on_host(flow, self._run_hosted_to_the_end)
        from ._outlasting import outlast

        loop = self._attach()
        tag = self._native.begin_flow(flow._native)
        future: asyncio.Future[Hidden] = loop.create_future()
        self._pending[tag] = future
        await outlast(future)
        return flow.next()

    def sessions(
        self,
        store: AsyncStore | Store,
        keys: str | Sequence[str] | Mapping[str, bytes] | None = None,
        *,
        background: bool = True,
    ) -> AsyncSessions:
        """Signed-in users in a store, encrypted, and refreshed once among all processes that use it.

        Args:
            store: headlessid.stores.RedisStore, SQLiteStore, MemoryStore, or one of your own; one that is not async is called
                in a thread.
            keys: What the records are sealed with: a mapping of an ID to 32 bytes, or words "id:base64". The first seals, all
                open. Default: the setting session_keys.
            background: Whether a token that is due, and lasts, is handed out while a task refreshes it; it is not handed out
                in its last 5 seconds, nor if the store was last looked at longer ago than session_cache_ms.

        Keep what this returns as long as the client. Raises ArgumentError, field "session_keys", without good keys.
        """
        from ._sessions_async import AsyncSessions

        given = Hidden(keys)
        del keys
        made = AsyncSessions(self, store, given, background)
        self._add(made)
        return made

    async def close(self) -> None:
        """Ends every running flow (StateError, reason "closed") and stops the I/O thread; flows of sessions are waited for, at
        most 10 seconds. May be called twice, and while other tasks are in calls."""
        if self._closed:
            return
        self._closed = True
        for each in list(self._sessions):
            await each._settle()
        self._native.close()
        loop, self._loop = self._loop, None
        if loop is None or loop.is_closed():
            self._pending.clear()
            return
        _let_go(loop, self._fd)
        # close() has put every flow on the queue, which holds more than one handful.
        while self._pending:
            before = len(self._pending)
            self._take()
            if len(self._pending) == before:
                break

    aclose = close

    async def __aenter__(self: AsyncSelf) -> AsyncSelf:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    def __del__(self) -> None:
        super().__del__()
        loop = getattr(self, "_loop", None)
        if loop is not None and not loop.is_closed():
            # The collector may run in any thread, and the descriptor must stay open until the loop has let go.
            loop.call_soon_threadsafe(_let_go, loop, self._fd, self._native)


def _drain(reference: Any) -> None:
    """The event loop's callback: the completion queue may hold something."""
    client = reference()
    if client is not None:
        client._take()


def _let_go(loop: asyncio.AbstractEventLoop, fd: int, native: _native.Client | None = None) -> None:
    # The client comes along to keep the descriptor open until here.
    if fd >= 0:
        loop.remove_reader(fd)
