"""A city whose policy names witnesses, with real servers that cosign at the city's own time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from civicroot_backend import realm
from civicroot_backend.genesis import Outside, Witness

from tests.backend.city import REALM, City
from tests.backend.witness_server import WitnessServer, three_witnesses


def outside(witnesses: Sequence[WitnessServer], quorum: int) -> Outside:
    """What a realm is founded with."""
    return Outside(tuple(Witness(item.vkey, item.name, item.url) for item in witnesses), quorum)


@contextmanager
def witnessed_city(
    folder: Path, quorum: int = 2, addresses: realm.Addresses | None = None
) -> Iterator[tuple[City, list[WitnessServer]]]:
    """A founded realm with three witnesses, which know its log."""
    with three_witnesses() as witnesses:
        city = City(folder / "city", addresses, REALM, outside(witnesses, quorum))
        for witness in witnesses:
            witness.logs[f"{REALM}/log"] = city.log_key.public
            witness.clock = lambda city=city: city.now  # type: ignore[misc]
        yield city, witnesses
