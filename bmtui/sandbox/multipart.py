"""Reads `multipart/form-data` (RFC 7578): what sellers send files in (API §8, §9). Bounded, and strict on purpose."""

import hashlib
from dataclasses import dataclass
from email.message import Message
from email.parser import HeaderParser
from typing import Any, Final

from bmtui.sandbox.errors import Refused

_MOST_PARTS: Final = 64
_MOST_HEAD: Final = 8_192


@dataclass(frozen=True)
class Part:
    """Field of a form; `filename` is None when it is not a file."""

    name: str
    filename: str | None
    content_type: str
    content: bytes

    @property
    def text(self) -> str:
        """The content of a field of text. Raises Refused when it is not UTF-8."""
        try:
            return self.content.decode()
        except UnicodeDecodeError:
            raise Refused(f"{self.name} must be text in UTF-8") from None

    def described(self) -> dict[str, Any]:
        """Return the description of a file for the log of effects."""
        digest = hashlib.sha256(self.content).hexdigest()
        return {
            "filename": self.filename,
            "content_type": self.content_type,
            "size": len(self.content),
            "sha256": digest,
        }


def parse(content_type: str, body: bytes) -> list[Part]:
    """The parts of a form, in order. Raises Refused for anything that is not one, or that was cut short."""
    head = Message()
    head["content-type"] = content_type
    boundary = head.get_param("boundary")
    if head.get_content_type() != "multipart/form-data" or not isinstance(boundary, str) or not boundary:
        raise Refused("body must be multipart/form-data")
    try:
        delimiter = b"\r\n--" + boundary.encode("ascii")
    except UnicodeEncodeError:
        raise Refused("body must be multipart/form-data with a boundary in ASCII") from None
    _, *segments = (b"\r\n" + body).split(delimiter, _MOST_PARTS + 1)
    if not segments or not segments[-1].startswith(b"--"):
        # Also when there are too many: the last segment then holds all the others.
        raise Refused("the form does not end, or has too many parts")
    return [_part(segment) for segment in segments[:-1]]


def _part(segment: bytes) -> Part:
    blanks, newline, rest = segment.partition(b"\r\n")
    head, end, content = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if blanks.strip(b" \t") or not newline or not end or len(head) > _MOST_HEAD:
        raise Refused("a part of the form is malformed")
    # Names of files are raw UTF-8 in practice (RFC 7578 §5.1).
    fields = HeaderParser().parsestr(head.strip(b"\r\n").decode("utf-8", "replace"))
    name = fields.get_param("name", header="content-disposition")
    if fields.get_content_disposition() != "form-data" or not isinstance(name, str):
        raise Refused("a part of the form has no name")
    return Part(name, fields.get_filename(), fields.get_content_type(), content)
