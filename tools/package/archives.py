"""Archives that are the same bytes each time: sorted, of nobody, with the date of the source."""

import gzip
import io
import tarfile
import time
import zipfile
from pathlib import Path

from .common import source_date


def files_of(folder: Path) -> list[Path]:
    return sorted((path for path in folder.rglob("*") if path.is_symlink() or path.is_file()), key=lambda path: path.as_posix())


def mode_of(path: Path) -> int:
    return 0o755 if path.stat().st_mode & 0o100 else 0o644


def tar_gz(made: Path, folder: Path, inside: str) -> Path:
    """Everything below `folder` as INSIDE/…; links stay links."""
    made.parent.mkdir(parents=True, exist_ok=True)
    with made.open("wb") as raw, gzip.GzipFile("", "wb", 9, raw, mtime=0) as zipped:
        with tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive:
            for path in files_of(folder):
                entry = tarfile.TarInfo(f"{inside}/{path.relative_to(folder).as_posix()}" if inside else path.name)
                entry.mtime = source_date()
                if path.is_symlink():
                    entry.type, entry.linkname = tarfile.SYMTYPE, str(path.readlink())
                    archive.addfile(entry)
                    continue
                data = path.read_bytes()
                entry.size, entry.mode = len(data), mode_of(path)
                archive.addfile(entry, io.BytesIO(data))
    return made


def unpack(archive: Path, folder: Path) -> None:
    """Everything in a tar, as plain files of this user; Debian 12's own Python knows no filter, and takes what there is."""
    with tarfile.open(archive) as packed:
        packed.extractall(folder, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))


def zip_of(made: Path, entries: dict[str, bytes | Path], executable: set[str] = frozenset()) -> Path:
    """A zip (a wheel, a jar) of these entries, in their order."""
    made.parent.mkdir(parents=True, exist_ok=True)
    # A zip knows no year before 1980 and no zone.
    date = time.gmtime(max(source_date(), 315532800))[:6]
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in entries.items():
            entry = zipfile.ZipInfo(name, date)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            is_program = name in executable or (isinstance(content, Path) and mode_of(content) == 0o755)
            entry.external_attr = (0o100755 if is_program else 0o100644) << 16
            archive.writestr(entry, content.read_bytes() if isinstance(content, Path) else content)
    return made
