"""Salesforce Headless Identity: guests, logins, and the visitor's id carried across.

    with headlessid.Client(site="https://acme.my.site.com/shop", client_id=..., redirect_uri=...) as client:
        guest = client.guest()
        me = client.login(username=..., password=..., guest=guest)
        assert me.uvid == guest.uvid and me.uvid_carry == "carried"

A flow that needs the person (for a one-time password) returns a Challenge:

        challenge = client.passwordless_login(username=..., verification_method="email", guest=guest)
        ticket = challenge.seal()                   # text for a cookie; any process can continue:
        me = client.resume(ticket).verify("493027")

A signed-in user is kept, and refreshed once among all processes, in a store:

        session = client.sessions(headlessid.stores.RedisStore("redis://localhost")).begin("user-42", me)
        session.access_token(min_ttl=60)

AsyncClient is the same for asyncio. Flow, run() and run_async() are for a transport of your own.
headlessid.testing starts a simulated org for your tests.
"""

from __future__ import annotations

try:
    from . import _native
except ImportError as error:
    from ._loading import not_loaded

    raise ImportError(not_loaded(error, __file__), name=error.name, path=error.path) from error
from ._catalogue import RESULTS
from ._client import Client
from ._client_async import AsyncClient
from ._errors import (
    AdminActionRequired,
    ArgumentError,
    HeadlessIdError,
    NoResponseError,
    ProtocolError,
    RequestNotSent,
    StateError,
    TransientError,
    UserActionRequired,
)
from ._settings import App

TYPE_CHECKING = False
if TYPE_CHECKING:
    from . import _results
    from ._challenge import AsyncChallenge, Challenge
    from ._flow import Flow
    from ._hosting import run, run_async, start, start_async
    from ._results import *
    from ._sessions import Session, Sessions
    from ._sessions_async import AsyncSession, AsyncSessions
    from ._steps import Ask, Done, Failed, HttpResponse, Send, Show, Sign, Step, Wait
    from ._types import AsyncSigner, AsyncTransport, OnEvent, Signer, Transport
    from ._visitor import Visitor

__version__ = _native.VERSION

__all__ = [
    "AdminActionRequired",
    "App",
    "ArgumentError",
    "Ask",
    "AsyncChallenge",
    "AsyncClient",
    "AsyncSession",
    "AsyncSessions",
    "AsyncSigner",
    "AsyncTransport",
    "Challenge",
    "Client",
    "Done",
    "Failed",
    "Flow",
    "HeadlessIdError",
    "HttpResponse",
    "NoResponseError",
    "OnEvent",
    "ProtocolError",
    "RequestNotSent",
    "Send",
    "Session",
    "Sessions",
    "Show",
    "Sign",
    "Signer",
    "StateError",
    "Step",
    "TransientError",
    "Transport",
    "UserActionRequired",
    "Visitor",
    "Wait",
    "run",
    "run_async",
    "start",
    "start_async",
]
if TYPE_CHECKING:
    __all__ += _results.__all__
else:
    __all__ += RESULTS

# Loaded on first use: they import typing and more, which would double the time of the import.
_LATER = {
    "AsyncChallenge": "_challenge",
    "Challenge": "_challenge",
    "AsyncSession": "_sessions_async",
    "AsyncSessions": "_sessions_async",
    "Session": "_sessions",
    "Sessions": "_sessions",
    "AsyncSigner": "_types",
    "OnEvent": "_types",
    "AsyncTransport": "_types",
    "Signer": "_types",
    "Transport": "_types",
    "Flow": "_flow",
    "run": "_hosting",
    "run_async": "_hosting",
    "start": "_hosting",
    "start_async": "_hosting",
    "Ask": "_steps",
    "Done": "_steps",
    "Failed": "_steps",
    "HttpResponse": "_steps",
    "Send": "_steps",
    "Show": "_steps",
    "Sign": "_steps",
    "Step": "_steps",
    "Wait": "_steps",
    "Visitor": "_visitor",
    **dict.fromkeys(RESULTS, "_results"),
}
_MODULES = ("adapters", "httpx_transport", "org", "stores", "testing")


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{module}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__, *_MODULES})
