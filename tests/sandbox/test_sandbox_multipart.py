"""Multipart forms: forms of real clients are read, bodies that are no form are rejected."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bmtui.sandbox.errors import Refused
from bmtui.sandbox.multipart import Part, parse

HEAD = "multipart/form-data; boundary=b"
FIELD = b'Content-Disposition: form-data; name="a"\r\n\r\n'


@given(st.lists(st.binary(max_size=80), min_size=1, max_size=5), st.text(st.characters(codec="utf-8"), max_size=30))
def test_multipart_form_of_a_real_client_is_read_as_sent(contents: list[bytes], text: str) -> None:
    files: list[tuple[str, tuple[str | None, bytes | str]]] = [
        ("file", (f"{n} ü.bin", c)) for n, c in enumerate(contents)
    ]
    request = httpx.Request("POST", "http://x.example", files=[*files, ("text", (None, text))])
    parts = parse(request.headers["content-type"], request.read())
    assert [part.content for part in parts[:-1]] == contents
    assert [part.filename for part in parts[:-1]] == [f"{number} ü.bin" for number in range(len(contents))]
    assert (parts[-1].name, parts[-1].filename, parts[-1].text) == ("text", None, text)


@pytest.mark.parametrize("boundary", ["b", '"b"', '"a b:c"'])
def test_multipart_boundary_may_be_quoted_and_have_parameters_around(boundary: str) -> None:
    line = b"--" + boundary.strip('"').encode()
    body = b"before\r\n" + line + b" \t\r\n" + FIELD + b"1\r\n" + line + b"--\r\nafter"
    assert parse(f"Multipart/Form-Data; boundary={boundary}", body) == [Part("a", None, "text/plain", b"1")]


@pytest.mark.parametrize(
    ("head", "body"),
    [
        ("", b""), ("application/json", b"{}"), ("multipart/form-data", b""), (HEAD, b""), (HEAD, b"--b"),
        (HEAD, b"--b\r\n" + FIELD + b"cut short"),
        (HEAD, b"--b\r\n" + FIELD + b"1\r\n--b\r\n"),
        (HEAD, b"--bx\r\n" + FIELD + b"1\r\n--bx--"),
        (HEAD, b"--b\r\nno head\r\n--b--"),
        (HEAD, b"--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--"),
        (HEAD, b'--b\r\nContent-Disposition: attachment; name="a"\r\n\r\n1\r\n--b--'),
        (HEAD, b"--b\r\nX: " + b"x" * 9000 + b"\r\n" + FIELD + b"1\r\n--b--"),
        (HEAD, (b"--b\r\n" + FIELD + b"1\r\n") * 70 + b"--b--"),
        ("multipart/form-data; boundary=\xe9", b""),
    ],
)  # fmt: skip
def test_body_that_is_no_form_is_refused(head: str, body: bytes) -> None:
    with pytest.raises(Refused):
        parse(head, body)


def test_multipart_form_may_be_empty() -> None:
    assert parse(HEAD, b"--b--\r\n") == []
    with pytest.raises(Refused, match="UTF-8"):
        _ = parse(HEAD, b"--b\r\n" + FIELD + b"\xff\r\n--b--")[0].text
