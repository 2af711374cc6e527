"""What sync and async callers share: the work is written once, as a generator that yields what to do next, and is
driven with or without await."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple, TypeVar, Union

from ._errors import HeadlessIdError, StateError
from ._flow import Flow
from ._hidden import Hidden
from ._steps import Ask, Done, Failed, Send, Show, Sign, Step

T = TypeVar("T")

Run = Callable[[Flow], Step]
AsyncRun = Callable[[Flow], Awaitable[Step]]


# The commands. The outcome of one is sent into the generator, hidden; an exception is thrown in.


class RunFlow(NamedTuple):
    """Run the flow until it waits for the host or has ended: brings the step."""

    flow: Flow


class SignInput(NamedTuple):
    """Have the input of the step signed: brings the signature."""

    step: Sign


class Exchange(NamedTuple):
    """Send the request of the step: brings the response."""

    step: Send


class Sleep(NamedTuple):
    """Wait until then: brings nothing."""

    until_ms: int

    def seconds(self) -> float:
        return max(0.0, (self.until_ms - time.time_ns() // 1_000_000) / 1000)


Command = Union[RunFlow, SignInput, Exchange, Sleep]
Drive = Generator[Command, Hidden, T]


def drive_sync(work: Drive[T], perform: Callable[[Any], Hidden]) -> T:
    did = Hidden(None)
    try:
        command = next(work)
        while True:
            try:
                did = perform(command)
            except BaseException as raised:
                command = work.throw(raised)
            else:
                command = work.send(did)
    except StopIteration as end:
        value: T = end.value
        return value


async def drive_async(work: Drive[T], perform: Callable[[Any], Awaitable[Hidden]]) -> T:
    did = Hidden(None)
    try:
        command = next(work)
        while True:
            try:
                did = await perform(command)
            except BaseException as raised:
                command = work.throw(raised)
            else:
                command = work.send(did)
    except StopIteration as end:
        value: T = end.value
        return value


async def awaited(did: Hidden) -> Hidden:
    """What the caller's function returned, awaited if possible."""
    return Hidden(await did()) if hasattr(did(), "__await__") else did


def runs(run: Run, signer: Any) -> Callable[[Any], Hidden]:
    """Performs RunFlow and SignInput."""

    def perform(command: RunFlow | SignInput) -> Hidden:
        if isinstance(command, RunFlow):
            return Hidden(run(command.flow))
        return Hidden(signer(command.step.algorithm, command.step.input))

    return perform


def runs_async(run: AsyncRun, signer: Any) -> Callable[[Any], Awaitable[Hidden]]:
    async def perform(command: RunFlow | SignInput) -> Hidden:
        if isinstance(command, RunFlow):
            return Hidden(await run(command.flow))
        return await awaited(Hidden(signer(command.step.algorithm, command.step.input)))

    return perform


def until_parked(flow: Flow, can_sign: bool) -> Drive[Step]:
    """Runs the flow until it has ended or needs something from a person."""
    while True:
        step: Step = (yield RunFlow(flow))()
        if not isinstance(step, Sign):
            return step
        if not can_sign:
            flow.cancel()
            raise StateError("signed_by is host: the flow needs a signature, and this client has no signer", reason="no_signer")
        try:
            flow.give_value("signature", (yield SignInput(step))())
        except Exception as raised:
            # The class alone: the text of an unknown exception may hold a secret.
            flow.give_nothing(f"the signer raised {type(raised).__name__}")
            raise _failed(flow) from raised
        except BaseException:
            flow.cancel()
            raise


def _failed(flow: Flow) -> HeadlessIdError:
    step = flow.next()
    assert isinstance(step, Failed)
    return step.error


def result_of(step: Step) -> Any:
    """The result of a flow that should have ended; raises what it failed with, or what it waits for."""
    if isinstance(step, Done):
        return step.result
    if isinstance(step, Failed):
        raise step.error
    if isinstance(step, (Ask, Show)) and step.problem is not None:
        raise step.problem
    raise StateError(
        f"the flow needs a person ({type(step).__name__}): start it as a challenge, or drive it with next()",
        reason="unexpected_step",
    )
