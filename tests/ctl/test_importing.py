"""`import crontab` and `import systemd` at the terminal: proposals on stdout, talk on stderr."""

from __future__ import annotations

import pytest

from dockschedctl import documents
from dockschedd.wire import schedules, stacks
from tests.ctl import samples

TABLE = "0 22 * * * cd /srv/shop && docker compose stop\n0 3 * * * /opt/backup.sh\n"
ROUTE = "POST /v1/documents"


def test_a_crontab_is_proposed_and_nothing_is_changed(ctl, daemon) -> None:
    """The document goes to stdout as `schedule apply` reads it, what is left over to stderr."""
    result = ctl("import", "crontab", "-", "--dry-run", "--tz", "UTC", stdin=TABLE)

    assert result.code == 0
    assert documents.read(result.out, name="-") == (
        {"name": "shop-stop", "action": "stop", "selector": "shop", "cron": "0 22 * * *",
         "zone": "UTC"},
    )  # fmt: skip
    assert "not proposed: crontab line 2: it runs `backup.sh`\n" in result.err
    assert "    0 3 * * * /opt/backup.sh\n" in result.err
    assert result.err.endswith("1 proposed; nothing has been changed, --apply adds them\n")
    assert daemon.requests == []
    toml = ctl("import", "crontab", "-", "-o", "toml", stdin=TABLE)
    assert documents.read(toml.out, name="a.toml")[0]["name"] == "shop-stop"


def test_what_is_proposed_can_be_applied_at_once(ctl, daemon) -> None:
    """--apply sends the same entries and removes nothing."""
    line = schedules.ScheduleLine(name="shop-stop", action="stop", selector="shop", reads="at 22")
    daemon.on(ROUTE, schedules.Applied(dry_run=False, added=(line,), changed=(), removed=(),
                                       unchanged=()))  # fmt: skip
    result = ctl("import", "crontab", "-", "--apply", stdin=TABLE)

    (request,) = daemon.requests
    assert request.body["schedules"] == [
        {"name": "shop-stop", "action": "stop", "selector": "shop", "cron": "0 22 * * *"}
    ]
    assert (request.body["prune"], request.body["dry_run"]) == (False, False)
    assert result.out == "+ shop-stop: stop shop at 22\n1 added, 0 unchanged\n"
    assert ctl("import", "crontab", "-", "--apply", stdin="").err == "0 proposed\n"


def test_containers_are_looked_up_where_they_are_named(ctl, daemon) -> None:
    """The daemon knows which stack they belong to; without it the line is left alone."""
    table = "0 1 * * * docker stop web-db-1 web-app-1\n"
    lost = ctl("import", "crontab", "-", stdin=table)
    daemon.on("GET /v1/stacks", stacks.StackPage(items=(samples.stack("local/web"),)))
    daemon.on("GET /v1/stacks/local/web", samples.whole_stack())
    found = ctl("import", "crontab", "-", stdin=table)

    assert "the daemon could not be asked" in lost.err
    assert documents.read(found.out, name="-")[0]["selector"] == "local/web"


def test_units_are_read_from_a_directory(ctl, tmp_path) -> None:
    """With the services beside them; other files are not looked at."""
    (tmp_path / "a.timer").write_text("[Timer]\nOnCalendar=daily\nPersistent=yes\n")
    (tmp_path / "a.service").write_text("[Service]\nExecStart=docker compose -p a stop\n")
    (tmp_path / "b.socket").write_bytes(b"\xff")
    result = ctl("import", "systemd", str(tmp_path))

    assert documents.read(result.out, name="-") == (
        {"name": "a-stop", "action": "stop", "selector": "a", "cron": "0 0 * * *"},
    )


@pytest.mark.parametrize(
    "argv",
    [
        ("crontab",),
        ("crontab", "-", "--user", "--system"),
        ("crontab", "-", "--apply", "--dry-run"),
        ("systemd", "x.timer", "--apply", "--dry-run"),
        ("crontab", "-", "-o", "wide-open"),
    ],
)
def test_mistakes_are_found_before_anything_is_read(ctl, daemon, argv) -> None:
    """Exit code 2 and a hint."""
    result = ctl("import", *argv)
    assert (result.code, result.out, daemon.requests) == (2, "", [])


def test_a_file_that_is_not_there_is_named(ctl) -> None:
    """Exit code 1."""
    result = ctl("import", "crontab", "/nowhere/crontab")
    assert result.code == 1
    assert "/nowhere/crontab" in result.err
