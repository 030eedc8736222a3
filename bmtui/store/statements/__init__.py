"""Cache of SQL texts by shape of a query: peewee takes a millisecond for a wide table, the database a fiftieth.

`KeptTexts` goes before peewee's database class. It walks a query in the order of its text and notes its shape (which
tables, columns, operators; how many values) and its values. The first query of a shape is built by peewee, which says
how each value becomes one of the database; the next ones of that shape are that text with their own values. What the
walk does not know, and every query in which it finds other values than peewee, is built by peewee each time: it can be
slower, never another statement. Knows nothing of bmtui.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from peewee import Context, Model

from bmtui.store.statements.shape import Shape, Unknown

_MOST = 5_000
"""Number of texts that are kept: lists of many lengths make many."""
Convert: TypeAlias = Callable[[Any], Any] | None


class KeptTexts:
    """Mixin before a peewee database class that builds the text of each shape of query only once."""

    checked: Callable[[str], bool] = staticmethod(lambda text: False)
    """Says of a use of a kept text whether to build the statement by peewee, too, and to compare: for tests."""
    _texts: dict[tuple[Any, ...], tuple[str, tuple[Convert, ...]] | None]
    _by_key: dict[type[Model], str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # A text depends on the kind of the database alone: all stores of a process share them.
        cls._texts, cls._by_key = {}, {}

    def execute(self, query: Any, **options: Any) -> Any:
        """Execute a query as peewee does, from the kept text where there is one."""
        found = None if options else self._text_of(query)
        if found is None:
            return super().execute(query, **options)  # type: ignore[misc]
        return self.execute_sql(*found)  # type: ignore[attr-defined]

    def row_of(self, model: type[Model], key: Any) -> tuple[Any, ...] | None:
        """Return all columns of the row with this primary key, in the order of the model's fields; None: no such row.

        The most frequent query of all: its text is kept without a query to walk.
        """
        field: Any = model._meta.primary_key
        text = self._by_key.get(model)
        if text is None or self.checked(text):
            query = model.select().where(field == key).limit(1)
            built = self.get_sql_context().sql(query).query()[0]  # type: ignore[attr-defined]
            assert text in (None, built), f"kept {text}, built {built}"
            text = self._by_key[model] = built
        rows = self.execute_sql(text, (field.db_value(key), 1)).fetchall()  # type: ignore[attr-defined]
        return rows[0] if rows else None

    def _text_of(self, query: Any) -> tuple[str, list[Any]] | None:
        shape = Shape()
        try:
            shape.add(query)
        except Unknown:
            return None
        key = tuple(shape.key)
        try:
            kept = self._texts[key]
        except KeyError:
            if len(self._texts) >= _MOST:
                self._texts.clear()
            return self._first_of(key, query, shape.values)
        if kept is None:
            return None
        text, converts = kept
        values = [
            value if convert is None else convert(value) for value, convert in zip(shape.values, converts, strict=True)
        ]
        if self.checked(text):
            sql, expected = self.get_sql_context().sql(query).query()  # type: ignore[attr-defined]
            assert (text, values) == (sql, expected), f"kept {text} {values}, built {sql} {expected}"
        return text, values

    def _first_of(self, key: tuple[Any, ...], query: Any, values: list[Any]) -> tuple[str, list[Any]]:
        context: Any = _Noting(**self.get_context_options())  # type: ignore[attr-defined]
        text, built = context.sql(query).query()
        converts = _matched(values, context.given) if len(context.given) == len(built) else None
        self._texts[key] = (text, converts) if converts is not None else None
        return text, built


class _Noting(Context):
    """Context that notes each value as it was given, with its conversion for the database."""

    __slots__ = ("given",)
    _values: list[Any]

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.given: list[tuple[Any, Convert]] = []

    def value(self, value: Any, converter: Any = None, add_param: bool = True) -> Any:
        convert = converter or (self.state.converter if converter is None else None)
        before = len(self._values)
        found = super().value(value, converter, add_param)
        # A value that is a piece of SQL has noted its own.
        if len(self._values) == before + 1 and len(self.given) == before:
            self.given.append((value, convert or None))
        return found


def _matched(walked: list[Any], given: list[tuple[Any, Convert]]) -> tuple[Convert, ...] | None:
    """Return the conversion of each walked value; None where peewee was given other values."""
    if len(walked) != len(given):
        return None
    converts: list[Convert] = []
    for mine, (value, convert) in zip(walked, given, strict=True):
        if mine is value:
            converts.append(convert)
        elif isinstance(mine, Model) and mine.get_id() == value:
            converts.append(_by_key(convert))
        else:
            return None
    return tuple(converts)


def _by_key(convert: Convert) -> Convert:
    return lambda row: row.get_id() if convert is None else convert(row.get_id())
