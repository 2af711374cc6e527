#!/usr/bin/env python3
"""What the pages show is what the library has: every name of the C interface is declared, C compiles, Python parses, the
methods exist in Python and Java, and the command has the subcommands. (Node's tests compile the JavaScript and TypeScript.)

    snippets_test.py [C COMPILER]"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import tree

ROOT = Path(__file__).resolve().parent.parent
PYTHON = ROOT / "bindings/python"
JAVA = ROOT / "bindings/java/src"
# A changelog speaks of what is gone, and vectors of what they once recorded.
SKIPPED = {"CHANGELOG.md"}
FENCE = re.compile(r"^ *```(\w+)\n(.*?)^ *```", flags=re.M | re.S)
# The variables that snippets call by these names, and the classes behind them.
OBJECTS = ("client", "challenge", "flow", "headlessid")


def read(paths: list[Path]) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def pages() -> list[Path]:
    return [path for path in tree.files(ROOT) if path.suffix == ".md" and path.name not in SKIPPED]


def snippets(page: Path, *languages: str) -> list[str]:
    return [code for language, code in FENCE.findall(page.read_text(encoding="utf-8")) if language in languages]


def c_faults(texts: dict[str, str]) -> list[str]:
    headers = read(sorted((ROOT / "capi/include").rglob("*.h")))
    # Options of the build, and of ./dev, have the same prefix.
    build = read([ROOT / "dev", ROOT / "CMakeLists.txt", *sorted((ROOT / "cmake").rglob("*")), ROOT / "CMakePresets.json"])
    build += read(sorted(ROOT.glob("*/CMakeLists.txt")) + sorted(ROOT.glob("bindings/*/CMakeLists.txt")))
    known = set(re.findall(r"\b(?:hlid|HLID)_\w+", headers + build))
    # What the tests and ./dev package read from the environment.
    folders = (ROOT / "tests", ROOT / "tools" / "package")
    readers = [path for path in tree.files(ROOT) if path.suffix in {".py", ".cc"} and any(map(path.is_relative_to, folders))]
    known |= set(re.findall(r"(?:getenv\(|environ\b.*?)\"(HLID_\w+)\"", read(readers)))
    # Programs of the tree, as build targets.
    known |= set(
        re.findall(
            r"add_(?:executable|library)\((hlid_\w+)", read([path for path in tree.files(ROOT) if path.name == "CMakeLists.txt"])
        )
    )
    faults = []
    for name, text in texts.items():
        for word in sorted(set(re.findall(r"\b(?:hlid|HLID)_\w+\b(?!\*|…)", text)) - known):
            # hlid_flow_give_* names a family.
            if not (word.endswith("_") and any(each.startswith(word) for each in known)):
                faults.append(f"{name}: {word} is not in the header")
    return faults


# What a snippet in C uses without declaring it.
C_GIVEN = {
    "app": "hlid_app* app",
    "flow": "hlid_flow* flow",
    "client": "hlid_client* client",
    "guest": "const hlid_result* guest",
    "err": "hlid_error* err",
    "store": "hlid_memory_store* store",
    "step": "hlid_step step",
    "status": "hlid_status status",
    "password": "hlid_view password",
    "value": "hlid_view value",
    "ticket": "hlid_view ticket",
    "session_id": "const char* session_id",
    "complain": "int (*complain)(hlid_error*)",
    "wait_readable": "int (*wait_readable)(int)",
    "go_on": "void (*go_on)(hlid_flow*, hlid_step)",
    "send_it": "void (*send_it)(hlid_flow*)",
    "sleep_until": "void (*sleep_until)(int64_t)",
}


def c_compiles(texts: dict[str, str], compiler: str) -> list[str]:
    """Each as the body of a function, which is given what it uses; one run of the compiler for all."""
    lines = ["#include <headlessid/headlessid.h>"]
    for i, (name, text) in enumerate(texts.items()):
        used = [given for word, given in C_GIVEN.items() if re.search(rf"\b{word}\b", text)]
        if "now_ms" in text:
            used.append("int64_t (*now_ms)(void)" if "now_ms()" in text else "int64_t now_ms")
        lines += [f"static inline int snippet_{i}({', '.join(used)}) {{", f'#line 1 "{name}"', text, "return 0;", "}"]
    command = [compiler, "-x", "c", "-std=c11", "-fsyntax-only", "-Wall", "-Werror", "-Wno-unused-result", "-Wno-unused-function"]
    command += ["-Wno-overlength-strings", f"-I{ROOT}/capi/include", "-"]
    done = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True)
    return [] if done.returncode == 0 else [line for line in done.stderr.splitlines() if "error:" in line] or [done.stderr]


def python_names() -> tuple[set[str], dict[str, set[str]]]:
    """The names that the package defines, and what each function or class accepts by keyword; "**" is anything."""
    names: set[str] = set()
    accepts: dict[str, set[str]] = {}
    for path in sorted(PYTHON.glob("*/*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                names.add(node.name)
                if not isinstance(node, ast.ClassDef):
                    given = node.args
                    accepts.setdefault(node.name, set()).update(each.arg for each in given.args + given.kwonlyargs)
                    if given.kwarg:
                        accepts[node.name].add("**")
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                names.add(node.target.id)
            elif isinstance(node, ast.Assign):
                names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
        names.add(path.stem)
    return names, accepts


def python_faults(texts: dict[str, str]) -> list[str]:
    known, accepts = python_names()
    faults = []
    for name, text in texts.items():
        # An ellipsis stands for what the reader fills in. A snippet may await without a function around it.
        try:
            tree = compile(text.replace("…", "..."), name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        except SyntaxError as error:
            faults.append(f"{name}: Python, line {error.lineno}: {error.msg}: {(error.text or '').strip()}")
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in OBJECTS:
                if node.attr not in known:
                    faults.append(f"{name}: Python has no {node.value.id}.{node.attr}")
            if isinstance(node, ast.Call) and isinstance(called := node.func, ast.Attribute):
                if isinstance(called.value, ast.Name) and called.value.id in OBJECTS and called.attr in accepts:
                    refused = {word.arg for word in node.keywords if word.arg} - accepts[called.attr]
                    if refused and "**" not in accepts[called.attr]:
                        faults.append(f"{name}: Python's {called.attr} does not accept {', '.join(sorted(refused))}")
    return faults


def java_faults(texts: dict[str, str]) -> list[str]:
    sources = read(sorted((JAVA / "main").rglob("*.java")) + sorted((JAVA / "generated").rglob("*.java")))
    # A method, not a call: a type comes before its name.
    known = set(re.findall(r"^\s+(?!return\b|throw\b|else\b|new\b|\*)[\w<>\[\], ?.@]+ (\w+)\(", sources, flags=re.M))
    faults = []
    for name, text in texts.items():
        for holder, called in re.findall(r"\b(" + "|".join(OBJECTS) + r")\s*\.\s*(\w+)\(", text):
            if called not in known:
                faults.append(f"{name}: Java has no {holder}.{called}")
    return faults


def inline_faults() -> list[str]:
    """The same of what the text names in passing: `client.method(...)` and `Enum.VALUE`, in whichever language."""
    node = ROOT / "bindings/node/src"
    sources = sorted(JAVA.rglob("*.java")) + sorted(node.rglob("*.ts")) + sorted(node.rglob("*.mts"))
    known = set(re.findall(r"\w+", re.sub(r"^\s*(?://|\*|/\*).*", "", read(sources), flags=re.M))) | python_names()[0]
    faults = []
    for page in pages():
        for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", page.read_text(encoding="utf-8"))):
            named = re.findall(r"\b(?:client|challenge|flow|org|headlessid)\.(\w+)\(", code)
            named += [word for pair in re.findall(r"(?<![\w.])([A-Z][a-z]\w*)\.([A-Z][A-Z_]+)\b", code) for word in pair]
            faults += [f"{page.relative_to(ROOT)}: nothing has {word}, in {code}" for word in named if word not in known]
    return faults


def shell_faults(texts: dict[str, str]) -> list[str]:
    commands = set(re.findall(r'^\| `?headlessid (\w[\w-]*)|"(\w[\w-]*)"', read(sorted((ROOT / "cli").glob("*.cc")))))
    known = {word for pair in commands for word in pair if word}
    known |= {flow.stem.replace("_", "-") for flow in (ROOT / "docs/flows").glob("*.md")}
    faults = []
    for name, text in texts.items():
        for called in re.findall(r"(?:^|[|;&(] *|\$ )headlessid ([a-z][\w-]*)", text, flags=re.M):
            if called not in known:
                faults.append(f"{name}: the command has no {called}")
    return faults


def fenced(*languages: str) -> dict[str, str]:
    found = {}
    for page in pages():
        for i, code in enumerate(snippets(page, *languages), 1):
            found[f"{page.relative_to(ROOT)} ({i})"] = code
    return found


def main() -> int:
    examples = [path for path in tree.files(ROOT / "examples") if path.suffix in {".py", ".c", ".java", ".kt", ".sh"}]
    whole = {str(path.relative_to(ROOT)): path.read_text(encoding="utf-8") for path in [*pages(), *examples]}
    python = fenced("python", "py") | {name: text for name, text in whole.items() if name.endswith(".py")}
    java = fenced("java", "kotlin") | {name: text for name, text in whole.items() if name.endswith((".java", ".kt"))}
    shell = fenced("sh", "shell", "bash") | {name: text for name, text in whole.items() if name.endswith(".sh")}
    c = fenced("c")
    faults = (
        c_faults(whole)
        + c_compiles(c, sys.argv[1] if len(sys.argv) > 1 else "cc")
        + python_faults(python)
        + java_faults(java)
        + shell_faults(shell)
        + inline_faults()
    )
    print(
        "\n".join(faults) or f"{len(c)} of C, {len(python)} of Python, {len(java)} of Java and Kotlin, {len(shell)} of the shell"
    )
    return 1 if faults or min(len(c), len(python), len(java), len(shell)) < 15 else 0


if __name__ == "__main__":
    sys.exit(main())
