"""What sync and async callers share of a flow's way: written once as a generator that says what to do next, and
driven with or without await."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, NamedTuple, TypeVar, Union

from ._errors import StateError
from ._flow import Flow
from ._hidden import Hidden
from ._steps import Ask, Done, Failed, Show, Sign, Step

T = TypeVar("T")

#: Signs bytes with a key that only the host has: the algorithm ("RS256") and the bytes in, the signature out.
Signer = Callable[[str, bytes], bytes]
AsyncSigner = Callable[[str, bytes], Union[bytes, Awaitable[bytes]]]

Run = Callable[[Flow], Step]
AsyncRun = Callable[[Flow], Awaitable[Step]]


class ToSign(NamedTuple):
    """The command to have something signed."""

    signer: Any
    step: Sign


# Yields a flow to be run until it waits for the host, and is sent its step; or something to sign, and is sent
# the signature, hidden. What the driver meets on the way is thrown in.
Drive = Generator[Union[Flow, ToSign], Any, T]


def until_parked(flow: Flow, signer: Any) -> Drive[Step]:
    """Runs the flow until it has ended or wants something of a person."""
    while True:
        step = yield flow
        if not isinstance(step, Sign):
            return step  # type: ignore[no-any-return]
        if signer is None:
            flow.cancel()
            raise StateError("attestation_signer is host: the flow wants SIGN, and this client has no signer", reason="no_signer")
        try:
            flow.give_value("signature", (yield ToSign(signer, step))())
        except Exception as raised:
            flow.cancel()
            failed = flow.next()
            raise (failed.error if isinstance(failed, Failed) else raised) from raised
        except BaseException:
            flow.cancel()
            raise


def drive_sync(work: Drive[T], run: Run) -> T:
    did = Hidden(None)
    try:
        command = next(work)
        while True:
            try:
                did.put(run(command) if isinstance(command, Flow) else Hidden(command.signer(*_to_sign(command))))
            except BaseException as raised:
                command = work.throw(raised)
            else:
                command = work.send(did())
    except StopIteration as end:
        value: T = end.value
        return value


async def drive_async(work: Drive[T], run: AsyncRun) -> T:
    did = Hidden(None)
    try:
        command = next(work)
        while True:
            try:
                if isinstance(command, Flow):
                    did.put(await run(command))
                else:
                    did.put(Hidden(command.signer(*_to_sign(command))))
                    if hasattr(did()(), "__await__"):
                        did.put(Hidden(await did()()))
            except BaseException as raised:
                command = work.throw(raised)
            else:
                command = work.send(did())
    except StopIteration as end:
        value: T = end.value
        return value


def _to_sign(command: ToSign) -> tuple[str, bytes]:
    return command.step.algorithm, command.step.input


def result_of(step: Step) -> Any:
    """The result of a flow that should have ended; raises what it failed with, or what it waits for."""
    if isinstance(step, Done):
        return step.result
    if isinstance(step, Failed):
        raise step.error
    if isinstance(step, (Ask, Show)) and step.problem is not None:
        raise step.problem
    raise StateError(
        f"the flow wants {type(step).__name__}, which only you can answer: begin it as a challenge, or drive it with next()",
        reason="unexpected_step",
    )
