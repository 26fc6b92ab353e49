"""The demo city's bins and trees: invented devices at public places of central Seoul."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a device stands. `kind` is bin or tree; coordinates in degrees, WGS 84, as decimal text."""

    kind: str
    name: str
    label: str
    latitude: str
    longitude: str

    @property
    def subject(self) -> str:
        """As in the enrolment: `bin/12`."""
        return f"{self.kind}/{self.name}"


def _place(kind: str, name: int, label: str, latitude: str, longitude: str) -> Place:
    return Place(kind=kind, name=str(name), label=label, latitude=latitude, longitude=longitude)


PLACES = (
    _place("bin", 1, "Seoul Plaza, north gate", "37.56612", "126.97794"),
    _place("bin", 2, "Seoul Plaza, library steps", "37.56574", "126.97752"),
    _place("bin", 3, "Cheonggyecheon, Mojeon bridge", "37.56893", "126.97935"),
    _place("bin", 4, "Cheonggyecheon, Gwangtong bridge", "37.56882", "126.98218"),
    _place("bin", 5, "Gwanghwamun Square, fountain", "37.57126", "126.97687"),
    _place("bin", 6, "Gwanghwamun Square, east side", "37.57288", "126.97711"),
    _place("bin", 7, "Jonggak station, exit 4", "37.57017", "126.98305"),
    _place("bin", 8, "Insadong, main street", "37.57402", "126.98566"),
    _place("bin", 9, "Tapgol Park, gate", "37.57083", "126.98829"),
    _place("bin", 10, "Myeongdong, pedestrian zone", "37.56368", "126.98515"),
    _place("bin", 11, "Namdaemun market, gate 2", "37.55921", "126.97731"),
    _place("bin", 12, "Deoksugung stone wall path", "37.56545", "126.97437"),
    _place("tree", 1, "Ginkgo, Deoksugung-gil", "37.56562", "126.97402"),
    _place("tree", 2, "Ginkgo, Sejong-daero", "37.56987", "126.97681"),
    _place("tree", 3, "Zelkova, Seoul Plaza", "37.56588", "126.97826"),
    _place("tree", 4, "Plane, Sajik-ro", "37.57551", "126.97302"),
    _place("tree", 5, "Fringe tree, Cheonggyecheon-ro", "37.56859", "126.98411"),
    _place("tree", 6, "Zelkova, Tapgol Park", "37.57108", "126.98861"),
    _place("tree", 7, "Red pine, Gwanghwamun Square", "37.57403", "126.97672"),
    _place("tree", 8, "Cherry, Namsan path", "37.55742", "126.98233"),
)
