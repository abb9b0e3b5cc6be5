"""Errors of the docker SDK, of requests and of the system, as errors of ours with hints.

Every exception has a translation, so that nothing else leaves `hosts`. An answer that was
lost is a HostTimeout: what the engine did with the call is not known. A connection that was
never made is a plain HostUnreachable: the engine has done nothing.
"""

from __future__ import annotations

from docker import errors as docker_errors
from requests import exceptions as requests_errors

from dockschedd import errors

_NO_SUCH = ("no such container", "is not running or does not exist")


def error(cause: Exception, *, host: str, url: str, doing: str) -> errors.HostError:
    """Return what to raise from `cause`.

    `doing` completes "cannot …": `list the containers`, `stop container 1f2e3d4c5b6a`.
    """
    match cause:
        case errors.HostError():
            return cause
        case docker_errors.APIError():
            return _answered(cause, host=host, doing=doing)
        case requests_errors.Timeout() | TimeoutError():
            return timeout(host=host, doing=doing)
        case requests_errors.JSONDecodeError() | UnicodeDecodeError():
            return errors.HostRefused(
                f"cannot {doing}: what answers at {url} is no Docker Engine",
                code="host-not-docker",
                hint=f"correct the URL of the host `{host}`",
            )
        case requests_errors.RequestException() | OSError():
            return _disconnected(cause, host=host, url=url, doing=doing)
        case _:
            return errors.HostRefused(
                f"cannot {doing} on `{host}`: {type(cause).__name__}: {cause}"
            )


def timeout(*, host: str, doing: str) -> errors.HostTimeout:
    """Return what to raise when the time limit of a call has passed."""
    return errors.HostTimeout(
        f"cannot {doing}: the Docker Engine of `{host}` did not answer in time",
        hint="what it did with the call is not known; see whether it hangs: "
        "`systemctl status docker`",
    )


def _answered(cause: docker_errors.APIError, *, host: str, doing: str) -> errors.HostError:
    said = str(cause.explanation or cause).strip().rstrip(".")
    if cause.status_code == 404 and any(words in said.lower() for words in _NO_SUCH):  # noqa: PLR2004 - HTTP
        return errors.ContainerGone(
            f"cannot {doing} on `{host}`: it does not exist any more",
            hint="it was removed or created anew; the next observation shows what is there",
        )
    if "client version" in said.lower():
        return errors.HostRefused(
            f"the Docker Engine of `{host}` speaks another version of the API: {said}",
            code="host-api-version",
        )
    return errors.HostRefused(f"cannot {doing} on `{host}`: {said}")


def _disconnected(  # noqa: PLR0911 - one for each error of the system
    cause: Exception, *, host: str, url: str, doing: str
) -> errors.HostError:
    where = f"the Docker Engine of `{host}` at {url}"
    match _system_error(cause):
        case TimeoutError():
            return timeout(host=host, doing=doing)
        case PermissionError():
            return errors.HostUnreachable(
                f"cannot reach {where}: permission denied",
                hint="let the user that dockschedd runs as use Docker: "
                "`usermod -aG docker dockschedd`, then restart dockschedd",
            )
        case FileNotFoundError():
            return errors.HostUnreachable(
                f"cannot reach {where}: there is no such socket",
                hint="see whether Docker runs: `systemctl status docker`",
            )
        case ConnectionRefusedError():
            return errors.HostUnreachable(
                f"cannot reach {where}: connection refused",
                hint="see whether Docker runs: `systemctl status docker`",
            )
        case ConnectionError():
            # Reset, aborted or a broken pipe: it was there when the call was sent.
            return errors.HostTimeout(
                f"cannot {doing}: the connection to {where} was lost before it answered",
                code="host-answer-lost",
                hint="what it did with the call is not known; see whether Docker was "
                "restarted: `systemctl status docker`",
            )
        case OSError() as system:
            return errors.HostUnreachable(f"cannot reach {where}: {system.strerror or system}")
        case None if isinstance(cause, requests_errors.ChunkedEncodingError):
            return errors.HostTimeout(
                f"cannot {doing}: the connection to {where} was lost in the middle of its answer",
                code="host-answer-lost",
            )
        case None:
            return errors.HostUnreachable(f"cannot reach {where}: {cause}")


def _system_error(cause: BaseException) -> OSError | None:
    """Return the system's own error below those of requests and urllib3, which hide it in
    `args`, `reason`, causes and contexts.
    """
    seen: set[int] = set()
    rest: list[BaseException] = [cause]
    while rest:
        current = rest.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        # The errors of requests are OSErrors themselves, without a number. RemoteDisconnected
        # and a socket's TimeoutError have none either, but a type that tells.
        if isinstance(current, ConnectionError | TimeoutError) or (
            isinstance(current, OSError) and current.errno is not None
        ):
            return current
        inner = (*current.args, current.__cause__, current.__context__)
        rest.extend(each for each in inner if isinstance(each, BaseException))
        reason = getattr(current, "reason", None)
        if isinstance(reason, BaseException):
            rest.append(reason)
    return None
