"""Citations in comments (`API §6`, `order-desk §1, item 3`): each names a section of the packaged reference."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bmtui import guides

ROOT = Path(__file__).parents[1]
REFERENCE = Path(guides.__file__).parent / "reference"
DOCUMENTS = {path.stem: path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.md")}
SIGN = "\N{SECTION SIGN}"
_ONE = rf"{SIGN}\d+"
CITATION = re.compile(
    rf"(?:(?P<document>{'|'.join(DOCUMENTS)})\s+)?"
    rf"(?P<sections>{SIGN}{_ONE}(?:(?:, | and |–)\d+)+|{_ONE}(?:(?:, | and | to ){_ONE})*)"
    r"(?:, item (?P<item>\d+))?(?P<rest>, \d+)?",
    re.IGNORECASE,
)
"""Pattern of a citation: a sign before each section, or two before a list; after a single section, perhaps an item."""


def cited(text: str, own: str = "") -> Iterator[tuple[str, str]]:
    """Yield each citation of `text` and its error or "". `own` is the document to which a bare section belongs."""
    # A comment or a string may break the line between the document and the section.
    flowing = re.sub(r"\s*\n\s*(?:#:? |-- )?", " ", text)
    for match in CITATION.finditer(flowing):
        before = flowing[max(0, match.start() - 20) : match.start()]
        if re.search(r"\bRFC \d+ $", before):
            continue
        document = (match["document"] or own).lower()
        yield match[0], wrong(document, match["sections"], match["item"], match["rest"])


def wrong(document: str, sections: str, item: str | None, rest: str | None) -> str:
    if not document:
        return f"it names no document; there are {', '.join(sorted(DOCUMENTS))}"
    if rest:
        return f"write '{SIGN}N, item M', or {SIGN}{SIGN} before a list of sections"
    there = {int(number) for number in re.findall(r"^## (\d+)\. ", DOCUMENTS[document], re.MULTILINE)}
    for first, last in re.findall(rf"(\d+)(?:(?:–| to {SIGN})(\d+))?", sections):
        if missing := set(range(int(first), int(last or first) + 1)) - there:
            return f"{document} has no section {sorted(missing)}"
    if item:
        section = re.split(r"^## ", DOCUMENTS[document], flags=re.MULTILINE)[int(sections.strip(SIGN))]
        if not re.search(rf"^{item}\. ", section, re.MULTILINE):
            return f"section {sections} of {document} has no item {item}"
    return ""


def written() -> list[Path]:
    """Return the text files of the package and of its tests."""
    folders = (ROOT / "bmtui", ROOT / "tests")
    kinds = (".py", ".sql", ".toml", ".md", ".tcss")
    return [path for folder in folders for path in sorted(folder.rglob("*")) if path.suffix in kinds]


@pytest.mark.source
def test_citations_name_sections_that_exist() -> None:
    broken, count = [], 0
    for path in written():
        own = path.stem if path.parent == REFERENCE else ""
        for citation, problem in cited(path.read_text(encoding="utf-8"), own):
            count += 1
            if problem:
                broken.append(f"{path.relative_to(ROOT)}: '{citation}': {problem}")
    assert not broken, "\n".join(broken)
    assert count > 270


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("API S99", "api has no section [99]"),
        ("API S2 to S99", "api has no section"),
        ("API SS2–99", "api has no section"),
        ("API S2, S99", "api has no section [99]"),
        ("reliability S1 and S99", "reliability has no section [99]"),
        ("(S2)", "names no document"),
        ("Order-desk S1, 3", "write 'SN, item M'"),
        ("order-desk S1, item 12", "has no item 12"),
        ("order-desk S2, item 1", "has no item 1"),
        ("API\n    # S99", "api has no section [99]"),
    ],
)
def test_broken_citation_is_named(text: str, problem: str) -> None:
    ((_, told),) = cited(text.replace("S", SIGN))
    assert problem.replace("S", SIGN) in told


@pytest.mark.parametrize(
    "text",
    [
        "API S6",
        "API SS5–7",
        "API S2, S9",
        "API S1 to S3, S6",
        "order-desk S1, item 3",
        "input S1",
        "order-desk SS1, 4, 5",
    ],
)
def test_citation_that_is_right_passes(text: str) -> None:
    ((found, told),) = cited(text.replace("S", SIGN))
    assert (found, told) == (text.replace("S", SIGN), "")


def test_reference_numbers_its_sections_without_a_gap() -> None:
    for name, text in DOCUMENTS.items():
        numbers = [int(number) for number in re.findall(r"^## (\d+)\. ", text, re.MULTILINE)]
        assert numbers == list(range(1, len(numbers) + 1)), name
        assert len(numbers) == len(re.findall("^## ", text, re.MULTILINE)), name
