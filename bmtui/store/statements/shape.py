"""Shapes of queries: a walk over a query, in the order of its text, that notes its shape and its values."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

import peewee
from peewee import (
    CTE,
    SQL,
    Alias,
    Case,
    Cast,
    Column,
    Delete,
    Entity,
    Expression,
    Field,
    ForeignKeyField,
    Function,
    Insert,
    Model,
    ModelAlias,
    ModelBase,
    ModelInsert,
    ModelSelect,
    Negated,
    Node,
    NodeList,
    Ordering,
    Select,
    Table,
    Update,
    Value,
)

_OWN = object()
"""Placeholder in a shape for a value of the query."""


class Unknown(Exception):
    """Error for a piece of a query whose shape is not known."""


class Shape:
    """Shape that all queries with the same text share, and the values of one query, in the order of its text."""

    __slots__ = ("_sources", "key", "values")

    def __init__(self) -> None:
        self.key: list[Any] = []
        self.values: list[Any] = []
        self._sources: dict[int, int] = {}

    def add(self, node: Any) -> None:
        kind = type(node)
        adds = _ADDS.get(kind)
        if adds is None:
            adds = _ADDS[kind] = _adds_of(kind)
        adds(self, node)

    def own(self, value: Any) -> None:
        self.key.append(_OWN)
        self.values.append(value)

    def each(self, nodes: Any) -> None:
        self.key.append(None if nodes is None else len(nodes))
        for node in nodes or ():
            self.add(node)

    def some(self, node: Any) -> None:
        """Add a piece that may be missing, such as a WHERE."""
        if node is None:
            self.key.append(None)
        else:
            self.add(node)

    def source(self, node: Any) -> None:
        """Add the number of the source within the query, by which its alias is written."""
        place = self._sources.setdefault(id(node), len(self._sources))
        self.key += (place, getattr(node, "_alias", None))


def _field(shape: Shape, field: Field) -> None:
    if _FIELDS.get(id(field)) is not field:
        meta = getattr(field.model, "_meta", None)
        # A copy, as one without conversion, may be gone tomorrow, and another have its id.
        if meta is None or meta.combined.get(field.name) is not field:
            raise Unknown
        _FIELDS[id(field)] = field
    shape.key.append(id(field))


_FIELDS: dict[int, Field] = {}


def _field_of_alias(shape: Shape, field: Any) -> None:
    _alias_of_model(shape, field.source)
    _field(shape, field.field)


def _model(shape: Shape, model: Any) -> None:
    shape.key.append(id(model._meta))


def _alias_of_model(shape: Shape, alias: Any) -> None:
    shape.source(alias)
    shape.key += ("model", alias.alias, id(alias.model._meta))


def _table(shape: Shape, table: Any) -> None:
    shape.key += ("table", table._path, table._alias, id(table._model) if table._model is not None else None)


def _column(shape: Shape, column: Any) -> None:
    shape.key += ("column", column.name)
    source = column.source
    if isinstance(source, Table):
        _table(shape, source)
    elif isinstance(source, ModelAlias):
        _alias_of_model(shape, source)
    else:
        shape.source(source)


def _cte(shape: Shape, cte: Any) -> None:
    shape.key.append("cte")
    shape.source(cte)


def _join(shape: Shape, join: Any) -> None:
    shape.key += ("join", join.join_type, join._alias)
    shape.add(join.lhs)
    shape.add(join.rhs)
    shape.some(join._on)


def _expression(shape: Shape, node: Any) -> None:
    shape.key += (type(node), node.op, node.flat, getattr(node.lhs, "_coerce", None))
    shape.add(node.lhs)
    if node.rhs is None and node.op in (peewee.OP.IS, peewee.OP.IS_NOT):
        shape.key.append(None)
    else:
        shape.add(node.rhs)


def _many(shape: Shape, values: Any) -> None:
    shape.key += ("many", len(values))
    for value in values:
        if isinstance(value, Node):
            shape.add(value)
        else:
            shape.own(value)


def _value(shape: Shape, node: Any) -> None:
    shape.key += ("value", node.converter)
    if node.multi:
        shape.each(node.values)
    elif isinstance(node.value, Node) and not isinstance(node.value, Model):
        shape.add(node.value)
    else:
        shape.own(node.value)


def _sql(shape: Shape, node: Any) -> None:
    shape.key += ("sql", node.sql, len(node.params or ()))
    for value in node.params or ():
        shape.own(value)


def _function(shape: Shape, node: Any) -> None:
    shape.key += ("function", node.name)
    shape.each(node.arguments)
    shape.each(node._order_by)
    shape.some(node._filter)


def _node_list(shape: Shape, node: Any) -> None:
    shape.key += ("list", node.glue, node.parens)
    shape.each(node.nodes)


def _ordering(shape: Shape, node: Any) -> None:
    if node.nulls:
        # Where a database does not know them, peewee writes the column twice.
        raise Unknown
    shape.key += ("by", node.direction, node.collation)
    shape.add(node.node)


def _alias(shape: Shape, node: Any) -> None:
    shape.key += ("as", node._alias)
    shape.add(node.node)


def _negated(shape: Shape, node: Any) -> None:
    shape.key.append("not")
    shape.add(node.node)


def _cast(shape: Shape, node: Any) -> None:
    shape.key += ("cast", node._cast)
    shape.add(node.node)


def _case(shape: Shape, node: Any) -> None:
    shape.key += ("case", len(node.expression_tuples))
    shape.some(node.predicate)
    for when, then in node.expression_tuples:
        shape.add(when)
        shape.add(then)
    shape.some(node.default)


def _entity(shape: Shape, node: Any) -> None:
    shape.key += ("entity", tuple(node._path))


def _of_namespace(shape: Shape, node: Any) -> None:
    shape.key += ("of namespace", node._namespace._name, node._attribute)


def _ctes(shape: Shape, query: Any) -> None:
    shape.key.append(len(query._cte_list or ()))
    for cte in query._cte_list or ():
        if cte._columns or cte._recursive:
            raise Unknown
        shape.source(cte)
        shape.key.append(cte._materialized)
        shape.add(cte._query)


def _select(shape: Shape, query: Any) -> None:
    shape.key.append(type(query))
    shape.source(query)
    if query._windows or query._lateral:
        raise Unknown
    _ctes(shape, query)
    whole = getattr(query, "_is_default", False)
    shape.key += (whole, query._simple_distinct)
    shape.each(query._distinct)
    if whole and len(query._returning) == len(query.model._meta.sorted_fields):
        _model(shape, query.model)
    else:
        shape.each(query._returning)
    shape.each(query._from_list)
    shape.some(query._where)
    shape.each(query._group_by)
    shape.some(query._having)
    _ordered(shape, query)
    lock = query._for_update
    if lock is not None and lock._of is not None:
        raise Unknown
    shape.key.append(None if lock is None else (lock._expr, lock._nowait, lock._skip_locked))


def _ordered(shape: Shape, query: Any) -> None:
    shape.each(query._order_by)
    shape.some(query._limit)
    shape.some(query._offset)


def _insert(shape: Shape, query: Any) -> None:
    row = query._insert
    if not issubclass(type(query), ModelInsert) or not row or not isinstance(row, Mapping) or query._columns:
        raise Unknown
    if not all(isinstance(field, Field) for field in row):
        raise Unknown
    if query._cte_list:
        raise Unknown
    shape.key.append("insert")
    _model(shape, query.model)
    # As peewee would add them, but once: a default that is made anew each time must be the same here and there.
    missing = {
        field: default() if callable(default) else default
        for field, default in query.model._meta.defaults.items()
        if field not in row
    }
    if missing:
        query._insert = row = {**row, **missing}
    _sets(shape, row)
    _conflict(shape, query._on_conflict)
    shape.each(query._returning)


def _sets(shape: Shape, values: Mapping[Field, Any]) -> None:
    """Add the columns of an UPDATE with their values, in the order in which peewee writes them."""
    shape.key.append(len(values))
    for field in sorted(values, key=attrgetter("_sort_key")):
        _field(shape, field)
        _set(shape, field, values[field])


def _set(shape: Shape, field: Any, value: Any) -> None:
    if isinstance(value, Node) and not (isinstance(value, Model) and isinstance(field, ForeignKeyField)):
        shape.add(value)
    else:
        shape.own(value)


def _conflict(shape: Shape, conflict: Any) -> None:
    if conflict is None:
        shape.key.append(None)
        return
    if conflict._preserve or conflict._conflict_constraint:
        raise Unknown
    targets, updates = conflict._conflict_target or (), conflict._update or {}
    shape.key += ("conflict", conflict._action, len(targets), len(updates))
    for column in targets:
        _named(shape, column)
    shape.some(conflict._conflict_where)
    for field, value in updates.items():
        _named(shape, field)
        _set(shape, field, value)
    shape.some(conflict._where)


def _named(shape: Shape, column: Any) -> None:
    if isinstance(column, str):
        shape.key.append(column)
    else:
        shape.add(column)


def _update(shape: Shape, query: Any) -> None:
    if query._from or not all(isinstance(field, Field) for field in query._update):
        raise Unknown
    shape.key.append("update")
    _ctes(shape, query)
    shape.add(query.table)
    _sets(shape, query._update)
    shape.some(query._where)
    _ordered(shape, query)
    shape.each(query._returning)


def _delete(shape: Shape, query: Any) -> None:
    shape.key.append("delete")
    _ctes(shape, query)
    shape.add(query.table)
    shape.some(query._where)
    _ordered(shape, query)
    shape.each(query._returning)


def _unknown(shape: Shape, node: Any) -> None:
    raise Unknown


_ADDS: dict[type, Callable[[Shape, Any], None]] = {
    ModelBase: _model,
    ModelAlias: _alias_of_model,
    types.GeneratorType: _unknown,
}
_BY_CLASS: tuple[tuple[type | tuple[type, ...], Callable[[Shape, Any], None]], ...] = (
    (peewee.FieldAlias, _field_of_alias),
    (Field, _field),
    (Model, Shape.own),
    (ModelBase, _model),
    ((Select, ModelSelect), _select),
    (Insert, _insert),
    (Update, _update),
    (Delete, _delete),
    (peewee.Join, _join),
    (CTE, _cte),
    (Table, _table),
    (Column, _column),
    (Expression, _expression),
    (Value, _value),
    (Function, _function),
    (NodeList, _node_list),
    (Ordering, _ordering),
    (Alias, _alias),
    (Negated, _negated),
    (Cast, _cast),
    (Case, _case),
    (SQL, _sql),
    (Entity, _entity),
    (peewee.NamespaceAttribute, _of_namespace),
    (Node, _unknown),
    (peewee.multi_types, _many),
    (object, Shape.own),
)
"""Functions that add a piece of a query, by its class; the first match counts."""


def _adds_of(kind: type) -> Callable[[Shape, Any], None]:
    return next(adds for classes, adds in _BY_CLASS if issubclass(kind, classes))
