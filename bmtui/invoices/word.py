"""Word to PDF: a .docx template with placeholders, filled by docxtpl, turned into a PDF by a headless LibreOffice.

The placeholders are those of `placeholders`; README lists them. LibreOffice runs with a profile of
its own, so that one that is open on somebody's desktop is left alone, and is ended when it takes too long.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from bmtui.errors import RuleRefused
from bmtui.invoices import wording
from bmtui.invoices.content import content_of
from bmtui.invoices.model import Assets, Document

TIMEOUT_S = 120.0
_PROGRAMS = ("soffice", "libreoffice")


class WordUnavailable(RuleRefused):
    """Error for Word to PDF on a machine that lacks its programs: the Standard document is made instead."""

    title = "Word to PDF is not possible here"


def placeholders(document: Document, assets: Assets) -> dict[str, Any]:
    """Return the values for a template: ``{{ number }}``, ``{% for line in lines %}{{ line.text }}{% endfor %}``…"""
    words, content = assets.words, content_of(document, assets.words)

    def money(minor: int) -> str:
        return wording.amount(words, minor, document.currency)

    lines = [
        {
            "text": line.text,
            "sku": line.sku,
            "condition": words[line.condition] if line.condition else "",
            "imei": line.imei,
            "serial_number": line.serial_number,
            "quantity": line.quantity,
            "cells": list(row.cells),
            "amount": money(line.gross),
        }
        for line, row in zip(document.lines, content.rows, strict=True)
    ]
    return {
        "title": content.title,
        "number": document.number,
        "issued": wording.day(words, document.issued),
        "supplied": wording.day(words, document.supplied),
        "order": str(document.order_id),
        "market": document.market,
        "delivery_note": document.reference,
        "shipment": document.tracking,
        "currency": document.currency,
        "seller": list(content.seller),
        "buyer": list(content.buyer),
        "headings": list(content.headings),
        "lines": lines,
        "summary": [list(row) for row in content.summary],
        "total": content.total[1],
        "notes": list(content.notes),
        "mentions": list(content.mentions),
        "footer": content.footer,
        "words": dict(words),
    }


def check_template(template: Path, document: Document, assets: Assets) -> None:
    """Fill the template as a test, without keeping the result.

    Raises:
        WordUnavailable: docxtpl is not installed. RuleRefused: an unknown placeholder, or no template.
    """
    with tempfile.TemporaryDirectory(prefix="bmtui-word-") as folder:
        _fill(template, placeholders(document, assets), Path(folder) / "filled.docx")


def available() -> str | None:
    """Return the reason why Word to PDF cannot be done on this machine, or None."""
    if find_spec("docxtpl") is None:
        return "Word to PDF needs one more library: pip install 'bmtui[word]'."
    if _program() is None:
        return "Word to PDF needs LibreOffice, which is not installed here (Debian: libreoffice-writer-nogui)."
    return None


def render(template: Path, document: Document, assets: Assets, timeout_s: float = TIMEOUT_S) -> bytes:
    """Return the PDF. Takes seconds; its bytes differ from run to run, so that they must be kept.

    Raises:
        WordUnavailable: LibreOffice is missing, fails, or takes longer than `timeout_s`.
        RuleRefused: the template has an unknown placeholder, or is no Word document.
    """
    why_not = available()
    if why_not:
        raise WordUnavailable(why_not)
    with tempfile.TemporaryDirectory(prefix="bmtui-word-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        filled = folder / "filled.docx"
        _fill(template, placeholders(document, assets), filled)
        _convert(filled, folder, timeout_s)
        try:
            pdf = (folder / "filled.pdf").read_bytes()
        except OSError as error:
            raise WordUnavailable("LibreOffice ended without a PDF.") from error
        if not pdf.startswith(b"%PDF-"):
            raise WordUnavailable("What LibreOffice made is not a PDF.")
        return pdf


def _fill(template: Path, values: Mapping[str, Any], target: Path) -> None:
    if find_spec("docxtpl") is None:
        raise WordUnavailable("Word to PDF needs one more library: pip install 'bmtui[word]'.")
    from docxtpl import DocxTemplate
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    if not template.is_file():
        raise RuleRefused(
            f"There is no template {template}.",
            "Set word_template to the path of a .docx file in the invoice settings.",
        )
    # A template can come from anywhere: it reads the placeholders, and nothing else of this program.
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        document = DocxTemplate(str(template))
        unknown = sorted(document.get_undeclared_template_variables(environment) - set(values))
        if unknown:
            raise RuleRefused(
                f"The template {template.name} has an unknown placeholder: {', '.join(unknown)}.",
                f"Placeholders: {', '.join(values)}.",
            )
        document.render(dict(values), environment, autoescape=True)
        document.save(str(target))
    except RuleRefused:
        raise
    except TemplateError as error:
        raise RuleRefused(f"The template {template.name} cannot be filled: {error}.", "Correct it in Word.") from error
    except Exception as error:
        # Zip, XML and Word errors of many kinds: whatever it is, it is the template.
        raise RuleRefused(
            f"The template {template.name} cannot be read as a Word document ({type(error).__name__}).",
            "Save it as .docx.",
        ) from error


def _convert(source: Path, folder: Path, timeout_s: float) -> None:
    program = _program() or _PROGRAMS[0]
    command = [
        program,
        "--headless",
        "--norestore",
        "--nolockcheck",
        f"-env:UserInstallation={(folder / 'profile').as_uri()}",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
        str(source),
    ]
    process = subprocess.Popen(  # noqa: S603 - our own words, and a file that we wrote
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True
    )
    try:
        said, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired as error:
        # LibreOffice starts a child that would live on.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise WordUnavailable(f"LibreOffice took longer than {timeout_s:.0f} s and was ended.") from error
    if process.returncode:
        text = said.decode("utf-8", "replace").strip()[-200:]
        raise WordUnavailable(f"LibreOffice failed with code {process.returncode}. {text}")


def _program() -> str | None:
    return next((found for name in _PROGRAMS if (found := shutil.which(name))), None)
