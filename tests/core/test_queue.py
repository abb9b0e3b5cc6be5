"""Which planned runs begin, and what becomes of the others."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.core import holds, model, queue, turns

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
WEB, DB = model.StackRef("local", "web"), model.StackRef("far", "db")
Action, IfBusy, Status = model.Action, model.IfBusy, model.RunStatus


def run(name: str, action: Action = Action.STOP, **changes) -> model.Run:
    return model.Run(
        **{
            "id": name,
            "stack": WEB,
            "action": action,
            "status": Status.PLANNED,
            "cause_kind": model.CauseKind.SCHEDULE,
            "cause": "",
            "actor": "alice",
            "schedule_id": "s",
            "schedule_name": "nightly",
            "planned_at": NOON,
            "deadline_at": NOON + 60 * MINUTE,
            "created_at": NOON,
            **changes,
        }
    )


def manual(name: str, action: Action = Action.STOP, **changes) -> model.Run:
    return run(name, action, schedule_id=None, schedule_name=None, deadline_at=None, **changes)


def scene(**changes) -> queue.Scene:
    return queue.Scene(
        **{
            "now": NOON + MINUTE,
            "under_way": {},
            "blocks": holds.Blocks(),
            "away": {},
            "outdated": {},
            "room": 50,
            **changes,
        }
    )


def hold(**changes) -> holds.Hold:
    return holds.Hold(
        **{
            "stack": WEB,
            "wants": holds.Wanted.UP,
            "owner": "bob",
            "reason": "a demo",
            "zone": "UTC",
            "since": NOON,
            "until": NOON + 120 * MINUTE,
            **changes,
        }
    )


def test_what_may_begin_begins_up_to_the_limit():
    """In order; the limit of parallel runs leaves the rest planned."""
    first = run("a"), replace(run("b"), stack=DB)

    assert queue.choose(first, (), scene()) == tuple(map(queue.Begin, first))
    assert queue.choose(first, (), scene(room=1)) == (queue.Begin(first[0]),)
    assert queue.choose(first, (), scene(room=0)) == ()


def test_a_held_stack_is_left_alone_by_schedules_and_not_by_people():
    """The cause names the hold, its owner, its end and its reason."""
    blocks = holds.Blocks(holds={WEB: hold()})
    (ended,) = queue.choose([run("a")], (), scene(blocks=blocks))
    person = manual("m")

    assert (ended.run.id, ended.status) == ("a", Status.SKIPPED)
    assert ended.cause == (
        "`local/web` is held up by bob until 14:00 on 24 November 2026, UTC: a demo"
    )
    assert queue.choose([person], (), scene(blocks=blocks)) == (queue.Begin(person),)


@pytest.mark.parametrize("minutes", [0, 1])
def test_a_hold_that_has_ended_holds_nothing(minutes):
    """[since, until): from its end on schedules act."""
    blocks = holds.Blocks(holds={WEB: hold(until=NOON + minutes * MINUTE)})

    assert queue.choose([run("a")], (), scene(blocks=blocks)) == (queue.Begin(run("a")),)


def test_while_schedules_are_frozen_none_of_them_acts():
    """The cause says who froze them, since when and why."""
    freeze = holds.Freeze(owner="bob", reason="new rack", zone="UTC", since=NOON, until=None)
    (ended,) = queue.choose([run("a")], (), scene(blocks=holds.Blocks(freeze=freeze)))

    assert ended.status is Status.SKIPPED
    assert ended.cause == (
        "all schedules are frozen by bob since 12:00 on 24 November 2026, UTC: new rack"
    )


def test_wait_waits_skip_skips_and_replace_replaces():
    """What a run does while another one is under way, as its schedule says."""
    busy = run("busy", Action.START)
    under = scene(under_way={WEB: busy})

    assert queue.choose([run("a")], (), under) == ()
    (skipped,) = queue.choose([run("a", if_busy=IfBusy.SKIP)], (), under)
    assert (skipped.status, skipped.by) == (Status.SKIPPED, None)
    assert "start busy of schedule `nightly`" in skipped.cause
    assert "was under way" in skipped.cause
    other = run("a", if_busy=IfBusy.REPLACE)
    assert queue.choose([other], (), under) == (queue.Replace(other, busy),)
    assert queue.choose([manual("m", if_busy=IfBusy.SKIP)], (), under) == ()


@pytest.mark.parametrize(
    ("first", "second", "overtaken"),
    [
        (Action.STOP, Action.START, True),
        (Action.START, Action.STOP, True),
        (Action.PAUSE, Action.UNPAUSE, True),
        (Action.PAUSE, Action.START, True),
        (Action.UNPAUSE, Action.STOP, True),
        (Action.STOP, Action.STOP, False),
        (Action.STOP, Action.UNPAUSE, False),
        (Action.START, Action.PAUSE, False),
        (Action.RESTART, Action.STOP, False),
        (Action.STOP, Action.RESTART, False),
    ],
)
def test_a_waiting_run_is_overtaken_by_its_opposite(first, second, overtaken):
    """Superseded, naming it; only where leaving it out comes to the same."""
    behind = run("b", second, planned_at=NOON + MINUTE)
    found = queue.choose([run("a", first)], [behind], scene())

    if overtaken:
        (ended,) = found
        assert (ended.status, ended.by) == (Status.SUPERSEDED, "b")
    else:
        assert found == (queue.Begin(run("a", first)),)


def test_what_a_person_asked_for_is_never_overtaken():
    """Somebody waits for it."""
    person = manual("m", Action.STOP)

    assert queue.choose([person], [run("b", Action.START)], scene()) == (queue.Begin(person),)


def test_a_run_with_a_deadline_waits_for_its_host_and_then_is_missed():
    """The cause names the host, or what was under way."""
    lost = replace(run("a"), stack=DB)
    away = {"far": "no route"}
    late = NOON + 61 * MINUTE

    assert queue.choose([lost], (), scene(away=away)) == ()
    (ended,) = queue.choose([lost], (), scene(away=away, now=late))
    assert ended.status is Status.MISSED
    assert ended.cause == "host `far` was unreachable until the deadline of 1h: no route"
    (ended,) = queue.choose([run("a")], (), scene(under_way={WEB: run("busy")}, now=late))
    assert ended.status is Status.MISSED
    assert "stop busy" in ended.cause


def test_a_run_of_a_pattern_becomes_runs_once_its_host_is_there():
    """While the host is away it waits; it never begins itself, and takes no room."""
    waiting = replace(run("a"), stack=model.StackRef("far", "d*"))

    assert queue.choose([waiting], (), scene(away={"far": "no route"})) == ()
    assert queue.choose([waiting], (), scene(room=0)) == (queue.Expand(waiting),)


def test_an_attempt_that_waited_too_long_gives_way_to_what_has_come_since():
    """A later run on the stack counts."""
    later = run("later", Action.START, planned_at=NOON + MINUTE)
    (ended,) = queue.choose([run("a", attempt=2)], (), scene(outdated={"a": later}))

    assert (ended.status, ended.by) == (Status.SUPERSEDED, "later")


def test_a_run_whose_turn_has_not_come_stays_planned():
    """And one whose turn never comes ends: failed by a fault, else skipped."""
    waiting = turns.Turn(standing=turns.Standing.WAITING, reason="it waits")
    failed = turns.Turn(standing=turns.Standing.NEVER, reason="no", fault=True)
    unwanted = turns.Turn(standing=turns.Standing.NEVER, reason="no")
    first = run("1", Action.START, after=("2",))

    assert queue.choose([first], [], scene(turns={"1": waiting})) == ()
    assert queue.choose([first], [], scene(turns={"1": turns.COME})) == (queue.Begin(first),)
    for turn, status in ((failed, Status.FAILED), (unwanted, Status.SKIPPED)):
        ended = queue.End(first, status, "no")
        assert queue.choose([first], [], scene(turns={"1": turn})) == (ended,)


def test_a_persons_run_that_waits_for_others_is_overtaken_by_the_opposite():
    """One that waits for nobody is not."""
    stop = manual("3", Action.STOP)
    waits = manual("1", Action.START, after=("2",))

    (ended,) = queue.choose([waits], [stop], scene())
    assert (ended.status, ended.by) == (Status.SUPERSEDED, "3")
    plain = manual("1", Action.START)
    assert queue.choose([plain], [stop], scene()) == (queue.Begin(plain),)


def test_a_deadline_that_passes_while_it_waits_says_for_what():
    """The cause is the reason, and that the deadline has passed."""
    waiting = turns.Turn(standing=turns.Standing.WAITING, reason="it waits for db")
    first = run("1", Action.START, after=("2",))
    (ended,) = queue.choose([first], [], scene(turns={"1": waiting}, now=NOON + 61 * MINUTE))

    assert ended.status is Status.MISSED
    assert ended.cause == "it waits for db: its deadline of 1h has passed"


def test_a_run_whose_turn_has_not_come_replaces_nobody():
    """Neither while it waits nor when its turn never comes; it fails once its stack is free."""
    waiting = turns.Turn(standing=turns.Standing.WAITING, reason="it waits")
    failed = turns.Turn(standing=turns.Standing.NEVER, reason="no", fault=True)
    unwanted = turns.Turn(standing=turns.Standing.NEVER, reason="no")
    first = run("1", Action.START, after=("2",), if_busy=IfBusy.REPLACE)
    busy = {WEB: run("0", status=Status.RUNNING)}

    for turn, expected in (
        (waiting, ()),
        (failed, ()),
        (unwanted, (queue.End(first, Status.SKIPPED, "no"),)),
        (turns.COME, (queue.Replace(first, busy[WEB]),)),
    ):
        assert queue.choose([first], [], scene(turns={"1": turn}, under_way=busy)) == expected


# ---------------------------------------------------------------- many hosts


def on(host: str, number: int, **changes) -> model.Run:
    return run(f"{host}-{number}", stack=model.StackRef(host, f"s{number}"), **changes)


def begun(decisions) -> list[str]:
    return [d.run.id for d in decisions if isinstance(d, queue.Begin)]


def test_the_next_place_is_for_the_host_with_the_fewest() -> None:
    """What is under way counts; among equals the order of instants does."""
    busy = {each.stack: each for each in (on("a", 8), on("a", 9), on("b", 9))}
    first = [*(on("a", n) for n in range(4)), *(on("b", n) for n in range(4)), on("c", 0)]

    chosen = queue.choose(first, (), scene(under_way=busy, room=4))

    assert begun(chosen) == ["a-0", "b-0", "b-1", "c-0"]


def test_with_room_for_all_nothing_is_fair_or_unfair() -> None:
    """Everything begins."""
    first = [on("a", n) for n in range(5)]

    assert len(begun(queue.choose(first, (), scene(room=5)))) == 5
    assert begun(queue.choose(first, (), scene(room=0))) == []


def test_a_run_whose_host_does_not_answer_takes_no_room() -> None:
    """It only waits, within its limits."""
    busy = {each.stack: each for each in (on("a", 1), on("a", 2), on("b", 1))}

    assert queue.room(4, busy, ()) == 1
    assert queue.room(4, busy, {"a"}) == 3


def test_nothing_begins_on_a_host_that_has_not_answered_for_a_moment() -> None:
    """Also what would fail at once: in a moment it is known whether it is away."""
    first = [on("a", 1), replace(on("a", 2), deadline_at=None), on("b", 1)]

    assert begun(queue.choose(first, (), scene(silent={"a"}))) == ["b-1"]


def test_nothing_is_done_on_a_host_that_another_stands_in_for() -> None:
    """Its runs are skipped, also those that somebody asked for and those of patterns."""
    first = [on("b", 1), manual("m", stack=model.StackRef("b", "*"))]

    chosen = queue.choose(first, (), scene(stand_ins={"b": "a"}))

    assert [(d.status, d.cause) for d in chosen] == [
        (Status.SKIPPED, "host `b` is the same engine as `a`, which is acted on in its place")
    ] * 2


def test_one_stack_of_one_engine_has_one_run_by_whatever_name() -> None:
    """What was begun by the other name ends first."""
    begun_as = on("b", 1)

    found = queue.choose(
        [on("a", 1), on("a", 2)],
        (),
        scene(under_way={begun_as.stack: begun_as}, stand_ins={"b": "a"}),
    )

    assert begun(found) == ["a-2"]
