"""The jars of ./dev package java: what is in them, and apps that have them from dist/maven and nothing else."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import xml.etree.ElementTree as ElementTree
import zipfile

import pytest
from conftest import ROOT, TARGET
from elf import exported, needed, newest_glibc, paths_of_the_build, said_by, search_paths

from tools.package import targets
from tools.package.common import VERSION

HERE = ROOT / "tests" / "package" / "java"
REPOSITORY = ROOT / "dist" / "maven"
GROUP = REPOSITORY / "io" / "headlessid"
MB = 1000 * 1000

# Compiled for later JVMs, and loaded by those who call them.
LATER = {"io/headlessid/SystemLog.class": 55, "META-INF/versions/11/module-info.class": 55}
LATER_PACKAGES = {"io/headlessid/http/": 55, "io/headlessid/spring/": 61}

A_COMPILER = re.compile(r"^(.*-)?(cc|gcc|g\+\+|c\+\+|c89|c99|clang|clang\+\+|cpp|ld|as|cmake|ninja|make|swig|zig)(-?[0-9.]+)?$")


def jar(artifact: str, classifier: str = "") -> pathlib.Path:
    return GROUP / artifact / VERSION / f"{artifact}-{VERSION}{classifier}.jar"


def names(path: pathlib.Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        return archive.namelist()


def content(path: pathlib.Path, name: str) -> bytes:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name)


def jdks() -> list[pathlib.Path]:
    """Each JDK of this machine once; the one on the PATH is the first."""
    first = pathlib.Path(shutil.which("javac")).resolve().parents[1]
    others = {folder.resolve() for folder in pathlib.Path("/usr/lib/jvm").glob("*") if (folder / "bin" / "javac").exists()}
    return [first, *sorted(others - {first})]


JDKS = [pytest.param(jdk, id=jdk.name) for jdk in jdks()]


@pytest.fixture(scope="session")
def bare_path(tmp_path_factory) -> str:
    """A PATH with the programs of this machine, but for those that make programs of C."""
    folder = tmp_path_factory.mktemp("bin")
    for name in os.listdir("/usr/bin"):
        if not A_COMPILER.match(name):
            (folder / name).symlink_to(pathlib.Path("/usr/bin") / name)
    assert shutil.which("cc", path=str(folder)) is None
    assert shutil.which("java", path=str(folder)) is not None
    return str(folder)


@pytest.fixture
def environment(bare_path, tmp_path) -> dict[str, str]:
    # Nothing of the tree's: HEADLESSID_CLI would name its command.
    return {"PATH": bare_path, "HOME": str(tmp_path), "LANG": "C.UTF-8"}


def said(command: list, environment: dict[str, str], **more) -> str:
    words = [str(word) for word in command]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=300, check=False, **more)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def natives() -> list[targets.Target]:
    folders = {name.split("/")[1] for name in names(jar("headlessid")) if name.startswith("native/")}
    return [target for target in targets.TARGETS.values() if target.jni in folders]


# ---- what is in the jars


@pytest.mark.parametrize("artifact", ["headlessid", "headlessid-testing"])
def test_classes_are_for_java_8(artifact):
    for name in names(jar(artifact)):
        if not name.endswith(".class"):
            continue
        wanted = LATER.get(name) or next((version for start, version in LATER_PACKAGES.items() if name.startswith(start)), 52)
        (version,) = struct.unpack(">H", content(jar(artifact), name)[6:8])
        assert version == wanted, name


def test_command_is_in_the_jar_for_tests_alone():
    main, testing = names(jar("headlessid")), names(jar("headlessid-testing"))
    assert [name for name in main if "testing" in name or name.endswith("/headlessid")] == []
    assert f"native/linux-{TARGET.processor}/headlessid" in testing
    assert [name for name in testing if name.endswith(".so")] == []
    both = {"MANIFEST.MF", "LICENSE", "THIRD-PARTY-NOTICES.txt", "versions/11/module-info.class"}
    assert set(main) & set(testing) == {f"META-INF/{name}" for name in both}


def test_native_library_of_this_machine_is_there():
    assert TARGET in natives()


@pytest.mark.parametrize("target", natives(), ids=lambda target: target.name)
def test_native_library(target, tmp_path):
    data = content(jar("headlessid"), f"native/{target.jni}/libheadlessid_jni.so")
    library = tmp_path / "libheadlessid_jni.so"
    library.write_bytes(data)
    (machine,) = struct.unpack("<H", data[18:20])
    assert machine == {"x86_64": 62, "aarch64": 183}[target.processor]

    shown = exported(library)
    assert {"JNI_OnLoad", "JNI_OnUnload"} <= shown
    assert {name for name in shown if not name.startswith(("JNI_On", "Java_io_headlessid_NativeJNI_"))} == set()

    if target.is_musl:
        assert newest_glibc(library) == ()
        assert set(needed(library)) <= {"libc.so"}
    else:
        assert newest_glibc(library) <= tuple(int(part) for part in target.glibc.split("."))
        loader = pathlib.Path(target.loader).name
        assert set(needed(library)) <= {"libc.so.6", "libm.so.6", "libpthread.so.0", "libdl.so.2", "librt.so.1", loader}
    assert search_paths(library) == []
    assert paths_of_the_build(data) == []
    # As Android wants it; the same file of CMake makes it.
    alignments = re.findall(r"^ +LOAD .* (0x[0-9a-f]+)$", said_by("readelf", "-lW", library), re.M)
    assert len(alignments) > 1
    assert all(int(alignment, 16) % 16384 == 0 for alignment in alignments)


def test_sizes():
    libraries = len(natives())
    assert jar("headlessid").stat().st_size <= 3 * MB * libraries
    assert jar("headlessid-testing").stat().st_size <= 4 * MB * libraries


@pytest.mark.parametrize(("artifact", "inside"), [("headlessid", "openssl"), ("headlessid-testing", "sqlite")])
def test_bill_of_materials(artifact, inside):
    bill = json.loads(content(jar(artifact), f"META-INF/sbom/{artifact}.cdx.json"))
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["purl"] == f"pkg:maven/io.headlessid/{artifact}@{VERSION}"
    versions = {component["name"]: component["version"] for component in bill["components"]}
    assert re.fullmatch(r"[0-9.]+", versions[inside])
    assert f"openssl {versions['openssl']}" in content(jar(artifact), "META-INF/THIRD-PARTY-NOTICES.txt").decode()


@pytest.mark.parametrize("artifact", ["headlessid", "headlessid-testing"])
def test_every_class_has_its_source(artifact):
    sources = set(names(jar(artifact, "-sources")))
    classes = {name for name in names(jar(artifact)) if name.endswith(".class") and "$" not in name}
    assert {name.replace(".class", ".java") for name in classes} - sources == set()


def test_javadoc_is_of_the_api():
    main, testing = names(jar("headlessid", "-javadoc")), names(jar("headlessid-testing", "-javadoc"))
    assert "io/headlessid/Client.html" in main
    assert [name for name in main if "/internal/" in name or "/testing/" in name] == []
    assert "io/headlessid/testing/SimulatedOrg.html" in testing


# ---- what the repository says


def test_sums_are_those_of_the_files():
    files = [path for path in GROUP.rglob("*") if path.suffix in (".jar", ".pom", ".module", ".xml")]
    assert len(files) == 2 * 3 + 3 + 3 + 3
    for path in files:
        for kind in ("md5", "sha1", "sha256", "sha512"):
            assert path.with_name(f"{path.name}.{kind}").read_text() == hashlib.new(kind, path.read_bytes()).hexdigest(), path


@pytest.mark.parametrize("artifact", ["headlessid", "headlessid-testing", "headlessid-bom"])
def test_gradle_is_told_the_same_as_maven(artifact):
    folder = GROUP / artifact / VERSION
    metadata = json.loads((folder / f"{artifact}-{VERSION}.module").read_text())
    assert metadata["formatVersion"] == "1.1"
    assert metadata["component"].items() >= {"group": "io.headlessid", "module": artifact, "version": VERSION}.items()
    pom = (folder / f"{artifact}-{VERSION}.pom").read_text()
    assert "do_not_remove: published-with-gradle-metadata" in pom

    for variant in metadata["variants"]:
        for file in variant.get("files", []):
            data = (folder / file["url"]).read_bytes()
            assert file["size"] == len(data)
            assert all(file[kind] == hashlib.new(kind, data).hexdigest() for kind in ("md5", "sha1", "sha256", "sha512"))

    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    needed_by_maven = {
        entry.findtext("m:artifactId", namespaces=space): entry.findtext("m:version", namespaces=space)
        for entry in ElementTree.fromstring(pom).iterfind(".//m:dependencies/m:dependency", space)
        if entry.findtext("m:optional", namespaces=space) != "true"
    }
    variants = {variant["name"]: variant for variant in metadata["variants"]}
    for name in ("apiElements", "runtimeElements"):
        listed = variants[name].get("dependencies", []) + variants[name].get("dependencyConstraints", [])
        assert {entry["module"]: entry["version"]["requires"] for entry in listed} == needed_by_maven
    assert (
        needed_by_maven.keys()
        == {
            "headlessid": set(),
            "headlessid-testing": {"headlessid"},
            "headlessid-bom": {"headlessid", "headlessid-testing"},
        }[artifact]
    )


@pytest.mark.parametrize("artifact", ["headlessid", "headlessid-testing", "headlessid-bom"])
def test_pom_has_what_maven_central_asks_for(artifact):
    """All but the signatures, which whoever publishes makes."""
    folder = GROUP / artifact / VERSION
    pom = ElementTree.parse(folder / f"{artifact}-{VERSION}.pom").getroot()
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    for path in (
        *("name", "description", "url", "licenses/license/name", "licenses/license/url"),
        *("developers/developer/name", "scm/connection", "scm/url"),
    ):
        assert pom.findtext("/".join(f"m:{part}" for part in path.split("/")), namespaces=space), path
    if pom.findtext("m:packaging", namespaces=space) == "jar":
        for classifier in ("", "-sources", "-javadoc"):
            assert jar(artifact, classifier).is_file()


# ---- apps


@pytest.mark.parametrize("jdk", JDKS)
def test_app_on_the_class_path(jdk, environment, tmp_path):
    path = f"{jar('headlessid')}:{jar('headlessid-testing')}"
    said([jdk / "bin" / "javac", "-Xlint:all", "-Werror", "-cp", path, "-d", tmp_path, HERE / "SignIn.java"], environment)
    assert said([jdk / "bin" / "java", "-cp", f"{path}:{tmp_path}", "demo.SignIn"], environment) == "carried\n"


@pytest.mark.parametrize("jdk", JDKS)
def test_app_on_the_module_path(jdk, environment, tmp_path):
    path = f"{jar('headlessid')}:{jar('headlessid-testing')}"
    sources = [HERE / name for name in ("module-info.java", "SignIn.java", "ModuleOf.java")]
    said([jdk / "bin" / "javac", "-Xlint:all", "-Werror", "-p", path, "-d", tmp_path / "demo", *sources], environment)
    java = [jdk / "bin" / "java", "-p", f"{path}:{tmp_path / 'demo'}", "--add-modules", "demo"]
    assert said([*java, "-m", "demo/demo.SignIn"], environment) == "carried\n"
    assert said([*java, "-m", "demo/demo.ModuleOf"], environment) == f"io.headlessid@{VERSION}\n"


@pytest.mark.parametrize("jdk", JDKS)
def test_runtime_of_its_own_that_has_both_modules(jdk, environment, tmp_path):
    """jlink, as a small image is made: java.base and what the two modules say that they need."""
    path = f"{jar('headlessid')}:{jar('headlessid-testing')}"
    image = tmp_path / "image"
    jlink = [jdk / "bin" / "jlink", "-p", path, "--add-modules", "io.headlessid.testing", "--output", image]
    said(jlink, environment)
    said([jdk / "bin" / "javac", "--release", "11", "-cp", path, "-d", tmp_path / "app", HERE / "SignIn.java"], environment)
    assert said([image / "bin" / "java", "-cp", tmp_path / "app", "demo.SignIn"], environment) == "carried\n"


def test_app_by_maven(environment, tmp_path):
    """The two jars come from the repository of files by way of the BOM, and bring nothing else."""
    for name in ("pom.xml", "SignIn.java"):
        shutil.copyfile(HERE / name, tmp_path / name)
    kept = ROOT / "build" / "package" / "maven-of-tests"
    shutil.rmtree(kept / "io" / "headlessid", ignore_errors=True)
    options = {
        "headlessid.url": REPOSITORY.as_uri(),
        "headlessid.version": VERSION,
        "maven.repo.local": kept,
        "mdep.outputFile": tmp_path / "classpath",
    }
    words = [f"-D{key}={value}" for key, value in options.items()]
    said(["mvn", "-B", "-ntp", "-q", *words, "compile", "dependency:build-classpath"], environment, cwd=tmp_path)
    path = (tmp_path / "classpath").read_text().strip()
    assert {pathlib.Path(entry).name for entry in path.split(":")} == {jar("headlessid").name, jar("headlessid-testing").name}
    assert said(["java", "-cp", f"{path}:{tmp_path / 'target' / 'classes'}", "demo.SignIn"], environment) == "carried\n"
