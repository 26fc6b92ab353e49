"""What the OpenAPI document says of who may call what: by session, by key with a scope, or anybody."""

from collections.abc import Mapping
from typing import Any

from civicroot_backend.api.cookies import SESSION, Cookies
from civicroot_backend.api.rights import RIGHTS, Rule

_SESSION, _KEY = "session", "key"


def describe(document: dict[str, Any], cookies: Cookies, rights: Mapping[str, Rule] = RIGHTS) -> dict[str, Any]:
    """The document with its operations' rules; describing it again changes nothing."""
    schemes = document.setdefault("components", {}).setdefault("securitySchemes", {})
    schemes[_SESSION] = {
        "type": "apiKey",
        "in": "cookie",
        "name": cookies.name(SESSION),
        "description": "of a browser that signed in; changes are taken from the city's own pages alone",
    }
    schemes[_KEY] = {"type": "http", "scheme": "bearer", "description": "an API key: `civicroot_…`"}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            rule = rights.get(f"{method.upper()} {path}")
            if rule is not None and not rule.public:
                operation["security"] = _of(rule)
                operation["x-roles"] = sorted(rule.roles)
    return document


def _of(rule: Rule) -> list[dict[str, list[str]]]:
    by_session: dict[str, list[str]] = {_SESSION: []}
    return [by_session] if rule.scope is None else [by_session, {_KEY: [rule.scope]}]
