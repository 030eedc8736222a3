"""Typed queries: each filter finds the right orders, and any text either runs or is refused with its place."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from five_orders import ANNA, BEN, CHLOE, DAICHI, EVERYBODY, NOW, PARIS, VOID, find, five_orders
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bmtui.desk.core.context import Desk
from bmtui.store.query import KEYS, LONGEST, PRESETS, QueryError, Term, parse, span
from bmtui.store.search import From, Search


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with five_orders(tmp_path_factory.mktemp("query")) as desk:
        yield desk


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", EVERYBODY),
        # Status words
        ("status:inprocess", {BEN, CHLOE}),
        ("status:in_process", {BEN, CHLOE}),
        ("STATUS:InP", {BEN, CHLOE}),
        ("status:completed,void", {ANNA, DAICHI, VOID}),
        ("status:void", {VOID}),
        ("-status:inprocess", {ANNA, DAICHI}),
        ("-status:void", EVERYBODY),
        ("status:inprocess,void -status:inprocess", {VOID}),
        ("shipping:fullyshipped", {ANNA, DAICHI}),
        ("payment:fully", {DAICHI}),
        ("payment:nopayment", {CHLOE}),
        ("channel:toaccept", {BEN}),
        ("channel:awaiting,refunded", {CHLOE, DAICHI}),
        ("channel:unknown_12", set()),
        # Text
        ("id:1001", {ANNA}),
        ("id:0", set()),
        ("id:1001,1003,77", {ANNA, CHLOE}),
        ("-id:1001", EVERYBODY - {ANNA}),
        ("sku:PHN-A12-128", {ANNA}),
        ("sku:PHN*", {ANNA, DAICHI}),
        ("sku:*1*", {ANNA, BEN, CHLOE, DAICHI}),
        ("sku:TAB_10%", {BEN}),
        ("sku:TAB*%", {BEN}),
        ("sku:*AB_1*", {BEN}),
        ("sku:*HN-B*", {DAICHI}),
        ("sku:%", set()),
        ("sku:___*", set()),
        ("product:a12", {ANNA}),
        ("imei:356938035643809", {ANNA}),
        ("serial:SN-77", {CHLOE}),
        ("tracking:trk0001fr", {ANNA}),
        ("name:dupont", {CHLOE}),
        ("name:Chloé", {CHLOE}),
        ("name:CHLOE", {CHLOE}),
        ("name:*mull*", {ANNA}),
        ("name:mull*", set()),
        ("name:anna*", {ANNA}),
        ('name:"Anna Mü"', {ANNA}),
        ("name:O'N", {BEN}),
        ("mail:BEN.oneill@example.com", {BEN}),
        ("mail:*@example.com", {ANNA, BEN}),
        ("phone:+4930*", {BEN}),
        ("postcode:75011", {CHLOE}),
        ('company:"Élan Télécom"', EVERYBODY),
        ("company:Élan*", EVERYBODY),
        ("company:other", set()),
        ("market:fr-fr,de-de", {ANNA, BEN, CHLOE}),
        ("country:jp", {DAICHI}),
        ("currency:eur", {ANNA, BEN, CHLOE}),
        ("carrier:colissimo", {ANNA}),
        ("-market:fr-fr", {BEN, DAICHI}),
        # Amounts, in the order's own currency
        ("total:105", {ANNA}),
        ("total:>64.9", {ANNA, CHLOE, DAICHI}),
        ("total:>=64.9", {ANNA, BEN, CHLOE, DAICHI}),
        ("total:<=64.90", {BEN}),
        ("total:4500", {DAICHI}),
        ("total:60..110", {ANNA, BEN}),
        ("total:105,00", {ANNA}),
        ("total:>105,01", {CHLOE, DAICHI}),
        ('total:"105","64,90"', {ANNA, BEN}),
        ("total:>4'400", {DAICHI}),
        ("refundable:0", {CHLOE, DAICHI}),
        ("refunded:>0", {DAICHI}),
        ("-refunded:>0", {ANNA, BEN, CHLOE}),
        # What it has
        ("has:refund", {DAICHI}),
        ("has:note", {BEN}),
        ("has:tracking,note", {ANNA, BEN}),
        ("has:imei", {ANNA}),
        ("has:invoice", {ANNA}),
        ("has:error", set()),
        ("-has:note status:inprocess", {CHLOE}),
        # Bare words
        ("1001", {ANNA}),
        ("muller", {ANNA}),
        ("MÜLLER", {ANNA}),
        ("Mu\u0308ller", {ANNA}),
        ("ludensch", {ANNA}),
        ("udensch", set()),
        ("chloe", {CHLOE}),
        ('"chloé dup"', {CHLOE}),
        ('"dupont chloé"', set()),
        ("anna@example.com", {ANNA}),
        ("PHN-A12", {ANNA}),
        ("356938035643809", {ANNA}),
        ("SN-77", {CHLOE}),
        ("TRK0001", {ANNA}),
        ("山田", {DAICHI}),
        ("O'Neill", {BEN}),
        # Parts of codes: by stars, or by themselves where they can be nothing else
        ("*643809", {ANNA}),
        ("643809", {ANNA}),
        ("43809", {ANNA}),
        ("3809", set()),
        ("938035643", {ANNA}),
        ("*RK00*", {ANNA}),
        ("neill@exam", {BEN}),
        ("*Lüdensch*", {ANNA}),
        ("*a*12*", {ANNA, BEN}),
        ("*zz*", set()),
        ("-*643809", EVERYBODY - {ANNA}),
        ("imei:*643809", {ANNA}),
        ("imei:*3809*,*zzz", {ANNA}),
        ("imei:*", {ANNA}),
        ("serial:*", {CHLOE}),
        ("sku:*", EVERYBODY),
        ("tracking:*0001*", {ANNA}),
        ("mail:*oneill*", {BEN}),
        ("-mail:*oneill*", EVERYBODY - {BEN}),
        ("-muller", EVERYBODY - {ANNA}),
        ("anna -chloe", {ANNA}),
        ("anna 643809", {ANNA}),
        ("anna 643800", set()),
        ("example ben", {BEN}),
        # Values that are not in the order's text, and parts that are too short for its index
        ("note:answer", {BEN}),
        ("note:RANG*", {BEN}),
        ("note:rang answer", set()),
        ("postcode:750*", {CHLOE}),
        ("carrier:*oliss*", {ANNA}),
        ("product:*a12*", {ANNA}),
        ("imei:*38*", {ANNA}),
        ("name:nn", {ANNA}),
        ("mail:*a*example*", {ANNA}),
        ("phone:*1*2*", {BEN}),
        # Finer than the currency
        ("total:4500.5", set()),
        ("total:>4499.5", {DAICHI}),
        # Dates
        ("created:today", {ANNA}),
        ("created:2026-11-16", {BEN}),
        ("created:<2026-01-01", {DAICHI}),
        ("created:2026-10-25..2026-11-16", {BEN, CHLOE}),
        ("created:..2026-10-25", {CHLOE, DAICHI}),
        ("created:>2026-11-16", {ANNA}),
        ("created:last31,<2026-02-01", {ANNA, BEN, CHLOE, DAICHI}),
        ("shipby:next3", {BEN}),
        ("shipped:today", {ANNA}),
        ("-shipped:today", {BEN, CHLOE, DAICHI}),
        ("paid:<2027-01-01", {ANNA, BEN, DAICHI}),
        ("-paid:<2027-01-01", {CHLOE}),
        ("status:completed market:fr-fr", {ANNA}),
    ],
)
def test_filter_finds_the_matching_orders(desk: Desk, text: str, expected: set[int]) -> None:
    assert find(desk, text) == expected


def test_several_filters_narrow_and_several_values_widen_a_search(desk: Desk) -> None:
    one, two = find(desk, "market:fr-fr"), find(desk, "status:inprocess")
    assert find(desk, "market:fr-fr status:inprocess") == one & two
    assert find(desk, "market:fr-fr,ja-jp") == one | find(desk, "market:ja-jp")


@pytest.mark.parametrize(
    ("preset", "begin", "end"),
    [
        ("today", "2026-11-23T00:00", "2026-11-24T00:00"),
        ("yesterday", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("thisweek", "2026-11-23T00:00", "2026-11-30T00:00"),
        ("lastweek", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("monthtodate", "2026-11-01T00:00", None),
        ("lastmonth", "2026-10-01T00:00", "2026-11-01T00:00"),
        ("last3", "2026-11-21T00:00", "2026-11-24T00:00"),
        ("last31", "2026-10-24T00:00", "2026-11-24T00:00"),
        ("next3", "2026-11-23T16:30", "2026-11-26T00:00"),
        ("last24h", "2026-11-22T16:30", None),
        ("older24h", None, "2026-11-22T16:30"),
        ("overdue", None, "2026-11-23T16:30"),
    ],
)
def test_date_preset_means_days_of_the_zone(preset: str, begin: str | None, end: str | None) -> None:
    def local(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=PARIS).astimezone(UTC) if text else None

    assert span(Term("created", (preset,), False, 0, 1), preset, NOW, PARIS) == (local(begin), local(end))


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2026-03-29", 23), ("2026-11-23", 24)])
def test_day_of_a_clock_change_has_its_real_length_in_a_query(day: str, hours: int) -> None:
    begin, end = span(Term("created", (day,), False, 0, 1), day, NOW, PARIS)
    assert begin is not None
    assert end is not None
    assert (end - begin).total_seconds() == hours * 3600


def test_repeated_hour_of_a_clock_change_belongs_to_its_day(desk: Desk) -> None:
    # 02:30 the second time, on the night of the change: 01:30 UTC.
    assert find(desk, "created:2026-10-25", PARIS) == {CHLOE}
    assert find(desk, "created:2026-10-24", ZoneInfo("America/New_York")) == {CHLOE}
    assert find(desk, "created:2026-10-25", ZoneInfo("America/New_York")) == set()


@pytest.mark.parametrize(
    ("text", "position", "length", "said"),
    [
        ("  colour:red", 2, 10, "no filter 'colour:'"),
        ("a staus:onhold", 2, 12, "no filter 'staus:'"),
        ('a "open', 2, 5, "quotation mark"),
        ('"a"b"', 0, 5, "quotation mark"),
        ("sku:", 0, 4, "no value"),
        ("sku:,,", 0, 6, "no value"),
        ('a ""', 2, 2, "no value"),
        ("-", 0, 1, "no value"),
        ("x status:happy", 2, 12, "not a value of 'status:'"),
        ("status:_", 0, 8, "not a value of 'status:'"),
        ("created:tomorrow", 0, 16, "not a date"),
        ("created:2026-02-30", 0, 18, "not a date"),
        ("created:2026-1-1", 0, 16, "not a date"),
        ("created:2026-01-01..nope", 0, 24, "not a date"),
        ("total:many", 0, 10, "not an amount"),
        ("total:>1..2", 0, 11, "not an amount"),
        ("total:-5", 0, 8, "not an amount"),
        ("total:>1,000", 0, 12, "two ways"),
        ("x total:105.001", 2, 13, "two ways"),
        ("x total>1000", 2, 10, "with a colon"),
        ("status=onhold", 0, 13, "with a colon"),
        ("anna OR berta", 5, 2, "'OR' is not used in queries"),
        ("created:11/12/2026", 0, 18, "two ways: 2026-12-11 or 2026-11-12"),
        ("id:abc", 0, 6, "not an order id"),
        ("id:" + "9" * 30, 0, 33, "not an order id"),
        ("a !!!", 2, 3, "no letters or digits"),
        ("a *", 2, 1, "no letters or digits"),
        ("total:>", 0, 7, "not an amount"),
        ("name:\x1b\x07", 0, 7, "no value"),
        ("x" * (LONGEST + 5), LONGEST, 5, "characters"),
    ],
)
def test_unreadable_query_is_refused_with_its_place(text: str, position: int, length: int, said: str) -> None:
    with pytest.raises(QueryError, match=said) as caught:
        Search(text, NOW, PARIS)
    assert (caught.value.position, caught.value.length) == (position, length)
    assert caught.value.advice


def test_misspelt_filter_gets_a_hint() -> None:
    with pytest.raises(QueryError) as caught:
        parse("staus:onhold")
    assert "'status:'" in caught.value.advice
    with pytest.raises(QueryError) as caught:
        Search("status:onhoold", NOW, PARIS)
    assert caught.value.advice.startswith("Did you mean 'on_hold'? Values: cancelled, ")
    with pytest.raises(QueryError) as caught:
        Search("created:lastmont", NOW, PARIS)
    assert caught.value.advice.startswith("Did you mean 'lastmonth'? Write ")


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("total>1000", "Write total:>1000."),
        ("status==onhold", "Write status:onhold."),
        ("Status=onhold", "Write status:onhold."),
        ("total:1,000", "Write 1"),
        ("total:many", "Write 49.90, >100, <=20 or 10..50."),
        ("total:>", "Write 49.90, >100, <=20 or 10..50."),
        ("a || b", "For values of one filter write status:onhold,problem; for words any:anna,berta."),
        ("a NOT b", "Write a minus in front of what to leave out: -status:cancelled."),
    ],
)
def test_query_in_the_syntax_of_other_programs_gets_a_hint(text: str, advice: str) -> None:
    with pytest.raises(QueryError) as caught:
        Search(text, NOW, PARIS)
    assert caught.value.advice.startswith(advice)
    # Quoted, it is a word like any other.
    assert Search('"OR" "status=onhold"', NOW, PARIS)


def test_a_pasted_column_is_a_list_of_alternatives(desk: Desk) -> None:
    assert find(desk, "Order\r\n1001\r\n1003.0\r\n\r\n77\r\n") == {ANNA, CHLOE}
    assert find(desk, '356938035643809\nSN-77\n"Ben O\'Neill"') == EVERYBODY - {DAICHI}
    assert find(desk, "1001\n") == {ANNA}
    assert find(desk, "-any:1001,1003") == EVERYBODY - {ANNA, CHLOE}
    # Lines with filters are a query over several lines.
    assert find(desk, "status:inprocess\nmarket:fr-fr") == {CHLOE}
    many = "\n".join(["1001", *(str(10**14 + n) for n in range(998)), "1002"])
    assert find(desk, many) == {ANNA, BEN}
    with pytest.raises(QueryError, match="letters or digits") as caught:
        find(desk, "1001\n!!!")
    assert (caught.value.position, caught.value.length) == (0, 8)


def test_hundreds_of_pasted_values_are_one_search(desk: Desk) -> None:
    ids = ",".join(map(str, range(500, 1500)))
    assert find(desk, f"id:{ids}") == EVERYBODY
    assert find(desk, "sku:" + ",".join(f"N{n}" for n in range(900)) + ",CASE") == {BEN}
    assert find(desk, " ".join(f"-n{n}" for n in range(900))) == EVERYBODY
    with pytest.raises(QueryError, match="more than"):
        find(desk, "sku:" + ",".join(f"{n}" for n in range(2000)))


pieces = st.sampled_from(
    [
        *(f"{key}:" for key in KEYS),
        *PRESETS,
        *(
            '"',
            "-",
            "--",
            ":",
            "*",
            "**",
            ",",
            "..",
            ">",
            "<=",
            "(",
            ")",
            "^",
            "+",
            "NEAR(",
            "AND",
            "OR NOT",
            "{",
            "}",
            "'",
        ),
        *("\x00", "\udcff", "\\", "%", "_", "é", "e\u0301", "太", "𑧀", "\u200f", "\t", "\n", " ", "  ", "١٢", "½"),
        *("0001-01-01", "9999-12-31", "2026-02-29", "..9999-12-31", "0001-01-01..", "9" * 40, "1e9", "0.001", "1..2"),
        *("in process", "void", "unknown_-3", "order_search", "search_text", "rowid:1", "dupont"),
    ]
)


@settings(max_examples=400)
@given(
    st.one_of(
        st.lists(pieces, max_size=8).map("".join), st.lists(pieces, max_size=8).map(" ".join), st.text(max_size=40)
    ),
    st.sampled_from(["Europe/Paris", "America/New_York", "Pacific/Kiritimati", "UTC"]),
)
@example("created:0001-01-01..9999-12-31", "Pacific/Kiritimati")
@example("created:<=9999-12-31 updated:>0001-01-01", "America/New_York")
@example('name:"' + "é%_" * 3000 + '*"', "UTC")
@example("total:999999999999.999", "UTC")
def test_any_text_either_runs_or_is_refused(desk: Desk, text: str, zone: str) -> None:
    refused = None
    try:
        looked = Search(text, NOW, ZoneInfo(zone))
    except QueryError as error:
        refused = error
    if refused:
        assert 0 <= refused.position <= len(text)
        assert 0 < refused.length <= len(text) - refused.position
        str(refused).encode()
        return
    with desk.store.snapshot():
        rows = looked.page("o.order_id", "created", True, From(), 10)
        assert looked.count() == len(rows)
        if "status:" not in text.lower():
            assert VOID not in {row[0] for row in rows}
