"""dist/SHA256SUMS, by which whoever downloads a file sees that it is whole: `sha256sum -c --ignore-missing SHA256SUMS`."""

from pathlib import Path

from .common import hash_of

NAME = "SHA256SUMS"


def write_sums(folder: Path) -> Path:
    """Of all files directly in the folder, by name."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != NAME)
    made = folder / NAME
    made.write_text("".join(f"{hash_of(file)}  {file.name}\n" for file in files))
    return made
