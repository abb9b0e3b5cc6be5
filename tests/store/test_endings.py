"""ports.Endings, on both databases."""

from __future__ import annotations

from dockschedd.core import model
from tests.store.nouns import MINUTE, NOON


async def test_the_newest_ending_is_kept(store):
    """A newer ending takes the place of an older one; one that arrives late does not."""
    async with store.transaction() as unit:
        remember = unit.endings.remember
        await remember("local", "c1", ended=model.Ended.STOPPED, at=NOON)
        await remember("local", "c1", ended=model.Ended.FINISHED, at=NOON + MINUTE)
        await remember("local", "c1", ended=model.Ended.STOPPED, at=NOON)
        await remember("local", "c2", ended=model.Ended.STOPPED, at=NOON)
        await remember("edge", "c1", ended=model.Ended.STOPPED, at=NOON)

    async with store.reading() as unit:
        assert await unit.endings.all("local") == {
            "c1": model.Ended.FINISHED,
            "c2": model.Ended.STOPPED,
        }
        assert await unit.endings.all("edge") == {"c1": model.Ended.STOPPED}
        assert await unit.endings.all("other") == {}


async def test_what_runs_again_is_forgotten(store):
    """Only the named containers of the named host go; unknown ones are no error."""
    async with store.transaction() as unit:
        for container in ("c1", "c2", "c3"):
            await unit.endings.remember("local", container, ended=model.Ended.STOPPED, at=NOON)
        await unit.endings.remember("edge", "c1", ended=model.Ended.STOPPED, at=NOON)
        await unit.endings.forget("local", ["c1", "c3", "unknown"])
        await unit.endings.forget("local", ())

        assert await unit.endings.all("local") == {"c2": model.Ended.STOPPED}
        assert await unit.endings.all("edge") == {"c1": model.Ended.STOPPED}
