"""The built files: assets named by their content, which browsers keep for ever, and few under names of their own.

The build leaves a compressed copy beside every file that gets smaller by it: nothing is compressed while one waits.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from fastapi import Response
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse
from starlette.responses import Response as StarletteResponse
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATED = "no-cache"
_SUFFIXES = {"br": ".br", "gzip": ".gz"}  # the smaller one first
# Under names that browsers and phones ask for; their types are not in every machine's list.
WORKER = "sw.js"
NAMED = {
    WORKER: "text/javascript",
    "manifest.webmanifest": "application/manifest+json",
    "verifier.json": "application/json",
    "icon-192.png": "image/png",
    "icon-512.png": "image/png",
    "icon-maskable-512.png": "image/png",
    "apple-touch-icon.png": "image/png",
}


def accepted(accept_encoding: str) -> Iterator[str]:
    """The encodings that a browser takes and the build makes, the smaller one first (RFC 9110 §12.5.3)."""
    offers = [offer.replace(" ", "").split(";") for offer in accept_encoding.lower().split(",")]
    taken = {name for name, *weight in offers if weight not in (["q=0"], ["q=0.0"], ["q=0.00"], ["q=0.000"])}
    yield from (encoding for encoding in _SUFFIXES if encoding in taken)


class Assets(StaticFiles):
    """Files whose names have a hash of their content."""

    async def check_config(self) -> None:
        """Without the folder nothing is built yet. Raises HTTPException 404, where its base class fails for good."""
        if not Path(str(self.directory)).is_dir():
            raise HTTPException(404)

    async def get_response(self, path: str, scope: Scope) -> StarletteResponse:
        """A file that browsers may keep for ever, compressed if they take that. Raises HTTPException 404."""
        if path.endswith(tuple(_SUFFIXES.values())):
            raise HTTPException(404)
        response = await self._encoded(path, scope)
        response.headers["Cache-Control"] = IMMUTABLE
        response.headers["Vary"] = "Accept-Encoding"
        return response

    async def _encoded(self, path: str, scope: Scope) -> StarletteResponse:
        for encoding in accepted(Headers(scope=scope).get("accept-encoding", "")):
            copy, _ = self.lookup_path(path + _SUFFIXES[encoding])
            if copy:
                response = await super().get_response(path + _SUFFIXES[encoding], scope)
                response.headers["Content-Encoding"] = encoding
                return response
        return await super().get_response(path, scope)


def named(file: Path, media_type: str, policy: Mapping[str, str]) -> Response:
    """A file under a name of its own, which browsers ask for again; `policy`: headers that say what it may do.

    Raises HTTPException 404 where nothing is built.
    """
    if not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, media_type=media_type, headers={**policy, "Cache-Control": REVALIDATED})
