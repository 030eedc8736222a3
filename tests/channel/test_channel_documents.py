"""Documents: fetched from the links that the channel gives, without the company's token."""

from __future__ import annotations

import gzip

import pytest
from channel_wire import Step, Wire, answer, drip, then_close, then_hang
from hypothesis import given
from hypothesis import strategies as st

from bmtui.channel import documents
from bmtui.channel.documents import fetch_document
from bmtui.errors import (
    ChannelError,
    ChannelNotFound,
    ConnectionBroken,
    NotReachable,
    NotUnderstood,
    Refused,
    ServerFailed,
    Throttled,
    TimedOut,
)

PDF = b"%PDF-1.4 a label"


def _pdf(body: bytes = PDF, **headers: str) -> bytes:
    return answer(200, body, "application/octet-stream", **headers)


def _to(url: str, status: int = 302) -> bytes:
    return answer(status, "", None, Location=url)


async def test_document_is_fetched_without_the_token_of_the_company(wire: Wire) -> None:
    wire.play(_pdf(Set_Cookie="a=b"), _pdf(gzip.compress(PDF), Content_Encoding="gzip"))
    url = f"{wire.url}/label/7.pdf?Signature=a%2Fb%3D&Expires=1"
    assert await fetch_document(url) == await fetch_document(url) == PDF
    for request in wire.requests:
        assert request.startswith(b"GET /label/7.pdf?Signature=a%2Fb%3D&Expires=1 HTTP")
        names = {line.partition(b":")[0].lower() for line in request.split(b"\r\n")[1:] if line}
        assert names == {b"host", b"user-agent", b"accept", b"accept-encoding", b"connection"}


async def test_document_redirects_are_followed_up_to_a_limit(wire: Wire, other_host: Wire) -> None:
    wire.play(_to("/b", 301), _to(f"{other_host.url}/c#x", 307))
    other_host.play(_to("d?e=1", 308), _pdf())
    assert await fetch_document(f"{wire.url}/a") == PDF
    assert [request.split(b" ")[1] for request in wire.requests + other_host.requests] == [
        b"/a",
        b"/b",
        b"/c",
        b"/d?e=1",
    ]
    wire.play(*[_to("/again")] * 4)
    with pytest.raises(NotUnderstood, match="redirect"):
        await fetch_document(wire.url)
    assert len(wire.requests) == 6


@pytest.mark.parametrize(
    "target",
    ["http://192.0.2.1/x", "http://cdn.example.com/x", "ftp://127.0.0.1/x", "", "file:///etc/passwd",
     "https://a:b@cdn.example.com/", "//cdn.example.com/x", "https://cdn.example.com\\@127.0.0.1/", "https://x:99999/"],
)  # fmt: skip
async def test_document_redirected_to_a_forbidden_address_is_not_fetched(wire: Wire, target: str) -> None:
    wire.play(_to(target) if target else answer(302, "", None))
    with pytest.raises(NotUnderstood, match="address"):
        await fetch_document(wire.url)
    assert len(wire.requests) == 1


async def test_document_redirect_to_no_address_is_refused(wire: Wire) -> None:
    wire.play(_to("http://[::g]/"), _to("http://\x7f/"))
    for _ in range(2):
        with pytest.raises((NotUnderstood, ConnectionBroken)):
            await fetch_document(wire.url)


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_document_redirect_from_another_host_to_this_machine_is_refused(
    wire: Wire, other_host: Wire, monkeypatch: pytest.MonkeyPatch, scheme: str
) -> None:
    # `wire` plays a public host: its address does not count as this machine, and http to it as https.
    monkeypatch.setattr(documents, "is_loopback", lambda host: host == "localhost")
    monkeypatch.setattr(documents, "_secure", lambda scheme: True)
    wire.play(_to(f"{scheme}://localhost:{other_host.port}/admin"))
    with pytest.raises(NotUnderstood, match="this machine"):
        await fetch_document(wire.url)
    assert (len(wire.requests), other_host.connections) == (1, 0)


@pytest.mark.parametrize(
    "url",
    ["", "x", "http://cdn.example.com/a.pdf", "http://192.0.2.1/", "ftp://localhost/a", "file:///etc/passwd",
     "https://user:pw@cdn.example.com/", "https://a b/", "https://a/\n", "https://a/\\b", "https://пример.example/",
     "https://a:0/", "https://999.1.1.1/", "https://a/" + "x" * 5000, "javascript:x"],
)  # fmt: skip
async def test_document_addresses_that_are_forbidden_are_not_called(url: str) -> None:
    with pytest.raises(NotUnderstood) as caught:
        await fetch_document(url)
    assert "pw" not in str(caught.value)


@given(st.text() | st.from_regex(r"https?://[!-~]{0,30}", fullmatch=True))
def test_any_address_of_a_document_is_accepted_or_refused(url: str) -> None:
    try:
        host = documents._host(url, loopback_allowed=True)
    except NotUnderstood:
        return
    assert url.startswith(("https://", "http://127.", "http://localhost", "http://[::1]"))
    assert host in url


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (answer(200, "<html>%PDF-", "application/pdf"), NotUnderstood),
        (answer(200, b"", "application/pdf"), NotUnderstood),
        (answer(204, b"", None), NotUnderstood),
        (answer(304, b"", None), NotUnderstood),
        (answer(403, "<Error>AccessDenied", "application/xml"), ChannelNotFound),
        (answer(401, "", None), ChannelNotFound),
        (answer(404, "", None), ChannelNotFound),
        (answer(410, "", None), ChannelNotFound),
        (answer(429, "", None), Throttled),
        (answer(400, "", None), Refused),
        (answer(503, "", None), ServerFailed),
        (then_close(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n%PDF-"), ConnectionBroken),
        (then_close(b""), ConnectionBroken),
        (then_hang(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n%PDF-"), TimedOut),
        (drip(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n%PDF-"), TimedOut),
        (_pdf(b"%PDF-" + bytes(100_000)), NotUnderstood),
        (_pdf(gzip.compress(b"%PDF-" + bytes(100_000), mtime=0), Content_Encoding="gzip"), NotUnderstood),
    ],
)
async def test_answer_that_is_no_document_is_refused(wire: Wire, reply: bytes | Step, kind: type[ChannelError]) -> None:
    wire.play(reply)
    with pytest.raises(kind) as caught:
        await fetch_document(wire.url, total_timeout_s=1.0, max_bytes=100_000)
    assert caught.type is kind
    assert caught.value.advice


async def test_document_when_its_host_is_closed_is_not_reachable(closed_port: int) -> None:
    with pytest.raises(NotReachable):
        await fetch_document(f"http://127.0.0.1:{closed_port}/x")


@pytest.fixture
async def closed_port() -> int:
    gone = Wire()
    await gone.start()
    await gone.stop()
    return gone.port
