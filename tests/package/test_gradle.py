"""dist/maven as Gradle reads it: by its own resolver, out of the .module files. Gradle is 165 MB, so HLID_PROOF=1 fetches it
and a later run without it uses what was fetched."""

import os
import shutil
import subprocess

import pytest
from conftest import ROOT
from test_java_jars import REPOSITORY

from tools.package.common import VERSION

HERE = ROOT / "tests" / "package" / "gradle"
FETCHED = ROOT / "build" / "package" / "gradle-of-tests"
JARS = {"headlessid": f"headlessid-{VERSION}.jar", "headlessid-testing": f"headlessid-testing-{VERSION}.jar"}

pytestmark = pytest.mark.skipif(
    not os.environ.get("HLID_PROOF") and not (FETCHED / "classpath").exists(),
    reason="Gradle is not fetched; HLID_PROOF=1 does it",
)


@pytest.fixture(scope="module")
def gradle(tmp_path_factory) -> str:
    """A class path with Gradle, and with the program that asks it."""
    path = FETCHED / "classpath"
    if not path.exists():
        FETCHED.mkdir(parents=True, exist_ok=True)
        options = [f"-Dmaven.repo.local={FETCHED}", f"-Dmdep.outputFile={path}"]
        maven = ["mvn", "-B", "-ntp", "-q", "-f", HERE / "pom.xml", *options, "dependency:build-classpath"]
        subprocess.run(maven, check=True)
    made = tmp_path_factory.mktemp("resolve")
    known = path.read_text().strip()
    subprocess.run(["javac", "-nowarn", "-cp", known, "-d", made, HERE / "Resolve.java"], check=True)
    return f"{known}:{made}"


def resolved(gradle: str, folder, java: str, environment: str):
    # As Gradle opens it for itself in its own start script.
    command = [shutil.which("java"), "--add-opens", "java.base/java.lang=ALL-UNNAMED", "-cp", gradle, "Resolve"]
    words = [folder, REPOSITORY, VERSION, java, environment]
    return subprocess.run([*command, *words], capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(("java", "environment"), [("8", "standard-jvm"), ("17", "standard-jvm"), ("8", "android")])
def test_gradle_chooses_from_the_module_files(java, environment, gradle, tmp_path):
    done = resolved(gradle, tmp_path, java, environment)
    assert done.returncode == 0, done.stderr
    said = done.stdout.splitlines()
    assert f"compileClasspath file {JARS['headlessid']}" in said
    assert not any(JARS["headlessid-testing"] in line for line in said if line.startswith("compileClasspath"))
    assert {f"testRuntimeClasspath file {jar}" for jar in JARS.values()} <= set(said)
    # These names are ours: of a POM Gradle makes `compile` and `runtime`.
    assert f"compileClasspath variant io.headlessid:headlessid:{VERSION} apiElements" in said
    assert f"testRuntimeClasspath variant io.headlessid:headlessid-testing:{VERSION} runtimeElements" in said
    assert f"testRuntimeClasspath variant io.headlessid:headlessid-bom:{VERSION} runtimeElements" in said
    assert f"sources file headlessid-{VERSION}-sources.jar" in said
    # Nothing else comes along.
    assert {line.split()[-1] for line in said if " file " in line} == {*JARS.values(), f"headlessid-{VERSION}-sources.jar"}


def test_project_for_java_7_is_told_that_java_8_is_needed(gradle, tmp_path):
    done = resolved(gradle, tmp_path, "7", "standard-jvm")
    assert done.returncode == 1
    assert "compatible with Java 8 and the consumer needed a component, compatible with Java 7" in done.stderr
