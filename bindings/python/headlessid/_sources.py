"""Settings from where services keep them: the environment, and a profile. The same names, the same file and the same
rules as the command line's."""

from __future__ import annotations

import codecs
import os
import stat
from typing import NoReturn

from ._catalogue import SETTINGS
from ._errors import bad_argument
from ._hidden import Hidden

# Settings in milliseconds may be given in seconds under this shorter name.
_MILLISECONDS = "_ms"


def from_environment(prefix: str) -> tuple[Hidden, Hidden]:
    """Text by the names of the settings, and the text of the profile that PROFILE names."""
    given = Hidden({})
    for name in SETTINGS:
        value = Hidden(os.getenv(prefix + name.upper()))
        if not value() and name.endswith(_MILLISECONDS):
            variable = prefix + name[: -len(_MILLISECONDS)].upper()
            value.put(_milliseconds(Hidden(os.getenv(variable)), variable, name))
        if value():
            given()[name] = value()
    path = os.getenv(prefix + "PROFILE")
    return given, from_profile(path) if path else Hidden(None)


def from_profile(path: str | os.PathLike[str]) -> Hidden:
    """The text of the file; the library reads it."""
    # Without waiting for a pipe that has no writer.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            _refuse("profile", "is not a regular file")
        with open(descriptor, "rb", closefd=False) as file:
            text = Hidden(file.read())
    finally:
        os.close(descriptor)
    if b"\0" in text()[:2] or text()[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        _refuse("profile", "looks like UTF-16: save it as UTF-8")
    if text().startswith(codecs.BOM_UTF8):
        text.put(text()[len(codecs.BOM_UTF8) :])
    return text


def _milliseconds(seconds: Hidden, variable: str, name: str) -> str | None:
    if not seconds():
        return None
    try:
        value = float(seconds())
    except ValueError:
        value = 0.0
    if not 0 < value <= 1e9:
        _refuse(name, f"must be a positive number of seconds ({variable})")
    return str(-int(-value * 1000 // 1))


def _refuse(field: str, why: str) -> NoReturn:
    raise bad_argument(field, why)
