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
    from types import TracebackType
    from typing import Any, TypeVar

    from ._challenge import AsyncChallenge, Challenge
    from ._flow import Flow
    from ._steps import Step
    from ._types import AsyncSigner, AsyncTransport, Signer, Transport

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
        client._native.close()


class ClientBase(NotCopied):
    """What both clients share: everything except awaiting."""

    __slots__ = ("__weakref__", "_app", "_closed", "_hosted", "_native", "_run_hosted", "_signer")

    _app: App
    # The library's own I/O; with the host's transport, _hosted.
    _native: Any
    _hosted: Any
    _run_hosted: Any
    _closed: bool
    _signer: Any

    def _start(self, app: App, max_in_flight: int | None, signer: Any, transport: Any) -> None:
        # Before anything can fail: __del__ reads it.
        self._closed = True
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
        return Flow(self._app, name, given(), timeout=timeout)

    def _unseal(self, given: Hidden) -> Flow:
        from ._flow import Flow

        return Flow.unseal(self._app, given()["ticket"], given()["binding"], name=given()["flow"])

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
    ) -> SyncSelf:
        """A client for an existing App."""
        made = cls.__new__(cls)
        made._start(app, max_in_flight, signer, transport)
        return made

    @classmethod
    def from_env(
        cls: type[SyncSelf],
        prefix: str = "HEADLESSID_",
        *,
        max_in_flight: int | None = None,
        signer: Signer | None = None,
        transport: Transport | None = None,
    ) -> SyncSelf:
        """A client with the settings in the environment: see App.from_env."""
        return cls.for_app(App.from_env(prefix), max_in_flight=max_in_flight, signer=signer, transport=transport)

    @classmethod
    def from_profile(
        cls: type[SyncSelf],
        path: str | os.PathLike[str],
        *,
        max_in_flight: int | None = None,
        signer: Signer | None = None,
        transport: Transport | None = None,
    ) -> SyncSelf:
        """A client with the settings in a profile, the command line's file: see App.from_profile."""
        return cls.for_app(App.from_profile(path), max_in_flight=max_in_flight, signer=signer, transport=transport)

    def _start(self, app: App, max_in_flight: int | None, signer: Any, transport: Any) -> None:
        self._cooperation = None
        super()._start(app, max_in_flight, signer, transport)

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
        if self._signer is not None or self._hosted is not None:
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

    def close(self) -> None:
        """Ends every running flow (StateError, reason "closed") and stops the I/O thread. May be called twice, and while
        other threads are in calls."""
        self._closed = True
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

    __slots__ = ("_fd", "_loop", "_pending")

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
    ) -> AsyncSelf:
        """A client for an existing App."""
        made = cls.__new__(cls)
        made._start(app, max_in_flight, signer, transport)
        return made

    @classmethod
    def from_env(
        cls: type[AsyncSelf],
        prefix: str = "HEADLESSID_",
        *,
        max_in_flight: int | None = None,
        signer: AsyncSigner | None = None,
        transport: AsyncTransport | None = None,
    ) -> AsyncSelf:
        """A client with the settings in the environment: see App.from_env."""
        return cls.for_app(App.from_env(prefix), max_in_flight=max_in_flight, signer=signer, transport=transport)

    @classmethod
    def from_profile(
        cls: type[AsyncSelf],
        path: str | os.PathLike[str],
        *,
        max_in_flight: int | None = None,
        signer: AsyncSigner | None = None,
        transport: AsyncTransport | None = None,
    ) -> AsyncSelf:
        """A client with the settings in a profile, the command line's file: see App.from_profile."""
        return cls.for_app(App.from_profile(path), max_in_flight=max_in_flight, signer=signer, transport=transport)

    def _start(self, app: App, max_in_flight: int | None, signer: Any, transport: Any) -> None:
        import asyncio  # noqa: F401
        import weakref  # noqa: F401

        self._fd = -1
        self._loop = None
        self._pending = {}
        super()._start(app, max_in_flight, signer, transport)

    def _host(self, transport: Any) -> None:
        from ._hosting import async_runner

        self._run_hosted = async_runner(transport)

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
        if self._signer is not None or self._hosted is not None:
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
        if self._hosted is not None:
            self._hosted.enter(flow)
            try:
                step: Step = self._hosted.ended(await self._run_hosted(flow))
            finally:
                self._hosted.leave(flow)
            return step
        loop = self._attach()
        await self._ended(self._native.begin_flow(flow._native), loop)
        return flow.next()

    async def close(self) -> None:
        """Ends every running flow (StateError, reason "closed") and stops the I/O thread. May be called twice, and while
        other tasks are in calls."""
        if self._closed:
            return
        self._closed = True
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
