"""Flow: one guest visit, one login, one logout, step by step, with the caller doing what each step wants."""

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
    """A state machine that does no I/O, starts no thread and reads no clock but for next()'s default.

    Ask what it wants with next(), do that, give back what came of it, ask again, until the step is Done or
    Failed. run() and run_async() are that loop with a transport of yours; Client.run() is it with the library's own.

    It belongs to one caller at a time: a second thread that enters it, and anyone while a client runs it, gets a
    StateError (reason "busy"). It can be neither copied nor compared. Closing wipes its secrets; safe twice.
    """

    __slots__ = ("__weakref__", "_name", "_native")

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
            app: The settings, checked already.
            name: "guest", "login", ...
            parameters: Values by their names in the catalogue; None is absent.
            timeout: Seconds for the whole flow. Default: the app's timeout_ms.
            trace: Whether to keep a transcript; see trace.

        Raises ArgumentError when a name or value is refused.
        """
        given = Hidden(parameters or {})
        del parameters
        self._name = name
        self._native = _native.Flow(app._native, name)
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
        """The flow that was sealed as this ticket: next() asks again what it asked.

        name: The flow that you go on with; a ticket of another is refused. Default: whichever the ticket holds.

        Raises ArgumentError (is_ticket_refused) for a ticket that was changed, has expired, or is another app's or under
        another key; StateError if only the binding is another (reason "other_session"), or the flow ("other_flow").
        """
        given = Hidden((name, ticket, binding))
        del name, ticket, binding
        if given()[0] is not None and given()[0] not in RESULT_OF:
            raise _unknown_flow(given)
        flow = cls.__new__(cls)
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
        """Whether close() has been called, or a client has ended this flow for good."""
        native = getattr(self, "_native", None)
        return native is None or native.closed

    @property
    def trace(self) -> str:
        """The transcript of every exchange so far, secrets as dots; empty unless it was asked for."""
        return self._native.trace() or ""

    def set(self, parameter: str, value: Any) -> None:
        """Sets a parameter, before the first next(); at Ask also one that is single-use (recaptcha) or was not set. A
        refused value (ArgumentError) leaves the flow as it was."""
        given = Hidden((parameter, value))
        del parameter, value
        self._native.set(given()[0], any_text(*given()))

    def next(self, now_ms: int | None = None) -> Step:
        """What the flow wants now. Asked again without anything given, it says the same again.

        now_ms: milliseconds since 1970 (UTC); None is the system's clock.
        """
        came = Hidden(self._native.next(_now_ms() if now_ms is None else now_ms))
        name = _native.STEPS.get(came()[0])
        if name == "SEND":
            return Send(*came()[1])
        if name == "DONE":
            return Done(BY_NAME[RESULT_OF[self._name]]._of(*came()[1]), *came()[1])
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
        """For Send: the complete response has come. headers: in order, repeated ones each. http_version: 10, 11, 20,
        30, or 0 if not known. Raises ProtocolError when it is larger than anything an org would send."""
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

    def resend(self) -> None:
        """At Ask, instead of a value: has the message sent anew. StateError where the flow waits for no message, and
        (reason "single_use_spent") where a new recaptcha has to be set first; then nothing has changed."""
        self._native.resend()

    def seal(self, binding: str | bytes | bytearray | None = None, *, now_ms: int | None = None) -> str:
        """At Ask and Show: the flow as a ticket, at most 3,072 characters of base64url. binding: the app's own session
        id, or whatever else must be the same when it is opened. The flow goes on and can still be used."""
        given = Hidden(binding)
        del binding
        return self._native.seal(given(), _now_ms() if now_ms is None else now_ms)

    @property
    def ticket_id(self) -> str | None:
        """32 hex digits: the ticket that was sealed last, or that this flow was opened from; None without one."""
        return self._native.ticket_id()

    def cancel(self) -> None:
        """Ends the flow: Failed, kind "STATE", reason "cancelled". Not for a flow that a client runs."""
        self._native.cancel()

    def close(self) -> None:
        """Frees the flow and wipes what it held. If another thread is in a call, that happens when it leaves.
        StateError while a client runs it."""
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
    """For a step that this package is too old to know."""
    name = details[0] if details and isinstance(details[0], str) else "UNKNOWN"
    return StateError(f"the flow wants step {step} ({name}), which this package does not know", reason="unknown_step")
