"""The lines of the promise about who outside looks: checkpoint, witnesses, anchors, audit."""

from sqlalchemy import Connection

from civicroot_backend.anchor.runner import Trouble, name_of
from civicroot_backend.api.promise_models import (
    AnchorLine,
    AnchorsLine,
    AuditLine,
    CheckpointLine,
    FoundByAudit,
    WitnessesLine,
    WitnessLine,
)
from civicroot_backend.log.publish import CHECKPOINT, Published
from civicroot_backend.promise import counted, verdicts
from civicroot_backend.promise.audit_file import AuditFile, AuditReport, AuditUnreadable
from civicroot_backend.promise.counted import AnchorState, Unpublished
from civicroot_backend.service import Backend
from civicroot_backend.times import iso, iso_claim

_PROOF = f"/{CHECKPOINT}"


def checkpoint_line(published: Published | None, late: Unpublished, now: int) -> CheckpointLine:
    """The newest checkpoint; broken if what is committed is not published."""
    return CheckpointLine(
        verdict=verdicts.of_checkpoint(published is not None, late.since, now),
        size=0 if published is None else published.size,
        time=None if published is None else iso(published.time),
        proof=None if published is None else _PROOF,
    )


def witnesses_line(backend: Backend, published: Published | None) -> WitnessesLine:
    """Each as this log sees it."""
    found = backend.witnesses()
    alarm = any(item.alarm is not None for item in found.standings)
    return WitnessesLine(
        verdict=verdicts.of_witnesses(found.ok, found.quorum, published is not None, alarm),
        cosigned=0 if published is None else len(published.cosigned),
        needed=found.quorum,
        waiting_size=found.waiting,
        witnesses=[
            WitnessLine(
                name=item.name,
                state=item.state,
                last_seen=None if item.last_seen is None else iso(item.last_seen),
            )
            for item in found.standings
        ],
        proof=_PROOF if published is not None and published.cosigned else None,
    )


def anchors_line(backend: Backend, states: dict[str, AnchorState], now: int) -> AnchorsLine:
    """The anchors of the policy, of the configuration, and those that ever began."""
    troubles = {trouble.name: trouble for trouble in backend.anchor_troubles()}
    names = sorted({*(item.name for item in backend.policy.anchors), *backend.config.anchors, *states})
    lines = [_anchor(name, states.get(name), troubles.get(name), now) for name in names]
    verdict = verdicts.whole(line.verdict for line in lines) if lines else verdicts.UNKNOWN
    return AnchorsLine(verdict=verdict, anchors=lines)


def _anchor(name: str, state: AnchorState | None, trouble: Trouble | None, now: int) -> AnchorLine:
    since = None if state is None else state.pending_since
    size = None if state is None else state.size
    seconds = None if trouble is None else trouble.seconds
    return AnchorLine(
        verdict=verdicts.of_anchor(size is not None, seconds, None if since is None else now - since),
        name=name,
        kind=None if state is None else state.kind,
        size=size,
        time=iso_claim(None if state is None else state.time),
        pending_since=None if since is None else iso(since),
        trouble=None if trouble is None else trouble.detail,
        trouble_seconds=None if seconds is None else int(seconds),
        proof=None if size is None else f"/{name_of(name, size)}",
    )


def audit_line(connection: Connection, file: AuditFile | None, now: int) -> AuditLine:
    """What the configured report says; whether its auditor saw the log that this backend signed is looked at here."""
    if file is None:
        return _no_audit(False, None)
    try:
        report = file.read()
    except AuditUnreadable as error:
        return _no_audit(True, str(error))
    return _audited(report, counted.root_of(connection, report.size), now)


def _audited(report: AuditReport, root: bytes | None, now: int) -> AuditLine:
    same = None if root is None else root.hex() == report.root
    return AuditLine(
        verdict=verdicts.of_audit(report.alarms, same is not False, report.done, now - report.finished),
        configured=True,
        finished=iso_claim(report.finished),
        size=report.size,
        same_log=same,
        done=report.done,
        alarms=report.alarms,
        notices=report.notices,
        named=[FoundByAudit(name=name, about=about) for name, about in report.named],
        trouble=None,
    )


def _no_audit(configured: bool, trouble: str | None) -> AuditLine:
    return AuditLine(
        verdict=verdicts.UNKNOWN,
        configured=configured,
        finished=None,
        size=None,
        same_log=None,
        done=None,
        alarms=None,
        notices=None,
        named=[],
        trouble=trouble,
    )
