"""The form of a schedule: what it would do is told while it is being written."""

from __future__ import annotations

import zoneinfo
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final, cast

from textual.containers import Container, Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Footer, Input, Static

from dockschedctl.failures import ApiProblem, Failure
from dockschedctl.ui import bindings, drafting, keys, offering
from dockschedctl.ui import draft_fields as known
from dockschedctl.ui.link import is_logged_out
from dockschedctl.ui.rows import drafts as telling
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.ui.screens.whole import Window
from dockschedctl.ui.widgets.question import Question, complain
from dockschedctl.ui.widgets.still import Still, Telling
from dockschedctl.wording import printable
from dockschedd.wire import drafts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from dockschedctl.client import Client
    from dockschedctl.ui.app import Ui
    from dockschedd.wire import schedules

#: Seconds without a key after which the daemon is asked.
_PAUSE: Final = 0.2
#: Seconds after which it is asked again, where it could not be reached.
_AGAIN: Final = 2.0
_STYLES: Final = {
    "good": "$success",
    "warn": "$warning",
    "bad": "$error",
    "dim": "$secondary",
    "head": "bold",
}


class ScheduleForm(Window["schedules.Schedule | None"]):
    """Adds a schedule, or changes one; the schedule once it is saved."""

    BINDINGS: ClassVar[list[BindingType]] = bindings.of(keys.SCHEDULE_FORM)
    #: The first question is not always the first one to answer.
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (120, "-wide")]  # noqa: RUF012 (as Textual has it)
    DEFAULT_CSS = """
    ScheduleForm { align: left top; background: $background; }
    ScheduleForm #title { background: $panel; padding: 0 1; text-style: bold; height: 1; }
    ScheduleForm #halves { height: 1fr; layout: vertical; }
    ScheduleForm #fields { height: auto; max-height: 55%; padding: 0 1; }
    ScheduleForm #live { height: 1fr; padding: 0 1; border-top: solid $border; }
    ScheduleForm.-wide #halves { layout: horizontal; }
    ScheduleForm.-wide #fields { width: 68; height: 100%; max-height: 100%; }
    ScheduleForm.-wide #live {
        width: 1fr; height: 100%; border-top: none; border-left: solid $border;
    }
    ScheduleForm #more {
        background: $background; color: $accent; min-width: 0; padding: 0;
        content-align: left middle; text-align: left;
    }
    ScheduleForm #rest { color: $error; height: auto; }
    ScheduleForm #says { height: 1; padding: 0 1; color: $secondary; }
    ScheduleForm #buttons { height: 1; padding: 0 1; }
    ScheduleForm #buttons Button { margin-right: 2; }
    ScheduleForm #told.-old { text-opacity: 60%; }
    ScheduleForm Footer { background: $panel; }
    """

    def __init__(self, form: drafting.Form) -> None:
        super().__init__()
        self._form = form
        self._draft: drafts.Draft | None = None
        #: Why nothing could be found out; "" where it was.
        self._trouble = ""
        self._tried = False
        self._unfolded = False
        #: Questions that are wrong and folded away.
        self._hidden: frozenset[str] = frozenset()
        self._is_saving = False
        self._soon: Timer | None = None
        self._groups: tuple[str, ...] = ()
        self._calendars: tuple[str, ...] = ()
        self._zones: list[str] | None = None
        self._questions: dict[str, Question] = {}

    @property
    def ui(self) -> Ui:
        """The application."""
        return cast("Ui", self.app)

    # ------------------------------------------------------------ what it is made of

    def compose(self) -> ComposeResult:
        """Questions, and beside or below them what is told."""
        original = self._form.original
        title = "new schedule" if original is None else f"schedule {printable(original.name)}"
        yield Static(title, id="title", markup=False)
        with Container(id="halves"):
            with Still(id="fields"):
                yield from (self._question(each) for each in known.FIELDS if not each.folded)
                yield Button("", id="more", compact=True)
                yield Static("", id="rest", classes="-empty", markup=False)
            with Telling(id="live"):
                yield Static("", id="told", markup=False)
        yield Static("", id="says", markup=False)
        with Horizontal(id="buttons"):
            yield Button("Save (^s)", id="yes", variant="primary", compact=True)
            yield Button("Cancel (Esc)", id="no", compact=True)
        yield Footer(show_command_palette=False, compact=True)

    def _question(self, field: known.Field) -> Question:
        made = Question(field, self._form[field.name], offer=self._offer(field))
        self._questions[field.name] = made
        return made

    def _offer(self, field: known.Field) -> offering.Offer | None:
        if field.name == "selector":
            return offering.Offer(lambda: offering.selectors(self.ui.state.stacks, self._groups))
        if field.name == "zone":
            return offering.Offer(self._known_zones)
        if field.is_list:
            return offering.Offer(lambda: self._calendars, several=True)
        return offering.Offer(lambda: field.examples) if field.examples else None

    def _known_zones(self) -> list[str]:
        if self._zones is None:
            self._zones = sorted(zoneinfo.available_timezones())
        return self._zones

    def on_mount(self) -> None:
        """Begin with what has to be written in any case."""
        super().on_mount()
        self.watch(self, "focused", self._explain)
        self._follow()
        first = "selector" if not self._form["selector"] else self._form.trigger
        self._questions[first].enter()
        self.run_worker(self._read_names(), group="names")
        self._check()

    async def _read_names(self) -> None:
        """Learn what can be offered; without it one can write all the same."""
        with suppress(Failure):
            found = await self.ui.link.ask(lambda client: client.list_calendars())
            self._calendars = tuple(each.name for each in found.items)
        if self.ui.state.may("host.read"):
            with suppress(Failure):
                groups = await self.ui.link.ask(lambda client: client.list_groups())
                self._groups = tuple(each.name for each in groups.items)

    # ------------------------------------------------------------ writing

    def on_question_answered(self, event: Question.Answered) -> None:
        """Take the answer, and ask the daemon once there is a pause."""
        event.question.taken()
        self._form = drafting.changed(self._form, event.name, event.value)
        self._follow()
        self._explain()
        self.query_one("#told").add_class("-old")
        self._check_in(_PAUSE)

    def _follow(self) -> None:
        """Show the questions that mean something now, and the answers that follow from others."""
        shown = {each.name for each in drafting.fields(self._form)}
        for question in self._questions.values():
            field = question.field
            question.display = field.name in shown and (self._unfolded or not field.folded)
            question.show(self._form[field.name])
        self._sum_up()

    def _sum_up(self) -> None:
        more, label = self.query_one("#more", Button), self._more()
        if str(more.label) != label:
            more.label = label

    def _more(self) -> str:
        if self._unfolded:
            return "▾ Less (^o)"
        wrong = [f"✗ {each.label.lower()}" for each in known.FIELDS if each.name in self._hidden]
        return f"▸ More (^o): {', '.join(wrong) or drafting.summary(self._form)}"

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go on to the next question; after the last one, to what saves."""
        if event.input.id == "field-name" and not self._unfolded:
            self.query_one("#yes").focus()
        else:
            self.focus_next()

    def _explain(self) -> None:
        """Explain the question that one is at; of the focus one hears also while all goes."""
        if not self.is_whole:
            return
        name = str(self.focused.id).removeprefix("field-") if self.focused else ""
        says = drafting.explained(self._form, name) if name in known.BY_NAME else ""
        self.query_one("#says", Static).update(says)

    # ------------------------------------------------------------ checking

    def _check(self) -> None:
        self.run_worker(self._checked(self._form), group="check", exclusive=True)

    def _check_in(self, seconds: float) -> None:
        if self._soon is not None:
            self._soon.stop()
        self._soon = self.set_timer(seconds, self._check)

    async def _checked(self, form: drafting.Form) -> drafts.Draft | None:
        """Return what the daemon says of it, after it has been shown.

        None where it said nothing, and where nobody is there any more to hear it.
        """
        found: drafts.Draft | None = None
        trouble: Failure | None = None
        try:
            found = await self.ui.link.ask(lambda client: _asked(client, form))
        except ApiProblem as problem:
            if problem.problem.faults:
                found = drafts.Draft(faults=problem.problem.faults)
            else:
                trouble = problem
        except Failure as failure:
            trouble = failure
        if not self.is_whole:
            return None
        if found is not None and form is self._form:
            self._draft = found
        self._trouble = "" if trouble is None else trouble.message
        self._show()
        if trouble is not None and not isinstance(trouble, ApiProblem):
            self._check_in(_AGAIN)
        if trouble is not None and is_logged_out(trouble):
            self.ui.tell_failure(trouble)
        return found

    def on_screen_resume(self) -> None:
        """Ask again after a login."""
        if self._trouble:
            self._check()

    def _show(self) -> None:
        draft = self._draft
        faults = draft.faults if draft is not None else ()
        placed = drafting.placed(self._form, faults, patient=not self._tried)
        for name, question in self._questions.items():
            question.complain(placed.beside.get(name, ""))
        complain(self.query_one("#rest", Static), placed.rest)
        folded = frozenset(each.name for each in known.FIELDS if each.folded)
        self._hidden = folded & placed.beside.keys()
        self._sum_up()
        told = self.query_one("#told", Static)
        told.remove_class("-old")
        told.update(Content("\n").join(self._told(draft)))

    def _told(self, draft: drafts.Draft | None) -> Iterator[Content]:
        if self._trouble:
            yield Content.assemble((f"✗ not checked: {printable(self._trouble)}", "$error"))
        if draft is not None:
            width = max(30, self.query_one("#live").size.width - 3)
            for cell in telling.lines(draft, self.ui.moment(), width):
                yield Content.assemble((cell.text, _STYLES.get(cell.style, "")))

    def on_telling_resized(self) -> None:
        """Write what is told into the new width."""
        if self._draft is not None:
            self._show()

    # ------------------------------------------------------------ keys

    async def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the key of the same name does."""
        event.stop()
        match event.button.id:
            case "yes":
                self.action_save()
            case "more":
                await self.action_more()
            case _:
                self.action_close()

    async def action_more(self) -> None:
        """Show the policies, or hide them."""
        self._unfolded, focused = not self._unfolded, self.focused
        if len(self._questions) < len(known.FIELDS):
            # They are made when they are first asked for: the form opens in half the time.
            made = [self._question(each) for each in known.FIELDS if each.folded]
            await self.query_one("#fields").mount_all(made, before="#rest")
            if not self.is_whole:
                return
        self._follow()
        self._show()
        if self.focused is not focused:
            return  # one has gone elsewhere meanwhile
        if self._unfolded:
            shown = [each.name for each in drafting.fields(self._form) if each.folded]
            self._questions[shown[0]].enter()
        else:
            self.query_one("#more").focus()

    def action_go(self, by: int) -> None:
        """Go to another question."""
        if by > 0:
            self.focus_next()
        else:
            self.focus_previous()

    def action_scroll_told(self, by: int) -> None:
        """Scroll what is told."""
        live = self.query_one("#live", VerticalScroll)
        live.scroll_relative(y=by * max(1, live.size.height - 1), animate=False)

    def action_close(self) -> None:
        """Leave it; what was written is not thrown away by one key."""
        if not self._is_saving:
            self.run_worker(self._leave(), group="save", exclusive=True)

    async def _leave(self) -> None:
        if self._form.touched and drafting.is_changed(self._form):
            lines = ("what you have written is not kept",)
            question = Confirm(title="leave without saving", lines=lines, verb="Leave")
            if not await self.ui.push_screen_wait(question):
                return
        self.dismiss(None)

    def action_save(self) -> None:
        """Save, after conflicts have been shown; what is being saved is not saved twice."""
        if not self._is_saving:
            self.run_worker(self._save(), group="save", exclusive=True)

    async def _save(self) -> None:
        self._tried = True
        form = self._form
        draft = await self._checked(form)
        if draft is None:
            return
        placed = drafting.placed(form, draft.faults)
        if placed.beside or placed.rest:
            await self._go_to(placed)
            return
        if not drafting.is_changed(form):
            self.dismiss(None)
            return
        if draft.conflicts and not await self._agreed(draft):
            return
        self._is_saving = True
        try:
            saved = await self.ui.link.ask(lambda client: _saved(client, form))
        except Failure as failure:
            self.ui.tell_failure(failure)
            return
        finally:
            self._is_saving = False
        self.dismiss(saved)

    async def _agreed(self, draft: drafts.Draft) -> bool:
        width = self.ui.room_in_window()
        lines = [cell.text for cell in telling.conflicts(draft, width)]
        question = Confirm(
            title="save it all the same",
            lines=lines,
            verb="Save",
            note="it contradicts another schedule",
        )
        agreed = await self.ui.push_screen_wait(question)
        return agreed is True

    async def _go_to(self, placed: drafting.Placed) -> None:
        """Go to the first question that is wrong, also where it is folded away."""
        for field in drafting.fields(self._form):
            if field.name in placed.beside:
                if field.folded and not self._unfolded:
                    await self.action_more()
                if self.is_whole:
                    self._questions[field.name].enter()
                return


def _asked(client: Client, form: drafting.Form) -> drafts.Draft:
    if form.original is None:
        return client.draft_schedule(drafting.new(form))
    return client.draft_edit(form.original.name, drafting.edit(form))


def _saved(client: Client, form: drafting.Form) -> schedules.Schedule:
    if form.original is None:
        return client.add_schedule(drafting.new(form))
    return client.edit_schedule(form.original.name, drafting.edit(form))
