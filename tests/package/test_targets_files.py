"""The native files in each target's packages: what they show, what they need, and where that is to be had."""

import json
import pathlib
import re
import struct
import sys

import made
import pytest
from elf import exported, needed, newest_glibc, paths_of_the_build, said_by, search_paths, undefined
from npm_registry import manifest_of

from tools.package.targets import TARGETS

MACHINES = {"x86_64": 62, "aarch64": 183}
ET_DYN = 3
MB = 1000 * 1000
# What Zig's own runtime fills __stack_chk_guard with.
GUARD_OF_ZIG = b"\0\0\0\0\0\0\n\xff"
GLIBC = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1"}


def shared_library(target, folder):
    return (made.unpacked(made.c_archive(target), folder) / "lib" / "libheadlessid.so").resolve()


def extension(target, folder):
    return next(made.unpacked(made.wheels(target)[-1], folder).glob("headlessid/_native*.so"))


def addon(target, folder):
    return made.unpacked(made.npm_package(target), folder) / "headlessid.node"


def command(target, folder):
    return made.unpacked(made.npm_package(target), folder) / "headlessid"


# Of each: what others may link to, and what the program that loads it has to have beside the C library.
KINDS = {
    "library": (shared_library, r"hlid_\w+", r"$^"),
    "python": (extension, r"PyInit__native", r"_?Py\w+"),
    "node": (addon, r"napi_register_module_v1|node_api_module_get_api_version_v1", r"(napi|node_api)_\w+"),
    "java": (made.native_of_jar, r"JNI_On(Unl|L)oad|Java_io_headlessid_NativeJNI_\w+", r"$^"),
    "command": (command, "", r"$^"),
}


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    """Each unpacked once."""
    known = {}

    def file(target, kind):
        if (target, kind) not in known:
            known[target, kind] = KINDS[kind][0](target, tmp_path_factory.mktemp(kind))
        return known[target, kind]

    return file


@pytest.fixture(scope="session")
def musl_names():
    """What programs find in musl; the names are those of every processor."""
    loader = pathlib.Path(TARGETS["linux-x64-musl"].loader)
    if not loader.exists():
        pytest.skip("musl is not installed")
    return exported(loader)


by_kind = pytest.mark.parametrize("kind", KINDS)


@made.each()
@by_kind
def test_is_for_this_processor(files, target, kind):
    (machine,) = struct.unpack("<H", files(target, kind).read_bytes()[18:20])
    assert machine == MACHINES[target.processor]


@made.each()
@by_kind
def test_lies_at_another_address_each_time(files, target, kind):
    (is_what,) = struct.unpack("<H", files(target, kind).read_bytes()[16:18])
    assert is_what == ET_DYN


@made.each(name for name in TARGETS if "arm64" in name)
@by_kind
def test_guards_the_stack_by_no_constant(files, target, kind):
    """x86-64 has the value in a register's reach, and there it is the C library's."""
    data = files(target, kind).read_bytes()
    assert not any(data[at : at + 8] == GUARD_OF_ZIG for at in range(0, len(data), 8))


@made.each()
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "command"])
def test_shows_what_is_asked_for_and_nothing_else(files, target, kind):
    shown = exported(files(target, kind))
    assert shown
    assert {name for name in shown if not re.fullmatch(KINDS[kind][1], name)} == set()


@made.each()
@by_kind
def test_needs_the_c_library_alone(files, target, kind):
    file = files(target, kind)
    if not target.is_musl:
        assert set(needed(file)) <= GLIBC | {target.loader.rsplit("/", 1)[1]}
        assert newest_glibc(file) <= tuple(int(part) for part in target.glibc.split("."))
    else:
        # musl's loader takes both for itself: its own name, and Alpine's, which the tag of a wheel asks for.
        libc = f"libc.musl-{target.processor}.so.1" if kind == "python" else "libc.so"
        assert set(needed(file)) <= (set() if kind == "command" else {libc})
        assert newest_glibc(file) == ()
    assert search_paths(file) == []


@made.each(name for name in TARGETS if "musl" in name)
@by_kind
def test_musl_has_every_name_that_is_looked_for(files, musl_names, target, kind):
    missing = undefined(files(target, kind)) - musl_names
    assert {name for name in missing if not re.fullmatch(KINDS[kind][2], name)} == set()


@made.each()
@by_kind
def test_names_no_folder_of_the_machine_that_built_it(files, target, kind):
    assert paths_of_the_build(files(target, kind).read_bytes()) == []


@made.each()
@by_kind
def test_is_stripped(files, target, kind):
    assert ".symtab" not in said_by("readelf", "-SW", files(target, kind))


@made.each()
def test_archive_shows_the_c_interface_alone(tmp_path, target):
    library = made.unpacked(made.c_archive(target), tmp_path) / "lib" / "libheadlessid.a"
    lines = [line.split() for line in said_by("nm", "-g", "--defined-only", library).splitlines()]
    shown = {words[-1] for words in lines if len(words) == 3}
    assert "hlid_flow_new" in shown
    assert {name for name in shown if not name.startswith("hlid_")} == set()


@made.each(name for name in TARGETS if "gnu" in name)
def test_deb_is_for_this_architecture(target):
    assert said_by("dpkg-deb", "-f", made.deb(target), "Architecture").strip() == target.debian


@made.each()
def test_auditwheel_agrees_with_the_tag(target):
    for wheel in made.wheels(target):
        # Its words are wrapped.
        said = " ".join(said_by(sys.executable, "-m", "auditwheel", "show", wheel).split())
        tag = target.wheel.split(".")[-1]
        assert f'is consistent with the following platform tag: "{tag}"' in said, said


@made.each()
def test_npm_package_is_small(target):
    assert made.npm_package(target).stat().st_size <= 5 * MB


@made.each()
def test_wheels_are_small(target):
    assert {wheel.name: size for wheel in made.wheels(target) if (size := wheel.stat().st_size) > 6 * MB} == {}


@made.each()
def test_library_is_small(files, target):
    assert files(target, "library").stat().st_size <= 5 * MB


@made.each()
def test_npm_installs_it_where_it_fits(target):
    manifest = manifest_of(made.npm_package(target))
    assert manifest["os"] == ["linux"]
    assert manifest["cpu"] == [{"x86_64": "x64", "aarch64": "arm64"}[target.processor]]
    assert manifest["libc"] == ["musl" if target.is_musl else "glibc"]


@made.each()
def test_bill_of_materials_says_which_c_library_is_inside(target, tmp_path):
    bill = json.loads((made.unpacked(made.npm_package(target), tmp_path) / "sbom.cdx.json").read_text())
    inside = {component["name"] for component in bill["components"]}
    assert {"openssl", "curl", "nghttp2", "sqlite"} <= inside
    assert ("musl" in inside) == target.is_musl
