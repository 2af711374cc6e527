"""What replaces the library's I/O in a client with a transport: it counts the flows, and ends them when the client closes."""

from __future__ import annotations

import contextlib
import os
import time
from _thread import allocate_lock
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union
from weakref import WeakSet

from ._errors import StateError, bad_argument
from ._flow import Flow
from ._hidden import Hidden
from ._steps import Failed, Step
from ._values import integer

if TYPE_CHECKING:
    import asyncio

__all__ = ["AsyncHosted", "AsyncHostedRun", "Hosted", "HostedRun"]

AnyRun = TypeVar("AnyRun", bound=Union["HostedRun", "AsyncHostedRun"])

# As the library's own client has it.
_MOST = 10_000
# Between two looks: by time.sleep, which lets other greenlets run, however gevent or eventlet were set up.
_SLICE_S = 0.05
# How long close() waits for requests that go on.
_CLOSE_AT_MOST_S = 10.0

_living: WeakSet[Any] = WeakSet()


def _after_fork() -> None:
    # The flows are those of threads that the child does not have, and one of these may hold the lock.
    for hosted in list(_living):
        hosted._forget()


os.register_at_fork(after_in_child=_after_fork)

# The runs that this code is a part of, as a transport: waiting for one of them would never end.
_inside: ContextVar[tuple[object, ...]] = ContextVar("headlessid_inside", default=())


class HostedRun:
    """A flow under way in a thread."""

    __slots__ = ("_before", "_is_cut", "native")

    def __init__(self, native: Any) -> None:
        self.native = native
        self._is_cut = False
        self._before = _inside.get()
        _inside.set((*self._before, self))

    def sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._is_cut and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE_S))

    def cut(self) -> None:
        self._is_cut = True

    def end(self) -> None:
        _inside.set(self._before)


class AsyncHostedRun:
    """A flow under way in a task."""

    __slots__ = ("_task", "ended", "is_cut", "loop", "native")

    def __init__(self, native: Any) -> None:
        from asyncio import get_running_loop

        self.native = native
        self.loop = get_running_loop()
        self.ended: asyncio.Future[None] = self.loop.create_future()
        self.is_cut = False
        self._task = Hidden(None)

    def begin(self, work: Callable[[], Awaitable[Any]]) -> Hidden:
        """What the flow waits for, as a task that can be cut off. Hidden: a task shows what it raised."""

        async def inside() -> Any:
            _inside.set((*_inside.get(), self))
            return await work()

        self._task = Hidden(self.loop.create_task(inside()))
        if self.is_cut:
            self._cancel()
        return self._task

    def cut(self) -> None:
        self.is_cut = True
        # A loop that is closed runs nothing.
        with contextlib.suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self._cancel)

    def _cancel(self) -> None:
        if self._task() is not None:
            self._task().cancel()

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class _Hosted(Generic[AnyRun]):
    """What both share: everything except waiting."""

    __slots__ = ("__weakref__", "_closed", "_lock", "_most", "_running")

    def __init__(self, max_in_flight: int | None) -> None:
        integer("max_in_flight", max_in_flight)
        if max_in_flight is not None and not 1 <= max_in_flight <= 1_000_000:
            raise bad_argument("max_in_flight", "must be a number from 1 to 1,000,000")
        self._closed = False
        self._most = _MOST if max_in_flight is None else max_in_flight
        self._forget()
        _living.add(self)

    def _forget(self) -> None:
        self._lock = allocate_lock()
        self._running: dict[Any, AnyRun] = {}

    def _run_of(self, native: Any) -> AnyRun:
        raise NotImplementedError

    def enter(self, flow: Flow) -> AnyRun:
        with self._lock:
            if self._closed:
                raise _closed()
            if len(self._running) >= self._most:
                raise StateError(
                    "as many flows are in flight as max_in_flight allows", advice="RETRY_LATER", reason="too_many_flows"
                )
            if flow._native in self._running:
                raise StateError("a client runs this flow", reason="busy")
            run = self._running[flow._native] = self._run_of(flow._native)
            return run

    def leave(self, run: AnyRun) -> None:
        with self._lock:
            self._running.pop(run.native, None)
        run.end()

    def ended(self, step: Step) -> Step:
        """The step that a run has reached; a flow that close() ended says so."""
        cut_off = self._closed and isinstance(step, Failed) and step.error.is_cancelled
        return Failed(_closed()) if cut_off else step

    def _others(self) -> list[AnyRun]:
        """The flows under way, but for those that the caller is a part of."""
        with self._lock:
            return [run for run in self._running.values() if run not in _inside.get()]

    # As in the library's own client.

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for native in self._running:
                native.cancel()
        for run in self._others():
            run.cut()

    def in_flight(self) -> int:
        return len(self._running)


class Hosted(_Hosted[HostedRun]):
    """The flows of a Client."""

    __slots__ = ()

    def _run_of(self, native: Any) -> HostedRun:
        return HostedRun(native)

    def settle(self) -> None:
        """After close(): returns when no flow is under way. A request goes on until its transport returns."""
        until = time.monotonic() + _CLOSE_AT_MOST_S
        while self._others() and time.monotonic() < until:
            time.sleep(_SLICE_S)


class AsyncHosted(_Hosted[AsyncHostedRun]):
    """The flows of an AsyncClient."""

    __slots__ = ()

    def _run_of(self, native: Any) -> AsyncHostedRun:
        return AsyncHostedRun(native)

    async def settle(self) -> None:
        """After close(): returns when no flow is under way on this loop."""
        import asyncio

        loop = asyncio.get_running_loop()
        ended = [run.ended for run in self._others() if run.loop is loop]
        if ended:
            await asyncio.wait(ended, timeout=_CLOSE_AT_MOST_S)


def _closed() -> StateError:
    return StateError("the client is closed", reason="closed")
