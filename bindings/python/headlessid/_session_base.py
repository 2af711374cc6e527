"""What the sessions of both clients share: handles by key, the token that came last, and one flow of a key at a time."""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict
from contextvars import ContextVar
from threading import Lock
from typing import Any, Generic, TypeVar
from weakref import WeakSet, WeakValueDictionary

from . import _native
from ._app import NotCopied
from ._errors import HeadlessIdError, StateError, bad_argument
from ._hidden import Hidden
from ._results import SessionToken
from ._session_flow import SessionFlow
from ._values import keyed

# Sessions of which the process keeps what it knows, though nothing else refers to them.
KEPT = 10_000
# A token that ends sooner is not handed out while the next one is fetched.
_LEAST_LEFT_MS = 5_000
# Between two attempts in the background.
_BACKGROUND_EVERY_S = 1.0
#: How long close() lets the flows of sessions come to their end.
CLOSE_AT_MOST_S = 10.0

AnySession = TypeVar("AnySession", bound="SessionBase")
_living: WeakSet[Any] = WeakSet()


def _after_fork() -> None:
    # The locks may be held by threads that the child does not have.
    for sessions in list(_living):
        sessions._forget()


os.register_at_fork(after_in_child=_after_fork)


# The flights that this code is a part of: as a store, a signer or a transport. Waiting for one of them would never end.
within: ContextVar[tuple[Flight, ...]] = ContextVar("headlessid_within", default=())


class Landing:
    """An event that each thread waits for with a lock of its own. threading.Event takes a lock in Python code: an exception of
    a signal handler at that moment leaves it taken, and the thread that sets the event waits for ever."""

    __slots__ = ("_gates", "_is_set")

    def __init__(self) -> None:
        self._is_set = False
        self._gates: list[Any] = []

    def set(self) -> None:
        self._is_set = True
        while True:
            try:
                gate = self._gates.pop()
            except IndexError:
                return
            gate.release()

    def wait(self, timeout: float | None = None) -> bool:
        gate = threading.Lock()
        gate.acquire()
        # set() comes after this, and finds it, or came before.
        self._gates.append(gate)
        if not self._is_set:
            gate.acquire(timeout=-1 if timeout is None else timeout)
        return self._is_set


class Flight:
    """One flow that is under way, for all who wait for the same."""

    __slots__ = ("abandoned", "begun", "ended", "events", "loop", "min_ttl_ms", "name", "outcome", "raised", "rejected", "told")

    def __init__(self, name: str, min_ttl_ms: int, rejected: Hidden, ended: Any, told: Any = None, loop: Any = None) -> None:
        self.name = name
        self.min_ttl_ms = min_ttl_ms
        self.rejected = rejected
        self.ended = ended
        self.loop = loop
        # Whether its work has begun; until then it may be abandoned, and then its work does nothing.
        self.begun = False
        self.abandoned = False
        # What it brought, or an exception.
        self.outcome = Hidden(None)
        # For the listeners, who are told after the others; then `told` is set. What one of them raised that ends a program.
        self.events = ""
        self.told = told
        self.raised: BaseException | None = None

    def serves(self, name: str, min_ttl_ms: int, rejected: Hidden) -> bool:
        """Whether its outcome is an outcome for a call that waited for its end. One that failed serves those who asked for
        the same."""
        failed = isinstance(self.outcome(), BaseException)
        if name == "token":
            return self.name in ("token", "rejected") and self.min_ttl_ms >= min_ttl_ms
        if name == "rejected":
            if failed:
                return self.name == "rejected" and self.rejected() == rejected() and self.min_ttl_ms >= min_ttl_ms
            came = self.outcome()
            return (
                isinstance(came, SessionToken)
                and self.name in ("token", "rejected")
                and came.access_token != rejected()
                and self.min_ttl_ms >= min_ttl_ms
            )
        return False


class SessionBase(NotCopied):
    """One session, as this process knows it."""

    __slots__ = ("__weakref__", "_flight", "_last", "_lock", "_native", "_next_background", "_sessions")

    _flight: Flight | None
    # A SessionToken, or None.
    _last: Hidden

    def __init__(self, sessions: SessionsBase[Any], native: _native.Session) -> None:
        self._sessions = sessions
        self._native = native
        self._lock = Lock()
        self._flight = None
        self._last = Hidden(None)
        self._next_background = 0.0

    def _check_open(self) -> None:
        if self._sessions._client._closed:
            raise StateError("the client is closed", reason="closed")

    def _check_outside(self, flight: Flight) -> None:
        """Before a call waits for a flight."""
        if flight in within.get():
            raise StateError("a flow of this session is waiting for the code that calls it", reason="busy")

    def _flow(self, name: str, given: Hidden) -> SessionFlow:
        client = self._sessions._client
        flow = SessionFlow(client._app, self._native, name, given)
        client._watch.begin(flow)
        return flow

    def _known(self, min_ttl: float) -> SessionToken | None:
        """The token that needs no look at the store, with what is known of it."""
        token = Hidden(self._native.token(min_ttl))
        last = self._last
        if token() is None or last() is None or last().access_token != token():
            return None
        known: SessionToken = last()
        return known

    def _lasting(self, min_ttl_ms: int) -> SessionToken | None:
        """The last token where it is due, but lasts, and was looked at lately: to be used while another is fetched."""
        last = self._last
        if not self._sessions._background or last() is None:
            return None
        token = Hidden(self._native.lasting(max(min_ttl_ms, _LEAST_LEFT_MS)))
        if token() is None or last().access_token != token():
            return None
        lasting: SessionToken = last()
        return lasting

    def _may_go_on(self) -> bool:
        """Whether it is time for an attempt in the background."""
        now = time.monotonic()
        if self._flight is not None or now < self._next_background or self._sessions._client._closed:
            return False
        self._next_background = now + _BACKGROUND_EVERY_S
        return True

    def _depart(self, name: str, rejected: Hidden) -> None:
        """A flow begins."""
        self._check_open()
        last = self._last()
        if name == "end" or last is not None and rejected() is not None and last.access_token == rejected():
            self._last = Hidden(None)

    def _arrive(self, flight: Flight) -> None:
        """A flow has ended: what this process knows from then on."""
        came = flight.outcome()
        if isinstance(came, SessionToken):
            self._last = Hidden(came.replace(refreshed=False) if came.refreshed else came)
        elif isinstance(came, HeadlessIdError) and came.advice == "SIGN_IN_AGAIN":
            self._last = Hidden(None)

    def __repr__(self) -> str:
        # Not the key, which may be a browser's session ID.
        return f"<{type(self).__name__}>"


class SessionsBase(NotCopied, Generic[AnySession]):
    """The sessions of one app in one store, as this process knows them."""

    __slots__ = ("__weakref__", "_background", "_by_key", "_client", "_kept", "_lock", "_native", "_store")

    _kind: type[AnySession]

    def __init__(self, client: Any, store: Any, keys: Hidden, background: bool) -> None:
        for method in ("load", "save", "delete", "lock", "unlock"):
            if not callable(getattr(store, method, None)):
                raise bad_argument("store", f"has no method {method}(): see headlessid.stores.Store")
        self._client = client
        self._store = store
        self._background = bool(background)
        words = Hidden(keyed("session_keys", keys()))
        self._native = _native.Sessions(client._app._native, words())
        self._forget()
        _living.add(self)

    def _forget(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[bytes, AnySession] = OrderedDict()
        self._by_key: WeakValueDictionary[bytes, AnySession] = WeakValueDictionary()

    def _get(self, key: Hidden) -> AnySession:
        if isinstance(key(), str):
            key.put(key().encode("utf-8", "surrogatepass"))
        elif not isinstance(key(), bytes):
            raise TypeError(f"key must be str or bytes, not {type(key()).__name__}")
        with self._lock:
            found = self._by_key.get(key())
            if found is None:
                found = self._kind(self, _native.Session(self._native, key()))
                self._by_key[key()] = found
            self._kept[key()] = found
            self._kept.move_to_end(key())
            if len(self._kept) > KEPT:
                self._kept.popitem(last=False)
            return found

    def _all(self) -> list[AnySession]:
        with self._lock:
            return list(self._by_key.values())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} in {self._store!r}>"


def text_of(tokens: Hidden) -> Hidden:
    """A sign-in's result as the library reads it."""
    if tokens() is not None and hasattr(tokens(), "to_json"):
        return Hidden(tokens().to_json())
    if isinstance(tokens(), (str, bytes, bytearray)):
        return tokens
    raise TypeError(f"tokens must be a TokenSet, a Guest or the text of to_json(), not {type(tokens()).__name__}")


def milliseconds_of(min_ttl: float) -> int:
    """Rounded up, as the library's own call does; the library says what is too much."""
    if isinstance(min_ttl, bool) or not isinstance(min_ttl, (int, float)):
        raise TypeError(f"min_ttl must be a number of seconds, not {type(min_ttl).__name__}")
    if not 0 <= min_ttl <= 1e12:
        raise ValueError("min_ttl must be a number of seconds from 0 to 1e12")
    return -int(-min_ttl * 1000 // 1)


def raised_again(error: BaseException) -> BaseException:
    """A copy for each who waited: threads that raise one object would write into each other's tracebacks."""
    if not isinstance(error, HeadlessIdError):
        return error
    again = type(error)(*error.args)
    again.__cause__ = error.__cause__
    return again
