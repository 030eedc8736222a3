"""What is done with one order, from the search and from its own screen alike."""

from __future__ import annotations

import os
from dataclasses import replace

from bmtui.desk.core.context import Desk
from bmtui.desk.core.views import OrderRow
from bmtui.errors import NotFound
from bmtui.tui import clipboard
from bmtui.tui.actions.action import Action
from bmtui.tui.screen import DeskScreen
from bmtui.words import label


class OrderActs(DeskScreen):
    """A screen with an order to act on."""

    @property
    def order(self) -> OrderRow | None:
        """The order that is open, or under the cursor."""
        raise NotImplementedError

    @property
    def marked(self) -> tuple[OrderRow, ...]:
        """The orders that are marked, where orders can be."""
        return ()

    def unmark(self, order: OrderRow) -> None:
        """This order is marked no longer."""

    def acts_on_marked(self, action: Action) -> bool:
        rows = self.marked
        if not rows or not action.is_about_orders:
            return False
        if action.many is None:
            self.say(f"{len(rows):,} orders are marked, and {action.label} takes one: Esc clears the marks.", "warn")
            return True
        from bmtui.tui.overview.many import do_many

        self.desk_app.begin(do_many(self, action, rows))
        return True

    def desk_and_order(self) -> tuple[Desk, OrderRow]:
        """The order to act on, and the desk of its company: two companies can have an order of the same number."""
        order = self.order
        if order is None:  # it was there when the key was pressed
            raise NotFound("There is no order here any more.")
        return replace(self.desk_app.desk, company=order.company), order

    async def do_cancel(self) -> None:
        from bmtui.desk.cancellation import internal as internal_cancel
        from bmtui.tui.cancellation.dialog import Cancel
        from bmtui.tui.dialogs.confirm import Notice

        desk, order = self.desk_and_order()
        preview = await desk.read(internal_cancel.preview, order.order_id)
        if preview.shipped:
            # A shipped order that comes back is handled in an RMA (order-desk §1, item 9): that is offered at once.
            from bmtui.tui.returns import creating

            await creating.of_order(self, f"Order {order.order_id} was shipped: what comes back is handled in an RMA.")
            return
        if preview.why_not:
            await self.desk_app.ask(Notice("Cancel Order Internally", (preview.why_not,)))
            return
        answer = await self.desk_app.ask(Cancel(preview))
        if answer is None:
            return
        await desk.write(internal_cancel.cancel_internally, order.order_id, answer.status, answer.note, preview.version)
        self.say(f"Order {order.order_id} is {label(answer.status)} now. Nothing was sent to Back Market.", "good")
        await self.desk_app.check_changes()

    async def do_refund(self) -> None:
        from bmtui.desk.refunds import issue as refunds
        from bmtui.desk.refunds.issue import RefundPlan, RefundRequest
        from bmtui.tui.dialogs.confirm import Notice
        from bmtui.tui.refunds.dialog import Refund

        desk, order = self.desk_and_order()
        options = await desk.read(refunds.options, order.order_id)
        if options.why_not:
            await self.desk_app.ask(Notice("Issue Refund", (options.why_not,)))
            return

        async def plan(request: RefundRequest) -> RefundPlan:
            return await desk.read(refunds.plan, order.order_id, request)

        request = await self.desk_app.ask(Refund(options, plan))
        if request is None:
            return
        issued = await desk.write(refunds.issue, order.order_id, request, options.version)
        if issued.approval_id is not None:
            waits = f"A refund of {issued.plan.total} waits for a second person: request {issued.approval_id}."
            self.say(f"{waits} A shows it; x there withdraws it.", "warn")
        elif issued.job_id is None:
            self.say(
                f"A refund of {issued.plan.total} is recorded for order {order.order_id}. Nothing was sent.", "good"
            )
        else:
            said = f"A refund of {issued.plan.total} is queued as job {issued.job_id}."
            self.say(said + self.takes_back(order.company), "good", planned=True)
        await self.desk_app.check_changes()

    async def do_cancel_on_channel(self) -> None:
        from bmtui.desk.cancellation import on_channel as cancel_on_channel
        from bmtui.tui.cancellation.channel_dialog import ChannelCancel, review
        from bmtui.tui.dialogs.confirm import Confirm, Notice

        desk, order = self.desk_and_order()
        options = await desk.read(cancel_on_channel.options, order.order_id)
        if options.why_not:
            await self.desk_app.ask(Notice("Cancel on Back Market", (options.why_not, options.belief)))
            return
        lines: tuple[int, ...] | None = ()
        if len(options.lines) > 1:
            lines = await self.desk_app.ask(ChannelCancel(options))
        if lines is None:
            return
        plan = await desk.read(cancel_on_channel.plan, order.order_id, lines)
        heading = f"Cancel on Back Market · order {order.order_id}"
        verb = "Ask for approval" if plan.all_waits else "Send to Back Market"
        if not await self.desk_app.ask(Confirm(heading, review(plan, options), verb)):
            return
        done = await desk.write(cancel_on_channel.send, order.order_id, lines, options.version)
        jobs = ", ".join(map(str, done.job_ids))
        waits = f"The refund of it waits for a second person: request {done.approval_id}."
        waits += " A shows it; x there withdraws it."
        said = [] if done.approval_id is None else [waits]
        if jobs:
            said = [f"The cancellation is queued as job {jobs}.", *said, self.takes_back(order.company).strip()]
        self.say(" ".join(said), "warn" if done.approval_id is not None else "good", planned=bool(jobs))
        await self.desk_app.check_changes()

    async def do_bring_back(self) -> None:
        from bmtui.desk.cancellation import internal as internal_cancel
        from bmtui.tui.dialogs.confirm import Confirm

        desk, order = self.desk_and_order()
        preview = await desk.read(internal_cancel.preview, order.order_id)
        own = "completed" if order.shipping_status == "fully_shipped" else "in_process"
        parts = [
            (f"{label(preview.status)} → {label(own)}. Nothing is sent to Back Market.", "bold"),
            (preview.channel_belief, "warn"),
        ]
        heading = f"Back to {label(own)} · order {order.order_id}"
        if await self.desk_app.ask(Confirm(heading, parts, "Bring it back")):
            await desk.write(internal_cancel.bring_back, order.order_id, own, "", preview.version)
            self.say(f"Order {order.order_id} is {label(own)} again.", "good")
            await self.desk_app.check_changes()

    def takes_back(self, company: str) -> str:
        """Whether what was just planned leaves, and how it is taken back where there is an undo window."""
        waits = " It waits: sending is paused (Q)." if self.desk_app.lookout.is_paused(company) else ""
        return waits + (" u takes it back." if self.desk_app.desk.undo else "") or " J shows how it goes."

    async def do_note(self) -> None:
        from bmtui.desk.overview import order as orders
        from bmtui.tui.dialogs.note import AskText

        desk, order = self.desk_and_order()
        heading = f"Note · order {order.order_id}"
        text = await self.desk_app.ask(AskText(heading, empty="The note is empty: write something, or press Esc."))
        if text is None:
            return
        await desk.write(orders.add_note, order.order_id, text)
        self.say(f"The note is stored with order {order.order_id}.", "good")
        await self.desk_app.check_changes()

    async def do_copy(self) -> None:
        _, order = self.desk_and_order()
        await self.copy(str(order.order_id), str(order.order_id))

    async def copy(self, text: str, what: str) -> None:
        """Put `text` on the clipboard, and say what became of `what`."""
        by_tmux = "TMUX" in os.environ and await clipboard.into_tmux(text)
        if not by_tmux:
            self.desk_app.write(clipboard.sequence(text, os.environ))
        self.say(clipboard.sentence(what, os.environ, by_tmux=by_tmux))
