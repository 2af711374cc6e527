"""Settings from where services keep them: the environment, and a profile. The same names, the same file and the same
rules as the command line's."""

from __future__ import annotations

import codecs
import json
import os
import stat
from typing import Any, NoReturn

from ._catalogue import SETTINGS
from ._errors import bad_argument
from ._hidden import Hidden

# What is counted in milliseconds may be given in seconds under this shorter name.
_MILLISECONDS = "_ms"


def from_environment(prefix: str) -> Hidden:
    """Text by the names of the settings."""
    given = Hidden({})
    for name in SETTINGS:
        value = Hidden(os.getenv(prefix + name.upper()))
        if not value() and name.endswith(_MILLISECONDS):
            variable = prefix + name[: -len(_MILLISECONDS)].upper()
            value.put(_milliseconds(Hidden(os.getenv(variable)), variable, name))
        if value():
            given()[name] = value()
    path = os.getenv(prefix + "PROFILE")
    if path:
        given.put({**from_profile(path)(), **given()})
    return given


def from_profile(path: str | os.PathLike[str]) -> Hidden:
    """Text by the names of the settings."""
    read = _read(path)
    given = Hidden({})
    for name in read():
        if name not in SETTINGS:
            _unknown(name)
        if read()[name] is not None:
            given()[name] = _text(name, Hidden(read()[name]))
    return given


class _Twice(ValueError):
    pass


def _read(path: str | os.PathLike[str]) -> Hidden:
    # Not to wait for a pipe that nobody writes to.
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
    read = Hidden(None)
    why = "does not hold a JSON object"
    try:
        read.put(json.loads(text().decode("utf-8-sig"), object_pairs_hook=_each_once))
    except _Twice:
        why = "has a duplicate name"
    except (ValueError, RecursionError):
        # Not raised from here: what the parser raised quotes the file.
        pass
    if not isinstance(read(), dict):
        _refuse("profile", why)
    return read


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = Hidden(pairs)
    del pairs
    if len(dict(given())) != len(given()):
        raise _Twice
    return dict(given())


def _text(name: str, given: Hidden) -> str:
    kind = SETTINGS[name]
    if isinstance(given(), str):
        return str(given())
    if kind == "json":
        return json.dumps(given())
    if isinstance(given(), bool):
        return "true" if given() else "false"
    if isinstance(given(), int):
        return str(given())
    if kind == "list" and isinstance(given(), list) and all(isinstance(each, str) for each in given()):
        return " ".join(given())
    _refuse(name, "is of the wrong type in the profile")


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


def _unknown(name: str) -> NoReturn:
    from difflib import get_close_matches

    meant = get_close_matches(name, SETTINGS, 1)
    _refuse("profile", f"has {name[:64]!r}, which is not a setting" + (f": did you mean {meant[0]}?" if meant else ""))


def _refuse(field: str, why: str) -> NoReturn:
    raise bad_argument(field, why)
