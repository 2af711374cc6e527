"""A flow of a session, and what it needs of a store: the same work for both clients, which await or do not."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any, NamedTuple

from . import _native
from ._driving import until_parked
from ._errors import HeadlessIdError
from ._flow import Flow, _now_ms
from ._hidden import Hidden, Record
from ._results import SessionToken
from ._steps import Failed, Step
from ._store import StoreFault

if TYPE_CHECKING:
    from ._settings import App

# Exceptions whose text is known to hold nothing but the name of a host, a file or a command.
_PLAIN = ("redis", "sqlite3")
_WHY_AT_MOST = 200


class StoreStep:
    """Do this in the store, in one step, and report the outcome."""

    __slots__ = ("_given", "operation")

    def __init__(self, came: Hidden) -> None:
        operation, key, version, new_version, value, ttl_ms, owner = map(Hidden, came())
        #: The method of the store.
        self.operation: str = operation()
        # A key may be a browser's session ID: in no frame that a store's exception comes through.
        self._given = Hidden(())
        if self.operation == "load":
            self._given.put((key(),))
        elif self.operation == "save":
            self._given.put((key(), version(), new_version(), value(), ttl_ms() / 1000))
        elif self.operation == "delete":
            self._given.put((key(), version()))
        elif self.operation == "lock":
            self._given.put((key(), owner(), ttl_ms() / 1000))
        elif self.operation == "unlock":
            self._given.put((key(), owner()))

    def call(self, store: Any) -> Any:
        """What the store's method returns, which may be an awaitable."""
        if not self._given():
            raise StoreFault(f"the flow needs {self.operation}, which this package does not know")
        return getattr(store, self.operation)(*self._given())

    def __repr__(self) -> str:
        return f"<StoreStep {self.operation}>"


class UseStore(NamedTuple):
    """Do what the step says: brings what the store's method returned."""

    step: StoreStep


class SessionFlow(Flow):
    """begin, token, rejected, guest or end of one session. It is never cancelled: between a refresh and the save that follows,
    that would lose the session."""

    __slots__ = ("_ends",)

    def __init__(self, app: App, session: _native.Session, name: str, given: Hidden) -> None:
        self._name = f"session_{name}"
        self._ends = name == "end"
        self._told = 0
        self._native = session.flow(name)
        try:
            for parameter in given():
                if given()[parameter] is not None:
                    self._native.set(parameter, given()[parameter])
        except BaseException:
            self._native.close()
            raise

    def next(self, now_ms: int | None = None) -> Any:
        """What the flow needs now; at its end the error, or the Ended that has what it brought."""
        came = Hidden(self._native.next(_now_ms() if now_ms is None else now_ms))
        name = _native.STEPS.get(came()[0])
        if name == "STORE":
            return StoreStep(Hidden(came()[1]))
        if name == "DONE":
            fields = Hidden({"refreshed": "false", **came()[1][0]})
            return Ended(fields().get("revoked") == "true" if self._ends else SessionToken._of(fields()))
        return self._step(came)


class Ended(Record):
    """The flow of a session has succeeded."""

    __slots__ = ("result",)
    _fields = __slots__

    result: Any

    def __init__(self, result: Any) -> None:
        self._fill(result)


def until_ended(flow: SessionFlow, can_sign: bool) -> Generator[Any, Hidden, Any]:
    """Runs the flow to its end, with the store and the signer of the host: what it brought. Raises what it failed with; its
    cause is what the store raised."""
    trouble = Hidden(None)
    while True:
        step: Step | StoreStep | Ended = yield from until_parked(flow, can_sign)
        if isinstance(step, Ended):
            return step.result
        if isinstance(step, Failed):
            if step.error.reason == "store_fault" and trouble() is not None:
                step.error.__cause__ = trouble()
            raise step.error
        if not isinstance(step, StoreStep):
            flow.cancel()
            raise RuntimeError(f"a flow of a session came to {type(step).__name__}")
        try:
            came = yield UseStore(step)
            _check(step, came)
        except Exception as raised:
            trouble.put(raised)
            flow._native.give_store_fault(why_of(raised))
        else:
            _give(flow, step, came)


def _check(step: StoreStep, came: Hidden) -> None:
    """A method that forgets to return would be taken for one that did nothing."""
    if step.operation != "load":
        if came() not in (True, False) or isinstance(came(), float):
            raise StoreFault(f"{step.operation}() of the store returned {type(came()).__name__}, not True or False")
        return
    if came() is None:
        return
    if not isinstance(came(), (tuple, list)) or len(came()) != 2:
        raise StoreFault(f"load() of the store returned {type(came()).__name__}, neither None nor (version, value)")
    kinds = type(came()[0]), type(came()[1])
    if not issubclass(kinds[0], (str, bytes)) or not issubclass(kinds[1], (bytes, bytearray, memoryview)):
        raise StoreFault(f"load() of the store returned ({kinds[0].__name__}, {kinds[1].__name__}), not (str, bytes)")


def _give(flow: SessionFlow, step: StoreStep, came: Hidden) -> None:
    if step.operation != "load":
        flow._native.give_store_done(bool(came()))
    elif came() is None:
        flow._native.give_stored(False, None, None)
    else:
        flow._native.give_stored(True, *came())


def why_of(raised: BaseException) -> str:
    """One line about a store's exception. The text of an unknown one may hold the key, which may be a browser's session ID:
    its class alone."""
    name = type(raised).__name__
    plain = isinstance(raised, (StoreFault, OSError)) or type(raised).__module__.split(".")[0] in _PLAIN
    if isinstance(raised, HeadlessIdError) or not plain or not str(raised):
        return f"the store raised {name}"
    text = " ".join(str(raised).split())[:_WHY_AT_MOST]
    return text if isinstance(raised, StoreFault) else f"{name}: {text}"
