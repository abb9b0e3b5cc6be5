"""The configuration is one value, from file, environment and flags, with all problems at once."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
import pytest

from dockschedd import config, config_hosts
from dockschedd.core import fleet
from dockschedd.errors import Invalid


def load(tmp_path, text=None, *, environ=None, flags=None, is_root=True):
    path = None
    if text is not None:
        path = tmp_path / "c.toml"
        path.write_text(text, "utf-8")
    elif not environ or "DOCKSCHEDD_CONFIG" not in environ:
        # Whatever this machine has in /etc is not this test's business.
        path = tmp_path / "empty.toml"
        path.touch()
    return config.load(
        path=path,
        environ=environ or {},
        flags=flags or {},
        is_root=is_root,
        zone="Europe/Berlin",
    )


def faults(tmp_path, text=None, **kwargs) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        load(tmp_path, text, **kwargs)
    return {fault.path: fault.code for fault in caught.value.faults}


def test_it_runs_without_any_file(tmp_path):
    """Everything has a default; root's are the system's directories."""
    settings = load(tmp_path).settings

    assert settings.state_dir == "/var/lib/dockschedd"
    assert settings.socket == "/run/dockschedd/dockschedd.sock"
    assert settings.database == "sqlite:///var/lib/dockschedd/dockschedd.db"
    assert settings.hosts == {"local": config_hosts.Host(url="unix:///var/run/docker.sock")}
    assert settings.zone == "Europe/Berlin"
    assert settings.listen == ""


def test_an_ordinary_user_gets_directories_of_their_own(tmp_path):
    """State in the user's state directory, the socket in the runtime directory."""
    environ = {"HOME": "/home/ann", "XDG_RUNTIME_DIR": "/run/user/1000"}
    settings = load(tmp_path, environ=environ, is_root=False).settings

    assert settings.state_dir == "/home/ann/.local/state/dockschedd"
    assert settings.socket == "/run/user/1000/dockschedd/dockschedd.sock"


def test_systemd_names_the_directories(tmp_path):
    """STATE_DIRECTORY and RUNTIME_DIRECTORY are taken, for a service that is not root."""
    environ = {"STATE_DIRECTORY": "/var/lib/dockschedd", "RUNTIME_DIRECTORY": "/run/dockschedd"}
    settings = load(tmp_path, environ=environ, is_root=False).settings

    assert settings.state_dir == "/var/lib/dockschedd"
    assert settings.socket == "/run/dockschedd/dockschedd.sock"


def test_flags_win_over_the_environment_and_that_over_the_file(tmp_path):
    """Each value says where it comes from."""
    loaded = load(
        tmp_path,
        'socket = "/a"\nstate_dir = "/b"\nlog_level = "debug"',
        environ={"DOCKSCHEDD_SOCKET": "/c", "DOCKSCHEDD_STATE_DIR": "/d"},
        flags={"state_dir": "/e"},
    )

    assert (loaded.settings.socket, loaded.settings.state_dir) == ("/c", "/e")
    assert loaded.settings.log_level == "debug"
    assert loaded.settings.database == "sqlite:///e/dockschedd.db"
    assert loaded.origins["socket"] == "$DOCKSCHEDD_SOCKET"
    assert loaded.origins["state_dir"] == "--state-dir"
    assert loaded.origins["log_level"] == str(tmp_path / "c.toml")
    assert loaded.origins["zone"] == "default"


def test_all_problems_come_at_once_with_their_paths(tmp_path):
    """A wrong key, a wrong type, a wrong value and a wrong table do not hide each other."""
    text = """
        stat_dir = "/x"
        max_parallel_steps = "many"
        log_level = "loud"
        zone = "Europe/Berln"
        listen = "0.0.0.0:1"
        [hosts.local]
        url = "ftp://x"
    """

    assert faults(tmp_path, text) == {
        "stat_dir": "config-unknown-key",
        "max_parallel_steps": "config-invalid",
        "log_level": "config-invalid",
        "zone": "unknown-zone",
        "listen": "config-invalid",
        "hosts.local.url": "host-url",
    }


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ('socket = "relative.sock"', "socket"),
        (f'socket = "/{"x" * 120}"', "socket"),
        ('database = "mysql://x"', "database"),
        ('listen = "8737"', "listen"),
        ('listen = "127.0.0.1:99999"', "listen"),
        ('listen = "10.0.0.1:8737"', "listen"),
        ('tls_cert = "/a"', "tls_key"),
        ('tls_key = "/a"', "tls_cert"),
        ('[hosts.a]\nurl = "tcp://a:2375"', "hosts.a.url"),
        ('[hosts.a]\nurl = "tcp://a:2376"\ntls_cert = "/c"\ntls_ca = "/d"', "hosts.a.tls_key"),
        ('[hosts.a]\nurl = "ssh://a"\nssh_key = "id_rsa"', "hosts.a.ssh_key"),
        ('[hosts.a]\nurl = "ssh://a"\nzone = "Europe/Berln"', "hosts.a.zone"),
        ('[hosts.a]\nurl = "ssh://a"\ncalendar = "a b"', "hosts.a.calendar"),
        ('[hosts.a]\nurl = "ssh://a"\nmax_parallel_steps = 0', "hosts.a.max_parallel_steps"),
        ('[hosts."a/b"]\nurl = "unix:///x"', "hosts.a/b"),
        ('[hosts.local]\nurl = "unix:///x"\nextra = 1', "hosts.local"),
        ("shutdown_grace_seconds = -1", "shutdown_grace_seconds"),
    ],
)
def test_a_value_that_cannot_work_is_refused(tmp_path, text, path):
    """Each one names its path."""
    assert path in faults(tmp_path, text)


@pytest.mark.parametrize("listen", ["127.0.0.1:8737", "[::1]:8737", "localhost:0"])
def test_loopback_needs_no_certificate(tmp_path, listen):
    """Only an address that others can reach needs TLS."""
    assert load(tmp_path, f'listen = "{listen}"').settings.listen == listen


def test_a_file_that_was_asked_for_must_be_there(tmp_path):
    """The default file may be missing; one that somebody named may not."""
    missing = {"DOCKSCHEDD_CONFIG": str(tmp_path / "nothing.toml")}

    assert faults(tmp_path, environ=missing) == {"": "config-missing"}


def test_a_file_that_is_not_toml_is_refused(tmp_path):
    """The parser's own words tell where."""
    assert faults(tmp_path, "socket = ") == {"": "config-not-toml"}


def test_the_sample_says_what_the_defaults_are(tmp_path):
    """Uncommented, the sample is a valid file whose values are the defaults."""
    lines = [
        line[1:] if line.startswith("#") and not line.startswith("# ") else line
        for line in config.sample().splitlines()
    ]
    text = "\n".join(lines)
    settings = load(tmp_path, text).settings
    plain = load(tmp_path).settings

    assert set(tomllib.loads(text)) == set(config.Settings.__struct_fields__)
    assert settings == msgspec.structs.replace(plain, peer_users={"deploy": "alice"})


def test_the_packaged_sample_is_fresh():
    """packaging/config/dockschedd.toml is what `config.sample` makes."""
    path = Path(__file__).parents[2] / "packaging" / "config" / "dockschedd.toml"

    assert path.read_text("utf-8") == config.sample()


def test_check_config_prints_each_value_with_its_origin(tmp_path):
    """What is printed is TOML again."""
    loaded = load(tmp_path, 'log_format = "json"')
    text = config.render(loaded)

    assert f'log_format = "json"  # {tmp_path / "c.toml"}' in text
    assert tomllib.loads(text)["hosts"]["local"]["url"] == "unix:///var/run/docker.sock"


def test_a_host_of_the_file_has_all_that_a_host_can_have(tmp_path):
    """Where it is, how it is known to be the right one, and what holds on it."""
    loaded = load(
        tmp_path,
        """
        [hosts.edge]
        url = "tcp://edge.example:2376"
        tls_ca = "/e/ca.pem"
        tls_cert = "/e/cert.pem"
        tls_key = "/e/key.pem"
        zone = "Europe/Lisbon"
        calendar = "holidays"
        max_parallel_steps = 4
        [hosts.attic]
        url = "ssh://me@attic"
        ssh_key = "/a/key"
        ssh_known_hosts = "/a/known_hosts"
        [hosts.near]
        url = "tcp://127.0.0.1:2375"
        plain_tcp = true
        """,
    )
    attic, edge, near = config_hosts.values(loaded.settings.hosts)

    assert edge == fleet.Host(
        name="edge",
        endpoint=fleet.Endpoint(
            url="tcp://edge.example:2376",
            tls_ca="/e/ca.pem",
            tls_cert="/e/cert.pem",
            tls_key="/e/key.pem",
        ),
        zone="Europe/Lisbon",
        calendar="holidays",
        max_parallel_steps=4,
        origin=fleet.Origin.CONFIG,
    )
    assert attic.endpoint == fleet.Endpoint(
        url="ssh://me@attic", ssh_key="/a/key", ssh_known_hosts="/a/known_hosts"
    )
    assert near.endpoint.plain_tcp
    shown = tomllib.loads(config.render(loaded))["hosts"]
    assert shown["edge"]["calendar"] == "holidays"
    assert shown["near"] == {"url": "tcp://127.0.0.1:2375", "plain_tcp": True}


def test_an_empty_table_of_hosts_means_none(tmp_path):
    """Without a table there is `local`; a table that is there and empty takes it away."""
    loaded = load(tmp_path, "[hosts]")

    assert loaded.settings.hosts == {}
    assert tomllib.loads(config.render(loaded))["hosts"] == {}


@pytest.mark.parametrize("with_own", [False, True])
def test_the_default_host_is_the_one_that_docker_has(tmp_path, with_own):
    """TLS as docker(1) does it: own files only where they are, the authority always."""
    if with_own:
        (tmp_path / "cert.pem").touch()
        (tmp_path / "key.pem").touch()
    environ = {
        "DOCKER_HOST": "tcp://edge:2376",
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_CERT_PATH": str(tmp_path),
    }
    loaded = load(tmp_path, environ=environ)
    own = {"tls_cert": f"{tmp_path}/cert.pem", "tls_key": f"{tmp_path}/key.pem"}

    assert loaded.settings.hosts["local"] == config_hosts.Host(
        url="tcp://edge:2376", tls_ca=f"{tmp_path}/ca.pem", **(own if with_own else {})
    )
    assert 'hosts.local.url = "tcp://edge:2376"  # $DOCKER_HOST' in config.render(loaded)


def test_without_tls_verify_docker_speaks_plainly(tmp_path):
    """So does the default host, as with a socket proxy; its certificates are at home else."""
    plain = load(tmp_path, environ={"DOCKER_HOST": "tcp://proxy:2375"}).settings
    at_home = load(
        tmp_path,
        environ={"DOCKER_HOST": "tcp://e:2376", "DOCKER_TLS_VERIFY": "1", "HOME": "/home/ann"},
    ).settings
    refused = faults(tmp_path, environ={"DOCKER_HOST": "npipe:////./pipe/docker_engine"})

    assert plain.hosts["local"] == config_hosts.Host(url="tcp://proxy:2375", plain_tcp=True)
    assert at_home.hosts["local"].tls_ca == "/home/ann/.docker/ca.pem"
    assert refused == {"hosts.local.url": "host-url"}
