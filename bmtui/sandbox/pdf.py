"""PDF files of one page, written by hand: nothing here needs a library."""

from typing import Final

#: Width and height in points.
Size = tuple[int, int]
A4: Final[Size] = (595, 842)
LABEL: Final[Size] = (283, 425)


def pdf(title: str, lines: list[str], size: Size = A4) -> bytes:
    """Return a PDF of one page of text in Helvetica; characters outside Latin-1 become a question mark."""
    width, height = size
    text = [b"BT /F1 14 Tf 36 %d Td 16 TL (%s) Tj T* /F1 10 Tf" % (height - 48, _escaped(title))]
    text += [b"T* (%s) Tj" % _escaped(line) for line in lines]
    content = b"\n".join([*text, b"ET"])
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %d %d] /Contents 4 0 R" % (width, height)
        + b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(out)


def _escaped(text: str) -> bytes:
    plain = "".join(sign if sign.isprintable() else " " for sign in text).encode("latin-1", "replace")
    return plain.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
