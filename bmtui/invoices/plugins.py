"""Plugins: documents made by a user's own Python package, found by the entry point group `bmtui.invoices`.

`tests/invoices/example_plugin` is a whole example. A plugin gets the frozen document and returns the bytes of a PDF.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol

from bmtui.errors import RuleRefused
from bmtui.invoices.model import Document

GROUP = "bmtui.invoices"


class InvoicePlugin(Protocol):
    """Interface of an entry point: a function, or an object that can be called like one."""

    def __call__(self, document: Document, words: Mapping[str, str], logo: bytes) -> bytes:
        """Return the PDF of `document`, whose language's words are `words`; `logo` is PNG or JPEG, or empty."""
        ...


class PluginFailed(RuleRefused):
    """Error of a plugin that is missing, raised, or returned no PDF; the message names it."""

    title = "The invoice plugin"


def names() -> tuple[str, ...]:
    """Return the names of the installed plugins."""
    return tuple(sorted(entry.name for entry in entry_points(group=GROUP)))


def render(name: str, document: Document, words: Mapping[str, str], logo: bytes) -> bytes:
    """Return the plugin's PDF.

    Raises:
        PluginFailed: whatever goes wrong in it.
    """
    entry = _entry(name)
    try:
        plugin: InvoicePlugin = entry.load()
        pdf = plugin(document, words, logo)
    except Exception as error:
        # Foreign code: anything can come.
        raise PluginFailed(
            f"The invoice plugin '{name}' ({entry.value}) raised {type(error).__name__}: {str(error)[:200]}",
            "Nothing was numbered. Ask who wrote the plugin, or choose another invoice preference.",
        ) from error
    if not isinstance(pdf, bytes) or not pdf.startswith(b"%PDF-"):
        raise PluginFailed(
            f"The invoice plugin '{name}' ({entry.value}) did not return the bytes of a PDF.",
            "Nothing was numbered. Ask who wrote the plugin, or choose another invoice preference.",
        )
    return pdf


def _entry(name: str) -> EntryPoint:
    for entry in entry_points(group=GROUP):
        if entry.name == name:
            return entry
    known = ", ".join(names()) or "none"
    raise PluginFailed(
        f"There is no invoice plugin '{name}' installed.",
        f"Installed: {known}. Set plugin=NAME in the invoice settings.",
    )
