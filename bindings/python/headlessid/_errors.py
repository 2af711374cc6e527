"""Errors as exceptions: one class for each thing to do next."""

from __future__ import annotations

from ._predicates import Predicates

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Literal

    Kind = Literal["ARGUMENT", "STATE", "TRANSPORT", "PROTOCOL", "REFUSED"]
    Advice = Literal["NONE", "FIX_ARGUMENT", "ASK_AGAIN", "RESTART", "SIGN_IN_AGAIN", "RETRY_LATER", "FIX_ORG"]
    #: What a transport can say about a response that did not come (docs/errors.md, TRANSPORT).
    Fault = Literal[
        "no_host",
        "no_name_server",
        "no_connection",
        "untrusted_certificate",
        "wrong_certificate",
        "expired_certificate",
        "bad_certificate",
        "tls_failed",
        "proxy_refused",
        "proxy_failed",
        "no_descriptors",
        "stream_refused",
        "cut_off",
        "timeout",
        "no_response",
    ]


class HeadlessIdError(Predicates, Exception):
    """The root of everything this package raises, except TypeError for a value of a wrong type. An error has this class
    itself if the program cannot do anything (advice NONE): the server refused, or its certificate has expired.

    It contains no secret: it can be logged, pickled and copied. Its args are complete: type(error)(*error.args) is equal,
    also after JSON, as Celery sends it. An absent text is None. docs/errors.md lists every reason.
    """

    #: "ARGUMENT" and "STATE" (the caller's bug), "TRANSPORT" (no response), "PROTOCOL" (a response
    #: broke the protocol or failed a check) or "REFUSED" (the server refused).
    kind: Kind = "STATE"
    #: What to do: "NONE", "FIX_ARGUMENT", "ASK_AGAIN", "RESTART", "SIGN_IN_AGAIN", "RETRY_LATER", "FIX_ORG".
    advice: Advice = "NONE"
    #: One word that stays the same between releases: "invalid_credentials", "not_headless".
    reason: str | None = None
    #: One line for people: what was wrong.
    message: str = ""
    #: With advice "FIX_ORG": the setting as Setup shows it and as the Metadata API names it.
    hint: str | None = None
    #: With kind "ARGUMENT": the setting or parameter that is wrong.
    field: str | None = None
    #: The server's own error code, such as "invalid_grant".
    server_code: str | None = None
    #: The server's own text, escaped, on one line, at most 300 bytes. For logs.
    server_text: str | None = None
    #: Status of the HTTP response that the error is about, or 0.
    http_status: int = 0
    #: Whether a request that must not be sent twice may have reached the server without a complete response.
    outcome_unknown: bool = False
    #: How long the server asks to wait, in milliseconds, or None.
    retry_after_ms: int | None = None

    def __init__(
        self,
        message: str,
        kind: Kind = "STATE",
        advice: Advice = "NONE",
        reason: str | None = None,
        hint: str | None = None,
        field: str | None = None,
        server_code: str | None = None,
        server_text: str | None = None,
        http_status: int = 0,
        outcome_unknown: bool = False,
        retry_after_ms: int | None = None,
    ) -> None:
        super().__init__(
            message,
            kind,
            advice,
            reason,
            hint,
            field,
            server_code,
            server_text,
            http_status,
            outcome_unknown,
            retry_after_ms,
        )
        self.message = message
        self.kind = kind
        self.advice = advice
        self.reason = reason
        self.hint = hint
        self.field = field
        self.server_code = server_code
        self.server_text = server_text
        self.http_status = http_status
        self.outcome_unknown = outcome_unknown
        self.retry_after_ms = retry_after_ms

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __repr__(self) -> str:
        shown = [repr(self.message), f"kind={self.kind!r}", f"advice={self.advice!r}"]
        if self.reason is not None:
            shown.append(f"reason={self.reason!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def __eq__(self, other: object) -> bool:
        return self.args == other.args if isinstance(other, HeadlessIdError) and type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self.args))

    def __reduce__(self) -> tuple[type[HeadlessIdError], tuple[Any, ...]]:
        return type(self), self.args


class TransientError(HeadlessIdError):
    """The same call may work later (advice RETRY_LATER)."""


class UserActionRequired(HeadlessIdError):
    """The person has to do something: enter it again, start again or sign in again
    (advice ASK_AGAIN, RESTART, SIGN_IN_AGAIN)."""


class AdminActionRequired(HeadlessIdError):
    """A setting of the org has to change (advice FIX_ORG); hint names it."""


class ProtocolError(HeadlessIdError):
    """A response broke the protocol or failed a check, and the program cannot do anything about it."""


class ArgumentError(HeadlessIdError, ValueError):
    """A setting or parameter is wrong (advice FIX_ARGUMENT); field names it. With kind "ARGUMENT" nothing was sent; with
    kind "TRANSPORT" a setting prevents the request: an unknown host, an untrusted certificate."""


class StateError(HeadlessIdError):
    """The object is not ready for this call: busy, closed, cancelled, or of another process."""


class NoResponseError(Exception):
    """For a transport of your own: no complete response was received, and the request may have been sent. Any other
    exception means the same. The flow does not repeat a request that must not be sent twice.

    Args:
        reason: The cause, if the transport knows it. A permanent one (a certificate, a name) is not retried. All except
            "cut_off", "timeout" and "no_response" say that nothing was sent: use them only if that is certain.
        why: One line for people, without secrets: the error's message. Default: the text of the reason.
    """

    reason: Fault | None = None
    why: str | None = None

    def __init__(self, *args: object, reason: Fault | None = None, why: str | None = None) -> None:
        super().__init__(*args)
        self.reason = reason
        self.why = why


class RequestNotSent(NoResponseError):
    """A NoResponseError for a request of which certainly no byte was sent, whatever the reason: name not found, no
    connection, TLS not completed. The flow may ask for the request again."""


def bad_argument(field: str, why: str) -> ArgumentError:
    """The error for a wrong setting or parameter that the package checks itself, as the library words it."""
    return ArgumentError(f"{field} {why}", kind="ARGUMENT", advice="FIX_ARGUMENT", reason="bad_argument", field=field)


def class_for(kind: str, advice: str) -> type[HeadlessIdError]:
    """The class of an error, by what to do next."""
    if kind == "ARGUMENT" or advice == "FIX_ARGUMENT":
        return ArgumentError
    if kind == "STATE":
        return StateError
    if advice == "RETRY_LATER":
        return TransientError
    if advice in ("ASK_AGAIN", "RESTART", "SIGN_IN_AGAIN"):
        return UserActionRequired
    if advice == "FIX_ORG":
        return AdminActionRequired
    if kind == "PROTOCOL":
        return ProtocolError
    return HeadlessIdError


def from_native(
    kind: Kind,
    advice: Advice,
    reason: str | None,
    message: str | None,
    hint: str | None,
    field: str | None,
    server_code: str | None,
    server_text: str | None,
    http_status: int,
    outcome_unknown: bool,
    retry_after_ms: int,
) -> HeadlessIdError:
    """The exception for an error of the library; the extension calls this."""
    return class_for(kind, advice)(
        message or "",
        kind=kind,
        advice=advice,
        reason=reason,
        hint=hint,
        field=field,
        server_code=server_code,
        server_text=server_text,
        http_status=http_status,
        outcome_unknown=outcome_unknown,
        retry_after_ms=None if retry_after_ms < 0 else retry_after_ms,
    )
