"""The few calls of the Docker Engine that the quick start needs to set its stage and to check.

What it verifies must not be dockschedd's own word, so it asks the engine itself.
The standard library only: it runs before anything is installed.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_OK = 200


@dataclass(frozen=True)
class Answer:
    """Whether an engine answers, and whether it is the permission that is wanting."""

    ok: bool
    denied: bool = False


class _Unix(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self.path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def candidates(environ: Mapping[str, str]) -> list[str]:
    """Where an engine may be: the one that was named, else the usual places."""
    named = environ.get("DOCKER_HOST")
    if named:
        return [named]
    places = [Path("/var/run/docker.sock")]
    if "XDG_RUNTIME_DIR" in environ:
        places.append(Path(environ["XDG_RUNTIME_DIR"]) / "docker.sock")
    return [f"unix://{place}" for place in places if _exists(place)]


def _exists(place: Path) -> bool:
    try:
        return place.is_socket()
    except OSError:
        return True


def _call(
    url: str, method: str, path: str, *, body: bytes | None = None, timeout: float = 30
) -> tuple[int, bytes]:
    connection = _Unix(url.removeprefix("unix://"), timeout)
    with contextlib.closing(connection):
        headers = {"Content-Type": "application/x-tar"} if body is not None else {}
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def ping(url: str) -> Answer:
    """Whether the engine answers."""
    try:
        return Answer(ok=_call(url, "GET", "/_ping", timeout=5)[0] == _OK)
    except PermissionError:
        return Answer(ok=False, denied=True)
    except (OSError, http.client.HTTPException):
        return Answer(ok=False)


def ready(dockschedd: Path) -> bool:
    """Whether dockschedd, behind its own socket, is ready to work."""
    connection = _Unix(str(dockschedd), timeout=5)
    try:
        with contextlib.closing(connection):
            connection.request("GET", "/readyz", headers={"Host": "local-dockschedd.sock"})
            return connection.getresponse().status == _OK
    except (OSError, http.client.HTTPException):
        return False


def import_image(url: str, name: str, archive: bytes) -> None:
    """Make an image of a root file system."""
    repository, _, tag = name.partition(":")
    query = urllib.parse.urlencode({"fromSrc": "-", "repo": repository, "tag": tag})
    status, text = _call(url, "POST", f"/images/create?{query}", body=archive)
    if status != _OK or b'"error"' in text:
        raise OSError(f"the engine refused the sample image: {text.decode(errors='replace')}")


def pull(url: str, repository: str, tag: str, *, as_name: str) -> bool:
    """Pull an image and give it another name. Returns False when that does not work."""
    query = urllib.parse.urlencode({"fromImage": repository, "tag": tag})
    with contextlib.suppress(OSError, http.client.HTTPException):
        status, text = _call(url, "POST", f"/images/create?{query}", timeout=60)
        if status == _OK and b'"error"' not in text:
            new, _, new_tag = as_name.partition(":")
            query = urllib.parse.urlencode({"repo": new, "tag": new_tag})
            status, _ = _call(url, "POST", f"/images/{repository}:{tag}/tag?{query}")
            return status < _OK + 100
    return False


def remove_image(url: str, name: str) -> None:
    """Remove it, if it is there."""
    with contextlib.suppress(OSError, http.client.HTTPException):
        _call(url, "DELETE", f"/images/{name}?force=true")


def states(url: str, project: str) -> dict[str, str]:
    """Return service → state for the containers of one Compose project."""
    filters = json.dumps({"label": [f"com.docker.compose.project={project}"]})
    query = urllib.parse.urlencode({"all": "true", "filters": filters})
    _, text = _call(url, "GET", f"/containers/json?{query}")
    rows = json.loads(text)
    return {row["Labels"]["com.docker.compose.service"]: row["State"] for row in rows}
