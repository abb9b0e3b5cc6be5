"""An occurrence makes one run per stack, each with its cause, and nothing is left out."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from dockschedd.core import due, firing, model, triggers

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
A, B = model.StackRef("local", "a"), model.StackRef("local", "b")


def schedule(selector="a"):
    return model.Schedule(
        id="s",
        name="nightly",
        enabled=True,
        trigger=triggers.CronTrigger(expression="* * * * *", zone="UTC"),
        action=model.Action.STOP,
        selector=selector,
        catch_up=model.CatchUp.LATEST,
        deadline=timedelta(hours=1),
        owner="alice",
        created_at=NOW,
        updated_at=NOW,
        next_at=NOW,
    )


def item(minutes, verdict=due.Verdict.RUN, *, late=False, by=None):
    return due.Due(
        schedule_id="s",
        planned_at=NOW + timedelta(minutes=minutes),
        late=late,
        verdict=verdict,
        cause="because",
        superseded_by=None if by is None else NOW + timedelta(minutes=by),
    )


def fire(items, found, refusal=None):
    ids = itertools.count(1)
    return firing.runs(
        schedule(),
        items,
        found=found,
        refusal=refusal,
        now=NOW,
        live_since=NOW + timedelta(hours=1),
        new_id=lambda: str(next(ids)),
    )


@pytest.mark.parametrize(
    ("selector", "refs", "expected"),
    [
        ("a", [A, B], [(A, False)]),
        ("local/*", [B, A], [(A, False), (B, False)]),
        ("gone", [A], [(model.StackRef("local", "gone"), False)]),
        ("far/gone", [A], [(model.StackRef("far", "gone"), False)]),
        ("x-*", [A], [(model.StackRef("*", "x-*"), True)]),
        ("a", [A, model.StackRef("far", "a")], [(model.StackRef("*", "a"), True)]),
    ],
)
def test_a_selector_names_at_least_one_target(selector, refs, expected):
    """What matches nothing, or too much, is a target with a problem: it leaves a row."""
    found = firing.targets(selector, refs, default_host="local")

    assert [(t.ref, t.problem is not None) for t in found] == expected


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("*", [A, B, model.StackRef("near", "*"), model.StackRef("new", "*")]),
        ("ne*/a", [model.StackRef("near", "a"), model.StackRef("new", "a")]),
        ("new/x-*", [model.StackRef("new", "x-*")]),
        ("local/a*", [A]),
        ("a", [A]),
    ],
)
def test_a_pattern_is_a_target_on_hosts_that_nobody_has_seen(selector, expected):
    """What matches there is not known yet; an exact name does not wait for them."""
    found = firing.targets(selector, [A, B], default_host="local", unseen=["new", "near"])

    assert [(t.ref, t.problem) for t in found] == [(ref, None) for ref in expected]


EDGE = {"edge": {"local", "new"}, "empty": set()}


@pytest.mark.parametrize(
    ("selector", "expected", "problem"),
    [
        ("@edge/*", [A, B, model.StackRef("new", "*")], None),
        ("@edge/a", [A, model.StackRef("new", "a")], None),
        ("@empty/*", [model.StackRef("@empty", "*")], "no stack matches `@empty/*` now"),
        ("@gone/*", [model.StackRef("@gone", "*")], "there is no group `gone`"),
    ],
)
def test_a_group_is_a_target_on_each_of_its_hosts(selector, expected, problem):
    """On hosts that nobody has seen too; what there is not leaves a row that says so."""
    found = firing.targets(
        selector, [A, B], default_host="local", unseen=["far", "new"], groups=EDGE
    )

    assert [t.ref for t in found] == expected
    assert {t.problem for t in found} == {problem}


def test_each_occurrence_makes_a_run_for_each_target():
    """Two occurrences on two stacks are four runs, with the schedule's deadline each."""
    made = fire([item(0), item(1)], [firing.Target(ref=A), firing.Target(ref=B)])

    assert [(r.planned_at.minute, r.stack) for r in made] == [(0, A), (0, B), (1, A), (1, B)]
    assert {r.status for r in made} == {model.RunStatus.PLANNED}
    assert {r.deadline_at - r.planned_at for r in made} == {timedelta(hours=1)}
    assert len({r.id for r in made}) == 4


def test_a_superseded_run_names_the_run_that_takes_its_place_on_the_same_stack():
    """Not just any run of that occurrence: the one on its own stack."""
    made = fire(
        [item(0, due.Verdict.SUPERSEDED, late=True, by=1), item(1, late=True)],
        [firing.Target(ref=A), firing.Target(ref=B)],
    )

    by = {r.id: (r.planned_at.minute, r.stack) for r in made}
    assert [by[r.superseded_by] for r in made[:2]] == [(1, A), (1, B)]
    assert made[2].cause_kind is model.CauseKind.CATCH_UP
    assert made[0].finished_at == NOW


def test_a_refusal_skips_what_would_run_and_keeps_what_was_missed():
    """Whoever may not operate any more has runs that say so."""
    made = fire(
        [item(0, due.Verdict.MISSED, late=True), item(1)],
        [firing.Target(ref=A)],
        refusal="its owner `alice` is disabled",
    )

    assert [(r.status.value, r.cause) for r in made] == [
        ("missed", "because"),
        ("skipped", "its owner `alice` is disabled"),
    ]
