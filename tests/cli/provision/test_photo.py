"""Photos of where devices hang: what is kept has no metadata; the device signed for it, and the log does not tell."""

import io
import json
import struct
import zlib
from pathlib import Path

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.provision import box_list, orientation, photo
from civicroot_cli.provision.errors import ListError
from civicroot_wire import enrolment, possession
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps, PngImagePlugin

from tests.cli.provision.street import Street
from tests.cli.provision.test_faults import devices

GPS, ORIENTATION, SERIAL = 0x8825, 0x0112, 0xA431
SECRETS = (b"Exif", b"Kim", b"SN-4711", b"GPS", b"left behind")


def phones(path: Path, size: tuple[int, int] = (800, 600)) -> Path:
    """A picture as a phone writes it: upside down, and with a place, a name and a serial number."""
    exif = Image.Exif()
    exif[0x013B] = "Kim"  # artist
    exif[ORIENTATION] = 6  # turn it to the right
    exif.get_ifd(GPS)[2] = (37.0, 33.0, 59.4)
    exif.get_ifd(0x8769)[SERIAL] = "SN-4711"
    picture = Image.linear_gradient("L").resize(size).convert("RGB")
    picture.save(path, "JPEG", exif=exif, comment=b"left behind", icc_profile=b"Kim's profile")
    path.write_bytes(path.read_bytes() + b"left behind after the end")
    return path


def test_the_copy_is_upright_and_says_nothing_but_its_pixels(tmp_path: Path) -> None:
    source = phones(tmp_path / "phone.jpg")
    assert all(secret in source.read_bytes() for secret in SECRETS if secret != b"GPS")
    found = photo.read(source)
    with Image.open(io.BytesIO(found.content)) as copy:
        assert (copy.format, copy.size) == ("JPEG", (600, 800))
        assert not copy.getexif() and set(copy.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    assert not [secret for secret in SECRETS if secret in found.content]


def test_a_png_is_taken_too_and_what_is_too_long_becomes_smaller(tmp_path: Path) -> None:
    about = PngImagePlugin.PngInfo()
    about.add_text("Author", "Kim")
    Image.new("RGBA", (3000, 1500), "green").save(tmp_path / "wide.png", pnginfo=about)
    found = photo.read(tmp_path / "wide.png")
    with Image.open(io.BytesIO(found.content)) as copy:
        assert copy.size == (2048, 1024)
    assert b"Kim" not in found.content


def with_exif(exif: bytes, picture: Image.Image) -> bytes:
    """A JPEG that has these bytes as its EXIF, whatever they are."""
    out = io.BytesIO()
    picture.save(out, "JPEG")
    segment = b"Exif\0\0" + exif
    return b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment + out.getvalue()[2:]


SMALL = Image.new("RGB", (80, 64))
GOOD = Image.Exif()
GOOD[0x010E], GOOD[ORIENTATION], GOOD[0x8769], GOOD[GPS] = "hello", 6, {0x9003: "2024:01:01"}, {2: (1.0, 2.0, 3.0)}
WHOLE = GOOD.tobytes()[6:]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The EXIF of a phone with some bytes changed, and cut."""
    data = bytearray(WHOLE)
    small = st.sampled_from([0, 1, 2, 3, 4, 5, 7, 10, 12, 13, 255])
    for at in draw(st.lists(st.integers(0, len(data) - 1), max_size=4)):
        data[at] = draw(small)
    return bytes(data[: draw(st.integers(0, len(data)))]) if draw(st.booleans()) else bytes(data)


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)  # the file is written anew
@given(damaged() | st.binary(max_size=80))
def test_a_photo_with_any_exif_is_taken(tmp_path: Path, exif: bytes) -> None:
    (tmp_path / "any.jpg").write_bytes(with_exif(exif, SMALL))
    SMALL.save(tmp_path / "any.png", exif=b"Exif\0\0" + exif)
    for name in ("any.jpg", "any.png"):
        with Image.open(io.BytesIO(photo.read(tmp_path / name).content)) as copy:
            assert copy.size in ((80, 64), (64, 80))


def test_of_several_pictures_in_one_file_the_first_is_taken(tmp_path: Path) -> None:
    SMALL.save(tmp_path / "two.jpg", "MPO", save_all=True, append_images=[Image.new("RGB", (320, 64), "red")])
    with (
        Image.open(tmp_path / "two.jpg") as found,
        Image.open(io.BytesIO(photo.read(tmp_path / "two.jpg").content)) as copy,
    ):
        assert (found.format, copy.size) == ("MPO", SMALL.size)


# What a reader of all of EXIF fails at: a tag of the wrong type, one that points nowhere, a table that is its own next.
STRANGE = {
    "wrong type": b"II*\0\x08\0\0\0\x01\0\x12\x01\x02\0\x01\0\0\0\x06\0\0\0\0\0\0\0",
    "nowhere": b"II*\0\xff\xff\xff\xff",
    "cut": WHOLE[:11],
    "longer than it is": b"MM\0*\0\0\0\x08\xff\xff",
}


def test_damaged_exif_turns_nothing_and_each_orientation_turns_as_it_says() -> None:
    assert {name: orientation.of(exif) for name, exif in STRANGE.items()} == dict.fromkeys(STRANGE, 1)
    for value in range(10):
        for order, head in (("<", b"II*\0"), (">", b"MM\0*")):
            entry = struct.pack(order + "IHHHIHH", 8, 1, ORIENTATION, 3, 1, value, 0)
            said = b"Exif\0\0" + head + entry + bytes(4)
            assert orientation.of(said) == (value if 2 <= value <= 8 else 1)
            exif = Image.Exif()
            exif.load(said)
            picture = Image.linear_gradient("L").resize((80, 64))
            picture.info["exif"] = exif.tobytes()
            assert ImageOps.exif_transpose(picture).tobytes() == orientation.upright(picture, said).tobytes()


def test_the_largest_photos_of_phones_are_taken_without_a_warning_and_larger_pngs_are_refused_before_decoding(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    phone = tmp_path / "108.jpg"
    Image.new("L", (12_000, 9_000)).save(phone, "JPEG", quality=20)
    with Image.open(io.BytesIO(photo.read(phone).content)) as copy:
        assert copy.size == (2048, 1536)
    for width, height in ((6_400, 6_401), (10_000, 10_000)):
        (tmp_path / "large.png").write_bytes(png_head(width, height))
        with pytest.raises(CommandError, match=f"{width} x {height} pixels: .* at most 40 million"):
            photo.read(tmp_path / "large.png")
    assert not recwarn.list


def png_head(width: int, height: int) -> bytes:
    """A PNG without its pixels: who decodes it says that it is not whole."""
    chunk = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    begun = struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk)) + struct.pack(">I", 9) + b"IDAT"
    return b"\x89PNG\r\n\x1a\n" + begun


def broken(folder: Path) -> dict[str, Path]:
    """Files that are no photo, by why."""
    whole = phones(folder / "whole.jpg").read_bytes()
    made = {name: folder / name for name in ("empty.jpg", "text.jpg", "cut.jpg", "large.jpg", "small.png", "anim.gif")}
    made["empty.jpg"].touch()
    made["text.jpg"].write_text("no picture")
    made["cut.jpg"].write_bytes(whole[: len(whole) // 2])
    with made["large.jpg"].open("wb") as file:
        file.truncate(photo.MAX_BYTES + 1)
    Image.new("RGB", (63, 400)).save(made["small.png"])
    Image.new("RGB", (400, 400)).save(made["anim.gif"])
    Image.new("1", (9000, 9000)).save(folder / "bomb.png")
    return made | {"bomb.png": folder / "bomb.png", "missing.jpg": folder / "missing.jpg", "folder": folder}


def test_what_is_no_photo_is_refused_by_row_and_column(tmp_path: Path) -> None:
    for name, path in broken(tmp_path).items():
        with pytest.raises(CommandError, match=path.name):
            photo.read(path)
        with pytest.raises(ListError, match="row 3, column photo: "):
            box_list.read(f"subject,photo\nbin/1,whole.jpg\nbin/2,{name if name != 'folder' else '.'}\n", tmp_path)


def test_the_device_signs_for_the_photo_and_the_log_does_not_show_that_there_is_one(
    street: Street, tmp_path: Path
) -> None:
    source = phones(tmp_path / "phone.jpg")
    with street.board("one"):
        assert street.provision("--subject", "bin/1", "--photo", source).code == 3
    (enrolled,) = devices(street)
    kid = enrolled.kid.hex()
    kept = (street.out / "photos" / f"{kid}.jpg").read_bytes()
    about = json.loads((street.out / "photos" / f"{kid}.json").read_text())
    assert kept == photo.read(source).content
    signed = possession.decode(enrolled.possession).nonce
    given = (about["realm"], kid, bytes.fromhex(about["salt"]), photo.Photo(kept).digest)
    assert photo.commitment(*given) == signed
    assert photo.commitment(*given[:3], photo.Photo(kept + b"x").digest) != signed
    entry = street.town.entry(street.town.size - 1)
    assert enrolment.decode(entry).kid == enrolled.kid
    assert photo.Photo(kept).digest not in entry and bytes.fromhex(about["salt"]) not in entry
    assert (street.out / "photos").stat().st_mode & 0o077 == 0, "for the crew alone"
    assert street.journal()["bin/1"]["photo"] == f"photos/{kid}.jpg"


def test_a_photo_that_is_none_stops_before_the_device_is_told_anything(street: Street, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")
    with street.board("one") as board:
        done = street.provision("--subject", "bin/1", "--photo", tmp_path / "text.jpg")
        assert (done.code, "--photo: " in done.err) == (2, True)
        assert not (board.folder / "draft").exists()
    assert not street.out.exists()
