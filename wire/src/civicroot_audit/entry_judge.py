"""Judging log entries in their order: who may have said this, as of its place in the log (SPEC.md §3, §5.1, §6).

What an entry changes for those after it (who is enrolled, who is withdrawn, which policy holds) is taken up at once.
"""

from dataclasses import dataclass
from typing import Any

from civicroot_cli.verify import inflate
from civicroot_wire import (
    batch,
    claims,
    configuration,
    cose,
    enrolment,
    entry,
    keys,
    pruning,
    release,
    revocation,
    statement,
    status_list,
)
from civicroot_wire.errors import MalformedError, TrustError, WireError
from civicroot_wire.pruning import Pruning

from .directory import Directory, Enrolled, Withdrawn
from .examine import Verify
from .policies import Policies
from .ranges import Ranges
from .sink import Sink, files, spelled


@dataclass(frozen=True)
class Judged:
    """What the steps after need of an entry: a batch `header` that counts, a `pruning`, an `enrolled` key."""

    index: int
    kind: str
    header: batch.Header | None = None
    pruning: Pruning | None = None
    enrolled: Enrolled | None = None


class EntryJudge:
    """`versions` of configurations by subject, as of the entries judged before."""

    def __init__(self, directory: Directory, policies: Policies, versions: dict[str, int], verify: Verify) -> None:
        self._directory = directory
        self._policies = policies
        self._versions = versions
        self._verify = verify
        self._realm = policies.given.realm

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

    def restore(self, index: int, data: bytes) -> None:
        """Take up a revocation that was judged in an earlier audit."""
        found = revocation.decode(data)
        self._directory.withdraw(Withdrawn(index, found.thumbprint[: keys.KID_BYTES], found))

    def _of_kind(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        judges = {
            entry.POLICY: self._policy,
            entry.BATCH: self._batch,
            entry.ENROLMENT: self._enrolment,
            entry.REVOCATION: self._revocation,
            entry.STATUS_LIST: self._status_list,
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

    # Registrars

    def _enrolment(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        found = enrolment.decode(data)
        about = f"{found.subject} ({found.kid.hex()})"

        def refuse(name: str, detail: str) -> Judged:
            sink.find(name, about, f"log entry {index}: {detail}", index=index, evidence=files(entry=data))
            return Judged(index, kind)

        # 1. Of this city, by a registrar that the policy trusts here; the key's owner asked for just this.
        try:
            registrar = self._policies.registrar(found.registrar_kid, index)
            enrolment.verify(found, self._realm, registrar.public, self._verify)
        except WireError as error:
            return refuse(self._realm_or(found.claims, "enrolment-untrusted"), str(error))
        # 2. One kid, one key, for ever.
        first = self._directory.first(found.kid)
        if first is not None and first.public != found.public:
            return refuse("kid-taken", f"it is the kid of the key enrolled at {first.index}")
        # 3. What was withdrawn stays withdrawn.
        withdrawn = self._directory.withdrawal(found.kid)
        if withdrawn is not None:
            return refuse("enrolled-after-revocation", f"withdrawn at {withdrawn.index}")
        self._check_place(found, index, about, sink)
        self._check_holder(found, index, about, sink)
        enrolled = Enrolled(
            index,
            found.kid,
            found.public,
            found.subject,
            found.role,
            registrar.name,
            found.status,
            found.label,
            found.simulated,
        )
        self._directory.enrol(enrolled)
        place, uri = found.status or (None, None)
        sink.row(
            "enrolments",
            *(index, found.kid, found.public, found.subject, found.role, registrar.name),
            *(place, uri, found.label, found.simulated),
        )
        return Judged(index, kind, enrolled=enrolled)

    def _check_place(self, found: enrolment.Enrolment, index: int, about: str, sink: Sink) -> None:
        if found.status is None:
            return
        holder = self._directory.place(found.status)
        if holder is not None and holder != found.kid:
            detail = f"log entry {index}: place {found.status[0]} is that of {self._directory.name(holder)}"
            sink.find("status-index-shared", about, detail, index=index)

    def _check_holder(self, found: enrolment.Enrolment, index: int, about: str, sink: Sink) -> None:
        holder = self._directory.holder(found.subject)
        if holder is None or holder == found.kid or self._directory.withdrawal(holder) is not None:
            return
        newest = self._directory.newest(holder)
        if newest is not None and newest.subject == found.subject:
            detail = f"log entry {index}: its key before, {holder.hex()}, is not withdrawn"
            sink.find("subject-rekeyed", about, detail, index=index)

    def _revocation(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        found = revocation.decode(data)
        kid = found.thumbprint[: keys.KID_BYTES]
        about = f"{found.subject} ({kid.hex()})"
        try:
            # 1. By a registrar of this city.
            registrar = self._policies.registrar(_signer(found.message), index)
            revocation.verify(found, self._realm, registrar.public, self._verify)
            # 2. Of a key that was enrolled before, as this subject.
            enrolled = self._directory.at(kid, index)
            if enrolled is None or keys.thumbprint(enrolled.public) != found.thumbprint:
                raise TrustError("unknown-key-id", "the key was never enrolled")
            if enrolled.subject != found.subject:
                raise TrustError("untrusted", f"the key is enrolled as {enrolled.subject}")
        except WireError as error:
            name = self._realm_or(found.claims, "revocation-untrusted")
            sink.find(name, about, f"log entry {index}: {error}", index=index, evidence=files(entry=data))
            return Judged(index, kind)
        # 3. The first of a key counts.
        before = self._directory.withdrawal(kid)
        if before is not None:
            sink.find("revocation-repeated", about, f"log entry {index}: withdrawn at {before.index}", index=index)
        else:
            self._directory.withdraw(Withdrawn(index, kid, found))
            sink.row("revocations", index, kid, data)
        return Judged(index, kind)

    def _status_list(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        listed = status_list.decode(data)
        about = f"status list {listed.uri}"
        try:
            # 1. By a registrar of this city, under its city's address.
            registrar = self._policies.registrar(_signer(listed.message), index)
            status_list.verify(listed, self._realm, registrar.public, self._verify)
            if not listed.uri.startswith(f"https://{self._realm}/status-lists/"):
                raise TrustError("untrusted", "it is no address of this city's status lists")
        except WireError as error:
            name = self._realm_or(listed.claims, "status-list-untrusted")
            sink.find(name, about, f"log entry {index}: {error}", index=index, evidence=files(entry=data))
            return Judged(index, kind)
        # 2. It says exactly what the log says before it.
        try:
            said = _set_bits(inflate(listed.compressed, status_list.MAX_KEYS // 8))
        except ValueError as error:
            raise MalformedError("malformed", f"status list: {error}") from error
        due = self._directory.revoked_places(listed.uri, index)
        if said != due:
            hidden, invented = Ranges(_singles(due - said)), Ranges(_singles(said - due))
            detail = f"log entry {index}:"
            detail += f" withdrawn and not listed: places {spelled(hidden)}." if hidden else ""
            detail += f" listed and not withdrawn: places {spelled(invented)}." if invented else ""
            sink.find("status-list-wrong", about, detail, index=index, evidence=files(entry=data))
        sink.row("status_lists", listed.uri, index)
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
            name = self._realm_or(found.claims, "statement-untrusted")
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
            name = self._realm_or(found.claims, "pruning-untrusted")
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
        signer = self._enrolled(_signer(found.message), role, index)
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

    def _realm_or(self, about: claims.Claims | None, name: str) -> str:
        return name if about is None or about.realm == self._realm else "entry-wrong-realm"


_STATEMENTS: dict[str, tuple[Any, str]] = {
    entry.STATEMENT: (statement.decode, statement.ROLE),
    entry.CONFIGURATION: (configuration.decode, configuration.ROLE),
    entry.RELEASE: (release.decode, release.ROLE),
}


def _signer(message: cose.Sign1 | None) -> bytes:
    if message is None:
        raise ValueError("not a decoded statement")
    return message.kid


def _set_bits(bits: bytes) -> set[int]:
    return {8 * at + bit for at, byte in enumerate(bits) if byte for bit in range(8) if byte >> bit & 1}


def _singles(numbers: set[int]) -> list[tuple[int, int]]:
    return [(number, number) for number in sorted(numbers)]
