"""Rendering of a frozen document to the bytes of its PDF, by the company's preference (order-desk §1, item 11)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bmtui.invoices.model import Assets, Document, Preference


@dataclass(frozen=True, slots=True)
class Way:
    """Way to make a document: the preference, and the template or the plugin that it names."""

    preference: str
    template: str = ""
    plugin: str = ""

    @property
    def repeatable(self) -> bool:
        """True when the same document gives the same bytes at any time, so that they need not be kept."""
        return self.preference in (Preference.STANDARD, Preference.CHANNEL)


STANDARD = Way(Preference.STANDARD)
ELSEWHERE = Way("elsewhere")
"""Way of a document that another system made: it is never drawn here."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """Result of a rendering: `way` is how it was really made; `remark` says why, where that is not the wanted way."""

    pdf: bytes
    way: Way
    remark: str = ""


def render(document: Document, assets: Assets, way: Way) -> Rendered:
    """Return the PDF.

    Word to PDF on a machine without LibreOffice gives the Standard document, and says so.

    Raises:
        RuleRefused: a glyph is missing, the template or the plugin is wrong.
    """
    # fpdf2 takes 0.4 s to be imported: only who makes a document pays for it.
    from bmtui.invoices import word

    if way.preference == Preference.PLUGIN:
        from bmtui.invoices import plugins

        return Rendered(plugins.render(way.plugin, document, assets.words, assets.logo), way)
    if way.preference == Preference.WORD:
        try:
            return Rendered(word.render(Path(way.template), document, assets), way)
        except word.WordUnavailable as error:
            remark = f"{error} The Standard invoice was made instead."
            return Rendered(standard(document, assets), STANDARD, remark)
    return Rendered(standard(document, assets), way)


def standard(document: Document, assets: Assets) -> bytes:
    """Return the PDF as bmtui draws it itself.

    Raises:
        RuleRefused: no font has one of its characters, or its Factur-X would not be valid.
    """
    from bmtui.invoices import drawing, factur_x, fonts
    from bmtui.invoices.content import content_of

    fonts.check(content_of(document, assets.words).texts())
    xml = factur_x.made(document) if document.factur_x else b""
    return drawing.draw(document, assets, xml)


def check(document: Document, assets: Assets, way: Way) -> None:
    """Check, before a number is taken, that `render` would work; quick, except for a plugin, which has to be run.

    Raises:
        RuleRefused: what `render` would.
    """
    from bmtui.invoices import factur_x, fonts, plugins, word
    from bmtui.invoices.content import content_of

    if document.factur_x:
        factur_x.made(document)
    if way.preference == Preference.PLUGIN:
        plugins.render(way.plugin, document, assets.words, assets.logo)
    elif way.preference == Preference.WORD and word.available() is None:
        word.check_template(Path(way.template), document, assets)
    else:
        # A plugin and Word bring fonts of their own.
        fonts.check(content_of(document, assets.words).texts())
