"""The guides, which `bmtui help` and the screens show; what a program knows best is put in when they are read.

A line ``{{NAME}}`` or ``{{NAME WORDS}}`` in a guide is replaced by what the reader's `parts` make of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import resources

from bmtui.errors import NotFound

TOPICS: Mapping[str, str] = {
    "quickstart": "from nothing to a refund in the demo, and to your own orders",
    "screens": "every screen with a picture",
    "query": "finding orders: the query language",
    "keys": "every key of every screen",
    "commands": "every command with its options",
    "settings": "every setting of a company",
    "moving": "from Sellercloud or another system to this one: in shadow first, a checklist, the day itself",
    "configuration": "bmtui.toml: where everything lies, and what can be set",
    "fulfilment": "from paid to parcel: accepting, shipping, IMEIs, the scan station, papers, files",
    "invoices": "invoices, credit notes, and templates of your own",
    "notifications": "events on their way to people: by a command, a webhook or a mail",
    "rules": "what is done by itself: when, if, then",
    "scripts": "shell, Python, cron and jq: examples, and the JSON behind them",
    "money": "billing statements, purchase costs, VAT and OSS returns, and the figures of a month",
    "roles": "who may do what, limits of refunds, and the second person",
    "operations": "a server for a team: install, service, SSH, backups, monitoring, upgrades",
    "sizing": "which machine for how many orders, desks and companies, from measured figures",
    "postgresql": "moving from SQLite to PostgreSQL, and back",
    "security": "tokens, personal data, and what bmtui does not protect from",
    "troubleshooting": "what a message means, and what to do",
    "contributing": "for those who carry on: the house, its floors, and how to add to it",
    "reference": "what bmtui rests on: the channel's contract, the desk's words and rules",
    "reference/api": "the contract of Back Market's seller API (API in comments)",
    "reference/order-desk": "the words of the order desk and its rules (order-desk)",
    "reference/reliability": "what keeps orders from being lost and money from being paid twice (reliability)",
    "reference/input": "what people, scanners and files put in (input)",
    "changelog": "what changed from release to release",
}
"""The topics in the order in which they are listed, and what each is about."""

Part = Callable[[str], str]
_PART = re.compile(r"^\{\{(\w+)(?: ([\w .-]+))?\}\}$", re.MULTILINE)


def text(topic: str, parts: Mapping[str, Part]) -> str:
    """A guide in Markdown. A part that this reader cannot make says where it is to be read.

    Raises:
        NotFound: no such topic.
    """
    if topic not in TOPICS:
        raise NotFound(f"There is no guide '{topic[:40]}'.", f"Guides: {', '.join(TOPICS)}.")
    source = resources.files(__name__).joinpath(*f"{topic}.md".split("/")).read_text(encoding="utf-8")

    def part(match: re.Match[str]) -> str:
        make = {"picture": _picture, **parts}.get(match[1])
        return make(match[2] or "").rstrip() if make else f"See it with: bmtui help {topic}"

    return _PART.sub(part, source)


@dataclass(frozen=True, slots=True)
class Section:
    """The text of a guide below one of its headings."""

    topic: str
    heading: str
    lines: tuple[str, ...]

    def has(self, words: Iterable[str]) -> bool:
        """True when topic, heading and lines together hold each of the words, which are in lower case."""
        text = "\n".join((self.topic, self.heading, *self.lines)).lower()
        return all(word in text for word in words)

    def line_with(self, words: Iterable[str]) -> str:
        """The line that holds most of the words."""
        return max(self.lines, key=lambda line: sum(word in line.lower() for word in words), default="")


def sections(parts: Mapping[str, Part]) -> tuple[Section, ...]:
    """Return the sections of all guides, in the order of `TOPICS`."""
    return tuple(section for topic in TOPICS for section in _sections_of(topic, text(topic, parts)))


def search(words: str, within: Iterable[Section]) -> list[Section]:
    """The sections that hold all `words`; first those whose topic or heading holds them."""
    wanted = words.lower().split()
    found = [section for section in within if section.has(wanted)]
    return sorted(found, key=lambda section: not Section(section.topic, section.heading, ()).has(wanted))


def _sections_of(topic: str, guide: str) -> Iterator[Section]:
    heading, lines = "", list[str]()
    for line in guide.splitlines():
        # An example may begin a line with #, but is indented.
        if line.startswith("#"):
            if heading:
                yield Section(topic, heading, tuple(lines))
            heading, lines = line.lstrip("# "), []
        elif line.strip():
            lines.append(line.strip())
    yield Section(topic, heading, tuple(lines))


def _picture(name: str) -> str:
    drawn = resources.files(__name__).joinpath("pictures", f"{name}.txt").read_text(encoding="utf-8")
    return "\n".join(f"    {line}".rstrip() for line in drawn.rstrip().splitlines())
