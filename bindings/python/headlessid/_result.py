"""What every result shares: how it is created from the library's text, shown, and stored."""

from __future__ import annotations

import json

from ._errors import bad_argument
from ._hidden import Hidden, Record
from ._values import to_flag, to_int, words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeVar

    Self = TypeVar("Self", bound="ResultBase")

_INTEGERS = range(-(1 << 63), 1 << 63)


class ResultBase(Record):
    """The root of all results: immutable, compared by its fields, its secrets hidden wherever it is shown.

    to_json() returns everything as text, the secrets too; from_json() restores it.
    """

    __slots__ = ()

    # In every result of the class.
    _always: ClassVar[tuple[str, ...]] = ()
    _integers: ClassVar[tuple[str, ...]] = ()
    _flags: ClassVar[tuple[str, ...]] = ()
    _lists: ClassVar[tuple[str, ...]] = ()
    _choices: ClassVar[dict[str, tuple[str, ...]]] = {}
    # Members that only the stored text of another class has.
    _foreign: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def _of(cls: type[Self], fields: dict[str, str]) -> Self:
        """A result from the library's fields, which are all text."""
        made = cls.__new__(cls)
        given: dict[str, Any] = {**fields}
        for name in cls._integers:
            given[name] = to_int(fields.get(name))
        for name in cls._flags:
            given[name] = to_flag(fields.get(name))
        for name in cls._lists:
            given[name] = words(fields.get(name))
        made._fill(*map(given.get, cls._fields))
        return made

    def to_json(self) -> str:
        """Everything except raw as text, the secrets too: store it where only the app can read it. from_json() restores it,
        in this language or another; so does the command line (--token-file)."""
        stored = {name: getattr(self, name, None) for name in self._fields if name not in self._uncompared}
        for name in self._lists:
            stored[name] = " ".join(stored[name] or ()) or None
        return json.dumps({name: value for name, value in stored.items() if value is not None}, separators=(",", ":"))

    @classmethod
    def from_json(cls: type[Self], text: str | bytes | bytearray) -> Self:
        """Restores the text of to_json(), written in this language or another. Equal to what was stored; raw is None.

        Ignores unknown members. Raises ArgumentError for a member that is missing or of a wrong kind; field names it.
        """
        given = Hidden(text)
        del text
        read = object_in(given, "text")
        for name in cls._foreign:
            if read().get(name) is not None:
                raise bad_argument(name, f"is not a member of a {cls.__name__}")
        made = cls.__new__(cls)
        made._fill(*(cls._stored(name, read) for name in cls._fields))
        return made

    @classmethod
    def _stored(cls, name: str, read: Hidden) -> Any:
        if name in cls._uncompared or read().get(name) is None:
            if name in cls._always:
                raise bad_argument(name, "is missing")
            return () if name in cls._lists else None
        kind = type(read()[name])
        if name in cls._integers:
            if kind is not int:
                raise bad_argument(name, "is not an integer")
            if read()[name] not in _INTEGERS:
                raise bad_argument(name, "does not fit 64 bits")
        elif name in cls._flags:
            if kind is not bool:
                raise bad_argument(name, "is not true or false")
        elif kind is not str:
            raise bad_argument(name, "is not text")
        elif name in cls._choices and read()[name] not in cls._choices[name]:
            raise bad_argument(name, f"is not one of {', '.join(cls._choices[name])}")
        return words(read()[name]) if name in cls._lists else read()[name]

    def _parsed(self, name: str) -> Any:
        """A field that holds JSON; None if it is absent."""
        given = Hidden(getattr(self, name, None))
        try:
            return None if given() is None else json.loads(given())
        except ValueError:
            # Not raised from here: what the parser raised quotes the text.
            pass
        raise ValueError(f"{name} does not hold JSON")


def object_in(given: Hidden, field: str) -> Hidden:
    """The JSON object in the text of to_json()."""
    read = Hidden(None)
    if isinstance(given(), (str, bytes, bytearray)):
        try:
            read.put(json.loads(given() if isinstance(given(), str) else given().decode()))
        except (ValueError, RecursionError):
            # Not raised from here: what the parser raised quotes the text.
            pass
    if not isinstance(read(), dict):
        raise bad_argument(field, "is not what to_json wrote")
    return read
