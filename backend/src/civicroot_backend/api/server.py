"""Serving the application with uvicorn, and ending quickly although browsers listen for hours."""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from civicroot_backend.api.broadcast import Broadcast
from civicroot_backend.api.limits import LISTENERS

GRACE_SECONDS = 2  # for requests under way, and for TLS clients that do not answer the close, when the server stops
MAX_CONNECTIONS = LISTENERS + 500  # beyond this uvicorn answers 503
KEEP_ALIVE_SECONDS = 20
BACKLOG = 512


@dataclass(frozen=True, slots=True)
class Tls:
    """PEM files of a certificate chain and its key."""

    certificate: Path
    key: Path


class Server(uvicorn.Server):
    """uvicorn's, which ends event streams before it waits for connections to close."""

    def __init__(self, config: uvicorn.Config, broadcast: Broadcast) -> None:
        super().__init__(config)
        self._broadcast = broadcast

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams, then everything else."""
        self._broadcast.close()
        await super().shutdown(sockets)


def make_server(
    app: FastAPI,
    host: str,
    port: int,
    tls: Tls | None = None,
    access_log: bool = False,
    trusted_proxies: Sequence[str] = (),
) -> Server:
    """A server whose `run()` serves until SIGINT, SIGTERM or `should_exit`; port 0 takes a free one.

    What `trusted_proxies`, addresses or networks, say of a client's address (X-Forwarded-For) is believed; nobody else.
    """
    config = uvicorn.Config(
        app,
        host,
        port,
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else str(tls.key),
        log_config=None,  # logging is the process's own
        access_log=access_log,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        lifespan="on",
        backlog=BACKLOG,
        limit_concurrency=MAX_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return Server(config, app.state.broadcast)
