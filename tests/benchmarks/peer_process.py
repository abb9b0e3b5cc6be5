"""APScheduler 3 as a program: its own scheduler over a SQLAlchemy job store in SQLite.

Run as `python -m tests.benchmarks.peer_process fill|run FILE …`; what it reports goes to stdout.
"""

from __future__ import annotations

import pickle
import sys
import threading
import time
from datetime import UTC, datetime
from importlib import import_module

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.job import Job
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

_ENTERED: list[float] = []


def work(number: int) -> None:
    """Do what a job does: only note that it was entered."""
    _ = number
    _ENTERED.append(time.time())


def main() -> None:
    """Fill a database, or run what is in it until stdin ends."""
    what, path, *arguments = sys.argv[1:]
    if what == "fill":
        fill(path, quiet=int(arguments[0]), burst=int(arguments[1]), at=float(arguments[2]))
    else:
        run(path, burst=int(arguments[0]))


def fill(path: str, *, quiet: int, burst: int, at: float) -> None:
    """Put jobs into the table, in one transaction: its own way takes one for each job."""
    store = SQLAlchemyJobStore(url=f"sqlite:///{path}")
    scheduler = BackgroundScheduler(timezone=UTC)
    store.start(scheduler, "default")
    now = datetime.now(UTC)
    month = (now.month + 5) % 12 + 1
    triggers = [
        CronTrigger(month=month, day=1, hour=n // 60, minute=n % 60, timezone="Europe/Berlin")
        for n in range(240)
    ]
    following = [trigger.get_next_fire_time(None, now) for trigger in triggers]
    once = DateTrigger(datetime.fromtimestamp(at, UTC)) if burst else None
    rows = []
    for number in range(quiet):
        trigger, next_at = triggers[number % 240], following[number % 240]
        rows.append(_row(scheduler, f"nightly-{number}", number, trigger, next_at))
    for number in range(burst):
        next_at = datetime.fromtimestamp(at, UTC)
        rows.append(_row(scheduler, f"burst-{number}", number, once, next_at))
    with store.engine.begin() as connection:
        connection.execute(store.jobs_t.insert(), rows)


def _row(
    scheduler: BackgroundScheduler, name: str, number: int, trigger: object, next_at: datetime
) -> dict[str, object]:
    job = Job(
        scheduler,
        id=name,
        name=name,
        func=work,
        args=(number,),
        kwargs={},
        trigger=trigger,
        executor="default",
        coalesce=True,
        misfire_grace_time=3600,
        max_instances=1,
        next_run_time=next_at,
    )
    state = pickle.dumps(job.__getstate__(), pickle.HIGHEST_PROTOCOL)
    return {"id": name, "next_run_time": next_at.timestamp(), "job_state": state}


def run(path: str, *, burst: int) -> None:
    """Run the scheduler; say `ready`, and, after a burst, when its last job was entered."""
    scheduler = BackgroundScheduler(
        jobstores={"default": SQLAlchemyJobStore(url=f"sqlite:///{path}")},
        executors={"default": ThreadPoolExecutor(10)},
        timezone=UTC,
    )
    scheduler.start()
    print("ready", flush=True)
    if burst:
        threading.Thread(target=_watch, args=(burst,), daemon=True).start()
    sys.stdin.read()
    scheduler.shutdown(wait=False)


def _watch(burst: int) -> None:
    while len(_ENTERED) < burst:
        time.sleep(0.005)
    print(max(_ENTERED), flush=True)


if __name__ == "__main__":
    # The jobs in the database name the function by this module, not by `__main__`.
    import_module("tests.benchmarks.peer_process").main()
