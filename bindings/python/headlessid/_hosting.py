"""The loop over steps, with the caller's own HTTP: proxies, certificates and tracing stay the application's."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from ._errors import HeadlessIdError, NeverLeft, StateError
from ._flow import Flow
from ._steps import Answer, Done, Failed, Send, Step, Wait

Transport = Callable[[Send], Answer]
AsyncTransport = Callable[[Send], Awaitable[Answer]]


def run(flow: Flow, send: Transport) -> Any:
    """Runs a flow to its end with a transport of your own, and returns its result.

    Args:
        flow: A flow that nobody else uses.
        send: Called with each Send; returns an Answer, whatever its status. What it raises becomes "no answer,
            may have left"; NeverLeft says that surely nothing has left. It must follow no redirect and add no
            cookie: an answer that was reached by a redirect is refused or misread.

    Raises what the flow failed with, caused by what the transport had raised. Anything but an Exception
    (KeyboardInterrupt) cancels the flow and goes through.
    """
    cause: Exception | None = None
    while True:
        step = flow.next()
        if isinstance(step, Send):
            try:
                answer = send(step)
                _give(flow, answer)
                cause = None
            except HeadlessIdError:
                raise
            except Exception as raised:
                cause = raised
                _give_nothing(flow, raised)
            except BaseException:
                flow.cancel()
                raise
        elif isinstance(step, Wait):
            time.sleep(_seconds_until(step))
        else:
            return _end(step, cause)


async def run_async(flow: Flow, send: AsyncTransport) -> Any:
    """run() for a transport that is awaited. Cancelling the task cancels the flow."""
    cause: Exception | None = None
    while True:
        step = flow.next()
        if isinstance(step, Send):
            try:
                answer = await send(step)
                _give(flow, answer)
                cause = None
            except HeadlessIdError:
                raise
            except Exception as raised:
                cause = raised
                _give_nothing(flow, raised)
            except BaseException:
                flow.cancel()
                raise
        elif isinstance(step, Wait):
            import asyncio

            try:
                await asyncio.sleep(_seconds_until(step))
            except BaseException:
                flow.cancel()
                raise
        else:
            return _end(step, cause)


def _give(flow: Flow, answer: Answer) -> None:
    flow.give_answer(answer.status, answer.headers, answer.body, answer.http_version)


def _give_nothing(flow: Flow, raised: Exception) -> None:
    # Its class only: the text of a stranger's exception may hold the URL or the body.
    flow.give_no_answer("no" if isinstance(raised, NeverLeft) else "maybe", f"the transport raised {type(raised).__name__}")


def _seconds_until(step: Wait) -> float:
    return max(0.0, (step.until_ms - time.time_ns() // 1_000_000) / 1000)


def _end(step: Step, cause: Exception | None) -> Any:
    if isinstance(step, Done):
        return step.result
    if isinstance(step, Failed):
        raise step.error from cause
    raise StateError(
        f"the flow wants {type(step).__name__}, which only you can answer: drive it with next()",
        reason="unexpected_step",
    )
