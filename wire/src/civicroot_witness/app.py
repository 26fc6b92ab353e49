"""The HTTP interface (c2sp.org/tlog-witness): thin, around the witness."""

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from . import page, request
from .errors import OldSize, Refusal, StoreError, TooLarge, TooSlow
from .gate import Gate, TooMuch
from .metrics import Metrics
from .witness import Witness

BODY_SECONDS = 10.0  # for 19 KiB, over the slowest line that a log would be run on
WORKERS = 4  # threads: signatures are verified beside one another, the database takes one at a time
SIZE_TYPE = "text/x.tlog.size"
RETRY_SECONDS = 10  # after which clock or disk may have been put right
_FRESH = {"Cache-Control": "no-store"}
_log = logging.getLogger(__name__)
T = TypeVar("T")


class Service:
    """Answers requests."""

    def __init__(self, witness: Witness, gate: Gate, metrics: Metrics) -> None:
        self._witness = witness
        self._gate = gate
        self._metrics = metrics
        self._workers = ThreadPoolExecutor(WORKERS, "witness")

    def app(self, prefix: str = "") -> Starlette:
        """The application; what logs and monitors ask for is served under `prefix` too."""
        routes = [Route("/", self.get_page), Route("/metrics", self.get_metrics)]
        for under in dict.fromkeys(("", prefix)):
            routes.append(Route(f"{under}/add-checkpoint", self.add_checkpoint, methods=["POST"]))
            routes.append(Route(f"{under}/{{digest}}/checkpoint", self.get_checkpoint))
        return Starlette(routes=routes)

    def close(self) -> None:
        """Wait for what is being done."""
        self._workers.shutdown()

    async def add_checkpoint(self, asked: Request) -> Response:
        """Cosign a checkpoint, or say why not."""
        answer, reason = await self._answer(asked, self._cosign)
        self._metrics.count(answer.status_code, reason)
        return answer

    async def get_checkpoint(self, asked: Request) -> Response:
        """The newest cosigned checkpoint of a log, for monitors."""
        return (await self._answer(asked, self._checkpoint))[0]

    async def get_page(self, asked: Request) -> Response:
        """For people."""
        return (await self._answer(asked, self._page))[0]

    async def get_metrics(self, asked: Request) -> Response:
        """For Prometheus."""
        return (await self._answer(asked, self._text))[0]

    async def _answer(self, asked: Request, handle: Callable[[Request], Awaitable[Response]]) -> tuple[Response, str]:
        """The answer, and the reason that is counted for it."""
        try:
            with self._gate.enter(asked.client.host if asked.client else ""):
                return await handle(asked), "ok"
        except TooMuch as error:
            return _refused(error.status, str(error), error.wait), error.reason
        except OldSize as refusal:
            return Response(f"{refusal.size}\n", 409, {"Content-Type": SIZE_TYPE}), refusal.reason
        except Refusal as refusal:
            wait = RETRY_SECONDS if refusal.status == 503 else None
            return _refused(refusal.status, str(refusal), wait), refusal.reason
        except StoreError as error:
            _log.error("%s", error)  # the stack says nothing: the disk is full or damaged
            return _refused(503, "the database cannot be used", RETRY_SECONDS), "database"

    async def _cosign(self, asked: Request) -> Response:
        body = await _body(asked)
        return PlainTextResponse(await self._in_thread(self._metrics.timed, self._witness.add_checkpoint, body))

    async def _checkpoint(self, asked: Request) -> Response:
        found = await self._in_thread(page.checkpoint, self._witness, asked.path_params["digest"])
        return PlainTextResponse("no such log\n", 404) if found is None else PlainTextResponse(found, headers=_FRESH)

    async def _page(self, _asked: Request) -> Response:
        return HTMLResponse(await self._in_thread(page.render, self._witness), headers=_FRESH)

    async def _text(self, _asked: Request) -> Response:
        return Response(await self._in_thread(self._metrics.text), media_type=CONTENT_TYPE_LATEST, headers=_FRESH)

    async def _in_thread(self, work: Callable[..., T], *arguments: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._workers, work, *arguments)


async def _body(asked: Request) -> bytes:
    """The request's body. Raises Refusal as soon as it is too long, or not here in time."""
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in asked.stream():
                body += chunk
                if len(body) > request.MAX_BODY_BYTES:
                    raise TooLarge(f"a request has at most {request.MAX_BODY_BYTES} bytes")
    except TimeoutError as error:
        raise TooSlow(f"the request took over {BODY_SECONDS:.0f} s to arrive") from error
    except ClientDisconnect as error:
        raise TooSlow("the client went away") from error
    return bytes(body)


def _refused(status: int, says: str, wait: float | None) -> Response:
    """A refusal; what is left of the request's body is not read."""
    headers = {"Connection": "close"} if status in (408, 413, 429, 503) else {}
    if wait is not None:
        headers["Retry-After"] = str(math.ceil(wait))
    return PlainTextResponse(says + "\n", status, headers)
