"""Word to PDF: a template is filled and printed by a real LibreOffice; errors are named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from documents import assets, document, squeezed, text_of
from docx import Document as WordFile
from waiting import until_ended

from bmtui.errors import RuleRefused
from bmtui.invoices import rendering, word
from bmtui.invoices.model import Preference
from bmtui.invoices.rendering import Way

LINES = "{% for line in lines %}{{ line.quantity }} x {{ line.text }} {{ line.imei }} {{ line.amount }}; {% endfor %}"


def template(folder: Path, *paragraphs: str) -> Path:
    file = WordFile()
    for text in paragraphs:
        file.add_paragraph(text)
    path = folder / "invoice.docx"
    file.save(str(path))
    return path


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """Put a shell script called soffice first on the PATH."""
    path = folder / "soffice"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.slow
@pytest.mark.skipif(word.available() is not None, reason=str(word.available()))
def test_a_template_becomes_a_pdf_by_libreoffice(tmp_path: Path) -> None:
    path = template(
        tmp_path,
        "{{ title }} {{ number }} {{ issued }} {{ supplied }} {{ order }}",
        "{% for line in seller %}{{ line }}, {% endfor %}",
        "{% for line in buyer %}{{ line }}, {% endfor %}",
        LINES,
        "{{ words.total }} {{ total }}",
        "{% for mention in mentions %}{{ mention }}{% endfor %}",
    )
    made, has = document("el-gr"), assets("el-gr")
    way = Way(Preference.WORD, template=str(path))
    rendered = rendering.render(made, has, way)
    text = squeezed(text_of(rendered.pdf))
    assert rendered.way == way
    for value in (made.number, "Τιμολόγιο", made.buyer.name, "333,33", "Καθεστώς περιθωρίου", *made.buyer.address):
        assert squeezed(value) in text
    assert all(item.imei in text for item in made.lines)


@pytest.mark.parametrize("text", ["{{ nuber }}", "{% for x in linez %}{{ x }}{% endfor %}"])
def test_unknown_placeholder_is_named_with_the_known_ones(tmp_path: Path, text: str) -> None:
    path = template(tmp_path, "{{ number }}", text)
    with pytest.raises(RuleRefused) as caught:
        word.check_template(path, document(), assets("fr-fr"))
    assert "unknown placeholder: " in caught.value.message
    assert "invoice.docx" in caught.value.message
    assert "number" in caught.value.advice


@pytest.mark.parametrize(
    "text", ["{{ lines[0].imeii }}", "{{ number ", "{% for %}", "{{ number.__class__.__mro__ }}", "{{ 1/0 }}"]
)
def test_word_template_that_cannot_be_filled_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(RuleRefused, match=r"invoice\.docx"):
        word.check_template(template(tmp_path, text), document(), assets("fr-fr"))


def test_template_that_is_no_word_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "invoice.docx"
    path.write_text("not a zip")
    with pytest.raises(RuleRefused, match="cannot be read as a Word document"):
        word.check_template(path, document(), assets("fr-fr"))
    with pytest.raises(RuleRefused, match="There is no template"):
        word.check_template(tmp_path / "gone.docx", document(), assets("fr-fr"))


def test_text_of_a_buyer_is_escaped_in_the_word_xml(tmp_path: Path) -> None:
    from dataclasses import replace

    made = document()
    made = replace(made, buyer=replace(made.buyer, name="<w:br/> & {{ number }}"))
    path, out = template(tmp_path, "{{ buyer[0] }}"), tmp_path / "filled.docx"
    word._fill(path, word.placeholders(made, assets("fr-fr")), out)
    assert WordFile(str(out)).paragraphs[0].text == "<w:br/> & {{ number }}"


def test_missing_libreoffice_falls_back_to_the_standard_invoice_with_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    made, has = document("de-de"), assets("de-de")
    rendered = rendering.render(made, has, Way(Preference.WORD, template=str(template(tmp_path, "{{ number }}"))))
    assert rendered.way == rendering.STANDARD
    assert "LibreOffice" in rendered.remark
    assert "Standard invoice" in rendered.remark
    assert rendered.pdf == rendering.standard(made, has)


def test_libreoffice_that_hangs_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, 'sleep 600 & echo $! > "$(dirname "$0")/child"; wait')
    path = template(tmp_path, "{{ number }}")
    with pytest.raises(word.WordUnavailable, match="took longer than"):
        word.render(path, document(), assets("fr-fr"), timeout_s=2.0)
    until_ended(int((tmp_path / "child").read_text()))


@pytest.mark.parametrize(
    ("script", "said"), [("echo no >&2; exit 77", "failed with code 77"), ("exit 0", "without a PDF")]
)
def test_failure_of_libreoffice_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, said: str
) -> None:
    program(tmp_path, monkeypatch, script)
    with pytest.raises(word.WordUnavailable, match=said):
        word.render(template(tmp_path, "{{ number }}"), document(), assets("fr-fr"))


def test_libreoffice_runs_with_a_profile_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, monkeypatch, f'echo "$@" > {tmp_path}/arguments; exit 1')
    with pytest.raises(word.WordUnavailable):
        word.render(template(tmp_path, "{{ number }}"), document(), assets("fr-fr"))
    said = (tmp_path / "arguments").read_text()
    assert "-env:UserInstallation=file:///" in said
    assert str(Path.home()) not in said.replace(str(tmp_path), "")
