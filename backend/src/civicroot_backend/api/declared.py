"""The declaration of rights laid over an application's routes: every one has a rule, and every rule a route."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount

from civicroot_backend.api.rights import PUBLIC, RIGHTS, Rule, Where

MOUNTED = ("/assets",)  # built files: they hold nothing of anybody
_DISTRICT = "{district}"

Rules = Mapping[Callable[..., Any], Rule]  # by the function that answers


class UndeclaredRoute(RuntimeError):
    """A route has no rule, or two, or a rule has no route: the application does not start."""


def rules(app: FastAPI, pages: Sequence[BaseRoute], rights: Mapping[str, Rule] = RIGHTS) -> Rules:
    """The rule of every route; `pages` are built files and public as a whole. Raises UndeclaredRoute."""
    public = {name for name, _ in _named(pages)}
    found: dict[Callable[..., Any], Rule] = {}
    missing, used = [], set()
    for name, endpoint in _named(app.routes):
        rule = rights.get(name, PUBLIC if name in public else None)
        if rule is None or (rule.where is Where.DISTRICT) != (_DISTRICT in name):
            missing.append(name)
        elif found.setdefault(endpoint, rule) is not rule:
            raise UndeclaredRoute(f"{name}: one function answers by two rules")
        used.add(name)
    unused = sorted(set(rights) - used)
    if missing or unused:
        raise UndeclaredRoute(f"without a rule that fits (api/rights.py): {missing}; rules without a route: {unused}")
    return found


def _named(routes: Sequence[BaseRoute]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each route's `METHOD path`, as the declaration calls it, and the function that answers it."""
    for route in iter_route_contexts(routes):
        if isinstance(route.original_route, Mount) and route.path in MOUNTED:
            continue
        if route.path is None or route.methods is None or route.endpoint is None:
            raise UndeclaredRoute(f"{route.original_route!r} is no route that a rule can be about")
        for method in sorted(route.methods - {"HEAD"}):  # answered as GET
            yield f"{method} {route.path}", route.endpoint
