"""Reader of CSV, TSV and line lists as spreadsheets, shops and terminals write them.

Byte order marks, UTF-16 and Windows-1252 are told apart; the separator is that of the heading or of ``sep=;``; columns
are known by name, in any order, case and spelling. An error in a row stops that row; an error of the file stops the
file.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bmtui import csv_writer, plain_file
from bmtui.errors import NotRead, unreadable
from bmtui.text import how_many, plain
from bmtui.values import cleaning

MOST_BYTES, MOST_ROWS = 20_000_000, 20_000
PREVIEWED = 3
"""Number of rows of a file that its preview shows."""
_DELIMITERS = "\t;,|"
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_NOT_TEXT = (
    (b"PK\x03\x04", "a workbook of a spreadsheet (xlsx, ods) or another archive"),
    (b"\xd0\xcf\x11\xe0", "a workbook of an old Excel (xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file (gz)"),
)
_ERROR_VALUE = re.compile(r"#(?:N/A|[A-Z/0]+[!?])")


@dataclass(frozen=True, slots=True)
class Row:
    """Row of a table. `number` counts rows from 1 with the heading, as spreadsheets do; `line` is its line in the file.

    `cells` has every named column of the file; "" where the row is too short. `extra` are cells beyond the heading,
    which make the row wrong.
    """

    number: int
    line: int
    cells: Mapping[str, str]
    extra: tuple[str, ...] = ()

    def refused(self, column: str, understood: str, advice: str) -> NotRead:
        """Return the error of a cell, which names row and column."""
        came = cleaning.shown(self.cells.get(column, ""))
        message = f"Row {self.number}, {column}: '{came}' is {understood}."
        return NotRead(column, came, understood, advice, row=self.number, message=message)

    def must_fit(self) -> None:
        """Check the length of the row. Raises NotRead when it has more cells than the heading."""
        if self.extra:
            came = cleaning.shown(self.extra[0])
            message = f"Row {self.number} has more cells than the heading: '{came}'."
            advice = "Quote cells that have the separator in them."
            raise NotRead("row", came, "a cell beyond the heading", advice, row=self.number, message=message)


@dataclass(frozen=True, slots=True)
class Table:
    """Content of a table file.

    `ignored` are headings that are not used; `remarks` are sentences about the whole file; `headings` are the names of
    the columns in the file, in their order.
    """

    rows: tuple[Row, ...]
    columns: tuple[str, ...]
    ignored: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    headings: tuple[str, ...] = ()

    @property
    def preview(self) -> tuple[str, ...]:
        """Sentences about what was read: each column with its heading in the file, and the first rows."""
        named = (
            column if _key(heading) == _key(column) else f"{column} ('{cleaning.shown(heading)}')"
            for column, heading in zip(self.columns, self.headings, strict=True)
        )
        counted = how_many(len(self.rows), "row")
        return (f"{counted} with the columns {', '.join(named)}.", *map(_shown, self.rows[:PREVIEWED]))


@dataclass(frozen=True, slots=True)
class RowError:
    """Error of a row; `row` counts with the heading from 1, `column` is '' for the row as a whole."""

    row: int
    column: str
    message: str

    def __str__(self) -> str:
        return f"Row {self.row}{f', column {self.column}' if self.column else ''}: {self.message}"


@dataclass(frozen=True, slots=True)
class Line:
    """Line of a list; `number` counts from 1."""

    number: int
    text: str


def content(path: str | Path, *, field: str = "file", most_bytes: int = MOST_BYTES) -> bytes:
    """Return the bytes of a file.

    Raises:
        NotRead: the file cannot be opened or is too large.
    """
    place = Path(path).expanduser()
    try:
        data = plain_file.read_bytes(place, most_bytes + 1)
    except (OSError, ValueError) as error:
        why = unreadable(error) if isinstance(error, OSError) else "it has no such name"
        came = cleaning.shown(str(path))
        message = f"'{came}' cannot be read: {why}."
        raise NotRead(field, came, f"a file that cannot be read: {why}", "Give its path.", message=message) from error
    if len(data) > most_bytes:
        raise _of_file(place.name, f"has more than {most_bytes // 1_000_000} MB", "Split it.", field)
    return data


def text_of(path: str | Path, *, field: str = "file", most_bytes: int = MOST_BYTES) -> str:
    """Return the text of a file, in any encoding that `decoded` knows. Raises NotRead."""
    return decoded(content(path, field=field, most_bytes=most_bytes), name=Path(path).name, field=field)[0]


def decoded(data: bytes, *, name: str, field: str = "file") -> tuple[str, str]:
    """Return (text, remark) of the bytes of a text file; the remark is "" or says that the encoding was guessed.

    Raises:
        NotRead: the bytes are no text.
    """
    for begin, kind in _NOT_TEXT:
        if data.startswith(begin):
            raise _of_file(name, f"is {kind}, not text", "Save it as CSV, and give that file.", field)
    mark, encoding = next(((mark, encoding) for mark, encoding in _MARKS if data.startswith(mark)), (b"", ""))
    body = data[len(mark) :]
    remark = ""
    try:
        if encoding or (encoding := _utf_16(body)):
            text = body.decode(encoding)
        else:
            try:
                text = body.decode("utf-8")
            except UnicodeDecodeError:
                text = body.decode("cp1252")
                remark = f"{name} is not UTF-8 and was read as Windows-1252: check names with accents."
    except UnicodeDecodeError:
        raise _of_file(name, "is not UTF-8, UTF-16 or Windows-1252 text", "Save it as UTF-8.", field) from None
    if "\0" in text:
        raise _of_file(name, "has NUL characters and is not text", "Save it as CSV in UTF-8.", field)
    return text, remark


def read(
    data: bytes,
    columns: Mapping[str, Sequence[str]],
    *,
    name: str,
    required: Sequence[str] = (),
    field: str = "file",
    most_rows: int = MOST_ROWS,
) -> Table:
    """Read the rows of a CSV or TSV file whose first row names the columns.

    Args:
        columns: names of the known columns, each with the headings of files; case, blanks and punctuation do not count.
        name: name of the file, for messages.
        required: columns without which the file is refused.

    Raises:
        NotRead: the file is no text, has no heading, lacks a column or has one twice, or has too many rows.
    """
    text, remark = decoded(data, name=name, field=field)
    records = list(_records(text, name, field, most_rows + 1))
    heading = next((place for place, (_, cells) in enumerate(records) if any(map(_key, cells))), None)
    if heading is None:
        raise _of_file(name, "is empty", "Its first row names the columns.", field)
    titles = [_cell(title) for title in records[heading][1]]
    names = _names(titles, columns, name, field)
    missing = [column for column in required if column not in names]
    if missing:
        advice = f"Name the columns in the first row. Known columns: {', '.join(columns)}."
        raise _of_file(name, f"has no column {' and no '.join(missing)}", advice, field)
    rows = []
    for number, (line, cells) in enumerate(records[heading + 1 :], start=heading + 2):
        values = [_cell(cell) for cell in cells]
        if not any(values):
            continue
        extra = tuple(filter(None, values[len(names) :]))
        padded = (*values, *[""] * (len(names) - len(values)))
        rows.append(Row(number, line, {key: cell for key, cell in zip(names, padded, strict=False) if key}, extra))
    ignored = tuple(title for title, key in zip(titles, names, strict=True) if title and not key)
    headings = tuple(title for title, key in zip(titles, names, strict=True) if key)
    return Table(tuple(rows), tuple(filter(None, names)), ignored, (remark,) if remark else (), headings)


def read_lines(data: bytes, *, name: str, field: str = "file", most: int = MOST_ROWS) -> tuple[Line, ...]:
    """Read the lines of a list, such as an Excel column of order ids, without empty lines and the text behind ``#``.

    Raises:
        NotRead: the file is no text, or has too many lines.
    """
    text, _ = decoded(data, name=name, field=field)
    # An error value of a spreadsheet is no remark: whoever reads the line refuses it.
    cut = (line if _ERROR_VALUE.fullmatch(line.strip()) else line.partition("#")[0] for line in text.splitlines())
    lines = tuple(Line(number, value) for number, line in enumerate(cut, start=1) if (value := _cell(line)))
    if len(lines) > most:
        raise _of_file(name, f"has more than {most:,} lines", "Split it.", field)
    return lines


def _records(text: str, name: str, field: str, most: int) -> Iterator[tuple[int, list[str]]]:
    """Yield (first line, cells) of every record, empty ones too; a first line ``sep=;`` is left out."""
    text = text.removeprefix("\ufeff")
    begin = 1
    first, _, rest = text.partition("\n")
    said = first.strip().strip('"').lower()
    delimiter = ""
    if said.startswith("sep=") and len(said) == 5:
        delimiter, text, begin = said[4], rest, 2
    elif first.rstrip("\r\n") in ("sep=\t", '"sep=\t"'):
        delimiter, text, begin = "\t", rest, 2
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter or _delimiter(text), strict=True)
    line, filled = begin, 0
    try:
        for cells in reader:
            filled += any(map(str.strip, cells))
            if filled > most:
                raise _of_file(name, f"has more than {most - 1:,} rows", "Split it.", field)
            yield line, cells
            line = begin + reader.line_num
    except csv.Error as error:
        at = begin + max(reader.line_num, 1) - 1
        raise _of_file(
            name, f"is not a CSV or TSV file: line {at}: {error}", "Check its quotation marks.", field
        ) from None


def _delimiter(text: str) -> str:
    """Return the most frequent separator, outside of quotes, of the first line with content; a comma if none."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    bare = "".join(first.split('"')[::2])
    return max(_DELIMITERS, key=lambda char: (bare.count(char), char == ","))


def _names(titles: Sequence[str], columns: Mapping[str, Sequence[str]], name: str, field: str) -> list[str]:
    """Return the known name of each column; "" for columns that are not used."""
    known = {_key(alias): column for column, aliases in columns.items() for alias in (column, *aliases)}
    names: list[str] = []
    for place, title in enumerate(titles, start=1):
        column = known.get(_key(title), "")
        if column and column in names:
            first = names.index(column)
            where = f"has the column {column} twice: '{titles[first]}' and '{title}', columns {first + 1} and {place}"
            raise _of_file(name, where, "Remove one of them.", field)
        names.append(column)
    return names


def _key(title: str) -> str:
    """Return a heading without case, blanks, punctuation and widths: "Order-ID " is "orderid"."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", title).casefold()))


def _shown(row: Row) -> str:
    cells = (f"{column} {cleaning.shown(cell)}" for column, cell in row.cells.items() if cell)
    return f"Row {row.number}: {', '.join(cells)}."


def _cell(cell: str) -> str:
    """Return a cell without what a spreadsheet puts around it; quoted line breaks stay."""
    value = plain(cell.replace("\r\n", "\n").replace("\r", "\n"), multiline=True)
    value = value.translate(_NO_WIDTH).strip()
    bare = csv_writer.unquoted(value)
    if bare != value:
        return bare.strip()
    return cleaning.unwrapped(value) if value.startswith('="') else value


_NO_WIDTH = dict.fromkeys(map(ord, "\u200b\u2060\ufeff\u00ad"))


def _utf_16(body: bytes) -> str:
    """Return the encoding of UTF-16 text without a mark, known by the zeros of ASCII characters; "" for others."""
    sample = body[:4096]
    if len(body) < 4 or len(body) % 2:
        return ""
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 4 and not even:
        return "utf-16-le"
    return "utf-16-be" if even > len(sample) // 4 and not odd else ""


def _of_file(name: str, what: str, advice: str, field: str) -> NotRead:
    came = cleaning.shown(name)
    return NotRead(
        field, came, f"a file that {cleaning.shown(what, 200)}", advice, message=f"{came} {cleaning.shown(what, 200)}."
    )
