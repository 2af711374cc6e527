"""Challenge and AsyncChallenge: a flow that waits for a person."""

from __future__ import annotations

import copy
from _thread import allocate_lock
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
    """What both share: everything except awaiting."""

    __slots__ = (
        "__weakref__",
        "_alone",
        "_closed",
        "_failure",
        "_flow",
        "_name",
        "_pending",
        "_result",
        "_run",
        "_signer",
        "_step",
        "_ticket_id",
    )

    def __init__(self, flow: Flow, run: Any, signer: Any) -> None:
        self._flow = flow
        self._name = flow.name
        self._run = run
        self._signer = signer
        self._alone = allocate_lock()
        self._closed = False
        # What was given and not sent yet, since the client was full: "value" or "resend".
        self._pending: str | None = None
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
        """The name of the value that it waits for: "otp", "new_password", "password", "callback_url". None once it has
        ended, and where it only shows a page."""
        step = getattr(self, "_step", None)
        return None if step is None else step.name if isinstance(step, Ask) else step.ask_name

    @property
    def url(self) -> str | None:
        """The address to send the person's browser to, or None."""
        return self._step.url if isinstance(self._step, Show) else None

    @property
    def code(self) -> str | None:
        """A code for the person to type at verification_uri, or None."""
        step = getattr(self, "_step", None)
        return step.code if isinstance(step, Show) else None

    @property
    def verification_uri(self) -> str | None:
        """The address without the code, for the person to type, or None; url has the code filled in."""
        return self._step.verification_uri if isinstance(self._step, Show) else None

    @property
    def problem(self) -> HeadlessIdError | None:
        """What was wrong with the last attempt, or what ended the challenge; or None. A ticket does not keep it."""
        return self._failure if self._step is None else self._step.problem

    @property
    def result(self) -> R | None:
        """The result that verify() returned; None until then."""
        return self._result

    @property
    def ticket_id(self) -> str | None:
        """The ID of the ticket that was sealed last, or that this challenge was resumed from; None without one.
        Record it as used in a store if a ticket must not be opened twice."""
        return self._ticket_id

    def __repr__(self) -> str:
        does = "shows a code" if self.code is not None else f"asks {self.asks!r}"
        return f"<{type(self).__name__} {getattr(self, '_name', None)!r} {does}>"

    # ---- what needs no network ----

    def seal(self, binding: Value | None = None) -> str:
        """The challenge as a ticket: at most 3,072 characters of base64url, for a cookie, a form field, a store.

        Client.resume(ticket) continues it in any process whose settings have the same site, client_id and seal_keys.
        binding: the app's session ID, or another value that must be the same then. This challenge remains usable. A
        reCAPTCHA token is left out, and so is what does not fit.
        """
        given = Hidden(binding)
        del binding
        with _Alone(self):
            ticket = Hidden(self._flow.seal(given()))
            self._ticket_id = self._flow.ticket_id
            return str(ticket())

    def close(self) -> None:
        """Wipes the challenge. A verify() or resend() in another thread or task ends with a StateError. May be called
        twice. A ticket of the challenge remains valid."""
        self._closed = True
        if self._alone.acquire(blocking=False):
            self._flow.close()
            self._alone.release()
        else:
            # The caller inside closes the flow when it leaves.
            self._flow.cancel()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    # ---- what needs it: generators, which each class drives in its own way ----

    def _begin(self) -> Drive[None]:
        """Runs to the first question, or to the end."""
        with _Alone(self):
            self._ticket_id = self._flow.ticket_id
            yield from self._advance()

    def _look(self) -> None:
        """Reads the question of a flow that is waiting."""
        self._take(self._flow.next())
        self._ticket_id = self._flow.ticket_id

    def _verify(self, given: Hidden) -> Drive[R]:
        with _Alone(self):
            if self._step is None:
                said = (
                    "its result is in `result`" if self._result is not None else "`problem` says why, and the flow begins again"
                )
                raise StateError(f"the challenge has ended: {said}", reason="wrong_step")
            self._offer(given)
            yield from self._advance()
            if self._result is not None:
                return self._result
            if self.problem is not None:
                # A copy: this one stays, and must not keep the frames of a traceback alive.
                raise copy.copy(self.problem)
            raise self._missing()

    def _resend(self, given: Hidden) -> Drive[None]:
        with _Alone(self):
            for name in given():
                self._flow.set(name, given()[name])
            if self._pending != "resend":
                self._flow.resend()
                self._pending = "resend"
            yield from self._advance()
            if self.problem is not None:
                raise copy.copy(self.problem)

    def _offer(self, given: Hidden) -> None:
        """Hands the flow what it may ask for, and what it asks for now last; the rest are parameters, and are set."""
        asks = ASKS_OF.get(self._name, ())
        values = Hidden({name: value for name, value in given()[1].items() if value is not None})
        if given()[0] is not None:
            if not asks:
                raise TypeError("the challenge accepts no value")
            if asks[0] in values():
                raise TypeError(f"{asks[0]} is given twice")
            values()[asks[0]] = given()[0]
        if self.asks is not None and self.asks not in values() and not self._pending:
            raise self._missing()
        for name in sorted(values(), key=lambda name: (name in asks, name == self.asks)):
            if name in asks:
                self._flow.offer(name, values()[name])
            else:
                self._flow.set(name, values()[name])
        self._pending = "value"

    def _missing(self) -> HeadlessIdError:
        if self.asks is None:
            return StateError("the challenge waits for no value", reason="unexpected_step")
        return bad_argument(self.asks, "is missing: the challenge asks for it")

    def _advance(self) -> Drive[None]:
        try:
            step = yield from until_parked(self._flow, self._signer is not None)
            self._pending = None
            self._take(step)
        except BaseException as raised:
            if isinstance(raised, StateError) and raised.is_retryable:
                # The client is full: the flow has not begun to run, and keeps what it was given.
                raise
            # Failed, or interrupted on the way: a request may have been sent, and its outcome is unknown.
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
            raise StateError(f"the flow needs {type(step).__name__}, which a challenge cannot give", reason="unexpected_step")


class _Alone:
    """One caller at a time; if the challenge was closed meanwhile, the caller wipes it when leaving."""

    __slots__ = ("_challenge",)

    def __init__(self, challenge: ChallengeBase[Any]) -> None:
        self._challenge = challenge

    def __enter__(self) -> None:
        if not self._challenge._alone.acquire(blocking=False):
            raise StateError("another caller is inside this challenge", reason="busy")

    def __exit__(self, *_: object) -> None:
        challenge = self._challenge
        challenge._alone.release()
        if challenge._closed:
            challenge._flow.close()


class Challenge(ChallengeBase[R]):
    """A flow that waits for something only the person has: a one-time password, a new password, the callback of
    another site. A client's method returns it; verify() continues it.

    Use it from one caller at a time: a second one gets a StateError (reason "busy"). While it waits it holds no thread
    and no connection. Use it as a context manager, call close(), or let the garbage collector wipe it.
    """

    __slots__ = ()

    def _drive(self, work: Drive[T]) -> T:
        return drive_sync(work, runs(self._run, self._signer))

    def _start(self) -> None:
        self._drive(self._begin())

    def verify(self, value: Value | None = None, **more: Any) -> R:
        """Gives the person's value to the flow, and returns the flow's result.

        Args:
            value: The first value that the flow asks for: the one-time password, the password, the callback URL. A flow
                that only shows a page with a code (device) asks for none: verify() waits until the person has used it.
            more: Other values by name (new_password), and a new recaptcha or recaptcha_event if the site requires one.

        Raises HeadlessIdError. After a wrong value (is_otp_invalid, is_invalid_credentials, is_password_policy) the
        challenge stays open: call verify() again, or resend(). If the client is full (reason "too_many_flows") the
        challenge keeps the value: call verify() again later. Raises ArgumentError if the value that it waits for is
        missing; field names it.
        """
        given = Hidden((value, more))
        del value, more
        return self._drive(self._verify(given))

    def resend(self, **parameters: Any) -> None:
        """Sends the message again. parameters: a new recaptcha or recaptcha_event if the site requires one, and, for a
        registration that was resumed from a ticket, what did not fit into the ticket."""
        given = Hidden(parameters)
        del parameters
        self._drive(self._resend(given))


class AsyncChallenge(ChallengeBase[R]):
    """Challenge for asyncio: verify() and resend() are awaited. Cancelling the task ends the challenge; its ticket
    remains valid."""

    __slots__ = ()

    async def _drive(self, work: Drive[T]) -> T:
        return await drive_async(work, runs_async(self._run, self._signer))

    async def _start(self) -> None:
        await self._drive(self._begin())

    async def verify(self, value: Value | None = None, **more: Any) -> R:
        """See Challenge.verify."""
        given = Hidden((value, more))
        del value, more
        return await self._drive(self._verify(given))

    async def resend(self, **parameters: Any) -> None:
        """See Challenge.resend."""
        given = Hidden(parameters)
        del parameters
        await self._drive(self._resend(given))

    async def __aenter__(self: Self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()
