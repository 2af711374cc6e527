"""What every result shares: how it is made from the library's text, and how it is shown."""

from __future__ import annotations

from ._values import to_flag, to_int

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, ClassVar, TypeVar

    Self = TypeVar("Self", bound="ResultBase")

# Stands for a secret in repr(); the same dots as in traces.
HIDDEN = "•••"


class ResultBase:
    """The root of all results."""

    _secrets: ClassVar[tuple[str, ...]] = ()
    _integers: ClassVar[tuple[str, ...]] = ()
    _flags: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def _of(cls: type[Self], fields: dict[str, Any]) -> Self:
        """A result from the library's fields, which are all text; takes the dict for its own."""
        for name in cls._integers:
            if name in fields:
                fields[name] = to_int(fields[name])
        for name in cls._flags:
            if name in fields:
                fields[name] = to_flag(fields[name])
        # A frozen dataclass sets its fields one by one and slowly; the absent ones are None in the class.
        made = cls.__new__(cls)
        made.__dict__.update(fields)
        return made

    @staticmethod
    def _parsed(text: str | None) -> Any:
        if text is None:
            return None
        import json

        return json.loads(text)

    def __repr__(self) -> str:
        shown = []
        for name in getattr(self, "__dataclass_fields__", ()):
            value = getattr(self, name)
            if value is not None:
                shown.append(f"{name}={HIDDEN if name in self._secrets else repr(value)}")
        return f"{type(self).__name__}({', '.join(shown)})"
