"""Company and its twin: every row of the first copied for the second, with the same numbers, SKUs, IMEIs and states.

The copy follows from the models: a new table with a company, or with a key to a table that has one, is copied too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from operator import itemgetter
from typing import Any

from helpers import COMPANY, add_company
from peewee import AutoField, ForeignKeyField, Model

from bmtui.desk.core import audit
from bmtui.desk.core.context import Desk
from bmtui.store.models import (
    TABLES,
    AccountSettings,
    Audit,
    CareFolder,
    Company,
    Drift,
    Effect,
    Event,
    Inbox,
    Invoice,
    InvoiceSettings,
    Job,
    Order,
    OrderField,
    OrderLine,
    Pause,
    PurchaseCost,
    Refund,
    Return,
    ReturnReason,
    Rule,
    RuleLog,
    Shipment,
    StatementRow,
    StockFlag,
    Unit,
)
from bmtui.store.plain_sql import fetch
from bmtui.words import EffectKind

TWIN = "Twin"
_OWN = {"id", "name", "account", "token_source"}
"""Columns of a company that its twin has of its own."""
_SUBJECTS: Mapping[str, type[Model]] = {
    EffectKind.REFUND: Refund,
    EffectKind.CANCEL_ON_CHANNEL: Refund,
    EffectKind.SHIP: Shipment,
    EffectKind.IDENTIFIERS: Unit,
    EffectKind.INVOICE: Invoice,
    EffectKind.MESSAGE: CareFolder,
}
_OTHER: Mapping[type[Model], Mapping[str, Any]] = {
    Company: {"soon_hours": 9, "ship_cutoff": "09:00", "time_zone": "Asia/Tokyo", "identifier_policy": "*=none"},
    Inbox: {"payload": "{}"},
    Order: {"customer_name": "Other", "customer_phone": "+33999", "carrier": "Other", "fee": 1, "ship_by": None},
    OrderLine: {"product": "Other", "fee": 1},
    OrderField: {"value": "Z9"},
    StockFlag: {"in_stock": False},
    Shipment: {"carrier": "Other"},
    Unit: {"reason": "Other"},
    Drift: {"here": "Other"},
    InvoiceSettings: {"entries": {"seller_name": "Other"}},
    ReturnReason: {"code": 9, "hidden": True},
    Return: {"description": "Other"},
    CareFolder: {"customer": "Other", "payload": {}},
    AccountSettings: {"entries": {}},
    StatementRow: {"amount": 1},
    PurchaseCost: {"amount": 1},
}
"""Values that a different twin has instead: what is looked up by a name or a number then differs."""
Rows = dict[type[Model], dict[Any, dict[str, Any]]]


@cache
def key_of(model: type[Model]) -> Callable[[Mapping[str, Any]], Any]:
    """Return the function that gives a row's primary key: a tuple where it has several columns."""
    return itemgetter(*(key.name for key in model._meta.get_primary_keys()))


def _values(model: type[Model]) -> Iterator[dict[str, Any]]:
    return iter(model.select().dicts())


def _stored(model: type[Model]) -> Iterator[dict[str, Any]]:
    fields = {field.name: f'"{field.column_name}"' for field in model._meta.sorted_fields}
    rows = fetch(f'SELECT {", ".join(fields.values())} FROM "{model._meta.table_name}"', ())
    return (dict(zip(fields, row, strict=True)) for row in rows)


def all_rows(read: Callable[[type[Model]], Iterator[dict[str, Any]]] = _stored) -> Rows:
    """Return all rows of all tables by table and primary key; as the database has them is a fifth of the work."""
    return {model: {key_of(model)(row): row for row in read(model)} for model in TABLES}


@cache
def _foreign(model: type[Model]) -> tuple[Any, ...]:
    return tuple(field for field in model._meta.sorted_fields if isinstance(field, ForeignKeyField))


def owners(rows: Rows) -> dict[tuple[type[Model], Any], int]:
    """Return the company's id of each row that belongs to one: by its own column, or by what it is about."""
    found: dict[tuple[type[Model], Any], int] = {}
    for model in TABLES:
        for key, row in rows[model].items():
            if (owner := _owner(model, row, found)) is not None:
                found[model, key] = owner
    return found


def _owner(model: type[Model], row: Mapping[str, Any], found: Mapping[tuple[type[Model], Any], int]) -> int | None:
    if model is Company:
        return int(row["id"])
    if model is Pause:
        return int(row["scope"]) if row["scope"].isdigit() else None
    named = row.get("company_id") or row.get("company")
    if named is not None:
        return int(named)
    ways = [(field.rel_model, row[field.name]) for field in _foreign(model)]
    ways += [(Order, row["order_ref"])] if row.get("order_ref") else []
    return next((found[way] for way in ways if way in found), None)


def by_company() -> dict[str, dict[tuple[str, Any], dict[str, Any]]]:
    """Return all rows of each company by its name, by the name of their table and their key."""
    rows = all_rows()
    names = {key: row["name"] for key, row in rows[Company].items()}
    found: dict[str, dict[tuple[str, Any], dict[str, Any]]] = {name: {} for name in names.values()}
    for (model, key), owner in owners(rows).items():
        found[names[owner]][model._meta.table_name, key] = rows[model][key]
    return found


class Twins:
    """Copy of all rows of a company for its twin; `there` is the twin's key of each copied row."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.first = Company.get(Company.name == COMPANY)
        self.rows = all_rows(_values)
        self.owners = owners(self.rows)
        add_company(desk, TWIN)
        self.second = Company.get(Company.name == TWIN)
        self.there: dict[tuple[type[Model], Any], Any] = {(Company, self.first.id): self.second.id}
        with desk.store.transaction():
            self._copy()

    def _copy(self) -> None:
        same = {name: value for name, value in self.rows[Company][self.first.id].items() if name not in _OWN}
        Company.update(**same).where(Company.id == self.second.id).execute()
        Rule.delete().where(Rule.company == self.second).execute()
        for model in TABLES:
            if model is Company:
                continue
            for key, row in self.rows[model].items():
                if self.owners.get((model, key)) == self.first.id:
                    self._copy_row(model, key, row)
        # Some tables of subjects are below that of the effects.
        for key, row in self.rows[Effect].items():
            table = _SUBJECTS.get(row["kind"])
            subject = None if table is None else self.there.get((table, row["subject_id"]))
            if subject is not None and (Effect, key) in self.there:
                Effect.update(subject_id=subject).where(Effect.id == self.there[Effect, key]).execute()

    def differ(self) -> None:
        """Give the twin other values where they do not say which orders and rows are there."""
        table: Any
        for table, values in _OTHER.items():
            mine = [there for (of, _), there in self.there.items() if of is table]
            if table is OrderField:
                of_twin = table.order.in_([order for order, _ in mine])
            elif isinstance(table._meta.primary_key, AutoField):
                of_twin = table.id.in_(mine)
            else:
                of_twin = table.company == self.second
            table.update(**values).where(of_twin).execute()

    def _copy_row(self, model: type[Model], key: Any, row: Mapping[str, Any]) -> None:
        values = dict(row)
        for field in _foreign(model):
            values[field.name] = self.there.get((field.rel_model, row[field.name]), row[field.name])
        if "order_ref" in values:
            values["order_ref"] = self.there.get((Order, row["order_ref"]), row["order_ref"])
        if "company_id" in values:
            values["company_id"] = self.second.id
        values |= self._special(model, row)
        if model is Audit:
            # A copied row would break the chain of hashes.
            kept = {name: values[name] for name in ("company_id", "before", "after")}
            order = values["order_ref"]
            audit.record(self.desk, row["action"], row["summary"], actor=row["actor"], order_row=order, **kept)
            self.there[model, key] = Audit.select().order_by(Audit.id.desc()).first().id
            return
        if isinstance(model._meta.primary_key, AutoField):
            del values["id"]
        made = model.insert(**values).execute()
        self.there[model, key] = made if isinstance(model._meta.primary_key, AutoField) else key_of(model)(values)

    def _special(self, model: type[Model], row: Mapping[str, Any]) -> dict[str, Any]:
        """Return the columns that name rows without being a key to them."""
        if model is Pause:
            return {"scope": str(self.second.id)}
        if model is Rule:
            return {"name": f"{row['name']} of {TWIN}"}
        if model is RuleLog:
            return {"rule": f"{row['rule']} of {TWIN}"}
        if model is Event:
            return {"subject": row["subject"] and f"{row['subject']} of {TWIN}"}
        if model is Job:
            return {
                "identity": row["identity"] and f"{row['identity']} of {TWIN}",
                **{name: self._names(row[name]) for name in ("parameters", "about")},
            }
        if model is Effect:
            return {"target": f"{self.second.id}:{row['target'].partition(':')[2]}"}
        return {}

    def _names(self, value: Mapping[str, Any]) -> dict[str, Any]:
        return {name: TWIN if text == COMPANY else text for name, text in value.items()}


def empty_tables() -> set[str]:
    """Return the names of tables of which the first company has no row, of those that can have one of a company."""
    rows = all_rows()
    seen = {model for model, _ in owners(rows)}
    of_one = {model for model in TABLES if _is_of_company(model)}
    return {model._meta.table_name for model in of_one - seen}


def _is_of_company(model: type[Model], seen: frozenset[type[Model]] = frozenset()) -> bool:
    names = set(model._meta.fields)
    if model is Company or {"company", "company_id"} & names or "order_ref" in names:
        return True
    return any(
        field.rel_model not in (model, *seen) and _is_of_company(field.rel_model, seen | {model})
        for field in _foreign(model)
    )
