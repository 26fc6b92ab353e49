"""A small client of a city's API: typed answers, pages followed, events resumed, problems raised, proofs checked.

    with Client("https://city.example") as city:
        for device in city.devices():
            print(device.subject, device.latest)

docs/api.md has more. It needs nothing but what the wire package needs.
"""

from .client import Client
from .errors import ClientError, NotProved, NotUnderstood, Problem, Unreachable
from .events import Event

__all__ = ["Client", "ClientError", "Event", "NotProved", "NotUnderstood", "Problem", "Unreachable"]
