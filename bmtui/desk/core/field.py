"""What a setting is, of a company or of its invoices, and what holds for the texts of both."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from bmtui.errors import ConfigError
from bmtui.text import plain

_MEANINGS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting: `key` is its name in commands. `default` holds where nobody says anything; "": nothing."""

    key: str
    label: str
    kind: Literal["toggle", "text", "choice", "number", "secret", "file", "heading"]
    help: str = ""
    choices: tuple[str, ...] = ()
    default: str = ""

    @property
    def explanation(self) -> str:
        """Label, help and choices, as exports and guides print them."""
        return f"{self.label}. {self.help}" + (f" One of: {', '.join(self.choices)}." if self.choices else "")

    def cleaned(self, text: str) -> str:
        """`text` without what must not be in it: 'true' or 'false' of a toggle, one of the values of a choice.

        Raises:
            ConfigError: it is none of these.
        """
        value = plain(text).strip()
        if self.kind == "toggle":
            if value.lower() not in _MEANINGS:
                raise ConfigError(
                    f"'{text}' is neither true nor false ({self.label}).",
                    f"Write {self.key}=true or {self.key}=false.",
                )
            return "true" if _MEANINGS[value.lower()] else "false"
        if self.kind == "choice" and value not in self.choices:
            raise ConfigError(f"'{text}' is no value of {self.label}.", f"Values: {', '.join(self.choices)}.")
        return value

    def check_length(self, value: str, most: int) -> None:
        """Raises ConfigError when `value` has more than `most` characters."""
        if len(value) > most:
            raise ConfigError(f"{self.label} has {len(value)} characters; {most} is the most.")


def under_headings(fields: Sequence[Setting], headings: Mapping[str, str]) -> list[Setting]:
    """`fields` with a row of kind ``heading`` before each that `headings` names by its key."""
    found: list[Setting] = []
    for field in fields:
        if field.key in headings:
            found.append(Setting(f"heading.{field.key}", headings[field.key], "heading"))
        found.append(field)
    return found


def named(settings: Mapping[str, Setting], key: str, kind: str = "setting", others: str = "") -> Setting:
    """The setting `key`. Raises ConfigError, with the names that there are: there is none."""
    found = settings.get(key)
    if found is None:
        raise ConfigError(f"There is no {kind} '{key}'.", f"Settings: {', '.join(settings)}{others}.")
    return found
