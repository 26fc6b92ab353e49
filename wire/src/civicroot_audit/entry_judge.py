"""Judging log entries in their order: who may have said this, as of its place in the log (SPEC.md §3, §5.1, §6).

What an entry changes for those after it (who is enrolled, who is withdrawn, which policy holds) is taken up at once.
"""

from typing import Any

from civicroot_wire import (
    batch,
    claims,
    configuration,
    entry,
    pruning,
    release,
    statement,
)
from civicroot_wire.errors import MalformedError, TrustError, WireError

from .directory import Directory, Enrolled
from .examine import Verify
from .judged import Judged, realm_or, signer_of
from .policies import Policies
from .registrar_judge import RegistrarJudge
from .sink import Sink, files


class EntryJudge:
    """`versions` of configurations by subject, as of the entries judged before."""

    def __init__(self, directory: Directory, policies: Policies, versions: dict[str, int], verify: Verify) -> None:
        self._directory = directory
        self._policies = policies
        self._versions = versions
        self._verify = verify
        self._realm = policies.given.realm
        self._registrars = RegistrarJudge(directory, policies, verify)

    def judge(self, index: int, data: bytes, sink: Sink) -> Judged:
        """Judge the next entry; findings and rows go to `sink`."""
        try:
            kind = entry.kind_of(data)
            if index == 0 and kind != entry.POLICY:
                sink.find("policy-chain-broken", "log entry 0", f"the log begins with a {kind}, not with a policy", 0)
            return self._of_kind(kind, index, data, sink)
        except MalformedError as error:
            about = f"log entry {index}"
            sink.find("entry-unreadable", about, str(error), index=index, evidence=files(entry=data))
            return Judged(index, "unreadable")

    def _of_kind(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        judges = {
            entry.POLICY: self._policy,
            entry.BATCH: self._batch,
            entry.ENROLMENT: self._registrars.enrolment,
            entry.REVOCATION: self._registrars.revocation,
            entry.STATUS_LIST: self._registrars.status_list,
            entry.PRUNING: self._pruning,
        }
        return judges.get(kind, self._statement)(kind, index, data, sink)

    # Roots

    def _policy(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        try:
            self._policies.admit(data)
        except MalformedError:
            raise
        except WireError as error:
            name = "entry-wrong-realm" if error.reason == "wrong-realm" else "policy-chain-broken"
            sink.find(name, f"log entry {index}", str(error), index=index, evidence=files(entry=data))
        else:
            sink.row("policies", index, data)
        return Judged(index, kind)

    # Enrolled keys

    def _statement(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        decode, role = _STATEMENTS[kind]
        found = decode(data)
        about = f"{kind} about {found.claims.subject}"
        try:
            signer = self._signed(found, role, index)
            if kind == entry.STATEMENT and found.claims.issuer != signer.subject:
                raise TrustError("untrusted", f"issuer {found.claims.issuer}, the key is {signer.subject}'s")
        except WireError as error:
            name = realm_or(found.claims, self._realm, "statement-untrusted")
            sink.find(name, about, f"log entry {index}: {error}", index=index, evidence=files(entry=data))
            return Judged(index, kind)
        if kind == entry.CONFIGURATION:
            self._check_version(found, index, about, sink)
        return Judged(index, kind)

    def _check_version(self, found: configuration.Configuration, index: int, about: str, sink: Sink) -> None:
        before = self._versions.get(found.subject)
        if before is not None and found.version <= before:
            detail = f"log entry {index}: version {found.version} after version {before}"
            sink.find("version-not-ascending", about, detail, index=index)
        else:
            self._versions[found.subject] = found.version
            sink.row("versions", found.subject, found.version)

    def _pruning(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        found = pruning.decode(data)
        about = f"pruning of {found.first} to {found.end}"
        try:
            self._signed(found, pruning.ROLE, index)
            logs = {item.name for item in self._policies.effective.logs}
            if found.claims is None or found.claims.subject not in logs:
                raise TrustError("untrusted", "it is about another log")
            if found.end > index:
                raise TrustError("wrong-order", "it is about batches that are not logged yet")
        except WireError as error:
            name = realm_or(found.claims, self._realm, "pruning-untrusted")
            sink.find(name, about, f"log entry {index}: {error}", index=index, evidence=files(entry=data))
            return Judged(index, kind)
        return Judged(index, kind, pruning=found)

    def _batch(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        header = batch.decode_header(data)
        kid, seq = header.kid, header.sequence.seq
        about = f"batch {seq} of {self._directory.name(kid)}"
        try:
            gateway = self._enrolled(kid, batch.ROLE, index)
            batch.verify_header(header, self._realm, gateway.public, self._verify)
        except WireError as error:
            detail = f"log entry {index}: {error}"
            sink.find("batch-untrusted", about, detail, index=index, evidence=files(header=data))
            return Judged(index, kind)
        if self._directory.is_withdrawn(kid, index, seq):
            detail = f"log entry {index}: the gateway's key was withdrawn before"
            sink.find("batch-revoked", about, detail, index=index, evidence=files(header=data))
            return Judged(index, kind)
        return Judged(index, kind, header=header)

    def _signed(self, found: Any, role: str, index: int) -> Enrolled:
        """The key that signed a statement, if it may: enrolled before, in this role, not withdrawn."""
        signer = self._enrolled(signer_of(found.message), role, index)
        claims.verify(found.message, found.claims, self._realm, signer.public, self._verify)
        if self._directory.is_withdrawn(signer.kid, index):
            raise TrustError("revoked", f"{signer.subject}'s key was withdrawn before")
        return signer

    def _enrolled(self, kid: bytes, role: str, index: int) -> Enrolled:
        found = self._directory.at(kid, index)
        if found is None:
            raise TrustError("unknown-key-id", f"{kid.hex()} was not enrolled before")
        if found.role != role:
            raise TrustError("wrong-role", f"{found.subject} is enrolled as {found.role}")
        return found


_STATEMENTS: dict[str, tuple[Any, str]] = {
    entry.STATEMENT: (statement.decode, statement.ROLE),
    entry.CONFIGURATION: (configuration.decode, configuration.ROLE),
    entry.RELEASE: (release.decode, release.ROLE),
}
