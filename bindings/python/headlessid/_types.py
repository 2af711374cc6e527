"""What a caller may give that is called: transports and signers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Union

from ._steps import HttpResponse, Send

__all__ = ["AsyncSigner", "AsyncTransport", "Signer", "Transport"]

#: Sends one HTTP request and returns the response, whatever its status. See run().
Transport = Callable[[Send], HttpResponse]
AsyncTransport = Callable[[Send], Awaitable[HttpResponse]]

#: Signs bytes with a key that only the host has: the algorithm ("RS256") and the bytes in, the signature out.
Signer = Callable[[str, bytes], bytes]
AsyncSigner = Callable[[str, bytes], Union[bytes, Awaitable[bytes]]]
