"""The loop over steps, with the caller's own HTTP: proxies, certificates and tracing stay the application's."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Literal

from ._challenge import AsyncChallenge, Challenge
from ._driving import (
    AsyncRun,
    Drive,
    Exchange,
    Run,
    Sleep,
    awaited,
    drive_async,
    drive_sync,
    result_of,
    runs,
    runs_async,
    until_parked,
)
from ._errors import HeadlessIdError, NoResponseError, RequestNotSent
from ._flow import Flow
from ._hidden import Hidden
from ._steps import Failed, Send, Step, Wait
from ._types import AsyncSigner, AsyncTransport, Signer, Transport

if TYPE_CHECKING:
    from ._hosted import AsyncHostedRun, HostedRun


def run(flow: Flow, send: Transport, *, signer: Signer | None = None) -> Any:
    """Runs a flow to its end with a transport of your own, and returns its result.

    Args:
        flow: A flow that is not used elsewhere.
        send: Called with each Send; returns an HttpResponse, whatever its status. An exception means "no response, may
            have been sent"; NoResponseError gives the reason, RequestNotSent says that nothing was sent. It must not
            follow redirects or add cookies: a response reached through a redirect is rejected or misread.
        signer: For signed_by "host": called with the algorithm and the bytes, returns the signature.

    Raises the error that the flow failed with; its cause is what the transport raised. KeyboardInterrupt and the like
    cancel the flow and are passed on. Start a flow that asks a person with start().
    Client(..., transport=send) does this for the typed methods.
    """
    return result_of(drive_sync(until_parked(flow, signer is not None), runs(runner(send), signer)))


async def run_async(flow: Flow, send: AsyncTransport, *, signer: AsyncSigner | None = None) -> Any:
    """run() for a transport, and a signer, that are awaited. Cancelling the task cancels the flow."""
    return result_of(await drive_async(until_parked(flow, signer is not None), runs_async(async_runner(send), signer)))


def start(flow: Flow, send: Transport, *, signer: Signer | None = None) -> Challenge[Any]:
    """run() for a flow that asks a person: returns a Challenge as soon as it waits. The challenge owns the flow from then
    on. start(Flow.unseal(app, ticket), ...) is the same as Client.resume(ticket)."""
    challenge: Challenge[Any] = Challenge(flow, runner(send), signer)
    challenge._start()
    return challenge


async def start_async(flow: Flow, send: AsyncTransport, *, signer: AsyncSigner | None = None) -> AsyncChallenge[Any]:
    """start() for a transport that is awaited."""
    challenge: AsyncChallenge[Any] = AsyncChallenge(flow, async_runner(send), signer)
    await challenge._start()
    return challenge


def runner(send: Transport) -> Run:
    """Runs a flow until it has ended or needs something that the transport cannot do."""
    return lambda flow: drive_sync(_exchanges(flow), _performs(send))


def hosted_runner(send: Transport) -> Callable[[Flow, HostedRun], Step]:
    """The same for a client, whose close() ends a wait."""
    return lambda flow, run: drive_sync(_exchanges(flow), _performs(send, run.sleep))


def _performs(send: Transport, sleep: Callable[[float], object] | None = None) -> Callable[[Exchange | Sleep], Hidden]:
    def perform(command: Exchange | Sleep) -> Hidden:
        if isinstance(command, Sleep):
            (sleep or time.sleep)(command.seconds())
            return Hidden(None)
        return Hidden(send(command.step))

    return perform


def async_runner(send: AsyncTransport | Transport) -> AsyncRun:
    """runner() for a transport that is awaited."""
    perform = _performs_async(send)
    return lambda flow: drive_async(_exchanges(flow), perform)


def hosted_async_runner(
    send: AsyncTransport | Transport, *, outlasts: bool = False
) -> Callable[[Flow, AsyncHostedRun], Awaitable[Step]]:
    """The same for a client, whose close() cuts off what the flow waits for.

    outlasts: a cancelled task goes on to the flow's end; what cuts a request off is a response that did not come."""
    # Before the first request, not while a response waits to be read.
    from ._outlasting import awaited_with, outlast

    perform = _performs_async(send)

    async def perform_in(run: AsyncHostedRun, command: Exchange | Sleep) -> Hidden:
        task = run.begin(lambda: perform(command))
        await (outlast(task()) if outlasts else awaited_with(task))
        if not task().cancelled() or not (outlasts or run.is_cut):
            did: Hidden = task().result()
            return did
        if isinstance(command, Exchange):
            raise NoResponseError("cut off", reason="cut_off")
        return Hidden(None)

    return lambda flow, run: drive_async(_exchanges(flow), lambda command: perform_in(run, command))


def _performs_async(send: AsyncTransport | Transport) -> Callable[[Exchange | Sleep], Awaitable[Hidden]]:
    import asyncio

    async def perform(command: Exchange | Sleep) -> Hidden:
        if isinstance(command, Sleep):
            await asyncio.sleep(command.seconds())
            return Hidden(None)
        return await awaited(Hidden(send(command.step)))

    return perform


def _exchanges(flow: Flow) -> Drive[Step]:
    trouble = Hidden(None)
    while True:
        step = flow.next()
        if not isinstance(step, (Send, Wait)):
            if isinstance(step, Failed) and trouble() is not None:
                step.error.__cause__ = trouble()
            return step
        try:
            if isinstance(step, Wait):
                yield Sleep(step.until_ms)
                continue
            try:
                _give(flow, (yield Exchange(step)))
                trouble.put(None)
            except HeadlessIdError:
                raise
            except Exception as raised:
                trouble.put(raised)
                _give_nothing(flow, trouble)
        except BaseException as raised:
            # A flow that was cancelled meanwhile accepts no response: its next step says why.
            if not isinstance(raised, HeadlessIdError) or not isinstance(flow.next(), Failed):
                flow.cancel()
                raise


def _give(flow: Flow, response: Hidden) -> None:
    flow.give_response(response().status, response().headers, response().body, response().http_version)


def _give_nothing(flow: Flow, trouble: Hidden) -> None:
    sent: Literal["no", "maybe"] = "no" if isinstance(trouble(), RequestNotSent) else "maybe"
    # The class alone: the text of an unknown exception may hold the URL or the body.
    why = f"the transport raised {type(trouble()).__name__}"
    if not isinstance(trouble(), NoResponseError):
        flow.give_no_response(sent, why)
    elif trouble().reason is None:
        flow.give_no_response(sent, trouble().why or why)
    else:
        flow.give_no_response(sent, trouble().why, reason=trouble().reason)
