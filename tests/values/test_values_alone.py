"""Readers outside of values/: no other module makes dates, numbers or tables from what people put in.

Modules listed here read what the program itself wrote, or what Back Market says, which has a single notation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import bmtui

ROOT = Path(bmtui.__file__).parent
OWN_FORMAT = {
    "channel/fields.py": "the API",
    "channel/requests.py": "the API",
    "desk/accounts": "amounts and days of the store, and rates of the central bank",
    "desk/outbox/booked.py": "the API",
    "invoices": "frozen documents",
    "money.py": "the API, by channel/fields",
    "queue/jobs.py": "parameters of jobs",
    "store/postgres.py": "the server's numbers",
    "workers": "parameters of jobs",
    "desk/core": "zones that were checked as they were set",
    "desk/companies/policies.py": "zones that were checked as they were set",
    "desk/companies/acceptance_rule.py": "amounts of the store",
    "tui/app.py": "zones that were checked as they were set",
}
READERS = {"fromisoformat", "strptime", "Decimal", "ZoneInfo", "reader", "DictReader"}


def calls(path: Path) -> Iterator[str]:
    """Yield the calls of a reader whose text is not a literal of the source."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        function = node.func
        name = (
            function.attr
            if isinstance(function, ast.Attribute)
            else function.id
            if isinstance(function, ast.Name)
            else ""
        )
        if name in READERS and not isinstance(node.args[0], ast.Constant):
            yield f"{name} in line {node.lineno}"


def is_allowed(place: str) -> bool:
    return any(place == known or place.startswith(f"{known}/") for known in OWN_FORMAT)


@pytest.mark.source
def test_dates_numbers_zones_and_tables_are_read_only_in_values() -> None:
    places = {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.rglob("*.py"))}
    outside = {place: path for place, path in places.items() if not place.startswith(("values/", "sandbox/"))}
    found = {place: list(calls(path)) for place, path in outside.items()}
    assert {place: names for place, names in found.items() if names and not is_allowed(place)} == {}
    # What is allowed and not used was found in the list.
    assert [
        known
        for known in OWN_FORMAT
        if not any(names for place, names in found.items() if place == known or place.startswith(f"{known}/"))
    ] == []


@pytest.mark.source
def test_tables_are_read_in_one_module() -> None:
    importing = {
        path.relative_to(ROOT).as_posix()
        for path in ROOT.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(alias.name == "csv" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "csv")
    }
    assert importing == {"values/table_file.py", "csv_writer.py"}
