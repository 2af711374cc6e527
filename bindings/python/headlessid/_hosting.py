"""The loop over steps, with the caller's own HTTP: proxies, certificates and tracing stay the application's."""

from __future__ import annotations

import time
from _thread import allocate_lock
from typing import Any, Literal

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
from ._errors import HeadlessIdError, NoResponseError, RequestNotSent, StateError, bad_argument
from ._flow import Flow
from ._hidden import Hidden
from ._steps import Failed, Send, Step, Wait
from ._types import AsyncSigner, AsyncTransport, Signer, Transport
from ._values import integer


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


class Hosted:
    """Replaces the library's I/O in a client with a transport: it only counts the flows."""

    __slots__ = ("_closed", "_lock", "_most", "_running")

    def __init__(self, max_in_flight: int | None) -> None:
        integer("max_in_flight", max_in_flight)
        if max_in_flight is not None and not 1 <= max_in_flight <= 1_000_000:
            raise bad_argument("max_in_flight", "must be a number from 1 to 1,000,000")
        self._closed = False
        self._lock = allocate_lock()
        self._most = max_in_flight
        self._running: set[Any] = set()

    def enter(self, flow: Flow) -> None:
        with self._lock:
            if self._closed:
                raise _closed()
            if self._most is not None and len(self._running) >= self._most:
                raise StateError(
                    "as many flows are in flight as max_in_flight allows", advice="RETRY_LATER", reason="too_many_flows"
                )
            if flow._native in self._running:
                raise StateError("a client runs this flow", reason="busy")
            self._running.add(flow._native)

    def leave(self, flow: Flow) -> None:
        with self._lock:
            self._running.discard(flow._native)

    def ended(self, step: Step) -> Step:
        """The step that a run has reached; a flow that close() ended says so."""
        cut_off = self._closed and isinstance(step, Failed) and step.error.is_cancelled
        return Failed(_closed()) if cut_off else step

    # As in the library's own client.

    def close(self) -> None:
        with self._lock:
            self._closed = True
            for native in self._running:
                native.cancel()

    def in_flight(self) -> int:
        return len(self._running)


def _closed() -> StateError:
    return StateError("the client is closed", reason="closed")


def runner(send: Transport) -> Run:
    """Runs a flow until it has ended or needs something that the transport cannot do."""

    def perform(command: Exchange | Sleep) -> Hidden:
        if isinstance(command, Sleep):
            time.sleep(command.seconds())
            return Hidden(None)
        return Hidden(send(command.step))

    return lambda flow: drive_sync(_exchanges(flow), perform)


def async_runner(send: AsyncTransport | Transport, *, outlasts: bool = False) -> AsyncRun:
    """outlasts: a cancelled task goes on to the flow's end; what cuts a request off is a response that did not come."""
    # Before the first request, not while a response waits to be read.
    import asyncio

    from ._outlasting import outlast

    async def to_the_end(command: Exchange | Sleep) -> Hidden:
        task = asyncio.ensure_future(perform(command))
        await outlast(task)
        if not task.cancelled():
            return task.result()
        if isinstance(command, Exchange):
            raise NoResponseError("cut off", reason="cut_off")
        return Hidden(None)

    async def perform(command: Exchange | Sleep) -> Hidden:
        if isinstance(command, Sleep):
            await asyncio.sleep(command.seconds())
            return Hidden(None)
        return await awaited(Hidden(send(command.step)))

    return lambda flow: drive_async(_exchanges(flow), to_the_end if outlasts else perform)


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
