"""Explanations: of what decided, and of everything that would have and did not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import model, triggers, why
from tests.core import cron_strategies as draw

HOUR = timedelta(hours=1)
#: The evening of the 23rd, the next morning, and when somebody asks.
EVENING = datetime(2026, 11, 23, 22, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 7, tzinfo=UTC)
REF = model.StackRef("local", "web")
Status, Stack = model.RunStatus, model.StackStatus


def run(number, action="stop", status=Status.SUCCEEDED, at=EVENING, **fields):
    began = fields.pop("began", status in {Status.SUCCEEDED, Status.PARTIAL, Status.FAILED})
    return model.Run(
        **{
            "id": f"run-{number}",
            "stack": REF,
            "action": model.Action(action),
            "status": status,
            "cause_kind": model.CauseKind.SCHEDULE,
            "cause": "schedule `nightly`, due at 22:00",
            "actor": "alice",
            "schedule_name": "nightly",
            "planned_at": at,
            "created_at": at,
            "started_at": at if began else None,
            "finished_at": at + timedelta(seconds=5),
        }
        | fields
    )


def schedule(name="nightly", action="stop", expression="0 22 * * *", **fields):
    return model.Schedule(
        **{
            "id": name,
            "name": name,
            "enabled": True,
            "trigger": triggers.CronTrigger(expression=expression, zone="UTC"),
            "action": model.Action(action),
            "selector": "local/web",
            "catch_up": model.CatchUp.LATEST,
            "deadline": HOUR,
            "owner": "alice",
            "created_at": EVENING - timedelta(days=30),
            "updated_at": EVENING,
            "next_at": None,
        }
        | fields
    )


def change(what, at, name="nightly", detail=""):
    return why.Change(at=at, schedule=name, what=what, actor="bob", detail=detail)


def explain(*runs, at=MORNING, status=Stack.STOPPED, **fields):
    told = why.Told(
        **{
            "ref": REF,
            "runs": runs,
            "last_success": None,
            "schedules": (),
            "changes": (),
            "seen": why.Seen(status=status) if status else None,
        }
        | fields
    )
    return why.explain(told, at=at)


def texts(lines, kind):
    return [line.text for line in lines if line.kind == kind]


def test_the_last_run_that_succeeded_decided():
    """With its cause, its run and its instant; nothing else needs to be said."""
    decided, coming = explain(run(1), run(0, "start", at=EVENING - 10 * HOUR))

    assert (decided.kind, decided.run, decided.schedule) == ("decided", "run-1", "nightly")
    assert decided.text == "stop succeeded: schedule `nightly`, due at 22:00"
    assert decided.at == EVENING + timedelta(seconds=5)
    assert coming.text == "no schedule will change it"


@pytest.mark.parametrize(
    ("status", "word", "cause"),
    [
        (Status.MISSED, "was missed", "missed while dockschedd was not running"),
        (Status.SKIPPED, "was skipped", "no stack matches"),
        (Status.SUPERSEDED, "was superseded", "the one due at 07:00 takes its place"),
        (Status.CANCELLED, "was cancelled", "cancelled by bob"),
    ],
)
def test_what_did_not_happen_is_told_with_its_reason(status, word, cause):
    """Each run that was to change the stack and did not, with what is recorded about it."""
    later = run(2, "start", status, at=MORNING - HOUR, cause=cause)
    lines = explain(run(1), later)

    assert texts(lines, "did-not") == [f"start of schedule `nightly` {word}: {cause}"]


def test_a_failure_is_told_with_its_error():
    """What the run says about itself, not why it began."""
    failed = run(2, "start", Status.FAILED, at=MORNING - HOUR, error="start web-db-1 failed")
    lines = explain(run(1), failed)

    assert texts(lines, "did-not") == ["start of schedule `nightly` failed: start web-db-1 failed"]


def test_a_miss_that_was_recorded_later_is_told_of_the_time_it_was_missed():
    """Whoever asks about 02:00 learns what the daemon only knew at 08:00."""
    missed = run(2, "stop", Status.MISSED, at=EVENING + HOUR, created_at=MORNING)
    lines = explain(run(1), missed, at=MORNING - HOUR, status=None)

    assert [line.run for line in lines if line.kind == "did-not"] == ["run-2"]


def test_a_run_is_judged_as_it_was_at_that_instant():
    """What ended later was still running, what began later was still waiting."""
    slow = run(2, "start", at=MORNING - HOUR, finished_at=MORNING + HOUR)
    waiting = run(3, "stop", at=MORNING - HOUR, started_at=MORNING + HOUR)
    lines = explain(run(1), slow, waiting, status=None)

    assert lines[0].run == "run-1"
    assert texts(lines, "did-not") == [
        "start of schedule `nightly` is still running: schedule `nightly`, due at 22:00",
        "stop of schedule `nightly` is waiting: schedule `nightly`, due at 22:00",
    ]


def test_a_run_that_waits_for_its_host_says_so():
    """And the state of the stack is not known then."""
    waiting = run(2, "start", Status.PLANNED, at=MORNING - HOUR, finished_at=None)
    seen = why.Seen(status=Stack.UNKNOWN, unreachable="no route")
    lines = explain(run(1), waiting, seen=seen)

    assert texts(lines, "did-not") == [
        "start of schedule `nightly` is waiting: for its host: no route"
    ]
    assert texts(lines, "unknown") == ["how the stack is now is not known: no route"]


def test_a_disabled_schedule_is_told_with_what_it_would_have_done():
    """Who disabled it, and the occurrence that did not come."""
    off = change("disable", EVENING - HOUR)
    lines = explain(
        run(1, "start", at=EVENING - 10 * HOUR),
        status=Stack.RUNNING,
        schedules=[schedule(enabled=False)],
        changes=[off],
    )

    assert texts(lines, "schedule") == ["schedule `nightly` was disabled by bob"]
    (missing,) = [line for line in lines if line.kind == "did-not"]
    assert missing.at == EVENING
    assert missing.text == ("stop of schedule `nightly` did not happen: the schedule was disabled")


def test_a_schedule_that_is_enabled_again_is_not_blamed_for_later():
    """Only the time in which it was disabled counts."""
    changes = [change("disable", EVENING - 2 * HOUR), change("enable", EVENING - HOUR)]
    lines = explain(run(1, at=EVENING), schedules=[schedule()], changes=changes)

    assert texts(lines, "did-not") == []


def test_what_was_edited_is_not_guessed_at():
    """Before the edit it was another schedule: only the edit itself is told."""
    changes = [
        change("disable", EVENING - 2 * HOUR),
        change("edit", EVENING + HOUR, detail='cron: "0 21 * * *" → "0 22 * * *"'),
    ]
    lines = explain(
        run(1, "start", at=EVENING - 10 * HOUR),
        status=Stack.RUNNING,
        schedules=[schedule(enabled=False)],
        changes=changes,
    )

    assert texts(lines, "did-not") == []
    assert texts(lines, "schedule")[1].startswith("schedule `nightly` was changed by bob: cron")


def test_somebody_else_is_named_where_the_state_contradicts_the_last_run():
    """With when its containers ended, if that was seen."""
    seen = why.Seen(status=Stack.STOPPED, ended_at=MORNING - 2 * HOUR)
    lines = explain(run(1, "start"), seen=seen)
    (outside,) = [line for line in lines if line.kind == "outside"]

    assert outside.at == MORNING - 2 * HOUR
    assert outside.text == (
        "the stack is stopped, although the last start left it running: "
        "somebody or the engine did that; dockschedd did not"
    )


def test_a_run_that_failed_is_blamed_before_somebody_else():
    """A stop that stopped half of the stack left it so."""
    broken = run(2, "stop", Status.PARTIAL, at=MORNING - HOUR, error="stop web-db-1 failed")
    lines = explain(run(1, "start"), broken, status=Stack.PARTIAL)

    assert texts(lines, "outside") == [
        "the stack is partial: the stop that did not succeed left it so"
    ]


def test_of_the_past_it_is_said_what_is_not_recorded():
    """States are not kept: nothing is made up."""
    lines = explain(run(1), status=None)

    assert texts(lines, "unknown") == [
        "what was done by hand or by the engine in between is not recorded"
    ]


def test_without_any_run_nothing_is_claimed():
    """A stack that dockschedd never touched."""
    assert explain()[0].text == "no run of dockschedd that is on record has changed this stack"


def test_what_is_next_is_the_first_of_all_enabled_schedules():
    """Disabled ones do not come."""
    schedules = [
        schedule("morning", "start", "0 8 * * *"),
        schedule("nightly"),
        schedule("off", expression="30 7 * * *", enabled=False),
    ]
    coming = explain(run(1), schedules=schedules)[-1]

    assert (coming.at, coming.text) == (MORNING + HOUR, "start by schedule `morning`")


def test_a_hold_is_told():
    """What keeps schedules from the stack now stands before what would come next."""
    held = "`local/web` is held up by alice until it is released"
    lines = explain(run(1, "start"), status=Stack.RUNNING, held=held)

    assert texts(lines, "held") == [f"{held}; schedules leave it alone"]
    assert lines[-1].kind == "next"


runs = st.builds(
    run,
    st.integers(0, 9),
    st.sampled_from(model.Action),
    st.sampled_from(Status),
    at=st.integers(0, 20).map(lambda hours: EVENING - 10 * HOUR + hours * HOUR),
)


@given(
    st.lists(runs, max_size=6, unique_by=lambda r: r.id),
    st.randoms(use_true_random=False),
    st.sampled_from([*Stack, None]),
)
@draw.effort(150)
def test_every_explanation_is_ordered_and_has_a_beginning_and_an_end(found, random, status):
    """One that decided, what came since by instant, one that is next; in any order of arrival."""
    known = [each for each in found if each.planned_at <= MORNING]
    shuffled = list(known)
    random.shuffle(shuffled)
    lines = explain(*known, status=status)

    assert lines == explain(*shuffled, status=status)
    assert [lines[0].kind, lines[-1].kind] == ["decided", "next"]
    between = [line.at for line in lines if line.kind == "did-not"]
    assert between == sorted(between)
    named = [line.run for line in lines if line.kind == "did-not"]
    assert len(named) == len(set(named))
    assert lines[0].run not in named


def test_what_a_calendar_left_out_is_told():
    """The last of it since the schedule was edited, and not what has a run all the same."""
    days = frozenset(EVENING.date() - timedelta(days=n) for n in range(5))
    trigger = triggers.CronTrigger(
        expression="0 22 * * *",
        zone="UTC",
        except_on=(triggers.Calendar(name="holidays", dates=days),),
    )
    nightly = schedule(trigger=trigger)
    ran = run(1, at=EVENING - timedelta(days=4), schedule_id="nightly")

    since = explain(ran, schedules=(nightly,))
    edited = explain(schedules=(nightly,), changes=(change("edit", EVENING - HOUR),))
    earlier = explain(schedules=(nightly,), at=EVENING - timedelta(days=9))
    disabled = explain(schedules=(schedule(trigger=trigger, enabled=False),))

    said = "stop of schedule `nightly` did not happen: 23 November 2026 is in calendar holidays"
    assert [x.text for x in since if x.schedule and x.kind is why.Kind.DID_NOT] == [
        f"{said}; nor did 3 before it"
    ]
    assert [x.text for x in edited if x.kind is why.Kind.DID_NOT] == [said]
    assert not any("holidays" in x.text for x in (*earlier, *disabled))
