"""What a caller may give that is called: transports and signers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Union

from ._steps import HttpResponse, Send

__all__ = ["AsyncSigner", "AsyncTransport", "OnEvent", "Signer", "Transport"]

#: Sends one HTTP request and returns the response, whatever its status. See run().
Transport = Callable[[Send], HttpResponse]
AsyncTransport = Callable[[Send], Awaitable[HttpResponse]]

#: Signs bytes with a key that only the host has: the algorithm ("RS256") and the bytes in, the signature out.
Signer = Callable[[str, bytes], bytes]
AsyncSigner = Callable[[str, bytes], Union[bytes, Awaitable[bytes]]]

#: Called with each event of each flow, after the flow has run: a dict with "event" ("request", "store" or "flow"), "flow",
#: "started_at_ms", "ms" and what belongs to it. It holds no secret. See docs/sessions.md#python.
OnEvent = Callable[[dict[str, Any]], object]
