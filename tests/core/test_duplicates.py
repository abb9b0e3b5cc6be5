"""Which of several hosts that are one engine is acted on."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dockschedd.core import duplicates

NAMES = st.sampled_from(["local", "alpha", "beta", "zeta", "Zeta", "a"])


def test_the_first_name_is_acted_on_and_local_before_all() -> None:
    """Whoever reads the list of hosts can tell which one it is."""
    same = dict.fromkeys(["zeta", "alpha", "beta"], "engine-1")

    assert duplicates.stand_ins(same) == {"beta": "alpha", "zeta": "alpha"}
    assert duplicates.stand_ins({**same, "local": "engine-1"}) == {
        "alpha": "local",
        "beta": "local",
        "zeta": "local",
    }


def test_an_engine_that_says_nothing_of_itself_is_like_no_other() -> None:
    """Two that keep it to themselves are two."""
    assert duplicates.stand_ins({"a": "", "b": ""}) == {}


@given(st.dictionaries(NAMES, st.sampled_from(["", "1", "2"])))
def test_of_each_engine_exactly_one_host_is_acted_on(identities: dict[str, str]) -> None:
    """And nobody stands in who is not acted on."""
    found = duplicates.stand_ins(identities)

    for engine in set(identities.values()) - {""}:
        hosts = {host for host, identity in identities.items() if identity == engine}
        assert len(hosts - found.keys()) == 1
        assert {found[host] for host in hosts & found.keys()} <= hosts - found.keys()
    assert all(identities[host] for host in found)
