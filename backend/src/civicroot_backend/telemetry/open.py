"""The telemetry store that a configured URL names.

    duckdb:///telemetry.duckdb               a file, relative to the working directory (three slashes, as sqlite:///)
    duckdb:////var/lib/civicroot/t.duckdb    an absolute file (four)
    influx+https://TOKEN@host:8086/org/bucket    InfluxDB 2; without TOKEN@ the environment's CIVICROOT_INFLUX_TOKEN
    victoria+http://host:8428                VictoriaMetrics, run with -dedup.minScrapeInterval=1ms

Characters that mean something in a URL are percent-encoded.
"""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit

from civicroot_backend.telemetry.duckdb_store import DuckDbStore
from civicroot_backend.telemetry.errors import TelemetryUrlError
from civicroot_backend.telemetry.store import TelemetryStore

if TYPE_CHECKING:
    from influxdb_client.client.influxdb_client import InfluxDBClient

    from civicroot_backend.telemetry.influx_store import InfluxStore

TOKEN_VARIABLE = "CIVICROOT_INFLUX_TOKEN"  # keeps the secret out of configuration files

_FORMS = "duckdb:///FILE, influx+http[s]://[TOKEN@]HOST[:PORT]/ORG/BUCKET or victoria+http[s]://HOST[:PORT]"


def open_telemetry(
    url: str,
    *,
    clock: Callable[[], float] = time.time,
    environment: Mapping[str, str] = os.environ,
) -> TelemetryStore:
    """Open the store. `clock` gives Unix seconds.

    Raises TelemetryUrlError, TelemetryUnavailable, TelemetryRefused or TelemetryMisconfigured.
    """
    engine, _, transport = url.partition("://")[0].partition("+")
    try:
        parts = urlsplit(url)
        _ = parts.port  # parsed, and refused, only when asked for
    except ValueError as error:
        raise _bad(engine, str(error)) from error
    if parts.query or parts.fragment:
        raise _bad(engine, "it ends in ? or #, which no telemetry URL uses")
    if (engine, transport) == ("duckdb", ""):
        return DuckDbStore(_file(parts))
    if engine == "influx" and transport in ("http", "https"):
        return _influx(parts, transport, clock, environment)
    if engine == "victoria" and transport in ("http", "https"):
        return _victoria(parts, transport, clock)
    raise _bad(engine, "no such engine")


def _file(parts: SplitResult) -> Path:
    name = unquote(parts.path)[1:]
    if parts.netloc or not name or name.endswith("/"):
        raise _bad("duckdb", "a file is duckdb:///relative/file or duckdb:////absolute/file")
    return Path(name)


def _influx(
    parts: SplitResult, transport: str, clock: Callable[[], float], environment: Mapping[str, str]
) -> "InfluxStore":
    # Imported here: the usual engine needs no client of another one, which takes a tenth of the backend's start.
    from civicroot_backend.telemetry.flux import FluxQueries  # noqa: PLC0415
    from civicroot_backend.telemetry.influx_store import InfluxStore  # noqa: PLC0415

    path = [unquote(part) for part in parts.path.split("/")[1:]]
    token = unquote(parts.username or "") or environment.get(TOKEN_VARIABLE, "")
    if len(path) != 2 or not all(path):
        raise _bad("influx", "the path must be /ORG/BUCKET")
    if not token or parts.password is not None:
        raise _bad("influx", f"it needs one token, before the @ or in {TOKEN_VARIABLE}")
    if not (token.isascii() and token.isprintable()):  # the HTTP library would show it in its error
        raise _bad("influx", "its token cannot be sent")
    organisation, bucket = path
    client = _client(_address(parts, transport), token, organisation)
    return InfluxStore(client, bucket, FluxQueries(client, bucket), clock)


def _victoria(parts: SplitResult, transport: str, clock: Callable[[], float]) -> "InfluxStore":
    from civicroot_backend.telemetry.influx_store import InfluxStore  # noqa: PLC0415 - see _influx
    from civicroot_backend.telemetry.victoria import VictoriaQueries  # noqa: PLC0415

    if parts.path.strip("/") or "@" in parts.netloc:
        raise _bad("victoria", "it has neither path nor credentials")
    address = _address(parts, transport)
    # Its write API ignores organisation and bucket, but influxdb-client sends neither as nothing.
    return InfluxStore(_client(address, "", "-"), "-", VictoriaQueries(address, clock), clock)


def _client(address: str, token: str, organisation: str) -> "InfluxDBClient":
    from influxdb_client.client.influxdb_client import InfluxDBClient  # noqa: PLC0415 - see _influx

    from civicroot_backend.telemetry.remote import CONNECTIONS, TIMEOUT  # noqa: PLC0415

    return InfluxDBClient(
        address, token, org=organisation, timeout=int(TIMEOUT * 1000), connection_pool_maxsize=CONNECTIONS
    )


def _address(parts: SplitResult, transport: str) -> str:
    if not parts.hostname:
        raise _bad(parts.scheme, "it names no host")
    return f"{transport}://{parts.netloc.rpartition('@')[2]}"


def _bad(engine: str, why: str) -> TelemetryUrlError:
    """The URL itself is left out: it may hold a token."""
    return TelemetryUrlError(f"bad telemetry URL ({engine or 'no engine'}): {why}; the forms are {_FORMS}")
