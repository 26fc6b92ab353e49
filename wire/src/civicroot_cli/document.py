"""The document that a statement is about: its bytes, or those whose hash was signed."""

import hashlib
from pathlib import Path

from civicroot_wire.errors import ProofError
from civicroot_wire.finding import CHECKED, NOT_CHECKED, Finding
from civicroot_wire.statement import Statement

from .main import CommandError
from .verdict import Verdict

STEP = "document"
_CHUNK = 1 << 20


def digest(path: Path) -> bytes:
    """SHA-256 of a file of any size. CommandError."""
    hashed = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                hashed.update(chunk)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror}") from error
    return hashed.digest()


def check(verdict: Verdict, path: Path | None) -> None:
    """Add to the verdict whether the document is the one that was signed. Raises ProofError if it is another."""
    content = verdict.content
    if not isinstance(content, Statement):
        if path is not None:
            raise CommandError(f"--document goes with a statement whose signature can be checked: {verdict.what}")
        return
    signed = content.payload if content.detached else hashlib.sha256(content.payload).digest()
    if path is None:
        if content.detached:
            verdict.findings.append(Finding(STEP, NOT_CHECKED, "only its hash was signed; give it with --document"))
            verdict.not_proved.append("that any document is the one that was signed: give it with --document")
        return
    if digest(path) != signed:
        raise ProofError(STEP, "bad-signature", f"{path} is not the document that was signed", verdict.findings)
    verdict.findings.append(Finding(STEP, CHECKED, f"{path} is the document that was signed"))
    verdict.proved.append(f"{path} is the very document that was signed")
    verdict.fields["document"] = True
