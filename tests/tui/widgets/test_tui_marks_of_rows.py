"""Marks in a table."""

from __future__ import annotations

from bmtui.tui.widgets.marks import MOST, Marks


def test_marked_range_is_kept_until_all_its_rows_are_loaded() -> None:
    marks: Marks[str] = Marks(str)
    marks.begin(2)
    assert marks.in_range
    assert list(marks.close(4)) == [2, 3, 4]
    assert not marks.take({2: "c", 4: "e"})
    assert not marks.rows
    assert marks.take({2: "c", 3: "d", 4: "e"})
    assert list(marks.rows) == ["c", "d", "e"]
    marks.drop("d")
    marks.toggle("c")
    assert list(marks.rows) == ["e"]


def test_range_that_is_being_marked_holds_at_most_so_many_rows() -> None:
    marks: Marks[str] = Marks(str)
    assert list(marks.held(9)) == []
    marks.begin(2)
    assert marks.held(4) == range(2, 5)
    assert marks.held(1) == range(1, 3)
    assert marks.held(2 + MOST - 1) == marks.held(MOST * 9) == range(2, 2 + MOST)
