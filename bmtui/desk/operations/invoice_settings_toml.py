"""Invoice settings as a part of a company's TOML (`company_toml`): for all markets, and for single ones.

[companies.Shop.invoices]
seller_name = "Refurb SARL"
[companies.Shop.invoices.de-de]
vat_mode = "regular"
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bmtui.configuration import placed
from bmtui.desk.companies.companies import Difference, shown
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Parameter
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.invoicing.fields import BY_KEY, FIELDS, parsed
from bmtui.errors import ConfigError
from bmtui.invoices.markets import MARKETS
from bmtui.store.models import Company
from bmtui.toml_text import comment, header, key_line

TABLE = "invoices"
Changes = Mapping[str, Mapping[str, str]]
"""Changes: texts by key, by market; the market "" is all markets."""


def lines(company: Company, at: Sequence[str]) -> list[str]:
    """Return the lines of the table below `at`: the settings that are set, and as comments those that could be."""
    entries = {market: row.entries for market, row in invoice_settings.saved(company).items()}
    found = [
        "",
        header((*at, TABLE)),
        comment(f"How invoices are made; [companies.NAME.{TABLE}.MARKET] says otherwise for one market."),
        comment('What is not set stands as a comment; an empty text, key = "", unsets.'),
    ]
    for field in FIELDS:
        value = entries.get("", {}).get(field.name)
        line = key_line(field.name, _typed(field, value or field.default))
        found += [comment(field.explanation), line if value else f"# {line}"]
    for market, said in entries.items():
        if market and said:
            found += ["", header((*at, TABLE, market))]
            found += [key_line(key, _typed(BY_KEY[key], value)) for key, value in said.items()]
    return found


def read(text: str, where: str, at: str, value: Any) -> dict[str, dict[str, str]]:
    """Return the changes in the table `at`; each value is checked alone.

    Raises:
        ConfigError: with the line in `where`.
    """
    if not isinstance(value, dict):
        raise ConfigError(placed(text, where, TABLE, at, f"'{TABLE}' is not a table"), f"Write [{at}.{TABLE}].")
    at = f"{at}.{TABLE}"
    found: dict[str, dict[str, str]] = {}
    for name, inner in value.items():
        if not isinstance(inner, dict):
            found.setdefault("", {})[name] = _text(text, where, at, name, inner)
        elif name in MARKETS:
            found[name] = {key: _text(text, where, f"{at}.{name}", key, one) for key, one in inner.items()}
        else:
            problem = f"there is no market '{name[:40]}'"
            raise ConfigError(placed(text, where, "", f"{at}.{name}", problem), f"Markets: {', '.join(MARKETS)}.")
    return found


def differences(text: str, where: str, at: str, company: Company, changes: Changes) -> tuple[Difference, ...]:
    """Return the differences that the changes would make, market by market.

    Raises:
        ConfigError: the values contradict each other, or a file cannot be used; with the line in `where`.
    """
    try:
        found = invoice_settings.differences(company, changes)
    except ConfigError as error:
        problem = error.message.rstrip(".")
        raise ConfigError(placed(text, where, "", f"{at}.{TABLE}", problem), error.advice) from error
    return tuple(
        Difference(
            ".".join(filter(None, (TABLE, market, key))),
            f"Invoices{f' in {market}' if market else ''}: {BY_KEY[key].label}",
            before,
            after,
        )
        for market, keys in found.items()
        for key, (before, after) in keys.items()
    )


def apply(desk: Desk, company: str, changes: Changes, versions: Mapping[str, int] | None = None) -> None:
    """Apply the changes, those for all markets first; joins the caller's transaction.

    Raises:
        EditConflict: somebody saved since `versions`. The errors of `invoicing.settings.change`.
    """
    for market in sorted(changes):
        version = None if versions is None else versions.get(market, 0)
        invoice_settings.change(desk, company, market, changes[market], version)


def _text(text: str, where: str, at: str, key: str, value: Any) -> str:
    try:
        if not isinstance(value, bool | int | float | str):
            raise ConfigError(f"'{key}' has a value of a wrong type.", "Write a text, a number, true or false.")
        said = shown(value)
        parsed(key, said)
    except ConfigError as error:
        raise ConfigError(placed(text, where, key, at, error.message.rstrip(".")), error.advice) from error
    return said


def _typed(field: Parameter, value: str) -> str | bool:
    return value == "true" if field.kind == "toggle" else value
