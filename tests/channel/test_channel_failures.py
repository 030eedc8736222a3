"""Failures over real sockets, and the exception for each of them (API §2, reliability §1 and §4)."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import shutil
import ssl
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from channel_wire import Wire, answer, as_json, drip, order, page, then_close, then_hang

from bmtui.channel import requests
from bmtui.channel.client import BackMarket
from bmtui.channel.connection import Connection
from bmtui.errors import (
    ChannelError,
    ConnectionBroken,
    EdgeBlocked,
    NotReachable,
    NotUnderstood,
    Refused,
    ServerFailed,
    Throttled,
    TimedOut,
    Unauthorised,
)

WRITE = requests.accept(7, "A")
WAF = "<!DOCTYPE html><html><title>Attention Required! | Cloudflare</title>"
CHALLENGE = {"errors": [{"code": "bot-need-challenge", "message": "Forbidden", "challengePath": "/c"}]}
# Without the time of day in it: these bytes are in the names of tests, which every worker must give alike.
GZIPPED = gzip.compress(b"{}", mtime=0)
RAY = "0000000000000000-XXX"
Connect = Callable[..., Connection]


async def _failed(market: BackMarket, kind: type[ChannelError]) -> Any:
    with pytest.raises(kind) as caught:
        await market.send(WRITE)
    assert caught.type is kind
    assert caught.value.message.endswith(".")
    assert caught.value.advice
    return caught.value


# What has not left


async def test_call_when_no_server_listens_is_not_reachable(wire: Wire, connect: Connect) -> None:
    gone = Wire()
    await gone.start()
    await gone.stop()
    async with BackMarket(connect(gone.url)) as market:
        error = await _failed(market, NotReachable)
    assert not error.may_have_applied
    assert f"127.0.0.1:{gone.port}" in error.message


@pytest.mark.slow
@pytest.mark.parametrize("bounds", [{"connect_timeout_s": 0.1}, {"total_timeout_s": 0.1}])
async def test_time_out_before_the_request_is_sent_is_not_reachable(connect: Connect, bounds: dict[str, float]) -> None:
    """Connect to a peer that accepts and never answers TLS: nothing was sent before either time-out."""
    silent = Wire()
    await silent.start()
    async with BackMarket(connect(silent.url.replace("http:", "https:"), **bounds)) as market:
        await _failed(market, NotReachable)
    assert (silent.connections, silent.requests) == (1, [])
    await silent.stop()


@pytest.fixture
def self_signed(tmp_path: Path) -> ssl.SSLContext:
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1"]
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", *kind, *subject, "-keyout", key, "-out", certificate]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
async def test_untrusted_certificate_is_an_error(connect: Connect, self_signed: ssl.SSLContext) -> None:
    impostor = Wire()
    await impostor.start(self_signed)
    async with BackMarket(connect(impostor.url.replace("http:", "https:"))) as market:
        error = await _failed(market, NotReachable)
    assert "CERTIFICATE_VERIFY_FAILED" in error.message
    assert impostor.requests == []
    await impostor.stop()


@pytest.mark.slow
async def test_a_cancellation_during_the_handshake_leaves_no_socket_open(connect: Connect) -> None:
    silent = Wire()
    await silent.start()
    async with BackMarket(connect(silent.url.replace("http:", "https:"))) as market:
        task = asyncio.create_task(market.send(WRITE))
        await silent.connected.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    gc.collect()  # a socket left open would warn here
    await silent.stop()


# What has left, and no whole answer came


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Ty",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
    ],
)
async def test_server_that_stays_silent_times_out(wire: Wire, hasty: BackMarket, head: bytes) -> None:
    wire.play(then_hang(head))
    error = await _failed(hasty, TimedOut)
    assert error.may_have_applied
    assert "within 1 s" in error.message
    assert len(wire.requests) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}",
        b"SSH-2.0-nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
)
async def test_answer_cut_off_by_the_server_is_a_broken_connection(wire: Wire, market: BackMarket, data: bytes) -> None:
    wire.play(then_close(data))
    assert (await _failed(market, ConnectionBroken)).may_have_applied


async def test_cancelled_call_leaves_the_client_usable(wire: Wire, market: BackMarket) -> None:
    wire.play(then_hang(b"HTTP/1.1 200 OK\r\n"), as_json(200, {}))
    task = asyncio.create_task(market.send(WRITE))
    await wire.received.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await market.send(WRITE)).body == {}


# Too much, or not what it says


@pytest.mark.parametrize("size", [99_998, 100_000])
async def test_body_of_the_largest_size_is_read(wire: Wire, hasty: BackMarket, size: int) -> None:
    body = json.dumps("x" * (size - 2))
    for sent, headers in ((body.encode(), {}), (gzip.compress(body.encode()), {"Content_Encoding": "gzip"})):
        wire.play(answer(200, sent, **headers))
        assert (await hasty.send(WRITE)).body == "x" * (size - 2)
    assert wire.connections == 1


async def test_body_above_the_largest_size_is_refused(wire: Wire, hasty: BackMarket) -> None:
    body = json.dumps("x" * 99_999).encode()
    assert len(body) == 100_001
    wire.play(answer(200, body), answer(200, gzip.compress(body), Content_Encoding="gzip"))
    for _ in range(2):
        assert "larger than 100000 bytes" in (await _failed(hasty, NotUnderstood)).message


@pytest.mark.parametrize(
    ("body", "encoding", "kind"),
    [
        (GZIPPED[:-4], "gzip", ConnectionBroken),
        (GZIPPED + b"more", "gzip", NotUnderstood),
        (GZIPPED + b"more" * 50_000, "gzip", NotUnderstood),
        (b"no gzip", "gzip", NotUnderstood),
        (b"{}", "br", NotUnderstood),
        (gzip.compress(GZIPPED, mtime=0), "gzip, gzip", NotUnderstood),
    ],
)
async def test_body_in_a_broken_or_unknown_encoding_is_refused(
    wire: Wire, market: BackMarket, body: bytes, encoding: str, kind: type[ChannelError]
) -> None:
    wire.play(answer(200, body, Content_Encoding=encoding))
    await _failed(market, kind)


async def test_compressed_long_page_is_read(wire: Wire, market: BackMarket) -> None:
    orders = [order(order_id=number) for number in range(50)]
    wire.play(answer(200, gzip.compress(json.dumps(page(*orders)).encode()), Content_Encoding="gzip"))
    assert list((await market.orders(page=1)).results) == orders


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        ("<html>", "text/html; charset=UTF-8", "web page"),
        ("{}", "application/octet-stream", "something else"),
        ("{}", None, "something else"),
        ('{"order_id": 1', "application/json", "cut short"),
        ("", "text/plain; x=", None),
        ("[" * 100_000, "application/json", "broken"),
        (b"\xff\xfe[\x00]\x00", "application/json", "broken"),
    ],
)
async def test_success_answer_with_an_unexpected_status_or_body_is_an_error(
    wire: Wire, market: BackMarket, body: str | bytes, content_type: str | None, words: str | None
) -> None:
    wire.play(answer(200, body, content_type))
    if words is None:
        with pytest.raises(NotUnderstood, match="plain text"):
            await market.order(1)
        return
    error = await _failed(market, NotUnderstood)
    assert words in error.message
    assert error.may_have_applied


async def test_empty_answer_needs_a_content_length_of_0(wire: Wire, market: BackMarket) -> None:
    wire.play(then_close(b"HTTP/1.1 200 OK\r\n\r\n"))
    await _failed(market, NotUnderstood)


# Refusals


@pytest.mark.parametrize(
    ("reply", "wait_s"),
    [
        (answer(429, "<html>slow down", "text/html"), None),
        (as_json(429, {"error": {"code": "x", "message": "y"}}, Retry_After="7"), 7),
        (answer(429, "", None, Retry_After="soon"), None),
        (answer(429, "", None, Retry_After="-1"), None),
        (answer(429, "", None, Retry_After="999999999"), 86_400),
        (answer(429, "", None, Retry_After="Thu, 01 Jan 1970 00:00:00 GMT"), 0),
        (answer(429, "", None, Retry_After="Thu, 01 Jan 1970 00:00:00 -0000"), 0),
        (as_json(400, {"error": {"code": "E008", "message": "y"}}), None),
        (as_json(403, {"errors": [{"code": "E008"}]}), None),
    ],
)
async def test_throttle_names_the_wait(wire: Wire, market: BackMarket, reply: bytes, wait_s: float | None) -> None:
    wire.play(reply)
    error = await _failed(market, Throttled)
    assert error.retry_after_s == wait_s
    assert not error.may_have_applied


async def test_retry_after_as_a_date_is_read(wire: Wire, market: BackMarket) -> None:
    wire.play(answer(429, "", None, Retry_After=format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)))
    error = await _failed(market, Throttled)
    assert 3000 < error.retry_after_s <= 3600


@pytest.mark.parametrize(
    "reply",
    [
        answer(403, WAF, "text/html; charset=UTF-8", Server="cloudflare", cf_ray=RAY),
        as_json(403, CHALLENGE, Server="cloudflare", cf_ray=RAY),
        as_json(403, {}, cf_mitigated="challenge", cf_ray=RAY),
        answer(403, "error code: 1020", "text/plain; charset=UTF-8", cf_ray=RAY),
    ],
)
async def test_call_blocked_by_the_firewall_is_an_edge_block(wire: Wire, market: BackMarket, reply: bytes) -> None:
    wire.play(reply)
    error = await _failed(market, EdgeBlocked)
    assert error.cf_ray == RAY
    assert RAY in error.advice
    assert not error.may_have_applied


async def test_invalid_cf_ray_is_not_shown(wire: Wire, market: BackMarket) -> None:
    for ray in ("<b>", "\x1b[1m", "é", "x" * 65):
        wire.play(answer(403, WAF, "text/html", cf_ray=ray))
        assert (await _failed(market, EdgeBlocked)).cf_ray == ""


@pytest.mark.parametrize(
    "reply",
    [
        as_json(401, {"error": {"code": "E401", "message": "bad token"}}),
        answer(401, "", None),
        answer(401, "<html>", "text/html"),
        as_json(403, {"error": {"code": "E403", "message": "not yours"}}, Server="cloudflare", cf_ray=RAY),
        answer(403, "Forbidden for this account", "text/plain", Server="cloudflare", cf_ray=RAY),
        answer(403, "", None, Server="cloudflare", cf_ray=RAY),
    ],
)
async def test_refused_token_is_unauthorised(wire: Wire, market: BackMarket, reply: bytes) -> None:
    wire.play(reply)
    error = await _failed(market, Unauthorised)
    assert "bmtui company set NAME --token-file F" in error.advice
    assert not error.may_have_applied


@pytest.mark.parametrize(
    ("status", "body", "words", "code"),
    [
        (400, {"error": {"code": "E1", "message": "new_state 9 must be"}}, "new_state 9 must be", "E1"),
        (409, {"errors": [{"code": "E2", "message": "a"}, {"message": "b"}, "c"], "requestId": "r"}, "a; b; c", "E2"),
        (400, {"error": {"code": "E3"}, "status": 400, "title": "t", "type": "u"}, "E3", "E3"),
        (400, "sku not found", "sku not found", ""),
        (
            422,
            {
                "error": {"code": "E009", "message": "Validation error"},
                "data": {"fields": {"orderId": ["An integer."]}},
            },
            "Validation error; orderId: An integer.",
            "E009",
        ),
        (
            422,
            {"error": {"code": "E009", "message": "no", "data": {"fields": {"a": ["x", "y"], "b": "z", "c": {}}}}},
            "no; a: x y; b: z; c:",
            "E009",
        ),
        (400, {"detail": "Invalid."}, "Invalid.", ""),
        (400, {"error": "flat"}, "flat", ""),
        (400, ["a", "b"], "a; b", ""),
        (400, {"sku": ["required"]}, '{"sku": ["required"]}', ""),
        (405, 17, "17", ""),
        (400, {"error": {"message": "a\x1b[2J\u202eb\nc"}}, "a[2Jb c", ""),
        (400, {"error": {"message": 5, "code": 6}, "errors": 7, "data": 8}, None, ""),
        (400, {"error": {"message": "x" * 2000}}, "x" * 500, ""),
    ],
)
async def test_refusal_keeps_the_words_of_the_channel(
    wire: Wire, market: BackMarket, status: int, body: object, words: str | None, code: str
) -> None:
    wire.play(as_json(status, body))
    error = await _failed(market, Refused)
    assert words is None or error.words == words
    assert (error.code, error.status) == (code, status)
    assert error.words.rstrip(".") in error.message
    assert not error.may_have_applied


@pytest.mark.parametrize(
    ("body", "content_type", "words"),
    [
        ("plain  words\n", "text/plain", "plain words"),
        ("<html><title>Bad &amp; ugly</title><p>x", "text/html", "Bad & ugly"),
        ("<p>Bad<br>thing</p>", "text/html", "Bad thing"),
        ("<" * 60_000, "text/html", None),
        ('{"error": {"message": "cut', "application/json", ""),
        (b"\x00\x01", "image/png", ""),
        ("[" * 60_000, "application/json", ""),
    ],
)
async def test_refusal_in_other_json_forms_is_read(
    wire: Wire, market: BackMarket, body: str | bytes, content_type: str, words: str | None
) -> None:
    wire.play(answer(400, body, content_type))
    error = await _failed(market, Refused)
    assert words is None or error.words == words


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_a_server_error_leaves_the_outcome_open(wire: Wire, market: BackMarket, status: int) -> None:
    wire.play(answer(status, "<title>Bad gateway</title>", "text/html", cf_ray=RAY))
    error = await _failed(market, ServerFailed)
    assert error.may_have_applied
    assert str(status) in error.message
    assert RAY in error.message


async def test_server_timeout_status_leaves_the_outcome_open(wire: Wire, market: BackMarket) -> None:
    wire.play(answer(408, "", None))
    assert (await _failed(market, TimedOut)).may_have_applied


async def test_a_refusal_counts_even_if_its_body_never_ends(wire: Wire, hasty: BackMarket) -> None:
    head = b"X\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
    wire.play(
        then_hang(b"HTTP/1.1 400 " + head), then_close(b"HTTP/1.1 401 " + head), drip(b"HTTP/1.1 429 " + head),
        then_close(b"HTTP/1.1 500 " + head), answer(400, "x" * 90_000, "text/plain"),
        answer(429, b"no gzip", Content_Encoding="gzip"),
    )  # fmt: skip
    for kind in (Refused, Unauthorised, Throttled, ServerFailed, Refused, Throttled):
        await _failed(hasty, kind)


async def test_unexpected_protocol_is_an_error(wire: Wire, market: BackMarket) -> None:
    wire.play(then_close(b"HTTP/1.1 101 X\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"))
    with pytest.raises((NotUnderstood, ConnectionBroken)):
        await market.send(WRITE)
