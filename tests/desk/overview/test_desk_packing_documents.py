"""Packing documents: fetched each time without the token, or made here; saved once, privately; printed by lp."""

from __future__ import annotations

import asyncio
import stat
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from helpers import of_marketplace, raw_line, raw_order, take_in
from pypdf import PdfReader

from bmtui.desk.core.context import Desk
from bmtui.desk.orders import rows as orders
from bmtui.desk.overview import order as overview
from bmtui.desk.overview import packing_documents
from bmtui.desk.shipping import ship as shipping
from bmtui.desk.shipping.ship import ShipRequest
from bmtui.errors import ConfigError, RuleRefused
from bmtui.sandbox.server import SandboxServer
from bmtui.workers.shipping import channel_documents as fetching


def text_of(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)


def orders_with(server: SandboxServer, *, backship: bool, state: int) -> dict[str, Any]:
    for order in server.marketplace.all_orders():
        if order["is_backship"] is backship and {line["state"] for line in order["orderlines"]} == {state}:
            return order
    raise AssertionError("the marketplace has no such order")


def test_the_delivery_note_is_fetched_afresh_and_without_the_token(stocked: Desk, marketplace: SandboxServer) -> None:
    order_id = of_marketplace(marketplace, 2)["order_id"]
    # The link that came with the download is dead by now.
    pdf = asyncio.run(fetching.delivery_note(stocked, order_id))
    assert pdf.startswith(b"%PDF-")
    assert marketplace.leaks.seen == []
    with pytest.raises(RuleRefused, match="has no delivery note yet"):
        asyncio.run(fetching.delivery_note(stocked, of_marketplace(marketplace, 1)["order_id"]))


def test_shipping_label_is_fetched_only_after_acceptance(stocked: Desk, marketplace: SandboxServer) -> None:
    pdf = asyncio.run(fetching.label(stocked, orders_with(marketplace, backship=True, state=2)["order_id"]))
    assert pdf.startswith(b"%PDF-")
    for order in (
        orders_with(marketplace, backship=True, state=1),
        orders_with(marketplace, backship=False, state=2),
    ):
        with pytest.raises(RuleRefused, match="has no label"):
            asyncio.run(fetching.label(stocked, order["order_id"]))


@pytest.fixture
def shelf(offline: Desk) -> Desk:
    address = {"first_name": "Βασιλική", "last_name": "Ńowak", "street": "Straße 1", "city": "Łódź", "country": "PL"}
    take_in(
        offline,
        raw_order(
            1, [raw_line(10, 2, sku="PHN", quantity=2), raw_line(11, 2, sku="CHG")], state=3, shipping_address=address
        ),
        raw_order(2, [raw_line(20, 2, sku="PHN")], state=3),
        raw_order(3, [raw_line(30, 3, sku="PHN")]),
    )
    return offline


def test_packing_slips_have_a_page_an_order_and_are_the_same_again(shelf: Desk) -> None:
    at = shelf.now()
    shelf = replace(shelf, now=lambda: at)
    made = packing_documents.packing_slips(shelf, [1, 2])
    assert made.pdf.startswith(b"%PDF-")
    assert made.pdf.count(b"/Type /Page\n") == 2
    assert packing_documents.packing_slips(shelf, [1, 2]) == made


def test_unprintable_name_costs_one_packing_slip_until_it_has_a_paper_name(shelf: Desk) -> None:
    address = {"first_name": "สมชาย", "last_name": "ใจดี", "street": "1", "city": "Y", "country": "FR"}
    take_in(shelf, raw_order(4, [raw_line(40, 2)], state=3, shipping_address=address))
    made = packing_documents.packing_slips(shelf, [1, 4, 2])
    assert made.pdf.count(b"/Type /Page\n") == 2
    ((order_id, why),) = made.refused
    assert (order_id, "No font for Thai" in why, "paper-name" in why) == (4, True, True)
    with pytest.raises(RuleRefused, match="Order 4: No font here"):
        packing_documents.packing_slips(shelf, [4])
    orders.set_paper_name(shelf, 4, " Somchai  Jaidee ")
    made = packing_documents.packing_slips(shelf, [1, 4, 2])
    assert (made.pdf.count(b"/Type /Page\n"), made.refused) == (3, ())
    assert "Somchai Jaidee" in text_of(made.pdf)
    view = overview.show(shelf, 4)
    assert view.paper_name == "Somchai Jaidee"
    assert "Somchai" not in str(view.history)
    orders.set_paper_name(shelf, 4, "")
    assert packing_documents.packing_slips(shelf, [1, 4, 2]).refused


def test_emoji_are_left_out_of_a_slip_with_a_remark(shelf: Desk) -> None:
    address = {"first_name": "Léa 🎁", "last_name": "Petit", "street": "1", "city": "Y", "country": "FR"}
    take_in(shelf, raw_order(4, [raw_line(40, 2)], state=3, shipping_address=address))
    made = packing_documents.packing_slips(shelf, [4])
    assert "Léa Petit" in text_of(made.pdf)
    assert made.sentences == ("Order 4: Emoji are left out of Léa 🎁 Petit.",)


def test_the_pick_list_counts_what_is_still_to_ship(shelf: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from bmtui.invoices import packing

    picked: list[Any] = []
    monkeypatch.setattr(packing, "pick_list", lambda picks, at: picked.extend(picks) or b"%PDF-")  # type: ignore[func-returns-value]
    packing_documents.pick_list(shelf, [1, 2, 3])
    assert [(pick.sku, pick.pieces, pick.orders) for pick in picked] == [("CHG", 1, (1,)), ("PHN", 3, (1, 2))]
    with pytest.raises(RuleRefused, match="These orders have nothing left"):
        packing_documents.pick_list(shelf, [3])
    part = ShipRequest(tracking="1Z999AA10123456784", carrier="ups", lines={10: 1}, accept_doubts=True)
    shipping.ship(shelf, 1, part)
    picked.clear()
    packing_documents.pick_list(shelf, [1])
    assert [(pick.sku, pick.pieces) for pick in picked] == [("CHG", 1), ("PHN", 1)]


def test_the_pick_list_and_the_command_sheet_are_drawn(shelf: Desk) -> None:
    assert packing_documents.pick_list(shelf, [1, 2]).startswith(b"%PDF-")
    assert packing_documents.command_sheet(shelf).startswith(b"%PDF-")


def test_a_saved_paper_is_private_and_overwrites_nothing(tmp_path: Path) -> None:
    place = packing_documents.save(b"%PDF-1", tmp_path / "slip.pdf")
    assert place.read_bytes() == b"%PDF-1"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    with pytest.raises(ConfigError, match="exists already"):
        packing_documents.save(b"%PDF-2", place)
    assert place.read_bytes() == b"%PDF-1"
    with pytest.raises(ConfigError, match="cannot be written"):
        packing_documents.save(b"%PDF-2", tmp_path / "none" / "slip.pdf")


def test_printing_goes_through_lp_and_says_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match="'lp' is not installed"):
        packing_documents.print_out(b"%PDF-", "Slip")
    program = tmp_path / "lp"
    program.write_text(f'#!/bin/sh\necho "$@" > {tmp_path}/said\n')
    program.chmod(0o755)
    packing_documents.print_out(b"%PDF-", "Slip", "desk-1")
    assert (tmp_path / "said").read_text().split() == ["-t", "Slip", "-d", "desk-1", "-"]
    program.write_text("#!/bin/sh\necho 'no such printer' >&2\nexit 1\n")
    with pytest.raises(ConfigError, match="refused: no such printer"):
        packing_documents.print_out(b"%PDF-", "Slip", "nowhere")
