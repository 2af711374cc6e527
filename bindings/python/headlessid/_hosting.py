"""The loop over steps, with the caller's own HTTP: proxies, certificates and tracing stay the application's."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from ._challenge import AsyncChallenge, Challenge
from ._driving import AsyncRun, AsyncSigner, Run, Signer, drive_async, drive_sync, result_of, until_parked
from ._errors import HeadlessIdError, NeverLeft
from ._flow import Flow
from ._steps import Answer, Failed, Send, Step, Wait

Transport = Callable[[Send], Answer]
AsyncTransport = Callable[[Send], Awaitable[Answer]]


def run(flow: Flow, send: Transport, *, signer: Signer | None = None) -> Any:
    """Runs a flow to its end with a transport of your own, and returns its result.

    Args:
        flow: A flow that nobody else uses.
        send: Called with each Send; returns an Answer, whatever its status. What it raises becomes "no answer,
            may have left"; NeverLeft says that surely nothing has left. It must follow no redirect and add no
            cookie: an answer that was reached by a redirect is refused or misread.
        signer: For attestation_signer "host": called with the algorithm and the bytes, returns the signature.

    Raises what the flow failed with, caused by what the transport had raised. Anything but an Exception
    (KeyboardInterrupt) cancels the flow and goes through. A flow that asks a person is begun with start().
    """
    return result_of(drive_sync(until_parked(flow, signer), _runner(send)))


async def run_async(flow: Flow, send: AsyncTransport, *, signer: AsyncSigner | None = None) -> Any:
    """run() for a transport, and a signer, that are awaited. Cancelling the task cancels the flow."""
    return result_of(await drive_async(until_parked(flow, signer), _async_runner(send)))


def start(flow: Flow, send: Transport, *, signer: Signer | None = None) -> Challenge[Any]:
    """run() for a flow that asks a person: returns as soon as it waits, as a Challenge. It owns the flow from then
    on. Give it Flow.unseal(app, ticket), and it is what Client.resume() is."""
    challenge: Challenge[Any] = Challenge(flow, _runner(send), signer, _nothing)
    drive_sync(challenge._begin(), challenge._run)
    return challenge


async def start_async(flow: Flow, send: AsyncTransport, *, signer: AsyncSigner | None = None) -> AsyncChallenge[Any]:
    """start() for a transport that is awaited."""
    challenge: AsyncChallenge[Any] = AsyncChallenge(flow, _async_runner(send), signer, _nothing)
    await drive_async(challenge._begin(), challenge._run)
    return challenge


def _runner(send: Transport) -> Run:
    def run_flow(flow: Flow) -> Step:
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
                return _parked(step, cause)

    return run_flow


def _async_runner(send: AsyncTransport) -> AsyncRun:
    async def run_flow(flow: Flow) -> Step:
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
                return _parked(step, cause)

    return run_flow


def _give(flow: Flow, answer: Answer) -> None:
    flow.give_answer(answer.status, answer.headers, answer.body, answer.http_version)


def _give_nothing(flow: Flow, raised: Exception) -> None:
    # Its class only: the text of a stranger's exception may hold the URL or the body.
    flow.give_no_answer("no" if isinstance(raised, NeverLeft) else "maybe", f"the transport raised {type(raised).__name__}")


def _seconds_until(step: Wait) -> float:
    return max(0.0, (step.until_ms - time.time_ns() // 1_000_000) / 1000)


def _parked(step: Step, cause: Exception | None) -> Step:
    if isinstance(step, Failed):
        raise step.error from cause
    return step


def _nothing(flow: Flow) -> None:
    """Nobody but the caller's own transport runs the flow, and that cannot be called off from here."""
