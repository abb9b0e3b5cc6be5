"""Errors of the SDK, of requests and of the system, as errors of ours."""

from __future__ import annotations

import pytest
import requests
from docker import errors as docker_errors
from requests import exceptions as requests_errors
from urllib3 import exceptions as urllib3_errors

from dockschedd.errors import (
    ContainerGone,
    HostError,
    HostRefused,
    HostTimeout,
    HostUnreachable,
)
from dockschedd.hosts import translate


def answered(status: int, said: str) -> docker_errors.APIError:
    response = requests.Response()
    response.status_code = status
    return docker_errors.APIError("bad", response=response, explanation=said)


def hidden(system: Exception) -> Exception:
    """Return an error of the system as requests and urllib3 hide it."""
    return requests_errors.ConnectionError(
        urllib3_errors.ProtocolError("Connection aborted.", system)
    )


def translated(cause: Exception) -> HostError:
    return translate.error(
        cause, host="local", url="unix:///run/docker.sock", doing="start container 0123456789ab"
    )


@pytest.mark.parametrize(
    ("system", "kind", "code", "hint"),
    [
        (
            PermissionError(13, "Permission denied"),
            HostUnreachable,
            "host-unreachable",
            "usermod -aG docker",
        ),
        (
            FileNotFoundError(2, "No such file"),
            HostUnreachable,
            "host-unreachable",
            "systemctl status docker",
        ),
        (
            ConnectionRefusedError(111, "refused"),
            HostUnreachable,
            "host-unreachable",
            "systemctl status docker",
        ),
        (OSError(113, "No route to host"), HostUnreachable, "host-unreachable", ""),
        (ConnectionResetError(104, "reset"), HostTimeout, "host-answer-lost", "is not known"),
        (BrokenPipeError(32, "broken pipe"), HostTimeout, "host-answer-lost", "is not known"),
        (TimeoutError("timed out"), HostTimeout, "host-timeout", "is not known"),
    ],
)
def test_errors_of_the_system_say_what_to_look_at(
    system: Exception, kind: type[HostError], code: str, hint: str
) -> None:
    """Bare or hidden two libraries deep; a lost answer is told from a call never made."""
    for cause in (system, hidden(system)):
        error = translated(cause)

        assert type(error) is kind
        assert error.code == code
        assert error.transient
        assert hint in (error.hint or "")
        assert "local" in error.message


@pytest.mark.parametrize(
    ("cause", "kind", "code", "words"),
    [
        (
            answered(404, "No such container: 0123"),
            ContainerGone,
            "container-gone",
            "does not exist",
        ),
        (
            answered(404, "network 4f5a not found"),
            HostRefused,
            "host-refused",
            "network 4f5a not found",
        ),
        (answered(409, "cannot start a paused container"), HostRefused, "host-refused", "paused"),
        (answered(500, "port is already allocated"), HostRefused, "host-refused", "allocated"),
        (
            answered(400, "client version 1.41 is too old"),
            HostRefused,
            "host-api-version",
            "too old",
        ),
        (requests_errors.ReadTimeout("slow"), HostTimeout, "host-timeout", "in time"),
        (requests_errors.ConnectTimeout("slow"), HostTimeout, "host-timeout", "in time"),
        (requests_errors.ChunkedEncodingError("cut"), HostTimeout, "host-answer-lost", "lost"),
        (
            requests_errors.JSONDecodeError("bad", "<html>", 0),
            HostRefused,
            "host-not-docker",
            "no Docker",
        ),
        (docker_errors.InvalidConfigFile("bad"), HostRefused, "host-refused", "bad"),
        (KeyError("x"), HostRefused, "host-refused", "KeyError"),
    ],
)
def test_every_exception_becomes_an_error_of_ours(
    cause: Exception, kind: type[HostError], code: str, words: str
) -> None:
    """A missing container is told from a missing network, and a hang from a refusal."""
    error = translated(cause)

    assert type(error) is kind
    assert error.code == code
    assert words in error.message


def test_an_error_of_ours_stays_what_it_is() -> None:
    """It is not translated twice."""
    error = HostRefused("`local` is too old", code="host-too-old")

    assert translated(error) is error


def test_an_error_of_ours_gets_the_name_of_the_host() -> None:
    """Whoever reads it among those of a hundred hosts knows which one is meant."""
    error = translated(HostRefused("too old", code="host-too-old", hint="update it"))

    assert (error.message, error.code, error.hint) == (
        "host `local`: too old",
        "host-too-old",
        "update it",
    )
