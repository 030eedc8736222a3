"""Circles of imports in `bmtui`: none, neither for types nor inside functions."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

Graph = Mapping[str, Mapping[str, int]]
"""Imports of each module: the modules that it imports, with the line of the first import."""


@pytest.mark.source
def test_no_modules_import_each_other_in_a_circle() -> None:
    modules = {module_name(path): path for path in (ROOT / "bmtui").rglob("*.py")}
    graph = import_graph({name: path.read_text(encoding="utf-8") for name, path in modules.items()})
    assert sum(map(len, graph.values())) > 1000, "The imports of bmtui were not read."
    circles = strongly_connected(graph)
    assert not circles, "\n\n".join(described(circle, graph) for circle in circles)


@pytest.mark.parametrize(
    "back",
    [
        "from pkg import a",
        "import pkg.a",
        "from pkg.a import name",
        "from . import a",
        "from .a import name",
        "def f():\n    from pkg import a",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pkg.a import Name",
    ],
)
def test_circle_is_found_however_the_import_is_written(back: str) -> None:
    graph = import_graph({"pkg": "", "pkg.a": "from pkg import b", "pkg.b": back, "pkg.c": "from pkg import a"})
    assert strongly_connected(graph) == [["pkg.a", "pkg.b"]]


def test_circle_through_a_package_is_found_and_its_imports_are_named() -> None:
    sources = {
        "pkg": "from pkg.a import name",
        "pkg.a": "import os\nfrom pkg.b import name",
        "pkg.b": "from pkg import name",
    }
    graph = import_graph(sources)
    assert strongly_connected(graph) == [["pkg", "pkg.a", "pkg.b"]]
    assert described(["pkg", "pkg.a", "pkg.b"], graph) == (
        "3 modules import each other in a circle. One way around:\n"
        "  pkg:1 imports pkg.a\n"
        "  pkg.a:2 imports pkg.b\n"
        "  pkg.b:1 imports pkg"
    )


def module_name(path: Path) -> str:
    """Return the dotted name of a file below the root; a package is its `__init__`."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def import_graph(sources: Mapping[str, str]) -> dict[str, dict[str, int]]:
    """Return the imports between the modules of `sources`, wherever in the code they stand."""
    packages = {name.rpartition(".")[0] for name in sources}
    graph: dict[str, dict[str, int]] = {name: {} for name in sources}
    for name, source in sources.items():
        package = name if name in packages else name.rpartition(".")[0]
        for target, line in _imports(ast.parse(source), package, sources):
            if target != name:
                graph[name].setdefault(target, line)
    return graph


def _imports(tree: ast.AST, package: str, known: Mapping[str, str]) -> Iterator[tuple[str, int]]:
    """Yield the imported modules; ``from package import module`` is an edge to the module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *filter(None, [node.module])])
            names = [full if (full := f"{base}.{alias.name}") in known else base for alias in node.names]
        else:
            continue
        yield from ((name, node.lineno) for name in names if name in known)


def strongly_connected(graph: Graph) -> list[list[str]]:
    """Return the sets of two or more modules that reach each other (Tarjan), the largest first."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in graph[node]:
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            start = stack.index(node)
            component = stack[start:]
            del stack[start:]
            if len(component) > 1:
                found.append(sorted(component))

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return sorted(found, key=lambda circle: (-len(circle), circle))


def described(circle: Iterable[str], graph: Graph) -> str:
    """Return the shortest way around and the other imports of a circle as text, each with module and line."""
    inside = sorted(circle)
    way = min((_way_around(start, inside, graph) for start in inside), key=len)
    steps = list(zip(way, [*way[1:], way[0]], strict=True))
    ties = [(source, target) for source in inside for target in sorted(graph[source]) if target in inside]
    others = [tie for tie in ties if tie not in steps]
    text = f"{len(inside)} modules import each other in a circle. One way around:\n"
    text += "\n".join(f"  {source}:{graph[source][target]} imports {target}" for source, target in steps)
    if others:
        text += "\nOther imports that tie them:\n"
        text += "\n".join(f"  {source}:{graph[source][target]} imports {target}" for source, target in others)
    return text


def _way_around(start: str, inside: Iterable[str], graph: Graph) -> list[str]:
    """Return the shortest way from `start` back to it."""
    ways = [[start]]
    seen = {start}
    while True:
        longer = [[*way, target] for way in ways for target in graph[way[-1]] if target in inside]
        for way in longer:
            if way[-1] == start:
                return way[:-1]
        ways = []
        for way in longer:
            if way[-1] not in seen:
                seen.add(way[-1])
                ways.append(way)
