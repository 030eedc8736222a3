"""Account settings, and who may store what in the accounts: it is written into the audit with what it was before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from helpers import add_company, dump, take_in
from statement_counter import bring_in, file, phone, sold

from bmtui.desk.accounts import costs, margin, periods, rates, settings
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.errors import BmtuiError, RuleRefused
from bmtui.store.models import AccountSettings, Audit, Company, Operator


def cost(desk: Desk, folder: Path) -> object:
    return costs.save(desk, costs.preview(desk, file(folder, ["PHN;60;EUR"], "costs.csv", "sku;cost;currency")))


def rate(desk: Desk, folder: Path) -> object:
    return rates.save(desk, rates.preview(desk, file(folder, ["2026-10-30,11"], "rates.csv", "date,SEK")))


def statement(desk: Desk, folder: Path) -> object:
    return bring_in(desk, file(folder, sold(1)))


def setting(desk: Desk, folder: Path) -> object:
    return settings.change(desk, {"return_days": "40"})


def declaration(desk: Desk, folder: Path) -> object:
    return margin.declare(desk, periods.named("2026-10"))


ACTS = {
    "costs.imported": cost,
    "rates.imported": rate,
    "statement.imported": statement,
    "account_settings.changed": setting,
    "margin.declared": declaration,
}


@pytest.mark.parametrize("action", ACTS)
def test_what_is_stored_in_the_accounts_is_audited_once_and_a_read_only_desk_stores_nothing(
    offline: Desk, tmp_path: Path, action: str
) -> None:
    take_in(offline, phone(1))
    AccountSettings.create(company=Company.get(), entries={"margin_rate": "20"}, updated_at=offline.now())
    before = dump(offline)
    with pytest.raises(RuleRefused, match="read-only"):
        ACTS[action](replace(offline, read_only=True), tmp_path)
    assert dump(offline) == before
    ACTS[action](offline, tmp_path)
    (entry,) = Audit.select().where(Audit.action == action)
    assert entry.company_id == (None if action == "rates.imported" else Company.get().id)


@pytest.mark.parametrize("act", [rate, setting, declaration])
def test_only_an_admin_changes_by_what_is_counted(
    offline: Desk, tmp_path: Path, act: Callable[[Desk, Path], object]
) -> None:
    take_in(offline, phone(1))
    row = {"account": "x", "may_refund": True, "changed_at": offline.now(), "changed_by": "x"}
    Operator.create(**row, uid=offline.uid, role="operator")
    with pytest.raises(RuleRefused, match="Only an admin"):
        act(offline, tmp_path)


def test_changed_account_settings_are_audited_with_the_values_before_and_after(offline: Desk) -> None:
    add_company(offline, "Other")
    desk = offline.of_company("Other")
    settings.change(desk, {"return_days": "40", "margin_rate": "19", "transit_days": "5"})
    changes = {"return_days": "45", "margin_rate": "", "transit_days": "5"}
    shown = {one.key: one for one in settings.change(desk, changes)}
    assert (shown["return_days"].value, shown["return_days"].is_default) == ("45", False)
    assert (shown["margin_rate"].value, shown["margin_rate"].is_default) == ("", True)
    settings.change(desk, {"return_days": "45", "margin_method": ""})
    first, second = Audit.select().where(Audit.action == "account_settings.changed").order_by(Audit.id)
    assert first.before == {"return_days": "", "margin_rate": "", "transit_days": ""}
    assert (second.before, second.after) == (
        {"margin_rate": "19", "return_days": "40"},
        {"margin_rate": "", "return_days": "45"},
    )
    assert second.company_id == Company.get(Company.name == "Other").id
    assert second.summary == "Account settings of Other changed: Rate of the margin, percent, Free return, days."
    assert settings.effective(Company.get(Company.name == "Shop").id)["return_days"] == "30"


def test_account_setting_that_cannot_be_is_refused(offline: Desk) -> None:
    for changes in ({"return_day": "40"}, {"return_days": "1000"}, {"late_after_h": "36"}, {"margin_rate": "x"}):
        with pytest.raises(BmtuiError):
            settings.change(offline, changes)


def test_margin_rate_is_that_of_the_country_of_the_seller_unless_it_is_set(offline: Desk) -> None:
    with pytest.raises(RuleRefused, match="country of Shop is not known"):
        settings.margin_rate(Company.get())
    for country, found in (("DE", "19"), ("FR", "20")):
        invoice_settings.change(offline, None, "", {"seller_country": country})
        assert str(settings.margin_rate(Company.get())) == found
    invoice_settings.change(offline, None, "", {"seller_country": "MT"})
    with pytest.raises(RuleRefused, match="rate of VAT of MT is not known"):
        settings.margin_rate(Company.get())
    settings.change(offline, {"margin_rate": "18"})
    assert str(settings.margin_rate(Company.get())) == "18"
