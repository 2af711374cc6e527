"""This project, built for a target with everything that it stands on inside."""

from pathlib import Path

from . import dependencies, zig
from .common import JOBS, ROOT, run
from .targets import Target


def configure(target: Target, name: str, options: dict[str, str]) -> Path:
    """The build folder build/package/TARGET/NAME, with these variables of CMake's."""
    prefix = dependencies.prefix(target)
    folder = zig.folder(target) / name
    variables = {
        "CMAKE_BUILD_TYPE": "Release",
        "CMAKE_TOOLCHAIN_FILE": str(zig.toolchain_file(target, prefix)),
        "HLID_BUNDLED": str(prefix),
        **options,
    }
    words = [f"-D{key}={value}" for key, value in variables.items()]
    run(["cmake", "-G", "Ninja", "-S", ROOT, "-B", folder, *words], log_of(target, name), env=zig.environment())
    return folder


def build(target: Target, name: str, options: dict[str, str], targets: list[str]) -> Path:
    """Configures and builds; gives the build folder."""
    log_of(target, name).unlink(missing_ok=True)
    folder = configure(target, name, options)
    run(["cmake", "--build", folder, "-j", JOBS, "--target", *targets], log_of(target, name), env=zig.environment())
    return folder


def install(target: Target, folder: Path, component: str, into: Path) -> None:
    command = ["cmake", "--install", folder, "--component", component, "--prefix", into]
    run(command, log_of(target, folder.name), env=zig.environment())


def log_of(target: Target, name: str) -> Path:
    return zig.folder(target) / "logs" / f"{name}.log"
