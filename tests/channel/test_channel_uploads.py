"""Writes with files: values that can be stored, and the form that is sent."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from channel_wire import Wire, as_json
from hypothesis import given
from hypothesis import strategies as st

from bmtui.channel import uploads
from bmtui.channel.client import Answer, BackMarket
from bmtui.channel.requests import WriteRequest
from bmtui.channel.uploads import FileRef
from bmtui.errors import ChannelError, Refused, RuleRefused

PDF = b"%PDF-1.7\nan invoice \x00\xff\r\n--\r\n%%EOF"
OLD, NEW = 99_999_999, 100_000_417


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / 'Facture n°1 \r\n".pdf'
    path.write_bytes(PDF)
    return path


def _parts(request: bytes) -> list[tuple[dict[str, str], bytes]]:
    """Return the parts of a form, read by the standard library's parser."""
    head, _, body = request.partition(b"\r\n\r\n")
    kind = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-type:"))
    whole = message_from_bytes(kind + b"\r\n\r\n" + body)
    assert whole.is_multipart()
    assert not whole.defects
    return [
        (
            {"type": part.get_content_type(), "file": part.get_filename("")}
            | {"name": str(part.get_param("name", header="content-disposition"))},
            payload,
        )
        for part in whole.walk()
        if isinstance(payload := part.get_payload(decode=True), bytes)
    ]


async def test_an_invoice_goes_out_as_it_was_stored(wire: Wire, market: BackMarket, pdf: Path) -> None:
    file = uploads.choose(pdf)
    assert (file.size, file.media_type, file.name) == (len(PDF), "application/pdf", "Facture_n_1_.pdf")
    request = uploads.invoice(7, file)
    revived = WriteRequest(request.method, request.path, json.loads(json.dumps(request.body)))
    assert revived == request
    assert uploads.files_of(revived) == (file,)
    wire.play(as_json(200, {}))
    assert await market.send(revived) == Answer(200, {})
    assert wire.requests[0].startswith(b"POST /ws/orders/7/invoice HTTP")
    assert _parts(wire.requests[0]) == [({"type": "application/pdf", "file": file.name, "name": "invoice"}, PDF)]


async def test_a_message_with_attachments(wire: Wire, market: BackMarket, tmp_path: Path) -> None:
    contents = {"a.png": b"\x89PNG\r\n\x1a\nx", "b.jpg": b"\xff\xd8\xff\xe0", "c.txt": b"text"}
    files = []
    for name, data in contents.items():
        (tmp_path / name).write_bytes(data)
        files.append(uploads.choose(tmp_path / name))
    wire.play(as_json(201, {}), as_json(201, {}))
    await market.send(uploads.care_message(NEW, " Grüße\x1b[1m\r\nund Dank \U0001f4e6 ", files))
    assert wire.requests[0].startswith(b"POST /ws/sav/100000417/msg HTTP")
    text, *rest = _parts(wire.requests[0])
    assert (text[0]["name"], text[1].decode()) == ("message", "Grüße[1m\nund Dank \U0001f4e6")
    assert [data for _, data in rest] == list(contents.values())
    assert {part["name"] for part, _ in rest} == {"attachment"}
    assert [part["type"] for part, _ in rest] == ["image/png", "image/jpeg", "application/octet-stream"]
    await market.send(uploads.care_problem(NEW, "DAMAGED_PACKAGE", "Broken", files[:1]))
    assert wire.requests[1].startswith(b"POST /ws/sav/100000417/problem HTTP")
    assert [part["name"] for part, _ in _parts(wire.requests[1])] == ["problem_type", "message", "attachment"]


def test_an_item_transfer_is_json() -> None:
    request = uploads.item_transfer(OLD, carrier=" DPD ", tracking_number="1 2", action="REPAIR")
    body = {"shipperName": "DPD", "trackingNumber": "12", "action": "REPAIR"}
    assert request == WriteRequest("POST", f"/ws/sav/{OLD}/item-transfer", body)
    assert uploads.files_of(request) == ()
    assert uploads.item_transfer(100_000_000, carrier="x", tracking_number="1", action="NOTHING")


def test_problem_types_of_old_and_new_folders_are_accepted() -> None:
    assert uploads.care_problem(OLD, "OTHER").body == {"multipart": {"fields": {"problem_type": "OTHER"}, "files": []}}
    assert uploads.care_problem(100_000_000, "WRONG_ITEM", "x")


_FILE = FileRef("/nowhere/x.png", "0" * 64, 1, "x.png", "image/png")


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: uploads.invoice(7, _FILE), "not a PDF"),
        (lambda: uploads.care_message(NEW, " \n"), "is empty"),
        (lambda: uploads.care_message(NEW, "x", [_FILE] * 11), "11 files are too many"),
        (lambda: uploads.care_problem(NEW, "BORED", "x"), "BORED is not a problem type"),
        (lambda: uploads.care_problem(OLD, "WRONG_ITEM", "x"), "only the problem type OTHER"),
        *((lambda kind=kind: uploads.care_problem(NEW, kind, "x"), "needs") for kind in uploads.PROVEN_PROBLEMS),
        (lambda: uploads.item_transfer(NEW, carrier="x", tracking_number="1", action="REPAIR"), "no item transfer"),
        (lambda: uploads.item_transfer(OLD, carrier="x", tracking_number="1", action="SELL"), "SELL is not"),
        (lambda: uploads.item_transfer(OLD, carrier=" ", tracking_number="1", action="REPAIR"), "needs a carrier"),
        (lambda: uploads.item_transfer(OLD, carrier="x", tracking_number="1" * 201, action="REPAIR"), "201"),
    ],
)
def test_write_that_the_contract_forbids_is_refused(build: Callable[[], object], words: str) -> None:
    with pytest.raises(RuleRefused, match=words):
        build()


def test_files_that_cannot_be_sent_are_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    (tmp_path / "full").write_bytes(bytes(uploads.MAX_FILE_BYTES))
    (tmp_path / "large").write_bytes(bytes(uploads.MAX_FILE_BYTES + 1))
    os.mkfifo(tmp_path / "pipe")
    assert uploads.choose(tmp_path / "full").size == uploads.MAX_FILE_BYTES
    cases = {"empty": "empty", "large": "more than 3 MB", "pipe": "not a file", "": "not a file", "none": "cannot be"}
    for name, words in cases.items():
        with pytest.raises(RuleRefused, match=words):
            uploads.choose(tmp_path / name)
    with pytest.raises(RuleRefused, match="cannot be read"):
        uploads.choose("a\0b")


def _gone(path: Path) -> None:
    path.unlink()


def _edited(path: Path) -> None:
    path.write_bytes(PDF[:-1] + b"!")


def _grown(path: Path) -> None:
    path.write_bytes(bytes(uploads.MAX_FILE_BYTES + 1))


@pytest.mark.parametrize("change", [_gone, _edited, _grown])
async def test_a_file_that_changed_is_not_sent(
    wire: Wire, market: BackMarket, pdf: Path, change: Callable[[Path], None]
) -> None:
    request = uploads.invoice(7, uploads.choose(pdf))
    change(pdf)
    with pytest.raises(RuleRefused):
        await market.send(request)
    assert wire.connections == 0


async def test_invoice_file_is_checked_again_before_it_is_sent(wire: Wire, market: BackMarket, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"no pdf")
    body: dict[str, Any] = uploads.care_message(NEW, "x", [uploads.choose(tmp_path / "x")]).body["multipart"]
    stored = {"fields": {}, "files": [{**body["files"][0], "part": "invoice"}]}
    with pytest.raises(RuleRefused, match="not a PDF"):
        await market.send(WriteRequest("POST", "/ws/orders/7/invoice", {"multipart": stored}))
    assert wire.connections == 0


async def test_a_refused_upload_comes_in_the_channels_words(wire: Wire, market: BackMarket, pdf: Path) -> None:
    wire.play(as_json(400, "invoice must be a PDF"), as_json(500, {}))
    request = uploads.invoice(7, uploads.choose(pdf))
    with pytest.raises(Refused) as caught:
        await market.send(request)
    assert caught.value.words == "invoice must be a PDF"
    with pytest.raises(ChannelError) as failed:
        await market.send(request)
    assert failed.value.may_have_applied


@given(st.text(), st.text(min_size=1), st.text())
def test_form_text_never_breaks_out_of_its_part(name: str, message: str, kind: str) -> None:
    file = FileRef("/x", "0", 1, name, kind)
    stored = {"fields": {name: message}, "files": []}
    body, content_type = uploads.encode(WriteRequest("POST", "/ws/sav/1/msg", {"multipart": stored}))
    parts = _parts(f"POST / HTTP/1.1\r\nContent-Type: {content_type}\r\n\r\n".encode() + body)
    assert len(parts) == 1
    assert json.loads(json.dumps(uploads.care_message(1, "x", [file]).body))
