"""The jars on JVMs that this machine does not have: those of other Debians, from Java 8 on. HLID_PROOF=1 runs it, because
each JVM is a system of its own to be fetched."""

import os
import shutil
import subprocess

import images
import pytest
from test_java_jars import HERE, jar

JVMS = {8: "debian:sid-slim", 11: "debian:11-slim", 17: "debian:12-slim", 21: "debian:13-slim", 25: "debian:13-slim"}


@pytest.mark.skipif(not os.environ.get("HLID_PROOF"), reason="HLID_PROOF=1 runs it")
@pytest.mark.skipif(bool(images.impossible()), reason=images.impossible())
@pytest.mark.parametrize("version", JVMS)
def test_jars_on_another_jvm(version, tmp_path):
    image = JVMS[version]
    made = images.KEPT / f"jre-{version}.base"
    root = tmp_path / "root"
    subprocess.run(
        ["cp", "-a", "--reflink=auto", images.with_packages(image, f"openjdk-{version}-jre-headless", made), root], check=True
    )
    path = f"{jar('headlessid')}:{jar('headlessid-testing')}"
    subprocess.run(
        ["javac", "--release", "8", "-Xlint:-options", "-cp", path, "-d", tmp_path / "classes", HERE / "SignIn.java"], check=True
    )
    (root / "app").mkdir()
    for artifact in ("headlessid", "headlessid-testing"):
        shutil.copyfile(jar(artifact), root / "app" / f"{artifact}.jar")
    shutil.copytree(tmp_path / "classes", root / "app" / "classes")
    # Whoever did not bring a compiler has none: nor has this system.
    for name in ("gcc", "cc", "javac"):
        assert not os.path.lexists(root / "usr" / "bin" / name)
    assert images.checked(images.inside(root, ["java", "-version"]), "java").strip() == ""
    done = images.inside(root, ["java", "-cp", "/app/*:/app/classes", "demo.SignIn"], user="1000", cwd="/app")
    assert images.checked(done, "SignIn").strip() == "carried"
