"""Structured logs: an event's name and its fields, as one line on stderr.

`log.info("run.finished", extra={"run": …})`. Within `of_run` every line names the run, also
those of other libraries. Never a token, a password or a whole inspect.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The run on whose behalf this task, or this thread of it, works.
_RUN: Final[ContextVar[str | None]] = ContextVar("run", default=None)

#: What every LogRecord has anyway; the rest are the fields.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}

#: What would make a value look like two fields.
_AMBIGUOUS = re.compile(r'[\s"=]')

#: syslog priorities, which the journal reads from the start of a line (sd-daemon(3)).
_PRIORITY = {"DEBUG": 7, "INFO": 6, "WARNING": 4, "ERROR": 3, "CRITICAL": 2}


@contextmanager
def of_run(run_id: str) -> Iterator[None]:
    """Say that what is logged from here on, in this task and those it starts, is of that run."""
    before = _RUN.set(run_id)
    try:
        yield
    finally:
        _RUN.reset(before)


def _plain(value: object) -> object:
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, datetime) else value


def _fields(record: logging.LogRecord) -> dict[str, object]:
    fields = {key: _plain(value) for key, value in vars(record).items() if key not in _STANDARD}
    run = _RUN.get()
    if run is not None:
        fields.setdefault("run", run)
    if record.exc_info and record.exc_info[1] is not None:
        fields["error"] = f"{type(record.exc_info[1]).__name__}: {record.exc_info[1]}"
    return fields


class ConsoleFormatter(logging.Formatter):
    """`2026-11-24T07:00:00.123Z info run.finished run=… status=succeeded`."""

    def __init__(self, *, journal: bool) -> None:
        super().__init__()
        self._journal = journal

    def format(self, record: logging.LogRecord) -> str:
        """Return one line, and the traceback below it where there is one."""
        parts = [record.getMessage()]
        for key, value in _fields(record).items():
            text = str(value)
            quoted = not text or _AMBIGUOUS.search(text)
            parts.append(f"{key}={json.dumps(text) if quoted else text}")
        line = f"{record.levelname.lower()} {' '.join(parts)}"
        if record.exc_info:
            line += "\n" + self.formatException(record.exc_info)
        if self._journal:
            return "\n".join(f"<{_PRIORITY[record.levelname]}>{row}" for row in line.splitlines())
        return f"{_stamp(record)} {line}"


class JsonFormatter(logging.Formatter):
    """One JSON object per line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the object as text."""
        row: dict[str, object] = {
            "at": _stamp(record),
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            row["traceback"] = self.formatException(record.exc_info)
        return json.dumps(row, default=str)


def _stamp(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def setup(*, level: str, style: str, journal: bool) -> None:
    """Send all logs to stderr; `style` is console or json, `journal` whether systemd reads it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if style == "json" else ConsoleFormatter(journal=journal))
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    for noisy in ("asyncio", "aiosqlite", "docker", "urllib3", "aiohttp.access"):
        logging.getLogger(noisy).setLevel(
            max(logging.WARNING, logging.getLevelName(level.upper()))
        )
