"""`group` and what names one: what is sent, shown and refused."""

from __future__ import annotations

import pytest

from dockschedd.wire import calendars, groups, holds, requirements, schedules
from tests.ctl import samples, stub
from tests.ctl.conftest import check_golden

EDGE = groups.Group(
    name="edge",
    hosts=("web-1", "web-2"),
    missing=("web-2",),
    stacks=7,
    owner="alice",
    updated_at=samples.at(days=2),
    schedules=2,
    used_by=("morning", "nightly"),
    warnings=("there is no host `web-2`",),
)
ROWS = (
    groups.GroupSummary(
        name="edge", hosts=EDGE.hosts, stacks=7, owner="alice", updated_at=samples.at(days=2),
        schedules=2,
    ),
    groups.GroupSummary(
        name="spare", hosts=(), stacks=0, owner="bob", updated_at=samples.at(hours=1), schedules=0
    ),
)  # fmt: skip
PATH = "/v1/groups/edge"


@pytest.fixture
def kept(daemon: stub.Stub) -> stub.Stub:
    daemon.on("GET /v1/groups", groups.Groups(items=ROWS))
    daemon.on("GET /v1/calendars", calendars.Calendars(items=()))
    daemon.on("GET /v1/requirements", requirements.Requirements(items=()))
    daemon.on("GET /v1/holds", holds.Holds(items=()))
    for what in ("POST /v1/groups", f"GET {PATH}", f"PATCH {PATH}"):
        daemon.on(what, EDGE)
    return daemon


def sent(daemon: stub.Stub, what: str) -> dict:
    return [r.body for r in daemon.requests if f"{r.method} {r.path}" == what][-1]


@pytest.mark.parametrize("form", ["table", "wide", "json", "yaml", "name"])
@pytest.mark.parametrize("command", ["ls", "show"])
def test_groups_are_shown_in_every_form(ctl, kept, command, form) -> None:
    """With how many stacks and schedules there are to them."""
    words = ("group", command, *(["edge"] if command == "show" else []))
    result = ctl(*words, "-o", form)

    assert (result.code, result.err) == (0, "")
    check_golden(f"group-{command}.{form}.txt", result.out)


def test_a_group_is_added_and_changed(ctl, kept) -> None:
    """What is sent is what was written; what follows from it is said."""
    added = ctl("group", "add", "edge", "web-1", "web-2")
    ctl("group", "edit", "edge", "--add", "a", "--add", "b", "--remove", "c")
    some = sent(kept, f"PATCH {PATH}")
    ctl("group", "edit", "edge", "--hosts", "a, b")
    all_of_them = sent(kept, f"PATCH {PATH}")
    ctl("group", "edit", "edge", "--hosts", "")

    assert sent(kept, "POST /v1/groups") == {"name": "edge", "hosts": ["web-1", "web-2"]}
    assert (added.code, added.out) == (0, "")
    assert added.err == (
        "added edge: 2 hosts, 7 stacks\n2 schedules go by it now\n"
        "warning: there is no host `web-2`\n"
    )
    assert (some, all_of_them) == ({"add": ["a", "b"], "remove": ["c"]}, {"hosts": ["a", "b"]})
    assert sent(kept, f"PATCH {PATH}") == {"hosts": []}
    assert ctl("group", "edit", "edge").code == 2


def test_a_group_is_removed_by_force_where_schedules_name_it(ctl, kept) -> None:
    """Which ones still do is said."""
    gone = groups.GroupRemoved(name="edge", named_by=("morning", "nightly"))
    kept.on(
        f"DELETE {PATH}",
        lambda request: (
            gone
            if request.query.get("force") == "true"
            else stub.Refuse("group-in-use", "the group `edge` is named by `nightly`", "`--force`")
        ),
    )
    refused = ctl("group", "rm", "edge")
    forced = ctl("group", "rm", "edge", "--force")

    assert (refused.code, "is named by `nightly`" in refused.err) == (1, True)
    assert forced.err == "removed edge\nwarning: still named by morning, nightly\n"


def test_an_export_has_the_groups_and_an_apply_sends_them(ctl, kept) -> None:
    """All of them with all schedules, or those that the ones that were asked for name."""
    with_it = samples.schedule(name="nightly", selector="@edge/*")
    without = samples.schedule(name="morning")
    kept.on("GET /v1/schedules", schedules.SchedulePage(items=(without, with_it)))
    kept.on("POST /v1/documents", schedules.Applied(
        dry_run=False, added=(), changed=(), removed=(), unchanged=("morning", "nightly"),
        groups=schedules.GroupsApplied(
            added=("spare",), removed=("old",), unchanged=(),
            changed=(schedules.GroupChange(name="edge", text="added web-2"),),
        ),
    ))  # fmt: skip

    for form in ("yaml", "toml", "json"):
        whole = ctl("schedule", "export", "-o", form).out
        result = ctl("schedule", "apply", "-f", "-", stdin=whole)
        body = sent(kept, "POST /v1/documents")
        assert body["groups"] == [
            {"name": "edge", "hosts": ["web-1", "web-2"]},
            {"name": "spare", "hosts": []},
        ]
        assert body["schedules"][1]["selector"] == "@edge/*"
    assert result.out == (
        "+ group spare\n- group old\n~ group edge: added web-2\n"
        "2 unchanged; groups: 1 added, 1 changed, 1 removed, 0 unchanged\n"
    )
    assert "spare" not in (some := ctl("schedule", "export", "nightly").out)
    assert "edge" in some
    assert "groups" not in ctl("schedule", "export", "morning").out


def test_a_group_that_would_go_is_asked_for(ctl, kept) -> None:
    """As schedules are."""
    gone = schedules.GroupsApplied(added=(), changed=(), removed=("old",), unchanged=())
    kept.on("POST /v1/documents", schedules.Applied(
        dry_run=True, added=(), changed=(), removed=(), unchanged=(), groups=gone
    ))  # fmt: skip
    text = "version: 1\ngroups: []\nschedules: []\n"

    refused = ctl("schedule", "apply", "-f", "-", "--prune", stdin=text)
    differs = ctl("schedule", "apply", "-f", "-", "--prune", "--diff", stdin=text)

    assert "remove group old?" in refused.err
    assert differs.code == 1


@pytest.mark.parametrize("argv", [("stack", "show"), ("hold", "--up", "--forever"), ("why",)])
def test_where_one_stack_is_meant_a_group_is_refused(ctl, kept, argv) -> None:
    """With how to see which stacks it means; nothing is asked of the daemon."""
    result = ctl(*argv, "@edge/web")

    assert result.code == 2
    assert "`@edge/web` names a group of hosts, and this is for one stack" in result.err
    assert "dockschedctl stack ls '@edge/web'" in result.err
    assert kept.requests == []
