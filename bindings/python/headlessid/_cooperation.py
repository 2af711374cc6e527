"""Waiting under gevent and eventlet, where one thread serves many greenlets: the others keep running during a call.

One greenlet at a time, the leader, waits for the library's completion descriptor. It passes each outcome to the greenlet
that waits for it, and the lead to another greenlet once it has its own."""

from __future__ import annotations

import os
import sys
from _thread import get_native_id
from typing import Any, Callable

from ._hidden import Hidden


def cooperation(native: Any, made: Cooperation | None) -> Cooperation | None:
    """Created at a client's first call, and kept."""
    if made is not None:
        return made
    if "gevent" in sys.modules:
        import gevent
        from gevent import monkey
        from gevent.event import Event
        from gevent.select import select

        def in_gevent() -> bool:
            patched = monkey.is_module_patched("socket") or monkey.is_module_patched("select")
            return patched and _in_main_thread() or isinstance(gevent.getcurrent(), gevent.Greenlet)

        if in_gevent():
            return Cooperation(native, select, Event, in_gevent, gevent.spawn)
    if "eventlet" in sys.modules:
        import eventlet
        from eventlet import patcher
        from eventlet.green.select import select as green_select
        from eventlet.green.threading import Event as GreenEvent  # pyright: ignore

        def in_eventlet() -> bool:
            patched = patcher.is_monkey_patched("socket") or patcher.is_monkey_patched("select")
            return patched and _in_main_thread() or isinstance(eventlet.getcurrent(), eventlet.greenthread.GreenThread)

        if in_eventlet():
            return Cooperation(native, green_select, GreenEvent, in_eventlet, eventlet.spawn)
    return None


def _in_main_thread() -> bool:
    # Asked of the system: the threading module has been patched too.
    return get_native_id() == os.getpid()


class _Call:
    """One waiting greenlet."""

    __slots__ = ("ended", "event", "outcome")

    def __init__(self, event: Any) -> None:
        self.event = event
        self.outcome = Hidden(None)
        self.ended = False


class Cooperation:
    """How greenlets wait for a client."""

    def __init__(self, native: Any, select: Any, event: Any, wanted: Callable[[], bool], spawn: Any) -> None:
        self._native = native
        self._select = select
        self._event = event
        #: Starts a greenlet.
        self.spawn = spawn
        self._calls: dict[int, _Call] = {}
        # Outcomes that arrived before their call was recorded, and tags of cancelled calls.
        self._early: dict[int, Hidden] = {}
        self._cancelled: set[int] = set()
        self._led = False
        # Greenlets of one thread. Other threads, such as those of the host's pool, may block.
        self._thread = get_native_id()
        self._in_a_host = wanted

    def wanted(self) -> bool:
        """Whether the caller is a greenlet that must not block its thread."""
        return get_native_id() == self._thread and self._in_a_host()

    def event(self) -> Any:
        """What greenlets wait for, and one sets."""
        return self._event()

    def run(self, begin: Callable[..., int], *arguments: object) -> Hidden:
        """Begins a flow and waits for its outcome; raises it if it is an exception."""
        given = Hidden(arguments)
        del arguments
        # Cancelled flows may still be queued, and count as running.
        self._take()
        tag = begin(*given())
        call = self._calls[tag] = _Call(self._event())
        if tag in self._early:
            self._end(tag, self._early.pop(tag))
        try:
            while not call.ended:
                if self._led:
                    call.event.wait()
                    call.event.clear()
                else:
                    self._lead(call)
        finally:
            # Still there: this greenlet was killed, or timed out.
            if self._calls.pop(tag, None) is not None:
                self._cancelled.add(tag)
                self._native.cancel(tag)
            if not self._led:
                self._hand_over()
        if isinstance(call.outcome(), BaseException):
            raise call.outcome()
        return call.outcome

    def _lead(self, call: _Call) -> None:
        self._led = True
        try:
            descriptor = self._native.fd()
            while not call.ended:
                self._select([descriptor], [], [])
                self._take()
        finally:
            self._led = False

    def _hand_over(self) -> None:
        for call in list(self._calls.values()):
            call.event.set()
            break

    def _take(self) -> None:
        for taken in map(Hidden, self._native.take()):
            self._end(taken()[0], Hidden(taken()[2]))

    def _end(self, tag: int, outcome: Hidden) -> None:
        call = self._calls.pop(tag, None)
        if call is not None:
            call.outcome = outcome
            call.ended = True
            call.event.set()
        elif tag in self._cancelled:
            self._cancelled.discard(tag)
        else:
            self._early[tag] = outcome
