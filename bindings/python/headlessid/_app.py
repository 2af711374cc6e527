"""What App does beside its settings, which are generated."""

from __future__ import annotations

from . import _native

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


class NotCopied:
    """For objects that stand for something outside Python: a copy would be a second owner."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} can be neither pickled nor copied: "
            "make one in each process, and share it between threads"
        )


class AppBase(NotCopied):
    __slots__ = ("__weakref__", "_native", "_shown")

    _native: _native.App
    _shown: tuple[tuple[str, object], ...]

    def _open(self, settings: tuple[tuple[str, object], ...], shown: tuple[tuple[str, object], ...]) -> None:
        self._native = _native.App(settings)
        self._shown = shown

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self._shown)})"
