"""The jars: headlessid with the natives of every target, headlessid-testing with the command, and a BOM, laid out as a Maven
repository in dist/maven. Maven compiles what it compiles in a clone; the archives are made here, the same bytes each time.

No README is in a jar: no tool of Maven's shows one. The POM has the description and the address, and an editor opens the jar
of Javadoc."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from .. import archives, maven, notices, sbom
from ..build import command, main_tree
from ..common import BUILD, DIST, ROOT, VERSION, NotHere, emptied, run
from ..targets import Target

BINDING = ROOT / "bindings" / "java"
SOURCES = BINDING / "src" / "main"
WORK = BUILD / "java"
LOG = WORK / "logs" / "java.log"
TESTING = "io/headlessid/testing/"

# The first JVM that may be told of a module, and the folder of what it alone reads.
MODULES_FROM = 11
LATER = f"META-INF/versions/{MODULES_FROM}"

ABOUT = {
    "headlessid": "Salesforce Headless Identity flows for the JVM, on one native engine that is in this jar",
    "headlessid-testing": "A simulated org, as strict as a real one, for the tests of an app that uses headlessid",
    "headlessid-bom": "The versions of headlessid's artifacts that belong together",
}


def jdk() -> Path:
    found = os.environ.get("JAVA_HOME")
    if not found:
        javac = shutil.which("javac")
        found = Path(javac).resolve().parents[1] if javac else None
    if found is None or not (Path(found) / "include" / "jni.h").exists():
        raise NotHere("a JDK is missing, 17 or newer, which compiles the jars (apt: default-jdk-headless)")
    return Path(found)


def natives(target: Target) -> Path:
    """The folder where CMake has laid out java/ and native/."""
    include = jdk() / "include"
    # Nothing of a machine is in the headers: they are those of every Linux.
    options = {"HLID_JAVA": "ON", "HLID_JNI_INCLUDE": str(include), "HLID_JNI_MD_INCLUDE": str(include / "linux")}
    return main_tree(target, "headlessid_jni", **options) / "bindings" / "java" / "stage"


def tool(name: str, words: list) -> None:
    run([jdk() / "bin" / name, "-J-Duser.language=en", *words], LOG)


def compiled(stage: Path) -> tuple[Path, list[str]]:
    """The folder of classes, and the jars that they are compiled with."""
    if not shutil.which("mvn"):
        raise NotHere("Maven is missing, which compiles the jars (apt: maven)")
    target = emptied(WORK / "target")
    classpath = WORK / "classpath"
    goals = ["process-classes", "dependency:build-classpath"]
    options = {
        "headlessid.build": target,
        "headlessid.native.dir": stage,
        "mdep.outputFile": classpath,
        "mdep.includeScope": "compile",
    }
    words = [f"-D{key}={value}" for key, value in options.items()]
    run(["mvn", "-B", "-ntp", "-q", "-f", BINDING / "pom.xml", *goals, *words], LOG, env={"JAVA_HOME": str(jdk())})
    return target / "classes", classpath.read_text().strip().split(os.pathsep)


def module(name: str, classes: Path, path: list) -> bytes:
    """module-info.class of these classes."""
    made = emptied(WORK / "modules" / name)
    words = ["--release", MODULES_FROM, "-proc:none", "-Xlint:-requires-transitive-automatic", "-Xlint:-requires-automatic"]
    words += ["-Xlint:-module", "--module-version", VERSION, "--patch-module", f"{name}={classes}"]
    words += ["--module-path", os.pathsep.join(str(entry) for entry in path), "-d", made]
    tool("javac", [*words, SOURCES / "modules" / name / "module-info.java"])
    return (made / "module-info.class").read_bytes()


def files_below(*folders: Path) -> Iterator[tuple[str, Path]]:
    """Names as in a jar, in one order, of the files of all these folders."""
    found = [(path.relative_to(folder).as_posix(), path) for folder in folders for path in archives.files_of(folder)]
    yield from sorted(found)


def manifest(**more: str) -> bytes:
    entries = {
        "Manifest-Version": "1.0",
        "Implementation-Title": "headlessid",
        "Implementation-Version": VERSION,
        **{key.replace("_", "-"): value for key, value in more.items()},
    }
    return "".join(f"{key}: {value}\r\n" for key, value in entries.items()).encode() + b"\r\n"


def head(artifact: str, module_name: str, bill: list[str], targets: list[Target]) -> dict[str, bytes | Path]:
    """What a jar begins with."""
    # JDK 9 and 10 do not know the module and call it by the name in the manifest; 24 asks for the last entry of a fat jar.
    said = {"Automatic_Module_Name": module_name, "Multi_Release": "true", "Enable_Native_Access": "ALL-UNNAMED"}
    entries: dict[str, bytes | Path] = {"META-INF/MANIFEST.MF": manifest(**said), "META-INF/LICENSE": ROOT / "LICENSE"}
    # One with musl asks for more than the others, and its command has musl inside.
    most = max(targets, key=lambda target: target.is_musl)
    notice = notices.text(most, bill)
    bill = sbom.names(most, bill)
    entries[f"META-INF/{notices.NAME}"] = notice.encode()
    address = f"pkg:maven/{maven.GROUP}/{artifact}@{VERSION}"
    entries[f"META-INF/sbom/{artifact}.cdx.json"] = sbom.document(artifact, address, None, bill)
    return entries


def binaries(classes: Path, path: list[str], stages: dict[Target, Path]) -> dict[str, Path]:
    """The jars that run, by artifact."""
    made = {}
    entries = head("headlessid", "io.headlessid", sbom.LIBRARY, list(stages))
    entries[f"{LATER}/module-info.class"] = module("io.headlessid", classes, path)
    own = {name: file for name, file in files_below(classes) if name.startswith("io/")}
    entries.update({name: file for name, file in own.items() if not name.startswith(TESTING)})
    for target, stage in stages.items():
        for _, file in files_below(stage / "native"):
            entries[f"native/{target.jni}/{file.name}"] = file
    made["headlessid"] = archives.zip_of(WORK / "jars" / "headlessid.jar", entries)

    entries = head("headlessid-testing", "io.headlessid.testing", sbom.COMMAND, list(stages))
    # Its module reads that of the first jar, and nothing of a library that is optional there.
    apart = emptied(WORK / "testing-classes")
    for name, file in own.items():
        if name.startswith(TESTING):
            (apart / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, apart / name)
    entries[f"{LATER}/module-info.class"] = module("io.headlessid.testing", apart, [made["headlessid"], *path])
    entries.update(dict(files_below(apart)))
    # With musl it is one static file, which runs with either C library.
    for target in sorted(stages, key=lambda target: target.is_musl):
        entries[f"native/linux-{target.processor}/headlessid"] = command(target)
    made["headlessid-testing"] = archives.zip_of(WORK / "jars" / "headlessid-testing.jar", entries)
    return made


def source_folders(stage: Path) -> list[Path]:
    return [SOURCES / "java", SOURCES / "java11", SOURCES / "java17", BINDING / "src" / "generated" / "java", stage / "java"]


def source_jars(stage: Path) -> dict[str, Path]:
    every = dict(files_below(*source_folders(stage)))
    made = {}
    for artifact, module_name, is_testing in (
        ("headlessid", "io.headlessid", False),
        ("headlessid-testing", "io.headlessid.testing", True),
    ):
        entries: dict[str, bytes | Path] = {"META-INF/MANIFEST.MF": manifest(), "META-INF/LICENSE": ROOT / "LICENSE"}
        entries[f"{LATER}/module-info.java"] = SOURCES / "modules" / module_name / "module-info.java"
        entries.update({name: file for name, file in every.items() if name.startswith(TESTING) == is_testing})
        made[artifact] = archives.zip_of(WORK / "jars" / f"{artifact}-sources.jar", entries)
    return made


def javadoc_jars(stage: Path, classes: Path, path: list[str]) -> dict[str, Path]:
    made = {}
    for artifact, package, without in (
        ("headlessid", "io.headlessid", "io.headlessid.internal:io.headlessid.testing"),
        ("headlessid-testing", "io.headlessid.testing", ""),
    ):
        pages = emptied(WORK / "javadoc" / artifact)
        words = ["-quiet", "-notimestamp", "-encoding", "UTF-8", "-docencoding", "UTF-8", "-charset", "UTF-8", "--release", "17"]
        words += ["-Xdoclint:all,-missing", "-Werror", "-windowtitle", f"{artifact} {VERSION}", "-d", pages]
        words += ["-classpath", os.pathsep.join([str(classes), *path])]
        words += ["-sourcepath", os.pathsep.join(str(folder) for folder in source_folders(stage)), "-subpackages", package]
        if without:
            words += ["-exclude", without]
        tool("javadoc", words)
        entries: dict[str, bytes | Path] = {"META-INF/MANIFEST.MF": manifest(), "META-INF/LICENSE": ROOT / "LICENSE"}
        entries.update(dict(files_below(pages)))
        made[artifact] = archives.zip_of(WORK / "jars" / f"{artifact}-javadoc.jar", entries)
    return made


def build(targets: list[Target]) -> list[Path]:
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.unlink(missing_ok=True)
    stages = {target: natives(target) for target in targets}
    # The classes are those of any target.
    stage = next(iter(stages.values()))
    classes, path = compiled(stage)
    jars = {"": binaries(classes, path, stages), "sources": source_jars(stage), "javadoc": javadoc_jars(stage, classes, path)}

    main, testing = (
        maven.Artifact(name, ABOUT[name], {classifier: files[name] for classifier, files in jars.items()})
        for name in ("headlessid", "headlessid-testing")
    )
    main.dependencies = maven.optional_dependencies()
    testing.dependencies = [maven.Dependency(maven.GROUP, main.name, VERSION)]
    both = [maven.Dependency(maven.GROUP, artifact.name, VERSION) for artifact in (main, testing)]
    bom = maven.Artifact("headlessid-bom", ABOUT["headlessid-bom"], dependencies=both)

    repository = DIST / "maven"
    made = [maven.put(artifact, repository) for artifact in (main, testing, bom)]
    for artifact in (main, testing):
        copy = DIST / artifact.file_name("")
        shutil.copyfile(artifact.files[""], copy)
        made.append(copy)
    return made
