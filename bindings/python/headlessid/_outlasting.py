"""Waiting that a cancelled task does not give up."""

from __future__ import annotations

import asyncio
from typing import Any


async def outlast(future: asyncio.Future[Any], at_most_s: float | None = None) -> None:
    """Returns when the future is done, or the time is over: also where this task is cancelled meanwhile. asyncio.run() does so
    at its end, and then waits for its tasks. The outcome stays in the future."""
    loop = asyncio.get_running_loop()
    until = None if at_most_s is None else loop.time() + at_most_s
    while not future.done():
        left = None if until is None else until - loop.time()
        if left is not None and left <= 0:
            return
        try:
            await asyncio.wait([future], timeout=left)
        except asyncio.CancelledError:
            continue
