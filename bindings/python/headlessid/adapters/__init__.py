"""Sessions in the HTTP libraries and frameworks of Python. Each module imports its library, and only when it is used itself:

    httpx              session.auth()                                httpx.Client, httpx.AsyncClient
    requests           session.requests_auth()                       requests.Session
    aiohttp            aiohttp.middleware(session)                   aiohttp.ClientSession
    simple_salesforce  simple_salesforce.connect(session)            Salesforce
    starlette          starlette.session_of(sessions, key)           a dependency of FastAPI

Each sends the access token. A response of 401 goes to session.rejected(), and the request is sent again, once, with the other
token, if its body can be sent again; if not, or with httpx after a redirect, the response is the caller's, and the next request has the
other token. The token goes to the host that the caller has named, and not to one that a redirect leads to. A request that has an
Authorization header already, of the caller or of the client's defaults, is sent as it is, and its 401 is the caller's.
"""

from __future__ import annotations

_MODULES = ("aiohttp", "httpx", "requests", "simple_salesforce", "starlette")


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
