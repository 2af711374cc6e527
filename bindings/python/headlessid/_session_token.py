"""SessionToken: what a session hands out."""

from __future__ import annotations

from ._result import ResultBase

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Literal

__all__ = ["SessionToken"]


class SessionToken(ResultBase):
    """An access token of a session, and what is known of it. The refresh token never leaves the store's record.

    A field that the server did not send is None, or an empty tuple where it is a list. The access token is hidden wherever
    the object is shown; attribute access, to_json(), copy and pickle return it.
    """

    __slots__ = (
        "access_token",
        "token_type",
        "token_format",
        "scope",
        "instance_url",
        "issued_at_ms",
        "expires_at_ms",
        "id",
        "uvid",
        "site_url",
        "site_id",
        "refreshed",
        "refresh_failure",
    )
    _fields = __slots__
    _secrets = ("access_token",)
    _always = ("access_token", "refreshed")
    _integers = ("issued_at_ms", "expires_at_ms")
    _flags = ("refreshed",)
    _lists = ("scope",)
    _choices = {"token_format": ("opaque", "jwt")}

    access_token: str
    """The token, opaque or a JWT."""

    token_type: str | None
    """Bearer."""

    token_format: Literal["opaque", "jwt"] | None
    """opaque or jwt."""

    scope: tuple[str, ...]
    """Scopes that were granted, as the server lists them."""

    instance_url: str | None
    """Base address of the org's APIs."""

    issued_at_ms: int | None
    """When the token was issued, in milliseconds since 1970."""

    expires_at_ms: int | None
    """When the token expires, in milliseconds since 1970; None: it does not say."""

    id: str | None
    """The identity URL of the user."""

    uvid: str | None
    """The visitor's UVID, if the session has one."""

    site_url: str | None
    """The site's address."""

    site_id: str | None
    """The site's ID."""

    refreshed: bool
    """True if this call refreshed it; otherwise it was in the store, or in this process."""

    refresh_failure: str | None
    """The reason of an error (docs/errors.md): the token was due, could not be refreshed, and lasts for now."""
