"""The aiohttp application, made from the table of routes.

Every request goes the same way: host, caller, permission, query, body, handler, reply. Every
answer carries the request's id and the versions; every refusal is a problem. One line is
logged per request, never a token and never a body.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from typing import TYPE_CHECKING, Final

import msgspec
from aiohttp import web

from dockschedd.access import peers
from dockschedd.api import auth, decoding, handlers, problems, refusals, stream
from dockschedd.api.call import Call, Text
from dockschedd.api.problems import Refused
from dockschedd.api.routes import PUBLIC, ROUTES, Route
from dockschedd.core.permissions import Permission
from dockschedd.errors import DockschedError, Fault, Forbidden
from dockschedd.wire import paths, system

if TYPE_CHECKING:
    from aiohttp.typedefs import Handler, Middleware

    from dockschedd.api.services import Services

log = logging.getLogger(__name__)

#: What the request carries from one stage to the next.
_ID: Final = web.RequestKey("id", str)
_ACTOR: Final = web.RequestKey("actor", str)
_LONGEST_KEY: Final = 200
#: Seconds that a body may take to arrive.
_PATIENCE: Final = 30.0
#: What proxies add. The peer of a socket is the proxy then, and not whoever asks.
_PROXIES: Final = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
_encoder: Final = msgspec.json.Encoder()


def build(services: Services) -> web.Application:
    """Return the application; it starts and stops nothing that it was given."""
    app = web.Application(middlewares=[_outermost(services)], client_max_size=paths.LARGEST_BODY)
    stopping = asyncio.Event()

    async def stop_streams(_: web.Application) -> None:
        stopping.set()

    async def stamp(request: web.Request, response: web.StreamResponse) -> None:
        response.headers[paths.VERSION_HEADER] = services.version
        response.headers[paths.API_HEADER] = paths.API_VERSION
        response.headers[paths.REQUEST_ID_HEADER] = request.get(_ID, "-")
        response.headers["Server"] = "dockschedd"
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers.setdefault("Cache-Control", "no-store")

    app.on_shutdown.append(stop_streams)
    app.on_response_prepare.append(stamp)
    for route in ROUTES:
        endpoint = _endpoint(services, route, stopping)
        app.router.add_route(route.method, route.path, endpoint)
        if route.method == "GET" and not route.stream:
            app.router.add_route("HEAD", route.path, endpoint)
    return app


def _outermost(services: Services) -> Middleware:
    @web.middleware
    async def outermost(request: web.Request, handler: Handler) -> web.StreamResponse:
        loop = asyncio.get_running_loop()
        started = loop.time()
        request[_ID] = services.ids.new()
        code = "-"
        try:
            response = await handler(request)
        except Exception as exc:
            problem, headers = problems.from_exception(exc)
            code = problem.code
            if problems.is_internal(problem):
                log.exception("request.crashed", extra={"request": request[_ID]})
            response = problems.response(problem, headers)
        fields = {
            "request": request[_ID],
            "method": request.method,
            # Percent-encoded and without the query: nobody writes lines of ours.
            "path": request.rel_url.raw_path,
            "status": response.status,
            "code": code,
            "actor": request.get(_ACTOR, auth.NOBODY),
            "origin": _caller(request).origin,
            "milliseconds": round((loop.time() - started) * 1000, 1),
        }
        log.info("request.answered", extra=fields)
        return response

    return outermost


def _endpoint(services: Services, route: Route, stopping: asyncio.Event) -> Handler:
    operation = handlers.OPERATIONS[route.op]
    decoder = msgspec.json.Decoder(route.body) if route.body is not None else None

    async def endpoint(request: web.Request) -> web.StreamResponse:
        caller = _caller(request)
        _check_host(request, caller, services.host_names)
        principal = await _admit(services, route, request, caller)
        query = decoding.query(tuple(request.query.items()), route.query)
        if isinstance(route.needs, Permission):
            await services.looked.wait()
        arguments = [] if query is None else [query]
        if decoder is not None:
            arguments = [decoding.body(await _read(request), decoder)]
        call = Call(
            services=services,
            now=services.clock.now(),
            principal=principal,
            origin=caller.origin,
            path=decoding.path(request.match_info),
            idempotency_key=_idempotency_key(request),
            accept=request.headers.get("Accept", ""),
        )
        if route.stream:
            return await stream.serve(request, call, operation(call, *arguments), stopping)
        if services.stopping.is_set() and "shutting-down" in route.problems:
            raise DockschedError("dockschedd is shutting down", code="shutting-down")
        try:
            reply = await operation(call, *arguments)
        except Forbidden as exc:
            await _record(services, exc, request, caller, principal)
            raise
        return _reply(route, reply)

    return endpoint


async def _admit(
    services: Services, route: Route, request: web.Request, caller: auth.Caller
) -> auth.Principal | None:
    """Return who calls, if the table lets them; refusals are recorded."""
    if route.needs == PUBLIC:
        return None
    principal = None
    try:
        principal = auth.scraper(services, route, caller)
        if principal is None:
            principal = await auth.identify(services, caller)
        auth.check(route, principal)
    except DockschedError as exc:
        await _record(services, exc, request, caller, principal)
        raise
    if principal is not None:
        request[_ACTOR] = principal.name
    return principal


async def _record(
    services: Services,
    error: DockschedError,
    request: web.Request,
    caller: auth.Caller,
    principal: auth.Principal | None,
) -> None:
    await refusals.record(
        services,
        error,
        caller=caller,
        principal=principal,
        request=f"{request.method} {request.rel_url.raw_path}",
        now=services.clock.now(),
    )


def _caller(request: web.Request) -> auth.Caller:
    transport = request.transport
    connection = transport.get_extra_info("socket") if transport is not None else None
    uid = peers.uid_of(connection) if connection is not None else None
    return auth.Caller(
        origin=f"uid={uid}" if uid is not None else request.remote or auth.NOBODY,
        uid=uid,
        proxied=any(name in request.headers for name in _PROXIES),
        authorization=request.headers.get("Authorization"),
    )


def _check_host(request: web.Request, caller: auth.Caller, names: tuple[str, ...]) -> None:
    """Refuse names that are not ours: a web page may have pointed one at this address."""
    host = request.headers.get("Host")
    if caller.uid is not None or host is None:
        return
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdecimal() else host
    name = name.strip("[]").rstrip(".").lower()
    if name == "localhost" or name in names:
        return
    try:
        # An address cannot be pointed elsewhere.
        ipaddress.ip_address(name)
    except ValueError:
        hint = "use the address, or add the name to `host_names` in the configuration"
        raise Refused("wrong-host", hint=hint) from None


async def _read(request: web.Request) -> bytes:
    if request.content_type != "application/json":
        raise Refused("not-json", hint="send `Content-Type: application/json`")
    try:
        async with asyncio.timeout(_PATIENCE):
            return await request.read()
    except TimeoutError as exc:
        raise Refused("too-slow") from exc
    except web.RequestPayloadError as exc:
        fault = Fault(path="", code="bad-body", message="the body cannot be read")
        raise Refused("bad-request", fault) from exc


def _idempotency_key(request: web.Request) -> str | None:
    key = request.headers.get(paths.IDEMPOTENCY_HEADER)
    if key is None or (0 < len(key) <= _LONGEST_KEY and key.isascii() and key.isprintable()):
        return key
    message = f"an idempotency key has 1 to {_LONGEST_KEY} printable ASCII characters"
    fault = Fault(path=paths.IDEMPOTENCY_HEADER, code="bad-key", message=message)
    raise Refused("bad-request", fault)


def _reply(route: Route, reply: object) -> web.Response:
    if route.reply is None:
        return web.Response(status=route.status)
    if isinstance(reply, Text):
        headers = {"Content-Type": reply.content_type}
        return web.Response(status=route.status, headers=headers, body=reply.body)
    unwell = isinstance(reply, system.Health) and not reply.ok
    return web.Response(
        body=_encoder.encode(reply),
        status=503 if unwell else route.status,
        content_type="application/json",
    )
