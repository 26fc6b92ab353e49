"""Serving the built pages: HTML that is never cached, assets named by their content that always are."""

from collections.abc import Callable, Mapping
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from starlette.responses import Response as StarletteResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"

# Only the pages' own files, and nothing inline: what was built is all that runs.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    )
)
_HTML_HEADERS = {"Content-Security-Policy": PAGE_POLICY, "Cache-Control": "no-store"}
_IMMUTABLE = "public, max-age=31536000, immutable"
NOT_BUILT = "The pages are not built. `make` builds them: see CONTRIBUTING.md. The API works without them: see /docs\n"

_PATHS: Mapping[str, tuple[str, ...]] = {
    "index": ("/",),
    "bin": ("/b/{name}", "/B/{name}"),  # QR codes are in upper case
    "tree": ("/t/{name}", "/T/{name}"),
    "entry": ("/entry",),
}


class Assets(StaticFiles):
    """Files whose names have a hash of their content."""

    async def check_config(self) -> None:
        """Without the folder nothing is built yet. Raises HTTPException 404, where its base class fails for good."""
        if not Path(str(self.directory)).is_dir():
            raise HTTPException(404)

    async def get_response(self, path: str, scope: Scope) -> StarletteResponse:
        """A file that browsers may keep for ever. Raises HTTPException 404."""
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = _IMMUTABLE
        return response


def pages(static: Path) -> APIRouter:
    """Routes of the HTML pages in `static`."""
    router = APIRouter(include_in_schema=False)
    for page, paths in _PATHS.items():
        for path in paths:
            router.add_api_route(path, _server_of(static / f"{page}.html"), response_class=HTMLResponse)
    return router


def assets(static: Path) -> Assets:
    """The application of `/assets`; the folder may come later."""
    return Assets(directory=static / "assets", check_dir=False)


def _server_of(file: Path) -> Callable[[], Response]:
    def serve() -> Response:
        try:
            html = file.read_bytes()
        except FileNotFoundError:
            return PlainTextResponse(NOT_BUILT, 503, {"Cache-Control": "no-store"})
        return HTMLResponse(html, headers=_HTML_HEADERS)

    return serve
