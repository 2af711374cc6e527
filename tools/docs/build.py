#!/usr/bin/env python3
"""Builds the site of the documentation: the pages of the repository and the reference of each language.

    tools/docs/build.py SITE        run by ./dev docs, which installs what it needs

Nothing of the library is compiled. A page keeps its path in the repository. What a page links to and is not a page itself (a header,
an example, a folder) becomes one, so that every link stays inside the site.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
WORK = ROOT / "build/docs"
PAGES = WORK / "pages"

LANGUAGES = {".py": "python", ".mjs": "js", ".cjs": "js", ".java": "java", ".kt": "kotlin", ".c": "c", ".h": "c", ".cc": "cpp"}
LANGUAGES |= {".sh": "sh", ".html": "html", ".json": "json", ".xml": "xml", ".txt": "text"}
REFERENCES = {
    "c": ("C and C++", "the header, made with Doxygen"),
    "python": ("Python", "the package, made with pdoc"),
    "java": ("Java and Kotlin", "the classes, made with Javadoc"),
    "node": ("Node", "the package with its types, made with TypeDoc"),
}
LINK = re.compile(r"(\]\()([^)\s#]+)(#[^)\s]*)?(\))")


def run(*command: str | Path, **more: object) -> None:
    done = subprocess.run([str(word) for word in command], cwd=ROOT, **more)  # type: ignore[call-overload]
    if done.returncode != 0:
        raise SystemExit(f"{Path(command[0]).name} failed")


# ---- pages ----------------------------------------------------------------------------------------------


def tracked(*patterns: str) -> list[str]:
    # With those that are new and not ignored, so that a page can be looked at before it is committed.
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    return sorted({name for name in found if (ROOT / name).is_file()})


def page_of(name: str) -> str:
    """The page that shows the file or folder of that path."""
    if (ROOT / name).is_dir():
        return f"{name}/README.md"
    return name if name.endswith(".md") else f"{name}.md"


class Layout:
    def __init__(self) -> None:
        self.sources = set(tracked("*.md"))
        self.made: set[str] = set()
        for name in sorted(self.sources):
            self.write(name, self.relinked(name, (ROOT / name).read_text(encoding="utf-8")))

    def write(self, name: str, text: str) -> None:
        path = PAGES / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def relinked(self, page: str, text: str) -> str:
        folder = Path(page).parent

        def link(found: re.Match[str]) -> str:
            before, target, anchor, after = found[1], found[2], found[3] or "", found[4]
            if re.match(r"[a-z]+:", target):
                return found[0]
            name = os.path.normpath(folder / target)
            if not (ROOT / name).exists():
                return found[0]  # MkDocs says so
            shown = page_of(name)
            self.show(name, shown)
            return f"{before}{os.path.relpath(shown, folder)}{anchor}{after}"

        # Not inside of fenced code.
        parts = re.split(r"(^ *```.*?^ *```)", text, flags=re.M | re.S)
        return "".join(part if i % 2 else LINK.sub(link, part) for i, part in enumerate(parts))

    def show(self, name: str, shown: str) -> None:
        """Makes the page of a file or folder that has none."""
        if shown in self.sources or shown in self.made:
            return
        self.made.add(shown)
        path = ROOT / name
        if path.is_dir():
            inside = tracked(f"{name}/*")
            for each in inside:
                self.show(each, page_of(each))
            rows = [f"- [{Path(each).relative_to(name)}]({os.path.relpath(page_of(each), name)})" for each in inside]
            self.write(shown, f"# {name}\n\n" + "\n".join(rows) + "\n")
        else:
            code = path.read_text(encoding="utf-8")
            language = LANGUAGES.get(path.suffix, "text")
            self.write(shown, f"# {path.name}\n\n`{name}`\n\n````{language}\n{code.rstrip()}\n````\n")


def reference_page() -> str:
    rows = [f'<li><a href="reference/{name}/index.html">{title}</a>: {what}</li>' for name, (title, what) in REFERENCES.items()]
    return "# References\n\n<ul>\n" + "\n".join(rows) + "\n</ul>\n"


def pages(site: Path) -> None:
    layout = Layout()
    layout.write("reference.md", reference_page())
    (PAGES / "assets").mkdir(exist_ok=True)
    shutil.copy(HERE / "node_modules/mermaid/dist/mermaid.min.js", PAGES / "assets")
    text = (HERE / "mkdocs.yml").read_text(encoding="utf-8")
    flows = sorted(layout.sources & set(tracked("docs/flows/*.md")) - {"docs/flows/README.md"})
    rows = ["docs/flows/README.md", *(f"{Path(flow).stem}: {flow}" for flow in flows)]
    nav = "  - Flows:\n" + "".join(f"      - {row}\n" for row in rows)
    if "  - Flows: []\n" not in text:
        raise SystemExit("tools/docs/mkdocs.yml: no place for the flows")
    text = text.replace("  - Flows: []\n", nav)
    shown = "".join(f"  {name}\n" for name in sorted(layout.made))
    text += f"docs_dir: {PAGES}\nsite_dir: {site}\nnot_in_nav: |\n{shown}"
    (WORK / "mkdocs.yml").write_text(text, encoding="utf-8")
    # Material speaks of its successor at each build. Without --quiet, which hides warnings from `strict`.
    quiet = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    run(sys.executable, "-m", "mkdocs", "build", "--clean", "-f", WORK / "mkdocs.yml", env=quiet)


# ---- references -----------------------------------------------------------------------------------------


def reference_c(folder: Path) -> None:
    settings = (HERE / "Doxyfile").read_text(encoding="utf-8") + f"OUTPUT_DIRECTORY = {folder.parent}\n"
    run("doxygen", "-", input=settings, text=True)


def reference_python(folder: Path) -> None:
    run(sys.executable, HERE / "python_reference.py", folder)


def reference_java(folder: Path) -> None:
    # What SWIG writes is part of the sources, and package-private: without it nothing resolves.
    stage = WORK / "java"
    sources = stage / "java/io/headlessid"
    sources.mkdir(parents=True)
    run("cmake", f"-DSOURCE={ROOT}", f"-DOUTPUT={sources}", f"-DGLUE={stage}/glue.cc", "-P", "bindings/java/cmake/run_swig.cmake")
    maven = ["mvn", "-B", "-ntp", "-q", "-f", "bindings/java/pom.xml", "javadoc:javadoc", f"-Dheadlessid.native.dir={stage}"]
    run(*maven, f"-DreportOutputDirectory={folder.parent}", f"-DdestDir={folder.name}")


def reference_node(folder: Path) -> None:
    run(HERE / "node_modules/.bin/typedoc", "--options", HERE / "typedoc.json", "--logLevel", "Warn", "--out", folder)


def main() -> int:
    if len(sys.argv) != 2:
        raise SystemExit(__doc__)
    site = Path(sys.argv[1]).resolve()
    shutil.rmtree(WORK, ignore_errors=True)
    PAGES.mkdir(parents=True)
    pages(site)
    for name in REFERENCES:
        folder = site / "reference" / name
        folder.parent.mkdir(exist_ok=True)
        print(f"-- reference of {name}", flush=True)
        globals()[f"reference_{name}"](folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
