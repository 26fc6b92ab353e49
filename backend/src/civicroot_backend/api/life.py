"""The life of a device over HTTP: its events, its settings, and what became of each of its numbers."""

from fastapi import APIRouter

from civicroot_backend.api import life_models as models
from civicroot_backend.api.dependencies import BackendParameter, KidParameter, SeqParameter, unknown_device
from civicroot_backend.database import queries
from civicroot_backend.life import events, numbers, settings
from civicroot_backend.life.events import Event
from civicroot_backend.life.settings import Desired, Reported, Said
from civicroot_backend.paths import API, entry_proof, proof_of
from civicroot_backend.service import Backend
from civicroot_backend.times import iso_claim

MAX_EVENTS = 200  # of a device's life: what people read; the log has all of it

router = APIRouter(prefix=API, tags=["devices"])


@router.get("/devices/{kid}/life", summary="What became of a device")
def get_life(backend: BackendParameter, kid: KidParameter) -> models.Life:
    """Enrolled, moved, replaced, rotated, revoked; configured; started, alarmed, updated. The newest first."""
    key = _known(backend, kid)
    with backend.database.read() as connection:
        found = events.of(connection, key, MAX_EVENTS)
    return models.Life(events=[_event(kid, event) for event in found.events], searched=found.searched)


@router.get("/devices/{kid}/settings", summary="What a device should do, and what it says that it does")
def get_settings(backend: BackendParameter, kid: KidParameter) -> models.Settings:
    """Desired: as an operator signed it. Reported: as the device's own records say."""
    key = _known(backend, kid)
    with backend.database.read() as connection:
        wanted, said = settings.desired(connection, key), settings.reported(connection, key)
    return models.Settings(desired=None if wanted is None else _desired(wanted), reported=_reported(kid, said))


@router.get("/devices/{kid}/numbers/{seq}", summary="What became of one number of a device")
def get_number(backend: BackendParameter, kid: KidParameter, seq: SeqParameter) -> models.Number:
    """Its fate as in the account of completeness, and the signed bytes that show it."""
    key = _known(backend, kid)
    with backend.database.read() as connection:
        found = numbers.of(connection, key, seq)
    evidence = [
        models.Evidence(
            shows=each.what,
            seq=each.seq,
            log_index=each.log_index,
            proof=_proof(kid, each.seq, each.log_index),
        )
        for each in found.evidence
    ]
    return models.Number(kid=kid, seq=seq, fate=found.fate, equivocated=found.equivocated, evidence=evidence)


def _known(backend: Backend, kid: str) -> bytes:
    key = bytes.fromhex(kid)
    with backend.database.read() as connection:
        if queries.device(connection, key) is None:
            raise unknown_device(kid)
    return key


def _proof(kid: str, seq: int | None, log_index: int | None) -> str:
    return proof_of(kid, seq) if seq is not None else entry_proof(log_index or 0)


def _event(kid: str, event: Event) -> models.LifeEvent:
    return models.LifeEvent(
        what=event.what,
        time=iso_claim(event.time),
        clock=None if event.time is None else "backend" if event.seq is None else "device",
        subject=event.subject,
        text=event.text,
        other=None if event.other is None else event.other.hex(),
        log_index=event.log_index,
        seq=event.seq,
        proof=_proof(kid, event.seq, event.log_index),
    )


def _desired(wanted: Desired) -> models.Desired:
    return models.Desired(
        version=wanted.version,
        settings=wanted.settings,
        log_index=wanted.log_index,
        proof=entry_proof(wanted.log_index),
    )


def _reported(kid: str, said: Reported) -> models.Reported:
    return models.Reported(
        promised=_said(kid, said.promised),
        software=_said(kid, said.software),
        calibrations={
            name: models.Said(text=each.text, seq=each.seq, proof=proof_of(kid, each.seq))
            for name, each in sorted(said.calibrations.items())
        },
    )


def _said(kid: str, said: Said | None) -> models.Said | None:
    return None if said is None else models.Said(text=said.text, seq=said.seq, proof=proof_of(kid, said.seq))
