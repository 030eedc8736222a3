"""Invoice settings: by company and market, refused when impossible, without effect on invoices that exist."""

from __future__ import annotations

from pathlib import Path

import pytest
from helpers import dump
from invoice_shop import document_of

from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.errors import ConfigError, EditConflict, ValueRefused
from bmtui.store.models import Company


def test_invoice_setting_of_a_market_overrides_that_of_the_company(shop: Desk) -> None:
    invoice_settings.change(shop, None, "", {"footer": "Merci", "qr": "yes"})
    invoice_settings.change(shop, None, "de-de", {"footer": "Danke", "vat_mode": "regular"})
    seen = {setting.key: setting for setting in invoice_settings.show(shop, None, "de-de").settings}
    assert (seen["footer"].value, seen["footer"].origin) == ("Danke", "market")
    assert (seen["qr"].value, seen["qr"].origin) == ("true", "company")
    assert (seen["vat_rate"].value, seen["vat_rate"].origin) == ("19", "default")
    invoice_settings.change(shop, None, "de-de", {"footer": ""})
    seen = {setting.key: setting for setting in invoice_settings.show(shop, None, "de-de").settings}
    assert (seen["footer"].value, seen["footer"].origin) == ("Merci", "company")


@pytest.mark.parametrize(
    "change",
    [
        {"colour": "red"},
        {"preference": "fancy"},
        {"vat_mode": "none"},
        {"vat_mode": "mixed"},
        {"vat_rate": "20%%"},
        {"vat_rate": "-1"},
        {"vat_rate": "100"},
        {"sku_rules": "ACC*"},
        {"sku_rules": "ACC*=free"},
        {"sku_rules": "ACC*=margin:20"},
        {"sku_rules": "ACC*=regular:x"},
        {"language": "tlh"},
        {"seller_country": "France"},
        {"vat_id": "FR1234"},
        {"vat_id": "FR11123456783"},
        {"vat_id": "T1234567890123"},
        {"series_invoice": "FR-{year}"},
        {"series_credit_note": "{country}-{year}-{number:05}"},
        {"file_pattern": "../{number}"},
        {"logo": "/nonexistent.png"},
        {"logo": __file__},
        {"word_template": "/nonexistent.docx"},
        {"word_template": __file__},
        {"preference": "word_to_pdf"},
        {"preference": "plugin"},
        {"qr": "maybe"},
        {"footer": "x" * 501},
    ],
    ids=lambda change: next(iter(f"{key}={value[:20]}" for key, value in change.items())),
)
def test_invalid_invoice_setting_is_refused_with_the_valid_values(shop: Desk, change: dict[str, str]) -> None:
    before = dump(shop)
    with pytest.raises((ConfigError, ValueRefused)) as caught:
        invoice_settings.change(shop, None, "", change)
    assert caught.value.advice or "at most 500 are allowed" in caught.value.message
    assert dump(shop) == before


def test_logo_is_kept_after_its_file_is_gone(shop: Desk, tmp_path: Path) -> None:
    from PIL import Image

    path = tmp_path / "logo.png"
    Image.new("RGB", (30, 10), "red").save(path)
    seen = {s.key: s.value for s in invoice_settings.change(shop, None, "", {"logo": str(path)}).settings}
    path.unlink()
    assert len(seen["logo"]) == 64
    invoice_settings.change(shop, None, "", {"logo": seen["logo"], "footer": "x"})
    assert document_of(invoicing.make(shop, 1).number).logo == seen["logo"]
    big = tmp_path / "big.png"
    big.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(1_000_001))
    with pytest.raises(ConfigError, match="more than 1 MB"):
        invoice_settings.change(shop, None, "", {"logo": str(big)})


def test_invoice_settings_saved_from_a_stale_view_are_refused(shop: Desk) -> None:
    version = invoice_settings.show(shop).version
    invoice_settings.change(shop, None, "", {"footer": "one"}, version)
    with pytest.raises(EditConflict):
        invoice_settings.change(shop, None, "", {"footer": "two"}, version)
    with pytest.raises(ConfigError, match="no market"):
        invoice_settings.show(shop, None, "xx-xx")


@pytest.mark.parametrize("number", ["fr 11 123456782", "12/345/67890", "SIRET 12345678200010", "T7123456789012"])
def test_vat_id_that_is_valid_or_a_national_number_is_kept_as_typed(shop: Desk, number: str) -> None:
    invoice_settings.change(shop, None, "", {"vat_id": number})
    assert {row.key: row.value for row in invoice_settings.show(shop).settings}["vat_id"] == number


def test_the_wording_of_a_made_invoice_never_changes(shop: Desk) -> None:
    made = invoicing.make(shop, 1)
    (shop.settings.config / "invoice-words.toml").write_text('[fr]\ninvoice = "FACTURE"\n')
    from bmtui.desk.invoicing import files as invoice_files

    assert invoice_files.text_of(shop, made.number)[0] == "Facture"
    assert invoice_files.verify(shop).findings == ()
    second = invoicing.make(shop, 2)
    assert invoice_files.text_of(shop, second.number)[0] == "FACTURE"


@pytest.mark.parametrize(
    ("rules", "scheme"),
    [("PHN-1*=regular:5.5, PHN*=margin", ("regular", "5.5")), ("PHN*=margin, PHN-1*=regular:5.5", ("margin", "0"))],
)
def test_first_sku_rule_that_fits_decides(shop: Desk, rules: str, scheme: tuple[str, str]) -> None:
    invoice_settings.change(shop, None, "", {"vat_mode": "mixed", "sku_rules": rules})
    chosen = invoice_settings.effective(Company.get(), "fr-fr")
    assert chosen.scheme_of("phn-12") == scheme
    assert chosen.scheme_of("PHN-2") == ("margin", "0")
