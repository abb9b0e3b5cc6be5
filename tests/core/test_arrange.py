"""What requirements make of runs: their order, extra runs, and refusals."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import arrange, model, requirements
from tests.core.requiring import (
    NAMES,
    NOON,
    Action,
    Health,
    State,
    arranged,
    graphs,
    options,
    ref,
    run,
    said,
    scene,
    scheduled,
    stack,
    told,
)

DOWN = State.EXITED
CHAIN = requirements.graph(said(app="db", web="app"), [])


def chain(*, web=State.RUNNING, app=State.RUNNING, db=State.RUNNING, **changes) -> arrange.Scene:
    """web needs app, which needs db."""
    return scene(CHAIN, stack("web", web), stack("app", app), stack("db", db), **changes)


def test_without_requirements_nothing_changes():
    """The runs come back as they are."""
    asked = [run("app"), run("db")]

    found = arranged(asked, scene(requirements.graph([], []), stack("app"), stack("db")))
    assert found == arrange.Arranged(runs=tuple(asked))


def test_a_bulk_start_brings_up_what_is_needed_first():
    """Each comes after the run of what it needs itself, up or not."""
    found = arranged([run("app"), run("db"), run("web")], chain(db=DOWN))

    assert told(found) == [
        ("start app", "planned", ("db",)),
        ("start db", "planned", ()),
        ("start web", "planned", ("app",)),
    ]
    assert [r.stack.name for r in arrange.in_turn(found.runs)] == ["db", "app", "web"]


def test_a_bulk_stop_takes_down_what_needs_first():
    """In reverse; nothing is refused that goes down together."""
    asked = [run(name, Action.STOP) for name in ("app", "db", "web")]

    found = arranged(asked, chain())
    assert told(found) == [
        ("stop app", "planned", ("web",)),
        ("stop db", "planned", ("app",)),
        ("stop web", "planned", ()),
    ]


def test_a_start_starts_what_is_down_all_the_way():
    """Extra runs, with their cause, by the same actor, before the one that needs them."""
    found = arranged([run("web", actor="bob")], chain(web=DOWN, app=DOWN, db=DOWN))

    assert told(found) == [
        ("start db", "planned", ()),
        ("start app", "planned", ("db",)),
        ("start web", "planned", ("app",)),
    ]
    extra = found.runs[0]
    assert extra.cause_kind is model.CauseKind.REQUIREMENT
    assert extra.cause == "required by `local/web`: asked for by alice"
    assert extra.actor == "bob"


def test_what_is_up_in_between_is_passed_over():
    """web comes after db, which its app needs, although app itself is up."""
    found = arranged([run("web")], chain(web=DOWN, db=DOWN))

    assert told(found) == [("start db", "planned", ()), ("start web", "planned", ("db",))]


def test_only_what_is_wholly_running_and_healthy_is_there():
    """Partly stopped, paused, starting and unhealthy stacks get a run, which waits for them."""
    graph = requirements.graph(said(app="db"), [])
    one, two = stack("db"), stack("db", DOWN)
    partial = replace(
        one, containers=(*one.containers, replace(two.containers[0], id="2", service="b"))
    )
    for state in (
        partial,
        stack("db", State.PAUSED),
        stack("db", health=Health.STARTING),
        stack("db", health=Health.UNHEALTHY),
    ):
        assert len(arranged([run("app")], scene(graph, stack("app", DOWN), state)).runs) == 2
    healthy = stack("db", health=Health.HEALTHY)
    assert len(arranged([run("app")], scene(graph, stack("app", DOWN), healthy)).runs) == 1


def test_what_does_not_exist_is_a_warning_and_a_lost_host_is_not():
    """On a host that answers it is missing; on one that does not, it may be there."""
    graph = requirements.graph(said(app="db"), [])

    (missing,) = arranged([run("app")], scene(graph, stack("app", DOWN))).runs
    assert missing.warnings == ("it needs `local/db`, which does not exist; that is ignored",)
    away = arranged([run("app")], scene(graph, stack("app", DOWN), away={"local"}))
    assert [r.stack.name for r in away.runs] == ["db", "app"]


def test_a_person_is_refused_what_others_need():
    """By default; the refusal names all that are up, also those further away."""
    found = arranged([run("db", Action.STOP)], chain())

    (refusal,) = found.refusals
    assert refusal.dependents == (ref("web"), ref("app"))
    assert refusal.cause == (
        "`local/web` and `local/app`, which need it, are up (dependents: refuse)"
    )
    assert arranged([run("db", Action.PAUSE)], chain(web=DOWN, app=State.PAUSED)).refusals == ()


def test_a_schedule_is_skipped_with_the_cause():
    """And so is, in the same tick, what the stack that stays up needs."""
    asked = [scheduled("db", Action.STOP), scheduled("app", Action.STOP)]

    found = arranged(asked, chain())
    assert found.refusals == ()
    assert [(r.stack.name, r.status.value, r.cause) for r in found.runs] == [
        (
            "db",
            "skipped",
            "`local/web` and `local/app`, which need it, are up (dependents: refuse)",
        ),
        ("app", "skipped", "`local/web`, which needs it, is up (dependents: refuse)"),
    ]
    assert {r.finished_at for r in found.runs} == {NOON}


def test_dependents_are_stopped_first_when_that_is_asked_for():
    """By extra runs of the same action; those that are down are left alone."""
    asked = run("db", Action.STOP, options=options("stop"))

    found = arranged([asked], chain())
    assert told(found) == [
        ("stop web", "planned", ()),
        ("stop app", "planned", ("web",)),
        ("stop db", "planned", ("app",)),
    ]
    assert found.runs[0].cause == ("it needs `local/db`, which is to stop: asked for by alice")
    assert len(arranged([asked], chain(web=DOWN, app=DOWN)).runs) == 1


def test_dependents_are_ignored_when_that_is_asked_for():
    """The stack goes down alone, and waits for nobody."""
    asked = [run(name, Action.STOP, options=options("ignore")) for name in ("app", "db")]

    assert told(arranged(asked, chain())) == [
        ("stop app", "planned", ()),
        ("stop db", "planned", ()),
    ]


def test_a_restart_goes_in_start_order_and_refuses_nothing():
    """What is needed is restarted first; a stack that others need may be restarted."""
    found = arranged([run("app", Action.RESTART), run("db", Action.RESTART)], chain())

    assert told(found)[0] == ("restart app", "planned", ("db",))
    assert arranged([run("db", Action.RESTART)], chain()).refusals == ()


def test_what_is_under_way_counts():
    """A start under way is waited for; a stop under way is undone; both ways."""
    up = run("db", status=model.RunStatus.RUNNING)
    down = run("db", Action.STOP, status=model.RunStatus.RUNNING)

    (app,) = arranged([run("app")], chain(app=DOWN, db=DOWN, open=[up])).runs
    assert app.after == ("run-db",)
    again = arranged([run("app")], chain(app=DOWN, open=[down]))
    assert [r.id for r in again.runs] == ["extra-1", "run-app"]
    coming = run("app", status=model.RunStatus.RUNNING)
    stop = run("db", Action.STOP)
    assert arranged([stop], chain(web=DOWN, app=DOWN, open=[coming])).refusals
    going = run("app", Action.STOP, status=model.RunStatus.RUNNING)
    (db,) = arranged([stop], chain(web=DOWN, open=[going])).runs
    assert db.after == ("run-app",)


def test_what_an_occurrence_does_not_do_it_does_not_do_by_a_requirement():
    """Its run on the stack was skipped, because it is held: nothing is made of it twice."""
    held = scheduled("db", status=model.RunStatus.SKIPPED, cause="held down by bob")
    found = arranged([held, scheduled("app")], chain(app=DOWN, db=DOWN))

    assert [r.status.value for r in found.runs] == ["skipped", "skipped"]
    assert found.runs[1].cause == (
        "`local/db`, which it needs, is not up and is not started: held down by bob"
    )
    kept = scheduled("app", Action.STOP, status=model.RunStatus.SKIPPED, cause="held up by bob")
    stop = scheduled("db", Action.STOP, options=options("stop"))
    (_, db) = arranged([kept, stop], chain(web=DOWN)).runs
    assert db.cause == "`local/app`, which needs it, is up and is not taken down: held up by bob"


def test_what_is_to_come_up_at_the_same_instant_counts_as_up():
    """Two schedules disagree: the stack that is needed stays."""
    asked = [
        scheduled("app", schedule_id="one"),
        scheduled("db", Action.STOP, schedule_id="two"),
        scheduled("mq", Action.STOP, schedule_id="two"),
    ]
    found = arranged(asked, chain(web=DOWN, app=DOWN))

    assert told(found) == [
        ("start app", "planned", ()),
        ("stop db", "skipped", ()),
        ("stop mq", "planned", ()),
    ]
    stop = scheduled("db", Action.STOP, schedule_id="two", options=options("stop"))
    (_, db) = arranged([asked[0], stop], chain(web=DOWN, app=DOWN)).runs
    assert db.status is model.RunStatus.SKIPPED
    assert db.cause == "`local/app`, which needs it, is to start as well"


def test_what_is_due_later_finds_what_is_due_before():
    """One tick of a backlog: the stop of 11:00 is not held against the start of 11:30."""
    earlier, later = NOON - timedelta(hours=1), NOON - timedelta(minutes=30)
    asked = [
        scheduled("app", Action.STOP, planned_at=earlier, id="1"),
        scheduled("db", Action.STOP, planned_at=earlier, id="2"),
        scheduled("app", planned_at=later, schedule_id="morning", id="3"),
    ]
    found = arranged(asked, chain(web=DOWN))

    assert [(r.id, r.after) for r in found.runs] == [
        ("1", ()),
        ("2", ("1",)),
        ("extra-1", ()),
        ("3", ("extra-1",)),
    ]


def test_an_extra_run_of_what_was_missed_follows_what_is_open():
    """Its instant is old; on its stack it comes after what has been asked for since."""
    open_run = run("db", Action.STOP, id="open")
    missed = scheduled("app", planned_at=NOON - timedelta(hours=1))
    extra, _ = arranged([missed], chain(app=DOWN, open=[open_run])).runs

    assert extra.start_at == NOON
    assert extra.planned_at == missed.planned_at


def test_an_extra_run_asks_for_no_more_than_the_requirement_does():
    """It restarts nothing in place, runs no one-shot again and replaces nobody."""
    how = model.RunOptions(rerun_oneshots=True, in_place=True, wait_timeout=timedelta(minutes=1))
    asked = scheduled(
        "app", options=how, if_busy=model.IfBusy.REPLACE, start_at=NOON + timedelta(minutes=2)
    )
    extra, _ = arranged([asked], chain(app=DOWN, db=DOWN)).runs

    assert extra.options == model.RunOptions(wait_timeout=timedelta(minutes=1))
    assert extra.if_busy is model.IfBusy.WAIT
    assert (extra.schedule_id, extra.deadline_at) == ("s", asked.deadline_at)
    assert extra.start_at == asked.start_at


# ---------------------------------------------------------------- any graph

states = st.fixed_dictionaries({n: st.sampled_from([State.RUNNING, DOWN]) for n in NAMES})
subsets = st.lists(st.sampled_from(NAMES), min_size=1, unique=True)


def graph_of(needs) -> requirements.Graph:
    return requirements.graph(
        [
            requirements.Requirement(stack=ref(a), needs=ref(b), owner="x", created_at=NOON)
            for a, names in needs.items()
            for b in names
        ],
        [],
    )


def carried_out(found: arrange.Arranged, up: dict[str, bool]) -> list[model.Run]:
    """Carry the runs out one by one as their turns come; every one ends."""
    left = {each.id: each for each in found.runs if each.status is model.RunStatus.PLANNED}
    done: list[model.Run] = []
    while left:
        ready = [each for each in left.values() if not set(each.after) & left.keys()]
        assert ready, "nobody's turn comes"
        for each in ready:
            done.append(left.pop(each.id))
            up[each.stack.name] = each.action in arrange.UP
    return done


@given(graphs(), states, subsets)
def test_any_start_has_all_it_needs_before_it_begins(needs, state, asked):
    """Topological, complete, and it comes to an end."""
    graph = graph_of(needs)
    found = arranged([run(n) for n in asked], scene(graph, *(stack(n, state[n]) for n in NAMES)))
    up = {name: value is State.RUNNING for name, value in state.items()}
    turn = {run.stack.name: place for place, run in enumerate(carried_out(found, up))}

    assert set(asked) <= turn.keys()
    for name, place in turn.items():
        for needed in graph.all_needed(ref(name)):
            assert turn.get(needed.name, -1) < place
            assert up[needed.name]
    assert all(state[name] is DOWN for name in turn.keys() - set(asked))


@given(graphs(), states, subsets)
def test_any_stop_leaves_nothing_up_that_needs_it(needs, state, asked):
    """With the dependents: those that were up are down before, the others are left alone."""
    graph = graph_of(needs)
    how = options("stop")
    found = arranged(
        [run(n, Action.STOP, options=how) for n in asked],
        scene(graph, *(stack(n, state[n]) for n in NAMES)),
    )
    up = {name: value is State.RUNNING for name, value in state.items()}
    turn = {run.stack.name: place for place, run in enumerate(carried_out(found, up))}

    for name, place in turn.items():
        for needing in graph.all_needing(ref(name)):
            assert not up[needing.name]
            assert turn.get(needing.name, -1) < place
    assert all(state[name] is State.RUNNING for name in turn.keys() - set(asked))


@given(graphs(), states, subsets)
def test_a_stop_that_is_refused_would_have_left_something_without_what_it_needs(
    needs, state, asked
):
    """Refused exactly when a stack that needs it is up and does not go down with it."""
    graph = graph_of(needs)
    found = arranged(
        [scheduled(n, Action.STOP, id=n) for n in asked],
        scene(graph, *(stack(n, state[n]) for n in NAMES)),
    )
    up = {name: value is State.RUNNING for name, value in state.items()}
    carried_out(found, up)

    assert len(found.runs) == len(asked)
    for each in found.runs:
        left = [n for n in graph.all_needing(each.stack) if up[n.name]]
        assert (each.status is model.RunStatus.SKIPPED) is bool(left)
