"""`civicroot unlock` against the real firmware: with the key at hand, and with the operator at a desk far away."""

import json
import re
import shlex
import subprocess
import sys
import threading
import time
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from civicroot_cli import keyfile
from civicroot_cli.main import main
from civicroot_cli.provision import unlock_statement
from civicroot_wire.sodium import Signer

from tests.cli.conftest import Civicroot
from tests.cli.provision.street import Street


def provisioned_by(street: Street, operator: Signer) -> None:
    """A site whose devices follow this operator."""
    street.site.write_text(street.site.read_text().replace('"' + "11" * 32 + '"', json.dumps(operator.public.hex())))


def test_the_operator_unlocks_with_the_key_at_hand_and_a_stranger_does_not(
    street: Street, civicroot: Civicroot, tmp_path: Path
) -> None:
    operator, stranger = Signer.generate(), Signer.generate()
    keyfile.create(tmp_path / "operator.key", operator)
    keyfile.create(tmp_path / "stranger.key", stranger)
    provisioned_by(street, operator)
    with street.board("one") as board:
        early = civicroot("unlock", "--port", street.port, "--key", tmp_path / "operator.key")
        assert (early.code, "nothing to unlock: the device is not provisioned" in early.err) == (1, True)
        assert street.provision("--subject", "bin/1").code == 3
        unplugged = civicroot("unlock", "--port", tmp_path / "no port", "--key", tmp_path / "no.key")
        assert (unplugged.code, "no.key" in unplugged.err) == (2, True), "the key is looked at before the port"
        refused = civicroot("unlock", "--port", street.port, "--key", tmp_path / "stranger.key")
        assert (refused.code, "not-signed" in refused.err) == (1, True)
        done = civicroot("unlock", "--port", street.port, "--key", tmp_path / "operator.key")
        assert done.code == 0, done.err
        assert f"bin/1 of {street.town.city.realm}" in done.out
        board.wait()
        assert not (board.folder / "flash" / "identity").exists()


def test_the_operator_signs_at_a_desk_far_away(
    street: Street, civicroot: Civicroot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator = Signer.generate()
    keyfile.create(tmp_path / "operator.key", operator)
    provisioned_by(street, operator)
    signed = tmp_path / "signed.cbor"
    looked = threading.Event()
    waiting = time.sleep

    def sleep(seconds: float) -> None:
        """The command waits: it has looked, and there was nothing, or a part."""
        if signed.exists() and signed.stat().st_size:
            looked.set()
        waiting(seconds)

    monkeypatch.setattr(unlock_statement.time, "sleep", sleep)
    with street.board("one") as board:
        assert street.provision("--subject", "bin/1").code == 3
        said = tmp_path / "said"

        def desk() -> None:
            """Reads what the crew reads out, and signs it."""
            while not (found := re.search(r"sign: civicroot (.*)", said.read_text() if said.exists() else "")):
                threading.Event().wait(0.02)
            words = shlex.split(found[1].replace("OPERATOR.key", str(tmp_path / "operator.key")))
            words[words.index("--out") + 1] = str(tmp_path / "whole.cbor")
            subprocess.run([sys.executable, "-m", "civicroot_cli", *words], check=True, timeout=60, capture_output=True)
            # It comes over a slow line: what is there first is not all of it.
            whole = (tmp_path / "whole.cbor").read_bytes()
            with signed.open("wb") as file:
                file.write(whole[:40])
                file.flush()
                assert looked.wait(60)
                file.write(whole[40:])

        thread = threading.Thread(target=desk, daemon=True)
        thread.start()
        with said.open("w") as out, redirect_stdout(out):
            assert main(["unlock", "--port", str(street.port), "--statement", str(signed)]) == 0
        thread.join()
        board.wait()
        again = civicroot("unlock", "--port", street.port, "--statement", signed)
        assert again.code == 2


def test_a_device_whose_key_the_registrar_has_withdrawn_is_unlocked_from_the_log(
    street: Street, civicroot: Civicroot, tmp_path: Path
) -> None:
    unlock = ("unlock", "--port", street.port)
    with street.board("one") as board:
        assert street.provision("--subject", "bin/1").code == 3
        early = civicroot(*unlock, "--url", street.town.url)
        assert (early.code, "`civicroot device retire bin/1` comes first" in early.err) == (2, True), early.err
        # Another device was at the same place before: its withdrawal is no way in.
        before, _ = street.town.request("bin/1", "device")
        file = tmp_path / "other.cbor"
        file.write_bytes(street.town.city.revocation(before, "bin/1"))
        other = civicroot(*unlock, "--revocation", file)
        assert (other.code, "withdraws another key than this device's" in other.err) == (2, True), other.err
        assert civicroot("device", "retire", "bin/1", *street.town.desk).code == 0
        done = civicroot(*unlock, "--url", street.town.url)
        assert done.code == 0, done.err
        board.wait()
        assert not (board.folder / "flash" / "identity").exists()


def test_a_file_that_is_no_revocation_is_refused_before_the_port_is_opened(
    civicroot: Civicroot, tmp_path: Path
) -> None:
    (tmp_path / "none.cbor").write_bytes(b"no revocation")
    done = civicroot("unlock", "--port", tmp_path / "no port", "--revocation", tmp_path / "none.cbor")
    assert (done.code, "none.cbor is no revocation" in done.err) == (2, True), done.err
    done = civicroot("unlock", "--port", tmp_path / "no port", "--url", "nowhere")
    assert (done.code, "not an HTTP address" in done.err) == (2, True), done.err
