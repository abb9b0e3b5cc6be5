"""What a look at the way to a host has found, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Outcome(StrEnum):
    """How one step of a check went."""

    OK = "ok"
    #: It works, and somebody should look at it.
    WARNING = "warning"
    #: It does not work; what comes after it was not looked at.
    FAILED = "failed"


class Step(StrEnum):
    """What is looked at, in this order; each kind of endpoint has some of them."""

    FILES = "files"
    NAME = "name"
    PORT = "port"
    ENCRYPTION = "encryption"
    TLS_TRUST = "tls-trust"
    TLS_NAME = "tls-name"
    CERTIFICATES = "certificates"
    TLS_CLIENT = "tls-client"
    SSH_HOST_KEY = "ssh-host-key"
    SSH_LOGIN = "ssh-login"
    SOCKET = "socket"
    PERMISSION = "permission"
    DOCKER = "docker"
    API_VERSION = "api-version"
    ENGINE_ID = "engine-id"
    CLOCK = "clock"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """What one step of a check has found."""

    step: Step
    outcome: Outcome
    message: str
    #: How to mend it; None where nothing is wrong or nobody knows.
    hint: str | None = None


def failed(found: Iterable[Finding]) -> bool:
    """Return whether something does not work."""
    return any(each.outcome is Outcome.FAILED for each in found)
