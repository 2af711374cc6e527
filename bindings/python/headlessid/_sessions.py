"""Sessions and Session: signed-in users in a store, for threads."""

from __future__ import annotations

import contextlib
import contextvars
import functools
import threading
import time
from collections.abc import Sequence
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any, Callable, Union

from ._driving import drive_sync, runs
from ._errors import HeadlessIdError, bad_argument
from ._hidden import Hidden
from ._kept_threads import run_apart
from ._session_base import (
    CLOSE_AT_MOST_S,
    Flight,
    Landing,
    SessionBase,
    SessionsBase,
    milliseconds_of,
    raised_again,
    text_of,
    within,
)
from ._session_flow import UseStore, until_ended
from ._values import joined

if TYPE_CHECKING:
    from ._results import Guest, SessionToken, TokenSet
    from ._store import Store
    from .adapters.httpx import SessionAuth
    from .adapters.requests import RequestsAuth

__all__ = ["Session", "Sessions"]

Key = Union[str, bytes]

NOT_ASYNC = "is for asyncio: it needs an AsyncClient"
# The thread of a flow.
_BEGINS_WITHIN_S = 1.0


class Session(SessionBase):
    """One session in a store, by its key: what Sessions.get(), begin() and guest() return. Any thread may use it at any time.

    Its flows run to their end, whatever becomes of the caller: Ctrl-C, a signal handler that raises and a killed greenlet end
    the waiting alone. One flow of a key runs at a time in a process; callers that ask for the same meanwhile get its outcome.
    """

    __slots__ = ()

    _sessions: Sessions

    def access_token(self, min_ttl: float = 0.0) -> str:
        """An access token: the one that this process has, or the one in the store, refreshed if it is due.

        While a token is due and lasts, it is returned at once, and refreshed by a thread in the background; see
        Client.sessions().

        min_ttl: How many seconds it has to last. Of a token with a shorter life, half of that is enough.

        Raises HeadlessIdError: docs/errors.md#sessions. With advice SIGN_IN_AGAIN the session is over; with RETRY_LATER it is
        as it was.
        """
        if self._sessions._client._closed:
            self._check_open()
        return self._native.token(min_ttl) or self._token(min_ttl).access_token

    def token(self, min_ttl: float = 0.0) -> SessionToken:
        """The same as access_token(), with what is known of the token: its end, instance_url, uvid, whether it was
        refreshed."""
        self._check_open()
        return self._known(min_ttl) or self._token(min_ttl)

    def rejected(self, access_token: str, min_ttl: float = 0.0) -> str:
        """For a 401 of an API: another access token in place of this one. It is refreshed unless that has been done already,
        here or in another process. Send the request again once; a second 401 has another cause."""
        given = Hidden(access_token)
        del access_token
        token: SessionToken = self._fly("rejected", milliseconds_of(min_ttl), rejected=given)
        return token.access_token

    def end(self) -> bool:
        """Forgets the session, then revokes its tokens; True if there were any to revoke. Where they cannot be revoked it
        raises, and can be called again. Other processes may use an access token that they have for session_cache_ms more, if
        the server lets them."""
        return bool(self._fly("end", 0))

    def auth(self, min_ttl: float = 0.0) -> SessionAuth:
        """For httpx.Client(auth=...): sends the access token, and a 401 to rejected(). See headlessid.adapters.httpx."""
        from .adapters.httpx import SessionAuth

        return SessionAuth(self, min_ttl)

    def requests_auth(self, min_ttl: float = 0.0) -> RequestsAuth:
        """For requests: requests.Session().auth, or auth=... of a call. See headlessid.adapters.requests."""
        from .adapters.requests import RequestsAuth

        return RequestsAuth(self, min_ttl)

    def _token(self, min_ttl: float) -> SessionToken:
        min_ttl_ms = milliseconds_of(min_ttl)
        lasting = self._lasting(min_ttl_ms)
        if lasting is None:
            token: SessionToken = self._fly("token", min_ttl_ms)
            return token
        self._go_on()
        return lasting

    def _fly(self, name: str, min_ttl_ms: int, given: Hidden | None = None, rejected: Hidden | None = None) -> Any:
        """Runs a flow, or waits for one that brings the same; what it brought."""
        wanted = rejected if rejected is not None else Hidden(None)
        self._native.check()
        self._check_open()
        while True:
            flight, mine = self._take_off(name, min_ttl_ms, wanted, given)
            # One that does not begin has lost its thread: to an exception of a signal handler, or to a kill.
            while not flight.ended.wait(None if flight.begun else _BEGINS_WITHIN_S):
                self._abandon(flight)
            if flight.abandoned:
                continue
            outcome = flight.outcome
            if mine:
                flight.told.wait()
                if flight.raised is not None:
                    raise flight.raised
                if isinstance(outcome(), BaseException):
                    raise outcome()
                return outcome()
            if flight.serves(name, min_ttl_ms, wanted):
                if isinstance(outcome(), BaseException):
                    raise raised_again(outcome())
                return outcome().replace(refreshed=False)
            if name == "token":
                known = self._known(min_ttl_ms / 1000)
                if known is not None:
                    return known

    def _take_off(self, name: str, min_ttl_ms: int, wanted: Hidden, given: Hidden | None) -> tuple[Flight, bool]:
        """The flight that is under way, or a new one, and whether it is new. In the main thread an exception of a signal
        handler may come at any of these lines."""
        greenlets = self._sessions._client._cooperates()
        mine: Flight | None = None
        try:
            with self._lock:
                flight = self._flight
                if flight is None:
                    self._depart(name, wanted)
                    mine = Flight(name, min_ttl_ms, wanted, _event(greenlets), _event(greenlets))
                    self._flight = mine
            if mine is not None:
                self._launch(mine, given, greenlets, threading.current_thread() is threading.main_thread())
                return mine, True
        except BaseException:
            if mine is not None:
                self._abandon(mine)
            raise
        assert flight is not None
        self._check_outside(flight)
        return flight, False

    def _abandon(self, flight: Flight) -> None:
        """Unless its work has begun: those who wait for it try again."""
        with self._lock:
            if flight.begun:
                return
            flight.abandoned = True
            if self._flight is flight:
                self._flight = None
        flight.ended.set()
        flight.told.set()

    def _launch(self, flight: Flight, given: Hidden | None, greenlets: Any, in_thread: bool) -> None:
        """Runs it where nothing can be raised from outside: Python raises for signals in the main thread alone, and kills
        greenlets."""
        work = self._work(flight, given)
        if greenlets is not None:
            greenlets.spawn(work)
        elif in_thread:
            if not run_apart(functools.partial(contextvars.copy_context().run, work), "headlessid-session"):
                self._run_here(work, flight)
        else:
            work()

    def _run_here(self, work: Callable[[], None], flight: Flight) -> None:
        """At the end of the interpreter, or without room for another thread."""
        try:
            work()
        finally:
            self._land(flight)

    def _work(self, flight: Flight, given: Hidden | None) -> Callable[[], None]:
        def work() -> None:
            with self._lock:
                if flight.abandoned:
                    return
                flight.begun = True
            inside = within.set((*within.get(), flight))
            try:
                flight.outcome = Hidden(self._run(flight, given))
            except BaseException as raised:
                flight.outcome = Hidden(raised)
            finally:
                within.reset(inside)
                self._land(flight)
            # They may use this session.
            try:
                self._sessions._client._watch.say(flight.events)
            except BaseException as raised:
                flight.raised = raised
            finally:
                flight.told.set()

        return work

    def _land(self, flight: Flight) -> None:
        with self._lock:
            if self._flight is flight:
                self._arrive(flight)
                self._flight = None
        flight.ended.set()

    def _run(self, flight: Flight, given: Hidden | None) -> Any:
        client = self._sessions._client
        parameters = Hidden(dict(given()) if given is not None else {})
        if flight.name in ("token", "rejected", "guest") and flight.min_ttl_ms:
            parameters()["min_ttl_ms"] = str(flight.min_ttl_ms)
        if flight.rejected() is not None:
            parameters()["access_token"] = flight.rejected()
        performed = runs(client._run_to_the_end, client._signer)

        def perform(command: Any) -> Hidden:
            if isinstance(command, UseStore):
                return Hidden(command.step.call(self._sessions._store))
            return performed(command)

        with self._flow(flight.name, parameters) as flow:
            try:
                return drive_sync(until_ended(flow, client._signer is not None), perform)
            finally:
                flight.events = client._watch.heard(flow)

    def _go_on(self) -> None:
        """Refreshes in the background, unless that is under way."""
        greenlets = self._sessions._client._cooperates()
        flight: Flight | None = None
        try:
            with self._lock:
                if not self._may_go_on():
                    return
                flight = Flight("token", 0, Hidden(None), _event(greenlets), _event(greenlets))
                self._flight = flight
            self._launch(flight, None, greenlets, True)
        except BaseException:
            if flight is not None:
                self._abandon(flight)
            raise


def _event(greenlets: Any) -> Any:
    return Landing() if greenlets is None else greenlets.event()


class Sessions(SessionsBase[Session]):
    """The sessions of one app in one store: what Client.sessions() returns. Any thread may use it at any time. After a fork
    the child makes its own: one from before raises StateError, reason "forked"."""

    __slots__ = ()

    _kind = Session

    def __init__(self, client: Any, store: Store, keys: Hidden, background: bool) -> None:
        if getattr(store, "is_async", False) or iscoroutinefunction(getattr(type(store), "load", None)):
            raise bad_argument("store", NOT_ASYNC)
        super().__init__(client, store, keys, background)

    def begin(self, key: Key, tokens: TokenSet | Guest | str) -> Session:
        """Keeps the tokens of a sign-in, or of a guest, under a key of the app's: a user's ID, or that of a browser's session.
        Replaces what is there; a guest's visitor goes on.

        key: 1 to 512 bytes, or text whose UTF-8 is that long. tokens: a result of a flow, or the text of its to_json().
        """
        given, text = Hidden(key), Hidden(tokens)
        del key, tokens
        session = self._get(given)
        session._fly("begin", 0, Hidden({"tokens": text_of(text)()}))
        return session

    def get(self, key: Key) -> Session:
        """The session under this key. Looks at nothing: whether there is one, its first call says. Two handles of one key are
        one while the process uses it."""
        given = Hidden(key)
        del key
        return self._get(given)

    def guest(self, key: Key, min_ttl: float = 0.0, scope: str | Sequence[str] | None = None) -> Session:
        """A guest's session under this key: the one that is there, renewed if it is due, or that of a new visitor. begin()
        makes it a person's. StateError, reason "named_session", if a person is signed in there."""
        given = Hidden(key)
        del key
        session = self._get(given)
        session._fly("guest", milliseconds_of(min_ttl), Hidden({"scope": joined("scope", scope)}))
        return session

    def _settle(self, at_most_s: float = CLOSE_AT_MOST_S) -> None:
        """Lets the flows that are under way come to their end."""
        until = time.monotonic() + at_most_s
        for session in self._all():
            flight = session._flight
            # close() may be called by a part of a flow.
            if flight is not None and flight not in within.get():
                with contextlib.suppress(HeadlessIdError):
                    flight.ended.wait(max(0.0, until - time.monotonic()))
