"""What App does; its settings are generated."""

from __future__ import annotations

from . import _native
from ._catalogue import SETTING_CONVERTERS
from ._hidden import Hidden
from ._values import convert

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from typing import NoReturn, TypeVar

    AnyApp = TypeVar("AnyApp", bound="AppBase")

# What repr() shows of an app.
_SHOWN = ("site", "client_id", "redirect_uri")


class NotCopied:
    """For objects that own something outside Python: a copy would be a second owner."""

    __slots__ = ()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} can be neither pickled nor copied: make one in each process, and share it between threads"
        )


class AppBase(NotCopied):
    __slots__ = ("__weakref__", "_native", "_shown")

    _native: _native.App
    _shown: tuple[tuple[str, object], ...]

    def _set(self, given: Hidden) -> None:
        """From Python values by name."""
        convert(given, SETTING_CONVERTERS)
        self._open(given, Hidden(None))

    def _open(self, given: Hidden, profile: Hidden) -> None:
        """From text by name, and the text of a profile."""
        self._native = _native.App(given().items(), profile())
        if profile() is not None:
            import json

            given.put({**json.loads(profile()), **given()})
        self._shown = tuple((name, given().get(name)) for name in _SHOWN)

    @classmethod
    def _of(cls: type[AnyApp], given: Hidden) -> AnyApp:
        """From Python values by name."""
        made = cls.__new__(cls)
        made._set(given)
        return made

    @classmethod
    def from_env(cls: type[AnyApp], prefix: str = "HEADLESSID_") -> AnyApp:
        """The settings in the environment: HEADLESSID_SITE, HEADLESSID_CLIENT_ID, ..., as the command line reads them.

        An empty variable is ignored. HEADLESSID_TIMEOUT is in seconds, HEADLESSID_TIMEOUT_MS in milliseconds. Settings
        without a variable come from the JSON file that HEADLESSID_PROFILE names. Raises ArgumentError when a setting is
        wrong or missing.
        """
        from ._sources import from_environment

        made = cls.__new__(cls)
        made._open(*from_environment(prefix))
        return made

    @classmethod
    def from_profile(cls: type[AnyApp], path: str | os.PathLike[str]) -> AnyApp:
        """The settings in a profile, the same file as the command line's --profile: a JSON object of settings by name.

        Raises ArgumentError when one is wrong or unknown, OSError when the file cannot be read.
        """
        from ._sources import from_profile

        made = cls.__new__(cls)
        made._open(Hidden({}), from_profile(path))
        return made

    def __repr__(self) -> str:
        # Empty before __init__ has finished: repr() never raises.
        shown = getattr(self, "_shown", ())
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in shown)})"
