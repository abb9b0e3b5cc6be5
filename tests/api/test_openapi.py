"""The description of the API: valid, complete, and what is really served."""

from __future__ import annotations

import inspect
import typing

import openapi_spec_validator
import pytest

from dockschedd.api import handlers, openapi, server
from dockschedd.api.routes import PUBLIC, ROUTES
from dockschedd.wire import problems
from tests.api import daemon as parts


def test_it_is_valid_openapi() -> None:
    """By a validator that is not ours."""
    openapi_spec_validator.validate(openapi.document())


async def test_anybody_can_read_it(daemon) -> None:
    """It is served as it is written down."""
    assert (await daemon.call("GET", "/v1/openapi.json")).json == openapi.document()


def test_the_table_has_no_duplicates_and_only_known_codes() -> None:
    """Operations and (method, path) are unique; every code has a status."""
    assert len({route.op for route in ROUTES}) == len(ROUTES)
    assert len({(route.method, route.path) for route in ROUTES}) == len(ROUTES)
    for route in ROUTES:
        assert set(openapi.codes(route)) <= set(problems.CODES)


async def test_what_is_served_is_the_table(daemon) -> None:
    """No route more and none less; HEAD comes with every GET that is no stream."""
    app = server.build(daemon.services)
    served = {(r.method, r.resource.canonical) for r in app.router.routes()}
    table = {(route.method, route.path) for route in ROUTES}
    heads = {("HEAD", r.path) for r in ROUTES if r.method == "GET" and not r.stream}

    assert served == table | heads


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.op)
def test_a_handler_takes_and_gives_what_the_table_says(route) -> None:
    """Its body or query, and its reply, are the structs of its row."""
    function = inspect.unwrap(handlers.OPERATIONS[route.op])
    names = {**vars(inspect.getmodule(function)), "Call": object, "wire_runs": parts}
    asked = list(inspect.signature(function).parameters)[1:]
    expected = [name for name, has in (("body", route.body), ("query", route.query)) if has]

    assert asked == expected
    assert names
    if not route.stream:
        assert inspect.iscoroutinefunction(function)
    annotation = function.__annotations__[asked[0]] if asked else None
    struct = route.body or route.query
    assert annotation is None or annotation.rpartition(".")[2] == struct.__name__
    if route.reply is None:
        assert function.__annotations__["return"] == "None"
    elif route.media:
        assert function.__annotations__["return"] == "Text"
    elif (
        isinstance(route.reply, type)
        and not route.stream
        and typing.get_origin(route.reply) is None
    ):
        assert function.__annotations__["return"].rpartition(".")[2] == route.reply.__name__


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.op)
def test_an_operation_is_described(route) -> None:
    """Its permission, its body, its reply, and a problem for each code that it can answer with."""
    document: typing.Any = openapi.document()
    operation = document["paths"][route.path][route.method.lower()]

    assert operation["operationId"] == route.op
    assert (operation["security"] == []) == (route.needs == PUBLIC)
    if operation.get("x-permission"):
        assert operation["x-permission"] == str(route.needs)
    assert ("requestBody" in operation) == (route.body is not None)
    text = str(operation["responses"])
    for code in openapi.codes(route):
        status = problems.CODES[code][0]
        content = operation["responses"][str(status)]["content"]
        assert problems.CONTENT_TYPE in content
        assert f"`{code}`" in text or route.op in {"health", "ready"}
