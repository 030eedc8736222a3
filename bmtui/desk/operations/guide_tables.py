"""Generated parts of the guides: settings, configuration, query keys and events; they cannot go out of date."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bmtui import configuration
from bmtui.desk.accounts import settings as account_settings
from bmtui.desk.companies.fields import FIELDS
from bmtui.desk.core.parameter import Parameter
from bmtui.desk.events import catalogue
from bmtui.desk.invoicing import fields as invoice_fields
from bmtui.guides import Part
from bmtui.store.query import AMOUNT_KEYS, CLOCKS, DATE_KEYS, PRESETS, TEXT_KEYS, WORD_KEYS


def _settings(_: str) -> str:
    return _listed(FIELDS)


def _invoice_settings(_: str) -> str:
    return _listed(invoice_fields.FIELDS)


def _account_settings(_: str) -> str:
    return _listed(account_settings.FIELDS)


def _listed(fields: Iterable[Parameter]) -> str:
    return "\n".join(
        f"- `{field.name}`: **{field.label}.**{field.explanation.removeprefix(f'{field.label}.')}" for field in fields
    )


def _configuration(_: str) -> str:
    lines = []
    for key in configuration.KEYS:
        allowed = f" One of: {', '.join(key.choices)}." if key.choices else ""
        allowed = f" From {key.lowest} to {key.highest}." if key.kind == "number" else allowed
        default = f" Default: {key.default}." if key.default is not None else ""
        lines.append(f"- `{key.name}` (or BMTUI_{key.name.upper()}): {key.help}{allowed}{default}")
    return "\n".join(lines)


def _query(_: str) -> str:
    lines = [f"- `{key}:` {', '.join(map(str, values))}" for key, values in WORD_KEYS.items()]
    lines.append("- `any:` words or numbers of which one is enough; a pasted column becomes one")
    lines += [f"- `{key}:` {about}" for key, about in TEXT_KEYS.items()]
    lines.append(f"- `{':`, `'.join(DATE_KEYS)}:` a day, a month, a range, or {', '.join(PRESETS)}")
    lines.append(f"- `shipby:` also {', '.join(CLOCKS)}")
    lines.append(f"- `{':`, `'.join(AMOUNT_KEYS)}:` an amount, `>100`, `<=20`, `10..20`")
    return "\n".join(lines)


def _events(_: str) -> str:
    return "\n".join(f"- `{kind.name}`: {kind.help}" for kind in catalogue.KINDS)


PARTS: Mapping[str, Part] = {
    "settings": _settings,
    "invoice_settings": _invoice_settings,
    "account_settings": _account_settings,
    "configuration": _configuration,
    "query": _query,
    "events": _events,
}
"""Functions that write a part, by the name that the guide uses."""
