"""The keys that work every day: where each lies, and the first enrolments."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from civicroot_cli import files, keyfile
from civicroot_wire.sodium import Signer

from civicroot_backend import realm
from civicroot_backend.ceremony.plan import Plan
from civicroot_backend.desk import register
from civicroot_backend.realm import Genesis

OPERATOR_KEY, RELEASE_KEY = "operator.key", "release.key"
OPERATOR_SUBJECT, RELEASE_SUBJECT = "operator/1", "release/1"
OPERATOR_ENROLMENT, RELEASE_ENROLMENT = "operator.enrolment", "release.enrolment"
ENROLMENTS = (realm.ENROLMENT_FILE, OPERATOR_ENROLMENT, RELEASE_ENROLMENT)


@dataclass(frozen=True)
class WorkingKeys:
    """The five of them."""

    log: Signer
    backend: Signer
    registrar: Signer
    operator: Signer
    release: Signer


def paths(plan: Plan) -> dict[str, Path]:
    """The key file of each, by its name."""
    return {
        "log": plan.folder / realm.LOG_KEY,
        "backend": plan.folder / realm.BACKEND_KEY,
        "registrar": plan.desk / realm.REGISTRAR_KEY,
        "operator": plan.operator / OPERATOR_KEY,
        "release": plan.release / RELEASE_KEY,
    }


def written(plan: Plan) -> list[Path]:
    """Every file that `make` and `enrol` write into the city's and the desk's folders."""
    keys = paths(plan)
    return [*keys.values(), register.path_of(keys["registrar"]), *(plan.folder / name for name in ENROLMENTS)]


def make(plan: Plan, randomness: Callable[[int], bytes], step: Callable[[str], None]) -> WorkingKeys:
    """Make those that are not there; those that an interrupted ceremony made are taken up."""
    made = {}
    for name, path in paths(plan).items():
        step(f"the {name} key, {path}")
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            _create_whole(path, Signer(randomness(keyfile.SEED_BYTES)))
        made[name] = keyfile.load(path)
    return WorkingKeys(**made)


def _create_whole(path: Path, signer: Signer) -> None:
    """A key file that is there whole or not at all, whenever the power goes."""
    half = path.with_name(path.name + ".half")
    half.unlink(missing_ok=True)
    keyfile.create(half, signer)
    half.rename(path)
    files.sync_folder(path.parent)


def enrol(plan: Plan, keys: WorkingKeys, now: int, randomness: Callable[[int], bytes] = os.urandom) -> None:
    """Write the register and the first enrolments; the register's file appears last, when all of them are there."""
    book = register.path_of(paths(plan)["registrar"])
    if book.exists():
        return
    half = book.with_name(book.name + ".half")
    half.unlink(missing_ok=True)
    first = [
        Genesis(keys.backend, realm.BACKEND_SUBJECT, "backend"),
        Genesis(keys.operator, OPERATOR_SUBJECT, "operator"),
        Genesis(keys.release, RELEASE_SUBJECT, "release"),
    ]
    signed = realm.enrol_first(half, plan.realm, keys.registrar, first, now, randomness)
    for name, enrolled in zip(ENROLMENTS, signed, strict=True):
        files.replace(plan.folder / name, enrolled)
    files.replace(plan.operator / OPERATOR_ENROLMENT, signed[1])  # beside its key too: who holds it sees what it is
    files.replace(plan.release / RELEASE_ENROLMENT, signed[2])
    half.rename(book)
    files.sync_folder(book.parent)
