"""`civicroot unlock` against the real firmware: with the key at hand, and with the operator at a desk far away."""

import json
import re
import shlex
import subprocess
import sys
import threading
from contextlib import redirect_stdout
from pathlib import Path

from civicroot_cli import keyfile
from civicroot_cli.main import main
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
        assert (early.code, "uncommitted" in early.err) == (1, True)
        assert street.provision("--subject", "bin/1").code == 3
        refused = civicroot("unlock", "--port", street.port, "--key", tmp_path / "stranger.key")
        assert (refused.code, "not-signed" in refused.err) == (1, True)
        done = civicroot("unlock", "--port", street.port, "--key", tmp_path / "operator.key")
        assert done.code == 0, done.err
        assert f"bin/1 of {street.town.city.realm}" in done.out
        board.wait()
        assert not (board.folder / "flash" / "identity").exists()


def test_the_operator_signs_at_a_desk_far_away(street: Street, civicroot: Civicroot, tmp_path: Path) -> None:
    operator = Signer.generate()
    keyfile.create(tmp_path / "operator.key", operator)
    provisioned_by(street, operator)
    signed = tmp_path / "signed.cbor"
    with street.board("one") as board:
        assert street.provision("--subject", "bin/1").code == 3
        said = tmp_path / "said"

        def desk() -> None:
            """Reads what the crew reads out, and signs it."""
            while not (found := re.search(r"sign: civicroot (.*)", said.read_text() if said.exists() else "")):
                threading.Event().wait(0.02)
            words = shlex.split(found[1].replace("OPERATOR.key", str(tmp_path / "operator.key")))
            words[words.index("--out") + 1] = str(signed)
            subprocess.run([sys.executable, "-m", "civicroot_cli", *words], check=True, timeout=60, capture_output=True)

        thread = threading.Thread(target=desk, daemon=True)
        thread.start()
        with said.open("w") as out, redirect_stdout(out):
            assert main(["unlock", "--port", str(street.port), "--statement", str(signed)]) == 0
        thread.join()
        board.wait()
        again = civicroot("unlock", "--port", street.port, "--statement", signed)
        assert again.code == 2
