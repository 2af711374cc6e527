"""Files of an org's configuration, read for the linter: by the same rules as `headlessid org lint`."""

from __future__ import annotations

import base64
import errno
import os
import re
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ._errors import bad_argument
from ._hidden import Hidden

_MOST_BYTES_OF_A_FILE = 16 << 20
_MOST_BYTES = 64 << 20
_MOST_FILES = 20_000
_MOST_LEVELS = 32
# They count too where they lie above the folder, in its project.
_ABOVE = (".gitignore", ".forceignore", "sfdx-project.json")


def members_of(source: Hidden) -> Hidden:
    """The members of a request that hold these files."""
    if isinstance(source(), Mapping):
        return Hidden({"files": [_member(os.fsdecode(path), Hidden(source()[path]))() for path in source()]})
    if isinstance(source(), (bytes, bytearray, memoryview)):
        return Hidden({"zip_base64": base64.b64encode(source()).decode()})
    # A link that is named is followed; those found below it are not.
    named = Path(os.fsdecode(os.path.realpath(source())))
    if named.is_dir():
        return _Reading(_project_of(named)).folder(named)
    content = Hidden(_read(named, _MOST_BYTES))
    if content() is None:
        raise bad_argument("source", "is neither a folder nor a plain file")
    if content()[:2] == b"PK":
        return Hidden({"zip_base64": base64.b64encode(content()).decode()})
    if not _counts(named.name, content):
        raise bad_argument("source", "is neither a zip nor a file of an org's configuration")
    return Hidden({"files": [_member(named.name, content)()]})


class _Reading:
    """A folder with all below it."""

    def __init__(self, project: Path) -> None:
        self._project = project
        self._files = Hidden([])
        self._bytes = 0

    def folder(self, folder: Path) -> Hidden:
        for above in folder.parents if folder != self._project else ():
            for name in _ABOVE:
                if stat.S_ISREG(_mode(above / name)):
                    self._add(above / name)
            if above == self._project:
                break
        for path in _below(folder, 1):
            self._add(path)
        if not self._files():
            raise bad_argument("source", "has no file of an org's configuration")
        return Hidden({"files": self._files()})

    def _add(self, path: Path) -> None:
        known = _is_known(path.name)
        if not known and path.stat().st_size > _MOST_BYTES_OF_A_FILE:
            return
        content = Hidden(_read(path, _MOST_BYTES_OF_A_FILE))
        if content() is None or not _counts(path.name, content):
            return
        self._bytes += len(content())
        if len(self._files()) == _MOST_FILES or self._bytes > _MOST_BYTES:
            raise bad_argument("source", "has more than 20,000 files or 64 MiB of them: name a folder further down")
        self._files().append(_member(path.relative_to(self._project).as_posix(), content)())


def _below(folder: Path, level: int) -> Iterator[Path]:
    if level > _MOST_LEVELS:
        raise bad_argument("source", "has more than 32 levels of folders")
    for name in sorted(os.listdir(folder)):
        path = folder / name
        mode = _mode(path)
        if stat.S_ISDIR(mode):
            # .git, .sf, .sfdx and what npm brings.
            if not name.startswith(".") and name != "node_modules":
                yield from _below(path, level + 1)
        elif stat.S_ISREG(mode):
            yield path


def _mode(path: Path) -> int:
    """Of the thing itself, also of a link; 0 if there is none."""
    try:
        return path.lstat().st_mode
    except OSError:
        return 0


def _project_of(folder: Path) -> Path:
    """The repository's folder, else the project's, else the folder itself."""
    for mark in (".git", "sfdx-project.json"):
        for at in (folder, *folder.parents):
            if (at / mark).exists():
                return at
    return folder


def _read(path: Path, most: int) -> bytes | None:
    """None if it is not a plain file, or is a link."""
    try:
        # Without waiting for a pipe that has no writer.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            return None
        raise
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        with open(descriptor, "rb", closefd=False) as file:
            content = Hidden(file.read(most + 1))
    finally:
        os.close(descriptor)
    if len(content()) > most:
        raise bad_argument("source", f"has a file that is larger than {most >> 20} MiB: {path.name}")
    read: bytes = content()
    return read


def _is_known(name: str) -> bool:
    return name.endswith(("-meta.xml", ".cls")) or name == "package.xml" or name in _ABOVE


def _counts(name: str, content: Hidden) -> bool:
    """Files of the format mdapi have endings of their own; they begin as XML does."""
    return _is_known(name) or content()[:1024].removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n")[:1] == b"<"


def _member(path: str, content: Hidden) -> Hidden:
    if not isinstance(content(), (str, bytes, bytearray, memoryview)):
        raise TypeError(f"a file must be str or bytes, not {type(content()).__name__}")
    data = Hidden(content().encode("utf-8", "surrogatepass") if isinstance(content(), str) else bytes(content()))
    # Names of files are bytes, which Python shows as lone surrogates where they are not UTF-8.
    member: dict[str, Any] = {"path": re.sub("[\ud800-\udfff]", "\ufffd", path)}
    try:
        member["text"] = data().decode()
    except UnicodeDecodeError:
        member["base64"] = base64.b64encode(data()).decode()
    return Hidden(member)
