#!/usr/bin/env python3
"""What the pages and manifests say of the tree is true: relative links lead somewhere, every page can be reached from README,
examples and flows are listed, versions and paths agree with the tree, every package names the license, and examples/org is
well-formed and consistent."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import tree

ROOT = Path(__file__).resolve().parent.parent
METADATA = "{http://soap.sforce.com/2006/04/metadata}"
# File ending -> the type's name in a manifest. Elsewhere an app is named by its base name.
TYPES = {
    ".eca-meta.xml": "ExternalClientApplication",
    ".ecaGlblOauth-meta.xml": "ExtlClntAppGlobalOauthSettings",
    ".ecaOauth-meta.xml": "ExtlClntAppOauthSettings",
    ".ecaOauthPlcy-meta.xml": "ExtlClntAppOauthConfigurablePolicies",
    ".ecaPlcy-meta.xml": "ExtlClntAppConfigurablePolicies",
    ".permissionset-meta.xml": "PermissionSet",
    ".settings-meta.xml": "Settings",
}


def pages() -> list[Path]:
    return [path for path in tree.files(ROOT) if path.suffix == ".md"]


def dead_links(page: Path) -> list[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    found = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists():
            found.append(f"{page.relative_to(ROOT)}: {target} leads nowhere")
        elif anchor and file.suffix == ".md" and anchor not in anchors(file):
            found.append(f"{page.relative_to(ROOT)}: {target} names no heading")
    return found


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), flags=re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def links(page: Path) -> set[Path]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.S)
    return {
        (page.parent / target).resolve() for target in re.findall(r"\]\(([^)\s#]+)", text) if not re.match(r"[a-z]+:", target)
    }


def lost_pages(all_pages: list[Path]) -> list[str]:
    """A page that no chain of links from README leads to is a page that its reader never finds."""
    found, to_read = set(), [ROOT / "README.md"]
    while to_read:
        page = to_read.pop()
        if page not in found and page.suffix == ".md" and page.exists():
            found.add(page)
            to_read += links(page)
    return [f"{page.relative_to(ROOT)}: no link from README leads here" for page in all_pages if page not in found]


def unlisted() -> list[str]:
    """examples/README.md lists every program, docs/choosing-a-flow.md leads to every flow."""
    shown = {
        path for path in tree.files(ROOT / "examples") if path.suffix in (".c", ".cjs", ".java", ".kt", ".mjs", ".py", ".sh")
    }
    # The one program of this project is listed by its own README.
    shown = {path for path in shown if "jvm-app" not in path.parts}
    flows = {path for path in (ROOT / "docs/flows").glob("*.md") if path.name != "README.md"}
    faults = []
    for page, wanted in ((ROOT / "examples/README.md", shown), (ROOT / "docs/choosing-a-flow.md", flows)):
        missing = wanted - links(page) if wanted else {page}
        faults += [f"{page.relative_to(ROOT)}: does not link to {path.relative_to(ROOT)}" for path in sorted(missing)]
    return faults


def header_faults() -> list[str]:
    """An example says how it runs in a clone, and how with the packages."""
    faults = []
    for path in tree.files(ROOT / "examples"):
        name = str(path.relative_to(ROOT))
        if path.suffix == ".java" and "jvm-app" not in path.parts:
            wanted = ["java -cp ../../bindings/java/target/headlessid-", f" java -cp 'DIST/*' {path.name}\n"]
        elif path.parent.name in ("node", "nightly-job") and path.suffix in (".mjs", ".cjs"):
            wanted = [f" node {name} ", f" node {path.name} ", "`npm install headlessid`"]
        elif path.name in ("shop.mjs", "web-login.mjs"):
            wanted = [f" node {name} ", f"node {path.name}", "npm install && npm install headlessid"]
        else:
            continue
        faults += [f"{name}: its first lines do not say {words.strip()!r}" for words in wanted if words not in path.read_text()]
    return faults


# What docs/versions.md says (with the fact for {}), and where the build has that fact.
VERSIONS = [
    ("`HLID_ABI_VERSION`, now **{}**", r"#define HLID_ABI_VERSION (\d+)", "capi/include/headlessid/headlessid.h"),
    ("its own version number, now **{}**", r"kVersion = (\d+)", "core/engine/ticket.cc"),
    ("| Python | {} or newer", r'requires-python = ">=([\d.]+)"', "pyproject.toml"),
    ("| Java | {} or newer to run", r"<maven.compiler.release>(\d+)<", "bindings/java/pom.xml"),
    ("JDK {} or newer to build and test", r"<maven.compiler.testRelease>(\d+)<", "bindings/java/pom.xml"),
    ("| Android | API {} ", r"minSdk = (\d+)", "bindings/java/android/build.gradle.kts"),
    ("| Node | {} or newer", r'"node": ">=(\d+)"', "bindings/node/package.json"),
    ("| CMake | {} or newer", r"cmake_minimum_required\(VERSION ([\d.]+)", "CMakeLists.txt"),
    ("| libcurl | {} or newer", r"find_package\(CURL ([\d.]+)", "cmake/needs.cmake"),
    ("| OpenSSL | {} or newer", r"find_package\(OpenSSL ([\d.]+)", "cmake/needs.cmake"),
    ("| simdjson | {} or newer", r"simdjson_VERSION VERSION_LESS ([\d.]+)", "cmake/needs.cmake"),
    ("| pugixml, for `headlessid org` | {} or newer", r"find_package\(pugixml ([\d.]+)", "cmake/needs.cmake"),
    ("| SWIG, to build the Java binding | {} or newer", r"SWIG ([\d.]+) or newer", "cmake/needs.cmake"),
]


def version_faults() -> list[str]:
    page = (ROOT / "docs/versions.md").read_text(encoding="utf-8")
    faults = [] if "**Linux only**" in page else ["docs/versions.md: does not say: Linux only"]
    for line, pattern, name in VERSIONS:
        fact = re.search(pattern, (ROOT / name).read_text(encoding="utf-8"))
        if fact is None:
            faults.append(f"{name}: nothing matches {pattern}")
        elif line.format(fact[1]) not in page:
            faults.append(f"docs/versions.md: does not say: {line.format(fact[1])}")
    jdk = re.search(r"<maven.compiler.testRelease>(\d+)<", (ROOT / "bindings/java/pom.xml").read_text(encoding="utf-8"))
    for name, line in (("README.md", "(JDK {}+ builds it)"), ("bindings/java/README.md", "JDK {} or newer")):
        if jdk and line.format(jdk[1]) not in (ROOT / name).read_text(encoding="utf-8"):
            faults.append(f"{name}: does not say: {line.format(jdk[1])}")
    return faults


def path_faults() -> list[str]:
    """The table of tests/README.md names files that are there; a * stands for a part of a name."""
    text = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    named: set[str] = set(re.findall(r"`((?:tests|bindings|core|docs|tools)/[\w./*-]+)`", text))
    for row in re.findall(r"^\| (`[\w`, -]+`) \|", text.split("## What is where")[1], flags=re.M):
        named |= {f"tests/{name}" for name in re.findall(r"`([\w-]+)`", row)}
    faults = [f"tests/README.md: {name} is not there" for name in sorted(named) if not any(ROOT.glob(name))]
    return faults if len(named) > 30 else [*faults, "tests/README.md: names too few files"]


LICENSE = "Apache-2.0"
# Manifest -> what in it names the license.
MANIFESTS = {
    "pyproject.toml": f'^license = "{LICENSE}"$',
    "bindings/java/pom.xml": f"<license>\\s*<name>{LICENSE}</name>",
    "examples/jvm-app/pom.xml": f"<license>\\s*<name>{LICENSE}</name>",
    "cmake/headlessid.pc.in": f"^License: {LICENSE}$",
    "capi/CMakeLists.txt": r"^install\(FILES \$\{PROJECT_SOURCE_DIR\}/LICENSE ",
}


def license_faults() -> list[str]:
    faults = [] if "Apache License" in (ROOT / "LICENSE").read_text(encoding="utf-8") else ["LICENSE: not the Apache License"]
    for manifest, pattern in MANIFESTS.items():
        if not re.search(pattern, (ROOT / manifest).read_text(encoding="utf-8"), flags=re.M):
            faults.append(f"{manifest}: does not name {LICENSE}")
    for folder in ("bindings/node", "examples/shop/express", "tools/docs"):
        manifest, lock = (
            json.loads((ROOT / folder / name).read_text(encoding="utf-8")) for name in ("package.json", "package-lock.json")
        )
        for name, found in (("package.json", manifest), ("package-lock.json", lock["packages"][""])):
            if found.get("license") != LICENSE:
                faults.append(f"{folder}/{name}: does not name {LICENSE}")
    return faults


def org_faults(folder: Path) -> list[str]:
    faults: list[str] = []
    listed = {
        (types.findtext(f"{METADATA}name"), member.text)
        for types in ElementTree.parse(folder / "manifest/package.xml").getroot().iter(f"{METADATA}types")
        for member in types.iter(f"{METADATA}members")
    }
    present, apps, named = set(), set(), set()
    for path in sorted((folder / "force-app").rglob("*.xml")):
        root = ElementTree.parse(path).getroot()
        ending = next((ending for ending in TYPES if path.name.endswith(ending)), None)
        if ending is None:
            faults.append(f"{path.name}: not an ending that a deployment knows")
            continue
        kind, name = TYPES[ending], path.name[: -len(ending)]
        present.add((kind, name))
        expected = "OauthOidcSettings" if kind == "Settings" else kind
        if root.tag != METADATA + expected:
            faults.append(f"{path.name}: holds {root.tag}, not {expected}")
        if kind == "ExternalClientApplication":
            apps.add(name)
        named.update(node.text for node in root.iter(f"{METADATA}externalClientApplication"))
        if any(root.find(METADATA + secret) is not None for secret in ("consumerSecret", "consumerKey")):
            faults.append(f"{path.name}: holds a credential")
    faults += [f"manifest/package.xml: {kind} {name} is missing" for kind, name in sorted(present - listed)]
    faults += [f"manifest/package.xml: {kind} {name} has no file" for kind, name in sorted(listed - present)]
    faults += [f"{name} is not an app of this folder" for name in sorted(named - apps)]
    return faults


def main() -> int:
    all_pages = pages()
    faults = (
        [fault for page in all_pages for fault in dead_links(page)] + lost_pages(all_pages) + version_faults() + path_faults()
    )
    faults += unlisted() + header_faults() + license_faults() + org_faults(ROOT / "examples/org")
    print("\n".join(faults) or f"{len(all_pages)} pages")
    return 1 if faults or len(all_pages) < 20 else 0


if __name__ == "__main__":
    sys.exit(main())
