"""The daemon's configuration: one typed value, from file < environment < flags.

All problems are reported at once, each with its path and a hint; unknown keys are errors.
Nothing below sees these types: app.py passes plain values on.
"""

from __future__ import annotations

import os
import textwrap
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast, get_type_hints

import msgspec

from dockschedd import config_hosts
from dockschedd.config_hosts import Host
from dockschedd.core import cron, suggest
from dockschedd.errors import Fault, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULT_FILE = Path("/etc/dockschedd/dockschedd.toml")
_SYSTEM_STATE = "/var/lib/dockschedd"
_SYSTEM_SOCKET = "/run/dockschedd/dockschedd.sock"
_LOOPBACK = ("127.", "[::1]", "localhost")
#: Bytes: sun_path of unix(7), less its NUL.
_LONGEST_SOCKET = 107


def _doc(text: str, **limits: float) -> msgspec.Meta:
    return msgspec.Meta(description=text, **limits)  # type: ignore[call-overload, no-any-return]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that can be set; the descriptions are those of the sample file."""

    state_dir: Annotated[
        str,
        _doc(
            "Database, keys and lock live here, mode 0700. Default: the systemd state "
            "directory, /var/lib/dockschedd for root, else ~/.local/state/dockschedd."
        ),
    ]
    socket: Annotated[
        str,
        _doc(
            "Where clients on this machine connect. Default: the systemd runtime directory, "
            "/run/dockschedd for root, else $XDG_RUNTIME_DIR/dockschedd."
        ),
    ]
    socket_group: Annotated[
        str,
        _doc("Group that may connect to the socket (mode 0660), if it exists."),
    ] = "dockschedd"
    listen: Annotated[
        str,
        _doc(
            "host:port for clients on other machines; empty: none. Needs tls_cert and tls_key "
            "unless the address is a loopback one."
        ),
    ] = ""
    tls_cert: Annotated[str, _doc("PEM file of the certificate chain for `listen`.")] = ""
    tls_key: Annotated[str, _doc("PEM file of the key that belongs to tls_cert.")] = ""
    metrics_token_file: Annotated[
        str,
        _doc(
            "A file with 32 or more letters and digits, mode 0600 or 0640: the bearer token that "
            "may read /metrics, and nothing else. Empty: a user's login is needed for it."
        ),
    ] = ""
    database: Annotated[
        str,
        _doc(
            "sqlite:///path or postgresql://user@host/name. Default: dockschedd.db in the "
            "state directory."
        ),
    ]
    zone: Annotated[
        str,
        _doc(
            "IANA zone of schedules that do not name one, unless their hosts share one of their "
            "own. Default: the zone of this machine."
        ),
    ]
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        _doc("debug, info, warning or error."),
    ] = "info"
    log_format: Annotated[
        Literal["console", "json"],
        _doc("console or json."),
    ] = "console"
    max_parallel_steps: Annotated[
        int,
        _doc("How many engine calls may be under way on one host.", ge=1, le=1000),
    ] = 10
    max_parallel_runs: Annotated[
        int,
        _doc("How many runs may be under way at once, on all hosts together.", ge=1, le=10000),
    ] = 200
    shutdown_grace_seconds: Annotated[
        float,
        _doc(
            "Seconds that engine calls under way get to end when the daemon is told to stop; "
            "what is left of their runs is done by the next start.",
            ge=0,
            le=3600,
        ),
    ] = 30.0
    bootstrap_admin_file: Annotated[
        str,
        _doc(
            "A file with `NAME:PASSWORD`, mode 0600: makes the first administrator, while "
            "there is no user. For unattended installs."
        ),
    ] = ""
    host_names: Annotated[
        tuple[str, ...],
        _doc(
            "Names by which clients on other machines call this server, besides its "
            "addresses: requests for other names are refused."
        ),
    ] = ()
    peer_users: Annotated[
        dict[str, str],
        _doc(
            "Users of this machine who need no password over the socket: Unix name -> "
            "dockschedd user."
        ),
    ] = {}
    hosts: Annotated[
        dict[str, Host],
        _doc(
            "Docker Engines by name. Without this table there is `local`, from DOCKER_HOST (with "
            "DOCKER_TLS_VERIFY and DOCKER_CERT_PATH) or unix:///var/run/docker.sock; an empty "
            "[hosts] means none but those that `dockschedctl host add` adds."
        ),
    ]


#: Keys that a flag or DOCKSCHEDD_<KEY> can set; tables only come from the file.
SCALARS = tuple(
    name
    for name in Settings.__struct_fields__
    if name not in ("peer_users", "host_names", "hosts")
)


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """Settings, and where each of them comes from: default, a file, a variable or a flag."""

    settings: Settings
    origins: dict[str, str]


def load(
    *,
    path: Path | None,
    environ: Mapping[str, str],
    flags: Mapping[str, str | None],
    is_root: bool,
    zone: str,
) -> Loaded:
    """Return what is in effect.

    `path` None: the default file, if there is one. `zone`: this machine's. Raises Invalid
    with all problems.
    """
    faults: list[Fault] = []
    values: dict[str, object] = _defaults(environ, is_root=is_root, zone=zone)
    origins = dict.fromkeys(Settings.__struct_fields__, "default")
    origins["hosts"] = config_hosts.origin(environ)
    for name, value in _read(path, environ, faults).items():
        values[name] = value
        origins[name] = str(path or environ.get("DOCKSCHEDD_CONFIG") or DEFAULT_FILE)
    for name in SCALARS:
        variable = f"DOCKSCHEDD_{name.upper()}"
        if variable in environ:
            values[name], origins[name] = environ[variable], f"${variable}"
        flag = flags.get(name)
        if flag is not None:
            values[name], origins[name] = flag, f"--{name.replace('_', '-')}"
    converted = _convert(values, origins, faults)
    # What could not be converted is checked as if it were not there: all problems at once.
    wrong = {fault.path.partition(".")[0] for fault in faults}
    converted = _defaults(environ, is_root=is_root, zone=zone) | converted
    converted.setdefault("database", f"sqlite://{converted['state_dir']}/dockschedd.db")
    settings = msgspec.convert(converted, Settings)
    faults += [fault for fault in _check(settings) if fault.path.partition(".")[0] not in wrong]
    if faults:
        raise Invalid(*faults)
    return Loaded(settings=settings, origins=origins)


def _defaults(environ: Mapping[str, str], *, is_root: bool, zone: str) -> dict[str, object]:
    home = environ.get("HOME") or "/"
    state = environ.get("STATE_DIRECTORY", "").partition(":")[0]  # systemd.exec(5)
    runtime = environ.get("RUNTIME_DIRECTORY", "").partition(":")[0]
    if not state:
        user_state = environ.get("XDG_STATE_HOME") or f"{home}/.local/state"
        state = _SYSTEM_STATE if is_root else f"{user_state}/dockschedd"
    if runtime:
        socket = f"{runtime}/dockschedd.sock"
    elif is_root:
        socket = _SYSTEM_SOCKET
    elif environ.get("XDG_RUNTIME_DIR"):
        socket = f"{environ['XDG_RUNTIME_DIR']}/dockschedd/dockschedd.sock"
    else:
        socket = f"{state}/dockschedd.sock"
    hosts = config_hosts.default(environ)
    return {"state_dir": state, "socket": socket, "zone": zone, "hosts": hosts}


def _read(path: Path | None, environ: Mapping[str, str], faults: list[Fault]) -> dict[str, object]:
    explicit = path or (Path(p) if (p := environ.get("DOCKSCHEDD_CONFIG")) else None)
    file = explicit or DEFAULT_FILE
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        if explicit is not None:
            faults.append(
                Fault(path="", code="config-missing", message=f"there is no file `{file}`")
            )
    except (OSError, UnicodeDecodeError) as error:
        faults.append(Fault(path="", code="config-unreadable", message=f"`{file}`: {error}"))
    except tomllib.TOMLDecodeError as error:
        faults.append(
            Fault(path="", code="config-not-toml", message=f"`{file}` is not TOML: {error}")
        )
    return {}


def _convert(
    values: Mapping[str, object], origins: Mapping[str, str], faults: list[Fault]
) -> dict[str, object]:
    """Convert each value by itself, so that one wrong key does not hide the next."""
    types = get_type_hints(Settings, include_extras=True)
    converted: dict[str, object] = {}
    for name, value in values.items():
        if name not in types:
            near = suggest.closest(name, tuple(types))
            faults.append(
                Fault(
                    path=name,
                    code="config-unknown-key",
                    message=f"`{name}` is not a setting",
                    hint=f"did you mean `{near}`?" if near else None,
                )
            )
            continue
        if name == "hosts" and isinstance(value, dict):
            # Each by itself: msgspec does not say which entry of a table is wrong.
            hosts = {
                key: _one(each, Host, f"hosts.{key}", origins[name], faults)
                for key, each in value.items()
            }
            if None not in hosts.values():
                converted[name] = hosts
            continue
        found = _one(value, types[name], name, origins[name], faults)
        if found is not None:
            converted[name] = found
    return converted


def _one(value: object, kind: Any, path: str, origin: str, faults: list[Fault]) -> object | None:
    """Convert one value; from the environment and flags it is text."""
    try:
        return cast("object", msgspec.convert(value, kind, strict=origin[0] not in "$-"))
    except msgspec.ValidationError as error:
        reason, _, where = str(error).partition(" - at `$")
        faults.append(
            Fault(
                path=path + where.rstrip("`"),
                code="config-invalid",
                message=f"{reason[:1].lower()}{reason[1:]}",
                hint=f"it comes from {origin}",
            )
        )
        return None


def _check(settings: Settings) -> list[Fault]:
    faults = []

    def fault(path: str, message: str, hint: str | None = None) -> None:
        faults.append(Fault(path=path, code="config-invalid", message=message, hint=hint))

    paths = ("state_dir", "socket", "tls_cert", "tls_key", "bootstrap_admin_file")
    for name in (*paths, "metrics_token_file"):
        value = getattr(settings, name)
        if value and not Path(value).is_absolute():
            fault(name, f"`{value}` is not an absolute path", "write it from / on")
    if len(os.fsencode(settings.socket)) > _LONGEST_SOCKET:
        fault("socket", "the path is longer than the 107 bytes that a socket's may have")
    if not settings.database.startswith(("sqlite:///", "postgresql://")):
        fault(
            "database",
            f"`{settings.database.partition('://')[0]}` is not a database that dockschedd knows",
            "write sqlite:///absolute/path or postgresql://user@host/name",
        )
    _check_listen(settings, fault)
    try:
        cron.zone(settings.zone)
    except Invalid as error:
        faults += [Fault(path="zone", code=f.code, message=f.message, hint=f.hint)
                   for f in error.faults]  # fmt: skip
    return [*faults, *config_hosts.faults(settings.hosts)]


def _check_listen(settings: Settings, fault: Callable[..., None]) -> None:
    if bool(settings.tls_cert) != bool(settings.tls_key):
        missing = "tls_key" if settings.tls_cert else "tls_cert"
        fault(missing, "tls_cert and tls_key are needed together")
    if not settings.listen:
        return
    host, _, port = settings.listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 <= int(port) <= 65535:  # noqa: PLR2004
        fault("listen", f"`{settings.listen}` is not host:port", "for example 127.0.0.1:8737")
    elif not host.startswith(_LOOPBACK) and not settings.tls_cert:
        fault(
            "listen",
            f"`{host}` is not a loopback address, and there is no certificate",
            "set tls_cert and tls_key, or listen on 127.0.0.1",
        )


def render(loaded: Loaded) -> str:
    """Return what is in effect as TOML, and behind each value where it comes from."""
    rows = []
    for name in SCALARS:
        value = getattr(loaded.settings, name)
        rows.append(f"{name} = {_toml(value)}  # {loaded.origins[name]}")
    rows.append(
        f"host_names = {_toml(loaded.settings.host_names)}  # {loaded.origins['host_names']}"
    )
    for name, user in loaded.settings.peer_users.items():
        rows.append(f"peer_users.{name} = {_toml(user)}  # {loaded.origins['peer_users']}")
    for key, value in config_hosts.rows(loaded.settings.hosts):
        rows.append(f"{key} = {_toml(value)}  # {loaded.origins['hosts']}")
    if not loaded.settings.hosts:
        rows.append(f"hosts = {{}}  # {loaded.origins['hosts']}")
    return "\n".join(rows)


def sample() -> str:
    """Return the sample file: every setting, commented out, with its default."""
    types = get_type_hints(Settings, include_extras=True)
    defaults = _defaults({}, is_root=True, zone="Europe/Berlin")
    defaults["database"] = f"sqlite://{_SYSTEM_STATE}/dockschedd.db"
    defaults |= {
        name: value
        for name, value in zip(
            reversed(Settings.__struct_fields__),
            reversed(Settings.__struct_defaults__),
            strict=False,
        )
        if value is not msgspec.NODEFAULT
    }
    out = [
        "# The configuration of dockschedd. Everything is optional; these are the defaults.",
        "# Each key outside a table can also be given as DOCKSCHEDD_<KEY> in the environment,",
        "# which wins over this file. `dockschedd check-config` prints what is in effect.",
    ]
    for name in Settings.__struct_fields__:
        text = types[name].__metadata__[0].description
        out += ["", *(f"# {line}" for line in textwrap.wrap(text, 90))]
        match name:
            case "peer_users":
                out += ["#[peer_users]", '#deploy = "alice"']
            case "host_names":
                out.append("#host_names = []")
            case "hosts":
                out += config_hosts.SAMPLE
            case _:
                out.append(f"#{name} = {_toml(defaults[name])}")
    return "\n".join(out) + "\n"


def _toml(value: object) -> str:
    return msgspec.json.encode(value).decode()  # strings, numbers: the same text in both
