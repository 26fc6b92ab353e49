"""PKCS#11 tokens for tests: SoftHSM2, Debian's package `softhsm2`. Without it the tests fail, and never skip."""

import os
import subprocess
from pathlib import Path
from urllib.parse import quote

MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN, OFFICER_PIN = "123456", "87654321"


class Tokens:
    """A SoftHSM of its own: its tokens lie in `folder`, which can be taken away."""

    def __init__(self, folder: Path) -> None:
        if not MODULE.exists():
            raise AssertionError(f"{MODULE} is missing: apt-get install softhsm2")
        self.folder = folder
        tokens = folder / "tokens"
        tokens.mkdir(parents=True)
        configuration = folder / "softhsm2.conf"
        configuration.write_text(f"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\n")
        os.environ["SOFTHSM2_CONF"] = str(configuration)  # the module reads it in this process

    def add(self, label: str) -> str:
        """A new token; its URI."""
        arguments = ["--init-token", "--free", "--label", label, "--so-pin", OFFICER_PIN, "--pin", PIN]
        subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)
        return uri(label)


def uri(label: str, module: Path = MODULE) -> str:
    """The URI of a token, there or not."""
    return f"pkcs11:token={quote(label)}?module-path={module}"
