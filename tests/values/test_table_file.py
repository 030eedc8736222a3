"""Files as spreadsheets, shops and terminals write them."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from value_outcomes import outcome

from bmtui import csv_writer
from bmtui.csv_writer import write_csv
from bmtui.errors import NotRead
from bmtui.values import table_file
from bmtui.values.table_file import Line, RowError, Table

COLUMNS = {"order": ("order_id", "channel order id"), "tracking": ("tracking number",), "name": ()}
PLAIN = "order,tracking\n1001,1Z1\n1002,1Z2\n"


def read(text: str | bytes, encoding: str = "utf-8") -> Table:
    data = text.encode(encoding) if isinstance(text, str) else text
    return table_file.read(data, COLUMNS, name="a.csv", required=("order",))


def cells(table: Table) -> list[tuple[str, ...]]:
    return [tuple(row.cells.values()) for row in table.rows]


def test_a_preview_names_the_columns_by_their_headings_and_shows_the_first_rows() -> None:
    text = "Channel Order ID;weight;Tracking Number\n" + "".join(f"{row};2;1Z{row}\n" for row in range(1001, 1006))
    table = read(text + "1006;3;\n")
    assert table.preview == (
        "6 rows with the columns order ('Channel Order ID'), tracking ('Tracking Number').",
        "Row 2: order 1001, tracking 1Z1001.",
        "Row 3: order 1002, tracking 1Z1002.",
        "Row 4: order 1003, tracking 1Z1003.",
    )
    assert table.ignored == ("weight",)
    assert read("order,tracking\n1,\n").preview == ("1 row with the columns order, tracking.", "Row 2: order 1.")
    assert read("order\n").preview == ("0 rows with the columns order.",)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_every_encoding_of_spreadsheets_is_read(encoding: str) -> None:
    assert cells(read(PLAIN, encoding)) == [("1001", "1Z1"), ("1002", "1Z2")]


def test_windows_1252_is_read_with_a_remark() -> None:
    table = read("order;name\n1;Amélie “Zoë” €\n", "cp1252")
    assert cells(table) == [("1", "Amélie “Zoë” €")]
    assert table.remarks == ("a.csv is not UTF-8 and was read as Windows-1252: check names with accents.",)
    assert read("order;name\n1;Amélie\n").remarks == ()


@pytest.mark.parametrize(
    "text",
    [
        "order;tracking\n1001;1Z1\n1002;1Z2\n",
        "order\ttracking\n1001\t1Z1\n1002\t1Z2",
        "order|tracking\n1001|1Z1\n1002|1Z2",
        "sep=;\norder;tracking\n1001;1Z1\n1002;1Z2\n",
        '"sep=;"\r\norder;tracking\r\n1001;1Z1\r\n1002;1Z2\r\n',
        "sep=\t\norder\ttracking\n1001\t1Z1\n1002\t1Z2\n",
        "order,tracking\r1001,1Z1\r1002,1Z2\r",
        PLAIN + "\n\n  ,\n,,,\n",
        "\n\n" + PLAIN,
        "Order ID ,TRACKING_NUMBER\n1001,1Z1\n1002,1Z2",
        "\u200bOrder-Id,Tracking number\n1001,1Z1\n1002,1Z2",
        "ｏｒｄｅｒ,tracking\n 1001 ,\u200b1Z1\n\u00a01002\u00a0,1Z2\ufeff",
        'order,tracking\n="1001",1Z1\n"=""1002""",1Z2',
        "order,tracking\n'1001,'1Z1\n1002,1Z2",
        'order,tracking\n1001,1Z1,,,\n1002,"1Z2",',
        '"order","tracking;x"\n1001,1Z1\n1002,1Z2'.replace(";x", ""),
    ],
)
def test_every_shape_of_a_table_is_read(text: str) -> None:
    table = read(text)
    assert cells(table) == [("1001", "1Z1"), ("1002", "1Z2")]
    assert table.columns == ("order", "tracking")


def test_table_rows_have_their_number_and_line() -> None:
    table = read('sep=,\norder,name\n1,"two\r\nlines"\n\n2,b\n3\n')
    assert [(row.number, row.line, dict(row.cells)) for row in table.rows] == [
        (2, 3, {"order": "1", "name": "two\nlines"}),
        (4, 6, {"order": "2", "name": "b"}),
        (5, 7, {"order": "3", "name": ""}),
    ]


def test_table_error_names_row_and_column() -> None:
    row = read(PLAIN).rows[1]
    error = row.refused("tracking", "the EAN of a box", "Scan the label.")
    assert (error.row, error.field, error.came) == (3, "tracking", "1Z2")
    assert error.message == "Row 3, tracking: '1Z2' is the EAN of a box."


def test_error_of_a_row_is_told_with_its_column_unless_it_is_of_the_whole_row() -> None:
    assert str(RowError(3, "tracking", "It is empty.")) == "Row 3, column tracking: It is empty."
    assert str(RowError(3, "", "It is empty.")) == "Row 3: It is empty."


def test_cells_beyond_the_heading_stop_their_row_alone() -> None:
    good, bad = read("order,name\n1,a\n2,b, c\n").rows
    good.must_fit()
    with pytest.raises(NotRead, match="Row 3 has more cells than the heading: 'c'") as caught:
        bad.must_fit()
    assert caught.value.row == 3


def test_unknown_columns_are_named() -> None:
    assert read("order,Colour,,tracking\n1,red,x,1Z1\n").ignored == ("Colour",)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf\r\n\r\n", "is empty"),
        (b"sep=;\n", "is empty"),
        (b"tracking\n1Z1\n", "has no column order"),
        (b"order,Order-ID\n1,1\n", "has the column order twice: 'order' and 'Order-ID', columns 1 and 2"),
        (b"order,name\n1,a\x00b\n", "has NUL characters"),
        (b"PK\x03\x04\x14\x00", "is a workbook of a spreadsheet (xlsx, ods)"),
        (b"\xd0\xcf\x11\xe0\xa1", "is a workbook of an old Excel (xls)"),
        (b"%PDF-1.7", "is a PDF"),
        (b"\x1f\x8b\x08", "is a compressed file"),
        (b"order\n\x81\x8d\x8f", "is not UTF-8, UTF-16 or Windows-1252 text"),
        (b"\xff\xfeo", "is not UTF-8, UTF-16 or Windows-1252 text"),
        (b'order,name\n1,a\n2,"b"c\n', "is not a CSV or TSV file: line 3"),
        (b'"order"s,name\n1,a\n', "is not a CSV or TSV file: line 1:"),
        (b'sep=;\norder;name\n1;"b"c\n', "is not a CSV or TSV file: line 3:"),
        (b'order,name\n1,"a\n', "is not a CSV or TSV file"),
        (b"order,name\n1," + b"x" * 200_000, "is not a CSV or TSV file: line 2"),
        (b"order\n" + b"1\n" * 20_001, "has more than 20,000 rows"),
    ],
)
def test_file_that_is_no_table_is_not_read(data: bytes, what: str) -> None:
    with pytest.raises(NotRead) as caught:
        read(data)
    assert what in caught.value.message
    assert caught.value.message.startswith("a.csv ")
    assert (caught.value.field, bool(caught.value.advice)) == ("file", True)


def test_table_with_the_largest_allowed_number_of_rows_is_read() -> None:
    assert len(read("order\n" + "1\n\n" * 20_000).rows) == 20_000


def test_a_file_that_cannot_be_opened_or_is_too_large_is_named(tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_bytes(b"x" * 1001)
    for path in (tmp_path / "none.csv", tmp_path, "a\0b", tmp_path / ("n" * 300)):
        with pytest.raises(NotRead, match="cannot be read"):
            table_file.content(path)
    with pytest.raises(NotRead, match=r"big\.csv has more than"):
        table_file.content(tmp_path / "big.csv", most_bytes=1000)
    assert len(table_file.content(tmp_path / "big.csv")) == 1001


def test_text_of_a_file_is_read_in_its_encoding_and_its_errors_name_the_file(tmp_path: Path) -> None:
    (tmp_path / "map.toml").write_bytes("é".encode("utf-16"))
    (tmp_path / "nul.toml").write_bytes(b"x\0y z")
    assert table_file.text_of(tmp_path / "map.toml") == "é"
    with pytest.raises(NotRead, match=r"nul\.toml has NUL characters") as caught:
        table_file.text_of(tmp_path / "nul.toml", field="map")
    assert caught.value.field == "map"
    with pytest.raises(NotRead, match=r"map\.toml has more than"):
        table_file.text_of(tmp_path / "map.toml", most_bytes=3)


def test_list_file_has_one_value_per_line() -> None:
    text = "\ufeff1001\r\n\r\n 1002 # Dupont\n# a remark\n\u200b1003\n#N/A\n'1004\n1005=4.90\n"
    for encoding in ("utf-8", "utf-16", "utf-16-le"):
        assert table_file.read_lines(text.encode(encoding), name="ids.txt") == (
            *(Line(1, "1001"), Line(3, "1002"), Line(5, "1003"), Line(6, "#N/A"), Line(7, "1004")),
            Line(8, "1005=4.90"),
        )
    with pytest.raises(NotRead, match="has more than 2 lines"):
        table_file.read_lines(b"1\n2\n3\n", name="ids.txt", most=2)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+1", "-1", "@SUM(A1)", "'s-Hertogenbosch", "'=1", "''5", '="1"', "plain", "0012", "-1.5", "+33 6 12"],
)
def test_a_cell_that_a_spreadsheet_would_run_is_written_and_read_again(text: str) -> None:
    out = io.StringIO()
    write_csv(out, [("order", "name"), ("1", text)])
    assert cells(read(out.getvalue())) == [("1", text)]


def test_leading_quote_of_a_spreadsheet_is_removed_and_that_of_a_name_stays() -> None:
    table = read("order,name\n'1,'0012\n'2,'s-Gravenhage\n'3,'=A1\n")
    assert cells(table) == [("1", "0012"), ("2", "'s-Gravenhage"), ("3", "=A1")]


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=8)


@given(
    st.lists(st.tuples(PRINTABLE, PRINTABLE), max_size=6),
    st.sampled_from(";,\t|"),
    st.sampled_from(("utf-8", "utf-8-sig", "utf-16", "utf-32")),
    st.sampled_from(("\n", "\r\n")),
    st.booleans(),
)
def test_quoted_csv_is_read_back_as_written(
    rows: list[tuple[str, str]], delimiter: str, encoding: str, line_break: str, said: bool
) -> None:
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=line_break)
    writer.writerows([("order", "name"), *(map(csv_writer.cell, row) for row in rows)])
    head = f"sep={delimiter}{line_break}" if said else ""
    table = read(head + out.getvalue(), encoding)
    assert cells(table) == rows


@given(st.one_of(st.binary(max_size=120), st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace"))))
def test_any_bytes_as_a_table_are_read_or_refused(data: bytes) -> None:
    for begin in (b"", b"order,name\n", b"\xff\xfe", b"sep=;\norder;name\n"):
        table, refusal = outcome(table_file.read, begin + data, COLUMNS, name="a.csv", required=("order",))
        assert refusal is not None or all("\0" not in cell for row in table.rows for cell in row.cells.values())
        lines, refusal = outcome(table_file.read_lines, begin + data, name="a.txt")
        assert refusal is not None or all(line.text and "\n" not in line.text for line in lines)


def test_rows_are_numbered_as_a_spreadsheet_does_when_lines_above_the_heading_are_blank() -> None:
    table = read("\n ; \norder;tracking\n1001;1Z1\n\n1002;1Z2;more\n")
    assert [(row.number, row.cells["order"]) for row in table.rows] == [(4, "1001"), (6, "1002")]
    with pytest.raises(NotRead, match="Row 6 has more cells"):
        table.rows[1].must_fit()


@pytest.mark.parametrize("text", ["ab", "abc", "abcd", "abcde", "abcdef", "äbcdefgh"])
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_by_the_zeros_of_its_letters(text: str, encoding: str) -> None:
    assert table_file.decoded(text.encode(encoding), name="a.csv") == (text, "")


@pytest.mark.parametrize("data", [b"a\0", b"a\0b\0c", b"\0a\0b\0", b"ab\0\0", b"a\0\0b"])
def test_bytes_with_zeros_that_are_no_utf_16_are_no_text(data: bytes) -> None:
    with pytest.raises(NotRead, match="NUL characters"):
        table_file.decoded(data, name="a.csv")
