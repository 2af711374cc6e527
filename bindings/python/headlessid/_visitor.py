"""Visitor: what an app keeps of a guest."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass

from ._errors import ArgumentError
from ._result import HIDDEN

__all__ = ["Visitor"]


@dataclass(frozen=True)
class Visitor:
    """Which visitor it is, the token that proves it, and when to renew it. Immutable.

    It is accepted wherever a guest is: client.login(..., guest=visitor) carries the visit, client.guest(guest=visitor)
    renews it. Keep to_json() in the session's store or in a cookie that scripts cannot read: the token is a secret.
    """

    uvid: str
    access_token: str
    #: Milliseconds since 1970; None where the token does not say when it ends.
    renew_at_ms: int | None = None

    def is_due(self, now_ms: int | None = None) -> bool:
        """Whether it is time to renew. now_ms: milliseconds since 1970; None is the system's clock."""
        if self.renew_at_ms is None:
            return False
        return (time.time_ns() // 1_000_000 if now_ms is None else now_ms) >= self.renew_at_ms

    def to_json(self) -> str:
        """All of it as text, the token too."""
        return json.dumps(
            {"uvid": self.uvid, "access_token": self.access_token, "renew_at_ms": self.renew_at_ms}, separators=(",", ":")
        )

    @classmethod
    def from_json(cls, text: str | bytes | bytearray) -> Visitor:
        """What to_json() wrote, in this language or another. Raises ArgumentError for anything else."""
        try:
            read = json.loads(text)
            uvid, access_token, renew_at_ms = read["uvid"], read["access_token"], read.get("renew_at_ms")
            good = isinstance(uvid, str) and isinstance(access_token, str)
            good = good and (renew_at_ms is None or type(renew_at_ms) is int)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            good = False
        if not good:
            # Not from what the parser raised: that quotes the text.
            raise ArgumentError(
                "is not what to_json wrote", kind="ARGUMENT", advice="FIX_ARGUMENT", reason="bad_argument", field="visitor"
            )
        return cls(uvid, access_token, renew_at_ms)

    def __repr__(self) -> str:
        return f"Visitor(uvid={self.uvid!r}, access_token={HIDDEN}, renew_at_ms={self.renew_at_ms!r})"
