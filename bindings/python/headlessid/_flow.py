"""Flow: one guest visit, one login, one logout, step by step; the caller performs each step."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

from . import _native
from ._app import NotCopied
from ._catalogue import RESULT_OF
from ._errors import ArgumentError, StateError, bad_argument
from ._hidden import Hidden
from ._results import BY_NAME
from ._settings import App
from ._steps import Ask, Done, Failed, Send, Show, Sign, Step, Wait
from ._values import any_text, milliseconds

if TYPE_CHECKING:
    from ._errors import Fault

Self = TypeVar("Self", bound="Flow")

_SENT = {"no": _native.NOT_SENT, "maybe": _native.MAYBE_SENT}


class Flow(NotCopied):
    """A state machine that does no I/O, starts no thread and reads no clock except for next()'s default.

    Ask what it needs with next(), do that, report the outcome, ask again, until the step is Done or Failed. run() and
    run_async() are that loop with a transport of your own; Client.run() is it with the library's.

    It belongs to one caller at a time: a second thread that enters it, and any thread while a client runs it, gets a
    StateError (reason "busy"). Only cancel() and close() work at any time. It can be neither copied nor compared.
    """

    __slots__ = ("__weakref__", "_name", "_native", "_told")

    # How much of its events has been told.
    _told: int

    def __init__(
        self,
        app: App,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        trace: bool = False,
    ) -> None:
        """A new flow by its name in the catalogue.

        Args:
            app: The settings.
            name: "guest", "login", ...
            parameters: Values by their names in the catalogue; None is absent.
            timeout: Seconds for the whole flow. Default: the app's timeout_ms.
            trace: Whether to keep a transcript; see trace.

        Raises ArgumentError when a name or value is wrong.
        """
        given = Hidden(parameters or {})
        del parameters
        self._open(app, name)
        try:
            for parameter in given():
                self.set(parameter, given()[parameter])
            if timeout is not None:
                limit = milliseconds(timeout)
                assert limit is not None
                self._native.set_timeout_ms(limit)
            if trace:
                self._native.set_trace(True)
        except BaseException:
            self._native.close()
            raise

    def _open(self, app: App, name: str) -> None:
        self._name = name
        self._told = 0
        self._native = _native.Flow(app._native, name)

    @classmethod
    def _of_text(cls: type[Self], app: App, name: str, given: Hidden, timeout: float | None) -> Self:
        """A new flow with parameters that are text already; another type is a mistake."""
        flow = cls.__new__(cls)
        flow._open(app, name)
        try:
            for parameter in given():
                if given()[parameter] is not None:
                    flow._native.set(parameter, given()[parameter])
            limit = milliseconds(timeout)
            if limit is not None:
                flow._native.set_timeout_ms(limit)
        except BaseException:
            flow._native.close()
            raise
        return flow

    @classmethod
    def unseal(
        cls: type[Self],
        app: App,
        ticket: str | bytes | bytearray,
        binding: str | bytes | bytearray | None = None,
        *,
        name: str | None = None,
        now_ms: int | None = None,
    ) -> Self:
        """The flow that was sealed as this ticket: next() asks the same question again.

        name: The flow to continue; a ticket of another flow is rejected. Default: the flow that the ticket holds.

        Raises ArgumentError (is_ticket_refused) for a ticket that was changed, has expired, or belongs to another app or
        key; StateError if only the binding (reason "other_session") or the flow ("other_flow") is different.
        """
        given = Hidden((name, ticket, binding))
        del name, ticket, binding
        if given()[0] is not None and given()[0] not in RESULT_OF:
            raise _unknown_flow(given)
        flow = cls.__new__(cls)
        flow._told = 0
        now = _now_ms() if now_ms is None else now_ms
        flow._native = _native.Flow.unseal(app._native, given()[0], given()[1], given()[2], now)
        flow._name = flow._native.name()
        return flow

    @property
    def name(self) -> str:
        """The flow's name in the catalogue."""
        return self._name

    @property
    def closed(self) -> bool:
        """Whether close() has been called, or a client has freed this flow."""
        native = getattr(self, "_native", None)
        return native is None or native.closed

    @property
    def trace(self) -> str:
        """The transcript of every exchange so far, with dots for secrets; empty unless requested."""
        return self._native.trace() or ""

    def set(self, parameter: str, value: Any) -> None:
        """Sets a parameter, before the first next(); at Ask also one that is single-use (recaptcha) or was not set. A wrong
        value (ArgumentError) leaves the flow as it was."""
        given = Hidden((parameter, value))
        del parameter, value
        self._native.set(given()[0], any_text(*given()))

    def next(self, now_ms: int | None = None) -> Step:
        """What the flow needs now. Idempotent until something is given.

        now_ms: milliseconds since 1970 (UTC); None is the system's clock.
        """
        came = Hidden(self._native.next(_now_ms() if now_ms is None else now_ms))
        if _native.STEPS.get(came()[0]) == "DONE":
            return Done(BY_NAME[RESULT_OF[self._name]]._of(*came()[1]), *came()[1])
        return self._step(came)

    def _step(self, came: Hidden) -> Step:
        """Any step but DONE, of which each kind of flow has its own."""
        name = _native.STEPS.get(came()[0])
        if name == "SEND":
            return Send(*came()[1])
        if name == "FAILED":
            return Failed(*came()[1])
        if name == "ASK":
            return Ask(*came()[1])
        if name == "SHOW":
            return Show(*came()[1])
        if name == "SIGN":
            return Sign(*came()[1])
        if name == "WAIT":
            return Wait(*came()[1])
        raise unknown_step(*came())

    def give_response(
        self,
        status: int,
        headers: Iterable[tuple[str | bytes, str | bytes]] = (),
        body: str | bytes | bytearray = b"",
        http_version: int = 0,
    ) -> None:
        """For Send: the complete response. headers: in order, a repeated header each time. http_version: 10, 11, 20, 30, or
        0 if not known. Raises ProtocolError when it is larger than anything an org would send."""
        given = Hidden((headers, body))
        del headers, body
        self._native.give_response(status, http_version, *given())

    def give_no_response(self, sent: Literal["no", "maybe"], why: str | None = None, *, reason: Fault | None = None) -> None:
        """For Send: no complete response was received, and the host has given up.

        Args:
            sent: "no" when certainly no byte of the request was sent, "maybe" otherwise.
            why: One line for people, without secrets.
            reason: The cause, where it is known. Any but "cut_off", "timeout" and "no_response" means that nothing was
                sent, whatever `sent` says.
        """
        given = Hidden((reason, why))
        del reason, why
        if sent not in _SENT:
            raise ValueError('sent must be "no" or "maybe"')
        if given()[0] is None:
            self._native.give_no_response(_SENT[sent], given()[1])
        else:
            self._native.give_fault(_SENT[sent], *given())

    def give_value(self, name: str, value: str | bytes | bytearray | None) -> None:
        """For Ask, Show and Sign: the value, under the name that was asked for."""
        given = Hidden((name, value))
        del name, value
        self._native.give_value(*given())

    def offer(self, name: str, value: str | bytes | bytearray | None) -> None:
        """A value before it is asked for. At the question of that name the same as give_value(). Otherwise the flow keeps
        it and uses it when it comes to that question; at a question that has a problem it drops all that it keeps."""
        given = Hidden((name, value))
        del name, value
        self._native.offer(*given())

    def give_nothing(self, why: str | None = None) -> None:
        """For Ask, Show and Sign: there is no value to give. The flow ends: Failed, kind "STATE", reason "signing_failed" at
        Sign, else "no_value". why: one line for people, without secrets."""
        given = Hidden(why)
        del why
        self._native.give_nothing(given())

    def resend(self) -> None:
        """At Ask, instead of a value: sends the message again. StateError if the flow waits for no message, or (reason
        "single_use_spent") if a new recaptcha has to be set first; then nothing has changed."""
        self._native.resend()

    def seal(self, binding: str | bytes | bytearray | None = None, *, now_ms: int | None = None) -> str:
        """At Ask and Show: the flow as a ticket, at most 3,072 characters of base64url. binding: the app's session ID, or
        another value that must be the same when it is opened. The flow itself remains usable."""
        given = Hidden(binding)
        del binding
        return self._native.seal(given(), _now_ms() if now_ms is None else now_ms)

    @property
    def ticket_id(self) -> str | None:
        """32 hex digits: the ID of the ticket that was sealed last, or that this flow was opened from; None without one."""
        return self._native.ticket_id()

    def cancel(self) -> bool:
        """Ends the flow: Failed, kind "STATE", reason "cancelled". From any thread, also while a client runs it. False: it had
        ended already."""
        return self._native.cancel()

    def close(self) -> None:
        """Frees the flow and wipes what it held. A flow in use, by a call on another thread or by a client, is cancelled, and
        wiped when the call or the client lets go. Safe twice."""
        self._native.close()

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("flows cannot be compared")

    __hash__ = object.__hash__

    def __repr__(self) -> str:
        return f"<Flow {getattr(self, '_name', None)!r} {'closed' if self.closed else 'open'}>"


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _unknown_flow(given: Hidden) -> ArgumentError:
    from difflib import get_close_matches

    # Not the name itself: it may be a ticket that came in the wrong place.
    meant = get_close_matches(str(given()[0])[:64], RESULT_OF, 1)
    return bad_argument("flow", "is not the name of a flow" + (f"; did you mean {meant[0]!r}?" if meant else ""))


def unknown_step(step: int, details: tuple[Any, ...]) -> StateError:
    """For a step that is newer than this package."""
    name = details[0] if details and isinstance(details[0], str) else "UNKNOWN"
    return StateError(f"the flow needs step {step} ({name}), which this package does not know", reason="unknown_step")
