"""Plants one small fault after another in the code that moves money, devices and personal data, and says which of them
no test notices: ``python tests/mutation/mutate.py refunds queue --sample 60``.

``--since main --seconds 180`` plants them only in lines that changed since a commit, until the time is over.

It works on a copy. Each fault is one pytest process on SQLite; those of a subject are chosen at random when `--sample`
or `--minutes` bounds them. The share found and the survivors go to stdout. A survivor is a rule without a test, or
means the same as before: then it goes into `EQUIVALENT`, with the reason.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SUBJECTS: Mapping[str, tuple[str, str]] = {
    "refunds": (
        "bmtui/desk/refunds/ledger.py bmtui/desk/refunds/plan.py bmtui/desk/refunds/issue.py "
        "bmtui/desk/refunds/approvals.py",
        "tests/desk/refunds tests/workers/outbox",
    ),
    "outbox": ("bmtui/desk/outbox", "tests/desk/outbox tests/workers/outbox tests/desk/refunds tests/desk/shipping"),
    "shipping": ("bmtui/desk/shipping", "tests/desk/shipping"),
    "returns": ("bmtui/desk/returns", "tests/desk/returns"),
    "privacy": (
        "bmtui/desk/core/personal_data.py bmtui/desk/operations/privacy.py",
        "tests/desk/operations/test_desk_privacy.py tests/desk/operations/test_desk_privacy_every_column.py "
        "tests/desk/operations/test_desk_privacy_written_down.py",
    ),
    "queue": ("bmtui/queue", "tests/queue"),
    "verify_effects": (
        "bmtui/workers/outbox/verify_effects.py bmtui/workers/outbox/send_effects.py",
        "tests/workers/outbox",
    ),
    "invoicing": (
        "bmtui/desk/invoicing/contents.py bmtui/desk/invoicing/issue.py bmtui/invoices/vat.py",
        "tests/desk/invoicing tests/desk/refunds/test_desk_credit_notes.py "
        "tests/desk/refunds/test_desk_refund_rules.py tests/invoices/test_invoices_vat.py",
    ),
    "values": ("bmtui/values", "tests/values"),
    "search": ("bmtui/store/conditions.py", "tests/store/test_store_query.py tests/store/test_store_search.py"),
}
"""Subjects: the modules that are mutated, and the tests that must notice it."""

EQUIVALENT: Mapping[tuple[str, str], str] = {}
"""Reasons why a fault changes nothing, by file and description."""

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
class Mutant:
    """Fault in a module: file, line, description, and the function that writes the whole module with it."""

    file: str
    line: int
    what: str
    source: Callable[[], str]


def mutants(file: str, source: str) -> Iterator[Mutant]:
    """Yield the faults that can be planted in a module."""
    tree = ast.parse(source)
    for parent, name, place, node in _nodes(tree):
        for changed in _changes(node):
            what = f"{_short(ast.unparse(node))} → {_short(ast.unparse(changed))}"
            yield Mutant(file, getattr(node, "lineno", 0), what, partial(_written, tree, parent, name, place, changed))


def _written(tree: ast.Module, parent: ast.AST, name: str, place: int | None, changed: ast.AST) -> str:
    """Return the module's text with `changed` at its place in `parent`; the tree is as before afterwards."""
    whole = getattr(parent, name)
    setattr(parent, name, changed if place is None else [*whole[:place], changed, *whole[place + 1 :]])
    try:
        return ast.unparse(ast.fix_missing_locations(tree))
    finally:
        setattr(parent, name, whole)


def _nodes(parent: ast.AST) -> Iterator[tuple[ast.AST, str, int | None, ast.AST]]:
    """Yield the nodes in which a fault can matter, with their place in their parent."""
    for name, value in ast.iter_fields(parent):
        # Annotations, and words for people, decide nothing.
        if name in ("annotation", "returns", "decorator_list") or isinstance(parent, ast.JoinedStr | ast.Import):
            continue
        for place, node in enumerate(value) if isinstance(value, list) else [(None, value)]:
            if isinstance(node, ast.AST):
                yield parent, name, place, node
                yield from _nodes(node)


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
        yield ast.Constant(node.value + 1)
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


class Laboratory:
    """Copy of the project in which faults are planted, one at a time."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "copy"
        for name in ("bmtui", "tests", "pyproject.toml"):
            source, target = ROOT / name, self.root / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "snapshots"))
            else:
                shutil.copy(source, target)

    def passes(self, tests: Sequence[str], timeout_s: float) -> bool:
        """Return True when the tests pass within `timeout_s` seconds."""
        command = [sys.executable, "-m", "pytest", *tests, "-x", "-q", "-k", "not postgres", "-p", "no:cacheprovider"]
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
        try:
            ran = subprocess.run(
                [*command, "-p", "no:xdist", "-o", "addopts="],
                cwd=self.root, env=environment, capture_output=True, timeout=timeout_s, check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return False
        return ran.returncode == 0

    def notices(self, mutant: Mutant, tests: Sequence[str], timeout_s: float) -> bool:
        """Return True when a test fails with the fault."""
        path = self.root / mutant.file
        source = path.read_text(encoding="utf-8")
        path.write_text(mutant.source(), encoding="utf-8")
        try:
            return not self.passes(tests, timeout_s)
        finally:
            path.write_text(source, encoding="utf-8")


def files_of(subject: str) -> list[str]:
    """Return the files of a subject, as paths below the project's root."""
    found: list[str] = []
    for name in SUBJECTS[subject][0].split():
        path = ROOT / name
        found += sorted(str(file.relative_to(ROOT)) for file in path.rglob("*.py")) if path.is_dir() else [name]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=f"one of {', '.join(SUBJECTS)}; without, all")
    parser.add_argument("--sample", type=int, metavar="N", help="at most so many faults of a subject, chosen at random")
    parser.add_argument("--minutes", type=float, metavar="M", help="begin no fault after so many minutes of a subject")
    parser.add_argument("--since", metavar="COMMIT", help="only in lines that changed since this commit")
    parser.add_argument("--seconds", type=float, metavar="S", help="begin no fault after so many seconds of all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--list", action="store_true", help="only say how many faults there are")
    args = parser.parse_args()
    if unknown := set(args.subjects) - set(SUBJECTS):
        parser.error(f"no such subject: {', '.join(sorted(unknown))}")
    survived = planted = 0
    touched = changed_since(args.since) if args.since else None
    until = time.monotonic() + args.seconds if args.seconds else None
    with tempfile.TemporaryDirectory(prefix="bmtui-mutation-") as folder:
        laboratory = Laboratory(Path(folder))
        for subject in args.subjects or SUBJECTS:
            every = [
                mutant
                for file in files_of(subject)
                for mutant in mutants(file, (ROOT / file).read_text(encoding="utf-8"))
                if (file, mutant.what) not in EQUIVALENT and (touched is None or mutant.line in touched.get(file, ()))
            ]
            if touched is not None and not every:
                continue
            if args.list:
                print(f"{subject}: {len(every):,} faults in {len(files_of(subject))} modules")
                continue
            found, tried = _try(laboratory, subject, every, args, until)
            survived, planted = survived + tried - found, planted + tried
    if planted:
        print(f"ALL: {planted - survived} of {planted} faults found, {100 * (planted - survived) / planted:.1f} %")
    elif touched is not None and not args.list:
        print("No fault was planted: no line of these modules changed, or the time was over.")
    return int(survived > 0)


def _try(
    laboratory: Laboratory, subject: str, every: list[Mutant], args: argparse.Namespace, until: float | None
) -> tuple[int, int]:
    """Plant the faults of a subject; return how many the tests noticed, and how many were planted."""
    tests, began = SUBJECTS[subject][1].split(), time.monotonic()
    left_s = until - began if until is not None else 3600
    if left_s <= 0:
        return 0, 0
    if not laboratory.passes(tests, left_s):
        if until is not None and time.monotonic() >= until:
            return 0, 0
        raise SystemExit(f"{subject}: its tests fail without any fault.")
    timeout_s = 30 + 4 * (time.monotonic() - began)
    chosen = random.Random(args.seed).sample(every, min(args.sample or len(every), len(every)))
    found = tried = 0
    for mutant in chosen:
        if args.minutes is not None and time.monotonic() - began > 60 * args.minutes:
            break
        left_s = until - time.monotonic() if until is not None else timeout_s
        if left_s <= 0:
            break
        noticed = laboratory.notices(mutant, tests, min(timeout_s, left_s))
        if until is not None and time.monotonic() >= until and left_s < timeout_s:
            # Cut short by the end of the time: nobody knows.
            break
        tried += 1
        if noticed:
            found += 1
        else:
            print(f"  survived: {mutant.file}:{mutant.line}: {mutant.what}", flush=True)
    share = f"{100 * found / tried:.1f} %" if tried else "none planted"
    print(f"{subject}: {found} of {tried} faults found, {share} ({len(every):,} can be planted)", flush=True)
    return found, tried


def changed_since(commit: str) -> dict[str, set[int]]:
    """Return the line numbers that changed since a commit, by file below the project's root."""
    command = ["git", "diff", "--unified=0", "--no-color", "--no-ext-diff", "--no-prefix", commit, "--", "bmtui"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"There is no commit '{commit}' to compare with: {done.stderr.strip()}")
    return lines_of(done.stdout)


def lines_of(diff: str) -> dict[str, set[int]]:
    """Return the numbers of the new lines in a diff without context, by file."""
    found: dict[str, set[int]] = {}
    file = ""
    for line in diff.splitlines():
        if line.startswith("+++ "):
            file = line.removeprefix("+++ ")
        elif hunk := re.match(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@", line):
            first, count = int(hunk[1]), int(hunk[2] or 1)
            found.setdefault(file, set()).update(range(first, first + count))
    return found


if __name__ == "__main__":
    raise SystemExit(main())
