"""What is agreed with an engine on first contact, and what else may answer at its address."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dockschedd import errors
from dockschedd.core.fleet import Endpoint
from dockschedd.hosts.pool import DockerHosts
from tests.hosts.parts import imitation

if TYPE_CHECKING:
    from pathlib import Path


async def test_nothing_is_connected_before_the_first_call(tmp_path: Path) -> None:
    """A daemon starts although an engine is down; the first call tells why."""
    hosts = DockerHosts({"local": Endpoint(url=f"unix://{tmp_path}/docker.sock")})

    with pytest.raises(errors.HostUnreachable) as caught:
        await hosts.version("local")

    assert caught.value.hint == "see whether Docker runs: `systemctl status docker`"
    assert isinstance(caught.value.__cause__, Exception)
    await hosts.close()


def test_only_endpoints_that_an_engine_can_have_are_taken() -> None:
    """All faults are told at once, each with its path."""
    with pytest.raises(errors.Invalid) as caught:
        DockerHosts({"b": Endpoint(url="http://b"), "a": Endpoint(url="tcp://a:2375")})
    assert [fault.path for fault in caught.value.faults] == ["hosts.a.url", "hosts.b.url"]


def test_a_host_that_is_where_it_was_keeps_its_connection() -> None:
    """Only how many calls may be under way at once is another number."""
    end = Endpoint(url="unix:///docker.sock")
    hosts = DockerHosts({"a": end}, parallel=10)
    before = hosts._engine("a")
    hosts.put("a", end, parallel=3)

    assert hosts._engine("a") is before
    assert before._actions._free._value == 3
    hosts.put("a", end)
    assert before._actions._free._value == 10


async def test_a_host_that_is_put_again_is_another_engine(tmp_path: Path) -> None:
    """Its calls go there from then on; one that is dropped is unknown."""

    def answer(_: str) -> tuple[int, object]:
        return 200, {"Version": "x", "ApiVersion": "1.41", "MinAPIVersion": "1.12"}

    for each in ("one", "two"):
        (tmp_path / each).mkdir()
    with imitation(tmp_path / "one", answer) as one, imitation(tmp_path / "two", answer) as two:
        hosts = DockerHosts({"a": Endpoint(url=one.url)})
        await hosts.version("a")
        seen = len(one.asked)
        hosts.put("a", Endpoint(url=two.url))
        await hosts.version("a")

        assert (len(one.asked), bool(two.asked)) == (seen, True)
        assert hosts.url("a") == two.url
        with pytest.raises(errors.Invalid):
            hosts.put("a", Endpoint(url="unix://"))
        assert hosts.url("a") == two.url
        hosts.drop("a")
        with pytest.raises(errors.HostRefused, match="no host `a`"):
            await hosts.version("a")
        await hosts.close()


@pytest.mark.parametrize(
    ("oldest", "newest", "spoken"),
    [("1.12", "1.41", "1.41"), ("1.24", "1.47", "1.41"), ("1.44", "1.52", "1.44")],
)
async def test_the_version_is_the_oldest_that_both_understand(
    tmp_path: Path, oldest: str, newest: str, spoken: str
) -> None:
    """Engines that dropped API 1.41 are spoken to in their own oldest version."""

    def answer(path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"Version": "x", "ApiVersion": newest, "MinAPIVersion": oldest}
        return 200, []

    with imitation(tmp_path, answer) as server:
        hosts = DockerHosts({"local": Endpoint(url=server.url)})
        assert await hosts.containers("local") == {}
        await hosts.close()

    assert server.asked[0] == "/version"
    assert server.asked[1].startswith(f"/v{spoken}/containers/json")
    assert len(server.asked) == 2


async def test_an_engine_that_is_too_old_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """It is a refusal, not something that passes by itself."""
    too_old = {"Version": "1.13", "ApiVersion": "1.25", "MinAPIVersion": "1.12"}
    with imitation(tmp_path, lambda _: (200, too_old)) as server:
        hosts = DockerHosts({"local": Endpoint(url=server.url)})
        with pytest.raises(errors.HostRefused) as caught:
            await hosts.containers("local")
        await hosts.close()

    assert caught.value.code == "host-too-old"
    assert "20.10" in (caught.value.hint or "")


@pytest.mark.parametrize("body", [b"<html>hello</html>", {}, [], b"", b"\xff"])
async def test_what_is_no_engine_is_said_to_be_none(tmp_path: Path, body: object) -> None:
    """A wrong URL is told from an engine that fails."""
    with imitation(tmp_path, lambda _: (200, body)) as server:
        hosts = DockerHosts({"local": Endpoint(url=server.url)})
        with pytest.raises(errors.HostRefused) as caught:
            await hosts.containers("local")
        await hosts.close()

    assert caught.value.code == "host-not-docker"


async def test_an_upgraded_engine_is_asked_for_its_version_again(tmp_path: Path) -> None:
    """After a refusal of the version the next call agrees on another one."""
    oldest = ["1.12"]

    def answer(path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"Version": "x", "ApiVersion": "1.52", "MinAPIVersion": oldest[0]}
        if not path.startswith(f"/v{max(oldest[0], '1.41')}/"):
            return 400, {"message": "client version 1.41 is too old"}
        return 200, []

    with imitation(tmp_path, answer) as server:
        hosts = DockerHosts({"local": Endpoint(url=server.url)})
        assert await hosts.containers("local") == {}
        oldest[0] = "1.44"
        with pytest.raises(errors.HostRefused):
            await hosts.containers("local")
        assert await hosts.containers("local") == {}
        await hosts.close()


async def test_calls_about_different_containers_share_a_connection(tmp_path: Path) -> None:
    """The SDK would open one for each URL, which costs the engine more than the call."""

    def answer(path: str) -> tuple[int, object]:
        if path == "/version":
            return 200, {"Version": "x", "ApiVersion": "1.41"}
        return 200, {"Id": path}

    with imitation(tmp_path, answer) as server:
        hosts = DockerHosts({"local": Endpoint(url=server.url)})
        for number in range(40):
            await hosts.inspect("local", f"{number:064x}")
        await hosts.close()

    assert len(server.asked) == 41
    assert server.connections == 1
