"""The form of a schedule, without a screen."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedctl.commands import options as flags
from dockschedctl.ui import draft_fields as known
from dockschedctl.ui import drafting
from dockschedd.core import validate
from dockschedd.wire import problems, runs, schedules
from tests.ctl import samples

WINDOW = samples.schedule(
    "office", trigger="window", cron=None, window="mon-fri 08:00-18:00", action="awake",
    sleep_by="pause", enforce="always", also_asleep=("holidays", "bridges"),
)  # fmt: skip
ONCE = samples.schedule(
    "xmas", trigger="at", cron=None, at=datetime(2026, 12, 24, 17, 0, tzinfo=UTC)
)
FULL = samples.schedule(
    "full", action="restart", catch_up="all", deadline_seconds=5400.0, if_busy="replace",
    spread_seconds=600.0, except_on=("holidays",),
    options=runs.Options(
        stop_timeout_seconds=30.0, in_place=True, rerun_oneshots=True, on_error="halt"
    ),
)  # fmt: skip
words = st.text(st.characters(codec="ascii", exclude_categories=["C"]), max_size=12)
names = st.sampled_from([each.name for each in known.FIELDS])


@st.composite
def steps(draw) -> tuple[str, str]:
    """One change that the screen allows."""
    name = draw(names)
    choices = known.BY_NAME[name].choices
    return name, draw(st.sampled_from(choices)) if choices else draw(words)


def written(*found: tuple[str, str], form: drafting.Form | None = None) -> drafting.Form:
    form = drafting.fresh() if form is None else form
    for name, value in found:
        form = drafting.changed(form, name, value)
    return form


def test_the_first_choice_is_to_sleep_at_night() -> None:
    """Only the stacks have to be named."""
    body = drafting.new(written(("selector", "local/web")))

    assert body == schedules.ScheduleNew(
        name="sleep-local-web", action="asleep", selector="local/web", window="daily 23:00-07:00"
    )
    assert drafting.new(drafting.fresh(selector="local/web")) == body


@given(st.lists(steps(), max_size=12))
def test_whatever_is_written_there_is_one_trigger(found) -> None:
    """Which the daemon can judge; what is not on the screen is not sent."""
    form = written(*found)
    body = drafting.new(form)

    given_ = [name for name in known.TRIGGERS if getattr(body, name) is not None]
    assert given_ == [form.trigger]
    shown = {each.name for each in drafting.fields(form)}
    for name in ("sleep_by", "enforce", "catch_up", "deadline", "except_on", "also_asleep"):
        assert name in shown or not getattr(body, name)
    assert msgspec.json.decode(msgspec.json.encode(body), type=schedules.ScheduleNew) == body


@given(st.sampled_from([samples.schedule(), WINDOW, ONCE, FULL, *samples.SCHEDULES]))
def test_a_form_that_nobody_touched_changes_nothing(schedule) -> None:
    """Whatever the schedule is."""
    form = drafting.of(schedule)

    assert drafting.edit(form) == schedules.ScheduleEdit()
    assert not drafting.is_changed(form)


@given(st.sampled_from([samples.schedule(), WINDOW, ONCE, FULL]), st.lists(steps(), max_size=6))
def test_what_is_changed_back_is_no_change(schedule, found) -> None:
    """An edit is what is different, not what was touched."""
    first = drafting.of(schedule)
    back = written(
        *found, *((name, first.values.get(name, "")) for name, _ in reversed(found)), form=first
    )

    assert drafting.edit(back) == schedules.ScheduleEdit()


def test_only_what_was_changed_is_sent() -> None:
    """The trigger, a policy, a list that was emptied, and options as a whole."""
    form = written(
        ("cron", "0 23 * * *"), ("spread", ""), ("except_on", ""), ("on_error", "continue"),
        form=drafting.of(FULL),
    )  # fmt: skip

    assert drafting.edit(form) == schedules.ScheduleEdit(
        cron="0 23 * * *",
        spread="0",
        except_on=(),
        options=msgspec.structs.replace(FULL.options, on_error="continue"),
    )


def test_a_window_becomes_an_action_with_its_trigger() -> None:
    """The trigger of the other kind goes with it, as it stands on the screen."""
    form = written(("action", "stop"), form=drafting.of(WINDOW))

    assert drafting.edit(form).action == "stop"
    assert drafting.edit(form).cron == "0 22 * * *"
    assert drafting.edit(form).window is msgspec.UNSET


def test_a_date_is_shown_as_the_clocks_of_its_zone() -> None:
    """And sent only when it is changed."""
    form = drafting.of(ONCE)

    assert (form["by"], form["at"]) == ("once", "2026-12-24 18:00")
    assert drafting.edit(written(("at", "2026-12-24 19:00"), form=form)).at == "2026-12-24 19:00"


def test_the_name_follows_until_a_person_gives_one() -> None:
    """Of one that is there it stays."""
    assert written(("selector", "dev/*"), ("action", "restart"))["name"] == "restart-dev"
    assert written(("name", "x"), ("selector", "web"))["name"] == "x"
    assert written(("selector", "web"), form=drafting.of(FULL))["name"] == "full"


def test_what_nobody_chose_is_shown_as_what_counts() -> None:
    """And is not sent."""
    form = written(("selector", "web"), ("action", "restart"))

    assert (form["catch_up"], form["if_busy"]) == ("skip", "wait")
    assert drafting.new(form).catch_up is None
    assert drafting.new(written(("catch_up", "all"), form=form)).catch_up == "all"


def test_options_are_those_of_the_action() -> None:
    """The limit is that of waiting for a start, and of stopping for all else."""
    start = written(("action", "start"), ("timeout", "2m"), ("everything", "yes"))
    stop = written(("action", "stop"), ("timeout", "2m"), ("remember", "yes"))

    assert drafting.new(start).options == runs.Options(wait_timeout_seconds=120, everything=True)
    assert drafting.new(stop).options == runs.Options(stop_timeout_seconds=120, remember=True)
    cleared = written(("timeout", ""), form=drafting.of(FULL))
    assert drafting.edit(cleared).options.stop_timeout_seconds is None


def test_faults_are_beside_their_fields() -> None:
    """Whatever the daemon calls them; what no field is to blame for is told below."""
    form = written(("action", "stop"), ("by", "words"), ("when", "x"), ("timeout", "soon"))
    found = drafting.placed(
        form,
        [
            fault("cron", "no trigger"),
            fault("when", "second"),
            fault("except_on[1]", "no calendar", hint="did you mean `b`?"),
            fault("options.on_error", "no such word"),
            fault("window", "nothing"),
            fault("enforce", "only a window has it"),
            fault("", "the body is wrong"),
        ],
    )

    assert found.beside["when"] == "no trigger"
    assert found.beside["except_on"] == "no calendar (did you mean `b`?)"
    assert found.beside["on_error"] == "no such word"
    assert "`soon` is not a duration" in found.beside["timeout"]
    assert found.rest == ("enforce: only a window has it", "the body is wrong")


def test_an_empty_field_is_not_complained_about_before_its_turn() -> None:
    """But when it was emptied, and when one tries to save."""
    faults = [fault("selector", "no stacks"), fault("name", "no name")]

    assert drafting.placed(drafting.fresh(), faults, patient=True).beside == {}
    assert set(drafting.placed(drafting.fresh(), faults).beside) == {"selector", "name"}
    emptied = written(("selector", "web"), ("selector", ""))
    assert set(drafting.placed(emptied, faults, patient=True).beside) == {"selector"}


def test_what_may_be_chosen_is_what_the_command_line_takes() -> None:
    """Word for word."""
    for name, known_words in {
        "sleep_by": flags.SleepBy, "enforce": flags.Enforce, "catch_up": flags.CatchUp,
        "if_busy": flags.IfBusy, "dependents": flags.Dependents, "on_error": flags.OnError,
        "action": flags.Does,
    }.items():  # fmt: skip
        assert set(known.BY_NAME[name].choices) == set(known_words)


def test_each_part_of_a_cron_expression_is_named_as_it_is_written() -> None:
    """Those that are missing too, and how many there are too many."""
    form = drafting.fresh()

    def said(text: str) -> str:
        return drafting.explained(written(("cron", text), form=form), "cron")

    assert said("0 22 * * mon-fri") == "minute 0 · hour 22 · day * · month * · weekday mon-fri"
    assert said("0 22") == "minute 0 · hour 22 · day … · month … · weekday …"
    assert said("0 0 22 * * mon").endswith("weekday * · and 1 too many")
    assert said("@daily") == said("") == known.BY_NAME["cron"].says


@pytest.mark.parametrize(
    ("name", "example"), [(f.name, each) for f in known.FIELDS for each in f.examples]
)
def test_what_is_offered_is_understood_by_the_daemon(name, example) -> None:
    """Every example is a trigger."""
    given_ = {"cron_text": None, "at_text": None, "when": None, "window": None}
    given_["cron_text" if name == "cron" else name] = example

    assert validate.trigger(**given_, zone="Europe/Berlin", now=samples.NOW)


def fault(path: str, message: str, *, hint: str | None = None) -> problems.FieldFault:
    return problems.FieldFault(path=path, code="x", message=message, hint=hint)
