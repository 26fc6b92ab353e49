"""The OpenAPI document, and a page of it for people that loads nothing from elsewhere."""

from html import escape
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi
from fastapi.responses import HTMLResponse
from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from civicroot_backend.api import problems
from civicroot_backend.api.models import CheckpointEvent, LiveReading
from civicroot_backend.api.rate_limit import COUNTED
from civicroot_backend.api.visit_models import VisitConflict

_POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_TOO_MANY = "Too many requests of your address: Retry-After says when to come again"
_STYLE = """
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
section { border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); padding: .5rem 0; }
h2 { font-size: 1.05rem; overflow-wrap: anywhere; }
h2 span { text-transform: uppercase; opacity: .7; margin-right: .5em; }
li, p { margin: .2rem 0; }
"""

router = APIRouter(include_in_schema=False)


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document of `app`, made once; problems are given their own media type."""
    if app.openapi_schema is None:
        schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
        for operation in _operations(schema):
            content = operation[2]["responses"]["default"]["content"]
            if operation[0].startswith(COUNTED):
                operation[2]["responses"].setdefault("429", {"description": _TOO_MANY, "content": content})
            content[problems.MEDIA_TYPE] = next(iter(content.values()))
            for media_type in [name for name in content if name != problems.MEDIA_TYPE]:
                del content[media_type]
        schema["components"]["schemas"].update(_events())
        app.openapi_schema = schema
    return app.openapi_schema


@router.get("/docs", response_class=HTMLResponse)
def get_docs(request: Request) -> HTMLResponse:
    """Every operation with its parameters and answers."""
    schema = request.app.openapi()
    sections = "".join(_section(*operation) for operation in _operations(schema))
    info = schema["info"]
    html = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(info["title"])}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="stylesheet" href="/docs.css">'
        f"</head><body><h1>{escape(info['title'])} {escape(info['version'])}</h1><p>{escape(info['description'])}</p>"
        f'<p>For programs: <a href="/openapi.json">openapi.json</a></p>{sections}</body></html>'
    )
    return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})


@router.get("/docs.css")
def get_style() -> Response:
    """How the page looks; a file of its own, so that the page needs nothing inline."""
    return Response(_STYLE, media_type="text/css", headers={"Cache-Control": "no-cache"})


def _events() -> dict[str, Any]:
    """The models of live events, and of problems that say more: no operation answers them as such."""
    models: list[tuple[type[BaseModel], JsonSchemaMode]] = [
        (model, "serialization") for model in (LiveReading, CheckpointEvent, VisitConflict)
    ]
    _, found = models_json_schema(models, ref_template="#/components/schemas/{model}")
    schemas: dict[str, Any] = found["$defs"]
    return schemas


def _operations(schema: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (path, method, operation) for path, methods in schema["paths"].items() for method, operation in methods.items()
    ]


def _section(path: str, method: str, operation: dict[str, Any]) -> str:
    parameters = "".join(_parameter(item) for item in operation.get("parameters", []))
    answers = "".join(_answer(status, item) for status, item in operation["responses"].items())
    return (
        f"<section><h2><span>{escape(method)}</span><code>{escape(path)}</code></h2>"
        f"<p><strong>{escape(operation['summary'])}.</strong> {escape(operation.get('description', ''))}</p>"
        f"<ul>{parameters}{answers}</ul></section>"
    )


def _parameter(item: dict[str, Any]) -> str:
    optional = "" if item.get("required") else ", optional"
    return (
        f"<li><code>{escape(item['name'])}</code> ({escape(item['in'])}{optional}) "
        f"{escape(item.get('description', ''))}</li>"
    )


def _answer(status: str, item: dict[str, Any]) -> str:
    kinds = ", ".join(f"<code>{escape(_kind(name, body))}</code>" for name, body in item.get("content", {}).items())
    return f"<li>{escape(status)}: {escape(item['description'])} {kinds}</li>"


def _kind(media_type: str, body: dict[str, Any]) -> str:
    model = body.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return f"{media_type} {model}".rstrip()
