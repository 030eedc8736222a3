"""Words of invoices in each language: complete, and checked when a company changes them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from bmtui.channel.platforms import MARKETS
from bmtui.errors import ConfigError
from bmtui.invoices import fonts, markets, wording


def own(folder: Path, text: str) -> Path:
    (folder / wording.FILE).write_text(text, encoding="utf-8")
    return folder


def test_every_market_of_the_channel_has_words_that_can_be_printed(tmp_path: Path) -> None:
    assert set(MARKETS) == set(markets.MARKETS)
    english = wording.words_of(tmp_path, "en", "")
    for market in markets.MARKETS.values():
        words = wording.words_of(tmp_path, market.language, market.code)
        assert words.keys() == english.keys()
        fonts.check(words.values())


def test_wording_file_replaces_some_words(tmp_path: Path) -> None:
    own(
        tmp_path,
        '[de]\nmargin_mention = "Differenzbesteuert nach § 25a UStG"\n[de-at]\nfooter = "x"\n'.replace(
            '[de-at]\nfooter = "x"\n', '[de-at]\ninvoice = "Honorarnote"\n'
        ),
    )
    german, austrian = (wording.words_of(tmp_path, "de", market) for market in ("de-de", "de-at"))
    assert german["margin_mention"] == austrian["margin_mention"] == "Differenzbesteuert nach § 25a UStG"
    assert (german["invoice"], austrian["invoice"]) == ("Rechnung", "Honorarnote")
    assert wording.words_of(tmp_path, "fr", "fr-fr")["invoice"] == "Facture"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[de]\nmargin_mention =", "not valid TOML"),
        ('[xx]\ninvoice = "X"', "no language or market"),
        ('de = "X"', "no language or market"),
        ('[de]\nrechnung = "X"', "there is no word 'rechnung'"),
        ('[de]\ninvoice = ""', "one line of text"),
        ("[de]\ninvoice = 3", "one line of text"),
        ('[de]\ninvoice = "a\\nb"', "one line of text"),
        (f'[de]\ninvoice = "{"a" * 301}"', "one line of text"),
        ('[de]\npage = "Seite {page}"', "must have {page}, {pages}"),
        ('[de]\ntotal = "Summe {sum}"', "must have nothing in braces"),
        ('[de]\ndate_format = "%d.%m."', "does not write a whole date"),
    ],
)
def test_wording_file_with_an_error_names_the_place(tmp_path: Path, text: str, said: str) -> None:
    own(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        wording.words_of(tmp_path, "de", "de-de")
    assert said in caught.value.message
    assert wording.FILE in caught.value.message
    assert caught.value.advice


def test_wording_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / wording.FILE).write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="UTF-8"):
        wording.words_of(tmp_path, "de", "de-de")


def test_unknown_language_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        wording.words_of(tmp_path, "tlh", "")
    assert "ja" in caught.value.advice


def test_amounts_and_dates_are_written_as_the_language_does(tmp_path: Path) -> None:
    def words(language: str) -> wording.Words:
        return wording.words_of(tmp_path, language, "")

    assert wording.with_currency(words("de"), 123_456_789, "EUR") == "1.234.567,89 €"
    assert wording.with_currency(words("fr"), 123_456_789, "EUR") == "1 234 567,89 €"
    assert wording.with_currency(words("ja"), 1_234_567, "JPY") == "¥1,234,567"
    assert wording.with_currency(words("en"), -5, "CHF") == "-0.05 CHF"
    assert wording.with_currency(words("en"), 990, "GBP") == "£9.90"
    assert wording.with_currency(words("en"), -990, "USD") == "-US$9.90"
    assert wording.amount_of(words("sv"), Decimal(100) / 3, "SEK") == "0,3333"
    assert wording.amount_of(words("ja"), Decimal(100) / 3, "JPY") == "33.33"
    assert wording.rate(words("fr"), "5.5") == "5,5"
    assert wording.day(words("ja"), "2026-11-04") == "2026年11月04日"
    assert wording.day(words("nl"), "2026-11-04") == "04-11-2026"
