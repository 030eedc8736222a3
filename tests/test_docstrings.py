"""Docstrings begin with a verb or a noun of the field, so that a stranger understands the first line."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RIDDLES = """
what who which whose whom it its they this these those that he she whoever whatever whichever how where
when one ones somebody someone anybody nobody everything nothing something all each every whether if as
for of there so
""".split()  # noqa: SIM905 - easier to read
"""Words that stand for a noun which the reader does not know yet."""


def docstrings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the strings that stand alone: those of modules, classes and functions, and those under a value."""
    for node in ast.walk(tree):
        for inner in ast.iter_child_nodes(node):
            value = inner.value if isinstance(inner, ast.Expr) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value.lineno, value.value


@pytest.mark.source
@pytest.mark.parametrize("folder", ["bmtui", "tests"])
def test_docstrings_begin_with_a_verb_or_a_noun(folder: str) -> None:
    wrong = []
    for file in sorted((ROOT / folder).rglob("*.py")):
        for line, text in docstrings(ast.parse(file.read_text(encoding="utf-8"))):
            first = (text.split() or [""])[0].strip("`*.,;:").lower()
            if first in RIDDLES:
                wrong.append(f"{file.relative_to(ROOT)}:{line}: {text.strip()[:60]}")
    assert wrong == []
