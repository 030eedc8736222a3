"""Undo of an import: refused once later work depends on it, by anybody but an admin, and only for its own company."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from helpers import COMPANY, add_company, order_of, raw_line, raw_order, take_in
from invoice_shop import open_shop, sold

from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue
from bmtui.desk.moving_in import import_undo, orders_import
from bmtui.desk.moving_in.plans import ImportPlan
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import void
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import rma as returns
from bmtui.desk.shipping import identifiers
from bmtui.desk.tags import tags
from bmtui.errors import RuleRefused
from bmtui.store.models import Import, Refund, Unit

IMEI = "356938035643809"


@pytest.fixture
def shop(offline: Desk) -> Desk:
    """Desk with settings of invoices, a shipped order and one to ship."""
    open_shop(offline, sold(1), raw_order(2, [raw_line(20, 2)], state=3))
    return offline


def planned(desk: Desk, folder: Path, *rows: str) -> tuple[str, ImportPlan]:
    file = folder / "file.csv"
    file.write_text("\n".join(rows))
    return str(file), orders_import.plan(desk, str(file), {})


def stored(desk: Desk, folder: Path, *rows: str) -> None:
    path, found = planned(desk, folder, *rows)
    assert found.errors == ()
    assert orders_import.save(desk, path, found) == 1


def refused(desk: Desk, why: str) -> None:
    """Check that the last import stands, with the reason."""
    (obstacle,) = import_undo.plan(desk).obstacles
    assert why in obstacle.why
    with pytest.raises(RuleRefused, match="Nothing was changed"):
        import_undo.undo(desk)
    assert Import.get().undone_at is None


REFUND = "Channel Order ID;Refunded Amount", "1;20,00"
SERIAL = "Channel Order ID;Serial Number", f"1;{IMEI}"
RMA = "Channel Order ID;RMA Number;RMA Status;Return Reason", "1;77;Open;Defective"


@pytest.fixture
def unregistered(offline: Desk) -> Desk:
    """Desk with a shipped order whose device Back Market does not know."""
    take_in(offline, raw_order(1, [raw_line(10, 3)]))
    return offline


def test_import_whose_refund_has_a_credit_note_cannot_be_taken_back(shop: Desk, tmp_path: Path) -> None:
    stored(shop, tmp_path, *REFUND)
    issue.make(shop, 1)
    note = issue.credit(shop, 1)
    assert note is not None
    refused(shop, f"has the credit note {note.number}")
    assert Refund.get().state == "recorded"


def test_import_whose_device_is_being_registered_cannot_be_taken_back(unregistered: Desk, tmp_path: Path) -> None:
    stored(unregistered, tmp_path, *SERIAL)
    identifiers.identify(unregistered, 1, [identifiers.given(10, IMEI)])
    refused(unregistered, f"the shipped device is {IMEI} now")
    assert Unit.get().state == "queued"


def test_import_whose_rma_was_worked_on_cannot_be_taken_back(shop: Desk, tmp_path: Path) -> None:
    stored(shop, tmp_path, *RMA)
    (row,) = returns.of_order(shop, 1)
    return_actions.add_note(shop, row.rma_id, "The parcel is on its way.")
    refused(shop, "somebody worked on RMA")


def test_import_whose_order_was_cancelled_on_the_channel_cannot_be_taken_back(shop: Desk, tmp_path: Path) -> None:
    stored(shop, tmp_path, "Channel Order ID;Order Status", "2;Void")
    take_in(shop, raw_order(2, [raw_line(20, 4)], state=9, date_modification="2026-11-20T10:00:00+00:00"))
    assert order_of(2).status == "void"
    refused(shop, "that is final there")


def test_only_an_admin_takes_an_import_back(shop: Desk, tmp_path: Path) -> None:
    stored(shop, tmp_path, *REFUND)
    permissions.set_rights(shop, str(shop.uid), role="admin")
    permissions.set_rights(shop, "60001", role="operator", may_refund=True)
    with pytest.raises(RuleRefused, match=r"Only an admin|may only look"):
        import_undo.undo(replace(shop, uid=60001))
    assert Refund.get().state == "recorded"


def test_device_of_an_import_that_was_taken_back_is_brought_in_again(unregistered: Desk, tmp_path: Path) -> None:
    stored(unregistered, tmp_path, *SERIAL)
    import_undo.undo(unregistered)
    stored(unregistered, tmp_path, *SERIAL)
    assert [(unit.imei, unit.state) for unit in Unit.select()] == [(IMEI, "kept")]


def test_refund_that_was_voided_is_brought_in_again(shop: Desk, tmp_path: Path) -> None:
    stored(shop, tmp_path, *REFUND)
    void.void(shop, 1, Refund.get().id, "Recorded by mistake.")
    stored(shop, tmp_path, *REFUND)
    assert [row.state for row in Refund.select().order_by(Refund.id)] == ["withdrawn", "recorded"]


def test_import_is_taken_back_from_the_order_of_its_own_company(shop: Desk, tmp_path: Path) -> None:
    add_company(shop, "Other")
    mine, other = shop.of_company(COMPANY), shop.of_company("Other")
    take_in(other, sold(1))
    tags.add_field(shop, "shelf")
    heading = "Channel Order ID;Refunded Amount;Tags;Assigned To;Return Reason;Shelf"
    path, _ = planned(mine, tmp_path, heading, "1;20,00;vip;me;Defective;A1")
    found = orders_import.plan(mine, path, {"field.shelf": "Shelf", "assignee": "Assigned To"})
    assert found.errors == ()
    orders_import.save(mine, path, found)
    tags.tag(other, 1, add=["vip"])
    import_undo.undo(shop)
    row = overview.show(mine, 1).row
    assert (row.tags, row.assignee, row.fields, row.refunded.minor) == ((), "", {}, 0)
    assert overview.show(other, 1).row.tags == ("vip",)
