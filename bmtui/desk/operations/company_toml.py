"""Companies as TOML: to edit in an editor, and to keep beside the rest of an installation's description.

The text never holds a token, only its source. An import changes the companies and keys that the text names; others stay
as they are. The settings of a company's invoices are a table of their own (`invoice_settings_toml`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bmtui.configuration import parse, placed
from bmtui.desk.companies import companies, credentials
from bmtui.desk.companies.companies import Difference
from bmtui.desk.companies.fields import FIELDS
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.operations import invoice_settings_toml
from bmtui.errors import BmtuiError, ConfigError
from bmtui.store.models import Company
from bmtui.text import plain
from bmtui.toml_text import comment, header, key_line

_TABLE = "companies"
_KEYS = {field.name: field for field in FIELDS if field.kind != "secret"}
_NEEDED = ("platform", "contact")


@dataclass(frozen=True, slots=True)
class Plan:
    """Planned import of one company: `changes` are texts by key, as `companies.change` takes them."""

    name: str
    is_new: bool
    changes: Mapping[str, str]
    invoices: invoice_settings_toml.Changes
    differences: tuple[Difference, ...]

    @property
    def token_source(self) -> str:
        return self.changes.get("token_source", credentials.IN_FILE)


@dataclass(frozen=True, slots=True)
class Mark:
    """Versions of a company's settings, and of its invoice settings by market, when they were read."""

    company: int
    invoices: Mapping[str, int]


def mark(desk: Desk, name: str | None = None) -> Mark:
    """Return the present versions of a company's settings; `apply` refuses if they changed since. Raises NotFound."""
    with desk.store.snapshot():
        row = desk.company_row(name)
        return Mark(row.version, {market: one.version for market, one in invoice_settings.saved(row).items()})


def export(desk: Desk, names: Sequence[str] = ()) -> str:
    """Return these companies, or all, as TOML with a comment for each key.

    Raises:
        NotFound: no such company.
    """
    views = [companies.show(desk, name) for name in names] or companies.listing(desk)
    lines = [comment("Companies of bmtui. A token never stands here, only where it is looked for.")]
    for view in views:
        at = (_TABLE, view.name)
        lines += ["", header(at)]
        for field in _KEYS.values():
            lines += [comment(field.explanation), key_line(field.name, getattr(view, field.name))]
        lines += [
            comment("Where the token is: file (kept by bmtui), env:VARIABLE, or credential:NAME."),
            key_line("token_source", view.token_source),
            *invoice_settings_toml.lines(desk.company_row(view.name), at),
        ]
    return "\n".join([*lines, ""])


def plan(desk: Desk, text: str, where: str, only: str = "") -> tuple[Plan, ...]:
    """Return the changes that `apply` would make from a text; each value is checked, nothing is changed.

    Args:
        only: the one company that the text may name.

    Raises:
        ConfigError: with the line in `where`.
    """
    values = parse(text, where)
    for key in values.keys() - {_TABLE}:
        raise ConfigError(placed(text, where, key, "", f"unknown '{key}'"), f"Companies stand as [{_TABLE}.NAME].")
    tables = values.get(_TABLE, {})
    if not isinstance(tables, dict) or not tables:
        raise ConfigError(f"{where} names no company.", f"A company begins with [{_TABLE}.NAME].")
    if only and set(tables) != {only}:
        raise ConfigError(f"{where} must be about {only} alone.", "A company is not renamed here.")
    return tuple(_plan(desk, text, where, name, table) for name, table in tables.items())


def apply(desk: Desk, plans: Iterable[Plan], since: Mark | None = None) -> None:
    """Apply all plans, or none if one fails.

    Raises:
        EditConflict: somebody saved after `since` was read. RuleRefused, ConfigError: as `companies.change` and `add`,
        and `invoicing.settings.change`.
    """
    desk.must_write()
    # Companies to switch off come first: Legacy and API must not be on together, not even between two companies.
    ordered = sorted(plans, key=lambda plan: plan.changes.get("enabled") != "false")
    with desk.store.transaction():
        for one in ordered:
            if one.is_new:
                given = {key: value for key, value in one.changes.items() if key not in (*_NEEDED, "token_source")}
                companies.add(
                    desk,
                    one.name,
                    platform=one.changes["platform"],
                    contact=one.changes["contact"],
                    token_source=one.token_source,
                    **given,
                )
            elif one.differences:
                companies.change(desk, one.name, one.changes, since.company if since else None)
            if one.is_new or one.differences:
                invoice_settings_toml.apply(desk, one.name, one.invoices, since.invoices if since else None)
    for one in ordered:
        if one.token_source != credentials.IN_FILE:
            credentials.forget(desk.settings, desk.company_row(one.name).id)


def _plan(desk: Desk, text: str, where: str, name: str, table: Any) -> Plan:
    at = f"{_TABLE}.{name}"
    if not isinstance(table, dict):
        raise ConfigError(placed(text, where, name, _TABLE, f"'{name}' is not a table"), f"Write [{at}].")
    changes: dict[str, str] = {}
    invoices: dict[str, dict[str, str]] = {}
    for key, value in table.items():
        if key == invoice_settings_toml.TABLE:
            invoices = invoice_settings_toml.read(text, where, at, value)
            continue
        if key in ("token", "token_env"):
            raise ConfigError(
                placed(text, where, key, at, "a token must not stand here"), "Say where it is: token_source."
            )
        if not isinstance(value, bool | int | str) or (key not in _KEYS and key != "token_source"):
            known = f"Settings: {', '.join(_KEYS)}, token_source; and [{at}.{invoice_settings_toml.TABLE}]."
            raise ConfigError(placed(text, where, key, at, f"'{key}' is no setting, or not of its kind"), known)
        changes[key] = companies.shown(value)
    row = Company.get_or_none(Company.name == name)
    is_new = row is None
    for key in _NEEDED:
        if is_new and key not in changes:
            raise ConfigError(placed(text, where, "", at, f"a new company needs '{key}'"), f"Add {key} = to [{at}].")
    for key, value in changes.items():
        try:
            companies.checked(key, value)
        except BmtuiError as error:
            raise ConfigError(placed(text, where, key, at, error.message.rstrip(".")), error.advice) from error
    if is_new:
        found = tuple(
            Difference(key, _KEYS[key].label if key in _KEYS else "Token source", "", plain(value))
            for key, value in changes.items()
        )
    else:
        found = companies.differences(desk, name, changes)
    found += invoice_settings_toml.differences(text, where, at, row or Company(name=name), invoices)
    return Plan(name, is_new, changes, invoices, found)
