"""Store that was restored: requests, numbers and invoices wait for a person, so that nothing happens twice."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import postgres_server
import pytest
from helpers import elsewhere, of_marketplace, order_of, raw_line, raw_order, take_in, work, work_through
from invoice_shop import SELLER, open_shop, sold
from planning import plan_accept

from bmtui.desk.bootstrap import open_desk
from bmtui.desk.companies import sending_pauses
from bmtui.desk.core import permissions
from bmtui.desk.core.context import Desk
from bmtui.desk.invoicing import issue as invoicing
from bmtui.desk.invoicing import jobs as invoice_jobs
from bmtui.desk.invoicing import settings as invoice_settings
from bmtui.desk.jobs import jobs
from bmtui.desk.operations import backups, distrust, numbers, store_checks
from bmtui.desk.operations.backups import Restored
from bmtui.desk.refunds import approvals
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.returns import rma
from bmtui.desk.returns.rma import ReturnRequest
from bmtui.errors import NotFound, NumberUncertain, RuleRefused
from bmtui.sandbox.server import SandboxServer
from bmtui.store import send_counter
from bmtui.store.models import Audit, Company, Effect, Job, Order, Refund, StoreMark
from bmtui.words import EffectState, JobStatus, RefundState

ANN, BEN = 60001, 60002


@contextmanager
def restored(desk: Desk, file: Path, url: str) -> Iterator[tuple[Restored, Desk]]:
    """Restore the backup into a new store; yield the result and the desk on that store."""
    desk.store.close()
    found = elsewhere(desk.settings, url)
    done = backups.restore(found, file)
    again = open_desk(found)
    try:
        yield done, replace(again, now=desk.now)
    finally:
        again.store.close()


def people(desk: Desk) -> tuple[Desk, Desk]:
    permissions.set_rights(desk, str(ANN), role="operator", per_refund={"EUR": "10"})
    permissions.set_rights(desk, str(BEN), role="operator")
    return replace(desk, uid=ANN, actor=f"ann({ANN})"), replace(desk, uid=BEN, actor=f"ben({BEN})")


def test_request_approved_after_the_backup_is_not_sent_twice(
    shop: Desk, marketplace: SandboxServer, tmp_path: Path, new_store: str
) -> None:
    raw = of_marketplace(marketplace, 3)
    take_in(shop, raw)
    Order.update(currency="EUR").execute()
    ann, ben = people(shop)
    line_id = raw["orderlines"][0]["id"]
    issued = refunds.issue(ann, raw["order_id"], RefundRequest(lines={line_id: None}))
    assert issued.approval_id is not None
    backups.write(shop, tmp_path / "backup")
    approvals.approve(ben, issued.approval_id)
    work_through(shop)
    sent = len(marketplace.marketplace.effects)
    assert sent == 1
    with restored(shop, tmp_path / "backup", new_store) as (done, again):
        assert done.doubts.approvals == 1
        ben = replace(again, uid=BEN, actor=f"ben({BEN})")
        with pytest.raises(RuleRefused, match="may have been approved and sent"):
            approvals.approve(ben, issued.approval_id)
        with pytest.raises(RuleRefused, match=r"asked for it yourself|above the limit"):
            approvals.settle(replace(again, uid=ANN), issued.approval_id, happened=True)
        assert approvals.settle(ben, issued.approval_id, happened=True).state == "approved"
        sending_pauses.resume(again)
        work_through(again)
        (refund,) = Refund.select().where(Refund.order == order_of(raw["order_id"]))
        assert refund.state == RefundState.CONFIRMED
    assert len(marketplace.marketplace.effects) == sent


def test_request_that_was_not_carried_out_waits_for_the_second_person_again(
    offline: Desk, tmp_path: Path, new_store: str
) -> None:
    take_in(offline, sold(1))
    ann, _ = people(offline)
    issued = refunds.issue(ann, 1, RefundRequest())
    assert issued.approval_id is not None
    with pytest.raises(RuleRefused, match="is not in doubt"):
        approvals.settle(ann, issued.approval_id, happened=False)
    backups.write(offline, tmp_path / "backup")
    with restored(offline, tmp_path / "backup", new_store) as (_, again):
        assert approvals.show(again, issued.approval_id).doubt
        approvals.settle(replace(again, uid=ANN), issued.approval_id, happened=False)
        assert approvals.show(again, issued.approval_id).doubt == ""
        assert approvals.approve(replace(again, uid=BEN), issued.approval_id).state == "approved"


def test_no_number_is_given_twice_after_a_restore(offline: Desk, tmp_path: Path, new_store: str) -> None:
    desk = open_shop(offline, sold(1), sold(2), series_invoice="{country}-{year}-{number:05}")
    backups.write(desk, tmp_path / "backup")
    lost = invoicing.make(desk, 1).number
    with restored(desk, tmp_path / "backup", new_store) as (done, again):
        assert done.doubts.series == 3
        with pytest.raises(NumberUncertain, match="waits: the store was restored") as caught:
            invoicing.make(again, 2)
        name = next(view.name for view in numbers.waiting(again) if view.kind == "invoice")
        assert f"'bmtui numbers confirm {name} LAST'" in caught.value.advice
        assert numbers.confirm(again, name, 1).waits is False
        second = invoicing.make(again, 2).number
        assert (lost[-5:], second[-5:]) == ("00001", "00002")
        with pytest.raises(RuleRefused, match="does not wait"):
            numbers.confirm(again, name, 9)
        with pytest.raises(NotFound):
            numbers.confirm(again, "Shop/XX/invoice/2026", 9)


@pytest.mark.every_case
@pytest.mark.parametrize("days", [-3, 3])
def test_doubts_begin_at_the_last_change_in_the_backup_or_earlier_whenever_its_file_was_copied(
    offline: Desk, tmp_path: Path, new_store: str, days: int
) -> None:
    last = Audit.select().order_by(Audit.id.desc()).get().at
    backups.write(offline, file := tmp_path / "backup")
    copied = (last + timedelta(days=days)).replace(microsecond=0)
    os.utime(file, (copied.timestamp(), copied.timestamp()))
    with restored(offline, file, new_store) as (done, again):
        assert done.doubts.since == StoreMark.get().since == min(last, copied)
        (reading,) = done.doubts.reading
        read_from = datetime.fromisoformat(jobs.show(again, reading).parameters["since"])
        assert read_from == min(last, copied) - timedelta(days=Company.get().look_back_days)


def test_after_a_failover_only_what_may_have_left_is_doubted_and_sending_goes_on(offline: Desk) -> None:
    raws = [raw_order(number, [raw_line(number, 1)], state=1) for number in (1, 2, 3)]
    take_in(offline, *raws)
    in_the_air, due, later = (plan_accept(offline, order_of(number)) for number in (1, 2, 3))
    ahead = offline.now() + timedelta(hours=1)
    Effect.update(not_before=ahead).where(Effect.job.in_([in_the_air, later])).execute()
    Effect.update(state=EffectState.SENDING).where(Effect.job == in_the_air).execute()
    done = distrust.doubt(offline, offline.now(), lost_moments=True)
    assert done.effects == 2
    states = {effect.job_id: effect.state for effect in Effect.select()}
    assert states == {in_the_air: "unknown", due: "unknown", later: "planned"}
    assert sending_pauses.standing(offline) == ()


def test_confirmed_last_number_below_a_stored_one_is_refused(offline: Desk, tmp_path: Path, new_store: str) -> None:
    desk = open_shop(offline, sold(1), sold(2))
    invoicing.make(desk, 1)
    backups.write(desk, tmp_path / "backup")
    with restored(desk, tmp_path / "backup", new_store) as (_, again):
        name = next(view.name for view in numbers.waiting(again) if view.kind == "invoice")
        with pytest.raises(RuleRefused, match="used 1 already"):
            numbers.confirm(again, name, 0)
        permissions.set_rights(again, str(ANN), role="operator")
        with pytest.raises(RuleRefused, match="Only an admin"):
            numbers.confirm(replace(again, uid=ANN), name, 1)


def test_series_begun_after_the_restore_needs_no_confirmation(offline: Desk, tmp_path: Path, new_store: str) -> None:
    desk = open_shop(offline, sold(1), series_invoice="{country}-{year}-{number:05}")
    backups.write(desk, tmp_path / "backup")
    with restored(desk, tmp_path / "backup", new_store) as (_, again):
        later = again.now() + timedelta(days=366)
        assert invoicing.make(replace(again, now=lambda: later), 1).number.endswith("-00001")


def test_rma_gets_no_number_that_was_given_after_the_backup(offline: Desk, tmp_path: Path, new_store: str) -> None:
    take_in(offline, sold(1), sold(2), sold(3))
    request = ReturnRequest(reason="Defective")
    first = rma.create(offline, 1, request).row.rma_id
    backups.write(offline, tmp_path / "backup")
    lost = rma.create(offline, 2, request).row.rma_id
    with restored(offline, tmp_path / "backup", new_store) as (_, again):
        with pytest.raises(NumberUncertain):
            rma.create(again, 3, request)
        with pytest.raises(RuleRefused, match=f"used {first} already"):
            numbers.confirm(again, "rma", first - 1)
        assert numbers.confirm(again, "rma", lost).waits is False
        assert [rma.create(again, order, request).row.rma_id for order in (2, 3)] == [lost + 1, lost + 2]


def test_invoices_uploaded_since_the_backup_are_found_by_reading(
    shop: Desk, marketplace: SandboxServer, tmp_path: Path, new_store: str
) -> None:
    raw = of_marketplace(marketplace, 3)
    take_in(shop, raw)
    invoice_settings.change(shop, None, "", SELLER)
    backups.write(shop, tmp_path / "backup")
    number = invoicing.make(shop, raw["order_id"]).number
    invoice_jobs.send(shop, number)
    work_through(shop)
    with restored(shop, tmp_path / "backup", new_store) as (done, again):
        assert len(done.doubts.reading) == 1
        assert not any(view.not_here for view in numbers.listing(again))
        work(again)
        (found,) = (view for view in numbers.listing(again) if view.not_here)
        assert (found.kind, found.waits, found.not_here) == ("invoice", True, (raw["order_id"],))


def test_job_that_makes_invoices_waits_for_a_person_and_then_for_the_number(
    offline: Desk, tmp_path: Path, new_store: str
) -> None:
    desk = open_shop(offline, sold(1))
    (job_id,) = invoice_jobs.make(desk, [1])
    backups.write(desk, tmp_path / "backup")
    with restored(desk, tmp_path / "backup", new_store) as (done, again):
        assert done.doubts.held_jobs == 1
        assert Job.get_by_id(job_id).status == JobStatus.ON_HOLD
        (other,) = invoice_jobs.make(again, [1])
        work(again)
        waits = Job.get_by_id(other)
        assert waits.status == JobStatus.SUBMITTED
        assert "numbers confirm" in waits.error
        name = next(view.name for view in numbers.waiting(again) if view.kind == "invoice")
        numbers.confirm(again, name, 7)
        work(again)
        assert Job.get_by_id(other).output["made"] == 1


def test_doctor_lists_numbers_and_requests_that_wait_after_a_restore(
    offline: Desk, tmp_path: Path, new_store: str
) -> None:
    desk = open_shop(offline, sold(1))
    backups.write(desk, tmp_path / "backup")
    with restored(desk, tmp_path / "backup", new_store) as (_, again):
        finding = store_checks.examine(again)[0]
        assert not finding.ok
        assert "3 series of numbers wait" in finding.message
        for view in numbers.waiting(again):
            numbers.confirm(again, view.name, 0)
        assert store_checks.examine(again)[0].ok


@contextmanager
def moved(desk: Desk, url: str) -> Iterator[Desk]:
    """Yield the desk on a store that was put back without `bmtui restore`, after a worker has run."""
    desk.store.close()
    again = open_desk(elsewhere(desk.settings, url))
    try:
        work(again)
        yield again
    finally:
        again.store.close()


def refund_of_a_shipped_order(desk: Desk) -> None:
    order = next(iter(Order.select().where(Order.channel_status == "shipped")))
    refunds.issue(desk, order.order_id, RefundRequest())


def is_distrusted(desk: Desk, states: tuple[EffectState, ...]) -> None:
    """Check that requests and numbers wait for a person, as after `bmtui restore`."""
    assert next(pause.reason for pause in sending_pauses.standing(desk)).startswith("The ")
    assert "without 'bmtui restore'" in sending_pauses.standing(desk)[0].reason
    assert Effect.get().state in states
    assert "rma" in {view.name for view in numbers.waiting(desk)}
    assert not desk.store.database.server_changed()


@pytest.mark.sqlite_only
def test_backup_that_is_copied_to_another_file_is_distrusted(stocked: Desk, tmp_path: Path) -> None:
    work(stocked)
    refund_of_a_shipped_order(stocked)
    copy = tmp_path / "copy.sqlite"
    stocked.store.database.execute_sql("VACUUM INTO ?", (str(copy),))
    with moved(stocked, f"sqlite:///{copy}") as again:
        is_distrusted(again, (EffectState.UNKNOWN, EffectState.PLANNED))


@pytest.mark.sqlite_only
def test_backup_that_is_copied_over_the_file_in_place_is_distrusted(
    shop: Desk, marketplace: SandboxServer, tmp_path: Path, no_rest: None
) -> None:
    take_in(shop, of_marketplace(marketplace, 3))
    work(shop)
    refund_of_a_shipped_order(shop)
    copy, file = tmp_path / "copy.sqlite", Path(shop.store.database.where)
    shop.store.database.execute_sql("VACUUM INTO ?", (str(copy),))
    work_through(shop)
    sent = len(marketplace.marketplace.effects)
    assert sent == 1
    shop.store.close()
    assert not Path(f"{file}-wal").exists()
    with file.open("r+b") as place:
        # As cp does: the file stays the same one.
        place.truncate()
        place.write(copy.read_bytes())
    with moved(shop, shop.settings.store_url) as again:
        is_distrusted(again, (EffectState.UNKNOWN, EffectState.CONFIRMED))
        sending_pauses.resume(again)
        work_through(again)
        assert Effect.get().state == EffectState.CONFIRMED
    assert len(marketplace.marketplace.effects) == sent


@pytest.mark.postgres_only
def test_database_that_is_copied_by_the_server_is_distrusted(stocked: Desk) -> None:
    work(stocked)
    refund_of_a_shipped_order(stocked)
    stocked.store.close()
    url = stocked.settings.store_url
    with postgres_server.copied_database(url) as copy, moved(stocked, copy) as again:
        is_distrusted(again, (EffectState.UNKNOWN, EffectState.PLANNED))


@pytest.mark.sqlite_only
def test_restore_into_the_same_place_is_distrusted_once(
    shop: Desk, marketplace: SandboxServer, tmp_path: Path, no_rest: None
) -> None:
    take_in(shop, of_marketplace(marketplace, 3))
    work(shop)
    backups.write(shop, tmp_path / "backup")
    refund_of_a_shipped_order(shop)
    work_through(shop)
    with restored(shop, tmp_path / "backup", shop.settings.store_url) as (_, again):
        numbers.confirm(again, "rma", 7)
        sending_pauses.resume(again)
        work(again)
        assert not sending_pauses.standing(again)
        assert "rma" not in {view.name for view in numbers.waiting(again)}
        assert StoreMark.select().count() == 1


def test_invoice_in_a_store_that_was_put_back_gets_no_number_before_a_worker_ran(
    offline: Desk, tmp_path: Path, kind_of_store: str
) -> None:
    desk = open_shop(offline, sold(1))
    work(desk)
    url = desk.settings.store_url
    with contextlib.ExitStack() as stack:
        if kind_of_store == "sqlite":
            copy = f"sqlite:///{tmp_path}/copy.sqlite"
            desk.store.database.execute_sql("VACUUM INTO ?", (copy.removeprefix("sqlite:///"),))
            desk.store.close()
        else:
            desk.store.close()
            copy = stack.enter_context(postgres_server.copied_database(url))
        again = open_desk(elsewhere(desk.settings, copy))
        stack.callback(again.store.close)
        for numbered in (
            lambda: invoicing.make(again, 1),
            lambda: rma.create(again, 1, ReturnRequest(reason="Defective")),
        ):
            with pytest.raises(NumberUncertain, match="waits: the store is another") as caught:
                numbered()
            assert "bmtui worker --once" in caught.value.advice
        work(again)
        with pytest.raises(NumberUncertain, match="without 'bmtui restore'"):
            invoicing.make(again, 1)


@pytest.mark.sqlite_only
def test_older_store_file_gives_no_number_again_even_if_nothing_was_sent(offline: Desk, tmp_path: Path) -> None:
    desk = open_shop(offline, sold(1), sold(2))
    work(desk)
    copy, file = tmp_path / "copy.sqlite", Path(desk.store.database.where)
    desk.store.database.execute_sql("VACUUM INTO ?", (str(copy),))
    invoicing.make(desk, 1)
    work(desk)
    desk.store.close()
    with file.open("r+b") as place:
        place.truncate()
        place.write(copy.read_bytes())
    with moved(desk, desk.settings.store_url) as again:
        with pytest.raises(NumberUncertain):
            invoicing.make(again, 2)
        work(again)
        assert StoreMark.select().count() == 1


def test_new_store_in_the_place_of_another_one_is_not_distrusted(offline: Desk) -> None:
    work(offline)
    (seen,) = (offline.settings.state / "seen").iterdir()
    send_counter.raise_to(seen, 1_000_000)
    offline.store.database.execute_sql("DELETE FROM server_marks")
    for _ in range(2):
        work(offline)
    assert not StoreMark.select().exists()
    assert not sending_pauses.standing(offline)
