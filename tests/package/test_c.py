"""The C package: what is in it, and programs made with it."""

import json
import pathlib
import re
import shutil
import subprocess

import pytest
from conftest import ROOT, TARGET
from elf import exported, needed, newest_glibc, paths_of_the_build, said_by, search_paths

from tools.package import notices, published, sbom
from tools.package.common import VERSION

EXAMPLES = ROOT / "examples" / "c"
MB = 1000 * 1000


@pytest.fixture(scope="session")
def library(c_package):
    return (c_package / "lib" / "libheadlessid.so").resolve()


def signed_in(program: pathlib.Path, org, **more) -> str:
    done = subprocess.run(
        [program, *org.arguments()], input=org.password + "\n", capture_output=True, text=True, timeout=60, check=False, **more
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_only_the_c_interface_leaves_the_library(library):
    names = exported(library)
    assert "hlid_flow_new" in names
    assert {name for name in names if not name.startswith("hlid_")} == set()


def test_every_declared_function_is_there(library, c_package):
    headers = "".join(header.read_text() for header in (c_package / "include" / "headlessid").glob("*.h"))
    declared = set(re.findall(r"HLID_API [^;(]*?\b(hlid_\w+)\(", headers))
    assert len(declared) > 50
    assert declared - exported(library) == set()


def test_starts_on_the_oldest_glibc_that_is_promised(library):
    assert newest_glibc(library) <= tuple(int(part) for part in TARGET.glibc.split("."))
    assert set(needed(library)) <= {
        "libc.so.6",
        "libm.so.6",
        "libpthread.so.0",
        "libdl.so.2",
        "librt.so.1",
        pathlib.Path(TARGET.loader).name,
    }


def test_names_no_folder_of_the_machine_that_built_it(c_package):
    for file in c_package.rglob("*"):
        if file.is_file():
            assert paths_of_the_build(file.read_bytes()) == [], file


def test_looks_for_libraries_nowhere_of_its_own(library):
    assert search_paths(library) == []


def test_is_small(library):
    assert library.stat().st_size <= 5 * MB


def test_archive_shows_the_c_interface_alone(c_package):
    names = said_by("nm", "-g", "--defined-only", c_package / "lib" / "libheadlessid.a").split("\n")
    shown = {line.split()[-1] for line in names if len(line.split()) == 3}
    assert "hlid_flow_new" in shown
    assert {name for name in shown if not name.startswith("hlid_")} == set()


def test_bill_of_materials_names_what_is_inside(library, c_package):
    about = c_package / "share" / "doc" / "headlessid"
    said = json.loads((about / "sbom.cdx.json").read_text())
    assert (said["bomFormat"], said["specVersion"]) == ("CycloneDX", "1.6")
    versions = {component["name"]: component["version"] for component in said["components"]}
    assert {"openssl", "curl", "nghttp2", "simdjson", "zlib", "pugixml", *sbom.OF_LLVM, "compiler-rt"} == set(versions)
    data = library.read_bytes()
    # As the libraries say it themselves.
    assert f"OpenSSL {versions['openssl']}".encode() in data
    assert versions["curl"].encode() in data
    licences = (about / notices.NAME).read_text()
    assert all(f"{name} {version}\n" in licences for name, version in versions.items())
    assert "Copyright (c) Zig contributors" in licences
    assert f"libunwind {versions['libc++']}\n" in licences


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_program_by_pkg_config_signs_in(kind, c_package, org, tmp_path):
    lib = c_package / "lib"
    words = ["--cflags", "--libs"] if kind == "shared" else ["--cflags", "--libs", "--static"]
    environment = {"PKG_CONFIG_LIBDIR": str(lib / "pkgconfig"), "PATH": "/usr/bin:/bin"}
    flags = subprocess.run(["pkg-config", *words, "headlessid"], env=environment, capture_output=True, text=True, check=True)
    flags = flags.stdout.split()
    if kind == "static":
        flags = [str(lib / "libheadlessid.a") if word == "-lheadlessid" else word for word in flags]
    program = tmp_path / "guest_to_customer"
    subprocess.run(["cc", EXAMPLES / "guest_to_customer.c", "-o", program, *flags], check=True)
    said = signed_in(program, org, env={"LD_LIBRARY_PATH": str(lib)} if kind == "shared" else {})
    assert "carried" in said
    assert any(name.startswith("libheadlessid") for name in needed(program)) == (kind == "shared")


def test_commands_of_the_readme_make_a_program_that_signs_in(c_package, org, tmp_path):
    """Each block, in the unpacked folder, by a shell that knows no more than it says."""
    folder = tmp_path / "unpacked"
    shutil.copytree(c_package, folder, symlinks=True)
    shutil.copyfile(EXAMPLES / "guest_to_customer.c", folder / "app.c")
    blocks = re.findall(r"^```sh\n(.*?)^```", (folder / "README.md").read_text(), re.S | re.M)
    assert len(blocks) == 2
    for block, kind in zip(blocks, ("shared", "static"), strict=True):
        subprocess.run(["sh", "-eu", "-c", block], cwd=folder, env={"PATH": "/usr/bin:/bin"}, check=True)
        assert "carried" in signed_in(folder / "app", org, env={})
        assert any(name.startswith("libheadlessid") for name in needed(folder / "app")) == (kind == "shared")


def test_programs_by_cmake_sign_in(c_package, org, tmp_path):
    """The folder of examples, copied as its readers would. One of them has the system's libcurl and OpenSSL beside ours."""
    shutil.copytree(EXAMPLES, tmp_path / "source")
    build = tmp_path / "build"
    subprocess.run(["cmake", "-S", tmp_path / "source", "-B", build, f"-DCMAKE_PREFIX_PATH={c_package}"], check=True)
    subprocess.run(["cmake", "--build", build], check=True)
    assert "carried" in signed_in(build / "guest_to_customer", org)
    assert any(name.startswith("libcurl") for name in needed(build / "step_loop"))
    signed_in(build / "step_loop", org)


STATIC_PROJECT = """
cmake_minimum_required(VERSION 3.25)
project(static LANGUAGES C)
find_package(headlessid 0.1 REQUIRED)
add_executable(static {source})
target_link_libraries(static PRIVATE headlessid::headlessid_static)
"""


def test_static_program_by_cmake_signs_in(c_package, org, tmp_path):
    """In C alone: no C++ compiler is needed, though there is C++ inside."""
    (tmp_path / "CMakeLists.txt").write_text(STATIC_PROJECT.format(source=EXAMPLES / "guest_to_customer.c"))
    subprocess.run(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={c_package}"], check=True)
    subprocess.run(["cmake", "--build", tmp_path / "build"], check=True)
    assert "carried" in signed_in(tmp_path / "build" / "static", org)


def test_deb_has_what_the_archive_has(c_package):
    deb = ROOT / "dist" / f"libheadlessid_{VERSION}_{TARGET.debian}.deb"
    fields = dict(line.split(": ", 1) for line in said_by("dpkg-deb", "-f", deb).splitlines() if ": " in line)
    assert fields["Package"] == "libheadlessid"
    assert fields["Depends"] == f"libc6 (>= {TARGET.glibc})"
    assert (fields["Section"], fields["Homepage"]) == ("libdevel", published.HOME)
    names = {line.split()[5] for line in said_by("dpkg-deb", "-c", deb).splitlines() if not line.startswith("d")}
    inside = {f"./usr/{path.relative_to(c_package)}" for path in c_package.rglob("*") if path.is_symlink() or path.is_file()}
    # What it says is of a folder that is anywhere.
    inside.remove("./usr/README.md")
    # Where Debian's users and tools look for the terms.
    names.remove("./usr/share/doc/libheadlessid/copyright")
    assert {name.replace("/doc/libheadlessid/", "/doc/headlessid/") for name in names} == inside


def test_deb_says_whose_it_is_and_tells_the_dynamic_linker(tmp_path):
    deb = ROOT / "dist" / f"libheadlessid_{VERSION}_{TARGET.debian}.deb"
    said_by("dpkg-deb", "-R", deb, tmp_path)
    about = tmp_path / "usr" / "share" / "doc" / "libheadlessid"
    terms = (about / "copyright").read_text()
    assert "\nCopyright: The headlessid authors\nLicense: Apache-2.0\n" in terms
    assert "[name of copyright owner]" not in terms
    for name in (notices.NAME, "LICENSE", "sbom.cdx.json"):
        assert name in terms and (about / name).is_file()
    triggers = tmp_path / "DEBIAN" / "triggers"
    assert triggers.read_text().splitlines().count("activate-noawait ldconfig") == 1
    assert triggers.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("kind", ["shared", "static"])
def test_another_openssl_and_libcurl_in_the_process_are_not_disturbed(kind, c_package, org, tmp_path):
    source = ROOT / "tests" / "package" / "beside.c"
    lib = c_package / "lib"
    ours = [lib / "libheadlessid.a"] if kind == "static" else [f"-L{lib}", "-lheadlessid", f"-Wl,-rpath,{lib}"]
    program = tmp_path / "beside"
    # Ours first: whatever of it could be seen would be taken for the other's.
    command = [
        "cc",
        source,
        f"-I{c_package / 'include'}",
        "-o",
        program,
        *ours,
        "-lcurl",
        "-lssl",
        "-lcrypto",
        "-lm",
        "-ldl",
        "-pthread",
    ]
    subprocess.run(command, check=True)
    assert {"libcurl.so.4", "libcrypto.so.3"} <= set(needed(program))
    said = signed_in(program, org)
    assert said.splitlines()[-1] == "both work"


def test_examples_build_without_libcurl_of_the_system(c_package, tmp_path):
    shutil.copytree(EXAMPLES, tmp_path / "source")
    build = tmp_path / "build"
    options = [f"-DCMAKE_PREFIX_PATH={c_package}", "-DCMAKE_DISABLE_FIND_PACKAGE_CURL=ON"]
    done = subprocess.run(["cmake", "-S", tmp_path / "source", "-B", build, *options], check=True, capture_output=True, text=True)
    assert "step_loop is left out" in done.stdout and "libcurl4-openssl-dev" in done.stdout
    subprocess.run(["cmake", "--build", build], check=True)
    assert (build / "guest_to_customer").exists() and (build / "session").exists() and not (build / "step_loop").exists()
