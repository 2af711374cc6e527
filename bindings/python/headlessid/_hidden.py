"""What keeps a secret from being seen: in a local variable of this package while it raises, and in an object of it
that somebody prints, or makes JSON of. An error reporter shows the locals of every frame; so no frame of this
package holds a secret by itself when it calls what may raise."""

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


# Stands for a secret; the same dots as in traces.
HIDDEN = "•••"

_set = object.__setattr__


class Hidden:
    """Holds one value, and shows dots. No container: a reporter that looks into lists does not look in here. And it
    hands the value out by a call: reporters that evaluate what a line of source names (IPython, Sentry with pure_eval)
    look up attributes and items, but call nothing."""

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
    """An object of named fields: immutable, compared by them, and with hidden secrets wherever it shows itself.

    Only attribute access, replace(), copy and pickle hand a secret out. It is no dataclass, and has no __dict__:
    what turns any object into JSON (FastAPI, asdict, vars) would find the secrets there.
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
        raise AttributeError(f"a {type(self).__name__} cannot be changed: replace() makes another")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a {type(self).__name__} cannot be changed: replace() makes another")

    def replace(self: Self, **changes: Any) -> Self:
        """Another one, with these fields instead."""
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
            # None in one that __init__ has not reached the end of: repr() never raises.
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
        """For dict(record), which is what FastAPI makes JSON of: the secrets are dots there."""
        for name, value in self._shown():
            yield name, HIDDEN if isinstance(value, Hidden) else value

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), tuple(getattr(self, name, None) for name in self._fields))

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> Any:
        """A field of a pydantic model: taken as it is, and its secrets are dots in what the model dumps."""
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls, serialization=core_schema.plain_serializer_function_ser_schema(dict))

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: object, handler: object) -> dict[str, object]:
        return {"type": "object", "title": cls.__name__}


def _restore(cls: type[Record], values: tuple[object, ...]) -> Record:
    made = cls.__new__(cls)
    made._fill(*values)
    return made
