"""simple-salesforce: a Salesforce object whose calls use a session's token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._errors import StateError
from .._hidden import Hidden

try:
    import requests
    from simple_salesforce.api import Salesforce
except ImportError as error:
    raise ImportError("this module needs the package simple-salesforce: pip install simple-salesforce") from error

from .requests import RequestsAuth

if TYPE_CHECKING:
    from .._sessions import Session

__all__ = ["connect"]


class _SalesforceAuth(RequestsAuth):
    """simple-salesforce puts the token that it was made with into each request: that header is not the caller's."""

    def __init__(self, session: Session, min_ttl: float, first: Hidden) -> None:
        super().__init__(session, min_ttl)
        self._first = first

    def _has_its_own(self, request: requests.PreparedRequest) -> bool:
        return super()._has_its_own(request) and request.headers["Authorization"] != f"Bearer {self._first()}"


def connect(session: Session, *, min_ttl: float = 0.0, http: requests.Session | None = None, **options: Any) -> Salesforce:
    """A Salesforce object of the org that issued the session's tokens. Each request has a current token; a 401 goes to
    session.rejected(). A request with another Authorization header is sent as it is. The SOAP calls of Salesforce.mdapi have the token of the moment in which mdapi was used first.

    Args:
        session: Of a Client.
        min_ttl: How many seconds the token has to last at each request.
        http: A requests.Session, with proxies or certificates, of which auth is set. Default: a new one.
        options: More arguments of Salesforce: version, client_id, ..., or instance_url, if the tokens do not say it.
    """
    token = session.token(min_ttl)
    instance_url = options.pop("instance_url", None) or token.instance_url
    if instance_url is None:
        raise StateError("the session's token says no instance_url: give it to connect()", reason="no_value")
    used = requests.Session() if http is None else http
    used.auth = _SalesforceAuth(session, min_ttl, Hidden(token.access_token))
    return Salesforce(session_id=token.access_token, instance_url=instance_url, session=used, **options)
