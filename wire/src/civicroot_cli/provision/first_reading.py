"""The end of it all: a reading of this device that anybody can verify."""

import json
import time
from collections.abc import Callable

from civicroot_wire import sodium, verifier
from civicroot_wire.errors import ProofError, WireError
from civicroot_wire.policy import Policy

from civicroot_cli.inflating import inflate
from civicroot_cli.main import CommandError, Refused
from civicroot_cli.submission import City, EntryRefused
from civicroot_cli.verify import MAX_BYTES

POLL_SECONDS = 0.5


def wait(url: str, kid: str, policy: Policy, seconds: float, clock: Callable[[], float] = time.monotonic) -> int | None:
    """The number of the device's first published reading, its proof verified; None if there is none in that time.

    Raises Refused if the proof does not hold, CommandError if the city does not answer as a city does.
    """
    until = clock() + seconds
    with City(url) as city:
        while True:
            seq = _published(city, kid)
            if seq is not None:
                _verify(city, kid, seq, policy)
                return seq
            if clock() >= until:
                return None
            time.sleep(POLL_SECONDS)


def _published(city: City, kid: str) -> int | None:
    try:
        found = json.loads(city.get(f"/api/v1/devices/{kid}/readings", MAX_BYTES))
        return min((int(item["seq"]) for item in found["readings"] if item["published"]), default=None)
    except EntryRefused:
        return None  # the city does not show the device yet
    except (ValueError, KeyError, TypeError) as error:
        raise CommandError(f"the city answers what no city answers: {error}") from error


def _verify(city: City, kid: str, seq: int, policy: Policy) -> None:
    try:
        data = city.get(f"/api/v1/devices/{kid}/records/{seq}/proof", MAX_BYTES)
        report = verifier.verify(data, policy, sodium.verify, inflate)
    except (ProofError, WireError) as error:
        raise Refused(f"the proof of reading {seq} of {kid} does not hold: {error}") from error
    if (report.record.kid.hex(), report.record.seq) != (kid, seq):
        raise Refused(f"the proof is of another reading than {seq} of {kid}")
