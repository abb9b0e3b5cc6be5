"""Passwords."""

from __future__ import annotations

import asyncio
import time

import argon2
import pytest
from argon2 import profiles

from dockschedd.access.passwords import LONGEST, Argon2Passwords
from dockschedd.errors import Invalid


@pytest.fixture
def cheap():
    passwords = Argon2Passwords(profiles.CHEAPEST)
    yield passwords
    passwords.close()


async def test_the_password_that_was_hashed_matches_and_others_do_not(cheap) -> None:
    """Only the same text verifies, whatever characters it has."""
    hashed = await cheap.hash("pässwört mit 🔑")

    assert await cheap.verify("pässwört mit 🔑", hashed)
    assert not await cheap.verify("pässwört mit 🔒", hashed)
    assert not await cheap.verify("", hashed)


async def test_two_hashes_of_one_password_differ(cheap) -> None:
    """Hashes are salted: equal passwords cannot be told from the database."""
    assert await cheap.hash("the same password") != await cheap.hash("the same password")


async def test_nobody_takes_the_time_of_somebody() -> None:
    """With real parameters, the answer for an unknown user takes about as long as for a known."""
    passwords = Argon2Passwords()
    hashed = await passwords.hash("correct horse battery")
    await passwords.verify("warms up", None)

    async def took(against: str | None) -> float:
        samples = []
        for _ in range(3):
            started = time.perf_counter()
            assert not await passwords.verify("wrong horse battery", against)
            samples.append(time.perf_counter() - started)
        return min(samples)

    known, unknown = await took(hashed), await took(None)
    passwords.close()

    assert 0.4 < unknown / known < 2.5


async def test_the_first_unknown_user_costs_no_more_than_the_first_known_one() -> None:
    """The stand-in hash is made for known users as well, so that its making tells nothing."""
    made = []

    class Counting(argon2.PasswordHasher):
        def hash(self, password, *, salt=None):
            made.append(password)
            return super().hash(password, salt=salt)

    known = Argon2Passwords(profiles.CHEAPEST)
    known.__dict__["_hasher"] = Counting.from_parameters(profiles.CHEAPEST)
    hashed = argon2.PasswordHasher.from_parameters(profiles.CHEAPEST).hash("a password")
    await known.verify("a password", hashed)
    known.close()

    assert len(made) == 1


@pytest.mark.parametrize(
    "hashed", ["", "nonsense", "$2b$12$abcdefghijklmnopqrstuv", "$argon2id$v"]
)
async def test_a_hash_that_is_none_matches_nothing(cheap, hashed) -> None:
    """A damaged or foreign hash is a wrong password, never an error."""
    assert not await cheap.verify("anything", hashed)
    assert cheap.needs_rehash(hashed)


async def test_what_is_too_long_or_no_text_is_refused_before_it_is_hashed(cheap) -> None:
    """Length is capped, and half a surrogate pair is no text."""
    hashed = await cheap.hash("x" * LONGEST)

    assert not await cheap.verify("x" * LONGEST + "y", hashed)
    assert not await cheap.verify("\ud800", hashed)
    with pytest.raises(Invalid) as too_long:
        await cheap.hash("x" * (LONGEST + 1))
    with pytest.raises(Invalid) as no_text:
        await cheap.hash("\ud800")

    assert [too_long.value.code, no_text.value.code] == ["password-too-long", "password-not-text"]


async def test_a_hash_with_older_parameters_is_made_anew(cheap) -> None:
    """needs_rehash says whether the parameters are today's."""
    hashed = await cheap.hash("correct horse battery")
    today = Argon2Passwords()

    assert not cheap.needs_rehash(hashed)
    assert today.needs_rehash(hashed)
    assert await today.verify("correct horse battery", hashed)
    today.close()


async def test_hashing_leaves_the_loop_alone_and_only_so_many_run_at_once() -> None:
    """With real parameters, eight verifications never hold up the loop for the time of one."""
    passwords = Argon2Passwords(at_once=2)
    hashed = await passwords.hash("correct horse battery")
    worst, done = 0.0, asyncio.Event()

    async def watch() -> None:
        nonlocal worst
        while not done.is_set():
            before = time.perf_counter()
            await asyncio.sleep(0.001)
            worst = max(worst, time.perf_counter() - before)

    watching = asyncio.create_task(watch())
    started = time.perf_counter()
    await passwords.verify("wrong", hashed)
    single = time.perf_counter() - started
    await asyncio.gather(*(passwords.verify("wrong", hashed) for _ in range(8)))
    done.set()
    await watching
    passwords.close()

    assert worst < max(single * 4, 0.25)
    assert len(passwords._pool._threads) <= 2
