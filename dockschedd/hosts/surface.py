"""Everything that dockschedd asks of a Docker Engine, for whoever stands before one as a filter.

The one list: the tests run everything behind a filter that allows only this, and see that
nothing in it is in vain; docs/socket-proxy.md is checked against it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

#: The version of the API, which is agreed on with `GET /version`; that call itself has none.
_VERSION: Final = r"(/v1\.[0-9]+)?"
#: Ids are asked for in full; names are not used.
_ID: Final = "[0-9a-f]+"


@dataclass(frozen=True, slots=True)
class Asked:
    """One kind of request."""

    method: str
    #: With `{id}` for a container's id and without the version of the API.
    path: str
    why: str
    #: What does without it: nothing is wrong when a filter refuses it.
    is_optional: bool = False

    @property
    def pattern(self) -> str:
        """What the whole path matches, without the query, as Go and Python read it."""
        return _VERSION + re.escape(self.path).replace(r"\{id\}", _ID)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


ASKED: Final = (
    Asked("GET", "/version", "whether the engine answers, every ten seconds, and what it speaks"),
    Asked(
        "GET",
        "/info",
        "its id, name and directory: whether two hosts are the same engine",
        is_optional=True,
    ),
    Asked("GET", "/_ping", "its clock, for `host check`", is_optional=True),
    Asked("GET", "/containers/json", "which containers there are, and their labels and states"),
    Asked("GET", "/events", "what happens to containers, as it happens"),
    Asked(
        "GET",
        "/containers/{id}/json",
        "restart policy, stop timeout and health of one container",
    ),
    Asked("POST", "/containers/{id}/start", "start, the second half of a restart, waking"),
    Asked("POST", "/containers/{id}/stop", "stop, the first half of a restart, sleeping"),
    Asked("POST", "/containers/{id}/restart", "restart with `--in-place`"),
    Asked("POST", "/containers/{id}/pause", "pause, and sleeping with `--sleep-by pause`"),
    Asked("POST", "/containers/{id}/unpause", "unpause, and waking what was paused"),
)


def is_asked(method: str, path: str) -> bool:
    """Return whether a request is among them."""
    return find(method, path) is not None


def find(method: str, path: str) -> Asked | None:
    """Return what a request is, by its path without the query; None: nothing that is asked."""
    for each in ASKED:
        if each.method == method and re.fullmatch(each.pattern, path):
            return each
    return None
