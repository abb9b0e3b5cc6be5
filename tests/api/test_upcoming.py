"""What schedules will do: all of them together, and those of one stack."""

from __future__ import annotations

NIGHTLY = {"name": "nightly", "action": "stop", "selector": "web", "cron": "0 22 * * *"}
MORNING = {"name": "morning", "action": "start", "selector": "web", "cron": "0 7 * * *"}


async def test_all_that_is_coming_is_told_in_order_of_time(daemon) -> None:
    """Of all schedules that are enabled; --from and --until are times as people write them."""
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY)
    await daemon.local("POST", "/v1/schedules", json=MORNING)
    await daemon.local("POST", "/v1/schedules", json=MORNING | {"name": "off", "enabled": False})
    soon = (await daemon.local("GET", "/v1/upcoming?count=3")).json
    later = (await daemon.local("GET", "/v1/upcoming?start=tomorrow&until=08:30")).json
    wrong = await daemon.local("GET", "/v1/upcoming?start=some")

    assert [each["schedule"] for each in soon["items"]] == ["nightly", "morning", "nightly"]
    assert soon["items"] == sorted(soon["items"], key=lambda each: each["at"])
    assert (soon["items"][0]["action"], soon["complete"], soon["frozen"]) == ("stop", True, None)
    assert [each["schedule"] for each in later["items"]] == ["morning"]
    assert (wrong.status, wrong.json["faults"][0]["path"]) == (422, "start")


async def test_what_is_coming_to_one_stack_leaves_out_the_others(daemon) -> None:
    """And a stack that there is not is refused with a name that is near."""
    await daemon.local("POST", "/v1/schedules", json=NIGHTLY | {"selector": "mail"})
    await daemon.local("POST", "/v1/schedules", json=MORNING)
    found = (await daemon.local("GET", "/v1/upcoming?stack=mail&count=2")).json["items"]
    absent = await daemon.local("GET", "/v1/upcoming?stack=mial")

    assert [each["schedule"] for each in found] == ["nightly", "nightly"]
    assert absent.status == 404


async def test_schedules_of_one_stack_are_found_by_their_selectors(daemon) -> None:
    """By name and by pattern, enabled or not, by name; a stack that there is not is refused."""
    for name, selector in (("z", "mail"), ("a", "*/ma*"), ("b", "web"), ("m", "local/mail")):
        body = {"name": name, "action": "stop", "selector": selector, "cron": "0 22 * * *"}
        await daemon.local("POST", "/v1/schedules", json=body | {"enabled": name != "m"})
    page = (await daemon.local("GET", "/v1/schedules?stack=mail&limit=1")).json
    some = (await daemon.local("GET", "/v1/schedules?stack=mail&prefix=m")).json
    absent = await daemon.local("GET", "/v1/schedules?stack=mial")

    assert [each["name"] for each in page["items"]] == ["a", "m", "z"]
    assert page["next"] is None
    assert [each["name"] for each in some["items"]] == ["m"]
    assert absent.status == 404
