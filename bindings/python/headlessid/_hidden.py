"""Hides secrets: in the local variables of this package when it raises, and in its objects when they are printed or
converted to JSON. An error reporter shows the locals of every frame, so no frame of this package holds a bare secret when
it calls something that may raise."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, ClassVar, NoReturn, TypeVar

    from typing_extensions import dataclass_transform

    Self = TypeVar("Self", bound="Record")
else:

    def dataclass_transform(**_):
        return lambda kind: kind


# Shown for a secret; the same dots as in traces.
HIDDEN = "•••"

_set = object.__setattr__


class Hidden:
    """Holds one value, and shows dots. It is not a container: a reporter that looks into lists does not look in here. And
    it returns the value by a call: reporters that evaluate the names in a line of source (IPython, Sentry with pure_eval)
    look up attributes and items, but do not call."""

    __slots__ = ("_value",)

    _value: Any

    def __init__(self, value: object) -> None:
        self._value = value

    def __call__(self) -> Any:
        return self._value

    def put(self, value: object) -> None:
        self._value = value

    def __repr__(self) -> str:
        return HIDDEN


# For type checkers alone: nothing can be assigned to.
@dataclass_transform(frozen_default=True)
class Record:
    """An object of named fields: immutable, compared by them, its secrets hidden wherever it is shown.

    Only attribute access, replace(), copy and pickle return a secret. It is not a dataclass and has no __dict__: code that
    turns any object into JSON (FastAPI, asdict, vars) would find the secrets there.
    """

    __slots__ = ()

    # In the order of the constructor's arguments.
    _fields: ClassVar[tuple[str, ...]] = ()
    _secrets: ClassVar[tuple[str, ...]] = ()
    # Shown up to their query, which may be secret.
    _addresses: ClassVar[tuple[str, ...]] = ()
    # Two records may differ in these and be equal.
    _uncompared: ClassVar[tuple[str, ...]] = ()

    if not TYPE_CHECKING:

        def __init_subclass__(cls) -> None:
            cls.__match_args__ = cls._fields

    def _fill(self, *values: object) -> None:
        """For __init__: the fields, in order."""
        for name, value in zip(self._fields, values):
            _set(self, name, value)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: replace() returns a changed copy")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: replace() returns a changed copy")

    def replace(self: Self, **changes: Any) -> Self:
        """A copy with these fields changed."""
        given = Hidden(changes)
        del changes
        unknown = [name for name in given() if name not in self._fields]
        if unknown:
            raise TypeError(f"a {type(self).__name__} has no field {', '.join(unknown)}")
        made = type(self).__new__(type(self))
        for name in self._fields:
            _set(made, name, given().get(name, getattr(self, name, None)))
        return made

    __replace__ = replace

    def _compared(self) -> tuple[object, ...]:
        return tuple(getattr(self, name, None) for name in self._fields if name not in self._uncompared)

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._compared() == other._compared()

    def __hash__(self) -> int:
        return hash((type(self), self._compared()))

    def _shown(self) -> Iterator[tuple[str, object]]:
        for name in self._fields:
            # None before __init__ has finished: repr() never raises.
            value = getattr(self, name, None)
            if value is None:
                continue
            if name in self._secrets:
                yield name, Hidden(None)
            elif name in self._addresses and isinstance(value, str):
                yield name, value.split("?")[0]
            else:
                yield name, value

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._shown())})"

    def __iter__(self) -> Iterator[tuple[str, object]]:
        """For dict(record), which FastAPI converts to JSON: the secrets are dots there."""
        for name, value in self._shown():
            yield name, HIDDEN if isinstance(value, Hidden) else value

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), tuple(getattr(self, name, None) for name in self._fields))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        """As a field of a pydantic model: accepted as it is; its secrets are dots in what the model dumps."""
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls, serialization=core_schema.plain_serializer_function_ser_schema(dict))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return {"type": "object", "title": cls.__name__}


def _restore(cls: type[Record], values: tuple[object, ...]) -> Record:
    made = cls.__new__(cls)
    made._fill(*values)
    return made
