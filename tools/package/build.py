"""This project, built for a target with everything that it stands on inside."""

from pathlib import Path

from . import dependencies, notices, sbom, zig
from .common import JOBS, ROOT, emptied, made_once, run, stamp_of
from .targets import Target

# Everything but the bindings. What is not asked for by name is not compiled.
MAIN = {
    **{f"HLID_{part}": "ON" for part in ("CLI", "SIMULATOR", "ORG", "SQLITE")},
    **{f"HLID_{binding}": "OFF" for binding in ("PYTHON", "NODE", "JAVA")},
    "CMAKE_INSTALL_LIBDIR": "lib",
}


def configure(target: Target, name: str, options: dict[str, str]) -> Path:
    """The build folder build/package/TARGET/NAME, with these variables of CMake's."""
    prefix = dependencies.prefix(target)
    folder = zig.folder(target) / name
    file = zig.toolchain_file(target, prefix)
    variables = {
        "CMAKE_BUILD_TYPE": "Release",
        "CMAKE_TOOLCHAIN_FILE": str(file),
        "HLID_BUNDLED": str(prefix),
        **options,
    }
    # CMake keeps what it was first told of a compiler, and does not see that another Zig lies in the same place.
    stamp = stamp_of(file.read_text(), zig.environment(target))
    with made_once(f"{name} for {target.name} begun", zig.folder(target) / "stamps" / name, stamp) as new:
        if new:
            emptied(folder)
    words = [f"-D{key}={value}" for key, value in variables.items()]
    run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, *words], log_of(target, name), env=zig.environment(target))
    return folder


def build(target: Target, name: str, options: dict[str, str], targets: list[str]) -> Path:
    """Configures and builds; gives the build folder."""
    log_of(target, name).unlink(missing_ok=True)
    folder = configure(target, name, options)
    run(["cmake", "--build", folder, "-j", JOBS, "--target", *targets], log_of(target, name), env=zig.environment(target))
    return folder


def main_tree(target: Target, *targets: str, **options: str) -> Path:
    """The build folder of the library and the command, with these targets built. A binding that is made in it, and so with
    this library, is switched on by its options."""
    # The command says itself what it has inside: it is also downloaded alone.
    inside = zig.folder(target) / notices.NAME
    inside.parent.mkdir(parents=True, exist_ok=True)
    text = notices.text(target, sbom.COMMAND)
    if not inside.exists() or inside.read_text(encoding="utf-8") != text:
        inside.write_text(text, encoding="utf-8")
    return build(target, "main", {**MAIN, "HLID_NOTICES": str(inside), **options}, list(targets))


def tests_tree(target: Target, *targets: str) -> Path:
    """The build folder of the tests that need a package's own libraries."""
    options = {**MAIN, "HLID_CLI": "OFF", "HLID_SIMULATOR": "OFF", "HLID_TESTS": "ON", "CMAKE_EXE_LINKER_FLAGS": "-Os"}
    return build(target, "tests", options, list(targets))


def command(target: Target) -> Path:
    """The stripped command of this target, the simulated org and the org's side in it; with musl one static file."""
    return main_tree(target, "headlessid_cli") / "cli" / "headlessid"


def install(target: Target, folder: Path, component: str, into: Path) -> None:
    command = ["cmake", "--install", folder, "--component", component, "--prefix", into]
    run(command, log_of(target, folder.name), env=zig.environment(target))


def log_of(target: Target, name: str) -> Path:
    return zig.folder(target) / "logs" / f"{name}.log"
