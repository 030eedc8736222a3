"""Senders of notifications: command, webhook and mail, each against a real receiver that works, fails or hangs."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from pathlib import Path

import pytest
from receivers import Hook, hook, mail_server, script
from waiting import until_ended

from bmtui.errors import ConfigError
from bmtui.senders import addresses, command, mail, webhook
from bmtui.senders.message import Message, NotDelivered

MESSAGE = Message("evt-7", "order.late", b'{"id": 7}', "bmtui: order.late", "Order 1 is late.\n")


async def test_a_webhook_is_signed_with_id_and_time() -> None:
    with hook() as receiver:
        await webhook.send(f"{receiver.url}?room=1", "a secret", MESSAGE, 5)
    (got,) = receiver.taken
    headers = got.headers
    signed = f"{headers['Bmtui-Id']}.{headers['Bmtui-Time']}.".encode() + got.body
    expected = hmac.new(b"a secret", signed, hashlib.sha256).hexdigest()
    assert headers["Bmtui-Signature"] == f"v1={expected}"
    assert (headers["Bmtui-Id"], headers["Bmtui-Event"], got.body) == ("evt-7", "order.late", b'{"id": 7}')
    assert abs(int(headers["Bmtui-Time"]) - time.time()) < 3600
    assert got.path == "/hook?room=1"


@pytest.mark.parametrize(
    ("answer", "away", "final"),
    [(500, True, False), (503, True, False), (400, False, True), (404, False, True), (429, False, False)],
)
async def test_an_answer_that_is_no_success_says_what_it_means(answer: int, away: bool, final: bool) -> None:
    with hook(0, Hook(answers=[answer])) as receiver, pytest.raises(NotDelivered, match=f"answered {answer}") as caught:
        await webhook.send(receiver.url, "", MESSAGE, 5)
    assert (caught.value.away, caught.value.final) == (away, final)
    assert "Bmtui-Signature" not in receiver.got[0].headers


async def test_a_redirect_is_not_followed() -> None:
    with hook(0, Hook(answers=[302])) as receiver, pytest.raises(NotDelivered, match="redirects are not followed"):
        await webhook.send(receiver.url, "a secret", MESSAGE, 5)
    assert [got.path for got in receiver.got] == ["/hook"]


async def test_receiver_that_hangs_or_is_down_counts_as_away() -> None:
    with (
        hook(0, Hook(answers=["hang"])) as receiver,
        pytest.raises(NotDelivered, match=r"did not answer within 0\.3 s") as hung,
    ):
        await webhook.send(receiver.url, "", MESSAGE, 0.3)
    with pytest.raises(NotDelivered, match="cannot be reached") as gone:
        await webhook.send(receiver.url, "", MESSAGE, 5)
    assert (hung.value.away, gone.value.away) == (True, True)


@pytest.mark.parametrize(
    "url",
    ["", "hook", "ftp://a.example", "http://a.example", "https://u:p@a.example", "https://a.example:0", "https://"],
)
def test_invalid_url_is_refused_without_repeating_its_password(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        addresses.checked_url(url)
    assert "p@a" not in str(caught.value)


def test_a_url_of_this_machine_need_not_be_encrypted() -> None:
    assert addresses.checked_url("http://127.0.0.1:8080/x") == "http://127.0.0.1:8080/x"
    assert addresses.checked_url("https://a.example/x?token=1")


async def test_a_command_gets_json_and_a_clean_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BMTUI_TOKEN", "secret")
    said = tmp_path / "said"
    text = "import json, os, sys; json.dump([sys.stdin.read(), sys.argv[1:], dict(os.environ)], open(sys.argv[1], 'w'))"
    await command.send((str(script(tmp_path, text)), str(said), "$HOME; a b"), MESSAGE, 30)
    given, words, environment = json.loads(said.read_text())
    assert (given, words) == ('{"id": 7}', [str(said), "$HOME; a b"])
    assert {name for name in environment if name != "LC_CTYPE"} == {"PATH", "LANG", "HOME", "BMTUI_EVENT", "BMTUI_ID"}


async def test_a_command_that_fails_says_its_last_line(tmp_path: Path) -> None:
    text = "import sys; print('one\\nno such \\x1b[31mroom', file=sys.stderr); sys.exit(3)"
    with pytest.raises(NotDelivered, match=r"ended with 3: no such \[31mroom") as caught:
        await command.send((str(script(tmp_path, text)),), MESSAGE, 30)
    assert not caught.value.away
    with pytest.raises(NotDelivered, match="cannot be started"):
        await command.send((str(tmp_path / "none"),), MESSAGE, 30)


async def test_a_command_that_hangs_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    text = (
        "import subprocess, sys, time; child = subprocess.Popen(['sleep', '600'], stderr=subprocess.DEVNULL)\n"
        "open(sys.argv[1], 'w').write(str(child.pid)); time.sleep(600)"
    )
    with pytest.raises(NotDelivered, match="took longer than 5 s") as caught:
        await command.send((str(script(tmp_path, text)), str(pid)), MESSAGE, 5)
    assert caught.value.away
    until_ended(int(pid.read_text()))


async def test_command_that_does_not_read_its_input_is_no_failure(tmp_path: Path) -> None:
    big = Message("evt-7", "order.late", b"x" * 1_000_000, "", "")
    sent = tmp_path / "sent"
    await command.send((str(script(tmp_path, f"open({str(sent)!r}, 'w').close()")),), big, 30)
    assert sent.exists()


async def test_a_mail_goes_out_once_with_the_id_of_the_event() -> None:
    with mail_server() as server:
        letter = mail.compose(MESSAGE, "desk@shop.example", ("ops@shop.example", "boss@shop.example"))
        await mail.send(addresses.read_server(f"smtp://127.0.0.1:{server.port}"), letter, 10)
    ((sender, to, text),) = server.got
    assert (sender, to) == ("desk@shop.example", ["ops@shop.example", "boss@shop.example"])
    assert "Message-ID: <bmtui.evt-7@shop.example>" in text
    assert "Order 1 is late." in text


async def test_a_mail_server_that_refuses_or_is_away_says_so() -> None:
    letter = mail.compose(MESSAGE, "desk@shop.example", ("ops@shop.example",))
    with mail_server() as server:
        where = addresses.read_server(f"smtp://127.0.0.1:{server.port}")
        server.code = 550
        with pytest.raises(NotDelivered, match="refused the address") as refused:
            await mail.send(where, letter, 10)
        server.code = 451
        with pytest.raises(NotDelivered, match="refused the address") as later:
            await mail.send(where, letter, 10)
    with pytest.raises(NotDelivered, match="cannot be reached") as away:
        await mail.send(where, letter, 10)
    assert [(e.value.away, e.value.final) for e in (refused, later, away)] == [
        *((False, True), (False, False), (True, False))
    ]


async def test_mail_server_on_another_machine_must_encrypt() -> None:
    assert addresses.read_server("smtp://mail.example").starttls
    assert addresses.read_server("smtps://mail.example").implicit_tls
    assert not addresses.read_server("smtp://127.0.0.1:2525").starttls
    with mail_server() as server:
        where = addresses.Server("127.0.0.1", server.port, implicit_tls=False, starttls=True)
        letter = mail.compose(MESSAGE, "desk@shop.example", ("ops@shop.example",))
        with pytest.raises(NotDelivered):
            await mail.send(where, letter, 10)
        assert server.got == []


async def test_sendmail_gets_the_whole_mail(tmp_path: Path) -> None:
    said = tmp_path / "said"
    text = f"import sys; open({str(said)!r}, 'w').write(repr(sys.argv[1:]) + sys.stdin.read())"
    letter = mail.compose(MESSAGE, "desk@shop.example", ("ops@shop.example",))
    await mail.sendmail(str(script(tmp_path, text, "sendmail")), letter, 30)
    assert said.read_text().startswith("['-i', '-t', '-f', 'desk@shop.example']")
    assert "To: ops@shop.example" in said.read_text()


@pytest.mark.parametrize("text", ["", "ops", "a b@c.example", "ops@shop.example\nBcc: x@y.example", "<a@b.example>"])
def test_invalid_mail_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError):
        addresses.checked_address(text)
