"""A city with work for its crews: devices that say what is wrong with them, in two districts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from argon2 import PasswordHasher
from civicroot_backend import keyfile, realm
from civicroot_backend.api.limits import Limits
from civicroot_backend.people import passwords
from civicroot_wire import statement
from civicroot_wire.senml import Measurement
from civicroot_wire.sodium import Signer
from pytest import MonkeyPatch

from tests.backend.api_city import OpenCity, serve
from tests.backend.people.office import Office
from tests.backend.test_api_subjects import at, imported

ISSUER = "organisation/city"
UNLIMITED = Limits(requests_at_once=10**9, requests_per_second=1e9, reports_at_once=10**9)
HOUR = 3600


@contextmanager
def crew_town(folder: Path, static: Path | None = None, addresses: realm.Addresses | None = None) -> Iterator[Office]:
    """Bins eastwards at the equator, 111 m apart: 1 well, 2 with faults, 3 silent, 4 tilted, 5 (south) with a fault.

    bin/6 is in the inventory alone and nobody knows where; tree/9 stands a kilometre east. An hour has passed since.
    """
    signer = Signer(bytes([7]) * 32)
    keyfile.create(folder / "organisation.key", signer)
    city = OpenCity(folder, addresses, organisation_key_file=folder / "organisation.key")
    city.backend.submit(city.city.enrolment(signer, ISSUER, statement.ROLE))
    keys = {number: city.enrol_device(f"bin/{number}", location=at(0, number * 10)) for number in range(1, 6)}
    imported(
        city,
        "bin",
        "id,district,address\n1,North,Mill lane\n2,North,Market square\n3,North,Station\n4,North,Old bridge\n"
        "5,South,Harbour\n6,North,Depot\n",
    )
    imported(city, "tree", "id,lat,lon,genus,species,district\n9,0,0.009,Quercus,robur,North\n")
    said = {
        2: [Measurement("fault", "temp:no-answer fill:bad-crc"), Measurement("fault", "scan:no-answer")],
        4: [Measurement("alarm", "tilt knock")],
        5: [Measurement("fault", "fill:saturated")],
    }
    silent = [city.promised(keys[3], 0, 60), city.fill(keys[1], 0, 20)]
    city.commit([*silent, *(city.report(keys[number], 0, items) for number, items in said.items())])
    city.publish()
    city.backend.project_pending()
    city.city.now += HOUR
    with MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(1, 8, 1))
        with serve(city, static, limits=UNLIMITED) as served:
            office = Office(served)
            office.district("north")
            office.district("south")
            yield office
    city.close()
