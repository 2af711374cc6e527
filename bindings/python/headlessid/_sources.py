"""Settings from where services keep them: the environment, and a profile. The same names, the same file and the same
rules as the command line's."""

from __future__ import annotations

import json
import os
from typing import Any, NoReturn

from ._errors import ArgumentError
from ._hidden import Hidden
from ._settings import KINDS

# What is counted in milliseconds may be given in seconds under this shorter name.
_MILLISECONDS = "_ms"


def from_environment(prefix: str) -> Hidden:
    """Text by the names of the settings."""
    given = Hidden({})
    for name in KINDS:
        value = Hidden(os.environ.get(prefix + name.upper()))
        if not value.value and name.endswith(_MILLISECONDS):
            variable = prefix + name[: -len(_MILLISECONDS)].upper()
            value.value = _milliseconds(Hidden(os.environ.get(variable)), variable, name)
        if value.value:
            given.value[name] = value.value
    path = os.environ.get(prefix + "PROFILE")
    if path:
        given.value = {**from_profile(path).value, **given.value}
    return given


def from_profile(path: str | os.PathLike[str]) -> Hidden:
    """Text by the names of the settings."""
    read = _read(path)
    given = Hidden({})
    for name in read.value:
        if name not in KINDS:
            _unknown(name)
        if read.value[name] is not None:
            given.value[name] = _text(name, Hidden(read.value[name]))
    return given


class _Twice(ValueError):
    pass


def _read(path: str | os.PathLike[str]) -> Hidden:
    with open(path, "rb") as file:
        text = Hidden(file.read())
    read = Hidden(None)
    why = "the file does not hold a JSON object"
    try:
        read.value = json.loads(text.value.decode("utf-8"), object_pairs_hook=_each_once)
    except _Twice:
        why = "the file holds a name twice"
    except (ValueError, RecursionError):
        # Not raised from here: what the parser raised quotes the file.
        pass
    if not isinstance(read.value, dict):
        _refuse("profile", why)
    return read


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = Hidden(pairs)
    del pairs
    if len(dict(given.value)) != len(given.value):
        raise _Twice
    return dict(given.value)


def _text(name: str, given: Hidden) -> str:
    kind = KINDS[name]
    if isinstance(given.value, str):
        return str(given.value)
    if kind == "json":
        return json.dumps(given.value)
    if isinstance(given.value, bool):
        return "true" if given.value else "false"
    if isinstance(given.value, int):
        return str(given.value)
    if kind == "list" and isinstance(given.value, list) and all(isinstance(each, str) for each in given.value):
        return " ".join(given.value)
    _refuse(name, "is of the wrong type in the profile")


def _milliseconds(seconds: Hidden, variable: str, name: str) -> str | None:
    if not seconds.value:
        return None
    try:
        value = float(seconds.value)
    except ValueError:
        value = 0.0
    if not 0 < value <= 1e9:
        _refuse(name, f"{variable} is not a number of seconds above 0")
    return str(-int(-value * 1000 // 1))


def _unknown(name: str) -> NoReturn:
    from difflib import get_close_matches

    meant = get_close_matches(name, KINDS, 1)
    _refuse("profile", f"no setting is called {name[:64]!r}" + (f": did you mean {meant[0]}?" if meant else ""))


def _refuse(field: str, why: str) -> NoReturn:
    raise ArgumentError(why, kind="ARGUMENT", advice="FIX_ARGUMENT", reason="bad_argument", field=field)
