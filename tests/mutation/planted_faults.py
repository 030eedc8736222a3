"""Small faults that can be planted in a module: one comparison, constant, condition, return or statement changed."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import CodeType

_SWAPS: Mapping[type[ast.AST], type[ast.AST]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd,
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
}
_METHODS = {"in_": "not_in", "not_in": "in_", "all": "any", "any": "all", "min": "max", "max": "min"}


@dataclass(frozen=True, slots=True)
class Place:
    """Place of a node: its class and function, the line at which that begins, and the lines of its statement."""

    name: str = ""
    """`function` or `Class.method`, without those inside it; empty or a class, for what runs at import."""
    begins: int = 0
    """First line of that function with its decorators; 0 for what runs at import."""
    first: int = 0
    last: int = 0
    kept: bool = False
    """True where a function's result is kept for later calls: they see its fault without reaching it."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """Fault in a module: file, line, place, description, and the function that calls another with the whole module."""

    file: str
    line: int
    place: Place
    what: str
    _with_fault: Callable[[Callable[[ast.Module], object]], object]

    @property
    def key(self) -> tuple[str, str, str]:
        """File, function and description: the same when lines are added above."""
        return self.file, self.place.name, self.what

    @property
    def lines(self) -> range:
        """Lines of the statement (of its head, where it has a body): who does not reach one cannot notice the fault."""
        return range(self.place.first, self.place.last + 1)

    def source(self) -> str:
        """Return the module's text with the fault, without its comments."""
        return str(self._with_fault(ast.unparse))

    def function(self, file: str) -> CodeType | None:
        """Return the code of the function that has the fault, as read from `file`; None for what runs at import."""

        def compiled(tree: ast.Module) -> CodeType | None:
            return _function(compile(tree, file, "exec", dont_inherit=True), self.place)

        code = self._with_fault(compiled) if self.place.begins else None
        return code if isinstance(code, CodeType) else None


def _function(code: CodeType, place: Place) -> CodeType | None:
    for inner in code.co_consts:
        if not isinstance(inner, CodeType):
            continue
        if inner.co_qualname == place.name and inner.co_firstlineno == place.begins:
            return inner
        if place.name.startswith(f"{inner.co_qualname}.") and (found := _function(inner, place)):
            return found
    return None


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Yield the faults that can be planted in a module."""
    tree = ast.parse(source)
    for parent, name, index, node, place in _nodes(tree, Place()):
        for changed in _changes(node):
            what = f"{_short(ast.unparse(node))} → {_short(ast.unparse(changed))}"
            planted = partial(_with_fault, tree, parent, name, index, changed)
            yield Mutant(file, getattr(node, "lineno", 0), place, what, planted)


def _with_fault(
    tree: ast.Module,
    parent: ast.AST,
    name: str,
    index: int | None,
    changed: ast.AST,
    use: Callable[[ast.Module], object],
) -> object:
    """Call `use` with the module whose `parent` has `changed` at its place; the tree is as before afterwards."""
    whole = getattr(parent, name)
    setattr(parent, name, changed if index is None else [*whole[:index], changed, *whole[index + 1 :]])
    try:
        return use(ast.fix_missing_locations(tree))
    finally:
        setattr(parent, name, whole)


def _nodes(parent: ast.AST, place: Place) -> Iterator[tuple[ast.AST, str, int | None, ast.AST, Place]]:
    """Yield the nodes in which a fault can matter, with their place in their parent and in the module."""
    inside = _inside(parent, place)
    for name, value in ast.iter_fields(parent):
        # Annotations, and words for people, decide nothing.
        if name in ("annotation", "returns", "decorator_list") or isinstance(parent, ast.JoinedStr | ast.Import):
            continue
        around = inside if name == "body" else place
        for index, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST) and not _is_noise(parent, node):
                here = _at(node, around)
                yield parent, name, index, node, here
                yield from _nodes(node, here)


def _is_noise(parent: ast.AST, node: ast.AST) -> bool:
    """Return True for what decides nothing.

    `zip(strict=True)` holds wherever it is written; how long a text may be is a size; a counter must only differ from
    what it was; a line of a log is for people.
    """
    if isinstance(node, ast.keyword):
        return node.arg in ("strict", "longest")
    if isinstance(parent, ast.BinOp) and isinstance(node, ast.Constant):
        return ast.unparse(parent).endswith((".version + 1", ".fence + 1"))
    return isinstance(node, ast.Expr) and ast.unparse(node).startswith("log.")


def _inside(node: ast.AST, place: Place) -> Place:
    """Return the place of what stands in a node's body."""
    if place.begins or not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
        return place
    name = f"{place.name}.{node.name}" if place.name else node.name
    if isinstance(node, ast.ClassDef):
        return replace(place, name=name)
    kept = any("cache" in ast.unparse(each) for each in node.decorator_list)
    return replace(place, name=name, begins=min(each.lineno for each in (node, *node.decorator_list)), kept=kept)


def _at(node: ast.AST, place: Place) -> Place:
    if not isinstance(node, ast.stmt):
        return place
    last = node.end_lineno or node.lineno
    if (body := getattr(node, "body", None)) and not isinstance(node, ast.Try):
        # What an `except` or a `case` decides is reached with any line of the whole.
        last = max(node.lineno, body[0].lineno - 1)
    return replace(place, first=node.lineno, last=last)


def _changes(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Compare):
        for place, operator in enumerate(node.ops):
            yield _with(node, ops=[*node.ops[:place], _SWAPS[type(operator)](), *node.ops[place + 1 :]])
    elif isinstance(node, ast.BoolOp):
        yield _with(node, op=_SWAPS[type(node.op)]())
        for place in range(len(node.values)):
            rest = node.values[:place] + node.values[place + 1 :]
            yield rest[0] if len(rest) == 1 else _with(node, values=rest)
    elif isinstance(node, ast.BinOp) and type(node.op) in _SWAPS and not isinstance(node.left, ast.JoinedStr):
        yield _with(node, op=_SWAPS[type(node.op)]())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node.operand
    elif isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield ast.Constant(not node.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        # One more of many is within what anybody measures.
        yield ast.Constant(node.value + 1 if node.value < 100 else node.value * 2)
    elif isinstance(node, ast.Attribute) and node.attr in _METHODS:
        yield _with(node, attr=_METHODS[node.attr])
    elif isinstance(node, ast.Name) and node.id in _METHODS:
        yield _with(node, id=_METHODS[node.id])
    elif isinstance(node, ast.If | ast.IfExp) and not isinstance(node.test, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield _with(node, test=ast.UnaryOp(ast.Not(), node.test))
    elif isinstance(node, ast.Return) and not (node.value is None or isinstance(node.value, ast.Constant)):
        yield ast.Return(ast.Constant(None))
    elif isinstance(node, ast.Raise | ast.AugAssign) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)
    ):
        yield ast.Pass()


def _with(node: ast.AST, **changes: object) -> ast.AST:
    changed = copy.copy(node)
    for name, value in changes.items():
        setattr(changed, name, value)
    return changed


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 90 else f"{line[:60]} … {line[-27:]}"
