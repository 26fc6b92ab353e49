"""What a device was told so far, as one of the things a device keeps (see kept.py): step n tells it its place anew."""

from civicroot_device.provisioning.draft import Draft
from civicroot_device.provisioning.factory import Factory

FACTORY = Factory({"model": "smart-bin", "configuration": {"data": "/data", "kind": "bin", "interval_s": 600}})


def step(flash, number):
    """One more label."""
    Draft(flash, FACTORY, "").set("place", {"label": "place " + str(number + 1), "language": "ko"})


def found(flash):
    """How many labels a fresh start has seen."""
    place = Draft(flash, FACTORY, "").values.get("place")
    if place is None:
        return 0
    if sorted(place) != ["label", "language"] or place["language"] != "ko":
        raise AssertionError(f"a mixture: {place!r}")
    return int(place["label"].split()[1])
