"""Rules as TOML: to edit in an editor, and to keep beside the rest of an installation's description."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bmtui.configuration import line_in_array, parse
from bmtui.desk.core.context import Desk
from bmtui.desk.rules import rules
from bmtui.desk.rules.views import USUAL_LIMIT, Draft
from bmtui.errors import BmtuiError, ConfigError
from bmtui.store.query import QueryError
from bmtui.toml_text import comment, key_line

TABLE = "rule"
_KEYS = {"name": str, "when": str, "if": str, "then": list, "limit": int, "company": str, "enabled": bool}
_PLACES = {"name": "name", "when": "when", "query": "if", "then": "then", "limit": "limit"}


@dataclass(frozen=True, slots=True)
class Reading:
    """Rules read from a text; `problems` begin with file and line, and their rules are left out."""

    drafts: tuple[Draft, ...]
    problems: tuple[str, ...]


def export(desk: Desk, names: Sequence[str] = ()) -> str:
    """Return these rules as TOML, or all but empty acceptance rules. Raises NotFound."""
    views = [rules.show(desk, name) for name in names] or [
        view for view in rules.listing(desk) if view.query or not view.builtin
    ]
    lines = [comment("Rules of bmtui: 'bmtui help rules'.")]
    for view in views:
        values: dict[str, Any] = {"name": view.name, "when": view.when, "if": view.query, "then": list(view.then)}
        values |= {"limit": view.limit, "enabled": view.enabled}
        values |= {"company": view.company} if view.company else {}
        lines += ["", f"[[{TABLE}]]", *(key_line(key, value) for key, value in values.items())]
    return "\n".join(lines) + "\n"


def read(desk: Desk, text: str, where: str) -> Reading:
    """Return the rules in `text`, each checked as if it were saved.

    Raises:
        ConfigError: the text is no TOML; names `where` and the line.
    """
    tables = parse(text, where).get(TABLE, [])
    drafts, problems = [], []
    for number, table in enumerate(tables if isinstance(tables, list) else [tables]):
        try:
            draft = _draft(table)
            rules.check(desk, draft)
        except BmtuiError as error:
            field = "query" if isinstance(error, QueryError) else error.field
            line = line_in_array(text, TABLE, number, _PLACES.get(field, field))
            problems.append(f"{where}, line {line}: {error}")
        else:
            drafts.append(draft)
    return Reading(tuple(drafts), tuple(problems))


def _draft(table: Any) -> Draft:
    if not isinstance(table, dict):
        raise ConfigError(f"'{TABLE}' is no array of tables.", f"Write [[{TABLE}]].")
    for key, value in table.items():
        if key not in _KEYS:
            raise ConfigError(f"There is an unknown key '{key[:40]}'.", f"Keys: {', '.join(_KEYS)}.", field=key)
        if not isinstance(value, _KEYS[key]) or (_KEYS[key] is int and isinstance(value, bool)):
            raise ConfigError(f"'{key}' is not what it should be.", "See 'bmtui help rules'.", field=key)
    then = table.get("then", [])
    if not all(isinstance(text, str) for text in then):
        raise ConfigError("'then' is a list of texts.", 'Write then = ["tag vip"].', field="then")
    return Draft(
        table.get("name", ""),
        table.get("when", ""),
        table.get("if", ""),
        tuple(then),
        table.get("limit", USUAL_LIMIT),
        table.get("company", ""),
        table.get("enabled", True),
    )
