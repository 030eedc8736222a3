"""Views of companies. Changes are in `companies`, which the first list of the desk need not load."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from peewee import fn

from bmtui.desk.companies import acceptance_settings
from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import CompanyView
from bmtui.store.models import Company, Order

COLUMNS = {"url": "base_url", "contact": "contact_mail"}
"""Columns of the settings that are named differently in the table."""

_OTHERWISE = ("name", "token_source", "version", "orders")


def listing(desk: Desk, *, counted: bool = True, removed: bool = False) -> tuple[CompanyView, ...]:
    """Return the companies by name, with those that were `removed` only on request.

    Without the numbers of their orders unless `counted`: counting reads each order.
    """
    counts = {row.company_id: row.count for row in _counts()} if counted else {}
    rows = Company.select().order_by(fn.LOWER(Company.name))
    if not removed:
        rows = rows.where(Company.removed_at.is_null())
    return tuple(_view(row, counts.get(row.id, 0)) for row in rows)


def show(desk: Desk, name: str | None = None) -> CompanyView:
    """Return a company's settings, by default of the company in view. Raises NotFound."""
    row = desk.company_row(name)
    return _view(row, Order.select().where(Order.company == row).count())


def value_of(row: Company, key: str) -> Any:
    """Return the value of a company's setting."""
    if key in acceptance_settings.KEYS:
        return acceptance_settings.values_of(row.id)[key]
    return getattr(row, COLUMNS.get(key, key))


def _counts() -> Any:
    return Order.select(Order.company, fn.COUNT(Order.id).alias("count")).group_by(Order.company)


def _view(row: Company, orders: int) -> CompanyView:
    otherwise = (*_OTHERWISE, *acceptance_settings.KEYS)
    settings = {field.name: value_of(row, field.name) for field in fields(CompanyView) if field.name not in otherwise}
    settings |= acceptance_settings.values_of(row.id)
    return CompanyView(name=row.name, token_source=row.token_source, version=row.version, orders=orders, **settings)
