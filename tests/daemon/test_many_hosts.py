"""A hundred engines over real sockets, thirty of which misbehave: the others notice nothing."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

from dockschedd.core import fleet, model
from tests.daemon.real_hosts import daemon
from tests.hosts import odd_engines as odd
from tests.patience import eventually

LIMIT = timedelta(seconds=3)
WELL, ILL = 70, 30
#: What is wrong with the thirty, in turn.
ODD = (odd.silent, odd.slow_to_begin, odd.slow_to_end, odd.garbage, odd.closing, odd.failing)


class Engine:
    """Answers well; its one container runs until it is stopped."""

    def __init__(self) -> None:
        self.is_running = True

    def answer(self, talk: odd.Talk) -> object:
        if "/containers/json" in talk.path:
            state = "running" if self.is_running else "exited"
            rows = [odd.row(1, state=state)] if "dockschedd.stack%3D" not in talk.path else []
            return talk.reply(rows)
        if "/stop" in talk.path:
            self.is_running = False
        return talk.well()


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def test_seventy_hosts_do_their_work_beside_thirty_that_misbehave(tmp_path: Path) -> None:
    """There is room for ten runs; those of the thirty, which come first, wait for their hosts."""
    with ExitStack() as engines:
        urls = {}
        well = {f"well-{number:02}": Engine() for number in range(WELL)}
        for name, engine in well.items():
            made = engines.enter_context(odd.odd_engine(tmp_path, engine.answer, name))
            urls[name] = fleet.Endpoint(url=made.url)
        for number in range(ILL):
            name = f"ill-{number:02}"
            answer = ODD[number % len(ODD)]
            made = engines.enter_context(odd.odd_engine(tmp_path, answer, name))
            urls[name] = fleet.Endpoint(url=made.url)
        before = open_files()

        async with daemon(tmp_path / "db", urls, limit=LIMIT) as running:
            await eventually(lambda: running.reachable() == set(well), within=20)
            stacks = {name: model.StackRef(name, "web") for name in sorted(urls)}
            await running.record(*(running.stop(ref) for ref in stacks.values()))

            async def all_stopped() -> bool:
                runs = await running.runs()
                return all(runs[stacks[name]].status == "succeeded" for name in well)

            await eventually(all_stopped, within=20, every=0.1)
            runs = await running.runs()
            stopped = {name for name, engine in well.items() if not engine.is_running}
            await running.roster.tried(within=timedelta(seconds=20))
            causes = {v.name: v.error_code for v in running.inventory.hosts() if not v.reachable}
            threads = len([t for t in threading.enumerate() if t.name != "odd-engine"])
            files = open_files() - before

    assert stopped == set(well)
    assert {runs[stacks[name]].status.value for name in urls.keys() - set(well)} == {"planned"}
    assert len(causes) == ILL
    assert set(causes.values()) <= {
        "host-timeout", "host-not-docker", "host-answer-lost", "host-refused",
    }  # fmt: skip
    # A stream of events each, a probe of each that hangs; not one for each call.
    assert threads < WELL + 2 * ILL + 30
    # At both ends of each connection, in this one process.
    assert files < 2 * (WELL * 6 + ILL * 3)
