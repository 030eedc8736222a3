"""Setting a key of a TOML text: every other character of the text stays."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmtui import configuration
from bmtui.errors import ConfigError
from bmtui.toml_text import comment, header, key_line, with_keys

TEXT = """\
#:schema ./bmtui.schema.json
level = 'info'  # quiet

'motto' = '''
[not.a.table]
level = "# none"
''' # three lines
dotted.level = 1
"li\\u0073t" = [  # of lists
    [1, 2], # ]
    "#",
]

# Of the table.
[table]
level = "inner"
"""
LINES = TEXT.splitlines(keepends=True)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("name", "value", "first", "last", "lines"),
    [
        ("level", "debug", 2, 2, ['level = "debug"  # quiet\n']),
        ("level", None, 2, 2, []),
        ("motto", "one\nline", 4, 7, ["'motto' = \"one\\nline\" # three lines\n"]),
        ("motto", None, 4, 7, []),
        ("list", 7, 9, 12, ['"li\\u0073t" = 7\n']),
        ("list", None, 9, 12, []),
        ("new", True, 13, 12, ["new = true\n"]),
        ("none", None, 1, 0, []),
    ],
)
def test_toml_key_of_any_form_is_set_or_removed_and_the_rest_stays(
    name: str, value: Any, first: int, last: int, lines: list[str], line_end: str
) -> None:
    expected = "".join([*LINES[: first - 1], *lines, *LINES[last:]])
    assert with_keys(TEXT.replace("\n", line_end), {name: value}) == expected.replace("\n", line_end)


@pytest.mark.parametrize("name", ["dotted", "table"])
def test_key_that_is_a_table_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=f"'{name}' cannot be set"):
        with_keys(TEXT, {name: 1})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "a = 1\n"),
        ("# only this", "# only this\na = 1\n"),
        ("b = 2", "b = 2\na = 1\n"),
        ("a = 0 # 1", "a = 1 # 1"),
        ("[t]\nb = 2\n", "a = 1\n[t]\nb = 2\n"),
        ("b = 2\n# end\n", "b = 2\na = 1\n# end\n"),
    ],
)
def test_toml_key_is_changed_in_place_or_added_before_the_tables(before: str, after: str) -> None:
    assert with_keys(before, {"a": 1}) == after


def test_refused_change_of_a_toml_file_writes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "bmtui.toml"
    file.write_bytes(b"log_files = 5\r\n")
    with pytest.raises(ConfigError, match="'log_level' cannot be 'loud'"):
        configuration.write(file, {"log_files": "6", "log_level": "loud"})
    assert file.read_bytes() == b"log_files = 5\r\n"
    configuration.write(file, {"log_files": "6"})
    assert file.read_bytes() == b"log_files = 6\r\n"


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
values = st.one_of(st.integers(-(2**63), 2**63 - 1), st.booleans(), st.floats(), texts)
names = st.one_of(st.sampled_from("abc"), st.text(st.characters(exclude_categories=["Cs"]), max_size=4))
comments = st.sampled_from(["", "# [a]", "# '''", '# """', "# a = 1", "  # ]"])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Draw a TOML text with values of every form, comments anywhere, and both line ends."""
    head: list[str] = []
    used: set[str] = set()
    for name, value in draw(st.lists(st.tuples(names, values), unique_by=lambda one: one[0], max_size=5)):
        key, written = key_line(name, 0).removesuffix(" = 0"), key_line("x", value).removeprefix("x = ")
        form = draw(st.sampled_from(["plain", "array", "inline", "lines", "dotted"]))
        if form == "array":
            written = f"[ {draw(comments)}\n  {written},\n [{written}] {draw(comments)}\n]"
        elif form == "inline":
            written = f"{{ x = {written}, '#' = [ ] }}"
        elif form == "lines":
            written = draw(st.sampled_from(["'''\n[a]\n# a\na = 1\n'''", '"""\n\\"" # [\n"""', "''' ''' "]))
        elif form == "dotted":
            key = f"{key} . 'x y'"
        used.add(name)
        head += [draw(comments), f"{draw(st.sampled_from(['', '  ']))}{key}={written} {draw(comments)}"]
    tables = [
        f"{draw(comments)}\n{header([name])}\na = 1\n{header([name, 'b'])}"
        for name in draw(st.sets(names, max_size=2)) - used
    ]
    text = "\n".join([*head, *tables]) + draw(st.sampled_from(["", "\n"]))
    return text.replace("\n", draw(st.sampled_from(["\n", "\r\n"])))


@given(documents(), st.dictionaries(names, st.none() | values, max_size=3))
def test_toml_text_after_setting_a_key_has_the_value_and_its_other_lines(text: str, changes: dict[str, Any]) -> None:
    before = tomllib.loads(text)
    try:
        after = with_keys(text, changes)
    except ConfigError:
        # Only what is a table can be refused.
        assert any(isinstance(before.get(name), dict) for name in changes)
        return
    expected = {name: value for name, value in (before | changes).items() if changes.get(name, value) is not None}
    assert repr(sorted(tomllib.loads(after).items())) == repr(sorted(expected.items()))
    # Set again it is the same text, and what was set can be taken back.
    assert with_keys(after, changes) == after
    if not changes.keys() & before.keys() and text.endswith("\n"):
        assert with_keys(after, dict.fromkeys(changes)) == text


def test_lines_of_an_export_are_valid_toml_whatever_is_in_them() -> None:
    text = "\n".join([comment("two\nlines"), header(["a.b", "c d", ""]), key_line("é", "x\n# ")])
    assert tomllib.loads(text) == {"a.b": {"c d": {"": {"é": "x\n# "}}}}
