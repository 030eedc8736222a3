"""After-sales folders over HTTP: downloaded whole, answered once, whatever happens on the way (API §9)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from helpers import kill_worker, let_time_pass, work, work_through

from bmtui.desk import care, care_store, care_writes, companies, jobs, outbox, personal, return_acts, returns
from bmtui.desk.care_writes import CareSent
from bmtui.desk.context import Desk
from bmtui.desk.returns import ReturnRequest
from bmtui.errors import NotFound, RuleRefused
from bmtui.queue import limits
from bmtui.sandbox import SandboxOptions
from bmtui.sandbox.faults import Rule
from bmtui.sandbox.server import SandboxServer
from bmtui.store.models import Audit, CareFolder, CareMark, DailyBudget, Effect, Job, JobLog
from bmtui.workers import access, return_label

SAV = "/ws/sav"


@pytest.fixture(autouse=True)
def _at_once(no_rest: None) -> None:
    """What is retried is due at once."""


@pytest.fixture(scope="module")
def bazaar() -> Iterator[SandboxServer]:
    """One marketplace for all of these; each test writes to a folder of its own."""
    # Every test is an installation of its own, which knows nothing of what the others have called.
    wide = {f"care-{what}-per-{span}": 100_000 for what in ("list", "detail", "message") for span in ("minute", "day")}
    with SandboxServer(SandboxOptions(orders=400, rate_limit=100_000, limits=wide)) as server:
        yield server


@pytest.fixture
def marketplace(bazaar: SandboxServer) -> Iterator[SandboxServer]:
    yield bazaar
    bazaar.faults.rules = []


@pytest.fixture
def inbox(shop: Desk) -> Desk:
    """A desk that has downloaded every folder."""
    download(shop)
    return shop


def download(desk: Desk) -> Any:
    job_id = care_store.start(desk, None, max_failures=3)
    work_through(desk)
    return jobs.show(desk, job_id)


def there(server: SandboxServer) -> dict[int, dict[str, Any]]:
    return {folder["id"]: folder for folder in server.marketplace.care.all_folders()}


class Case:
    """A folder that a customer opened a moment ago, on both sides; an old one is of the marketplace's history."""

    def __init__(self, desk: Desk, server: SandboxServer, *, old: bool = False) -> None:
        self.desk, self.server = desk, server
        market = server.marketplace.care
        with market._books.lock:
            if old:
                folders = market.all_folders()
                self.folder_id = next(one["id"] for one in folders if one["id"] < 100_000_000 and one["state"] == 0)
            else:
                self.folder_id = market.open_one(*market.lines_without()[0])
        with desk.store.transaction():
            raw = there(server)[self.folder_id]
            assert care_store.keep(desk, desk.company_row().id, self.folder_id, raw) == ""

    def answer(self, text: str = "We look into it.", files: tuple[str, ...] = ()) -> CareSent:
        return care_writes.send(self.desk, care_writes.answer(self.folder_id, text, files))

    @property
    def applied(self) -> list[dict[str, Any]]:
        effects = self.server.marketplace.effects
        return [effect["body"] for effect in effects if effect["body"].get("folder_id") == self.folder_id]

    @property
    def view(self) -> care.FolderView:
        return care.show(self.desk, self.folder_id)


@pytest.fixture
def case(shop: Desk, marketplace: SandboxServer) -> Case:
    return Case(shop, marketplace)


def fault(name: str, path: str = "/msg", **more: Any) -> Rule:
    return Rule(name, f"{SAV}/*{path}" if path else SAV, "POST" if path else "GET", **{"count": 1, **more})


# Downloading


def test_every_folder_comes_whole_and_a_second_time_nothing_is_read(shop: Desk, marketplace: SandboxServer) -> None:
    # The first download looks back 60 days, and lists all that is open.
    companies.change(shop, None, {"look_back_days": "3650"})
    first = download(shop)
    folders = there(marketplace)
    assert (first.status, first.output["listed"], first.output["read"]) == ("completed", len(folders), len(folders))
    for row in CareFolder.select():
        theirs = folders[row.folder_id]
        assert row.payload["messages"] == theirs["messages"]
        assert (row.order_id, row.line_id) == (theirs["orderline"]["order"]["order_id"], theirs["orderline"]["id"])
        assert row.error == ""
    second = download(shop)
    assert second.output["read"] == 0
    assert second.output["listed"] < first.output["listed"]


def test_what_changed_is_read_again_and_only_that(inbox: Desk, marketplace: SandboxServer) -> None:
    case = Case(inbox, marketplace)
    with marketplace.marketplace.care._books.lock:
        marketplace.marketplace.care.customer_writes(case.folder_id)
    before = len(case.view.messages)
    assert download(inbox).output["read"] == 1
    assert len(case.view.messages) == before + 1


def test_the_watermark_is_the_channels_time_and_looks_back_a_day(inbox: Desk) -> None:
    company = CareMark.get().company
    newest = max(row.modified_at for row in CareFolder.select())
    assert care_store.modified_since(inbox, company) == newest - timedelta(days=1)
    care_store.move(inbox, company.id, newest - timedelta(days=9), False)
    assert care_store.modified_since(inbox, company) == newest - timedelta(days=1)
    care_store.move(inbox, company.id, inbox.now() + timedelta(days=900), False)
    assert care_store.modified_since(inbox, company) <= inbox.now()


def test_a_download_that_fails_on_the_way_goes_on(shop: Desk, marketplace: SandboxServer) -> None:
    marketplace.faults.rules = [
        Rule("error-500", SAV, "GET", count=1),
        Rule("truncated", f"{SAV}/*", "GET", count=1),
        Rule("throttle", SAV, "GET", count=1),
    ]
    job_id = care_store.start(shop, None)
    work_through(shop)
    assert jobs.show(shop, job_id).status == "completed"
    open_ones = {number for number, folder in there(marketplace).items() if folder["state"] == 0}
    assert open_ones <= {row.folder_id for row in CareFolder.select()}


@pytest.mark.sqlite_only
def test_a_killed_download_goes_on_and_stores_nothing_twice(shop: Desk, marketplace: SandboxServer) -> None:
    job_id = care_store.start(shop, None)
    kill_worker(
        shop,
        """
from bmtui.desk import care_store
keep, kept = care_store.keep, []
def keep_and_stand(*args):
    kept.append(1)
    if len(kept) == 3:
        here()
    return keep(*args)
care_store.keep = keep_and_stand
""",
    )
    assert CareFolder.select().count() == 2
    work(shop)
    assert jobs.show(shop, job_id).status == "completed"
    ids = [row.folder_id for row in CareFolder.select()]
    assert len(ids) == len(set(ids)) > 2


def test_a_folder_that_cannot_be_read_is_kept_and_said(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    company = companies.show(shop)
    with shop.store.transaction():
        row = shop.company_row(company.name)
        raw = {"id": 7, "state": "open?", "messages": "\x1b[2J"}
        assert "state" in care_store.keep(shop, row.id, 7, raw, "digest")
        assert care_store.changed(row.id, {7: raw}) == [7]
    (found,) = care.listing(shop, "state:all")
    assert (found.state, found.folder_id) == ("unreadable", 7)
    assert care.show(shop, 7).messages == ()
    assert care_store.keep(shop, row.id, 7, {"id": 7, "state": 0}) == ""
    assert care.show(shop, 7).row.state == "open"


def test_due_downloads_are_queued_once(shop: Desk) -> None:
    companies.change(shop, None, {"care_interval_min": "5"})
    care_store.submit_due(shop)
    assert not Job.select().where(Job.type == "after_sales_download").exists()
    CareMark.delete().execute()
    download(shop)
    CareMark.update(begun_at=shop.now() - timedelta(minutes=6)).execute()
    care_store.submit_due(shop)
    care_store.submit_due(shop)
    live = Job.select().where((Job.type == "after_sales_download") & (Job.status == "submitted"))
    assert live.count() == 1
    companies.change(shop, None, {"care_interval_min": "0"})
    CareMark.update(begun_at=shop.now() - timedelta(days=6)).execute()
    work_through(shop)
    care_store.submit_due(shop)
    assert live.count() == 0


@pytest.mark.sqlite_only
def test_the_limits_of_care_are_kept(shop: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    clock_us, made = 0, []
    with monkeypatch.context() as patch:
        patch.setattr(limits, "_now_us", lambda: clock_us)
        while len(made) < 1200:
            wait_s = limits.pace(shop.store, "after-sales lists here", 520, 3.0)
            clock_us += int(abs(wait_s) * 1e6)
            made += [clock_us] if wait_s >= 0 else []
    assert min(later - first for first, later in zip(made, made[520:], strict=False)) >= 60_000_000
    assert made[-1] < 150_000_000
    monkeypatch.setattr(access, "CARE_LIST", access.Pace("after-sales lists", 520, 2))
    monkeypatch.setattr("bmtui.workers.download_care.CARE_LIST", access.Pace("after-sales lists", 520, 2))
    job_id = care_store.start(shop, None)
    work(shop)
    view = jobs.show(shop, job_id)
    assert view.status == "submitted"
    assert "2 after-sales lists that Back Market takes in a day" in view.error
    assert DailyBudget.get(DailyBudget.name.startswith("after-sales lists")).spent == 2


# Answering


def test_an_answer_arrives_with_its_files_and_the_folder_waits_no_more(case: Case, tmp_path: Path) -> None:
    picture = tmp_path / "box.pdf"
    picture.write_bytes(b"%PDF-1.4 box")
    text = "Bonjour <Marie> & merci,\n\nvoilà l'étiquette."
    sent = case.answer(text, (str(picture),))
    assert case.applied == []
    assert [view.effect_id for view in case.view.effects] == [sent.effect_id]
    work(case.desk)
    (body,) = case.applied
    assert (body["message"], len(body["attachments"])) == (text, 1)
    assert jobs.show(case.desk, sent.job_id).status == "completed"
    view = case.view
    assert (view.row.waiting_since, view.effects) == (None, ())
    assert view.messages[-1].text == text
    assert view.messages[-1].initiator == "Merchant"
    assert outbox.show(case.desk, sent.effect_id).state == "confirmed"


def test_one_write_at_a_time_goes_to_a_folder(case: Case) -> None:
    sent = case.answer()
    with pytest.raises(RuleRefused, match="on its way"):
        case.answer("again")
    outbox.withdraw(case.desk, sent.effect_id)
    work(case.desk)
    assert case.applied == []
    case.answer("again")
    work(case.desk)
    assert [body["message"] for body in case.applied] == ["again"]


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["drop-after", "error-500-after", "truncated"])
def test_an_answer_whose_reply_got_lost_is_seen_and_not_doubled(case: Case, name: str) -> None:
    case.server.faults.rules = [fault(name)]
    sent = case.answer()
    work_through(case.desk)
    assert len(case.applied) == 1
    effect = outbox.show(case.desk, sent.effect_id)
    assert (effect.state, effect.attempts) == ("confirmed", 1)


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["drop", "error-500", "html-502", "html-200"])
def test_an_answer_that_nobody_can_see_goes_to_a_person_and_is_not_sent_again(case: Case, name: str) -> None:
    case.server.faults.rules = [fault(name)]
    sent = case.answer()
    work_through(case.desk)
    effect = outbox.show(case.desk, sent.effect_id)
    assert (effect.state, effect.attempts, case.applied) == ("needs_person", 1, [])
    assert "nobody can prove" in effect.error
    assert jobs.show(case.desk, sent.job_id).error_kind == "OutcomeUnknown"
    assert case.view.row.answering == "needs_person"
    with pytest.raises(RuleRefused, match="nobody knows"):
        case.answer("once more")
    outbox.settle_by_person(case.desk, sent.effect_id, happened=False)
    case.answer("once more")
    work(case.desk)
    assert [body["message"] for body in case.applied] == ["once more"]


def test_a_late_answer_goes_to_a_person_and_settles_itself_when_it_shows(case: Case) -> None:
    case.server.faults.rules = [fault("late", seconds=60)]
    sent = case.answer()
    work_through(case.desk)
    assert (outbox.show(case.desk, sent.effect_id).state, case.applied) == ("needs_person", [])
    case.server.marketplace.clock.advance(timedelta(seconds=61))
    download(case.desk)
    assert len(case.applied) == 1
    effect = outbox.show(case.desk, sent.effect_id)
    assert (effect.state, effect.answer) == ("confirmed", "Seen in the folder later.")


@pytest.mark.sqlite_only
@pytest.mark.parametrize("name", ["throttle", "waf", "throttle-retry-after"])
def test_what_provably_did_not_arrive_is_sent_again(case: Case, name: str) -> None:
    case.server.faults.rules = [fault(name)]
    case.answer()
    work_through(case.desk)
    assert len(case.applied) == 1


def test_a_worker_killed_with_the_answer_in_flight_doubles_nothing(case: Case) -> None:
    sent = case.answer()
    kill_worker(
        case.desk,
        """
from bmtui.channel.client import BackMarket
send = BackMarket.send
async def send_and_stand(self, request, **more):
    await send(self, request, **more)
    here()
BackMarket.send = send_and_stand
""",
    )
    work_through(case.desk)
    assert len(case.applied) == 1
    assert outbox.show(case.desk, sent.effect_id).state == "confirmed"


def test_the_same_words_of_before_are_not_taken_for_the_answer(case: Case) -> None:
    case.answer("Hello.")
    work(case.desk)
    case.server.faults.rules = [fault("drop")]
    sent = case.answer("Hello.")
    work_through(case.desk)
    assert outbox.show(case.desk, sent.effect_id).state == "needs_person"
    assert len(case.applied) == 1
    outbox.settle_by_person(case.desk, sent.effect_id, happened=False)


def test_a_file_that_is_gone_when_it_is_to_leave_stops_the_answer(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "box.pdf"
    file.write_bytes(b"%PDF-1.4 box")
    sent = case.answer(files=(str(file),))
    file.unlink()
    work(case.desk)
    assert outbox.show(case.desk, sent.effect_id).state == "rejected"
    assert case.applied == []


def test_a_message_that_is_refused_is_told_in_the_channels_words(case: Case, marketplace: SandboxServer) -> None:
    sent = care_writes.send(case.desk, care_writes.problem(case.folder_id, "OTHER"))
    work(case.desk)
    assert [body["problem_type"] for body in case.applied] == ["OTHER"]
    assert outbox.show(case.desk, sent.effect_id).state == "confirmed"


def test_problems_and_transfers_follow_the_rules_of_the_channel(shop: Desk, marketplace: SandboxServer) -> None:
    old, new = Case(shop, marketplace, old=True), Case(shop, marketplace)
    for attempt, says in (
        (lambda: care_writes.problem(old.folder_id, "WRONG_ITEM"), "only OTHER"),
        (lambda: care_writes.problem(old.folder_id, "OTHER", "words"), "neither message nor files"),
        (lambda: care_writes.problem(new.folder_id, "DAMAGED_PACKAGE", "wet"), "needs a picture"),
        (lambda: care_writes.problem(new.folder_id, "LOST"), "not a problem type"),
        (lambda: care_writes.transfer(new.folder_id, carrier="DHL", tracking="1", action="REPAIR"), "no item transfer"),
        (
            lambda: care_writes.transfer(old.folder_id, carrier="DHL", tracking="", action="REPAIR"),
            "carrier and",
        ),
        (lambda: care_writes.transfer(old.folder_id, carrier="DHL", tracking="1", action="SELL"), "not an action"),
        (lambda: care_writes.answer(new.folder_id, "  "), "no message"),
        (lambda: care_writes.answer(new.folder_id, "x" * 5001), "5,001 characters"),
        (lambda: care_writes.answer(new.folder_id, "x", ["/nowhere.pdf"]), "nowhere.pdf cannot be read"),
    ):
        with pytest.raises(RuleRefused, match=says):
            attempt()
    assert (old.view.problems, old.view.transfer_why_not) == (("OTHER",), "")
    assert "WRONG_ITEM" in new.view.problems
    assert not Effect.select().exists()
    before = len(old.applied)
    tracking = f"{shop.store.database.kind}1234"
    care_writes.send(shop, care_writes.problem(new.folder_id, "wrong_item", "A red one came."))
    moved = care_writes.transfer(
        old.folder_id, carrier="DHL", tracking=f" {tracking[:5]} {tracking[5:]} ", action="repair"
    )
    sent = care_writes.send(shop, moved)
    work(shop)
    assert [body["problem_type"] for body in new.applied] == ["WRONG_ITEM"]
    assert [(body["trackingNumber"], body["action"]) for body in old.applied[before:]] == [(tracking, "REPAIR")]
    # The channel shows no transfer: whether it arrived nobody can prove.
    marketplace.faults.rules = [fault("drop-after", "/item-transfer")]
    sent = care_writes.send(
        shop, care_writes.transfer(old.folder_id, carrier="DHL", tracking=f"{tracking}5678", action="NOTHING")
    )
    work_through(shop)
    assert outbox.show(shop, sent.effect_id).state == "needs_person"
    assert len(old.applied) == before + 2


def test_an_unknown_folder_takes_nothing(shop: Desk) -> None:
    with pytest.raises(NotFound):
        care_writes.send(shop, care_writes.answer(12, "Hello."))
    assert not Effect.select().exists()


def test_what_was_written_goes_with_the_folder_and_stands_nowhere_else(case: Case) -> None:
    sent = case.answer("Dear Zephyrine.")
    work(case.desk)
    kept = [str(row.__data__) for model in (Audit, JobLog, Job) for row in model.select()]
    assert not [text for text in kept if "Zephyrine" in text]
    with case.desk.store.transaction():
        assert personal.forget_folders(CareFolder.folder_id == case.folder_id) == 1
    effect = Effect.get_by_id(sent.effect_id)
    assert (effect.body, effect.expected["text"], effect.state) == ({}, "", "confirmed")
    assert case.view.messages == ()
    assert "POST" in outbox.show(case.desk, sent.effect_id).request


# RMA


def test_an_rma_from_a_folder_gets_its_line_its_words_and_its_label(stocked: Desk, marketplace: SandboxServer) -> None:
    download(stocked)
    labelled = [
        folder
        for folder in there(marketplace).values()
        if folder["lines"][0]["return_labels"] and folder["state"] == 0 and folder["orderline"]["state"] in (3, 6)
    ]
    backship = {order["order_id"] for order in marketplace.marketplace.all_orders() if order["is_backship"]}
    for wanted in (True, False):
        raw = next(one for one in labelled if (one["orderline"]["order"]["order_id"] in backship) is wanted)
        folder_id, order_id = raw["id"], raw["orderline"]["order"]["order_id"]
        assert returns.order_of_folder(stocked, folder_id) == order_id
        view = returns.create(stocked, order_id, ReturnRequest(folder_id=folder_id))
        (item,) = view.items
        assert (item.line_id, view.row.folder_id) == (raw["orderline"]["id"], folder_id)
        assert view.description
        assert care.show(stocked, folder_id).row.rma_ids == (view.row.rma_id,)
        with pytest.raises(RuleRefused, match="has RMA"):
            returns.create(stocked, order_id, ReturnRequest(folder_id=folder_id))
        labelled_view = run(return_label.fetch(stocked, view.row.rma_id))
        (document,) = labelled_view.documents
        name, content = return_acts.read_document(stocked, view.row.rma_id, document.document_id)
        assert content.startswith(b"%PDF-")
        assert name == f"return-label-{view.row.rma_id}.pdf"
        assert bool(labelled_view.tracking_number) is wanted
        let_time_pass(stocked)


def test_an_rma_without_a_label_says_so(stocked: Desk, marketplace: SandboxServer) -> None:
    raw = next(
        order
        for order in marketplace.marketplace.all_orders()
        if not order["is_backship"] and [line["state"] for line in order["orderlines"]] == [3]
    )
    rma = returns.create(stocked, raw["order_id"], ReturnRequest(reason="Other")).row.rma_id
    with pytest.raises(NotFound, match="no return label"):
        run(return_label.fetch(stocked, rma))


def run(work_to_do: Any) -> Any:
    import asyncio

    return asyncio.run(work_to_do)
