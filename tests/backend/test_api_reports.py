"""Citizens' reports over HTTP: made without an account, with a photo that gives nothing away, and taken back."""

import io
import zlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from civicroot_backend.api.limits import Limits
from civicroot_backend.audit_trail.act import COMMAND_LINE, Act
from civicroot_backend.people import districts
from civicroot_backend.people.roles import Role
from civicroot_backend.reports import photo, reports
from PIL import Image, features
from sqlalchemy import text

from tests.backend.api_city import OpenCity, Served, serve
from tests.backend.people.office import Office
from tests.backend.test_api_subjects import imported

API = "/api/v1"
SECRET = b"37.5665N 126.9780E"


class Clock:
    """Monotonic seconds that tests move."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


CLOCK = Clock()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """bin/1 is in the district of West End, bin/2 in none; one address may report twenty times at once."""
    city = OpenCity(tmp_path_factory.mktemp("city"))
    city.enrol_device("bin/1")
    city.enrol_device("bin/2")
    imported(city, "bin", "id,district\n1,West End\n3,Nowhere\n")
    with city.backend.database.write() as connection:
        act = Act(connection, city.city.now, COMMAND_LINE)
        for slug, name in (("west-end", "West End"), ("north", "North")):
            districts.add(act, slug, name)
    limits = Limits(reports_at_once=20, reports_per_second=0.1, monotonic=CLOCK)
    with serve(city, limits=limits) as running:
        yield running
    city.close()


@pytest.fixture(autouse=True)
def _much_later() -> None:
    CLOCK.now += 10_000  # whoever reported before may report again


def report(served: Served, subject: str = "bin/1", **fields: object) -> httpx.Response:
    body = {"category": "damaged", "text": "The lid does not close."} | fields
    return served.client.post(f"{API}/subjects/{subject}/reports", json=body)


def made(served: Served, subject: str = "bin/1", **fields: object) -> tuple[str, dict[str, str]]:
    """The path of a new report, and the header that opens it."""
    answer = report(served, subject, **fields)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"], {"Report-Token": answer.json()["token"]}


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: Any) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else (255, 0, 0, 0)).save(out, kind, **options)
    return out.getvalue()


def put(
    served: Served, path: str, token: dict[str, str], content: bytes, media_type: str = "image/jpeg"
) -> httpx.Response:
    return served.client.put(f"{path}/photo", content=content, headers={**token, "Content-Type": media_type})


def test_report_is_made_seen_and_taken_back_by_its_token_alone(served: Served) -> None:
    answer = report(served, "BIN/1", category="full", text="  넘쳐요\n두 번째 줄 ")
    found = answer.json()
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert (found["subject"], found["category"], found["text"]) == ("bin/1", "full", "넘쳐요\n두 번째 줄")
    path, token = answer.headers["location"], {"Report-Token": found.pop("token")}
    assert path == f"{API}/reports/{found['id']}"
    assert served.client.get(path, headers=token).json() == found
    for wrong in ({"Report-Token": "x"}, {"Report-Token": token["Report-Token"] + "x"}):
        assert served.client.get(path, headers=wrong).json()["reason"] == "wrong-token"
        assert served.client.delete(path, headers=wrong).status_code == 403
        assert put(served, path, wrong, picture()).status_code == 403
    assert served.client.get(path).status_code == 422
    assert served.client.delete(path, headers=token).status_code == 204
    assert served.client.get(path, headers=token).status_code == 404


def test_nothing_of_a_report_is_in_the_log_or_public(served: Served) -> None:
    before = served.client.get(f"{API}/entries").json()
    made(served)
    assert served.client.get(f"{API}/entries").json() == before
    assert served.client.get(f"{API}/subjects/bin/1/reports").status_code == 405
    assert served.client.get(f"{API}/districts/west-end/reports").status_code == 401


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"category": "boring"}, 422),
        ({"category": None}, 422),
        ({"text": "x" * 501}, 422),
        ({"text": "a\x00b"}, 422),
        ({"text": 5}, 422),
        ({"name": "I"}, 422),
        ({"category": "other", "text": " "}, 422),
        ({"category": "litter", "text": ""}, 201),
        ({"category": "other", "text": "x" * 500}, 201),
    ],
)
def test_report_says_something_that_can_be_shown(served: Served, fields: dict[str, object], status: int) -> None:
    assert report(served, **fields).status_code == status


def test_report_is_about_something_that_there_is(served: Served) -> None:
    assert report(served, "bin/99").status_code == 404
    assert report(served, "bin/3").status_code == 201, "a bin of the inventory without a device"


def test_no_form_of_another_page_can_report(served: Served) -> None:
    body = b'{"category": "damaged"}'
    path = f"{API}/subjects/bin/1/reports"
    for simple in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        assert served.client.post(path, content=body, headers={"Content-Type": simple}).status_code == 422
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    assert served.client.options(path, headers=asked).status_code == 405


def test_one_address_reports_so_much_and_is_told_when_again(served: Served) -> None:
    statuses = [report(served).status_code for _ in range(20)]
    refused = report(served)
    assert (statuses, refused.status_code) == ([201] * 20, 429)
    assert refused.json()["reason"] == "too-many-requests"
    assert refused.headers["retry-after"] == "10"
    assert report(served, category="boring").status_code == 422
    CLOCK.now += 10
    assert [report(served).status_code for _ in range(2)] == [201, 429]


@pytest.mark.parametrize(("kind", "media_type"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("WEBP", "image/webp")])
def test_photo_is_drawn_anew_and_gives_nothing_else_away(served: Served, kind: str, media_type: str) -> None:
    assert features.check("webp")
    exif = Image.Exif()
    exif[0x0112] = 6  # turned: to be shown upright, the picture is rotated
    exif[0x010E] = SECRET.decode()
    content = picture(kind, (1760, 1320), exif=exif)
    assert SECRET in content
    path, token = made(served)
    assert put(served, path, token, content, media_type).status_code == 204
    answer = served.client.get(f"{path}/photo", headers=token)
    assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
    assert SECRET not in answer.content
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, image.size) == ("JPEG", (1200, 1600))
        assert not image.getexif()
        assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert served.client.get(path, headers=token).json()["has_photo"] is True


def test_what_can_be_seen_through_is_white(served: Served) -> None:
    path, token = made(served)
    assert put(served, path, token, picture("PNG", (9, 9), "RGBA"), "image/png").status_code == 204
    with Image.open(io.BytesIO(served.client.get(f"{path}/photo", headers=token).content)) as image:
        assert image.getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("content", "media_type", "status", "reason"),
    [
        (b"", "image/jpeg", 400, "bad-picture"),
        (b"<svg/>", "image/svg+xml", 415, "wrong-media-type"),
        (b"GIF89a", "image/gif", 415, "wrong-media-type"),
        (picture("PNG"), "image/jpeg", 400, "bad-picture"),
        (picture("GIF"), "image/png", 400, "bad-picture"),
        (picture()[:-400], "image/jpeg", 400, "bad-picture"),
        (picture("PNG")[:-40], "image/png", 400, "bad-picture"),
        (b"\x00" * (photo.MAX_BYTES + 1), "image/jpeg", 413, "too-large"),
    ],
)
def test_what_is_no_photo_is_refused(served: Served, content: bytes, media_type: str, status: int, reason: str) -> None:
    path, token = made(served)
    answer = put(served, path, token, content, media_type)
    assert (answer.status_code, answer.json()["reason"]) == (status, reason)
    assert served.client.get(f"{path}/photo", headers=token).status_code == 404


@pytest.mark.parametrize("size", [(7072, 7072), (20_000, 20_000), (60_000, 60_000)])
def test_small_file_with_a_vast_picture_is_refused_before_it_is_drawn(served: Served, size: tuple[int, int]) -> None:
    content = bytearray(picture("PNG", (8, 8)))
    content[16:24] = size[0].to_bytes(4, "big") + size[1].to_bytes(4, "big")
    crc = zlib.crc32(content[12:29])
    content[29:33] = crc.to_bytes(4, "big")
    path, token = made(served)
    answer = put(served, path, token, bytes(content), "image/png")
    assert (answer.status_code, answer.json()["reason"]) == (400, "bad-picture")
    assert "million pixels" in answer.json()["detail"]


def test_old_reports_go_and_there_is_room_for_so_many(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    database = served.city.backend.database
    path, token = made(served)
    put(served, path, token, picture())
    served.city.city.now += reports.KEPT_SECONDS + 1
    served.city.backend.forget_old()  # as its log thread does every hour
    assert served.client.get(path, headers=token).status_code == 404
    path, token = made(served)
    served.city.city.now += reports.KEPT_SECONDS + 1
    made(served)  # as every new one does
    assert served.client.get(path, headers=token).status_code == 404
    with database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM reports")).scalar_one() == 1
        assert connection.execute(text("SELECT count(*) FROM report_photos")).scalar_one() == 0
    monkeypatch.setattr(reports, "MAX_PHOTOS", 0)
    path, token = made(served)
    refused = put(served, path, token, picture())
    assert (refused.status_code, refused.json()["reason"]) == (503, "no-room")
    monkeypatch.setattr(reports, "MAX_REPORTS", 2)
    assert (report(served).status_code, report(served).json()["reason"]) == (503, "no-room")


def test_people_of_a_district_see_its_reports_and_delete_them_on_the_record(served: Served) -> None:
    office = Office(served)
    inside, _ = made(served, "bin/1", text="of West End")
    put(served, *made(served, "bin/1"), picture())
    outside, token = made(served, "bin/2")
    west, north, city = (
        office.at(office.person(Role.OPERATOR, district=district)) for district in ("west-end", "north", "city")
    )
    listed = west.get("districts/west-end/reports?limit=1")
    assert (listed["reports"][0]["has_photo"], listed["reports"][0]["subject"]) == (True, "bin/1")
    newest = listed["reports"][0]["id"]
    following = west.get(f"districts/west-end/reports?limit=1&cursor={listed['next']}")
    assert following["reports"][0]["text"] == "of West End"
    assert west.ask("GET", f"districts/west-end/reports/{newest}/photo").headers["content-type"] == "image/jpeg"
    assert north.get("districts/north/reports") == {"reports": [], "next": None}
    assert outside.rpartition("/")[2] in {item["id"] for item in city.get("districts/city/reports")["reports"]}
    name = inside.rpartition("/")[2]
    assert north.ask("DELETE", f"districts/north/reports/{name}").status_code == 404
    assert west.ask("DELETE", f"districts/west-end/reports/{name}").status_code == 204
    assert west.ask("DELETE", f"districts/west-end/reports/{name}").status_code == 404
    assert served.client.get(outside, headers=token).status_code == 200
    last = office.trail()[-1]
    assert (last.action, last.target, last.district) == ("report-deleted", "bin/1", "west-end")


def test_districts_are_known_by_slug_or_name(served: Served) -> None:
    with served.city.backend.database.read() as connection:
        names = ["West End", "west-end", "WEST  END", "Nowhere", "", None, "강남구"]
        found = [reports.district_of(connection, name) for name in names]
    assert found == ["west-end", "west-end", "west-end", "", "", "", ""]
