"""Words of a text for the search: PostgreSQL splits it as SQLite's full-text search does."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import postgres_server
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from peewee import sqlite3  # type: ignore[attr-defined]

from bmtui.store import open_store
from bmtui.text import folded

SCRIPTS = (
    *("abzABZ019", "éÉèüÖßçñŠžÆøÅłŁđĐþÞœŒĳŉſ", "ÀÁÂÃÄÅĀĂĄǍẠẢẤếỀỡỨ", "αβΓΔάΈώΣςΪ", "абВГйЙёЁїЇґҐЯ"),
    *("日本語カタカナガ한국어", "עבריתالعربية", " \t-_.,;:/@#'\"()[]{}+*&%$€£¥<>=!?|~^`\\", "–—…«»“”‘’•·°±×÷©®™"),
    *("😀🎉🚀", "①½²", "ﬁｆＡ１"),
)
NAMES = (
    "Marie Dupont", "DUPONT-LEROY, José-María", "Müller & Söhne GmbH", "O'Brien", "marie.dupont@example.fr",
    "PHN-128/GB", "356938035643809", "1Z999AA10123456784", "Łukasz Żółć", "Ελένη Παπαδοπούλου", "Наталья Щёголева",
    "田中 太郎", "Đặng Thị Hạnh", "smørrebrød", "a_b", "12.50", "-5", "1e5", "http://x.example/a?b=c", "Ærø",
    "x" * 300, "",
)  # fmt: skip


@pytest.fixture(scope="module")
def fts() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE t USING fts5 (text, tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3')"
    )
    connection.execute("CREATE VIRTUAL TABLE words USING fts5vocab (t, instance)")
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest) -> Iterator[psycopg.Connection]:
    if reason := request.getfixturevalue("no_postgres"):
        pytest.skip(reason)
    with postgres_server.empty_database() as url:
        open_store(url).close()
        with psycopg.connect(url, autocommit=True) as connection:
            yield connection


def words_of(fts: sqlite3.Connection, text: str) -> list[str]:
    fts.execute("DELETE FROM t")
    fts.execute("INSERT INTO t (text) VALUES (?)", (text,))
    return [term for (term,) in fts.execute("SELECT term FROM words ORDER BY offset")]


@pytest.mark.parametrize("text", NAMES)
def test_names_split_into_the_same_words_on_both_databases(
    fts: sqlite3.Connection, server: psycopg.Connection, text: str
) -> None:
    assert server.execute("SELECT search_words(%s)", (text,)).fetchone() == (words_of(fts, text),)


@settings(max_examples=300)
@given(st.text(st.sampled_from("".join(SCRIPTS)), max_size=40))
def test_any_text_has_the_same_words_on_postgresql_and_sqlite(
    fts: sqlite3.Connection, server: psycopg.Connection, text: str
) -> None:
    text = unicodedata.normalize("NFC", text)
    assert server.execute("SELECT search_words(%s)", (text,)).fetchone() == (words_of(fts, text),)


FOLDED = ("STRASSE ẞ ß", "ΟΔΥΣΣΕΎΣ Οδυσσεύς", "Ｄｕｐｏｎｔ １２", "ÉLAN ı Į")


@pytest.mark.parametrize("text", [*NAMES, *SCRIPTS, *FOLDED])
def test_stored_text_is_folded_like_a_query(server: psycopg.Connection, text: str) -> None:
    (found,) = server.execute("SELECT search_fold(%s)", (text,)).fetchone() or ("",)
    assert found == folded(text).lower()


@settings(max_examples=300)
@given(st.text(st.sampled_from("".join(SCRIPTS)), max_size=40))
def test_any_text_is_folded_the_same_on_postgresql_and_here(server: psycopg.Connection, text: str) -> None:
    (found,) = server.execute("SELECT search_fold(%s)", (text,)).fetchone() or ("",)
    assert found == folded(text).lower()


@settings(max_examples=200)
@given(st.lists(st.sampled_from(["marie", "Marié", "dup", "dupont", "du", "x"]), max_size=6), st.data())
def test_phrase_with_a_prefix_finds_the_same_texts_on_both_databases(
    fts: sqlite3.Connection, server: psycopg.Connection, text: list[str], data: st.DataObject
) -> None:
    phrase = data.draw(st.lists(st.sampled_from(["marie", "MARIÉ", "du", "dup", "dupont"]), min_size=1, max_size=3))
    words_of(fts, " ".join(text))
    wanted = f'"{" ".join(phrase)}"*'
    there = bool(fts.execute("SELECT 1 FROM t WHERE t MATCH ?", (wanted,)).fetchall())
    query = "SELECT search_vector(%s) @@ search_query(%s)"
    assert server.execute(query, (" ".join(text), " ".join(phrase))).fetchone() == (there,)
