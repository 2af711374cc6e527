"""Machines unlike this one: an arm64 Debian by qemu-user, and systems that have musl's loader and nothing else."""

import functools
import pathlib
import shutil
import subprocess
import sys

import computing
import images

from tools.package.sources import debian_mirror
from tools.package.targets import Target

# The first Debian whose musl knows the relocations that Alpine's Node is linked with.
IMAGE = "debian:13-slim"
PACKAGES = "ca-certificates,musl,nodejs,openjdk-21-jre-headless,python3-venv"

# What each command of `run` has computed, in seconds.
computed: list[float] = []

BINFMT = pathlib.Path("/proc/sys/fs/binfmt_misc")
RULE = pathlib.Path("/usr/lib/binfmt.d/qemu-aarch64.conf")


@functools.cache
def why_not(target: Target) -> str:
    """Why no program for this target's processor starts here; empty if it does. The kernel is asked to start arm64's by qemu
    where nothing has asked it yet."""
    if target.runs_here:
        return ""
    if not RULE.exists():
        return "qemu-user-static is not installed"
    if not (BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", BINFMT], capture_output=True, check=False)
    try:
        if not (BINFMT / "qemu-aarch64").exists():
            (BINFMT / "register").write_text(RULE.read_text())
    except OSError as fault:
        return f"the kernel starts no program by qemu: {fault}"
    return ""


def impossible(target: Target) -> str:
    """Why this machine cannot make a system for this target; empty if it can."""
    return images.impossible() or why_not(target)


def debian(target: Target) -> pathlib.Path:
    """A Debian of the target's processor with musl beside glibc, made once; that of another processor has what runs the
    packages of every language, too."""
    if target.runs_here:
        return images.with_packages(IMAGE, "musl", images.KEPT / "musl.base")
    suite = images.DEBIANS[IMAGE]
    made = images.KEPT / f"{suite}-{target.debian}.base"
    if not made.exists():
        new = made.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        (images.KEPT / "debs").mkdir(parents=True, exist_ok=True)
        options = ["--variant=minbase", f"--arch={target.debian}", f"--include={PACKAGES}", f"--cache-dir={images.KEPT / 'debs'}"]
        subprocess.run(["debootstrap", *options, suite, new, debian_mirror()], stdout=subprocess.DEVNULL, check=True)
        new.rename(made)
    return made


def root_for(target: Target, folder: pathlib.Path) -> pathlib.Path:
    """A system that the target's programs start in, with an empty /app and /tmp: with glibc a Debian, with musl its loader
    alone, so that what needs glibc does not start."""
    kept = debian(target)
    root = folder / target.name if target.is_musl else kept
    if target.is_musl:
        (root / "lib").mkdir(parents=True)
        shutil.copyfile((kept / target.loader.lstrip("/")).resolve(), root / target.loader.lstrip("/"))
        (root / target.loader.lstrip("/")).chmod(0o755)
    for name, mode in (("app", 0o755), ("tmp", 0o1777)):
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir()
        (root / name).chmod(mode)
    return root


def run(root: pathlib.Path, *words: object, given: str = "", env: dict[str, str] | None = None) -> str:
    """What a program in a root says, as nobody in particular."""
    command = [str(word) for word in words]
    before = computing.seconds()
    done = images.inside(root, command, user="1000", cwd="/app", env=env, said=given)
    computed.append(computing.seconds() - before)
    return images.checked(done, " ".join(command))


def node_for_musl(target: Target) -> pathlib.Path:
    """The folder of a Node with the libraries of C++ that it brings: bin/node from it up."""
    made = images.KEPT / f"node-{target.name}"
    if not made.exists():
        new = made.with_suffix(".new")
        shutil.rmtree(new, ignore_errors=True)
        options = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--platform", target.wheel]
        pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", new]
        subprocess.run([*pip, *options, "-r", pathlib.Path(__file__).parent / "foreign-requirements.txt"], check=True)
        new.rename(made)
    return made
