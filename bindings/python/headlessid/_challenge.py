"""Challenge and AsyncChallenge: a flow that waits for a person, and the only way to its next step."""

from __future__ import annotations

import copy
from _thread import allocate_lock
from collections.abc import Callable
from types import TracebackType
from typing import Any, Generic, TypeVar, Union

from ._app import NotCopied
from ._catalogue import ASKS_OF
from ._driving import Drive, drive_async, drive_sync, runs, runs_async, until_parked
from ._errors import HeadlessIdError, StateError, bad_argument
from ._flow import Flow
from ._hidden import Hidden
from ._steps import Ask, Done, Failed, Show, Step

__all__ = ["AsyncChallenge", "Challenge"]

R = TypeVar("R")
T = TypeVar("T")
Self = TypeVar("Self", bound="ChallengeBase[Any]")
Value = Union[str, bytes, bytearray]


class ChallengeBase(NotCopied, Generic[R]):
    """What both share: everything but the awaiting."""

    __slots__ = (
        "__weakref__",
        "_busy",
        "_closed",
        "_failure",
        "_flow",
        "_name",
        "_result",
        "_run",
        "_signer",
        "_step",
        "_stop",
        "_ticket_id",
    )

    def __init__(self, flow: Flow, run: Any, signer: Any, stop: Callable[[Flow], None]) -> None:
        self._flow = flow
        self._name = flow.name
        self._run = run
        self._signer = signer
        self._stop = stop
        self._busy = allocate_lock()
        self._closed = False
        self._step: Ask | Show | None = None
        self._result: R | None = None
        self._failure: HeadlessIdError | None = None
        self._ticket_id: str | None = None

    # ---- what it says ----

    @property
    def flow(self) -> str:
        """The flow's name in the catalogue."""
        return self._name

    @property
    def asks(self) -> str | None:
        """The name of the value that it waits for now: "otp", "new_password", "password", "callback_url". None
        when it has ended."""
        step = getattr(self, "_step", None)
        return None if step is None else step.name if isinstance(step, Ask) else step.ask_name

    @property
    def url(self) -> str | None:
        """The address to send the person's browser to, or None."""
        return self._step.url if isinstance(self._step, Show) else None

    @property
    def code(self) -> str | None:
        """A code for the person to type at that address, or None."""
        return self._step.code if isinstance(self._step, Show) else None

    @property
    def problem(self) -> HeadlessIdError | None:
        """What was wrong with the last attempt, or what ended the challenge; or None. A ticket takes none along."""
        return self._failure if self._step is None else self._step.problem

    @property
    def result(self) -> R | None:
        """What verify() has returned; None until then."""
        return self._result

    @property
    def ticket_id(self) -> str | None:
        """The id of the ticket that was sealed last, or that this challenge was resumed from; None without one.
        Mark it as used in a store where a ticket must not be opened twice."""
        return self._ticket_id

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {getattr(self, '_name', None)!r} asks {self.asks!r}>"

    # ---- what needs no network ----

    def seal(self, binding: Value | None = None) -> str:
        """The challenge as a ticket: at most 3,072 characters of base64url, for a cookie, a form field, a store.

        Client.resume(ticket) takes it up again in any process whose settings have the same site, client_id and
        seal_keys. binding: the app's own session id, or whatever else must be the same then. This challenge goes
        on and can still be used. What does not fit, and a reCAPTCHA token, is left out.
        """
        given = Hidden(binding)
        del binding
        with _Alone(self):
            ticket = Hidden(self._flow.seal(given()))
            self._ticket_id = self._flow.ticket_id
            return str(ticket())

    def close(self) -> None:
        """Wipes what the challenge holds; a verify() or resend() that runs in another thread or task ends with a
        StateError. Safe twice. A ticket of it stays good."""
        self._closed = True
        try:
            self._flow.close()
        except StateError:
            # A client runs it. Whoever waits for that run closes the flow after it.
            self._stop(self._flow)

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    # ---- what does: in steps, which the two classes drive each in its way ----

    def _begin(self) -> Drive[None]:
        """To the first question, or to an end without one."""
        with _Alone(self):
            self._ticket_id = self._flow.ticket_id
            yield from self._advance()

    def _look(self) -> None:
        """The question of a flow that waits already."""
        self._take(self._flow.next())
        self._ticket_id = self._flow.ticket_id

    def _verify(self, given: Hidden) -> Drive[R]:
        with _Alone(self):
            if self._step is None:
                raise StateError("the challenge has ended", reason="wrong_step")
            values = self._sort(given)
            used: set[str] = set()
            while self._result is None:
                name = self.asks
                if name is None:
                    raise StateError("the challenge waits for no value", reason="unexpected_step")
                problem = self.problem
                if problem is not None and used and (name in used or name not in values()):
                    # A copy: this one stays, and must not keep the frames of a traceback alive.
                    raise copy.copy(problem)
                if name not in values():
                    raise bad_argument(name, "is missing: the challenge asks for it")
                self._flow.give_value(name, values()[name])
                used.add(name)
                yield from self._advance()
            return self._result

    def _resend(self, given: Hidden) -> Drive[None]:
        with _Alone(self):
            for name in given():
                self._flow.set(name, given()[name])
            self._flow.resend()
            yield from self._advance()
            if self.problem is not None:
                raise copy.copy(self.problem)

    def _sort(self, given: Hidden) -> Hidden:
        """Of the value and the named ones those for what the flow may ask; the rest are parameters, and are set."""
        asks = ASKS_OF.get(self._name, ())
        values = Hidden({})
        if given()[0] is not None:
            if not asks:
                raise TypeError("the challenge takes no value")
            values()[asks[0]] = given()[0]
        for name in given()[1]:
            if given()[1][name] is None:
                continue
            if name not in asks:
                self._flow.set(name, given()[1][name])
            elif name in values():
                raise TypeError(f"{name} is given twice")
            else:
                values()[name] = given()[1][name]
        return values

    def _advance(self) -> Drive[None]:
        try:
            step = yield from until_parked(self._flow, self._signer is not None)
            self._take(step)
        except BaseException as raised:
            # Failed, or interrupted on the way: a request may have left, and nobody can say what became of it.
            self._step = None
            self._closed = True
            if isinstance(raised, HeadlessIdError):
                self._failure = copy.copy(raised)
            raise

    def _take(self, step: Step) -> None:
        if isinstance(step, Failed):
            raise step.error
        if isinstance(step, Done):
            result: Any = step.result
            self._result = result
            self._step = None
            self._closed = True
        elif isinstance(step, (Ask, Show)):
            self._step = step
        else:
            raise StateError(f"the flow wants {type(step).__name__}, which a challenge cannot give", reason="unexpected_step")


class _Alone:
    """One caller at a time; the one who leaves a challenge that was closed meanwhile wipes it."""

    __slots__ = ("_challenge",)

    def __init__(self, challenge: ChallengeBase[Any]) -> None:
        self._challenge = challenge

    def __enter__(self) -> None:
        if not self._challenge._busy.acquire(blocking=False):
            raise StateError("another caller is inside this challenge", reason="busy")

    def __exit__(self, *_: object) -> None:
        challenge = self._challenge
        challenge._busy.release()
        if challenge._closed:
            try:
                challenge._flow.close()
            except StateError:
                # Its task was cancelled, and the client has not given it back yet; it ends empty there.
                pass


class Challenge(ChallengeBase[R]):
    """A flow that waits for what only a person has: a one-time password, a new password, the end of a visit to
    another site. A client's method returns it; verify() is the way on.

    It belongs to one caller at a time: a second one gets a StateError (reason "busy"). While it waits it holds no
    thread and no connection. Use it as a context manager, call close(), or let the collector wipe it.
    """

    __slots__ = ()

    def _drive(self, work: Drive[T]) -> T:
        return drive_sync(work, runs(self._run, self._signer))

    def _start(self) -> None:
        self._drive(self._begin())

    def verify(self, value: Value | None = None, **more: Any) -> R:
        """Gives what the person has brought, and returns the flow's result.

        Args:
            value: For what the flow asks first: the one-time password, the password, the address of the callback.
            more: Other values by name (new_password), and a new recaptcha or recaptcha_event where the site wants one.

        Raises HeadlessIdError. Where the value was wrong (is_otp_invalid, is_invalid_credentials,
        is_password_policy) the challenge lives on: call verify() again, or resend(). Without a value for what it
        asks it raises ArgumentError, whose field names that.
        """
        given = Hidden((value, more))
        del value, more
        return self._drive(self._verify(given))

    def resend(self, **parameters: Any) -> None:
        """Has the message sent anew. parameters: a new recaptcha or recaptcha_event where the site wants one, and,
        for a registration that was resumed from a ticket, what the ticket had no room for."""
        given = Hidden(parameters)
        del parameters
        self._drive(self._resend(given))


class AsyncChallenge(ChallengeBase[R]):
    """Challenge for asyncio: verify() and resend() are awaited. Cancelling such a task ends the challenge; a ticket
    of it stays good."""

    __slots__ = ()

    async def _drive(self, work: Drive[T]) -> T:
        return await drive_async(work, runs_async(self._run, self._signer))

    async def _start(self) -> None:
        await self._drive(self._begin())

    async def verify(self, value: Value | None = None, **more: Any) -> R:
        """Gives what the person has brought, and returns the flow's result: see Challenge.verify."""
        given = Hidden((value, more))
        del value, more
        return await self._drive(self._verify(given))

    async def resend(self, **parameters: Any) -> None:
        """Has the message sent anew: see Challenge.resend."""
        given = Hidden(parameters)
        del parameters
        await self._drive(self._resend(given))

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
