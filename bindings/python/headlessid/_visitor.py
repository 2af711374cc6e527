"""Visitor: what an app stores of a guest."""

from __future__ import annotations

import json
import time

from ._errors import bad_argument
from ._hidden import Hidden, Record
from ._result import object_in

__all__ = ["Visitor"]


class Visitor(Record):
    """A visitor's ID, the token that proves it, and when to renew it. Immutable.

    It is accepted wherever a guest is: client.login(..., guest=visitor) carries the visit into the session,
    client.guest(guest=visitor) renews it. Store to_json() in the session or in a cookie that scripts cannot read: the
    token is a secret.
    """

    __slots__ = ("uvid", "access_token", "renew_at_ms")
    _fields = __slots__
    _secrets = ("access_token",)

    uvid: str
    access_token: str
    renew_at_ms: int | None
    """Milliseconds since 1970; None if the token does not say when it expires."""

    def __init__(self, uvid: str, access_token: str, renew_at_ms: int | None = None) -> None:
        self._fill(uvid, access_token, renew_at_ms)

    def is_due(self, now_ms: int | None = None) -> bool:
        """Whether it is time to renew. now_ms: milliseconds since 1970; None is the system's clock."""
        if self.renew_at_ms is None:
            return False
        return (time.time_ns() // 1_000_000 if now_ms is None else now_ms) >= self.renew_at_ms

    def to_json(self) -> str:
        """Everything as text, the token too."""
        stored = {name: getattr(self, name) for name in self._fields}
        return json.dumps({name: value for name, value in stored.items() if value is not None}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str | bytes | bytearray) -> Visitor:
        """Restores the text of to_json(), written in this language or another. Raises ArgumentError for anything else."""
        given = Hidden(text)
        del text
        read = object_in(given, "visitor")
        for name in ("uvid", "access_token"):
            if type(read().get(name)) is not str:
                raise bad_argument("visitor", "is not what to_json wrote")
        if type(read().get("renew_at_ms")) not in (int, type(None)):
            raise bad_argument("visitor", "is not what to_json wrote")
        return cls(read()["uvid"], read()["access_token"], read().get("renew_at_ms"))
