"""The loop over steps, with the caller's own HTTP: proxies, certificates and tracing stay the application's."""

from __future__ import annotations

import time
from _thread import allocate_lock
from collections.abc import Callable
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
        flow: A flow that nobody else uses.
        send: Called with each Send; returns an HttpResponse, whatever its status. What it raises becomes "no response,
            may have been sent"; NoResponseError gives it a reason, RequestNotSent says that nothing was sent. It must not
            follow redirects or add cookies: a response reached through a redirect is rejected or misread.
        signer: For attestation_signer "host": called with the algorithm and the bytes, returns the signature.

    Raises what the flow failed with, caused by what the transport had raised. Anything but an Exception
    (KeyboardInterrupt) cancels the flow and goes through. A flow that asks a person is begun with start().
    Client(..., transport=send) does this for the typed methods.
    """
    return result_of(drive_sync(until_parked(flow, signer is not None), runs(runner(send), signer)))


async def run_async(flow: Flow, send: AsyncTransport, *, signer: AsyncSigner | None = None) -> Any:
    """run() for a transport, and a signer, that are awaited. Cancelling the task cancels the flow."""
    return result_of(await drive_async(until_parked(flow, signer is not None), runs_async(async_runner(send), signer)))


def start(flow: Flow, send: Transport, *, signer: Signer | None = None) -> Challenge[Any]:
    """run() for a flow that asks a person: returns as soon as it waits, as a Challenge. It owns the flow from then
    on. Give it Flow.unseal(app, ticket), and it is what Client.resume() is."""
    challenge: Challenge[Any] = Challenge(flow, runner(send), signer, _nothing)
    challenge._start()
    return challenge


async def start_async(flow: Flow, send: AsyncTransport, *, signer: AsyncSigner | None = None) -> AsyncChallenge[Any]:
    """start() for a transport that is awaited."""
    challenge: AsyncChallenge[Any] = AsyncChallenge(flow, async_runner(send), signer, _nothing)
    await challenge._start()
    return challenge


class Hosted:
    """What a client with a transport stands on, instead of the library's I/O: it only keeps count."""

    __slots__ = ("_closed", "_flows", "_lock", "_most", "_unwanted")

    def __init__(self, max_in_flight: int | None) -> None:
        integer("max_in_flight", max_in_flight)
        if max_in_flight is not None and max_in_flight < 1:
            raise bad_argument("max_in_flight", "must be a positive number")
        self._closed = False
        self._flows: set[Any] = set()
        self._lock = allocate_lock()
        self._most = max_in_flight
        self._unwanted: set[Any] = set()

    def enter(self, flow: Flow) -> None:
        with self._lock:
            if self._closed:
                raise _closed()
            if self._most is not None and len(self._flows) >= self._most:
                raise StateError(
                    "as many flows are in flight as max_in_flight allows", advice="RETRY_LATER", reason="too_many_flows"
                )
            if flow._native in self._flows:
                raise StateError("a client runs this flow", reason="busy")
            self._flows.add(flow._native)

    def leave(self, flow: Flow) -> None:
        with self._lock:
            self._flows.discard(flow._native)
            self._unwanted.discard(flow._native)

    def goes_on(self, flow: Flow) -> bool:
        return not self._closed and flow._native not in self._unwanted

    def ended(self, step: Step) -> Step:
        """The step that a run has come to; what close() has cut off says so."""
        cut_off = self._closed and isinstance(step, Failed) and step.error.is_cancelled
        return Failed(_closed()) if cut_off else step

    # What a client asks of the library's own.

    def cancel_flow(self, native: Any) -> None:
        with self._lock:
            if native in self._flows:
                self._unwanted.add(native)

    def close(self) -> None:
        self._closed = True

    def in_flight(self) -> int:
        return len(self._flows)


def _closed() -> StateError:
    return StateError("the client is closed", reason="closed")


def _always(flow: Flow) -> bool:
    return True


def runner(send: Transport, goes_on: Callable[[Flow], bool] = _always) -> Run:
    """Runs a flow until it has ended or wants what the transport cannot do. goes_on: asked before each step; a flow
    that must not go on is cancelled."""

    def perform(command: Exchange | Sleep) -> Hidden:
        if isinstance(command, Sleep):
            time.sleep(command.seconds())
            return Hidden(None)
        return Hidden(send(command.step))

    return lambda flow: drive_sync(_exchanges(flow, goes_on), perform)


def async_runner(send: AsyncTransport | Transport, goes_on: Callable[[Flow], bool] = _always) -> AsyncRun:
    # Before the first request, not while a response waits to be read.
    import asyncio

    async def perform(command: Exchange | Sleep) -> Hidden:
        if isinstance(command, Sleep):
            await asyncio.sleep(command.seconds())
            return Hidden(None)
        return await awaited(Hidden(send(command.step)))

    return lambda flow: drive_async(_exchanges(flow, goes_on), perform)


def _exchanges(flow: Flow, goes_on: Callable[[Flow], bool]) -> Drive[Step]:
    trouble = Hidden(None)
    while True:
        if not goes_on(flow):
            flow.cancel()
        step = flow.next()
        try:
            if isinstance(step, Send):
                _give(flow, (yield Exchange(step)))
                trouble.put(None)
            elif isinstance(step, Wait):
                yield Sleep(step.until_ms)
            else:
                return _parked(step, trouble)
        except HeadlessIdError:
            raise
        except Exception as raised:
            if isinstance(step, Wait):
                flow.cancel()
                raise
            trouble.put(raised)
            _give_nothing(flow, trouble)
        except BaseException:
            flow.cancel()
            raise


def _give(flow: Flow, response: Hidden) -> None:
    flow.give_response(response().status, response().headers, response().body, response().http_version)


def _give_nothing(flow: Flow, trouble: Hidden) -> None:
    sent: Literal["no", "maybe"] = "no" if isinstance(trouble(), RequestNotSent) else "maybe"
    # Its class only: the text of a stranger's exception may hold the URL or the body.
    why = f"the transport raised {type(trouble()).__name__}"
    if not isinstance(trouble(), NoResponseError):
        flow.give_no_response(sent, why)
    elif trouble().reason is None:
        flow.give_no_response(sent, trouble().why or why)
    else:
        flow.give_no_response(sent, trouble().why, reason=trouble().reason)


def _parked(step: Step, trouble: Hidden) -> Step:
    if isinstance(step, Failed) and trouble() is not None:
        step.error.__cause__ = trouble()
    return step


def _nothing(flow: Flow) -> None:
    """Nobody but the caller's own transport runs the flow, and that cannot be called off from here."""
