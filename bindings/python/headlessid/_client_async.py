"""AsyncClient: Client, with await."""

from __future__ import annotations

from . import _native
from ._client_base import ClientBase, build, prepare
from ._errors import StateError
from ._flows import AsyncFlows
from ._hidden import Hidden
from ._settings import App, AsyncClientSettings
from ._values import milliseconds

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    import os
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Any, TypeVar

    from ._challenge import AsyncChallenge
    from ._flow import Flow
    from ._sessions_async import AsyncSessions
    from ._steps import Step
    from ._store import AsyncStore, Store
    from ._types import AsyncSigner, AsyncTransport, OnEvent

    AsyncSelf = TypeVar("AsyncSelf", bound="AsyncClient")


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

    def _host(self, transport: Any, max_in_flight: int | None) -> Any:
        from ._hosted import AsyncHosted
        from ._hosting import hosted_async_runner

        self._run_hosted = hosted_async_runner(transport)
        self._run_hosted_to_the_end = hosted_async_runner(transport, outlasts=True)
        return AsyncHosted(max_in_flight)

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
        prepare(name, given)
        tag = self._native.begin(self._app._native, name, given().items(), milliseconds(timeout))
        return build(name, await self._ended(tag, loop))

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

    async def _run_on_host(self, flow: Flow, runner: Any) -> Step:
        run = self._hosted.enter(flow)
        try:
            step: Step = self._hosted.ended(await runner(flow, run))
        finally:
            self._hosted.leave(run)
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
        keys: str | Sequence[str] | Mapping[str, bytes | str] | None = None,
        *,
        background: bool = True,
    ) -> AsyncSessions:
        """Signed-in users in a store, encrypted, and refreshed once among all processes that use it.

        Args:
            store: headlessid.stores.RedisStore, SQLiteStore, MemoryStore, or one of your own; one that is not async is called
                in a thread.
            keys: What the records are sealed with: a mapping of an ID to 32 bytes, or to their base64, or words "id:base64".
                The first seals, all open. Default: the setting session_keys.
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
        """Ends every running flow (StateError, reason "closed") and returns when nothing runs any more; flows of sessions are
        waited for, at most 10 seconds. What a transport of yours has under way on this loop is cancelled. May be called twice, and
        while other tasks are in calls."""
        if self._closed:
            return
        self._closed = True
        try:
            for each in list(self._sessions):
                await each._settle()
        finally:
            self._shut()
        if self._hosted is not None:
            await self._hosted.settle()

    def _shut(self) -> None:
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
