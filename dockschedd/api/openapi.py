"""The OpenAPI 3.1 description, made from the table of routes and the wire's structs.

Says nothing that the table does not say. docs/reference/openapi.json is this, written down.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

import msgspec

from dockschedd.api.routes import PUBLIC, ROUTES, Authenticated, Public, Route
from dockschedd.wire import paths, problems, system

_Schema = dict[str, Any]

_JSON: Final = "application/json"
_PARAMETER: Final = re.compile(r"\{(\w+)\}")
_REF: Final = "#/components/schemas/{name}"
#: What the variable parts of paths are.
_PATH_WORDS: Final = {
    "host": "Name of a host",
    "stack": "Name of a stack on that host",
    "needed_host": "Name of the host of the stack that is needed",
    "needed_stack": "Name of the stack that is needed",
    "group": "Name of a group of hosts",
    "run": "Id of a run, or a beginning of it that only one run has",
    "calendar": "Name of the calendar",
    "schedule": "Name or id of a schedule",
    "user": "Name of a user",
}
_EVERY: Final = ("bad-request", "internal", "store-error", "store-busy", "wrong-host")
_WITH_BODY: Final = ("bad-json", "too-slow", "too-large", "not-json")
_LOGGED_IN: Final = ("unauthenticated", "token-expired", "token-invalid", "session-ended")


@lru_cache(maxsize=1)
def document() -> dict[str, object]:
    """Return the description; the same object each time, not to be changed."""
    types: set[Any] = {problems.Problem}
    for route in ROUTES:
        types.update(t for t in (route.body, route.query, _reply_type(route)) if t is not None)
    schemas, components = msgspec.json.schema_components(sorted(types, key=str), ref_template=_REF)
    named = dict(zip(sorted(types, key=str), schemas, strict=True))
    operations: dict[str, _Schema] = {}
    for route in ROUTES:
        operations.setdefault(route.path, {})[route.method.lower()] = _operation(
            route, named, components
        )
    found: dict[str, object] = {
        "openapi": "3.1.0",
        "info": {
            "title": "dockschedd",
            "version": paths.API_VERSION,
            "description": "Starts and stops Docker Compose stacks on schedule. Instants are "
            "RFC 3339 in UTC; durations are seconds unless a field says otherwise. "
            f"`{paths.API_HEADER}` and `{paths.VERSION_HEADER}` come with every answer.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "paths": operations,
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "The access token of `login` or `refresh`. Over the Unix "
                    "socket, root and the daemon's own user need none.",
                }
            },
        },
    }
    # Defaults of structs are Python's values: as JSON they are what a reader expects.
    plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(found))
    return plain


def _operation(route: Route, named: dict[Any, _Schema], components: dict[str, _Schema]) -> _Schema:
    out: _Schema = {"operationId": route.op, "summary": route.summary}
    match route.needs:
        case Public():
            out["security"] = []
        case Authenticated():
            out["security"] = [{"token": []}]
        case permission:
            out["security"] = [{"token": []}]
            out["x-permission"] = str(permission)
    parameters = [_path_parameter(name) for name in _PARAMETER.findall(route.path)]
    if route.query is not None:
        parameters += _query_parameters(components[route.query.__name__])
    if "key-reused" in route.problems:
        parameters.append(_IDEMPOTENCY)
    if parameters:
        out["parameters"] = parameters
    if route.body is not None:
        out["requestBody"] = {"required": True, "content": {_JSON: {"schema": named[route.body]}}}
    out["responses"] = _responses(route, named)
    return out


def _responses(route: Route, named: dict[Any, _Schema]) -> _Schema:
    answer: _Schema = {"description": route.summary}
    if route.reply is not None:
        kinds = route.media or ("text/event-stream" if route.stream else _JSON,)
        answer["content"] = {kind: {"schema": named[_reply_type(route)]} for kind in kinds}
    out: _Schema = {str(route.status): answer}
    if route.reply is system.Health:
        out["503"] = {**answer, "description": "Not now; the answer says why"}
    by_status: dict[int, list[str]] = {}
    for code in codes(route):
        by_status.setdefault(problems.CODES[code][0], []).append(code)
    for status, found in sorted(by_status.items()):
        text = "; ".join(f"`{code}`: {problems.CODES[code][1]}" for code in found)
        problem = {problems.CONTENT_TYPE: {"schema": named[problems.Problem]}}
        known = out.setdefault(str(status), {"description": text, "content": {}})
        known["content"] = {**known["content"], **problem}
    return out


def codes(route: Route) -> tuple[str, ...]:
    """Return all codes of problems that the operation can answer with."""
    out = [*_EVERY]
    if route.body is not None:
        out += _WITH_BODY
    if route.needs != PUBLIC:
        out += _LOGGED_IN
        if not isinstance(route.needs, Authenticated):
            out.append("forbidden")
    return tuple(dict.fromkeys([*out, *route.problems]))


def _reply_type(route: Route) -> Any:
    return route.reply


def _path_parameter(name: str) -> _Schema:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": _PATH_WORDS[name],
        "schema": {"type": "string", "minLength": 1},
    }


def _query_parameters(schema: _Schema) -> list[_Schema]:
    return [
        {"name": name, "in": "query", "required": False, "schema": _in_query(each)}
        for name, each in schema["properties"].items()
    ]


def _in_query(schema: _Schema) -> _Schema:
    """Return the schema without null: in a query, a parameter is there or it is not."""
    kinds: list[_Schema] = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    return kinds[0] if len(kinds) == 1 else schema


_IDEMPOTENCY: Final[_Schema] = {
    "name": paths.IDEMPOTENCY_HEADER,
    "in": "header",
    "required": False,
    "description": "The same key is carried out once; again, it answers with the same runs.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
}
