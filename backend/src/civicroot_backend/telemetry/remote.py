"""Turning what HTTP clients raise into this package's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

import urllib3
from influxdb_client.rest import ApiException

from civicroot_backend.telemetry.errors import (
    TelemetryAnswerError,
    TelemetryError,
    TelemetryRefused,
    TelemetryUnavailable,
)

TIMEOUT = 10.0  # seconds for one request; a group of 2,000 readings takes some 20 ms
CONNECTIONS = 16  # kept open; threads beyond that open one for each request
ANSWER_SHOWN = 300  # characters of a server's answer that go into an error's message


@contextmanager
def named_errors(server: str, doing: str) -> Iterator[None]:
    """Raise TelemetryUnavailable, TelemetryRefused or TelemetryAnswerError for what a client raises inside."""
    try:
        yield
    except ApiException as error:
        if not error.status:  # TLS failed, there was no answer
            raise TelemetryUnavailable(f"{server} cannot be reached ({doing}): {error.reason}") from error
        raise refusal(server, doing, error.status, error.body or error.reason) from error
    except urllib3.exceptions.HTTPError as error:
        raise TelemetryUnavailable(f"{server} cannot be reached ({doing}): {error}") from error
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise TelemetryAnswerError(f"{server}: unreadable answer ({doing}): {error!r}") from error


def refusal(server: str, doing: str, status: int, answer: object) -> TelemetryError:
    """The error for an HTTP status that is not a success: 5xx and 429 may pass, others will not."""
    text = answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
    kind = TelemetryUnavailable if status >= 500 or status == 429 else TelemetryRefused
    return kind(f"{server} answered {status} ({doing}): {text[:ANSWER_SHOWN].strip()}")
