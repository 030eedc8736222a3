"""Outbox screen: writes that wait, writes of unknown outcome, and a person's answer to these (reliability §1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bmtui.desk.companies import sending_pauses
from bmtui.desk.outbox import actions as outbox
from bmtui.desk.outbox.actions import EffectView
from bmtui.tui.actions import registry
from bmtui.tui.actions.why_not import Context
from bmtui.tui.list_screen import ListScreen
from bmtui.tui.widgets import time_format
from bmtui.tui.widgets.locale_format import LOCAL
from bmtui.tui.widgets.meanings import Meaning, of_effect
from bmtui.tui.widgets.table import Column
from bmtui.tui.widgets.text import Pieces
from bmtui.words import EffectState, label


class OutboxScreen(ListScreen[EffectView]):
    """Screen of the writes that are not settled; with `a` of all writes."""

    PLACE = "outbox"
    BINDINGS = registry.bindings(PLACE)
    TITLE_TEXT = "Outbox"
    EMPTY = (("No write waits, no outcome is unknown. ", ""), ("a", "key"), (" shows settled writes.", ""))

    def __init__(self) -> None:
        super().__init__()
        self._everything = False
        self._standing: Sequence[sending_pauses.PauseView] = ()

    def columns(self) -> Sequence[Column[EffectView]]:
        return (
            Column("id", "No.", 6, lambda effect: str(effect.effect_id), rank=1),
            Column("state", "State", 14, lambda effect: effect.state_label),
            Column("when", "When", 13, self._when, rank=1),
            Column("order", "Order", 10, lambda effect: str(effect.order_id or "–")),
            Column("about", "What", 31, lambda effect: LOCAL.sentence(effect.about or label(effect.kind)), grows=True),
            Column("company", "Company", 12, lambda effect: effect.company, rank=3),
            Column("by", "By", 14, lambda effect: effect.made_by, rank=4),
            Column("error", "Note", 14, self._known, grows=True, rank=2),
        )

    def meaning_of(self, row: EffectView) -> Meaning:
        return of_effect(row.state)

    def key_of(self, row: EffectView) -> object:
        return row.effect_id

    async def find(self, query: str, limit: int) -> Sequence[EffectView]:
        desk = self.desk_app.desk
        self._standing = await desk.read(sending_pauses.standing)
        return await desk.read(outbox.listing, everything=self._everything, limit=limit)

    def told(self, shown: Sequence[EffectView], more: bool) -> Pieces:
        which = "everything" if self._everything else "not settled"
        number = f"the newest {len(shown)}; there are more" if more else f"{len(shown)}, newest first"
        paused = ((f"{pause.sentence} · ", "bad") for pause in self._standing[:1])
        resumes = (("R", "key"), (" resumes. ", "")) if self._paused is not None else ()
        return (*resumes, *paused, (f"Outbox · {which} · {number}", "dim"))

    @property
    def _paused(self) -> sending_pauses.PauseView | None:
        """Pause that a person set on exactly the company in view, or on all; None without one."""
        company = self.desk_app.desk.company or ""
        mine = (pause for pause in self._standing if pause.cause == sending_pauses.PERSON and pause.company == company)
        return next(mine, None)

    def context(self) -> Context:
        return super().context().knowing(*([self._paused] if self._paused else []))

    def _when(self, effect: EffectView) -> str:
        app = self.desk_app
        if effect.state == EffectState.PLANNED:
            left = int((effect.not_before - app.desk.now()).total_seconds())
            if left <= 0:
                return "waits"
            soon = left <= outbox.SOON.total_seconds()
            return f"in {left} s" if soon else time_format.short(effect.not_before, app.list_zone, app.minute)
        return time_format.short(effect.sending_at or effect.made_at, app.list_zone, app.minute)

    def _known(self, effect: EffectView) -> str:
        if effect.waits_since is None:
            return effect.error
        since = time_format.short(effect.waits_since, self.desk_app.list_zone, self.desk_app.minute)
        return f"waits for Back Market since {since}: {effect.error}".rstrip(": ")

    def minute_passed(self) -> None:
        self.table.redraw()

    def second_passed(self) -> None:
        self.table.redraw()

    # What the operator does here

    async def do_show(self) -> None:
        from bmtui.tui.dialogs.confirm import Notice

        effect = self.current
        if effect is not None:
            await self.desk_app.ask(Notice(f"Outbox {effect.effect_id}", self._facts(effect)))

    def _facts(self, effect: EffectView) -> list[str]:
        zone = self.desk_app.zone(effect.company)
        sent = f"sent {time_format.stamp(effect.sending_at, zone)}" if effect.sending_at else "not sent"
        answer = f"Answer: {effect.answer_status or ''} {effect.answer}".strip() if effect.answer else ""
        return [
            f"{effect.about or label(effect.kind)} · {effect.state_label} · {sent} · by {effect.made_by}",
            effect.request,
            answer,
            effect.error,
        ]

    async def do_withdraw(self) -> None:
        app, effect = self.desk_app, self.current
        if effect is not None:
            await app.desk.write(outbox.withdraw, effect.effect_id)
            self.say(f"Withdrawn: {effect.about or label(effect.kind)}. Nothing was sent.", "good")
            await app.check_changes()

    async def do_settle(self) -> None:
        from bmtui.tui.outbox.settle_dialog import Settle

        app, effect = self.desk_app, self.current
        if effect is None:
            return

        async def evidence() -> str:
            # Importing httpx costs start-up time, so it happens only when the channel is asked.
            from bmtui.workers.outbox import channel_evidence as asking

            return await asking.now(replace(app.desk, company=effect.company), effect.effect_id)

        happened = await app.ask(Settle(f"outbox {effect.effect_id}", self._facts(effect), evidence))
        if happened is not None:
            await app.desk.write(outbox.settle_by_person, effect.effect_id, happened=happened)
            self.say(f"Settled: it {'happened' if happened else 'did not happen'}.", "good")
            await app.check_changes()

    def do_everything(self) -> None:
        self._everything = not self._everything
        self.reload()

    async def do_pause(self) -> None:
        from bmtui.tui.dialogs.note import AskText

        app = self.desk_app
        about = "Nothing is sent until somebody resumes. The write that is being sent now is finished."
        reason = await app.ask(
            AskText("Pause all sending", about=about, empty="Say the reason, shown while sending is paused.")
        )
        if reason is not None:
            pause = await app.desk.write(sending_pauses.pause, reason)
            self.say(pause.sentence, "warn")
            await app.check_changes()

    async def do_resume(self) -> None:
        from bmtui.tui.dialogs.confirm import Confirm

        app, pause = self.desk_app, self._paused
        if pause is None:
            return
        waits = await app.desk.read(outbox.listing)
        parts = [(pause.sentence, "bold"), (f"{len(waits):,} in the outbox may be sent at once.", "warn")]
        if not await app.ask(Confirm("Resume sending", parts, "Resume")):
            return
        await app.desk.write(sending_pauses.resume)
        others = await app.desk.read(sending_pauses.standing)
        self.say(others[0].sentence if others else "Waiting writes are sent again.", "warn" if others else "good")
        await app.check_changes()
