"""Client and AsyncClient: flows that the library runs by itself, on its own I/O thread."""

from __future__ import annotations

from . import _native
from ._app import NotCopied
from ._errors import StateError
from ._flows import AsyncFlows, SyncFlows
from ._settings import App, ClientSettings
from ._values import milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from types import TracebackType
    from typing import Any, TypeVar

    from ._challenge import AsyncChallenge, Challenge
    from ._driving import AsyncSigner, Signer
    from ._flow import Flow
    from ._steps import Step

    AnyClient = TypeVar("AnyClient", bound="ClientBase")
    SyncSelf = TypeVar("SyncSelf", bound="Client")
    AsyncSelf = TypeVar("AsyncSelf", bound="AsyncClient")

# The classes of the results, by name: with them come dataclasses, which are not loaded before a flow ends.
_results: dict[str, Any] | None = None

# Clients that live, for the end of the interpreter: the I/O thread has to be gone before the process's
# exit handlers take its libraries apart.
_living: Any = None


def _build(name: str, fields: dict[str, Any]) -> Any:
    global _results
    if _results is None:
        from ._results import BY_NAME

        _results = dict(BY_NAME)
    return _results[name]._of(fields)


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
    """What both clients share: everything but the awaiting."""

    __slots__ = ("__weakref__", "_app", "_closed", "_native", "_signer")

    _app: App
    _native: _native.Client
    _closed: bool
    _signer: Any

    def _start(self, app: App, max_in_flight: int | None, signer: Any) -> None:
        # Before anything can fail: __del__ reads it.
        self._closed = True
        self._app = app
        self._signer = signer
        self._native = _native.Client(app._native, max_in_flight)
        self._closed = False
        _remember(self)

    @classmethod
    def for_app(
        cls: type[AnyClient], app: App, *, max_in_flight: int | None = None, signer: AsyncSigner | None = None
    ) -> AnyClient:
        """A client for settings that have been made already."""
        made = cls.__new__(cls)
        made._start(app, max_in_flight, signer)
        return made

    @property
    def app(self) -> App:
        """The settings of this client; a Flow takes them."""
        return self._app

    @property
    def in_flight(self) -> int:
        """Flows that have been started and not yet handed back."""
        return self._native.in_flight()

    @property
    def closed(self) -> bool:
        """Whether close() has been called."""
        return self._closed

    def _flow(self, name: str, parameters: tuple[tuple[str, object], ...], timeout: float | None) -> Flow:
        from ._flow import Flow

        return Flow(self._app, name, dict(parameters), timeout=timeout)

    def _stop(self, flow: Flow) -> None:
        self._native.cancel_flow(flow._native)

    def __repr__(self) -> str:
        state = "closed" if self._closed else "open"
        return f"<{type(self).__name__} {self._app!r} {state}>"

    def __del__(self) -> None:
        if not getattr(self, "_closed", True):
            import warnings

            warnings.warn(f"unclosed {self!r}", ResourceWarning, source=self, stacklevel=2)


class Client(SyncFlows, ClientBase, ClientSettings):
    """Headless Identity flows for threads: each method returns when its flow has ended.

    One client serves any number of threads at once and keeps its connections open; make one and keep it.
    Use it as a context manager, or call close(). Methods raise HeadlessIdError and its subclasses. Ctrl-C in
    a call cancels that flow. After a fork the child has to make a client of its own.
    """

    __slots__ = ()

    def _call(self, name: str, result: str, parameters: tuple[tuple[str, object], ...], timeout: float | None) -> Any:
        if self._signer is not None:
            from ._driving import drive_sync, result_of, until_parked

            with self._flow(name, parameters, timeout) as flow:
                return result_of(drive_sync(until_parked(flow, self._signer), self.run))
        fields = self._native.call(self._app._native, name, parameters, None if timeout is None else milliseconds(timeout))
        return _build(result, fields)

    def _challenge(self, name: str, parameters: tuple[tuple[str, object], ...], timeout: float | None) -> Challenge[Any]:
        from ._challenge import Challenge
        from ._driving import drive_sync

        challenge: Challenge[Any] = Challenge(self._flow(name, parameters, timeout), self.run, self._signer, self._stop)
        drive_sync(challenge._begin(), self.run)
        return challenge

    def resume(self, ticket: str | bytes | bytearray, binding: str | bytes | bytearray | None = None) -> Challenge[Any]:
        """The challenge that was sealed as this ticket, by this process or another. Nothing is sent.

        Raises ArgumentError (is_ticket_refused) for a ticket that was changed, has ended, or is another app's or under
        another key; StateError (reason "other_session") if only the binding is another.
        """
        from ._challenge import Challenge
        from ._flow import Flow

        challenge: Challenge[Any] = Challenge(Flow.unseal(self._app, ticket, binding), self.run, self._signer, self._stop)
        challenge._look()
        return challenge

    def run(self, flow: Flow) -> Step:
        """Runs a Flow of the same app until it is Done or Failed, or wants what only the caller has (Ask,
        Show, Sign): then give that, and run it again. While it runs nobody else may use it."""
        self._native.run_flow(flow._native)
        return flow.next()

    def close(self) -> None:
        """Ends every flow in flight (StateError, reason "closed") and stops the I/O thread. Safe twice, and
        while other threads are in calls."""
        self._closed = True
        self._native.close()

    def __enter__(self: SyncSelf) -> SyncSelf:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class AsyncClient(AsyncFlows, ClientBase, ClientSettings):
    """Headless Identity flows for asyncio: the twin of Client, with await.

    It can be made anywhere; it attaches itself to the running event loop at the first call, and to another
    one later if that is closed or this client idle. No thread of Python's is started, and the loop never waits for
    the network. Cancelling a task cancels its flow. Use it with `async with`, or await close().
    """

    __slots__ = ("_fd", "_loop", "_pending")

    # What the loop watches; -1 while it watches nothing.
    _fd: int
    _loop: asyncio.AbstractEventLoop | None
    _pending: dict[int, asyncio.Future[Any]]

    def _start(self, app: App, max_in_flight: int | None, signer: Any) -> None:
        self._fd = -1
        self._loop = None
        self._pending = {}
        super()._start(app, max_in_flight, signer)

    def _attach(self) -> asyncio.AbstractEventLoop:
        from asyncio import get_running_loop

        loop = get_running_loop()
        if self._loop is not loop:
            self._detach()
            import weakref

            self._fd = self._native.fd()
            # Below zero in the child of a fork, where the library refuses every call that follows.
            if self._fd >= 0:
                # Not self: a loop that runs for ever must not keep a forgotten client alive.
                loop.add_reader(self._fd, _drain, weakref.ref(self))
            self._loop = loop
        return loop

    def _detach(self) -> None:
        loop = self._loop
        if loop is None:
            return
        if loop.is_closed():
            # Nobody can wait for these any more; what comes of them is dropped when it is taken.
            for tag in list(self._pending):
                self._native.cancel(tag)
            self._pending.clear()
        elif self._pending or loop.is_running():
            raise StateError("this client is in use on another event loop", reason="busy")
        else:
            _let_go(loop, self._fd)
        self._loop = None

    def _take(self) -> None:
        for tag, step, payload in self._native.take():
            future = self._pending.pop(tag, None)
            if future is None or future.done():
                continue
            if isinstance(payload, BaseException):
                future.set_exception(payload)
            else:
                future.set_result((step, payload))

    async def _ended(self, tag: int, loop: asyncio.AbstractEventLoop) -> tuple[int, Any]:
        future = self._pending[tag] = loop.create_future()
        try:
            outcome: tuple[int, Any] = await future
            return outcome
        finally:
            # Still there: we were cancelled, or thrown away, before the flow had ended.
            if self._pending.pop(tag, None) is not None:
                self._native.cancel(tag)

    async def _call(
        self, name: str, result: str, parameters: tuple[tuple[str, object], ...], timeout: float | None
    ) -> Any:
        if self._signer is not None:
            from ._driving import drive_async, result_of, until_parked

            with self._flow(name, parameters, timeout) as flow:
                return result_of(await drive_async(until_parked(flow, self._signer), self.run))
        loop = self._attach()
        limit = None if timeout is None else milliseconds(timeout)
        tag = self._native.begin(self._app._native, name, parameters, limit)
        _, fields = await self._ended(tag, loop)
        return _build(result, fields)

    async def _challenge(
        self, name: str, parameters: tuple[tuple[str, object], ...], timeout: float | None
    ) -> AsyncChallenge[Any]:
        from ._challenge import AsyncChallenge
        from ._driving import drive_async

        challenge: AsyncChallenge[Any] = AsyncChallenge(
            self._flow(name, parameters, timeout), self.run, self._signer, self._stop
        )
        await drive_async(challenge._begin(), self.run)
        return challenge

    def resume(self, ticket: str | bytes | bytearray, binding: str | bytes | bytearray | None = None) -> AsyncChallenge[Any]:
        """The challenge that was sealed as this ticket: see Client.resume. Nothing is sent, so nothing is awaited."""
        from ._challenge import AsyncChallenge
        from ._flow import Flow

        challenge: AsyncChallenge[Any] = AsyncChallenge(
            Flow.unseal(self._app, ticket, binding), self.run, self._signer, self._stop
        )
        challenge._look()
        return challenge

    async def run(self, flow: Flow) -> Step:
        """Runs a Flow of the same app until it is Done or Failed, or wants what only the caller has (Ask,
        Show, Sign): then give that, and run it again. While it runs nobody else may use it."""
        loop = self._attach()
        await self._ended(self._native.begin_flow(flow._native), loop)
        return flow.next()

    async def close(self) -> None:
        """Ends every flow in flight (StateError, reason "closed") and stops the I/O thread. Safe twice, and
        while other tasks are in calls."""
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
