"""`bmtui care`, as a script calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import CommandLine
from helpers import add_company, raw_folder

from bmtui import settings
from bmtui.desk.after_sales import folder_store
from bmtui.desk.bootstrap import open_desk
from bmtui.sandbox.server import SandboxServer


def test_after_sales_inbox_is_downloaded_read_and_answered(
    shop_bmtui: CommandLine, marketplace: SandboxServer, tmp_path: Path
) -> None:
    bmtui = shop_bmtui
    done = bmtui.ok("care", "download", "--wait", "--json").json
    assert (done["status"], done["failed"]) == ("completed", 0)
    rows = bmtui.ok("care", "list", "show:waiting", "--json").json
    ages = [row["age_business_hours"] for row in rows]
    assert ages == sorted(ages, reverse=True)
    row = next(row for row in rows if row["folder_id"] > 100_000_000)
    folder = str(row["folder_id"])
    shown = bmtui.ok("care", "show", folder, "--json").json
    assert (shown["order_here"], shown["messages"][0]["initiator"]) == (False, "Client")
    picture = tmp_path / "box.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\nbox")
    dry = bmtui.ok("care", "answer", folder, "--text", "Hello", "--attach", str(picture), "--dry-run", "--json").json
    assert dry["request"]["path"] == f"/ws/sav/{folder}/msg"
    assert marketplace.marketplace.effects == []
    sent = bmtui.ok("care", "answer", folder, "--template", "received", "--language", "en", "--yes", "--wait", "--json")
    assert sent.json["state"] == "confirmed"
    (effect,) = marketplace.marketplace.effects
    assert effect["body"]["message"].startswith("Dear ")
    assert bmtui.ok("care", "show", folder, "--json").json["waiting_since"] is None
    refused = bmtui(
        "care", "transfer", folder, "--action", "REPAIR", "--carrier", "C", "--tracking", "1Z999AA10123456784", "--yes"
    )
    assert refused.code == 3
    assert len(marketplace.marketplace.effects) == 1


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """An installation with two folders, and a channel where nothing answers."""
    home = tmp_path_factory.mktemp("care") / "home"
    desk = open_desk(settings.load(str(home), environ={}))
    add_company(desk)
    with desk.store.transaction():
        folder_store.keep(desk, desk.company_row().id, 5, {"id": 5, "state": 0, "country_code": "de-de"})
        told = raw_folder(7, 1, 11, "PHN", "Hi", date_creation="2026-11-20T12:00:00Z")
        folder_store.keep(desk, desk.company_row().id, 7, told)
    desk.store.close()
    return CommandLine(home)


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("show", "6"), 4, "no after-sales folder 6"),
        (("answer", "6", "--text", "x"), 4, "no after-sales folder 6"),
        (("answer", "5"), 2, "required"),
        (("answer", "5", "--text", "x"), 2, "Add --yes"),
        (("answer", "5", "--text", " ", "--yes"), 3, "message is empty"),
        (("answer", "5", "--text-file", "/nowhere", "--yes"), 2, "cannot be read"),
        (("answer", "5", "--template", "nope", "--yes"), 4, "no template 'nope'"),
        (("answer", "5", "--text", "x", "--attach", "/nowhere.pdf", "--yes"), 3, "nowhere.pdf cannot be read"),
        (("problem", "5", "--type", "WRONG_ITEM", "--yes"), 3, "accepts only the problem type OTHER"),
        (
            ("transfer", "5", "--action", "EAT", "--carrier", "C", "--tracking", "1Z999AA10123456784", "--yes"),
            3,
            "not an action",
        ),
        (("list", "state:lost"), 2, "not a value of 'state:'"),
        (("download", "--wait"), 5, ""),
    ],
)
def test_bad_input_prints_a_sentence_and_its_exit_code(
    office: CommandLine, words: tuple[str, ...], code: int, says: str
) -> None:
    ran = office("care", *words)
    assert (ran.code, says in ran.err) == (code, True), ran


def test_printed_folders_show_words_and_data_keep_the_keys_of_back_market(office: CommandLine) -> None:
    listed, shown = office.ok("care", "list").out, office.ok("care", "show", "7").out
    for printed in (listed, shown):
        assert "battery not charging" in printed
        assert "BATTERY" not in printed
    assert "--- Customer " in shown
    assert "BATTERY_NOT_CHARGING" in office.ok("care", "list", "--csv").out
    assert office.ok("care", "show", "7", "--json").json["cases"][0]["issues"][0]["tag"] == "TECHNICAL"


def test_after_sales_commands_on_an_unreachable_channel_send_nothing(office: CommandLine) -> None:
    assert office.ok("outbox", "list", "--all", "--json").json == []
    assert office.ok("care", "templates", "--language", "de", "--json").json[0]["name"] == "Received"
