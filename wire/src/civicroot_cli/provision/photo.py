"""A photo of where a device hangs: checked, copied without what it says beside its pixels, and committed to.

A phone writes the place, the time and its own serial number into a picture (EXIF). The copy that the city keeps is
drawn anew, so it has none of that; where the device is, its enrolment says. The device signs a commitment to the copy's
SHA-256 as the nonce of its request: whoever has the salt can show that this is the photo of that day, and nobody else
can tell from the public log that there is one. Deleting both leaves 32 bytes that say nothing.
"""

import hashlib
import io
import json
import secrets
import warnings
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import opening
from PIL import Image

from civicroot_cli import files
from civicroot_cli.main import CommandError

from . import jpeg_segments, orientation

FOLDER = "photos"
NAME = "photo"  # in the commitment
TYPES = ("JPEG", "PNG")
MAX_BYTES = 16 << 20  # a phone's are under ten
# A JPEG is decoded at the size that is needed, so that of any phone will do. A PNG is decoded whole, at four bytes a
# pixel, and a second time if it is transparent: 400 MB.
MAX_PIXELS = {"JPEG": 120_000_000, "PNG": 40_000_000}
MIN_SIDE, MAX_SIDE = 64, 2048  # pixels; the copy is no longer than this
_QUALITY = 85


@dataclass(frozen=True)
class Photo:
    """The copy's bytes, a JPEG without metadata."""

    content: bytes

    @property
    def digest(self) -> bytes:
        """Its SHA-256."""
        return hashlib.sha256(self.content).digest()


def read(path: Path) -> Photo:
    """The copy of a photo. Raises CommandError if it is none, or too large."""
    data = files.read(path, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise CommandError(f"{path} has over {MAX_BYTES >> 20} MiB")
    upright = _decoded(path, data)
    # 1. Only pixels go on: comments, profiles and thumbnails of the file stay behind.
    bare = Image.frombytes("RGB", upright.size, upright.tobytes())
    copy = io.BytesIO()
    bare.save(copy, "JPEG", quality=_QUALITY)
    return Photo(copy.getvalue())


def _decoded(path: Path, data: bytes) -> Image.Image:
    pixels, exif = jpeg_segments.split(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limits are here
            with Image.open(io.BytesIO(pixels), formats=TYPES) as found:
                _check_size(path, found)
                found.draft("RGB", (MAX_SIDE, MAX_SIDE))
                small = found.convert("RGB")
                exif = exif or found.info.get("exif", b"")  # a PNG's
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise CommandError(f"{path} is no whole JPEG or PNG") from error
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    return orientation.upright(small, exif)


def _check_size(path: Path, found: Image.Image) -> None:
    """Before it is decoded. Raises CommandError."""
    most = MAX_PIXELS[str(found.format)]
    if found.width * found.height > most or min(found.size) < MIN_SIDE:
        raise CommandError(
            f"{path} has {found.width} x {found.height} pixels: a {found.format} has {MIN_SIDE} or more on each side, "
            f"and at most {most // 1_000_000} million"
        )


def commitment(realm: str, kid: str, salt: bytes, digest: bytes) -> bytes:
    """What the device signs as its nonce: 32 bytes."""
    return opening.commit(realm, bytes.fromhex(kid), NAME, salt, digest)


def keep(photo: Photo, realm: str, kid: str, folder: Path) -> bytes:
    """Keep the copy and its salt under the device's kid; its commitment. Raises CommandError."""
    salt = secrets.token_bytes(opening.SALT_BYTES)
    try:
        (folder / FOLDER).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise CommandError(f"cannot create {folder / FOLDER}: {error.strerror}") from error
    files.replace(folder / FOLDER / f"{kid}.jpg", photo.content)
    line = {"realm": realm, "kid": kid, "salt": salt.hex(), "sha256": photo.digest.hex()}
    files.replace(folder / FOLDER / f"{kid}.json", json.dumps(line).encode() + b"\n")
    return commitment(realm, kid, salt, photo.digest)
