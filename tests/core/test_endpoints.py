"""core.endpoints: which endpoints of Docker Engines are refused, and what is said of them."""

from __future__ import annotations

import pytest

from dockschedd.core import endpoints, fleet

TLS = {"tls_ca": "/pki/ca.pem", "tls_cert": "/pki/cert.pem", "tls_key": "/pki/key.pem"}


def told(url: str, **options) -> list[tuple[str, str]]:
    """The paths and codes of what is wrong."""
    found = endpoints.faults(fleet.Endpoint(url=url, **options), path="hosts.edge")
    return [(fault.path, fault.code) for fault in found]


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("unix:///var/run/docker.sock", {}),
        ("tcp://engine.example:2376", TLS),
        ("tcp://engine.example:2376", {"tls_ca": "/pki/ca.pem"}),
        ("tcp://[::1]:2375", {"plain_tcp": True}),
        ("ssh://edge", {}),
        ("ssh://ops@edge-1.example:2222", {"ssh_key": "/k", "ssh_known_hosts": "/h"}),
        ("ssh://ops@[fe80::1]:22", {}),
    ],
)
def test_endpoints_that_can_be_are_accepted(url, options):
    """Sockets, TLS, ssh, and plain TCP where somebody asked for it."""
    assert told(url, **options) == []


@pytest.mark.parametrize(
    "url",
    [
        "",
        "edge",
        "unix://",
        "unix://relative/docker.sock",
        "unix:///run/",
        "tcp://edge",
        "tcp://edge:0",
        "tcp://edge:65536",
        "tcp://edge:2376/path",
        "http://edge:2375",
        "ssh://",
        "ssh://-oProxyCommand=evil",
        "ssh://-l@edge",
        "ssh://ops@-edge",
        "ssh://ops:password@edge",
        "ssh://edge/run/docker.sock",
        "ssh://edge:99999",
        "ssh://edge command",
    ],
)
def test_what_is_no_url_of_an_engine_is_refused(url):
    """One fault, at the URL; nothing that ssh would take for an option passes."""
    assert told(url) == [("hosts.edge.url", "host-url")]


def test_plain_tcp_has_to_be_asked_for():
    """Whoever reaches such a port owns the machine: never by leaving something out."""
    assert told("tcp://edge:2375") == [("hosts.edge.url", "host-plain-tcp")]
    assert told("tcp://edge:2375", plain_tcp=True, tls_ca="/pki/ca.pem") == [
        ("hosts.edge.plain_tcp", "host-option")
    ]


def test_options_of_another_kind_of_endpoint_are_refused():
    """Every one of them, at its own path."""
    assert told("unix:///run/docker.sock", **TLS, plain_tcp=True, ssh_key="/k") == [
        ("hosts.edge.tls_ca", "host-option"),
        ("hosts.edge.tls_cert", "host-option"),
        ("hosts.edge.tls_key", "host-option"),
        ("hosts.edge.plain_tcp", "host-option"),
        ("hosts.edge.ssh_key", "host-option"),
    ]
    assert told("tcp://edge:2376", tls_ca="/ca", ssh_known_hosts="/h") == [
        ("hosts.edge.ssh_known_hosts", "host-option")
    ]


@pytest.mark.parametrize("path", ['/k"', "/a\nb", "/${HOME}/k"])
def test_files_for_ssh_have_names_that_it_takes_as_they_are(path):
    """A quote or a line end would begin another option, and `${` is a variable of ssh's."""
    for option in ("ssh_key", "ssh_known_hosts"):
        assert told("ssh://edge", **{option: path}) == [(f"hosts.edge.{option}", "host-option")]
    assert told("ssh://edge", ssh_key="/with blank/100%/$k") == []


def test_files_are_absolute_and_certificate_and_key_come_together():
    """The daemon's working directory must not matter; half a pair proves nothing."""
    assert told("tcp://edge:2376", tls_ca="ca.pem", tls_cert="/cert.pem") == [
        ("hosts.edge.tls_ca", "host-option"),
        ("hosts.edge.tls_key", "host-option"),
    ]
