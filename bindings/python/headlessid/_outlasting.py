"""Waiting for a task of one's own, by a task that may be cancelled meanwhile."""

from __future__ import annotations

import asyncio
from typing import Any

from ._hidden import Hidden


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


async def awaited_with(task: Hidden) -> None:
    """Returns when the task is done; cancelling this task cancels that one, and is raised when it has come to its end."""
    cut: asyncio.CancelledError | None = None
    while not task().done():
        try:
            await asyncio.wait([task()])
        except asyncio.CancelledError as raised:
            cut = raised
            task().cancel()
    if cut is not None:
        if not task().cancelled():
            # Or the loop would report what it raised.
            task().exception()
        raise cut
