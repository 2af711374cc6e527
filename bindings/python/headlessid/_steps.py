"""What a flow may want next: one small class for each step."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Optional, Union

from ._errors import HeadlessIdError
from ._result import HIDDEN, ResultBase

__all__ = ["Answer", "Ask", "Done", "Failed", "Send", "Show", "Sign", "Step", "Wait"]


@dataclass(frozen=True, repr=False)
class Send:
    """Send one HTTP request, then give_answer() or give_no_answer().

    Follow no redirect, send and keep no cookie, add no authentication, never send it twice. Headers and
    body may be secret; repr() does not show them.
    """

    #: What it is in the flow: "authorize", "token".
    name: str
    method: str
    url: str
    headers: list[tuple[str, str]]
    body: bytes
    #: Whether it may be sent again after it may have left. The flow asks for every repetition itself.
    repeatable: bool
    #: Whether the server is known to want HTTP/2 here.
    prefers_http2: bool
    #: When the flow's time is over, in milliseconds since 1970 by the clock that is given to next().
    deadline_ms: int

    def __repr__(self) -> str:
        return f"Send(name={self.name!r}, method={self.method!r}, url={self.url.split('?')[0]!r})"


@dataclass(frozen=True)
class Ask:
    """Get a value from a person, then give_value(name, value)."""

    name: str
    #: Whether it must not be seen while it is typed.
    secret: bool
    #: What was wrong with the value given before, or None the first time.
    problem: Optional[HeadlessIdError]


@dataclass(frozen=True)
class Show:
    """Show a person a page to open; then give_value(ask_name, value) if ask_name is not None."""

    url: str
    #: A code to type there, or None.
    code: Optional[str]
    ask_name: Optional[str]
    problem: Optional[HeadlessIdError]

    def __repr__(self) -> str:
        return f"Show(url={self.url.split('?')[0]!r}, ask_name={self.ask_name!r})"


@dataclass(frozen=True)
class Sign:
    """Sign the bytes with the key that only the caller has, then give_value("signature", value)."""

    #: "RS256"
    algorithm: str
    input: bytes = field(repr=False)


@dataclass(frozen=True)
class Wait:
    """Call next() again when the time has come."""

    #: Milliseconds since 1970.
    until_ms: int


@dataclass(frozen=True)
class Done:
    """The flow has ended well."""

    #: A Guest, a TokenSet, ...: what the flow's method on a client returns.
    result: ResultBase
    #: The same fields by name, as the library gives them: all text, absent ones left out. Secret.
    fields: dict[str, str] = field(repr=False)


@dataclass(frozen=True)
class Failed:
    """The flow has ended badly; error can be raised."""

    error: HeadlessIdError


Step = Union[Send, Ask, Show, Sign, Wait, Done, Failed]


@dataclass(frozen=True)
class Answer:
    """What a transport brings back for a Send: the answer as it came, whatever its status."""

    status: int
    #: Pairs of name and value, in order, a repeated header each time.
    headers: Any = ()
    body: bytes = field(default=b"", repr=False)
    #: 10, 11, 20, 30, or 0 if not known.
    http_version: int = 0

    def __repr__(self) -> str:
        return f"Answer(status={self.status}, {len(self.body)} bytes {HIDDEN})"
