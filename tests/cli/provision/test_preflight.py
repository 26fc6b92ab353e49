"""`--dry-run`: everything that can be wrong on paper is said, and nothing is touched."""

import os
from pathlib import Path

import pytest
from civicroot_cli import keyfile
from civicroot_cli.provision import label_pdf
from civicroot_wire.sodium import Signer

from tests.cli.provision.street import Street, write_list
from tests.support.micropython import ROOT


def test_a_dry_run_touches_nothing_and_asks_nobody(street: Street, tmp_path: Path) -> None:
    box = write_list(tmp_path / "box.csv", 3)
    register = street.town.registrar_key.with_suffix(".register")
    before, asked = register.read_bytes(), street.town.size
    done = street.provision("--batch", box, "--dry-run")
    assert (done.code, done.err) == (0, ""), done.err
    assert done.out.endswith(f"nothing is wrong; 3 devices of {street.town.city.realm}; nothing was touched\n")
    assert not street.out.exists()
    assert register.read_bytes() == before
    assert street.town.size == asked


def test_everything_that_is_wrong_on_paper_is_said_at_once_and_stops_a_real_run_too(
    street: Street, tmp_path: Path
) -> None:
    """Each is a fault of its own; all together are one line."""
    stranger, text = tmp_path / "stranger.key", tmp_path / "text"
    keyfile.create(stranger, Signer.generate())
    text.write_text("no key, no font, no image, no port")
    faults = {
        ("--operator-key", stranger): "--operator-key is for the site file's [configuration], and there is none",
        ("--calibrate", "weight:empty"): "--calibrate weight:empty is unknown",
        ("--font", text): f"{text} is no font for labels",
        ("--out", text): f"--out {text}: {text} is no folder",
        ("--flash", text, "--firmware", ROOT / "firmware"): f"{text} is no image for an ESP32",
        ("--broken", "bin/1"): "--broken bin/1 is no key's number",
        ("--wait", "-1"): "--wait is from 0 to 86400 seconds",
        ("--port", text): f"{text} is no serial port",
    }
    for options, says in faults.items():
        done = street.provision("--subject", "bin/1", *options, "--dry-run")
        assert (done.code, done.out) == (2, ""), options
        assert says in done.err, (options, done.err)
    every = [option for options in faults for option in options]
    together = street.provision("--subject", "bin/1", *every)
    assert (together.code, together.out) == (2, "")
    assert [says for says in faults.values() if says not in together.err] == []
    assert not street.out.exists()


def test_a_registrars_key_that_cannot_enrol_is_found(street: Street, tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.key"
    keyfile.create(stranger, Signer.generate())
    open_key = tmp_path / "open.key"
    open_key.write_bytes(street.town.registrar_key.read_bytes())
    open_key.chmod(0o644)
    for key, says in (
        (tmp_path / "none.key", "cannot read"),
        (open_key, "can be read or written by others"),
        (stranger, "there is no register"),
    ):
        done = street.provision("--subject", "bin/1", "--registrar-key", key, "--dry-run", online=False)
        assert (done.code, says in done.err) == (2, True), done.err
    made = street._run("register", "new", "--registrar-key", stranger, "--realm", street.town.city.realm)
    assert made.code == 0
    done = street.provision("--subject", "bin/1", "--registrar-key", stranger, "--dry-run", online=False)
    assert (done.code, "is the key of no registrar of" in done.err) == (2, True), done.err


def test_an_operators_key_that_no_device_would_follow_is_found(street: Street, tmp_path: Path) -> None:
    key = tmp_path / "operator.key"
    keyfile.create(key, Signer.generate())
    street.site.write_text(street.site.read_text() + "[configuration]\nreport.interval_s = 300\n")
    done = street.provision("--subject", "bin/1", "--operator-key", key, "--dry-run")
    assert (done.code, "no device would follow it" in done.err) == (2, True), done.err


def test_a_port_that_is_not_there_is_said_for_one_device_and_waited_for_with_a_box(
    street: Street, tmp_path: Path
) -> None:
    done = street.provision("--subject", "bin/1", "--dry-run")
    assert (done.code, "plug the device in, or leave --port out" in done.err) == (2, True), done.err
    box = write_list(tmp_path / "box.csv", 1)
    assert street.provision("--batch", box, "--dry-run").code == 0
    street.port.symlink_to("/dev/null")
    assert street.provision("--subject", "bin/1", "--dry-run").code == 0


def test_a_journal_that_is_none_and_a_torn_one(street: Street) -> None:
    street.port.symlink_to("/dev/null")
    street.out.mkdir()
    journal = street.out / "journal.jsonl"
    journal.write_bytes(b'{"subject": "bin/1", "kid": "00"}\n{"subj')
    assert street.provision("--subject", "bin/1", "--dry-run").code == 0
    assert journal.read_bytes().endswith(b'{"subj'), "it is not even mended"
    journal.write_bytes(b"nonsense\n")
    done = street.provision("--subject", "bin/1", "--dry-run")
    assert (done.code, "journal.jsonl, line 1" in done.err) == (2, True), done.err


def test_a_folder_that_may_not_be_written_is_found(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    street.port.symlink_to("/dev/null")
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: path != street.folder and allowed(path, mode))
    done = street.provision("--subject", "bin/1", "--dry-run")
    assert (done.code, f"you may not write to {street.folder}" in done.err) == (2, True), done.err


def test_a_font_without_the_letters_is_found_before_anything_is_printed(street: Street) -> None:
    street.port.symlink_to("/dev/null")
    latin = label_pdf.find("abc")
    done = street.provision("--subject", "bin/1", "--label", "나무", "--font", latin.path, "--dry-run")
    assert (done.code, "has no 나 무; say --font FILE" in done.err) == (2, True), done.err
    assert street.provision("--subject", "bin/1", "--label", "나무", "--dry-run").code == 0
