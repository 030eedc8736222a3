"""Companies as TOML: exported without a token, imported all or none, with the line of an error."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from helpers import add_company

from bmtui.desk.companies import companies, credentials
from bmtui.desk.companies.fields import FIELDS
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.invoicing.fields import FIELDS as INVOICE_FIELDS
from bmtui.desk.operations import company_toml
from bmtui.errors import ConfigError, EditConflict, RuleRefused
from bmtui.store.models import Audit, Company, InvoiceSettings

SECRET = "planted-token-4711"


def edited(desk: Desk, old: str, new: str) -> str:
    text = company_toml.export(desk)
    assert old in text
    return text.replace(old, new, 1)


def test_company_export_explains_every_setting_and_has_no_token(desk: Desk) -> None:
    add_company(desk, "My Shop", token=SECRET)
    text = company_toml.export(desk)
    assert SECRET not in text
    table = tomllib.loads(text)["companies"]["My Shop"]
    assert set(table) == {field.name for field in FIELDS if field.kind != "secret"} | {"token_source", "invoices"}
    assert all(field.label in text and field.help in text for field in FIELDS if field.kind != "secret")


def test_exported_company_file_imported_again_changes_nothing(desk: Desk) -> None:
    add_company(desk)
    audited = Audit.select().count()
    plans = company_toml.plan(desk, company_toml.export(desk), "shops.toml")
    company_toml.apply(desk, plans)
    assert [plan.differences for plan in plans] == [()]
    assert Audit.select().count() == audited
    assert companies.show(desk).version == 1


def test_company_import_changes_and_adds_companies_and_lists_it(desk: Desk) -> None:
    add_company(desk)
    text = edited(desk, "download_interval_min = 15", "download_interval_min = 30")
    text += '\n[companies.Second]\nplatform = "na"\ncontact = "a@b.example"\nenabled = false\n'
    plans = company_toml.plan(desk, text, "shops.toml")
    assert [(plan.name, plan.is_new) for plan in plans] == [("Shop", False), ("Second", True)]
    (one,) = plans[0].differences
    assert (one.label, one.before, one.after) == ("Automatic download, minutes", "15", "30")
    assert companies.show(desk, "Shop").download_interval_min == 15
    company_toml.apply(desk, plans)
    assert companies.show(desk, "Shop").download_interval_min == 30
    assert companies.show(desk, "Second").time_zone == "America/New_York"
    with pytest.raises(ConfigError, match="Store the token again"):
        credentials.read(desk.settings, Company.get(Company.name == "Second").id, "file")


@pytest.mark.parametrize(
    ("old", "new", "line", "said"),
    [
        ("download_interval_min = 15", "download_interval_min = -1", True, "not a whole number"),
        ("download_interval_min = 15", "download_interval_min = 1.5", True, "no setting, or not of its kind"),
        ('platform = "eu"', 'platfrom = "eu"', True, "'platfrom' is no setting"),
        ('contact = "orders@shop.example"', 'contact = "nobody"', True, "not a mail address"),
        ('token_source = "file"', 'token = "planted-token-4711"', True, "a token must not stand here"),
        ('token_source = "file"', 'token_source = "planted-token-4711"', True, "no source of a token"),
        ('token_source = "file"', 'token_source = "env:planted token"', True, "no name of an environment variable"),
        ("[companies.Shop]", "[company.Shop]", True, "unknown 'company'"),
        ("[companies.Shop]", "[companies.New]\nenabled = true\n[companies.Shop]", True, "a new company needs"),
        ("enabled = true", "enabled = ", False, "not valid TOML"),
    ],
)
def test_company_file_with_an_error_names_the_line_and_changes_nothing(
    desk: Desk, old: str, new: str, line: bool, said: str
) -> None:
    add_company(desk)
    text = edited(desk, old, new)
    with pytest.raises(ConfigError, match=said) as caught:
        company_toml.apply(desk, company_toml.plan(desk, text, "shops.toml"))
    number = text[: text.index(new)].count("\n") + 1
    assert f"shops.toml, line {number}" in caught.value.message or not line
    assert "line" in caught.value.message
    assert SECRET not in str(caught.value)
    assert companies.show(desk).version == 1
    assert len(companies.listing(desk)) == 1


def test_company_import_is_all_or_nothing(desk: Desk) -> None:
    add_company(desk, "Aa", token=SECRET)
    add_company(desk, "Bb")
    text = edited(desk, 'token_source = "file"', 'token_source = "env:BM_TOKEN"')
    text = text.replace('integration = "api"', 'integration = "legacy"', 1)
    with pytest.raises(RuleRefused, match="every order would come twice"):
        company_toml.apply(desk, company_toml.plan(desk, text, "shops.toml"))
    row = Company.get(Company.name == "Aa")
    assert (row.integration, row.token_source) == ("api", "file")
    assert credentials.read(desk.settings, row.id, "file") == SECRET


def test_legacy_and_api_can_change_places_in_one_import(desk: Desk) -> None:
    add_company(desk, "Aa", integration="legacy", enabled="false")
    add_company(desk, "Bb")
    text = company_toml.export(desk)
    first, second = text.split("[companies.Bb]")
    text = first.replace("enabled = false", "enabled = true") + "[companies.Bb]"
    text += second.replace("enabled = true", "enabled = false")
    company_toml.apply(desk, company_toml.plan(desk, text, "shops.toml"))
    assert [(view.name, view.enabled) for view in companies.listing(desk)] == [("Aa", True), ("Bb", False)]


def test_token_file_is_removed_once_the_source_is_a_credential(desk: Desk) -> None:
    add_company(desk, token=SECRET)
    text = edited(desk, 'token_source = "file"', 'token_source = "credential:shop.token"')
    company_toml.apply(desk, company_toml.plan(desk, text, "shops.toml"))
    assert companies.show(desk).token_source == "credential:shop.token"
    assert not list(desk.settings.credentials.iterdir())


def test_stale_company_edit_is_refused(desk: Desk) -> None:
    add_company(desk)
    since = company_toml.mark(desk)
    plans = company_toml.plan(desk, edited(desk, "enabled = true", "enabled = false"), "your text", only="Shop")
    companies.change(desk, "Shop", {"look_back_days": "30"})
    with pytest.raises(EditConflict):
        company_toml.apply(desk, plans, since)
    assert companies.show(desk).enabled


def test_company_edit_changes_only_its_company(desk: Desk) -> None:
    add_company(desk)
    with pytest.raises(ConfigError, match="about Shop alone"):
        company_toml.plan(desk, edited(desk, "[companies.Shop]", "[companies.Other]"), "your text", only="Shop")


# Invoices

INVOICES = """
[companies.Shop.invoices]
seller_name = "Refurb SARL"
seller_country = "FR"
vat_rate = 5.5
qr = true
[companies.Shop.invoices.de-de]
vat_mode = "regular"
"""
PNG = b"\x89PNG\r\n\x1a\nlogo"


def bring(desk: Desk, text: str) -> tuple[company_toml.Plan, ...]:
    plans = company_toml.plan(desk, text, "shops.toml")
    company_toml.apply(desk, plans)
    return plans


def entries(desk: Desk) -> dict[str, dict[str, str]]:
    return {row.market: row.entries for row in InvoiceSettings.select()}


def test_exported_invoice_settings_import_to_the_same(desk: Desk) -> None:
    add_company(desk)
    (plan,) = bring(desk, INVOICES)
    assert {one.sentence for one in plan.differences} >= {
        "Invoices: VAT rate, percent: (empty) → 5.5",
        "Invoices: QR code: (empty) → true",
        "Invoices in de-de: VAT mode: (empty) → regular",
    }
    before = entries(desk)
    assert before == {
        "": {"seller_name": "Refurb SARL", "seller_country": "FR", "vat_rate": "5.5", "qr": "true"},
        "de-de": {"vat_mode": "regular"},
    }
    text = company_toml.export(desk)
    said = tomllib.loads(text)["companies"]["Shop"]["invoices"]
    assert said["qr"] is True
    assert said["de-de"] == {"vat_mode": "regular"}
    # What can be set and is not stands there, too, with what holds instead.
    assert all(field.help in text for field in INVOICE_FIELDS)
    assert '# series_invoice = "{country}-{year}-{number:05}"' in text
    audited = Audit.select().count()
    assert [plan.differences for plan in bring(desk, text)] == [()]
    assert Audit.select().count() == audited
    # Elsewhere, it makes the same.
    InvoiceSettings.delete().execute()
    bring(desk, text)
    assert entries(desk) == before
    bring(desk, text.replace("[companies.Shop]", "[companies.Other]").replace(".Shop.", ".Other."))
    assert (
        invoice_settings.show(desk, "Other", "de-de").settings == invoice_settings.show(desk, "Shop", "de-de").settings
    )


def test_company_file_keeps_unnamed_settings_and_unsets_empty_ones(desk: Desk) -> None:
    add_company(desk)
    bring(desk, INVOICES)
    bring(desk, '[companies.Shop.invoices]\nqr = ""\n[companies.Shop.invoices.de-de]\nvat_mode = ""\n')
    assert entries(desk) == {"": {"seller_name": "Refurb SARL", "seller_country": "FR", "vat_rate": "5.5"}, "de-de": {}}


@pytest.mark.parametrize(
    ("old", "new", "at", "said"),
    [
        ("qr = true", "qr = 7", "qr", "neither true nor false"),
        ("qr = true", "qr = [1]", "qr", "of a wrong type"),
        ("vat_rate = 5.5", "vat_rate = 120", "vat_rate", "no percentage"),
        ("seller_name", "sellername", "sellername", "no invoice setting"),
        ("invoices.de-de", "invoices.de-xx", "[companies.Shop.invoices.de-xx", "no market"),
        ('"regular"', '"sometimes"', "vat_mode", "no value of VAT mode"),
        ('"regular"', '"mixed"', "[companies.Shop.invoices]", "needs SKU rules"),
        ("qr = true", 'logo = "/nowhere.png"', "[companies.Shop.invoices]", "cannot be read"),
        ("qr = true", 'preference = "word_to_pdf"', "[companies.Shop.invoices]", "needs a template"),
    ],
)
def test_company_file_with_a_wrong_invoice_setting_names_the_line(
    desk: Desk, old: str, new: str, at: str, said: str
) -> None:
    add_company(desk)
    text = INVOICES.replace(old, new, 1)
    with pytest.raises(ConfigError, match=said) as caught:
        bring(desk, text)
    number = text[: text.index(at)].count("\n") + 1
    assert f"shops.toml, line {number}:" in caught.value.message
    assert entries(desk) == {}


def test_company_file_names_a_logo_by_path_or_as_kept(desk: Desk, tmp_path: Path) -> None:
    add_company(desk)
    logo = tmp_path / "logo.png"
    logo.write_bytes(PNG)
    text = f'[companies.Shop.invoices]\nlogo = "{logo}"\n'
    assert len(bring(desk, text)[0].differences) == 1
    assert bring(desk, text)[0].differences == ()
    assert bring(desk, company_toml.export(desk))[0].differences == ()
    logo.write_bytes(PNG + b"new")
    assert len(bring(desk, text)[0].differences) == 1


def test_invoice_settings_changed_meanwhile_are_not_overwritten(desk: Desk) -> None:
    add_company(desk)
    bring(desk, INVOICES)
    since = company_toml.mark(desk)
    plans = company_toml.plan(desk, INVOICES.replace("Refurb", "Other"), "your text", only="Shop")
    invoice_settings.change(desk, "Shop", "", {"footer": "Thank you"})
    with pytest.raises(EditConflict):
        company_toml.apply(desk, plans, since)
    assert entries(desk)[""]["seller_name"] == "Refurb SARL"


def test_an_import_with_wrong_invoices_adds_no_company(desk: Desk) -> None:
    with pytest.raises(ConfigError, match="line 2: 'invoices' is not a table"):
        bring(desk, "[companies.New]\ninvoices = 7\n")
    text = '[companies.New]\nplatform = "eu"\ncontact = "a@b.example"\n[companies.New.invoices]\nvat_mode = "mixed"\n'
    with pytest.raises(ConfigError, match="needs SKU rules"):
        bring(desk, text)
    assert companies.listing(desk) == ()
    bring(desk, text + 'sku_rules = "ACC*=regular"\n')
    assert entries(desk) == {"": {"vat_mode": "mixed", "sku_rules": "ACC*=regular"}}
