"""Accounts, roles and limits from a file: shown first, all or nothing, and exported in the same form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bmtui.csv_writer import write_csv
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.moving_in import people
from bmtui.errors import NotRead, RuleRefused

HEADING = "User Name,Role,May Refund,Refund Limit,Daily Limit"


def written(folder: Path, *rows: str, heading: str = HEADING) -> str:
    file = folder / "people.csv"
    file.write_text("\n".join((heading, *rows)))
    return str(file)


def test_people_file_sets_roles_and_limits_and_a_second_import_changes_nothing(offline: Desk, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "60001,operator,yes,EUR=100 GBP=80.50,EUR=500",
        "60002,viewer,no,,",
        f"{offline.uid},admin,,,",
    )
    planned = people.plan(offline, path)
    assert planned.errors == ()
    assert planned.rows[0].changes == (
        "new → operator",
        "may refund",
        "100 EUR a refund",
        "80.50 GBP a refund",
        "500 EUR a day",
    )
    assert permissions.listing(offline) == ()
    people.save(offline, path, planned)
    views = {view.uid: view for view in permissions.listing(offline)}
    assert {uid: view.role for uid, view in views.items()} == {60001: "operator", 60002: "viewer", offline.uid: "admin"}
    assert str(views[60001].limits[0].per_refund) == "100.00 EUR"
    again = people.plan(offline, path)
    assert again.changing == ()
    assert people.save(offline, path, again) == ()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("nobody-here,operator,,,", ""),
        ("60003,king,,,", "role"),
        ("60003,operator,perhaps,,", "refunds"),
        ("60003,operator,,100,", "limit"),
        ("60003,operator,,EUR=1 EUR=2,", "limit"),
        ("60003,operator,,,EUR=-1", "limit"),
        ("60001,viewer,,,", "account"),
    ],
)
def test_people_file_with_a_wrong_row_names_it_and_changes_no_account(
    offline: Desk, tmp_path: Path, row: str, column: str
) -> None:
    path = written(tmp_path, "60001,operator,,,", row)
    planned = people.plan(offline, path)
    assert [(error.row, error.column) for error in planned.errors] == [(3, column)]
    with pytest.raises(RuleRefused, match="nothing was stored"):
        people.save(offline, path, planned)
    assert permissions.listing(offline) == ()


def test_a_file_that_leaves_no_admin_is_refused_as_a_whole(offline: Desk, tmp_path: Path) -> None:
    permissions.set_rights(offline, str(offline.uid), role="admin")
    path = written(tmp_path, "60001,operator,,,", f"{offline.uid},operator,,,")
    with pytest.raises(RuleRefused, match=r"No admin would be left|Only an admin"):
        people.save(offline, path, people.plan(offline, path))
    assert [view.uid for view in permissions.listing(offline)] == [offline.uid]
    with pytest.raises(NotRead, match="has no column account"):
        people.plan(offline, written(tmp_path, "x", heading="Colour"))


def test_admin_may_hand_over_to_another_in_one_file_in_any_order(offline: Desk, tmp_path: Path) -> None:
    permissions.set_rights(offline, str(offline.uid), role="admin")
    for rows in ((f"{offline.uid},operator,,,", "60001,admin,,,"), ("60001,admin,,,", f"{offline.uid},operator,,,")):
        path = written(tmp_path, *rows)
        people.save(offline, path, people.plan(offline, path))
        assert {view.uid: view.role for view in permissions.listing(offline)} == {
            offline.uid: "operator",
            60001: "admin",
        }
        permissions.set_rights(replace(offline, uid=60001), str(offline.uid), role="admin")
        permissions.set_rights(offline, "60001", role="operator")


def test_people_that_are_exported_are_read_again_as_they_are(offline: Desk, tmp_path: Path) -> None:
    permissions.set_rights(offline, "60001", role="operator", per_refund={"EUR": "100"}, per_day={"GBP": "7.5"})
    file = tmp_path / "out.csv"
    with file.open("w", newline="") as out:
        write_csv(out, people.exported(offline))
    # An account that this machine does not know is called by its number.
    text = file.read_text().replace("uid 60001", "60001")
    file.write_text(text)
    planned = people.plan(offline, str(file))
    assert (planned.errors, planned.changing) == ((), ())
