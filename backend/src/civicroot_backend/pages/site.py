"""The routes of the built pages: HTML that is never cached, each with what its page may do."""

from collections.abc import Callable, Mapping
from pathlib import Path

from civicroot_wire.names import MAX_SUBJECT_NAME as MAX_NAME
from fastapi import APIRouter, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException

from civicroot_backend.pages import STATIC, files, policies
from civicroot_backend.pages.files import Assets

__all__ = ["NOT_BUILT", "STATIC", "assets", "pages"]

NOT_BUILT = "The pages are not built. `make` builds them: see CONTRIBUTING.md. The API works without them: see /docs\n"
CLAIM = "/claim"

_PATHS: Mapping[str, tuple[str, ...]] = {
    "index": ("/",),
    "bin": ("/b/{name}",),
    "tree": ("/t/{name}", "/T/{name}"),  # QR codes are in upper case
    "claim": (CLAIM,),
    "scan": ("/scan",),
    "proves": ("/proves",),
    "privacy": ("/privacy",),
    "entry": ("/entry",),
    "block": ("/block",),
    "promise": ("/promise",),
    "map": ("/map",),
    "device": ("/devices/{kid}", "/devices/{kind}/{name}"),
    "crew": ("/crew",),
    "provision": ("/provision",),
    "alarms": ("/alarms",),
    "people": ("/people",),
    "sign-in": ("/sign-in",),
}
_POLICIES: Mapping[str, Mapping[str, str]] = {"block": policies.BLOCK, "scan": policies.SCAN}


def pages(
    static: Path, page_of_claim: Callable[[str], str | None], own: Mapping[str, Mapping[str, str]] | None = None
) -> APIRouter:
    """Routes of the HTML pages in `static`; `page_of_claim`: where the digits of a claim token lead.

    `own`: what pages may do in this city, by their name.
    """
    policy_of = {**_POLICIES, **(own or {})}
    router = APIRouter(include_in_schema=False)
    serve = {page: _server_of(static / f"{page}.html", policy_of.get(page, policies.PAGE)) for page in _PATHS}
    # No bin's name is as long as a token (SPEC.md §3.2), so the two can share what a QR code begins with.
    bin_or_claim = _bin_or_claim(serve["bin"], serve["claim"], page_of_claim)
    router.add_api_route("/B/{name}", bin_or_claim, response_class=HTMLResponse)
    for page, paths in _PATHS.items():
        for path in paths:
            router.add_api_route(path, serve[page], response_class=HTMLResponse)
    for name, media_type in files.NAMED.items():
        router.add_api_route(f"/{name}", _file_of(static / name, media_type))
    return router


def lost(static: Path) -> Callable[[], Response]:
    """What a person gets under an address that leads nowhere: a page, with status 404. Without pages built, a line."""
    serve = _server_of(static / "lost.html", policies.PAGE)

    def answer() -> Response:
        page = serve()
        page.status_code = 404
        return page

    return answer


def assets(static: Path) -> Assets:
    """The application of `/assets`; the folder may come later."""
    return Assets(directory=static / "assets", check_dir=False)


def _bin_or_claim(
    serve_bin: Callable[[], Response], serve_claim: Callable[[], Response], page_of_claim: Callable[[str], str | None]
) -> Callable[..., Response]:
    def answer(name: str) -> Response:
        if len(name) <= MAX_NAME:
            return serve_bin()
        if page_of_claim(name) is not None:
            # After the number sign, which no browser sends: neither the next request nor its log has the token again.
            return RedirectResponse(f"{CLAIM}#{name}", 303, {"Cache-Control": "no-store"})
        # A person who scanned a damaged code reads the page that says so.
        page = serve_claim()
        if page.status_code != 200:
            raise HTTPException(404)
        page.status_code = 404
        return page

    return answer


def _server_of(file: Path, policy: Mapping[str, str]) -> Callable[[], Response]:
    headers = {**policy, "Cache-Control": "no-store"}

    def serve() -> Response:
        try:
            html = file.read_bytes()
        except FileNotFoundError:
            return PlainTextResponse(NOT_BUILT, 503, {"Cache-Control": "no-store"})
        return HTMLResponse(html, headers=headers)

    return serve


def _file_of(file: Path, media_type: str) -> Callable[[], Response]:
    policy = policies.WORKER if file.name == files.WORKER else {}

    def serve() -> Response:
        return files.named(file, media_type, policy)

    return serve
