"""The headlessid command as one static file for each processor, with its manual page and completions."""

import shutil
import subprocess
from pathlib import Path

from .. import archives, sbom, zig
from ..build import command
from ..common import DIST, ROOT, VERSION, NotHere, emptied
from ..papers import write_papers
from ..targets import TARGETS, Target

# Where each shell looks for them, below a prefix.
PAGES = {
    "share/man/man1/headlessid.1": ["man"],
    "share/bash-completion/completions/headlessid": ["completion", "bash"],
    "share/zsh/site-functions/_headlessid": ["completion", "zsh"],
    "share/fish/vendor_completions.d/headlessid.fish": ["completion", "fish"],
}


def musl(target: Target) -> Target:
    return TARGETS[target.name.replace("-gnu", "-musl")]


def pages(into: Path) -> None:
    """What the command prints of itself, which is the same on every machine."""
    here = next((target for target in TARGETS.values() if target.is_musl and target.runs_here), None)
    if here is None:
        raise NotHere("the manual page is printed by the command, which cannot run on this machine")
    program = command(here)
    for name, words in PAGES.items():
        file = into / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(subprocess.run([program, *words], check=True, capture_output=True).stdout)


def build_for(target: Target) -> list[Path]:
    program = command(musl(target))
    stage = emptied(zig.folder(target) / "stage" / "shell")
    (stage / "bin").mkdir()
    shutil.copyfile(program, stage / "bin" / "headlessid")
    (stage / "bin" / "headlessid").chmod(0o755)
    about = stage / "share" / "doc" / "headlessid"
    write_papers(about, musl(target), sbom.COMMAND)
    shutil.copyfile(ROOT / "LICENSE", about / "LICENSE")
    pages(stage)
    name = f"headlessid-command-{VERSION}-linux-{target.processor}"
    # Without the version, so that it differs from the folder in the C library's archive.
    alone = DIST / f"headlessid-linux-{target.processor}"
    DIST.mkdir(exist_ok=True)
    shutil.copyfile(program, alone)
    alone.chmod(0o755)
    bill = DIST / f"{alone.name}.cdx.json"
    shutil.copyfile(about / "sbom.cdx.json", bill)
    return [alone, bill, archives.tar_gz(DIST / f"{name}.tar.gz", stage, name)]


def build(targets: list[Target]) -> list[Path]:
    processors = {target.processor: target for target in targets}
    return [file for target in processors.values() for file in build_for(target)]
