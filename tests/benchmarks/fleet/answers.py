"""What an engine answers about a container: the shape of the recorded answers of a real one.

Rendered text of a row is kept until it changes: a list of a fleet must cost those who are
measured their time, and not the one who serves it.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dockschedd.core import labels
from dockschedd.core.model import ContainerState, Health

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.fake_engine import Event, FakeContainer

_RECORDED = Path(__file__).resolve().parents[2] / "hosts" / "recorded"
_ROW: dict[str, Any] = json.loads((_RECORDED / "list.json").read_text())[0]
_INSPECT: dict[str, Any] = json.loads((_RECORDED / "inspect-clinic-sick.json").read_text())
_HEALTH = {
    Health.HEALTHY: " (healthy)",
    Health.UNHEALTHY: " (unhealthy)",
    Health.STARTING: " (health: starting)",
    Health.NONE: "",
}
_NEVER = "0001-01-01T00:00:00Z"
#: How far each unit of time goes, in seconds, and how long it is.
_UNITS = ((60, 1, "seconds"), (3600, 60, "minutes"), (48 * 3600, 3600, "hours"))
_DAY = 24 * 3600

VERSION = {
    "Platform": {"Name": ""},
    "Version": "20.10.24",
    "ApiVersion": "1.41",
    "MinAPIVersion": "1.12",
    "Os": "linux",
    "Arch": "amd64",
}


class Answers:
    """What one engine says about its containers."""

    def __init__(self) -> None:
        self._labels: dict[str, Mapping[str, str]] = {}
        self._rows: dict[str, tuple[str, bytes]] = {}

    def labels(self, container: FakeContainer) -> Mapping[str, str]:
        """Return the labels that Compose gives it."""
        found = self._labels.get(container.id)
        if found is None:
            found = self._labels[container.id] = _labelled(container)
        return found

    def row(self, container: FakeContainer, now: datetime) -> bytes:
        """Return its row of a list."""
        status = _status(container, now)
        kept = self._rows.get(container.id)
        if kept is None or kept[0] != status:
            row = {
                **_ROW,
                "Id": container.id,
                "Names": [f"/{container.name}"],
                "Labels": self.labels(container),
                "State": container.state.value,
                "Status": status,
            }
            kept = self._rows[container.id] = status, json.dumps(row).encode()
        return kept[1]

    def inspect(self, container: FakeContainer) -> Mapping[str, object]:
        """Return what an inspect tells."""
        up, state = container.is_up, container.state
        timeout = container.behaves.stop_timeout
        told: dict[str, object] = {
            "Status": state.value,
            "Running": up,
            "Paused": state is ContainerState.PAUSED,
            "Restarting": state is ContainerState.RESTARTING,
            "ExitCode": container.exit_code or 0,
            "StartedAt": _instant(container.started_at),
            "FinishedAt": _instant(container.finished_at),
        }
        if container.behaves.healthy_after is not None:
            told["Health"] = {"Status": container.health.value, "FailingStreak": 0, "Log": []}
        policy = {"Name": container.behaves.restart, "MaximumRetryCount": 0}
        config: dict[str, object] = {**_INSPECT["Config"], "Labels": self.labels(container)}
        if timeout is not None:
            config["StopTimeout"] = int(timeout.total_seconds())
        return {
            **_INSPECT,
            "Id": container.id,
            "Name": f"/{container.name}",
            "State": {**_INSPECT["State"], "Health": None, **told},
            "HostConfig": {**_INSPECT["HostConfig"], "RestartPolicy": policy},
            "Config": config,
        }

    def event(self, event: Event, container: FakeContainer) -> bytes:
        """Return one line of the event stream."""
        attributes = {
            **self.labels(container),
            "image": str(_ROW["Image"]),
            "name": container.name,
        }
        if event.exit_code is not None:
            attributes["exitCode"] = str(event.exit_code)
        nanoseconds = (event.at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
        message = {
            "status": event.action,
            "id": event.container_id,
            "from": str(_ROW["Image"]),
            "Type": "container",
            "Action": event.action,
            "Actor": {"ID": event.container_id, "Attributes": attributes},
            "scope": "local",
            "time": nanoseconds // 1_000_000,
            "timeNano": nanoseconds * 1000,
        }
        return json.dumps(message).encode() + b"\n"


def _labelled(container: FakeContainer) -> Mapping[str, str]:
    needs = container.behaves.depends_on
    found = {
        **_ROW["Labels"],
        "com.docker.compose.config-hash": hashlib.sha256(container.name.encode()).hexdigest(),
        "com.docker.compose.project.config_files": f"/srv/{container.stack}/compose.yaml",
        "com.docker.compose.project.working_dir": f"/srv/{container.stack}",
        labels.PROJECT: container.stack,
        labels.SERVICE: container.service,
        labels.NUMBER: str(container.number),
        labels.DEPENDS_ON: ",".join(f"{name}:{needs[name]}:false" for name in sorted(needs)),
    }
    if container.behaves.requires:
        found[labels.REQUIRES] = ",".join(container.behaves.requires)
    return found


def _status(container: FakeContainer, now: datetime) -> str:
    match container.state:
        case ContainerState.RUNNING:
            return f"Up {_long(container.started_at, now)}{_HEALTH[container.health]}"
        case ContainerState.PAUSED:
            return f"Up {_long(container.started_at, now)} (Paused)"
        case ContainerState.EXITED:
            return f"Exited ({container.exit_code}) {_long(container.finished_at, now)} ago"
        case ContainerState.RESTARTING:
            return f"Restarting ({container.exit_code}) {_long(container.finished_at, now)} ago"
        case state:
            return state.value.capitalize()


def _long(since: datetime | None, now: datetime) -> str:
    """Return how long ago that was, as the engine rounds it."""
    seconds = 0 if since is None else int((now - since).total_seconds())
    if seconds < 1:
        return "Less than a second"
    for limit, length, unit in _UNITS:
        if seconds < limit:
            count = seconds // length
            if count > 1:
                return f"{count} {unit}"
            return {"seconds": "1 second", "minutes": "About a minute"}.get(unit, "About an hour")
    return f"{seconds // _DAY} days"


def _instant(at: datetime | None) -> str:
    return _NEVER if at is None else at.isoformat().replace("+00:00", "Z")
