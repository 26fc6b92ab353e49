"""The protocol of a ceremony: who took part, which keys were made, what was checked, and lines to sign on.

As plain text, and as one HTML page without scripts or anything from elsewhere, which prints on A4 or Letter.
"""

import hashlib
import textwrap
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import jinja2
from civicroot_cli import files
from civicroot_cli.main import printable
from civicroot_cli.policy import difference, signatures
from civicroot_wire import keys
from civicroot_wire.cbor import encode
from civicroot_wire.policy import Policy

from civicroot_backend.ceremony import sealed_key, working_keys
from civicroot_backend.ceremony.journal import Journal
from civicroot_backend.ceremony.pkcs11_token import SCHEME
from civicroot_backend.ceremony.plan import Plan
from civicroot_backend.ceremony.working_keys import WorkingKeys

TEXT, PAGE = "protocol.txt", "protocol.html"
_WIDTH = 100  # columns of the text
_GROUP = 4  # hex digits that people read out at once


@dataclass(frozen=True)
class KeyLine:
    """A key: what it is, its kid and fingerprint, and where it lies."""

    title: str
    kid: str
    fingerprint: str
    place: str


@dataclass(frozen=True)
class Check:
    """Something that was looked at; `held` is False for what the people in the room must judge."""

    held: bool
    says: str


@dataclass(frozen=True)
class Protocol:
    """All that is printed."""

    realm: str
    started: str
    finished: str
    place: str
    ceremony: str
    threshold: int
    roots: tuple[KeyLine, ...]
    working: tuple[KeyLine, ...]
    policy: tuple[str, ...]
    digest: str
    checks: tuple[Check, ...]
    signers: tuple[tuple[str, str], ...]


def fingerprint(public: bytes) -> str:
    """The key's thumbprint (RFC 9679), 64 hex digits in groups of four."""
    return _grouped(keys.thumbprint(public).hex())


def policy_digest(policy: Policy) -> str:
    """SHA-256 of what the roots sign, the policy's deterministic CBOR, in groups; no signature changes it."""
    return _grouped(hashlib.sha256(encode(policy.model)).hexdigest())


def day(time: int) -> str:
    """A time for people, in UTC."""
    return datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%d %H:%M UTC")


def of(plan: Plan, journal: Journal, made: WorkingKeys, policy: Policy, not_separate: list[str]) -> Protocol:
    """The protocol of a finished ceremony."""
    roots = tuple(_line(root.name, journal.roots[root.name], _lies(root.medium, root.backup)) for root in plan.roots)
    paths = working_keys.paths(plan)
    working = tuple(_line(f"{name} key", getattr(made, name).public, str(path)) for name, path in paths.items())
    holders = [(root.holder, f"holder of {root.name}") for root in plan.roots]
    others = [(one.name, one.part) for one in plan.participants]
    return Protocol(
        plan.realm,
        day(journal.started),
        day(journal.finished or journal.started),
        plan.place,
        _grouped(journal.ceremony),
        plan.threshold,
        roots,
        working,
        tuple(difference.summary(policy)),
        policy_digest(policy),
        tuple(_checks(plan, journal, policy, not_separate)),
        tuple(holders + others),
    )


def _checks(plan: Plan, journal: Journal, policy: Policy, not_separate: list[str]) -> list[Check]:
    standing = signatures.standing(policy, policy.roots, policy.threshold)
    listed = set(journal.roots.values())
    cost = sealed_key.COST
    found = [
        Check(standing.enough, f"the policy is signed: {standing.says()}"),
        Check(listed == set(policy.roots), "the policy names the roots that were made here, and no others"),
        Check(len(standing.signed) == len(plan.roots), "every root's medium was opened again, and signed"),
        Check(True, f"sealed files: Argon2id, {cost.operations} passes over {cost.memory >> 20} MiB; SecretBox"),
    ]
    tokens = [root.name for root in plan.roots if root.medium.startswith(SCHEME)]
    if tokens:
        found.append(Check(True, f"made on tokens that say they never give them out: {', '.join(tokens)}"))
    backed = [root.name for root in plan.roots if root.backup is not None]
    if backed:
        done = set(backed) <= set(journal.backups)
        found.append(Check(done, f"copies were written and opened again: {', '.join(backed)}"))
    alone = [root.name for root in plan.roots if root.backup is None]
    if alone:
        found.append(Check(False, f"without a copy: {', '.join(alone)}; the other roots stand in for them"))
    found.extend(Check(False, f"not separate: {text}; say why that is so here") for text in not_separate)
    if plan.threshold == 1 or len(plan.roots) == 1:
        found.append(Check(False, "one root alone decides for the city"))
    if not policy.quorum:
        found.append(Check(False, "no witness is needed: nobody outside sees the log while it is written"))
    return found


def write(folder: Path, record: Protocol) -> tuple[Path, Path]:
    """Both files."""
    folder.mkdir(parents=True, exist_ok=True)
    text, page = folder / TEXT, folder / PAGE
    files.replace(text, as_text(record).encode())
    files.replace(page, as_page(record).encode())
    return text, page


def as_text(record: Protocol) -> str:
    """For a printer that knows nothing, 100 columns wide."""
    lines = [
        f"PROTOCOL of the founding of {record.realm}",
        f"begun {record.started}, ended {record.finished}" + (f", {record.place}" if record.place else ""),
        f"ceremony {record.ceremony}",
        "",
        f"Roots: {record.threshold} of {len(record.roots)} must sign",
    ]
    for key in (*record.roots, *record.working):
        if key is record.working[0]:
            lines += ["", "Working keys"]
        lines += [f"  {key.title}, kid {key.kid}, on {key.place}", *_halves(key.fingerprint)]
    lines += ["", "Trust policy", *(f"  {line}" for line in record.policy), "  digest (SHA-256)"]
    lines += [*_halves(record.digest), "", "Checks"]
    lines += [f"  {'[x]' if check.held else '[!]'} {check.says}" for check in record.checks]
    lines += ["", "We were present, and have compared the fingerprints above with those on the screen.", ""]
    for name, part in record.signers:
        lines += ["", f"  {name or '…………………………'}, {part}".ljust(48) + "  date, signature ………………………………"]
    return "\n".join(one for line in lines for one in _wrapped(printable(line))) + "\n"


def as_page(record: Protocol) -> str:
    """One HTML page."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("civicroot_backend.ceremony"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(PAGE).render(record=record)


def _line(title: str, public: bytes, place: str) -> KeyLine:
    return KeyLine(title, keys.kid(public).hex(), fingerprint(public), place)


def _lies(medium: str, backup: str | None) -> str:
    said = medium.partition("?")[0] if medium.startswith(SCHEME) else medium
    return said if backup is None else f"{said}, copy on {backup}"


def _grouped(digits: str) -> str:
    return " ".join(digits[at : at + _GROUP] for at in range(0, len(digits), _GROUP))


def _wrapped(line: str) -> list[str]:
    if len(line) <= _WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.wrap(line, _WIDTH, subsequent_indent=indent)


def _halves(grouped: str) -> list[str]:
    words = grouped.split(" ")
    middle = len(words) // 2
    return [f"      {' '.join(words[:middle])}", f"      {' '.join(words[middle:])}"]
