"""What a Maven repository says of an artifact: its POM, Gradle's own metadata, and the sums of every file."""

import hashlib
import json
import shutil
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from xml.sax.saxutils import escape

from . import published
from .common import ROOT, VERSION, source_date

GROUP = "io.headlessid"
SUMS = ("md5", "sha1", "sha256", "sha512")
POM_OF_THE_CLONE = ROOT / "bindings" / "java" / "pom.xml"
NAMESPACE = {"m": "http://maven.apache.org/POM/4.0.0"}

# Gradle reads a .module file where the POM has this comment.
MARKER = """  <!-- This module was also published with a richer model, Gradle metadata,  -->
  <!-- which should be used instead. Do not delete the following line which  -->
  <!-- is to indicate to Gradle or any Gradle module metadata file consumer  -->
  <!-- that they should prefer consuming it instead. -->
  <!-- do_not_remove: published-with-gradle-metadata -->
"""


@dataclass(frozen=True)
class Dependency:
    group: str
    artifact: str
    version: str
    optional: bool = False
    # "group:artifact" of what it must not bring
    without: tuple[str, ...] = ()


@dataclass
class Artifact:
    """One artifact: by its classifier ("" is the jar itself) the files of it. Without files it is a BOM."""

    name: str
    description: str
    files: dict[str, Path] = field(default_factory=dict)
    dependencies: list[Dependency] = field(default_factory=list)

    @property
    def is_bom(self) -> bool:
        return not self.files

    def file_name(self, classifier: str) -> str:
        return f"{self.name}-{VERSION}{'-' + classifier if classifier else ''}.jar"


def optional_dependencies() -> list[Dependency]:
    """The libraries that an adapter of ours is for, from the POM that compiles it."""
    found = []
    project = ElementTree.parse(POM_OF_THE_CLONE).getroot()
    properties = {entry.tag.split("}")[1]: entry.text for entry in project.find("m:properties", NAMESPACE)}
    for entry in project.findall("m:dependencies/m:dependency", NAMESPACE):
        if entry.findtext("m:optional", namespaces=NAMESPACE) != "true":
            continue
        group, artifact, version = (
            entry.findtext(f"m:{name}", namespaces=NAMESPACE) for name in ("groupId", "artifactId", "version")
        )
        if version.startswith("${"):
            version = properties[version[2:-1]]
        without = tuple(
            ":".join(exclusion.findtext(f"m:{name}", namespaces=NAMESPACE) for name in ("groupId", "artifactId"))
            for exclusion in entry.findall("m:exclusions/m:exclusion", NAMESPACE)
        )
        found.append(Dependency(group, artifact, version, True, without))
    return found


def dependency_xml(one: Dependency, indent: str) -> str:
    lines = [
        "<dependency>",
        f"  <groupId>{one.group}</groupId>",
        f"  <artifactId>{one.artifact}</artifactId>",
        f"  <version>{one.version}</version>",
    ]
    if one.optional:
        lines.append("  <optional>true</optional>")
    if one.without:
        lines.append("  <exclusions>")
        for exclusion in one.without:
            group, artifact = exclusion.split(":")
            lines += ["    <exclusion>", f"      <groupId>{group}</groupId>", f"      <artifactId>{artifact}</artifactId>"]
            lines.append("    </exclusion>")
        lines.append("  </exclusions>")
    lines.append("</dependency>")
    return "".join(f"{indent}{line}\n" for line in lines)


def pom(artifact: Artifact) -> str:
    managed = artifact.is_bom
    indent = "      " if managed else "    "
    listed = "".join(dependency_xml(one, indent) for one in artifact.dependencies)
    if listed:
        inner = indent[2:]
        listed = f"{inner}<dependencies>\n{listed}{inner}</dependencies>\n"
    if managed:
        listed = f"  <dependencyManagement>\n{listed}  </dependencyManagement>\n"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<project xmlns="http://maven.apache.org/POM/4.0.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"\n'
        '         xsi:schemaLocation="http://maven.apache.org/POM/4.0.0 http://maven.apache.org/xsd/maven-4.0.0.xsd">\n'
        f"{MARKER}"
        "  <modelVersion>4.0.0</modelVersion>\n"
        f"  <groupId>{GROUP}</groupId>\n"
        f"  <artifactId>{artifact.name}</artifactId>\n"
        f"  <version>{VERSION}</version>\n"
        f"  <packaging>{'pom' if managed else 'jar'}</packaging>\n"
        f"  <name>{artifact.name}</name>\n"
        f"  <description>{escape(artifact.description)}</description>\n"
        f"  <url>{published.page_of('bindings/java')}</url>\n"
        "  <licenses>\n    <license>\n      <name>Apache-2.0</name>\n"
        "      <url>https://www.apache.org/licenses/LICENSE-2.0.txt</url>\n"
        "      <distribution>repo</distribution>\n    </license>\n  </licenses>\n"
        f"  <developers>\n    <developer>\n      <name>{published.DEVELOPERS}</name>\n"
        f"      <url>{published.HOME}</url>\n    </developer>\n  </developers>\n"
        f"  <scm>\n    <connection>scm:git:{published.REPOSITORY}</connection>\n"
        f"    <url>{published.HOME}</url>\n  </scm>\n"
        f"{listed}"
        "</project>\n"
    )


def sum_of(path: Path, name: str) -> str:
    return hashlib.new(name, path.read_bytes()).hexdigest()


def file_entry(artifact: Artifact, classifier: str) -> dict:
    path, name = artifact.files[classifier], artifact.file_name(classifier)
    sums = {kind: sum_of(path, kind) for kind in reversed(SUMS)}
    return {"name": name, "url": name, "size": path.stat().st_size, **sums}


def gradle_metadata(artifact: Artifact) -> str:
    """The .module file: what Gradle chooses from, by what a build asks for."""
    component = {"group": GROUP, "module": artifact.name, "version": VERSION, "attributes": {"org.gradle.status": "release"}}
    # What is optional takes part in nothing unless a build names it.
    needed = [
        {"group": one.group, "module": one.artifact, "version": {"requires": one.version}}
        for one in artifact.dependencies
        if not one.optional
    ]
    variants = []
    for name, usage in (("apiElements", "java-api"), ("runtimeElements", "java-runtime")):
        if artifact.is_bom:
            attributes = {"org.gradle.category": "platform", "org.gradle.usage": usage}
            variants.append({"name": name, "attributes": attributes, "dependencyConstraints": needed})
            continue
        attributes = {
            "org.gradle.category": "library",
            "org.gradle.dependency.bundling": "external",
            "org.gradle.jvm.version": 8,
            "org.gradle.libraryelements": "jar",
            "org.gradle.usage": usage,
        }
        variant: dict = {"name": name, "attributes": attributes}
        if needed:
            variant["dependencies"] = needed
        variants.append({**variant, "files": [file_entry(artifact, "")]})
    for classifier in sorted(classifier for classifier in artifact.files if classifier):
        attributes = {
            "org.gradle.category": "documentation",
            "org.gradle.dependency.bundling": "external",
            "org.gradle.docstype": classifier,
            "org.gradle.usage": "java-runtime",
        }
        variants.append({"name": f"{classifier}Elements", "attributes": attributes, "files": [file_entry(artifact, classifier)]})
    return json.dumps({"formatVersion": "1.1", "component": component, "variants": variants}, indent=2) + "\n"


def metadata(artifact: Artifact) -> str:
    date = datetime.fromtimestamp(source_date(), timezone.utc).strftime("%Y%m%d%H%M%S")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<metadata>\n  <groupId>{GROUP}</groupId>\n  <artifactId>{artifact.name}</artifactId>\n"
        f"  <versioning>\n    <latest>{VERSION}</latest>\n    <release>{VERSION}</release>\n"
        f"    <versions>\n      <version>{VERSION}</version>\n    </versions>\n"
        f"    <lastUpdated>{date}</lastUpdated>\n  </versioning>\n</metadata>\n"
    )


def put(artifact: Artifact, repository: Path) -> Path:
    """Writes the artifact's folder of a repository, the sums beside each file; gives it."""
    above = repository.joinpath(*GROUP.split("."), artifact.name)
    shutil.rmtree(above, ignore_errors=True)
    folder = above / VERSION
    folder.mkdir(parents=True)
    for classifier, path in artifact.files.items():
        shutil.copyfile(path, folder / artifact.file_name(classifier))
    (folder / f"{artifact.name}-{VERSION}.pom").write_text(pom(artifact))
    (folder / f"{artifact.name}-{VERSION}.module").write_text(gradle_metadata(artifact))
    (above / "maven-metadata.xml").write_text(metadata(artifact))
    for path in [*sorted(folder.iterdir()), above / "maven-metadata.xml"]:
        for kind in SUMS:
            path.with_name(f"{path.name}.{kind}").write_text(sum_of(path, kind))
    return folder
