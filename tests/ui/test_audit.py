"""The page of the audit log."""

from __future__ import annotations

import msgspec

from dockschedd.wire import access
from tests.ctl import samples
from tests.patience import eventually
from tests.ui.conftest import opened, world
from tests.ui.test_screens import check


def entries(*numbers: int, **changes: object) -> tuple[access.AuditEntry, ...]:
    one = samples.AUDIT[1]
    return tuple(
        msgspec.structs.replace(one, seq=seq, target=f"target-{seq}", **changes) for seq in numbers
    )


def log(newest: int):
    """A daemon's answer from a log with so many entries."""

    def answer(request):
        limit = int(request.query["limit"])
        top = int(request.query.get("cursor") or newest + 1) - 1
        items = entries(*range(top, max(0, top - limit), -1))
        following = str(items[-1].seq) if len(items) == limit else None
        return access.AuditPage(items=items, next=following)

    return answer


async def open_audit(ui, *words: str) -> str:
    await ui.live()
    await ui.press("A")
    return await ui.until("OUTCOME", *words)


async def test_entries_are_shown_newest_first_and_each_in_full(daemon, tmp_path) -> None:
    """With a symbol for how it went, and what proves its place in the log."""
    async with opened(world(tmp_path), daemon.url) as ui:
        text = await open_audit(ui, "✗ failed", "✓ ok", "! refused")
        check("audit-80x24", text)
        assert text.index("run.finish") < text.index("schedule.add") < text.index("login")
        await ui.press("down", "enter")
        check(
            "entry-80x24", await ui.until("entry 2", "alice, from uid=1000", "of the one before:")
        )
        daemon.over.set()


async def test_older_entries_come_as_one_scrolls(daemon, tmp_path) -> None:
    """No sooner; the key that goes to the end goes on from there."""
    daemon.on("GET /v1/audit", log(450))
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_audit(ui, "target-450", "200+ entries")
        assert daemon.asked["GET /v1/audit"] == 1
        await ui.press("G")
        await ui.until("target-251", "400+ entries")
        await ui.press("G")
        await ui.until("450 entries", gone=("+ entries",))
        await ui.press("G")
        await ui.until("target-1 ")
        assert daemon.asked["GET /v1/audit"] == 3
        daemon.over.set()


async def test_new_entries_appear_on_top_and_older_ones_are_not_read_again(
    daemon, tmp_path
) -> None:
    """Whoever is on the first row stays there; elsewhere the cursor stays on its entry."""
    daemon.on("GET /v1/audit", log(450))
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_audit(ui, "target-450")
        await ui.press("G")
        await ui.until("400+ entries")
        await ui.press("g")
        daemon.on("GET /v1/audit", log(452))
        await ui.press("ctrl+r")
        text = await ui.until("target-452", "402+ entries")
        assert "target-452" in next(x for x in text.splitlines() if x.startswith("▌"))
        await ui.press("down", "down")
        daemon.on("GET /v1/audit", log(453))
        await ui.press("ctrl+r")
        text = await ui.until("403+ entries")
        assert "target-450" in next(x for x in text.splitlines() if x.startswith("▌"))
        daemon.over.set()

    assert all("cursor" not in r.query for r in daemon.requests[-4:] if "audit" in r.path)


async def test_the_whole_log_is_searched_for_an_actor_or_an_action(daemon, tmp_path) -> None:
    """The daemon is asked; Escape asks for everything again, then goes back."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_audit(ui, "login")
        await ui.press("f")
        await ui.until("search the whole log", "Search (Enter)")
        await ui.write("alice")
        await ui.press("tab")
        await ui.write("login")
        daemon.on("GET /v1/audit", access.AuditPage(items=samples.AUDIT[2:]))
        await ui.press("enter")
        await ui.until("1 entry · by alice · only login", gone=("run.finish",))
        query = daemon.requests[-1].query
        assert (query["actor"], query["action"]) == ("alice", "login")
        daemon.on("GET /v1/audit", access.AuditPage(items=()))
        await ui.press("ctrl+r")
        await ui.until("there are no such entries")
        daemon.on("GET /v1/audit", access.AuditPage(items=samples.AUDIT))
        await ui.press("escape")
        await ui.until("3 entries", "run.finish", gone=("only login",))
        assert "actor" not in daemon.requests[-1].query
        await ui.press("escape")
        await ui.until("3 stacks")
        daemon.over.set()


async def test_a_search_that_is_left_changes_nothing(daemon, tmp_path) -> None:
    """Nothing is asked."""
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_audit(ui, "login")
        asked = daemon.asked["GET /v1/audit"]
        await ui.press("f")
        await ui.until("search the whole log")
        await ui.write("bob")
        await ui.pilot.click("#no")
        await ui.until("3 entries", gone=("search the whole log",))
        assert daemon.asked["GET /v1/audit"] == asked
        daemon.over.set()


async def test_what_is_done_appears_by_itself_and_the_log_is_verified(real) -> None:
    """Against the real daemon: a run that is asked for is in the log, and that is whole."""
    async with real.ui() as ui:
        await open_audit(ui)
        reply = await real.daemon.local(
            "POST", "/v1/runs", json={"action": "stop", "selectors": ["local/mail"]}
        )
        assert reply.status == 202
        async with real.daemon.store.reading() as unit:
            (run,) = await unit.runs.planned(limit=10)
        real.daemon.bus.publish_run(run)
        await ui.until("local/mail", "stack.stop")
        await ui.press("v")
        await ui.until("✓ the audit log is whole", "digest:")


async def test_a_log_that_is_not_whole_is_told(daemon, tmp_path) -> None:
    """With the first entry that is wrong, and why."""
    found = access.AuditVerdict(
        ok=False, checked=7, head_seq=9, head_digest="0" * 64, bad_seq=7, reason="it was changed"
    )
    daemon.on("POST /v1/audit/verify", found)
    async with opened(world(tmp_path), daemon.url) as ui:
        await open_audit(ui, "login")
        await ui.press("v")
        await ui.until("✗ the audit log is not whole: entry 7 is wrong", "it was changed")
        daemon.over.set()


async def test_operators_do_not_see_that_there_is_one(real) -> None:
    """It is for those who may read it."""
    from tests.ui.test_login import log_in

    await real.daemon.add_user("oscar", "operator")
    async with real.remote_ui() as ui:
        await log_in(ui, "oscar")
        await ui.until("● live", "H Hosts", gone=("A Audit",))
        await ui.press("A")
        await eventually(lambda: type(ui.app.screen).__name__ == "Dashboard")
