"""Preview of the order under the cursor, beside a list."""

from __future__ import annotations

from helpers import add_company, order_of, raw_folder, raw_line, raw_order, take_in

from bmtui.desk.after_sales import folder_store
from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.overview import preview
from bmtui.desk.returns import rma as returns
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.identifiers import given
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.store.models import Company


def test_preview_of_an_order_names_its_rmas_refunds_and_folders(desk: Desk) -> None:
    add_company(desk)
    shipped = {"date_shipping": "2026-11-20T10:00:00Z", "tracking_number": "X1", "shipper": "UPS"}
    take_in(desk, raw_order(1000, [raw_line(1, 3, product="Phone 128 GB")], state=9, **shipped))
    raw = raw_folder(77, 1000, 1, "A", "<p>Help</p>", date_creation="2026-11-21T10:00:00Z")
    with desk.store.transaction():
        assert folder_store.keep(desk, Company.get().id, 77, raw) == ""
    made = returns.create(desk, 1000, returns.ReturnRequest(reason="no_longer_needed"))
    orders.set_paper_name(desk, 1000, "Somebody")
    view = preview.read(desk, 1000)
    assert (view.order_id, view.company) == (1000, order_of(1000).company.name)
    assert [line.product for line in view.lines] == ["Phone 128 GB"]
    assert (view.folders, view.returns, view.invoices) == ((77,), (made.row.rma_id,), ())
    # The last one first.
    assert view.events[0].action == "order.paper_name"
    assert view.packing == ""


def test_preview_shows_no_device_of_a_withdrawn_parcel(offline: Desk) -> None:
    take_in(offline, raw_order(1, [raw_line(10, 2)], state=3))
    shipping.ship(
        offline,
        1,
        ShipRequest(tracking="1Z999AA10123456784", carrier="ups", identifiers=(given(10, "356938035643809"),)),
    )
    assert [line.imei for line in preview.read(offline, 1).lines] == ["356938035643809"]
    outbox.withdraw(offline, outbox.listing(offline)[0].effect_id)
    assert [(line.imei, line.units) for line in preview.read(offline, 1).lines] == [("", ())]
