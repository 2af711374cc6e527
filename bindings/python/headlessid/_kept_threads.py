"""Threads for work that must not be cut off, kept for a moment: a thread that has done its work waits for more.

In the main thread an exception of a signal handler may come between any two lines. So nothing here takes a lock that it might
leave taken, and work is there for every thread before one is called for it: where the call is cut off, it withdraws the work,
or the next thread that looks finds it."""

from __future__ import annotations

import os
import threading
from _thread import start_new_thread
from collections import deque
from typing import Any, Callable

Work = Callable[[], object]

# How long a thread waits for more work.
_LINGERS_S = 0.2

# What is to be done, and how to call the threads that wait for it: locks, which they release. Each operation on these is one
# step for all threads.
_waiting: deque[Work] = deque()
_gates: list[Any] = []
_is_ending = False


def run_apart(work: Work, name: str) -> bool:
    """Hands the work to another thread, which runs it once and which the interpreter waits for when it exits. False: no thread could
    be started, or the interpreter is exiting; the caller has to run the work. If this call raises, a thread may have begun it."""
    try:
        _waiting.append(work)
        try:
            gate = _gates.pop()
        except IndexError:
            return _start(work, name)
        gate.release()
    except BaseException:
        # Or it would stay until the next is called.
        _withdraw(work)
        raise
    return True


def _start(work: Work, name: str) -> bool:
    # The interpreter waits for it when it exits. Without daemon=False, a thread that a daemon starts would be a daemon.
    thread = threading.Thread(target=_serve, name=name, daemon=False)

    def start() -> None:
        try:
            thread.start()
        except RuntimeError:
            if _withdraw(work):
                work()

    # Thread.start() waits for its thread with a lock in Python code: an exception of a signal handler at that moment leaves it
    # taken, and the interpreter would wait at its end for a thread that waits for the lock. Only the main thread gets such
    # exceptions.
    try:
        start_new_thread(start, ())
    except RuntimeError:
        return not _withdraw(work)
    return True


def _withdraw(work: Work) -> bool:
    """False: a thread has it."""
    try:
        _waiting.remove(work)
    except ValueError:
        return False
    return True


def _serve() -> None:
    while True:
        try:
            work = _waiting.popleft()
        except IndexError:
            if not _is_called():
                return
        else:
            work()
            # Nothing else may refer to its client any more.
            del work


def _is_called() -> bool:
    """Waits until there may be work. False: none came in time, or the interpreter is exiting."""
    gate = threading.Lock()
    gate.acquire()
    _gates.append(gate)
    # Work that is there already has called another thread, which may be late, or its call was cut off.
    if not _waiting and not _is_ending and gate.acquire(timeout=_LINGERS_S):
        return True
    try:
        _gates.remove(gate)
    except ValueError:
        # Called this moment, and its work is there.
        return True
    return bool(_waiting)


def _end() -> None:
    """Before the interpreter waits for its threads: those that have nothing to do end at once."""
    global _is_ending
    _is_ending = True
    while True:
        try:
            gate = _gates.pop()
        except IndexError:
            return
        gate.release()


def _after_fork() -> None:
    # The child has none of the threads; who waits for work of theirs begins it again.
    _waiting.clear()
    _gates.clear()


os.register_at_fork(after_in_child=_after_fork)
try:
    # A Python without this function exits only after the idle threads have timed out.
    getattr(threading, "_register_atexit", lambda end: None)(_end)
except RuntimeError:
    _is_ending = True
