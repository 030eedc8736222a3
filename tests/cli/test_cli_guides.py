"""Guides: their commands exist, their examples run, and every message and setting is described."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import shlex
from pathlib import Path

import pytest
from command_line import CommandLine
from screen_pictures import NAMES

from bmtui import configuration, errors, guides
from bmtui.cli import help as cli_help
from bmtui.cli import manual
from bmtui.cli.parser import whole_parser
from bmtui.desk.companies.fields import FIELDS
from bmtui.desk.invoicing import fields as invoice_fields
from bmtui.errors import BmtuiError, NotFound
from bmtui.sandbox import QUIRKS
from bmtui.store.query import KEYS, PRESETS
from bmtui.tui.actions import registry

ROOT = Path(__file__).parents[2]
EXAMPLES = re.compile(r"^    ((?:/opt/bmtui/bin/)?bmtui(?: .*)?)$", re.MULTILINE)
PLACEHOLDER = re.compile(r"\b(?:FILE|DIR|COMMAND|TOPIC|USER@HOST|DATABASE)\b|…")
BY_HAND = (
    "demo",
    "sandbox",
    "worker",
    "help",
    "store copy",
    "company edit",
    "invoices print",
    "orders import-shipments",
)
"""Commands that open a screen, do not end, or have a test of their own."""


def written(topic: str) -> str:
    """Return a guide as its author wrote it, without the generated tables."""
    return (Path(guides.__file__).parent / f"{topic}.md").read_text(encoding="utf-8")


def examples(topic: str) -> list[list[str]]:
    found = [shlex.split(line, comments=True) for line in EXAMPLES.findall(written(topic))]
    return [words[1:] for words in found if not PLACEHOLDER.search(" ".join(words)) and not words[0].startswith("/opt")]


def redirected(words: list[str]) -> list[str]:
    """Return the words of a command without its redirection."""
    return words[: words.index(">")] if ">" in words else words


ALL_EXAMPLES = [(topic, words) for topic in guides.TOPICS for words in examples(topic)]


def test_guides_exist_for_each_topic_and_no_other() -> None:
    folder = Path(guides.__file__).parent
    files = {path.relative_to(folder).with_suffix("").as_posix() for path in folder.rglob("*.md")}
    assert files == set(guides.TOPICS)
    for topic in guides.TOPICS:
        text = guides.text(topic, cli_help.parts())
        assert text.startswith("# ")
        assert "{{" not in text
    with pytest.raises(NotFound, match="no guide"):
        guides.text("../secret", {})


@pytest.mark.parametrize(("topic", "words"), ALL_EXAMPLES, ids=[" ".join(words)[:60] for _, words in ALL_EXAMPLES])
def test_examples_of_the_guides_are_commands_that_exist(topic: str, words: list[str]) -> None:
    parsed = whole_parser().parse_args(redirected(words))
    # Without a command it is the desk itself.
    assert hasattr(parsed, "run") or words in ([], ["--home", "practice"])


def test_examples_of_the_guides_run(
    stocked_bmtui: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run every example that ends by itself, in the order of the guides, on one installation."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "token.txt").write_text((tmp_path / "token").read_text())
    head = "invoice_key,value_date,sku,order_id,designation,amount,currency"
    (tmp_path / "statement.csv").write_text(f"{head}\nBM-1,2026-11-05,,,subscription,1204.50,EUR\n")
    sold = stocked_bmtui("money", "costs", "--missing", "--json").json[0]["sku"]
    (tmp_path / "costs.csv").write_text(f"sku,cost,currency\n{sold},10.00,EUR\n")
    (tmp_path / "eurofxref-hist.csv").write_text("Date,SEK\n2026-11-05,11.5\n")
    stocked_bmtui.ok("invoices", "settings", "seller_country=FR")
    order = stocked_bmtui.ok("orders", "search", "channel:to_ship", "--json").json[0]["order_id"]
    (tmp_path / "orders.csv").write_text(f"Order Source Order ID,Order Notes,Shelf\n{order},Calls again,A12\n")
    (tmp_path / "invoices.csv").write_text("order_id,number,issued,gross\n")
    (tmp_path / "people.csv").write_text(f"account,role\n{os.getuid()},admin\n")
    allowed = {
        # No account of that name yet, no such person, nothing to do, or something that doctor really finds.
        "doctor": (0, 1),
        "company test": (0, 5),
        "--home practice company test": (0, 5),
        "privacy": (0, 4),
        "orders due": (0, 1),
        "company add": (3,),
        "invoices make": (0, 2, 3),
        "backup": (0, 2),
        "restore": (0, 2),
        "users set nobody": (0, 2, 3, 4),
        "money costs --missing": (6,),
        "money tax 2026-11 --declare": (2,),
        "money tax": (0, 6),
        "shadow begin": (2,),
        "numbers begin": (2, 4),
        "moving-in import": (0,),
        "moving-in columns": (0,),
        "moving-in invoices": (0,),
        "moving-in export": (0,),
        "company remove Shop --dry-run": (0,),
        "company remove": (3,),
        "notify test": (4,),
        "rules save": (2,),
        "moving-in": (6,),
    }
    wrong = []
    for topic, words in ALL_EXAMPLES:
        line = " ".join(words)
        by_hand = not words or line.startswith(BY_HAND) or line == "--home practice"
        if by_hand or "/etc/" in line or "/srv/" in line or "--output" in words:
            continue
        if words[:2] == ["users", "set"] and os.getuid():
            continue  # it would take our own rights away
        ran = stocked_bmtui(*redirected(words))
        codes = next((codes for start, codes in allowed.items() if line.startswith(start)), (0,))
        if ran.code not in codes:
            wrong.append((topic, line, ran.code, ran.err))
        if ">" in words and not words[-1].startswith("/"):
            (tmp_path / words[-1]).write_text(ran.out)
    assert not wrong


def test_every_kind_of_message_is_in_the_troubleshooting() -> None:
    text = written("troubleshooting")
    headings = set(re.findall(r"^## (.+?)(?: \(\d+\))?$", text, re.MULTILINE))
    kinds = {kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, BmtuiError)}
    missing = {kind.title for kind in kinds} - headings
    assert not missing
    assert errors.explain(ValueError()).title in headings


def test_every_topic_of_doctor_is_in_the_troubleshooting() -> None:
    text = written("troubleshooting")
    source = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "bmtui" / "desk" / "operations").glob("*.py")
        if path.stem in ("doctor", "host_checks")
    )
    topics = set(re.findall(r'Finding\(\s*"([a-z]+)"', source))
    assert len(topics) > 10
    assert {topic for topic in topics if f"**{topic}**" not in text} == set()


def test_generated_tables_of_the_guides_are_complete() -> None:
    parts = cli_help.parts()
    settings = guides.text("settings", parts)
    assert all(f"`{field.name}`" in settings and field.help in settings for field in FIELDS)
    assert all(f"`{field.name}`" in settings for field in invoice_fields.FIELDS)
    assert all(f"`{key.name}`" in guides.text("configuration", parts) for key in configuration.KEYS)
    query = guides.text("query", parts)
    assert all(key in query for key in KEYS if key != "id")
    assert all(preset in query for preset in PRESETS)
    commands = guides.text("commands", parts)
    assert all(f"### {name}\n" in commands for name, _, _ in manual.commands_of(whole_parser()))
    keys = guides.text("keys", parts)
    assert all(action.label in keys for action in registry.ACTIONS if action.digit is None)


def test_every_screen_has_its_picture() -> None:
    text = written("screens")
    assert set(re.findall(r"\{\{picture (\w+)\}\}", text)) == set(NAMES)
    drawn = guides.text("screens", {})
    assert "Issue Refund" in drawn
    assert "Cancel Order Internally" in drawn
    for name in NAMES:
        lines = (Path(guides.__file__).parent / "pictures" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        assert len(lines) == 24
        assert max(map(len, lines)) <= 80


def test_help_needs_no_installation(bmtui: CommandLine) -> None:
    bmtui.home.mkdir()
    (bmtui.home / "bmtui.toml").write_text("broken")
    assert "quickstart" in bmtui.ok("help").out
    assert bmtui.ok("help", "--json").json == dict(guides.TOPICS)
    assert "not valid TOML" in bmtui.ok("help", "troubleshooting").out
    assert bmtui.ok("help", "keys", "--json").json["topic"] == "keys"
    index = bmtui.ok("help", "reference").out
    for topic in guides.TOPICS:
        folder, _, document = topic.partition("/")
        if document:
            assert f"`{document}`" in index
            assert bmtui.ok("help", folder, document).out == bmtui.ok("help", topic).out
    assert bmtui("help", "reference", "nothing").code == 4
    told = bmtui("help", "nothing")
    assert told.code == 4
    assert "quickstart" in told.err
    assert [path.name for path in bmtui.home.iterdir()] == ["bmtui.toml"]


def test_search_finds_a_word_in_the_text_of_a_guide(bmtui: CommandLine) -> None:
    found = bmtui.ok("help", "search", "webhook", "HMAC", "--json").json
    assert {row["topic"] for row in found} >= {"notifications"}
    assert set(found[0]) == {"topic", "heading", "line"}


def test_search_puts_headings_with_the_words_first() -> None:
    sections = guides.sections(cli_help.parts())
    assert guides.search("benches PROOFS", sections)[0].heading == "Benches and proofs"
    assert len(guides.search("refund", sections)) > 20


def test_search_without_a_result_is_not_found_and_without_words_is_usage(bmtui: CommandLine) -> None:
    nothing = bmtui("help", "search", "zzyzx")
    assert (nothing.code, "zzyzx" in nothing.err) == (4, True)
    assert bmtui("help", "search").code == 2
    assert bmtui("help", "reference", "api", "input").code == 2


def test_reference_names_every_switch_of_the_sandbox() -> None:
    text = written("reference/api")
    assert {name for name in QUIRKS if f"`{name}`" not in text} == set()


def test_contributing_names_only_paths_that_there_are() -> None:
    text = written("contributing")
    package = ROOT / "bmtui"
    paths = {path for path in re.findall(r"`([\w./]+(?:/|\.\w+))`", text) if "/" in path or path.endswith(".py")}
    missing = {
        path
        for path in paths
        if not any((place / path).exists() for place in (ROOT, package)) and "SUBJECT" not in path
    }
    assert missing == set()
    subjects = text[text.index("The same subjects") : text.index("What all of them need")]
    named = set(re.findall(r"`(\w+)`", subjects))
    assert named == {path.name for path in (package / "desk").iterdir() if (path / "__init__.py").exists()} - {"core"}


def test_contributing_guide_names_the_place_of_the_refund_key() -> None:
    (module,) = (
        name
        for name in registry.MODULES
        if any(action.id == "order.refund" for action in importlib.import_module(f"bmtui.tui.{name}").ACTIONS)
    )
    assert f"key `r` does → `tui/{module.replace('.', '/')}.py`" in written("contributing")


def test_changelog_begins_with_unreleased_changes_and_their_schema() -> None:
    from bmtui.store.migrations import LATEST

    first = re.search(r"^## (.+)$", written("changelog"), re.MULTILINE)
    assert first is not None
    assert first[1] == f"Unreleased (schema {LATEST} and below)"


def test_changelog_names_the_current_release() -> None:
    from bmtui import __version__

    assert re.search(rf"^## {re.escape(__version__)} \(schema \d+ and below\)$", written("changelog"), re.MULTILINE)
