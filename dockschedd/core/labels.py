"""What the labels of a container say: its stack, its service, and what it depends on.

Labels are written by Compose, and by anybody who may create containers: they can name, order
and exclude, never grant. Pure; no text makes these functions raise.
"""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from typing import TYPE_CHECKING

from dockschedd.core import model

if TYPE_CHECKING:
    from collections.abc import Mapping

PROJECT = "com.docker.compose.project"
SERVICE = "com.docker.compose.service"
NUMBER = "com.docker.compose.container-number"
ONEOFF = "com.docker.compose.oneoff"
HOOK = "com.docker.compose.hook"
DEPENDS_ON = "com.docker.compose.depends_on"
#: Lets a container that Compose did not make join a stack.
STACK = "dockschedd.stack"
#: Stacks that this one needs: names, or `HOST/STACK`, joined with commas.
REQUIRES = "dockschedd.requires"

#: All labels that mean something here.
READ = (ONEOFF, HOOK, PROJECT, STACK, SERVICE, NUMBER, DEPENDS_ON, REQUIRES)

# A name with a slash, a blank or an asterisk could not be told from a selector.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
_NUMBER = re.compile(r"[0-9]{1,9}")
#: The stronger wins when a service is named twice.
_STRENGTH = {
    model.Condition.STARTED: 0,
    model.Condition.HEALTHY: 1,
    model.Condition.COMPLETED: 2,
}


def stack_of(labels: Mapping[str, str]) -> str | None:
    """Return the Compose project, else the value of `dockschedd.stack`, else None.

    None as well for the containers of `compose run` and of hooks, and for a name that no
    selector could say.
    """
    if _is_true(labels.get(ONEOFF, "")) or labels.get(HOOK, "").strip():
        return None
    name = (labels.get(PROJECT) or labels.get(STACK) or "").strip()
    return name if _NAME.fullmatch(name) else None


def service_of(labels: Mapping[str, str], *, fallback: str) -> str:
    """Return the Compose service; `fallback` for a container that joined by label."""
    # Thousands of containers have the same few names of services.
    return sys.intern(labels.get(SERVICE, "").strip() or fallback)


def number_of(labels: Mapping[str, str]) -> int:
    """Return Compose's container number, from 1; 0 where there is none."""
    text = labels.get(NUMBER, "").strip()
    return int(text) if _NUMBER.fullmatch(text) else 0


# Containers that are looked at again and again say the same.
@lru_cache(maxsize=4096)
def parse_depends_on(text: str) -> tuple[model.Dependency, ...]:
    """Return what the `depends_on` label says, by service name, each service once.

    Entries are `service:condition:restart` in any order; older Compose wrote fewer parts.
    Without a condition, and for one that is not known here (`running_or_healthy` among
    them), the service has to be started: the order is kept, the wait is not invented.
    """
    found: dict[str, model.Condition] = {}
    for entry in text.split(","):
        service, _, rest = (part.strip() for part in entry.partition(":"))
        if not service:
            continue
        condition = _condition(rest.partition(":")[0].strip())
        known = found.get(service, condition)
        found[service] = max(known, condition, key=_STRENGTH.__getitem__)
    return tuple(
        model.Dependency(service=service, condition=found[service]) for service in sorted(found)
    )


@lru_cache(maxsize=4096)
def parse_requires(text: str) -> tuple[str, ...]:
    """Return the entries of the `dockschedd.requires` label, sorted, each once."""
    return tuple(sorted({entry.strip() for entry in text.split(",")} - {""}))


def _condition(word: str) -> model.Condition:
    try:
        return model.Condition(word)
    except ValueError:
        return model.Condition.STARTED


def _is_true(text: str) -> bool:
    return text.strip().lower() == "true"
