"""The papers of a package that no registry has: its bill of materials and the notices of what is inside."""

from pathlib import Path

from . import notices, sbom
from .common import VERSION
from .targets import Target


def write_papers(folder: Path, target: Target, inside: list[str]) -> None:
    """Written into the folder that has, or will have, the package's own licence."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / notices.NAME).write_text(notices.text(target, inside), encoding="utf-8")
    (folder / "sbom.cdx.json").write_bytes(sbom.document("headlessid", f"pkg:generic/headlessid@{VERSION}", target, inside))
