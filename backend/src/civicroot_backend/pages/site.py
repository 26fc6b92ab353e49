"""Serving the built pages: HTML that is never cached, assets named by their content that always are."""

from collections.abc import Callable, Mapping
from pathlib import Path

from civicroot_wire.names import MAX_SUBJECT_NAME as MAX_NAME
from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
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
    "bin": ("/b/{name}",),
    "tree": ("/t/{name}", "/T/{name}"),  # QR codes are in upper case
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


def pages(static: Path, page_of_claim: Callable[[str], str | None]) -> APIRouter:
    """Routes of the HTML pages in `static`; `page_of_claim`: where the digits of a claim token lead."""
    router = APIRouter(include_in_schema=False)
    serve = {page: _server_of(static / f"{page}.html", _POLICIES.get(page, PAGE_POLICY)) for page in _PATHS}
    # No bin's name is as long as a token (SPEC.md §3.2), so the two can share what a QR code begins with.
    router.add_api_route("/B/{name}", _bin_or_claim(serve["bin"], page_of_claim), response_class=HTMLResponse)
    for page, paths in _PATHS.items():
        for path in paths:
            router.add_api_route(path, serve[page], response_class=HTMLResponse)
    return router


def assets(static: Path) -> Assets:
    """The application of `/assets`; the folder may come later."""
    return Assets(directory=static / "assets", check_dir=False)


def _bin_or_claim(serve: Callable[[], Response], page_of_claim: Callable[[str], str | None]) -> Callable[..., Response]:
    def answer(name: str) -> Response:
        if len(name) <= MAX_NAME:
            return serve()
        page = page_of_claim(name)
        if page is None:
            raise HTTPException(404)
        # After the number sign, which no browser sends: neither the next request nor its log has the token again.
        return RedirectResponse(f"{page}#claim={name}", 303, {"Cache-Control": "no-store"})

    return answer


def _server_of(file: Path, policy: str) -> Callable[[], Response]:
    headers = {"Content-Security-Policy": policy, "Cache-Control": "no-store"}

    def serve() -> Response:
        try:
            html = file.read_bytes()
        except FileNotFoundError:
            return PlainTextResponse(NOT_BUILT, 503, {"Cache-Control": "no-store"})
        return HTMLResponse(html, headers=headers)

    return serve
