"""Steps of the RMA actions: dialogs that gather, and the desk functions that act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bmtui.desk.cancellation import internal as internal_cancel
from bmtui.desk.core.context import Desk
from bmtui.desk.core.parameter import Answers
from bmtui.desk.refunds import issue as refunds
from bmtui.desk.refunds import parameters as refund_parameters
from bmtui.desk.refunds import request_read
from bmtui.desk.refunds.issue import RefundRequest
from bmtui.desk.refunds.parameters import ALL
from bmtui.desk.returns import actions as return_actions
from bmtui.desk.returns import parameters
from bmtui.desk.returns import refund as return_refund
from bmtui.desk.returns import request_read as return_request
from bmtui.desk.returns import rma as returns
from bmtui.desk.returns.refund import ReturnRefundPlan
from bmtui.desk.returns.views import ReturnView
from bmtui.errors import RuleRefused
from bmtui.tui.dialogs.confirm import Confirm, Notice
from bmtui.tui.dialogs.form import Ask, Form, field
from bmtui.tui.dialogs.note import AskText
from bmtui.tui.returns.screen import ReturnActs, ReturnsScreen
from bmtui.tui.screen import DeskScreen
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.words import (
    RefundOperation,
    ReturnApproval,
    ReturnNoteKind,
    ReturnResolution,
    ReturnStatus,
    label,
)

EACH = ("", "every line")


async def receive(screen: ReturnActs) -> None:
    """Ask which items arrived, with their identifiers, and record them; warn if another device came back."""
    desk, view = await _opened(screen)
    missing = [item for item in view.items if item.received_quantity < item.quantity]
    if not missing:
        await screen.desk_app.ask(Notice("Receive", (f"Everything of RMA {view.row.rma_id} is received.",)))
        return

    async def attempt(answers: Mapping[str, str]) -> ReturnView:
        said = return_request.received(Answers.typed(parameters.RECEIVE, answers))
        return await desk.write(return_actions.receive, view.row.rma_id, **said, version=view.version)

    lines = [(str(item.line_id), f"{item.sku} {item.received_quantity}/{item.quantity}") for item in missing]
    went = [
        (
            f"{item.sku} shipped with {' '.join(filter(None, (item.imei_out, item.serial_out))) or 'no identifier'}.",
            "",
        )
        for item in missing
    ]
    first = field(parameters.ONE_LINE, lines[0][0], lines)
    fields = [first, *(field(one) for one in parameters.RECEIVE if one is not parameters.ONE_LINE)]
    after = await screen.desk_app.ask(
        Form(f"Receive · RMA {view.row.rma_id}", fields, attempt, about=went, verb="Receive")
    )
    if after is None:
        return
    await screen.desk_app.check_changes()
    shouts = [item.alarm for item in after.items if item.alarm]
    if shouts:
        await screen.desk_app.ask(
            Notice("ANOTHER DEVICE CAME BACK", (*shouts, "It is recorded so; nothing was refunded."))
        )
    screen.say(f"{label(after.row.received)}: {after.row.received_pieces} of {after.row.pieces}.", "good")


async def approve(screen: ReturnActs) -> None:
    """Ask for a decision on all lines or one, and store it."""
    desk, view = await _opened(screen)

    async def attempt(answers: Mapping[str, str]) -> ReturnView:
        line = Answers.typed(parameters.APPROVE, answers).value(parameters.ONE_LINE)
        return await desk.write(
            return_actions.approve, view.row.rma_id, answers["approval"], line_id=line, version=view.version
        )

    options = [
        (word, word.label) for word in (ReturnApproval.APPROVED, ReturnApproval.REJECTED, ReturnApproval.UNDECIDED)
    ]
    fields = [_lines(view), field(parameters.APPROVAL, options[0][0], options)]
    await _done(screen, Form(f"Approval · RMA {view.row.rma_id}", fields, attempt), "The approval is stored.")


async def resolve(screen: ReturnActs) -> None:
    """Ask for the resolution of all lines or one, and store it."""
    desk, view = await _opened(screen)

    async def attempt(answers: Mapping[str, str]) -> ReturnView:
        said = return_request.resolved(Answers.typed(parameters.RESOLVE, answers))
        return await desk.write(return_actions.resolve, view.row.rma_id, **said, version=view.version)

    options = [(word, word.label) for word in ReturnResolution]
    fields = [
        _lines(view),
        field(parameters.RESOLUTION, ReturnResolution.REFUND, options),
        *(field(one) for one in (parameters.SKU, parameters.SENT_TRACKING, parameters.NOTE)),
    ]
    about = [("Nothing is sent: r refunds; replacements are shipped as usual.", "dim")]
    await _done(
        screen, Form(f"Resolution · RMA {view.row.rma_id}", fields, attempt, about=about), "The resolution is stored."
    )


async def set_status(screen: ReturnActs) -> None:
    """Ask for the new status, and store it: hold, process, close or open again."""
    desk, rma = screen.desk_and_rma()
    view = await desk.read(returns.show, rma.rma_id)

    async def attempt(answers: Mapping[str, str]) -> ReturnView:
        return await desk.write(return_actions.set_status, rma.rma_id, answers["status"], answers["note"], view.version)

    options = [(word, word.label) for word in ReturnStatus if word != rma.status]
    first = ReturnStatus.OPEN if rma.status == ReturnStatus.CLOSED else ReturnStatus.CLOSED
    fields = [field(parameters.STATUS, first, options), field(parameters.NOTE)]
    await _done(screen, Form(f"Status · RMA {rma.rma_id}", fields, attempt), "The status is stored.")


async def note(screen: ReturnActs) -> None:
    """Ask for a note, and store it."""
    desk, rma = screen.desk_and_rma()

    async def attempt(answers: Mapping[str, str]) -> ReturnView:
        return await desk.write(return_actions.add_note, rma.rma_id, answers["text"], answers["kind"])

    kinds = [(ReturnNoteKind.MERCHANT, "merchant: for ourselves"), (ReturnNoteKind.RETURN, "return: about the parcel")]
    fields = [field(parameters.TEXT), field(parameters.KIND, kinds[0][0], kinds)]
    await _done(screen, Form(f"Note · RMA {rma.rma_id}", fields, attempt), "The note is stored.")


async def track(screen: ReturnActs) -> None:
    """Ask for the tracking number of the returning parcel, and store it."""
    desk, view = await _opened(screen)

    async def attempt(answers: Mapping[str, str]) -> ReturnView:
        given = {name: answers[name] for name in ("tracking", "carrier", "url")}
        return await desk.write(return_actions.track, view.row.rma_id, **given)

    fields = [
        field(parameters.TRACKING, view.tracking_number),
        field(parameters.CARRIER, view.carrier),
        field(parameters.URL, view.tracking_url),
    ]
    await _done(screen, Form(f"Tracking · RMA {view.row.rma_id}", fields, attempt), "The tracking number is stored.")


async def fetch_label(screen: ReturnActs) -> None:
    """Fetch the return label and its tracking number from Back Market, and keep them."""
    # Importing httpx costs start-up time.
    from bmtui.workers.returns import return_label

    desk, rma = screen.desk_and_rma()
    screen.say("Asking Back Market for the return label …")
    view = await return_label.fetch(desk, rma.rma_id)
    await screen.desk_app.check_changes()
    screen.say(f"The label is kept as {view.documents[-1].name}; {view.carrier} {view.tracking_number}".strip(), "good")


async def attach(screen: ReturnActs) -> None:
    """Ask for a file, and keep a copy of it with the RMA."""
    desk, rma = screen.desk_and_rma()
    asked = AskText(
        f"Document · RMA {rma.rma_id}", about="Path of a file on this machine, at most 3 MB.", empty="No path."
    )
    path = await screen.desk_app.ask(asked)
    if path is not None:
        await desk.write(return_actions.attach, rma.rma_id, path)
        await screen.desk_app.check_changes()
        screen.say("A copy of it is kept with the RMA.", "good")


async def refund(screen: ReturnActs) -> None:
    """Refund the returned items inside the RMA, after a review of exactly what is sent."""
    desk, view = await _opened(screen)
    options = await desk.read(return_refund.options, view.row.rma_id)
    refundable = await desk.read(refunds.options, view.row.order_id)
    if refundable.why_not:
        await screen.desk_app.ask(Notice(f"Refund · RMA {view.row.rma_id}", (refundable.why_not,)))
        return

    async def attempt(answers: Mapping[str, str]) -> tuple[RefundRequest, ReturnRefundPlan]:
        request = request_read.read(Answers.typed(parameters.REFUND, answers), options)
        if not request.lines and request.shipping is None:
            raise RuleRefused("There is no amount to refund yet.", f"Enter one, or '{ALL}' for what comes back.")
        return request, await desk.read(return_refund.plan, view.row.rma_id, request)

    operations = [("", "what Back Market can refund"), *((word, word.label) for word in RefundOperation)]
    reasons = [
        ("", "the reasons of its lines"),
        *((str(code), f"{code} {text}") for code, text in options.reasons.items()),
    ]
    line = refund_parameters.LINE
    fields = [
        *(
            field(line, ALL if item.approval != "rejected" else "", label=item.sku, line=item.line_id)
            for item in view.items
        ),
        field(refund_parameters.SHIPPING),
        field(refund_parameters.OPERATION, "", operations),
        field(refund_parameters.DATE, options.today),
        field(refund_parameters.METHOD),
        field(refund_parameters.REFERENCE),
        field(refund_parameters.NOTE),
        field(refund_parameters.REASON, "", reasons),
    ]
    about = [(f"An amount in {view.row.currency}, or '{ALL}' for what comes back of the line; empty: nothing.", "dim")]
    about += [(item.alarm, "bad") for item in view.items if item.alarm]
    heading = f"Refund · RMA {view.row.rma_id} · order {view.row.order_id}"

    async def review(gathered: tuple[RefundRequest, ReturnRefundPlan]) -> bool | None:
        _, plan = gathered
        parts = [(plan.alarm, "bad")] if plan.alarm else []
        parts += [(LOCAL.sentence(one.sentence), "bold") for one in plan.plans]
        parts += [("", ""), *((line, "") for line in plan.review)]
        verb = "Send to Back Market" if plan.requests else "Record"
        verb = "Ask for approval" if all(one.approval for one in plan.plans) else verb
        return await screen.desk_app.ask(Confirm(heading, parts, verb))

    form = Form(heading, fields, attempt, about=about, review=review, verb="Review")
    gathered = await screen.desk_app.ask(form)
    if gathered is None:
        return
    request, _ = gathered
    _, issued = await desk.write(return_refund.refund, view.row.rma_id, request, view.version)
    await screen.desk_app.check_changes()
    waiting = ", ".join(str(one.approval_id) for one in issued if one.approval_id is not None)
    if waiting:
        screen.say(f"The refund waits for a second person: request {waiting}.", "warn")
        return
    jobs = ", ".join(str(one.job_id) for one in issued if one.job_id is not None)
    screen.say(f"The refund is queued as job {jobs}." if jobs else "The refund is recorded. Nothing was sent.", "good")


async def cancel_order(screen: ReturnActs) -> None:
    """Cancel the order internally, once all of it came back."""
    desk, rma = screen.desk_and_rma()
    preview = await desk.read(return_refund.cancel_preview, rma.rma_id)
    heading = f"Cancel Order Internally · order {preview.order_id} · RMA {rma.rma_id}"
    if preview.why_not:
        await screen.desk_app.ask(Notice(heading, (preview.why_not,)))
        return

    async def attempt(answers: Mapping[str, str]) -> str:
        status, note = answers["status"], answers["note"]
        await desk.write(return_refund.cancel_order, rma.rma_id, status, note, preview.version)
        return status

    statuses = [(word, label(word)) for word in internal_cancel.STATUSES]
    fields = [field(parameters.NEW_STATUS, statuses[0][0], statuses), field(parameters.NOTE)]
    about = [(preview.channel_belief, "warn"), ("Nothing is sent to Back Market.", "")]
    status = await screen.desk_app.ask(Form(heading, fields, attempt, about=about))
    if status is not None:
        await screen.desk_app.check_changes()
        screen.say(f"Order {preview.order_id} is {label(status)} now. Nothing was sent to Back Market.", "good")


async def open_order(screen: ReturnActs) -> None:
    """Open the order of the RMA."""
    _, rma = screen.desk_and_rma()
    await screen.desk_app.open_order(rma.order_id, rma.company)


async def open_folder(screen: ReturnActs) -> None:
    """Show the after-sales folder of the RMA, or those of its order."""
    from bmtui.tui.after_sales.screen import folders_of_order, open_folder

    desk, rma = screen.desk_and_rma()
    if rma.folder_id is not None:
        await open_folder(screen, desk, rma.folder_id)
    else:
        await folders_of_order(screen, desk, rma.company, rma.order_id)


async def listing(screen: DeskScreen) -> None:
    """Show the list of RMAs."""
    await screen.desk_app.show(ReturnsScreen())


async def _opened(screen: ReturnActs) -> tuple[Desk, ReturnView]:
    """Return the desk of the RMA's company, and the RMA as it is now."""
    desk, rma = screen.desk_and_rma()
    return desk, await desk.read(returns.show, rma.rma_id)


async def _done(screen: ReturnActs, form: Form[ReturnView], text: str) -> None:
    if await screen.desk_app.ask(form) is not None:
        await screen.desk_app.check_changes()
        screen.say(text, "good")


def _lines(view: ReturnView) -> Ask:
    options: Sequence[tuple[str, str]] = [EACH, *((str(item.line_id), item.sku) for item in view.items)]
    return field(parameters.ONE_LINE, "", options)
