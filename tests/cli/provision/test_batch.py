"""A box of a hundred devices, the real firmware in each, compiled as on a board, with an interruption in the middle."""

import json
from pathlib import Path

import pytest
from civicroot_cli.main import EXIT_INTERRUPTED
from civicroot_wire import enrolment, entry

from tests.bench.compiled import compile_firmware
from tests.cli.provision.street import Street, write_list
from tests.support import labels

COUNT = 100
TORN = 37  # the board at which the cable is torn out


@pytest.mark.timeout(900)  # 40 s alone on this machine; three quarters of it are a core's time
def test_a_box_of_a_hundred_with_an_interruption_is_enrolled_once_each(street: Street, tmp_path: Path) -> None:
    street.main = compile_firmware(tmp_path / "firmware")
    box = write_list(tmp_path / "box.csv", COUNT)
    names = [f"board-{number}" for number in range(COUNT)]
    with street.hands(names, stop_after=TORN) as done:
        first = street.provision("--batch", box)
    assert first.code == EXIT_INTERRUPTED, first.out + first.err
    assert len(done) == TORN
    with street.hands(names[TORN:]) as done:
        second = street.provision("--batch", box)
    assert second.code == 3, second.err
    assert second.err == f"civicroot: {COUNT} without a first reading; run the same command again\n"
    assert len(done) == COUNT - TORN
    journal = street.journal()
    assert [journal[f"bin/{number}"]["state"] for number in range(1, COUNT + 1)] == ["enrolled"] * COUNT
    configured = [json.loads((tmp_path / name / "config.json").read_text()) for name in names]
    assert [one["subject"] for one in configured] == [f"bin/{number}" for number in range(1, COUNT + 1)]
    enrolled = [enrolment.decode(data) for data in map(street.town.entry, range(street.town.size)) if is_device(data)]
    assert sorted(found.subject for found in enrolled) == sorted(f"bin/{number}" for number in range(1, COUNT + 1))
    assert {found.kid.hex() for found in enrolled} == {known["kid"] for known in journal.values()}
    pdf = (street.out / "labels.pdf").read_bytes()
    pages = labels.pages(pdf)
    assert len(pages) == COUNT
    for number in (1, TORN + 1, COUNT):
        assert labels.read_code(pages[number - 1], tmp_path) == f"{street.town.url}/b/{number}".upper()
        assert f"A-{number:04}" in labels.text_of(pdf, number - 1)


def is_device(data: bytes) -> bool:
    """Whether a log entry enrols a device."""
    return entry.kind_of(data) == entry.ENROLMENT and enrolment.decode(data).role == "device"
