"""Servers that a person names in the UI, and the contexts that remember them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from dockschedctl import contexts, servers
from dockschedctl.failures import Failure

if TYPE_CHECKING:
    from dockschedctl.env import Env

_FIELD = "the server"


def server(env: Env, written: str) -> servers.Server:
    """Return the daemon at that address. Raises Failure where it can be none."""
    url = servers.canonical(written, said_by=_FIELD)
    ca = contexts.load(env.config_dir).ca_of(url)
    return servers.Server(url=url, ca=ca, chosen_by="the login screen")


def is_known(env: Env, written: str) -> bool:
    """Return whether there is nothing to remember: a context names it, or it is local."""
    try:
        url = servers.canonical(written, said_by=_FIELD)
        book = contexts.load(env.config_dir)
    except Failure:
        return True
    local = url.startswith("unix://")
    return local or any(context.server == url for context in book.contexts.values())


def remember(env: Env, place: servers.Server) -> str:
    """Store the server as the current context; return its name. Raises Failure, OSError."""
    book = contexts.load(env.config_dir)
    name = free_name(place.url, book)
    context = contexts.Context(server=place.url, ca=place.ca)
    contexts.make_private(env.config_dir)
    contexts.save(
        env.config_dir,
        msgspec.structs.replace(book, current=name, contexts={**book.contexts, name: context}),
    )
    return name


def free_name(url: str, book: contexts.Book) -> str:
    """Return a name for the server that no context has: its host, with a number where needed."""
    host = urlsplit(url).hostname or ""
    name = re.sub(r"[^A-Za-z0-9_.-]", "-", host).strip("-.") or "server"
    name = name[:50]
    taken = {*book.contexts, contexts.DEFAULT}
    if name not in taken:
        return name
    return next(f"{name}-{n}" for n in range(2, len(taken) + 3) if f"{name}-{n}" not in taken)
