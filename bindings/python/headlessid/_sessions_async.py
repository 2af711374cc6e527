"""AsyncSessions and AsyncSession: signed-in users in a store, for asyncio."""

from __future__ import annotations

import asyncio
import contextvars
import functools
from collections.abc import Sequence
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, Any

from ._driving import drive_async, runs_async
from ._errors import StateError
from ._hidden import Hidden
from ._outlasting import outlast
from ._session_base import (
    CLOSE_AT_MOST_S,
    Flight,
    SessionBase,
    SessionsBase,
    milliseconds_of,
    raised_again,
    text_of,
    within,
)
from ._session_flow import StoreStep, UseStore, until_ended
from ._sessions import Key
from ._store import StoreFault
from ._values import joined

if TYPE_CHECKING:
    from ._results import Guest, SessionToken, TokenSet
    from ._store import AsyncStore, Store
    from .adapters.httpx import SessionAuth

__all__ = ["AsyncSession", "AsyncSessions"]

# For one operation of the store.
_STORE_AT_MOST_S = 5.0


class AsyncSession(SessionBase):
    """One session in a store, by its key: what AsyncSessions.get(), begin() and guest() return.

    Its flows run in tasks of their own, to their end: cancelling a caller, or a timeout around it, ends the waiting alone. One
    flow of a key runs at a time in a process; callers that ask for the same meanwhile get its outcome.
    """

    __slots__ = ()

    _sessions: AsyncSessions

    async def access_token(self, min_ttl: float = 0.0) -> str:
        """An access token: the one that this process has, or the one in the store, refreshed if it is due.

        While a token is due and lasts, it is returned at once, and refreshed by a task in the background; see
        AsyncClient.sessions().

        min_ttl: How many seconds it has to last. Of a token with a shorter life, half of that is enough.

        Raises HeadlessIdError: docs/errors.md#sessions. With advice SIGN_IN_AGAIN the session is over; with RETRY_LATER it is
        as it was.
        """
        if self._sessions._client._closed:
            self._check_open()
        return self._native.token(min_ttl) or (await self._token(min_ttl)).access_token

    async def token(self, min_ttl: float = 0.0) -> SessionToken:
        """The same as access_token(), with what is known of the token: its end, instance_url, uvid, whether it was
        refreshed."""
        self._check_open()
        return self._known(min_ttl) or await self._token(min_ttl)

    async def rejected(self, access_token: str, min_ttl: float = 0.0) -> str:
        """For a 401 of an API: another access token in place of this one. It is refreshed unless that has been done already,
        here or in another process. Send the request again once; a second 401 has another cause."""
        given = Hidden(access_token)
        del access_token
        token: SessionToken = await self._fly("rejected", milliseconds_of(min_ttl), rejected=given)
        return token.access_token

    async def end(self) -> bool:
        """Forgets the session, then revokes its tokens; True if there were any to revoke. Where they cannot be revoked it
        raises, and can be called again. Other processes may use an access token that they have for session_cache_ms more, if
        the server lets them."""
        return bool(await self._fly("end", 0))

    def auth(self, min_ttl: float = 0.0) -> SessionAuth:
        """For httpx.AsyncClient(auth=...): sends the access token, and a 401 to rejected(). See headlessid.adapters.httpx."""
        from .adapters.httpx import SessionAuth

        return SessionAuth(self, min_ttl)

    async def _token(self, min_ttl: float) -> SessionToken:
        min_ttl_ms = milliseconds_of(min_ttl)
        lasting = self._lasting(min_ttl_ms)
        if lasting is None:
            token: SessionToken = await self._fly("token", min_ttl_ms)
            return token
        self._go_on()
        return lasting

    async def _fly(self, name: str, min_ttl_ms: int, given: Hidden | None = None, rejected: Hidden | None = None) -> Any:
        """Starts a flow in a task of its own, or waits for one that brings the same; what it brought."""
        wanted = rejected if rejected is not None else Hidden(None)
        self._native.check()
        self._check_open()
        loop = asyncio.get_running_loop()
        while True:
            flight = self._under_way(loop)
            mine = flight is None
            if flight is None:
                self._depart(name, wanted)
                flight = self._start(name, min_ttl_ms, wanted, given, loop)
            else:
                self._check_outside(flight)
            # The future alone: a caller that is cancelled leaves it as it is.
            await asyncio.shield(flight.ended)
            if flight.abandoned:
                continue
            outcome = flight.outcome
            if mine:
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

    def _under_way(self, loop: asyncio.AbstractEventLoop) -> Flight | None:
        flight = self._flight
        if flight is not None and flight.loop is not loop:
            if not flight.loop.is_closed():
                raise StateError("this session is in use on another event loop", reason="busy")
            # Its task will never go on.
            flight = self._flight = None
        return flight

    def _start(
        self, name: str, min_ttl_ms: int, rejected: Hidden, given: Hidden | None, loop: asyncio.AbstractEventLoop
    ) -> Flight:
        flight = Flight(name, min_ttl_ms, rejected, loop.create_future(), loop=loop)
        work = self._work(flight, given)
        task: asyncio.Task[None] | None = None
        try:
            self._flight = flight
            task = loop.create_task(work, name="headlessid-session")
            # The loop itself refers to its tasks weakly.
            self._sessions._tasks.add(task)
            task.add_done_callback(functools.partial(self._done, flight))
        except BaseException:
            if task is None:
                work.close()
            self._abandon(flight)
            raise
        return flight

    def _done(self, flight: Flight, task: asyncio.Task[None]) -> None:
        self._sessions._tasks.discard(task)
        # A task that is cancelled before its first step has done nothing, not even that which is `finally`.
        self._abandon(flight)

    def _abandon(self, flight: Flight) -> None:
        """Unless its work has begun: those who wait for it try again."""
        if not flight.begun:
            flight.abandoned = True
            self._land(flight)

    def _land(self, flight: Flight) -> None:
        if self._flight is flight:
            self._arrive(flight)
            self._flight = None
        if not flight.ended.done():
            flight.ended.set_result(None)

    async def _work(self, flight: Flight, given: Hidden | None) -> None:
        if flight.abandoned:
            return
        flight.begun = True
        inside = within.set((*within.get(), flight))
        try:
            flight.outcome = Hidden(await self._run(flight, given))
        except BaseException as raised:
            flight.outcome = Hidden(raised)
            if not isinstance(raised, (Exception, asyncio.CancelledError)):
                raise
        finally:
            within.reset(inside)
            self._land(flight)
            # They may use this session.
            self._sessions._client._watch.say(flight.events)

    async def _run(self, flight: Flight, given: Hidden | None) -> Any:
        client = self._sessions._client
        parameters = Hidden(dict(given()) if given is not None else {})
        if flight.name in ("token", "rejected", "guest") and flight.min_ttl_ms:
            parameters()["min_ttl_ms"] = str(flight.min_ttl_ms)
        if flight.rejected() is not None:
            parameters()["access_token"] = flight.rejected()
        performed = runs_async(client._run_to_the_end, client._signer)

        async def perform(command: Any) -> Hidden:
            if isinstance(command, UseStore):
                return await self._sessions._use(command.step)
            return await performed(command)

        with self._flow(flight.name, parameters) as flow:
            try:
                return await drive_async(until_ended(flow, client._signer is not None), perform)
            finally:
                flight.events = client._watch.heard(flow)

    def _go_on(self) -> None:
        """Refreshes in the background, unless that is under way."""
        loop = asyncio.get_running_loop()
        if self._under_way(loop) is None and self._may_go_on():
            self._start("token", 0, Hidden(None), None, loop)


class AsyncSessions(SessionsBase[AsyncSession]):
    """The sessions of one app in one store: what AsyncClient.sessions() returns. After a fork the child makes its own: one from
    before raises StateError, reason "forked"."""

    __slots__ = ("_is_async", "_is_instant", "_tasks")

    _kind = AsyncSession

    def __init__(self, client: Any, store: AsyncStore | Store, keys: Hidden, background: bool) -> None:
        super().__init__(client, store, keys, background)
        self._is_async = bool(getattr(store, "is_async", iscoroutinefunction(getattr(type(store), "load", None))))
        self._is_instant = bool(getattr(store, "is_instant", False))
        self._tasks: set[asyncio.Task[None]] = set()

    async def begin(self, key: Key, tokens: TokenSet | Guest | str) -> AsyncSession:
        """Keeps the tokens of a sign-in, or of a guest, under a key of the app's: a user's ID, or that of a browser's session.
        Replaces what is there; a guest's visitor goes on.

        key: 1 to 512 bytes, or text whose UTF-8 is that long. tokens: a result of a flow, or the text of its to_json().
        """
        given, text = Hidden(key), Hidden(tokens)
        del key, tokens
        session = self._get(given)
        await session._fly("begin", 0, Hidden({"tokens": text_of(text)()}))
        return session

    def get(self, key: Key) -> AsyncSession:
        """The session under this key. Looks at nothing: whether there is one, its first call says. Two handles of one key are
        one while the process uses it."""
        given = Hidden(key)
        del key
        return self._get(given)

    async def guest(self, key: Key, min_ttl: float = 0.0, scope: str | Sequence[str] | None = None) -> AsyncSession:
        """A guest's session under this key: the one that is there, renewed if it is due, or that of a new visitor. begin()
        makes it a person's. StateError, reason "named_session", if a person is signed in there."""
        given = Hidden(key)
        del key
        session = self._get(given)
        await session._fly("guest", milliseconds_of(min_ttl), Hidden({"scope": joined("scope", scope)}))
        return session

    async def _use(self, step: StoreStep) -> Hidden:
        """One operation of the store, with a time limit. A cancelled task waits for its outcome."""
        if self._is_instant:
            return Hidden(step.call(self._store))
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any]
        if self._is_async:
            future = asyncio.ensure_future(step.call(self._store))
        else:
            context = contextvars.copy_context()
            future = loop.run_in_executor(None, functools.partial(context.run, step.call, self._store))
        await outlast(future, _STORE_AT_MOST_S)
        if not future.done():
            future.cancel()
            raise StoreFault(f"{step.operation}() of the store took longer than {_STORE_AT_MOST_S:.0f} s")
        if future.cancelled():
            raise StoreFault(f"{step.operation}() of the store was cut off")
        return Hidden(future.result())

    async def _settle(self) -> None:
        """Lets the flows that are under way come to their end."""
        loop = asyncio.get_running_loop()
        # close() may be called by a part of a flow.
        own = asyncio.current_task()
        tasks = [task for task in self._tasks if task.get_loop() is loop and not task.done() and task is not own]
        if tasks:
            await asyncio.wait(tasks, timeout=CLOSE_AT_MOST_S)
