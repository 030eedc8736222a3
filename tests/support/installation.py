"""Installation whose orders, jobs, papers and clock are always the same, with something on every screen."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from helpers import add_company, order_of, raw_folder, raw_line, raw_order, take_in
from invoice_shop import ADDRESS, SELLER
from planning import plan_accept

from bmtui import settings
from bmtui.desk.after_sales import folder_store
from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import companies
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.orders import rows as orders
from bmtui.desk.orders import saved_views
from bmtui.desk.overview import order as overview
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.returns import rma as returns
from bmtui.desk.shipping import ship as shipping
from bmtui.store.models import Company, Drift, Effect, Job, Order
from bmtui.words import EffectState

NOW = datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
WHO = "anna(1000)"
PEOPLE = (
    ("Marie", "Dupont", "FR"), ("Núria", "Güell", "ES"), ("花子", "髙橋", "JP"), ("Θεόδωρος", "Οικονόμου", "GR"),
    ("[/b]", "O'Neill", "IE"), ("Maximilian", "von und zu Hohenfels-Langenburg", "DE"),
)  # fmt: skip
FIRST = 48_000_000
FOLDER = 100_000_777


@contextlib.contextmanager
def frozen() -> Iterator[None]:
    """Stop the queue's clock at `NOW`, too."""
    with mock.patch("bmtui.queue.jobs.now_utc", return_value=NOW):
        yield


def opened(home: Path) -> Desk:
    """Return a desk on the installation, at `NOW`."""
    return replace(open_desk(settings.load(str(home), environ={})), now=lambda: NOW, actor=WHO, uid=1000)


def number(index: int) -> int:
    """Return the number of the order that came `index` steps of seven hours before `NOW`."""
    return FIRST + index * 17


def furnish(home: Path) -> None:
    """Fill the installation with 36 orders in all states, and at least one of every other thing."""
    desk = opened(home)
    with frozen():
        add_company(desk)
        take_in(desk, *(_raw(index) for index in range(36)))
        _furnish(desk)
    desk.store.close()


def _raw(index: int) -> dict[str, object]:
    first, last, country = PEOPLE[index % len(PEOPLE)]
    # To accept, to ship, shipped, waiting for payment.
    state, line = ((1, 1), (3, 2), (9, 3), (10, 8))[index % 4]
    made = NOW - timedelta(hours=7 * index)
    goods = raw_line(index + 1, line, f"{100 + index}.50", f"PHN-A{10 + index % 4}", product="Phone 128 GB")
    address = {
        "first_name": first, "last_name": last, "country": country, "street": "1 rue du Test", "postal_code": "75001",
        "city": "Paris", "email": f"b{index}@example.com", "phone": "+331234567",
    }  # fmt: skip
    gone = {"date_shipping": (made + timedelta(hours=5)).isoformat(), "tracking_number": f"XX{index}", "shipper": "UPS"}
    more = [goods | {"id": index + 101, "listing": "ACC-1", "product": "Charger 20 W"}] if index == 21 else []
    return raw_order(
        number(index),
        [*more, goods | ({"imei": f"35693803564380{index % 10}"} if line == 3 else {})],
        state=state,
        date_creation=made.isoformat(),
        date_modification=made.isoformat(),
        date_payment=None if state == 10 else made.isoformat(),
        expected_dispatch_date=(made + timedelta(days=2)).isoformat(),
        shipping_address=address,
        billing_address=ADDRESS,
        **(gone if line == 3 else {}),
    )


def _furnish(desk: Desk) -> None:
    companies.change(desk, None, {"acceptance_rule": "market:fr-fr value:<=110"})
    orders.add_note(desk, number(2), "Asked for an invoice.")
    with desk.store.transaction():
        Order.update(status="on_hold").where(Order.order_id == number(5)).execute()
    saved_views.save(desk, "France", "market:fr-fr")
    # The outbox: what waits, and what nobody knows.
    refunds.issue(desk, number(6), refunds.RefundRequest())
    plan_accept(desk, order_of(number(4)))
    last = Effect.select().order_by(Effect.id.desc()).get()
    Effect.update(state=EffectState.NEEDS_PERSON, sending_at=NOW, attempts=1, error="Nobody answered.").where(
        Effect.id == last.id
    ).execute()
    shipping.ship(desk, number(1), shipping.ShipRequest("1Z999AA10123456784", "UPS", accept_doubts=True))
    # Papers.
    invoice_settings.change(desk, None, "", SELLER)
    invoicing.make(desk, number(10))
    # What comes back, and what customers write.
    returns.create(desk, number(14), returns.ReturnRequest(reason="no_longer_needed"))
    _keep_folder(desk)
    # A second pair of eyes.
    permissions.set_rights(desk, "4242", role="operator", per_refund={"EUR": "1"})
    other = replace(desk, uid=4242, actor="ben(4242)")
    refunds.issue(other, number(18), refunds.RefundRequest(note="The display is broken."))
    job = Job.select().order_by(Job.id).get()
    for repairable in (True, False):
        Drift.create(
            job=job, company=job.company_id, order_id=number(22), what="tracking" if repairable else "refunds",
            here="XX22" if repairable else "none", there="none" if repairable else "10.00 EUR", state="open",
            advice="" if repairable else "Look in the Back Office.", repairable=repairable, found_at=NOW,
        )  # fmt: skip


def _keep_folder(desk: Desk) -> None:
    (line,) = overview.show(desk, number(14)).lines
    message = "<p>[red]Help[/red] Esc\x1b[2J me: it does not charge any more.</p>"
    raw = raw_folder(FOLDER, number(14), line.line_id, line.sku, message, date_creation="2026-11-20T10:00:00Z")
    with desk.store.transaction():
        assert folder_store.keep(desk, Company.get().id, FOLDER, raw) == ""
