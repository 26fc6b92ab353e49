"""Photos of where devices hang: what is kept has no metadata; the device signed for it, and the log does not tell."""

import io
import json
from pathlib import Path

import pytest
from civicroot_cli.main import CommandError
from civicroot_cli.provision import box_list, photo
from civicroot_cli.provision.errors import ListError
from civicroot_wire import enrolment, possession
from PIL import Image, PngImagePlugin

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
