"""No module of the package leads back to itself by its imports: tables and types lie at the bottom, the client at the
top. An import counts wherever it is written: in a function, or for type checkers alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import headlessid
import pytest

PACKAGE = "headlessid"
# The sources that are installed, and so the ones that run.
FOLDER = Path(headlessid.__file__).parent


def modules() -> dict[str, str]:
    """The text of each module, by its name within the package; __init__ is the package itself."""
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.py"))}
    found.update({path.stem: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.pyi")})
    return found


def imports_of(text: str, known: Mapping[str, object]) -> Iterator[str]:
    """The modules of the package that this one imports, in any form and anywhere."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first, _, rest = alias.name.partition(".")
                if first == PACKAGE:
                    yield rest if rest in known else "__init__"
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level == 0:
                first, _, source = source.partition(".")
                if first != PACKAGE:
                    continue
            if source:
                yield source
            else:
                for alias in node.names:
                    yield alias.name if alias.name in known else "__init__"


def circle_in(texts: Mapping[str, str]) -> list[str]:
    """The first circle, as the modules on its way; empty if there is none."""
    graph = {name: sorted(set(imports_of(text, texts)) & set(texts)) for name, text in texts.items()}
    done: set[str] = set()

    def visit(name: str, way: list[str]) -> list[str]:
        if name in way:
            return [*way[way.index(name) :], name]
        if name in done:
            return []
        for each in graph[name]:
            if circle := visit(each, [*way, name]):
                return circle
        done.add(name)
        return []

    for name in graph:
        if circle := visit(name, []):
            return circle
    return []


def test_no_circle() -> None:
    texts = modules()
    assert len(texts) > 15 and "_native" in texts
    assert not circle_in(texts), " -> ".join(circle_in(texts))


@pytest.mark.parametrize(
    "line",
    [
        "from ._client import Client",
        "from . import _client",
        "from headlessid._client import Client",
        "import headlessid._client",
        "from headlessid import Client",
        "if TYPE_CHECKING:\n    from ._flows import SyncFlows",
        "def later():\n    from . import Client",
    ],
)
def test_a_circle_is_seen(line: str) -> None:
    texts = modules()
    texts["_flow"] += f"\n{line}\n"
    assert "_flow" in circle_in(texts)


def test_tables_are_at_the_bottom() -> None:
    texts = modules()
    assert set(imports_of(texts["_catalogue"], texts)) <= {"_values"}
    assert set(imports_of(texts["_types"], texts)) <= {"_steps"}
    # The generated methods are what the clients are made of, and nothing else needs them.
    assert {name for name, text in texts.items() if "_flows" in imports_of(text, texts)} == {"_client", "_client_async"}
