"""What can be said of the AAR without Google's NDK and Gradle plugin: its Java against Android 8.0, its native part as CMake
configures it for each ABI, and that its files agree. No AAR is built here."""

import os
import re
import shutil
import subprocess

import pytest
from conftest import ROOT

from tools.package import sums

BINDING = ROOT / "bindings" / "java"
PROJECT = BINDING / "android"
GRADLE = (PROJECT / "build.gradle.kts").read_text()
FETCHED = ROOT / "build" / "package" / "android-of-tests"
# Android as the Robolectric project publishes it: that of minSdk.
ANDROID = ("org.robolectric", "android-all", "8.0.0_r4-robolectric-r1")
ABIS = {"arm64-v8a": "aarch64", "armeabi-v7a": "armv7-a", "x86_64": "x86_64", "x86": "i686"}

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>demo</groupId><artifactId>demo</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>{}</dependencies></project>"""

# Where a machine has an NDK it says this of itself; what is linked is never run.
TOOLCHAIN = """
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR {processor})
set(ANDROID TRUE)
set(CMAKE_CXX_FLAGS_INIT "-isystem {jdk}/include -isystem {jdk}/include/linux")
"""


def fetched(name: str, listed: list[tuple[str, str, str]]) -> str:
    path = FETCHED / name
    if not path.exists():
        if not os.environ.get("HLID_PROOF"):
            pytest.skip("Android's classes are not fetched; HLID_PROOF=1 does it")
        FETCHED.mkdir(parents=True, exist_ok=True)
        entries = [
            f"<dependency><groupId>{g}</groupId><artifactId>{a}</artifactId><version>{v}</version></dependency>"
            for g, a, v in listed
        ]
        (FETCHED / "pom.xml").write_text(POM.format("".join(entries)))
        options = [f"-Dmaven.repo.local={FETCHED}", f"-Dmdep.outputFile={path}"]
        subprocess.run(["mvn", "-B", "-ntp", "-q", "-f", FETCHED / "pom.xml", *options, "dependency:build-classpath"], check=True)
    return path.read_text().strip()


def test_java_part_compiles_against_the_oldest_android(tmp_path):
    """With the sources, and without those, that the Gradle file names. `mvn package` has checked the calls into java.*."""
    needs = [tuple(need.split(":")) for need in re.findall(r'compileOnly\("([^"]+)"\)', GRADLE)]
    assert len(needs) == 4
    path = fetched("classpath", [*needs, ANDROID])
    folders = [PROJECT / "src" / "main" / "java"]
    folders += [PROJECT / name for name in re.findall(r'srcDirs\("([^"]+)", "([^"]+)", swigJava\)', GRADLE)[0]]
    left_out = re.findall(r'java\.exclude\("([^"]+)/\*\*"\)', GRADLE)
    assert left_out == ["io/headlessid/redis"]
    swig = tmp_path / "swig" / "io" / "headlessid"
    swig.mkdir(parents=True)
    words = [f"-DSOURCE={ROOT}", f"-DOUTPUT={swig}", f"-DGLUE={tmp_path}/wrap.cc", "-P", BINDING / "cmake" / "run_swig.cmake"]
    subprocess.run(["cmake", *words], check=True)
    sources = [
        file
        for folder in [*folders, tmp_path / "swig"]
        for file in folder.rglob("*.java")
        if not any(file.relative_to(folder).as_posix().startswith(f"{name}/") for name in left_out)
    ]
    javac = [
        "javac",
        "-proc:none",
        "-nowarn",
        "-Xlint:-options",
        "--release",
        "8",
        "-cp",
        path,
        "-d",
        tmp_path / "classes",
        *sources,
    ]
    done = subprocess.run(javac, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "classes" / "io" / "headlessid" / "android" / "KeystoreStore.class").is_file()


@pytest.mark.parametrize("abi", ABIS)
def test_native_part_is_configured_for_each_abi(abi, tmp_path):
    """With the arguments of the Gradle file, a compiler of this machine's and its libraries where the ABI's would be."""
    assert set(re.findall(r'"([^"]+)"', re.search(r"abiFilters \+= listOf\((.*)\)", GRADLE)[1])) == set(ABIS)
    if shutil.which("swig") is None:
        pytest.skip("SWIG is not here")
    jdk = str(os.path.realpath(shutil.which("javac"))).removesuffix("/bin/javac")
    toolchain = tmp_path / "toolchain.cmake"
    toolchain.write_text(TOOLCHAIN.format(processor=ABIS[abi], jdk=jdk))
    prefix = tmp_path / "prefix"
    prefix.mkdir()
    (prefix / abi).symlink_to("/usr")
    arguments = re.findall(r'"(-D[^"]+)"', GRADLE[GRADLE.index("arguments +=") :].split(")", 1)[0])
    arguments = [word.replace("$client", "OFF").replace("$prefix", str(prefix)) for word in arguments]
    assert len(arguments) == 8
    build = tmp_path / "build"
    command = ["cmake", "-G", "Ninja", "-S", ROOT, "-B", build, f"-DCMAKE_TOOLCHAIN_FILE={toolchain}", f"-DANDROID_ABI={abi}"]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("CMAKE_")}
    done = subprocess.run(
        [*command, *arguments, "-DCMAKE_BUILD_TYPE=Release"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    steps = subprocess.run(
        ["ninja", "-C", build, "-t", "commands", "headlessid_jni"], capture_output=True, text=True, check=True
    ).stdout
    linked = next(line for line in reversed(steps.splitlines()) if "libheadlessid_jni.so" in line and "-shared" in line)
    assert "max-page-size=16384" in linked
    assert "exports.map" in linked
    for name in ("core/net/", "core/org/", "libcurl", "simulator/"):
        assert name not in steps, "not in an app on a phone"


def test_gradle_file_asks_cmake_for_what_cmake_knows():
    """A name that has changed would be passed over in silence."""
    known = "".join(path.read_text() for path in [ROOT / "CMakeLists.txt", ROOT / "cmake" / "needs.cmake"])
    asked = set(re.findall(r"-D(HLID_\w+)=", GRADLE))
    assert len(asked) > 4
    assert {name for name in asked if not re.search(rf"\b{name}\b", known)} == set()


def test_rules_for_the_shrinker_name_what_is_there():
    """What native code looks up by name stays in an app, and only that is named."""
    rules = (PROJECT / "consumer-rules.pro").read_text()
    kept = re.findall(r"class (io\.headlessid\.\w+)", rules)
    assert kept == ["io.headlessid.NativeJNI", "io.headlessid.HeadlessIdException"]
    source = (BINDING / "src" / "main" / "java" / "io" / "headlessid" / "HeadlessIdException.java").read_text()
    assert "static HeadlessIdException of(byte[][] " in source
    native = "".join(path.read_text() for path in [*(BINDING / "native").glob("*"), BINDING / "headlessid.i"])
    looked_up = set(re.findall(r'FindClass\("(io/headlessid/\w+)"\)', native))
    assert looked_up == {"io/headlessid/HeadlessIdException"}


def test_without_an_ndk_it_says_what_it_needs():
    environment = {key: value for key, value in os.environ.items() if not key.startswith("ANDROID_")}
    done = subprocess.run(
        ["python3", "-m", "tools.package", "android"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "ANDROID_NDK_ROOT" in done.stderr
    if (ROOT / "dist").is_dir():
        assert (ROOT / "dist" / sums.NAME).is_file(), "of what was made before"
    assert "Traceback" not in done.stderr
