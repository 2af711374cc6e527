"""Strangers' machines: minimal Debians without a compiler and without a network. Each package is installed there from its file
as the READMEs say it, and the first user signs in to the org that came in the package.

Prints how long that takes (pytest -rP), and judges what of it is computing: this machine may have other things to do."""

import os
import pathlib
import re
import subprocess
import sys
import time

import computing
import images
import pytest
from conftest import ROOT, TARGET

from tools.package.common import VERSION

pytestmark = pytest.mark.skipif(bool(images.impossible()), reason=images.impossible())

DIST = ROOT / "dist"
# The Debian's number: its image and its JRE.
DEBIANS = {11: ("debian:11-slim", 11), 12: ("debian:12-slim", 17), 13: ("debian:13-slim", 21)}
by_debian = pytest.mark.parametrize("debian", DEBIANS)

PORT = 4873


def readme(binding: str, language: str) -> str:
    """The program of a README that is marked to be run."""
    text = (ROOT / "bindings" / binding / "README.md").read_text()
    (found,) = re.findall(rf"<!-- run: carried -->\n```{language}\n(.*?)```", text, re.S)
    return found


def command_of(binding: str, start: str) -> list[str]:
    """A command of a README, without the remark behind it."""
    text = (ROOT / "bindings" / binding / "README.md").read_text()
    (found,) = re.findall(rf"^    ({start}.*?)(?:  +#.*)?$", text, re.M)
    return found.split()


class Machine:
    """A copy of a minimal Debian; `run` counts the seconds."""

    def __init__(self, debian: int, kind: str, packages: str, folder: pathlib.Path) -> None:
        image = DEBIANS[debian][0]
        made = images.KEPT / f"{images.DEBIANS[image]}-{kind}.base"
        self.root = folder / "root"
        base = images.with_packages(image, f"{packages} ca-certificates", made)
        images.copy(base, self.root)
        self.said, self.seconds, self.computed = f"Debian {debian}, {kind}", 0.0, 0.0

    def bring(self, source: pathlib.Path, place: str) -> None:
        target = self.root / place.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        images.put(source, target)

    def write(self, text: str, place: str) -> None:
        (self.root / place.lstrip("/")).parent.mkdir(parents=True, exist_ok=True)
        (self.root / place.lstrip("/")).write_text(text)

    def has_no(self, *programs: str) -> None:
        # Also a link whose end is elsewhere for this machine than in that root: Debian's cc and javac are such.
        for folder in ("usr/bin", "usr/local/bin", "bin"):
            assert [name for name in programs if os.path.lexists(self.root / folder / name)] == []

    def run(self, *words: str, **more) -> str:
        started, computed = time.monotonic(), computing.seconds()
        done = images.inside(self.root, list(words), offline=True, **more)
        self.seconds += time.monotonic() - started
        self.computed += computing.seconds() - computed
        return images.checked(done, " ".join(words))

    def carried(self, said: str) -> None:
        assert said.strip() == "carried"
        print(f"{self.said}: {self.seconds:.1f} s from the file to carried, of which it computed {self.computed:.1f} s")
        assert 0 < self.computed < computing.LIMIT_S


COMPILERS = ("cc", "gcc", "g++", "clang", "tcc", "cmake", "make")


@by_debian
def test_python(debian, tmp_path):
    machine = Machine(debian, "python", "python3 python3-venv", tmp_path)
    machine.has_no(*COMPILERS)
    wheels = sorted(DIST.glob(f"headlessid-*-{TARGET.wheel}.whl"))
    python = images.PYTHONS[DEBIANS[debian][0]]
    if not any(f"-{python}-" in wheel.name for wheel in wheels):
        pytest.skip(f"no wheel for this Debian's Python, {python}, was made here")
    # All of them: pip chooses.
    for wheel in wheels:
        machine.bring(wheel, f"/dist/{wheel.name}")
    machine.write(readme("python", "python"), "/app/first.py")
    install = command_of("python", "pip install headlessid --no-index")
    machine.run("python3", "-m", "venv", "/app/venv")
    machine.run("/app/venv/bin/python", "-m", *install)
    machine.carried(machine.run("/app/venv/bin/python", "/app/first.py", user="1000"))


@by_debian
def test_java(debian, tmp_path):
    version = DEBIANS[debian][1]
    machine = Machine(debian, f"jre-{version}", f"openjdk-{version}-jre-headless", tmp_path)
    machine.has_no(*COMPILERS, "javac")
    jars = [DIST / f"headlessid-{VERSION}.jar", DIST / f"headlessid-testing-{VERSION}.jar"]
    for jar in jars:
        machine.bring(jar, f"/app/dist/{jar.name}")
    # A JRE runs classes only.
    source = tmp_path / "First.java"
    source.write_text(readme("java", "java"))
    path = ":".join(map(str, jars))
    words = ["javac", "--release", "8", "-Xlint:-options", "-cp", path, "-d", machine.root / "app" / "classes", source]
    subprocess.run(words, check=True)
    machine.carried(machine.run("java", "-cp", "/app/dist/*:/app/classes", "First", user="1000", cwd="/app"))


@by_debian
@pytest.mark.parametrize("way", ["by name", "by file"])
def test_node(debian, way, tmp_path):
    """Node is that of nodejs.org: Debian's own is 12, 18 and 20, of which the first two are too old."""
    machine = Machine(debian, "node", "libatomic1 libstdc++6", tmp_path)
    machine.has_no(*COMPILERS, "node")
    images.put_node(machine.root / "usr" / "local" / "bin")
    images.put_npm(machine.root)
    tarballs = [DIST / f"headlessid-{VERSION}.tgz", DIST / f"headlessid-{TARGET.name}-{VERSION}.tgz"]
    machine.write('{"name": "app", "version": "1.0.0", "private": true}\n', "/app/package.json")
    machine.write(readme("node", "mjs"), "/app/first.mjs")
    env = {
        "npm_config_registry": f"http://127.0.0.1:{PORT}",
        "npm_config_update_notifier": "false",
        "npm_config_ignore_scripts": "true",
    }
    if way == "by name":
        # The registry's part is played on the loopback address.
        registry = [sys.executable, ROOT / "tests" / "package" / "npm_registry.py", str(PORT), *tarballs]
        install, beside = command_of("node", "npm install headlessid"), registry
    else:
        for tarball in tarballs:
            machine.bring(tarball, f"/PATH/dist/{tarball.name}")
        install, beside = command_of("node", "npm install PATH"), None
        install = [word.replace("PATH/", "/PATH/") for word in install]
        env["npm_config_offline"] = "true"
    machine.run(*install, cwd="/app", env=env, beside=beside)
    machine.carried(machine.run("node", "first.mjs", cwd="/app", user="1000"))


@by_debian
@pytest.mark.parametrize("package", ["tar.gz", "deb"])
def test_c(debian, package, command, tmp_path):
    """A C programmer has a C compiler, though none for C++. The org is the command's of this clone: the library has none."""
    machine = Machine(debian, "c", "gcc libc6-dev pkg-config", tmp_path)
    machine.has_no("g++", "c++", "clang++", "cmake")
    machine.bring(ROOT / "examples" / "c" / "guest_to_customer.c", "/app/guest_to_customer.c")
    if package == "deb":
        (deb,) = DIST.glob(f"libheadlessid_{VERSION}_{TARGET.debian}.deb")
        machine.bring(deb, f"/app/{deb.name}")
        machine.run("dpkg", "-i", f"/app/{deb.name}")
        env, options = {}, "--cflags --libs"
    else:
        name = f"headlessid-{VERSION}-linux-{TARGET.processor}"
        machine.bring(DIST / f"{name}.tar.gz", f"/app/{name}.tar.gz")
        machine.run("tar", "-xzf", f"/app/{name}.tar.gz", cwd="/app")
        env = {"PKG_CONFIG_PATH": f"/app/{name}/lib/pkgconfig"}
        # Into the program, which then needs nothing beside it.
        options = "--static --cflags --libs"
    flags = machine.run("pkg-config", *options.split(), "headlessid", env=env).split()
    if package == "tar.gz":
        flags = [f"/app/{name}/lib/libheadlessid.a" if flag == "-lheadlessid" else flag for flag in flags]
    machine.run("gcc", "/app/guest_to_customer.c", "-o", "/app/guest_to_customer", *flags)
    machine.bring(command, "/app/org")
    (machine.root / "app" / "org").chmod(0o755)
    machine.write(C_SIGN_IN, "/app/sign_in.sh")
    said = machine.run("bash", "/app/sign_in.sh", user="1000")
    machine.carried(re.search(r"\bcarried\b", said)[0])


# The org's first line, as JSON, is all that is needed of it.
C_SIGN_IN = r"""set -euo pipefail
coproc ORG { exec /app/org sim --until-eof; }
read -r org <&"${ORG[0]}"
app=${org#*\"apps\":}
first() { local rest=${1#*\"$2\":\"}; printf %s "${rest%%\"*}"; }
user=${org#*\"users\":}
/app/guest_to_customer "$(first "$org" site)" "$(first "$app" client_id)" "$(first "$app" redirect_uri)" \
  "$(first "$user" username)" "$(first "$org" ca_file)" <<<"$(first "$user" password)"
"""

COMMAND = DIST / f"headlessid-linux-{TARGET.processor}"


@by_debian
@pytest.mark.skipif(not COMMAND.is_file(), reason="./dev package shell has not been run")
def test_command(debian, tmp_path):
    """One file; its demo tells the whole story, with an org of its own."""
    machine = Machine(debian, "python", "python3 python3-venv", tmp_path)
    machine.bring(COMMAND, "/app/headlessid")
    (machine.root / "app" / "headlessid").chmod(0o755)
    machine.carried(re.search(r"\bcarried\b", machine.run("/app/headlessid", "demo", user="1000"))[0])
