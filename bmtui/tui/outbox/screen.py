"""The outbox: what waits to be sent, what nobody knows, and a person's answer to it (reliability §1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from textual.widget import Widget

from bmtui.desk import outbox, pauses
from bmtui.desk.outbox import EffectView
from bmtui.tui import actions, clock
from bmtui.tui.lines import Line
from bmtui.tui.screen import DeskScreen
from bmtui.tui.table import Column, Table
from bmtui.tui.why_not import Context
from bmtui.words import EffectState, label

LISTED = 200
"""The newest effects, which the list shows; the line above says when there are more."""


class OutboxScreen(DeskScreen):
    """What is not settled, or with `a` everything."""

    PLACE = "outbox"
    BINDINGS = actions.bindings(PLACE)

    def __init__(self) -> None:
        super().__init__()
        self._everything = False

    def body(self) -> Iterable[Widget]:
        yield Line(id="info")
        columns: tuple[Column[EffectView], ...] = (
            Column("id", "No.", 6, lambda effect: str(effect.effect_id)),
            Column("state", "State", 14, lambda effect: label(effect.state), style=_style),
            Column("when", "When", 13, self._when),
            Column("order", "Order", 10, lambda effect: str(effect.order_id or "–")),
            Column("about", "What", 18, lambda effect: effect.about or label(effect.kind), grows=True),
            Column("company", "Company", 12, lambda effect: effect.company, rank=3),
            Column("by", "By", 14, lambda effect: effect.made_by, rank=4),
            Column("error", "What is known", 14, lambda effect: effect.error, grows=True, rank=2),
        )
        yield Table(columns, lambda effect: effect.effect_id, id="effects")

    @property
    def table(self) -> Table[EffectView]:
        """The effects."""
        table: Table[EffectView] = self.query_one(Table)
        return table

    def context(self) -> Context:
        effect = self.table.current
        return super().context().knowing(*([effect] if effect else []))

    def _when(self, effect: EffectView) -> str:
        app = self.desk_app
        if effect.state == EffectState.PLANNED:
            left = int((effect.not_before - app.desk.now()).total_seconds())
            return f"in {left} s" if left > 0 else "waits"
        return clock.short(effect.sending_at or effect.made_at, app.zone(effect.company), app.minute)

    def minute_passed(self) -> None:
        self.table.redraw()

    def second_passed(self) -> None:
        self.table.redraw()

    def reload(self) -> None:
        self.read(self._read)

    async def _read(self) -> None:
        table, desk = self.table, self.desk_app.desk
        question, _, _ = table.ask(again=True)
        listed = await desk.read(outbox.listing, everything=self._everything, limit=LISTED + 1)
        standing = await desk.read(pauses.standing)
        shown = listed[:LISTED]
        table.empty = (("Nothing waits, nothing is unknown. ", ""), ("a", "key"), (" shows what is settled.", ""))
        table.fill(question, 0, shown, len(shown), False)
        which = "everything" if self._everything else "what is not settled"
        more = f"the newest {LISTED}; there are more" if len(listed) > LISTED else f"{len(shown)}, newest first"
        pieces = [(f"Outbox · {which} · {more}", "dim")]
        pieces += [(f" · {pause.sentence}", "bad") for pause in standing[:1]]
        self.query_one("#info", Line).show(*pieces)

    # What the operator does here

    async def do_show(self) -> None:
        from bmtui.tui.modals.confirm import Notice

        effect = self.table.current
        if effect is not None:
            await self.desk_app.ask(Notice(f"Outbox {effect.effect_id}", self._facts(effect)))

    def _facts(self, effect: EffectView) -> list[str]:
        zone = self.desk_app.zone(effect.company)
        sent = f"sent {clock.stamp(effect.sending_at, zone)}" if effect.sending_at else "not sent"
        answer = f"Answer: {effect.answer_status or ''} {effect.answer}".strip() if effect.answer else ""
        return [
            f"{effect.about or label(effect.kind)} · {label(effect.state)} · {sent} · by {effect.made_by}",
            effect.request,
            answer,
            effect.error,
        ]

    async def do_withdraw(self) -> None:
        app, effect = self.desk_app, self.table.current
        if effect is not None:
            await app.desk.write(outbox.withdraw, effect.effect_id)
            self.say(f"Withdrawn: {effect.about or label(effect.kind)}. Nothing was sent.", "good")
            await app.check_changes()

    async def do_settle(self) -> None:
        from bmtui.tui.modals.settle import Settle

        app, effect = self.desk_app, self.table.current
        if effect is None:
            return

        async def evidence() -> str:
            # httpx costs start-up time; only who asks the channel pays for it.
            from bmtui.workers import evidence as asking

            return await asking.now(replace(app.desk, company=effect.company), effect.effect_id)

        happened = await app.ask(Settle(effect.effect_id, self._facts(effect), evidence))
        if happened is not None:
            await app.desk.write(outbox.settle_by_person, effect.effect_id, happened=happened)
            self.say(f"Settled: it {'happened' if happened else 'did not happen'}.", "good")
            await app.check_changes()

    def do_everything(self) -> None:
        self._everything = not self._everything
        self.reload()

    async def do_pause(self) -> None:
        from bmtui.tui.modals.note import AskText

        app = self.desk_app
        about = "Nothing leaves any more, until somebody resumes. What is being sent at this moment is finished."
        reason = await app.ask(
            AskText("Pause all sending", about=about, empty="Say why, for those who find it paused.")
        )
        if reason is not None:
            pause = await app.desk.write(pauses.pause, reason)
            self.say(pause.sentence, "warn")
            self.reload()

    async def do_resume(self) -> None:
        app = self.desk_app
        await app.desk.write(pauses.resume)
        self.say("What waits is sent again.", "good")
        self.reload()


def _style(effect: EffectView) -> str:
    if effect.state in (EffectState.NEEDS_PERSON, EffectState.UNKNOWN, EffectState.REJECTED):
        return "bad"
    return "good" if effect.state == EffectState.CONFIRMED else ""
