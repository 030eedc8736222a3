"""Migration of acceptance settings of schema 12 to rules that work as before."""

from __future__ import annotations

import pytest
from helpers import add_company, raw_line, raw_order, take_in

from bmtui.desk.companies import companies
from bmtui.desk.core.context import Desk
from bmtui.desk.rules import engine, rules
from bmtui.store import migrations
from bmtui.store.models import Effect, Rule

COLUMNS = (
    "ALTER TABLE companies ADD COLUMN automatic_acceptance BOOLEAN NOT NULL DEFAULT 0;",
    "ALTER TABLE companies ADD COLUMN acceptance_rule TEXT NOT NULL DEFAULT '';",
)


@pytest.fixture
def of_schema_12(offline: Desk) -> Desk:
    """Desk on a store whose companies have their acceptance settings as columns."""
    add_company(offline, "Other")
    Rule.delete().execute()
    database = offline.store.database
    for statement in COLUMNS:
        database.execute_sql(database.portable(statement))
    return offline


def migrate(desk: Desk) -> None:
    database = desk.store.database
    for version, statements in migrations.steps(database.kind):
        for statement in statements:
            if version == 13 and ("rules" in statement or "_acceptance" in statement or "acceptance_" in statement):
                database.execute_sql(database.portable(statement))


def test_the_settings_of_a_company_become_its_rule(of_schema_12: Desk) -> None:
    said = "market:fr-fr value:<=800"
    mark = of_schema_12.store.database.param
    sql = f"UPDATE companies SET automatic_acceptance = {mark}, acceptance_rule = {mark} WHERE name = 'Shop'"
    of_schema_12.store.database.execute_sql(sql, (True, said))
    migrate(of_schema_12)
    other, shop = rules.listing(of_schema_12)
    assert (shop.name, shop.query, shop.enabled, shop.limit, shop.builtin, shop.problem) == (
        "acceptance rule of Shop", said, True, 0, True, "",
    )  # fmt: skip
    assert (other.name, other.query, other.enabled) == ("acceptance rule of Other", "", False)
    view = companies.show(of_schema_12, "Shop")
    assert (view.acceptance_rule, view.automatic_acceptance) == (said, True)
    take_in(of_schema_12, raw_order(1, [raw_line(10, 1)], state=1), raw_order(2, [raw_line(20, 1, "900.00")], state=1))
    engine.run_due(of_schema_12)
    assert [effect.order and effect.order.order_id for effect in Effect.select()] == [1]
    assert [(row.rule, row.order_id) for row in rules.log(of_schema_12)] == [("acceptance rule of Shop", 1)]


def test_migrated_acceptance_rule_leaves_an_existing_rule_its_name(of_schema_12: Desk) -> None:
    values = {"version": 1, "enabled": True, "moment": "order.created", "query": "market:fr-fr", "actions": ["tag a"]}
    at = of_schema_12.now()
    name = "Acceptance rule of shop"
    Rule.create(name=name, limit_a_day=5, ran_at=at, changed_at=at, changed_by="root(0)", **values)
    migrate(of_schema_12)
    shop = companies.show(of_schema_12, "Shop")
    assert (shop.acceptance_rule, shop.automatic_acceptance) == ("", False)
    assert next(row.name for row in Rule.select().order_by(Rule.id)) == name
    assert sorted(view.company for view in rules.listing(of_schema_12) if view.builtin) == ["Other", "Shop"]
