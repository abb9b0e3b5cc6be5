"""Which daemon a command talks to."""

from __future__ import annotations

import json
import ssl
import tempfile
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
import trustme

from dockschedctl import servers
from dockschedctl.failures import Usage
from dockschedd.wire import paths, stacks
from tests.ctl import stub


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("unix:///run/x.sock", "unix:///run/x.sock"),
        ("/run//x.sock", "unix:///run/x.sock"),
        ("https://Docker1.Example:8443/", "https://docker1.example:8443"),
        ("https://docker1.example", "https://docker1.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_addresses_have_one_form(text: str, url: str) -> None:
    """What means the same server has the same credentials."""
    assert servers.canonical(text, said_by="--server") == url


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("docker1.example", "is no address of a daemon"),
        ("ftp://x", "is no address of a daemon"),
        ("unix://relative/x.sock", "is no address of a daemon"),
        ("https://", "is no address of a daemon"),
        ("https://x:99999", "is no address"),
        ("https://alice:secret@x", "says more than host and port"),
        ("https://x/v1", "says more than host and port"),
        ("http://docker1.example:8080", "plain http would show passwords"),
        ("http://127.evil.example", "plain http would show passwords"),
        ("http://1270.0.0.1", "plain http would show passwords"),
        ("http://localhost.example", "plain http would show passwords"),
    ],
)
def test_addresses_that_can_mean_no_daemon_are_refused(text: str, words: str) -> None:
    """The message names who gave the address; plain http is for this machine only."""
    with pytest.raises(Usage, match=words) as caught:
        servers.canonical(text, said_by="--server")
    assert caught.value.message.startswith("--server: ")
    assert caught.value.hint


def test_the_flag_wins_over_the_environment_and_that_over_the_context(
    ctl, daemon, tmp_path
) -> None:
    """Flag, DOCKSCHEDCTL_SERVER, current context, in this order."""
    urls = {}
    for name in ("flag", "environment", "context"):
        urls[name] = f"unix://{tmp_path}/{name}.sock"
    ctl.environ.pop("DOCKSCHEDCTL_SERVER")
    ctl("context", "add", "here", urls["context"], "--use")
    assert "context.sock" in ctl("stack", "ls").err
    ctl.environ["DOCKSCHEDCTL_SERVER"] = urls["environment"]
    assert "environment.sock" in ctl("stack", "ls").err
    assert "flag.sock" in ctl("stack", "ls", "--server", urls["flag"]).err


def test_without_anything_the_local_socket_is_taken(ctl) -> None:
    """The system's socket, else that of the user's own daemon, if it is there."""
    ctl.environ.pop("DOCKSCHEDCTL_SERVER")
    # The path of a socket has 107 bytes at most.
    with tempfile.TemporaryDirectory(prefix="run-") as runtime:
        ctl.environ["XDG_RUNTIME_DIR"] = runtime
        (Path(runtime) / "dockschedd").mkdir()
        with stub.running(Path(runtime) / paths.USER_SOCKET) as own:
            own.on("GET /v1/stacks", stacks.StackPage(items=()))
            assert ctl("stack", "ls", "-o", "json").out == "[]\n"
    assert len(own.requests) == 1


def test_global_options_work_before_and_after_the_command(ctl, daemon, tmp_path) -> None:
    """What stands last wins."""
    daemon.on("GET /v1/stacks", stacks.StackPage(items=()))
    other = f"unix://{tmp_path}/other.sock"
    for argv in (
        ("-o", "json", "--server", daemon.url, "stack", "ls"),
        ("stack", "-o", "json", "--server", daemon.url, "ls"),
        ("stack", "ls", "-o", "json", "--server", daemon.url),
        ("--server", other, "-o", "yaml", "stack", "ls", "-o", "json", "--server", daemon.url),
    ):
        assert ctl(*argv).out == "[]\n", argv


# ---------------------------------------------------------------- contexts


def test_contexts_are_added_used_and_removed(ctl) -> None:
    """As docker context does it; `default` is built in."""
    assert ctl("context", "add", "prod", "https://docker1.example:8443").code == 0
    assert ctl("context", "use", "prod").err.startswith("current context: prod\n")
    listed = json.loads(ctl("context", "ls", "-o", "json").out)
    assert [(row["name"], row["current"]) for row in listed] == [
        ("default", False),
        ("prod", True),
    ]
    assert ctl("context", "rm", "prod").err == "removed prod\ncurrent context: default\n"
    assert ctl("context", "ls", "-o", "name").out == "default\n"


def test_a_context_that_is_not_there_is_suggested(ctl) -> None:
    """Exit code 5 and the name that is nearly right."""
    ctl("context", "add", "production", "https://docker1.example:8443")
    result = ctl("context", "use", "prodution")

    assert result.code == 5
    assert "did you mean `production`?" in result.err
    assert ctl("context", "use", "default").code == 0


@pytest.mark.parametrize("name", ["default", "", "a b", "../x", "-x"])
def test_names_of_contexts_can_be_typed_and_stored(ctl, name: str) -> None:
    """Others are refused: exit code 2."""
    assert ctl("context", "add", "--", name, "https://x.example").code == 2


def test_a_damaged_context_file_is_named(ctl) -> None:
    """Nothing is overwritten and nothing guessed."""
    ctl.config.mkdir(parents=True)
    (ctl.config / "contexts.json").write_text("{")
    result = ctl("context", "ls")

    assert result.code == 1
    assert "contexts.json cannot be read" in result.err


# ---------------------------------------------------------------- TLS


@pytest.fixture
def tls(tmp_path):
    """A daemon behind TLS with a private authority, on loopback."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    fake = stub.Stub(socket=tmp_path / "unused")
    fake.on("GET /v1/stacks", stacks.StackPage(items=()))
    handler = type("Handler", (stub._Handler,), {"stub": fake})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.handle_error = lambda *_: None
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield f"https://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_a_private_authority_is_trusted_when_it_is_given(ctl, tls, tmp_path) -> None:
    """--ca with a command, or kept with a context."""
    ca = str(tmp_path / "ca.pem")

    assert ctl("stack", "ls", "-o", "json", "--server", tls, "--ca", ca).out == "[]\n"
    assert ctl("context", "add", "prod", tls, "--ca", ca).code == 0
    assert ctl("stack", "ls", "-o", "json", "--server", tls).out == "[]\n"


def test_an_unknown_authority_is_never_trusted(ctl, tls) -> None:
    """Exit code 6, and the flag that helps."""
    result = ctl("stack", "ls", "--server", tls)

    assert result.code == 6
    assert "is not to be trusted" in result.err
    assert "--ca FILE" in result.err


def test_a_certificate_for_another_name_is_not_taken(ctl, tls, tmp_path) -> None:
    """The name in the address must be the one in the certificate."""
    url = tls.replace("127.0.0.1", "localhost")
    result = ctl("stack", "ls", "--server", url, "--ca", str(tmp_path / "ca.pem"))

    assert result.code == 6
    assert "is not to be trusted" in result.err


def test_a_port_without_tls_is_told_apart(ctl, tls) -> None:
    """Plain http to a TLS port, and a file that holds no certificates."""
    plain = ctl("stack", "ls", "--server", tls.replace("https", "http"))
    no_ca = ctl("stack", "ls", "--server", tls, "--ca", __file__)

    assert plain.code == 6
    assert no_ca.code == 2
    assert "cannot be read" in no_ca.err
