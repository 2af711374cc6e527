"""What a flow may need next: one small class for each step. Secrets are shown as dots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Optional, Union

from ._errors import HeadlessIdError
from ._hidden import Record
from ._result import ResultBase

__all__ = ["Ask", "Done", "Failed", "HttpResponse", "Send", "Show", "Sign", "Step", "Wait"]


class Send(Record):
    """Send one HTTP request, then give_response() or give_no_response().

    Do not follow redirects, send or keep cookies, or add authentication; never send it twice. Headers, body and the
    query of the URL may be secret; repr() does not show them.
    """

    __slots__ = ("name", "method", "url", "headers", "body", "retry_safe", "prefers_http2", "deadline_ms")
    _fields = __slots__
    _secrets = ("headers", "body")
    _addresses = ("url",)

    name: str
    """Its name in the flow: "authorize", "token"."""
    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes
    retry_safe: bool
    """Whether it may be sent again after it may have been sent. The flow itself asks for every repetition."""
    prefers_http2: bool
    """Whether the server is known to require HTTP/2 here."""
    deadline_ms: int
    """When the flow's time is over, in milliseconds since 1970 by the clock of next()."""

    def __init__(
        self,
        name: str,
        method: str,
        url: str,
        headers: list[tuple[str, str]],
        body: bytes,
        retry_safe: bool,
        prefers_http2: bool,
        deadline_ms: int,
    ) -> None:
        self._fill(name, method, url, headers, body, retry_safe, prefers_http2, deadline_ms)

    # A list is among the fields.
    __hash__ = None  # type: ignore[assignment]


class Ask(Record):
    """Get a value from a person, then give_value(name, value)."""

    __slots__ = ("name", "secret", "problem")
    _fields = __slots__

    name: str
    secret: bool
    """Whether to hide it while it is typed."""
    problem: Optional[HeadlessIdError]
    """What was wrong with the previous value, or None the first time."""

    def __init__(self, name: str, secret: bool, problem: HeadlessIdError | None) -> None:
        self._fill(name, secret, problem)


class Show(Record):
    """Show a person a page to open; then give_value(ask_name, value) if ask_name is not None. Otherwise the next next() says
    that it was shown."""

    __slots__ = ("url", "code", "verification_uri", "ask_name", "problem")
    _fields = __slots__
    _secrets = ("code",)
    _addresses = ("url",)

    url: str
    code: Optional[str]
    """A code for the person to type at verification_uri, or None. url has it filled in, for a link or a QR code."""
    verification_uri: Optional[str]
    """The address without the code, or None where there is no code."""
    ask_name: Optional[str]
    problem: Optional[HeadlessIdError]

    def __init__(
        self, url: str, code: str | None, verification_uri: str | None, ask_name: str | None, problem: HeadlessIdError | None
    ) -> None:
        self._fill(url, code, verification_uri, ask_name, problem)


class Sign(Record):
    """Sign the bytes with the key that only the caller has, then give_value("signature", value)."""

    __slots__ = ("algorithm", "input")
    _fields = __slots__
    _secrets = ("input",)

    algorithm: str
    """RS256."""
    input: bytes

    def __init__(self, algorithm: str, input: bytes) -> None:
        self._fill(algorithm, input)


class Wait(Record):
    """Call next() again at that time."""

    __slots__ = ("until_ms",)
    _fields = __slots__

    until_ms: int
    """Milliseconds since 1970."""

    def __init__(self, until_ms: int) -> None:
        self._fill(until_ms)


class Done(Record):
    """The flow has succeeded."""

    __slots__ = ("result", "fields")
    _fields = __slots__
    _secrets = ("fields",)

    result: ResultBase
    """A Guest, a TokenSet, ...: what the flow's method on a client returns."""
    fields: dict[str, str]
    """The same fields by name, as the library returns them: all text, without absent ones. Secret."""

    def __init__(self, result: ResultBase, fields: dict[str, str]) -> None:
        self._fill(result, fields)

    __hash__ = None  # type: ignore[assignment]


class Failed(Record):
    """The flow has failed; error can be raised."""

    __slots__ = ("error",)
    _fields = __slots__

    error: HeadlessIdError

    def __init__(self, error: HeadlessIdError) -> None:
        self._fill(error)


Step = Union[Send, Ask, Show, Sign, Wait, Done, Failed]

# Any: each HTTP library has a type of its own for these pairs.
Headers = Iterable[Any]


class HttpResponse(Record):
    """What a transport returns for a Send: the response as it was received, whatever its status."""

    __slots__ = ("status", "headers", "body", "http_version")
    _fields = __slots__
    _secrets = ("headers", "body")

    status: int
    headers: Headers
    """Pairs of name and value, in order, a repeated header each time."""
    body: bytes
    http_version: int
    """10, 11, 20, 30, or 0 if not known."""

    def __init__(self, status: int, headers: Headers = (), body: bytes = b"", http_version: int = 0) -> None:
        self._fill(status, headers, body, http_version)

    __hash__ = None  # type: ignore[assignment]
