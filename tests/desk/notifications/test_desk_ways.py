"""Notification targets in bmtui.toml: read; an error names its line, while the other targets go on."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from receivers import script

from bmtui import configuration, settings
from bmtui.desk.core.context import Desk
from bmtui.desk.notifications import send, ways
from bmtui.desk.notifications.ways import Way
from bmtui.errors import ConfigError, NotFound
from bmtui.senders.message import NotDelivered

GOOD = '[[notify]]\nname = "good"\nwebhook = "http://127.0.0.1:9/hook"\n'


def write(desk: Desk, text: str) -> None:
    file = desk.settings.file
    head = file.read_text() if file.exists() else ""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{head}\n{text}", encoding="utf-8")


def secret(desk: Desk, name: str, text: str = "a secret", mode: int = 0o600) -> Path:
    folder = desk.settings.credentials
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / name
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    return file


def test_notification_target_with_every_key_is_read(offline: Desk, tmp_path: Path) -> None:
    secret(offline, "hook.secret")
    program = script(tmp_path, "pass")
    write(
        offline,
        f"""
[[notify]]
name = "chat"
webhook = "https://hooks.example/x?token=1"
secret_file = "hook.secret"
events = ["order.late", "effect.*"]
query = "market:fr-fr"
company = "Shop"
quiet = "20:00-07:30"
digest = "30m"
fields = ["customer.name", "total"]
timeout_s = 5
give_up_after_h = 24

[[notify]]
name = "script"
command = ["{program}", "--room", "orders"]
digest = "08:00"

[[notify]]
name = "ops"
mail = ["ops@shop.example", "boss@shop.example"]
from = "desk@shop.example"
smtp = "smtps://mail.example"
smtp_user = "desk"
password_file = "hook.secret"
""",
    )
    (chat, hook, ops), problems = ways.checked(offline)
    assert problems == ()
    assert (chat.kind, chat.events, chat.query, chat.company) == (
        *("webhook", ("order.late", "effect.*"), "market:fr-fr", "Shop"),
    )
    assert (chat.quiet, chat.digest, chat.fields) == (
        *((time(20), time(7, 30)), timedelta(minutes=30), ("customer.name", "total")),
    )
    assert (chat.timeout_s, chat.give_up_after_h, chat.where) == (5, 24, "https://hooks.example/x")
    assert (hook.command[1:], hook.digest) == (("--room", "orders"), time(8))
    assert (ops.to, ops.server and ops.server.host) == (("ops@shop.example", "boss@shop.example"), "mail.example")
    assert [chat.wants(name) for name in ("order.late", "effect.unknown", "order.created")] == [True, True, False]


@pytest.mark.parametrize(
    ("table", "line", "problem"),
    [
        ('name = "x"\nwebhook = "hooks.example"', 3, "That is not a URL"),
        ('name = "x"\nwebhook = "http://hooks.example"', 3, "not encrypted"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\nsecret_file = "none"', 4, "cannot be read"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\nsecret_file = "../bmtui.toml"', 4, "not the name of a secret file"),
        ('name = "x"\ncommand = ["/no/such/program"]', 3, "is not there"),
        ('name = "x"\ncommand = ["/etc/passwd"]', 3, "cannot be executed"),
        ('name = "x"\ncommand = ["ls"]', 3, "not a full path"),
        ('name = "x"\ncommand = "ls"', 3, "must be a list"),
        ('name = "x"\ncommand = ["/bin/ls", 1]', 3, "must be a list"),
        ('name = "x"\nmail = "nobody"\nfrom = "a@b.example"\nsmtp = "smtps://m.example"', 3, "not a mail address"),
        ('name = "x"\nmail = "a@b.example"\nfrom = "a@b.example"', 3, "by 'smtp' or by 'sendmail'"),
        ('name = "x"\nmail = "a@b.example"\nfrom = "a@b.example"\nsmtp = "m.example"', 5, "not a mail server"),
        ('name = "x"', 2, "has 0 of command, webhook and mail"),
        ('webhook = "http://127.0.0.1"', 1, "needs a name"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\nevents = ["order.eaten"]', 4, "no event 'order.eaten'"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\nfields = ["token"]', 4, "no field 'token'"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\nquiet = "late"', 4, "not a time of day"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\nquiet = "08:00-8:00"', 4, "'08:00-8:00' is not a time"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\ndigest = "weekly"', 4, "not a digest"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\ntimeout_s = 0', 4, "whole number from 1"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\ncolour = "red"', 4, "unknown key 'colour'"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\nquery = "colour:red"', 1, "no filter 'colour:'"),
        ('name = "x"\nwebhook = "http://127.0.0.1"\ncompany = "None"', 1, "no company 'None'"),
        ('name = "good"\nwebhook = "http://127.0.0.1"', 2, "given twice"),
    ],
)
@pytest.mark.sqlite_only
def test_bad_notification_target_names_its_line_and_the_others_go_on(
    offline: Desk, table: str, line: int, problem: str
) -> None:
    write(offline, f"{GOOD}\n[[notify]]\n{table}\n")
    begins = offline.settings.file.read_text().split("\n").index("[[notify]]", 3) + 1
    good, (bad,) = ways.checked(offline)
    assert [way.name for way in good] == ["good"]
    assert bad.sentence.startswith(f"{offline.settings.file}, line {begins + line - 1}: ")
    assert problem in bad.sentence
    # All else goes on.
    assert settings.load(str(offline.settings.config), environ={}).file == offline.settings.file


def test_invalid_toml_or_target_name_is_reported(offline: Desk) -> None:
    write(offline, GOOD)
    assert ways.find(offline, "good").name == "good"
    with pytest.raises(NotFound, match="Ways: good"):
        ways.find(offline, "none")
    write(offline, '[[notify]]\nname = "bad"\nwebhook = "x"\n')
    with pytest.raises(ConfigError, match=r"line \d+: That is not a URL"):
        ways.find(offline, "bad")
    offline.settings.file.write_text("[[notify\n")
    good, (bad,) = ways.checked(offline)
    assert good == ()
    assert "is not valid TOML" in bad.sentence


@pytest.mark.sqlite_only
def test_a_secret_that_others_can_read_is_refused(offline: Desk) -> None:
    secret(offline, "hook.secret", mode=0o644)
    write(offline, f'{GOOD}secret_file = "hook.secret"\n')
    assert "only its owner can read" in ways.checked(offline)[1][0].sentence


@pytest.mark.sqlite_only
async def test_removed_secret_counts_as_a_receiver_that_is_away(offline: Desk) -> None:
    file = secret(offline, "hook.secret")
    write(offline, f'{GOOD}secret_file = "hook.secret"\n')
    way, message = send.trial(offline, "good")
    shown = send.shown(way, message)
    assert (shown["where"], shown["body"]["event"]) == ("http://127.0.0.1:9/hook", "notify.test")
    file.unlink()
    with pytest.raises(NotDelivered, match=r"hook\.secret") as missing:
        await send.send(offline.settings, way, message)
    assert (missing.value.away, missing.value.final) == (True, False)


@pytest.mark.sqlite_only
def test_setting_a_key_of_the_file_keeps_the_notification_targets(offline: Desk) -> None:
    write(offline, GOOD)
    configuration.write(offline.settings.file, {"log_level": "debug"})
    assert 'log_level = "debug"' in offline.settings.file.read_text().partition("[[notify]]")[0]
    assert [way.name for way in ways.checked(offline)[0]] == ["good"]


PARIS = ZoneInfo("Europe/Paris")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def due(text: str, digest: timedelta | time | None = None, quiet: tuple[time, time] | None = None) -> str:
    way = Way("x", "webhook", 1, digest=digest, quiet=quiet)
    return f"{ways.due_at(way, at(text).astimezone(UTC), PARIS).astimezone(PARIS):%Y-%m-%d %H:%M}"


NIGHT = (time(20), time(7, 30))


@pytest.mark.parametrize(
    ("now", "digest", "quiet", "expected"),
    [
        ("2026-11-20 10:00", None, None, "2026-11-20 10:00"),
        ("2026-11-20 10:07", timedelta(minutes=30), None, "2026-11-20 10:30"),
        ("2026-11-20 07:59", time(8), None, "2026-11-20 08:00"),
        ("2026-11-20 08:00", time(8), None, "2026-11-21 08:00"),
        ("2026-11-20 21:00", None, NIGHT, "2026-11-21 07:30"),
        ("2026-11-20 03:00", None, NIGHT, "2026-11-20 07:30"),
        ("2026-11-20 07:30", None, NIGHT, "2026-11-20 07:30"),
        ("2026-11-20 12:30", None, (time(12), time(13)), "2026-11-20 13:00"),
        ("2026-11-20 13:00", None, (time(12), time(13)), "2026-11-20 13:00"),
        ("2026-11-20 19:45", timedelta(minutes=30), NIGHT, "2026-11-21 07:30"),
        # The clocks leave 02:30 out on 29 March, and show it twice on 25 October.
        ("2026-03-28 12:00", time(2, 30), None, "2026-03-29 03:30"),
        ("2026-10-24 12:00", time(2, 30), None, "2026-10-25 02:30"),
    ],
)
@pytest.mark.sqlite_only
def test_next_digest_is_due_outside_of_the_quiet_hours(
    now: str, digest: timedelta | time | None, quiet: tuple[time, time] | None, expected: str
) -> None:
    assert due(now, digest, quiet) == expected
