"""The npm packages: `headlessid`, which is JavaScript, and one with the addon and the command for each target.

npm installs the one that fits the machine by its `os`, `cpu` and `libc`. None of them has an install script."""

import json
import shutil
import subprocess
from pathlib import Path

from .. import build as native
from .. import notices, published, pythons, sbom, zig
from ..common import BUILD, DIST, ROOT, VERSION, Failed, NotHere, emptied, run
from ..targets import TARGETS, Target

BINDING = ROOT / "bindings" / "node"
LOG = BUILD / "node.log"

CPU = {"x86_64": "x64", "aarch64": "arm64"}
README = """# @headlessid/{name}

The native addon and the `headlessid` command for [headlessid](https://www.npmjs.com/package/headlessid), built for Linux on
{processor} with {libc}. npm installs it with `headlessid` where it fits; nothing else needs it.
"""


def build(targets: list[Target]) -> list[Path]:
    LOG.unlink(missing_ok=True)
    modules()
    DIST.mkdir(exist_ok=True)
    return [main_package(), *(native_package(target) for target in targets)]


def modules() -> None:
    """The compiler of TypeScript and the headers, as the lock file has them; no script of any package runs."""
    if shutil.which("npm") is None:
        raise NotHere("npm is missing, which packs the packages (apt: npm)")
    lock, installed = BINDING / "package-lock.json", BINDING / "node_modules" / ".package-lock.json"
    if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
        run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], LOG, cwd=BINDING)


def main_package() -> Path:
    stage = BUILD / "stage" / "npm"
    run(["node", BINDING / "scripts" / "pack.mjs", stage, *TARGETS], LOG)
    (stage / "README.md").write_text(published.readme(BINDING / "README.md"), encoding="utf-8")
    # Of the library it has the sources alone, without those of others.
    (stage / "sbom.cdx.json").write_bytes(sbom.document("headlessid", f"pkg:npm/headlessid@{VERSION}", None, [], headers()))
    return packed(stage)


def headers() -> list[dict]:
    """What the addon is compiled with, as npm has it."""
    found = []
    for name in ("node-addon-api", "node-api-headers"):
        version = json.loads((BINDING / "node_modules" / name / "package.json").read_text())["version"]
        found.append(sbom.headers(name, version, "MIT", "npm"))
    return found


def manifest(target: Target) -> dict:
    """The package.json of a target's package."""
    libc = "musl" if target.is_musl else "glibc"
    shared = json.loads((BINDING / "package.json").read_text())
    return {
        "name": f"@headlessid/{target.name}",
        "version": VERSION,
        "description": f"The native part of headlessid for Linux on {CPU[target.processor]} with {libc}",
        **{key: shared[key] for key in ("license", "author", "homepage", "repository", "type", "engines")},
        "os": ["linux"],
        "cpu": [CPU[target.processor]],
        "libc": [libc],
        # Yarn keeps packages zipped, and no program starts from a zip.
        "preferUnplugged": True,
    }


def native_package(target: Target) -> Path:
    installed = BINDING / "node_modules"
    options = {"HLID_NODE": "ON", "HLID_NODE_MODULES": str(installed)}
    tree = native.main_tree(target, "headlessid_node", "headlessid_cli", **options)
    stage = emptied(zig.folder(target) / "stage" / "npm")
    about = manifest(target)
    (stage / "package.json").write_text(json.dumps(about, indent=2) + "\n")
    (stage / "README.md").write_text(README.format(name=target.name, processor=target.processor, libc=about["libc"][0]))
    binding = headers()
    bill = sbom.document(about["name"], f"pkg:npm/%40headlessid/{target.name}@{VERSION}", target, sbom.COMMAND, binding)
    (stage / "sbom.cdx.json").write_bytes(bill)
    licences = {f"{one['name']} {one['version']}": next((installed / one["name"]).glob("LICENSE*")) for one in binding}
    (stage / notices.NAME).write_text(notices.text(target, sbom.COMMAND, licences))
    shutil.copyfile(ROOT / "LICENSE", stage / "LICENSE")
    for source, name in (
        (tree / "bindings" / "node" / "headlessid.node", "headlessid.node"),
        (tree / "cli" / "headlessid", "headlessid"),
    ):
        shutil.copyfile(source, stage / name)
    # The same modes whoever packs it.
    for file in stage.iterdir():
        file.chmod(0o755 if file.name == "headlessid" else 0o644)
    return packed(stage)


def packed(stage: Path) -> Path:
    """npm's own tarball: files in order, with the same date each time."""
    command = ["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", DIST, stage]
    done = subprocess.run(command, cwd=BUILD, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{done.stderr}\nnpm pack failed")
    made = DIST / json.loads(done.stdout)[0]["filename"].replace("@headlessid/", "headlessid-")
    # 7 % smaller than npm's.
    run([pythons.tools(), "-c", PACK_TIGHTER, made], LOG)
    return made


PACK_TIGHTER = """
import gzip, pathlib, sys
import zopfli.gzip
file = pathlib.Path(sys.argv[1])
file.write_bytes(zopfli.gzip.compress(gzip.decompress(file.read_bytes()), numiterations=1))
"""
