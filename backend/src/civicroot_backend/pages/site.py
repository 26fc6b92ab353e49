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


def _policy(*connect: str) -> str:
    """Only the pages' own files, and nothing inline: what was built is all that runs. `connect`: whom else to ask."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self'",
            "font-src 'self'",
            " ".join(("connect-src 'self'", *connect)),
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )


PAGE_POLICY = _policy()
# One page asks a blockchain's node, which its reader chooses, for a block: any server by https, or a node on the
# reader's own machine. It verifies nothing and is shown nothing but what its address says; no other page can do it.
BLOCK_POLICY = _policy("https:", "http://127.0.0.1:*", "http://localhost:*")
_IMMUTABLE = "public, max-age=31536000, immutable"
NOT_BUILT = "The pages are not built. `make` builds them: see CONTRIBUTING.md. The API works without them: see /docs\n"

_PATHS: Mapping[str, tuple[str, ...]] = {
    "index": ("/",),
    "bin": ("/b/{name}", "/B/{name}"),  # QR codes are in upper case
    "tree": ("/t/{name}", "/T/{name}"),
    "entry": ("/entry",),
    "block": ("/block",),
}
_POLICIES: Mapping[str, str] = {"block": BLOCK_POLICY}


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
            serve = _server_of(static / f"{page}.html", _POLICIES.get(page, PAGE_POLICY))
            router.add_api_route(path, serve, response_class=HTMLResponse)
    return router


def assets(static: Path) -> Assets:
    """The application of `/assets`; the folder may come later."""
    return Assets(directory=static / "assets", check_dir=False)


def _server_of(file: Path, policy: str) -> Callable[[], Response]:
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}

    def serve() -> Response:
        try:
            html = file.read_bytes()
        except FileNotFoundError:
            return PlainTextResponse(NOT_BUILT, 503, {"Cache-Control": "no-store"})
        return HTMLResponse(html, headers=headers)

    return serve
