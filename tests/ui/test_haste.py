"""Keys faster than screens, and answers that come before widgets are there or while they go."""

from __future__ import annotations

import asyncio
import threading

import pytest
from textual import events
from textual.widgets import Input

from dockschedctl.ui import drafting
from dockschedctl.ui.screens.confirm import Confirm
from dockschedctl.ui.screens.dashboard import Dashboard
from dockschedctl.ui.screens.details import Details
from dockschedctl.ui.screens.schedules import SchedulesPage
from dockschedctl.ui.screens.scheduling import ScheduleForm
from dockschedctl.ui.screens.stack import StackPage
from dockschedctl.ui.screens.zone import ZoneForm
from dockschedctl.ui.widgets.question import Question
from dockschedd.wire import drafts, problems
from tests.ctl import samples, stub
from tests.patience import eventually
from tests.ui.conftest import opened, world

CHARACTERS = {"slash": "/", "enter": "\r", "escape": "\x1b"}


def hurry(ui, *keys: str) -> None:
    """Press keys without waiting for what each of them does."""
    for key in keys:
        character = CHARACTERS.get(key, key if len(key) == 1 else None)
        ui.app.post_message(events.Key(key, character))


async def turns() -> None:
    """Let everything that is ready have its turn, many times over."""
    for _ in range(100):
        await asyncio.sleep(0)


class Gate:
    """Holds something back until it is let go."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.asked = 0

    def answering(self, answer):
        def answered(_request):
            self.asked += 1
            self.event.wait(5.0)
            return answer

        return answered


@pytest.fixture
async def ui(daemon, tmp_path):
    """The UI of a stub; whatever ends it by force fails the test that uses it."""
    daemon.on("POST /v1/drafts", drafts.Draft())
    daemon.on("GET /v1/calendars", stub.Refuse("not-found", "There are none."))
    yield lambda **how: opened(world(tmp_path), daemon.url, **how)
    daemon.over.set()


def hold_back(monkeypatch, kind) -> asyncio.Event:
    """Let the screens of a kind be made only once the event is set."""
    go_on, compose = asyncio.Event(), kind._compose

    async def later(self) -> None:
        await go_on.wait()
        await compose(self)

    monkeypatch.setattr(kind, "_compose", later)
    return go_on


async def open_form(seen) -> ScheduleForm:
    await seen.live()
    await seen.press("S")
    await seen.until("SCHEDULE▲")
    await seen.press("n")
    await seen.until("new schedule")
    form = seen.app.screen
    assert isinstance(form, ScheduleForm)
    return form


@pytest.mark.parametrize(
    ("kind", "key", "does"),
    [
        (lambda: ScheduleForm(drafting.fresh()), "ctrl+o", "Less (^o)"),
        (SchedulesPage, "slash", "words that a row must have"),
        (lambda: StackPage("local/web"), "2", "READS"),
    ],
    ids=["form", "page", "stack"],
)
async def test_keys_wait_for_the_screen_that_they_are_for(
    ui, monkeypatch, kind, key, does
) -> None:
    """One that is only being made obeys none, and afterwards all of them."""
    async with ui(size=(80, 40)) as seen:
        await seen.live()
        made = kind()
        go_on = hold_back(monkeypatch, type(made))
        # As a worker does it, while a key has been pressed, or is on its way to the top.
        pressed = events.Key(key, None)
        if key == "2":
            pressed._set_forwarded()
        seen.app.post_message(pressed)
        seen.app.push_screen(made)
        await turns()
        go_on.set()
        await seen.until(does)


async def test_letters_that_come_before_a_form_is_made_are_written_into_it(
    ui, monkeypatch
) -> None:
    """Its first question has the focus before the first of them is obeyed."""
    async with ui(size=(80, 40)) as seen:
        await seen.live()
        go_on = hold_back(monkeypatch, ScheduleForm)
        seen.app.push_screen(ScheduleForm(drafting.fresh()))
        hurry(seen, "w", "e", "b")
        await turns()
        go_on.set()
        await seen.until("sleep-web")


@pytest.mark.parametrize("window", ["confirm", "zone", "details"])
async def test_a_window_that_is_answered_twice_leaves_once(ui, window) -> None:
    """Enter that repeats itself does not take the page below away, nor end the UI."""
    made = {
        "confirm": lambda: Confirm(title="do it", lines=("this",), verb="Do"),
        "zone": lambda: ZoneForm("", title="show instants", empty="here"),
        "details": lambda: Details(title="that", lines=("a line",)),
    }[window]()
    async with ui() as seen:
        await seen.live()
        answers: list[object] = []
        await seen.app.push_screen(made, answers.append)
        made.dismiss("once")
        made.dismiss("twice")
        await eventually(lambda: isinstance(seen.app.screen, Dashboard))
        await seen.until("● live")
        assert answers == ["once"]


async def test_enter_that_repeats_itself_answers_once(ui) -> None:
    """All of them were for the button."""
    async with ui() as seen:
        await seen.live()
        await seen.app.push_screen(Confirm(title="do it", lines=("this",), verb="Do"))
        await seen.until("Do (y)")
        button = seen.app.screen.query_one("#yes")
        button.press()
        button.press()
        await seen.until("● live", gone=("Do (y)",))
        assert isinstance(seen.app.screen, Dashboard)


async def test_an_answer_below_another_window_waits_for_its_turn(ui) -> None:
    """The one above stays; the one below leaves once it would be seen again."""
    async with ui() as seen:
        await seen.live()
        answers: list[object] = []
        below = ZoneForm("", title="show instants", empty="here")
        await seen.app.push_screen(below, answers.append)
        await seen.app.push_screen(Details(title="above", lines=("a line",)))
        below.dismiss("UTC")
        await seen.until("above")
        assert answers == []
        await seen.press("escape")
        await seen.until("● live", gone=("show instants",))
        assert answers == ["UTC"]


async def test_an_answer_that_comes_while_the_form_goes_is_dropped(ui, daemon) -> None:
    """Its questions are taken away one by one; the form itself is there until the last is."""
    async with ui() as seen:
        form = await open_form(seen)
        await eventually(lambda: form._draft is not None)
        gone = asyncio.Event()
        question = form._questions["action"]
        unmounted = Question._message_loop_exit

        async def slowly(self) -> None:
            await unmounted(self)
            if self is question:
                found = await form._checked(form._form)
                form._explain()
                assert found is None
                gone.set()

        question._message_loop_exit = slowly.__get__(question)
        await seen.press("escape")
        await eventually(gone.is_set)
        await seen.until("SCHEDULE▲", gone=("new schedule",))


async def test_an_answer_that_comes_while_questions_are_unfolded_is_shown(ui, monkeypatch) -> None:
    """Beside those that are there, and beside those that are being made."""
    async with ui(size=(80, 40)) as seen:
        form = await open_form(seen)
        await eventually(lambda: form._draft is not None)
        go_on = hold_back(monkeypatch, Question)
        hurry(seen, "ctrl+o")
        await eventually(lambda: "spread" in form._questions)
        fault = problems.FieldFault(path="spread", code="x", message="that is too long")
        form._tried, form._draft = True, drafts.Draft(faults=(fault,))
        form._show()
        form._follow()
        go_on.set()
        await seen.until("Spread", "✗ that is too long")


async def test_a_question_that_one_has_gone_to_meanwhile_keeps_the_focus(ui, monkeypatch) -> None:
    """Unfolding the others takes a while."""
    async with ui(size=(80, 40)) as seen:
        form = await open_form(seen)
        go_on = hold_back(monkeypatch, Question)
        hurry(seen, "ctrl+o")
        await eventually(lambda: "spread" in form._questions)
        form._questions["zone"].enter()
        go_on.set()
        await seen.until("Spread")
        assert form.focused.id == "field-zone"


async def test_what_is_typed_faster_than_it_is_taken_stays(ui) -> None:
    """No letter is lost, and the cursor stays behind the last one."""
    async with ui() as seen:
        form = await open_form(seen)
        field = form.query_one("#field-selector", Input)
        texts: list[str] = []
        form.watch(field, "value", lambda text: texts.append(text), init=False)  # noqa: PLW0108
        hurry(seen, *"website")
        await seen.until("sleep-website")
        assert texts == ["w", "we", "web", "webs", "websi", "websit", "website"]
        assert field.cursor_position == 7


async def test_what_is_being_saved_is_not_saved_twice(ui, daemon) -> None:
    """Keys that save or leave wait for the answer."""
    gate = Gate()
    daemon.on("POST /v1/schedules", gate.answering(samples.SCHEDULES[0]))
    async with ui() as seen:
        await open_form(seen)
        await seen.write("web")
        await seen.until("sleep-web")
        await seen.press("ctrl+s")
        await eventually(lambda: gate.asked == 1)
        await seen.press("ctrl+s", "escape")
        await seen.until("new schedule", gone=("without saving",))
        gate.event.set()
        await seen.until("SCHEDULE▲", gone=("new schedule",))
        assert gate.asked == 1
