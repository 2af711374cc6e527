"""The wheels for this machine: what is in them, and the first sign-in from each in a clean environment."""

import base64
import email
import hashlib
import json
import pathlib
import stat
import subprocess
import sys
import zipfile

import computing
import pytest
from conftest import ROOT, TARGET
from elf import exported, needed, newest_glibc, paths_of_the_build, said_by, search_paths

from tools.package import pythons, targets
from tools.package.common import VERSION
from tools.package.parts import python as python_part

HERE = pathlib.Path(__file__).parent
MB = 1000 * 1000
WHEELS = sorted((ROOT / "dist").glob(f"headlessid-{VERSION}-*-{TARGET.wheel}.whl"))
by_wheel = pytest.mark.parametrize("wheel", WHEELS, ids=lambda wheel: wheel.name.split("-")[3])


def programs() -> dict[str, pathlib.Path]:
    """A Python of this machine for each tag."""
    found = {}
    for program in pythons.places():
        python = pythons.asked(program)
        if python is not None:
            found.setdefault(python.tag, program)
    return found


PROGRAMS = programs()


def environment(venv: pathlib.Path) -> dict[str, str]:
    """No compiler and nothing of the caller's: only the environment's own programs."""
    return {"PATH": str(venv / "bin"), "HOME": str(venv)}


def clean_venv(folder: pathlib.Path, program: pathlib.Path, *packages: str) -> pathlib.Path:
    python = pythons.asked(pathlib.Path(program))
    if python is not None and python.free_threaded:
        # The pip of the tests' own Python may be older than 24.1, which is the first to know this tag. A free-threaded Python
        # brings one that does.
        subprocess.run([program, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "--disable-pip-version-check", "install", "-q", "--no-deps"]
    else:
        subprocess.run([program, "-m", "venv", "--without-pip", folder], check=True)
        pip = [sys.executable, "-m", "pip", "--python", folder / "bin" / "python", "install", "-q", "--no-deps"]
    # As the README says it: pip itself chooses the wheel that fits.
    subprocess.run([*pip, "--no-index", "--find-links", ROOT / "dist", "headlessid"], check=True)
    if packages:
        subprocess.run([*pip, *packages], check=True)
    return folder


@pytest.fixture(scope="session")
def venv(tmp_path_factory):
    folder = tmp_path_factory.mktemp("venv")
    return clean_venv(folder, sys.executable)


@pytest.fixture(scope="session")
def installed(venv):
    """The folder of the package."""
    return next(venv.glob("lib/python3*/site-packages/headlessid"))


def signed_in(venv: pathlib.Path, *options: str) -> str:
    command = [venv / "bin" / "python", *options, HERE / "sign_in.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment(venv))
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def said_of_itself(folder: pathlib.Path, version: list[int], **more: object) -> dict:
    (folder / "Python.h").touch()
    (folder / "pyconfig.h").touch()
    usual = {"implementation": "CPython", "free_threaded": False, "debug": False, "multiarch": ""}
    return {**usual, "version": version, "headers": str(folder), "config": str(folder / "pyconfig.h"), **more}


def test_which_pythons_get_a_wheel_and_how_it_is_called(tmp_path):
    oldest = pythons.described(said_of_itself(tmp_path, [3, 9, 18]))
    assert (oldest.interpreter_tag, oldest.tag) == ("cp39", "cp39")
    free = pythons.described(said_of_itself(tmp_path, [3, 14, 0], free_threaded=True))
    assert (free.interpreter_tag, free.tag) == ("cp314", "cp314t")
    assert python_part.extension_name(targets.TARGETS["linux-arm64-gnu"], free) == "_native.cpython-314t-aarch64-linux-gnu.so"
    assert python_part.extension_name(targets.TARGETS["linux-x64-musl"], oldest) == "_native.so"
    for version, more in (
        ([3, 8, 18], {}),
        ([3, 15, 0], {}),
        ([3, 12, 1], {"implementation": "PyPy"}),
        ([3, 12, 1], {"debug": True}),
    ):
        assert pythons.described(said_of_itself(tmp_path, version, **more)) is None
    assert pythons.described(said_of_itself(tmp_path, [3, 12, 1], headers="/nowhere")) is None


def test_of_debian_s_python_the_processor_s_pyconfig_is_taken(tmp_path):
    headers = tmp_path / "include" / "python3.12"
    headers.mkdir(parents=True)
    said = said_of_itself(headers, [3, 12, 1], multiarch="x86_64-linux-gnu")
    assert pythons.described(said).config == headers / "pyconfig.h", "one that was built by hand"
    elsewhere = headers.parent / "x86_64-linux-gnu" / headers.name / "pyconfig.h"
    elsewhere.parent.mkdir(parents=True)
    elsewhere.touch()
    assert pythons.described(said).config == elsewhere


def test_metadata_lists_every_licence_once():
    metadata = "Name: headlessid\nLicense-Expression: Apache-2.0\nLicense-File: LICENSE\nRequires-Python: >=3.9\n\nText\n\nMore\n"
    said = python_part.licensed(metadata, ["LICENSE", "THIRD-PARTY-NOTICES.txt"])
    assert said == metadata.replace("LICENSE\n", "LICENSE\nLicense-File: THIRD-PARTY-NOTICES.txt\n")
    assert python_part.licensed(said, ["LICENSE", "THIRD-PARTY-NOTICES.txt"]) == said


def test_there_is_a_wheel_for_every_python_here():
    assert {wheel.name.split("-")[3] for wheel in WHEELS} >= set(PROGRAMS)
    assert len(WHEELS) >= 1


@by_wheel
def test_first_sign_in_without_a_compiler(wheel, tmp_path):
    tag = wheel.name.split("-")[3]
    if tag not in PROGRAMS:
        pytest.skip(f"no Python of {tag} is here")
    # Warnings are errors: a free-threaded Python would say if the extension brought the lock back.
    assert signed_in(clean_venv(tmp_path / "venv", PROGRAMS[tag]), "-W", "error") == "carried\n"


@by_wheel
def test_threads_sign_in_at_once(wheel, tmp_path):
    tag = wheel.name.split("-")[3]
    if tag not in PROGRAMS:
        pytest.skip(f"no Python of {tag} is here")
    venv = clean_venv(tmp_path / "venv", PROGRAMS[tag])
    command = [venv / "bin" / "python", "-W", "error", HERE / "threads.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment(venv))
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout == ("free\n" if tag.endswith("t") else "locked\n")


def test_the_command_comes_along(venv, installed):
    command = [venv / "bin" / "headlessid", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(venv)).stdout
    assert said.strip()
    own = installed / "_bin" / "headlessid"
    assert subprocess.run([own, "--version"], capture_output=True, text=True, check=True).stdout == said
    assert newest_glibc(own) <= version_of(TARGET.glibc)
    # A user of the command alone gets all of it.
    for words in (["org", "--help"], ["session", "--help"], ["sim", "--help"]):
        subprocess.run([own, *words], capture_output=True, check=True)


def version_of(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split("."))


def extracted(wheel: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return next(folder.glob("headlessid/_native*.so"))


@by_wheel
def test_extension_shows_its_entry_point_alone_and_starts_on_the_promised_glibc(wheel, tmp_path):
    native = extracted(wheel, tmp_path)
    assert exported(native) == {"PyInit__native"}
    assert newest_glibc(native) <= version_of(TARGET.glibc)
    assert search_paths(native) == []
    libraries = {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", pathlib.Path(TARGET.loader).name}
    assert set(needed(native)) <= libraries
    assert ".symtab" not in said_by("readelf", "-SW", native), "stripped"


@by_wheel
def test_names_no_folder_of_the_machine_that_built_it(wheel, tmp_path):
    extracted(wheel, tmp_path)
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert paths_of_the_build(file.read_bytes()) == [], file


@by_wheel
def test_auditwheel_agrees_with_the_tag(wheel):
    # Its words are wrapped.
    said = " ".join(said_by(sys.executable, "-m", "auditwheel", "show", wheel).split())
    tag = TARGET.wheel.split(".")[-1]
    assert f'is consistent with the following platform tag: "{tag}"' in said


@by_wheel
def test_is_small(wheel):
    assert wheel.stat().st_size <= 6 * MB


@by_wheel
def test_what_is_recorded_is_what_is_inside(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        info = names[0].split("/")[0] if ".dist-info" in names[0] else next(n for n in names if ".dist-info/" in n).split("/")[0]
        recorded = {}
        for line in archive.read(f"{info}/RECORD").decode().splitlines():
            name, digest, _ = line.rsplit(",", 2)
            recorded[name] = digest
        assert set(recorded) == {name for name in names if not name.endswith("/")}
        for name, digest in recorded.items():
            if digest:
                found = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
                assert digest == f"sha256={found}", name
        said = email.message_from_bytes(archive.read(f"{info}/WHEEL"))
        python, abi, platform = wheel.name.removesuffix(".whl").split("-")[-3:]
        assert sorted(said.get_all("Tag")) == sorted(f"{python}-{abi}-{one}" for one in platform.split("."))
        assert said["Root-Is-Purelib"] == "false"
        bill = json.loads(archive.read(f"{info}/sboms/headlessid.cdx.json"))
        assert {"openssl", "curl", "nghttp2", "pybind11", "compiler-rt"} <= {
            component["name"] for component in bill["components"]
        }
        licences = [name.partition("/licenses/")[2] for name in names if name.startswith(f"{info}/licenses/")]
        assert sorted(licences) == ["LICENSE", "THIRD-PARTY-NOTICES.txt"]
        about = email.message_from_bytes(archive.read(f"{info}/METADATA"))
        assert sorted(about.get_all("License-File")) == sorted(licences)
        assert about["License-Expression"] == "Apache-2.0"
        assert [name for name in names if "__pycache__" in name or name.endswith((".cc", ".h", ".pyc"))] == []


@by_wheel
def test_entries_have_the_same_date_and_plain_modes(wheel):
    with zipfile.ZipFile(wheel) as archive:
        entries = archive.infolist()
    assert len({entry.date_time for entry in entries}) == 1
    for entry in entries:
        mode = stat.S_IMODE(entry.external_attr >> 16)
        runs = entry.filename.endswith((".so", "/_bin/headlessid"))
        assert mode in ((0o755, 0o775) if runs else (0o644, 0o664)), (entry.filename, oct(mode))


def test_neighbours_with_their_own_openssl_and_libcurl_are_not_disturbed(tmp_path):
    """Both orders of importing; what the neighbours do and say is the same before, between and after our flows."""
    lines = (HERE / "requirements.txt").read_text().splitlines()
    pins = [line for line in lines if line.startswith(("cryptography==", "psycopg[binary]==", "pycurl==", "requests=="))]
    assert len(pins) == 4
    venv = clean_venv(tmp_path / "venv", sys.executable)
    pip = [sys.executable, "-m", "pip", "--python", venv / "bin" / "python", "install", "-q"]
    subprocess.run([*pip, *pins], check=True)
    for order in ("ours first", "neighbours first"):
        command = [venv / "bin" / "python", HERE / "neighbours.py", order]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment(venv))
        assert done.returncode == 0, done.stdout + done.stderr
        assert done.stdout.splitlines()[-1] == "undisturbed"


def test_time_of_an_import(venv):
    """Everything inside costs no time worth mentioning, though the linker has to read it."""
    python = [venv / "bin" / "python", "-c"]
    alone, ours = (computing.median([*python, program], env=environment(venv)) for program in ("pass", "import headlessid"))
    print(f"import headlessid: {(ours - alone) * 1000:.0f} ms more than the {alone * 1000:.0f} ms of Python")
    assert 0 < ours - alone < computing.IMPORT_LIMIT_S


def test_memory_of_an_import(venv):
    """Everything inside costs no more memory than a library that is linked to those of the system."""
    # Not getrusage, which counts the memory of who started the program too.
    program = "import headlessid; print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    command = [venv / "bin" / "python", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment(venv))
    assert int(done.stdout) < 64 * 1024
