"""Judging what registrars sign: enrolments, revocations and status lists (SPEC.md §3.3 to §3.5)."""

from civicroot_cli.verify import inflate
from civicroot_wire import enrolment as wire_enrolment
from civicroot_wire import keys
from civicroot_wire import revocation as wire_revocation
from civicroot_wire import status_list as wire_status_list
from civicroot_wire.errors import MalformedError, TrustError, WireError

from .directory import Directory, Enrolled, Withdrawn
from .examine import Verify
from .judged import Judged, realm_or, signer_of
from .policies import Policies
from .ranges import Ranges
from .sink import Sink, files, spelled


class RegistrarJudge:
    """What an entry changes (who is enrolled, who is withdrawn) is taken up at once."""

    def __init__(self, directory: Directory, policies: Policies, verify: Verify) -> None:
        self._directory = directory
        self._policies = policies
        self._verify = verify
        self._realm = policies.given.realm

    def enrolment(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        """A key is bound to a subject and a role."""
        found = wire_enrolment.decode(data)
        about = f"{found.subject} ({found.kid.hex()})"

        def refuse(name: str, detail: str) -> Judged:
            sink.find(name, about, f"log entry {index}: {detail}", index=index, evidence=files(entry=data))
            return Judged(index, kind)

        # 1. Of this city, by a registrar that the policy trusts here; the key's owner asked for just this.
        try:
            registrar = self._policies.registrar(found.registrar_kid, index)
            wire_enrolment.verify(found, self._realm, registrar.public, self._verify)
        except WireError as error:
            return refuse(realm_or(found.claims, self._realm, "enrolment-untrusted"), str(error))
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

    def _check_place(self, found: wire_enrolment.Enrolment, index: int, about: str, sink: Sink) -> None:
        if found.status is None:
            return
        holder = self._directory.place(found.status)
        if holder is not None and holder != found.kid:
            detail = f"log entry {index}: place {found.status[0]} is that of {self._directory.name(holder)}"
            sink.find("status-index-shared", about, detail, index=index)

    def _check_holder(self, found: wire_enrolment.Enrolment, index: int, about: str, sink: Sink) -> None:
        holder = self._directory.holder(found.subject)
        if holder is None or holder == found.kid or self._directory.withdrawal(holder) is not None:
            return
        newest = self._directory.newest(holder)
        if newest is not None and newest.subject == found.subject:
            detail = f"log entry {index}: its key before, {holder.hex()}, is not withdrawn"
            sink.find("subject-rekeyed", about, detail, index=index)

    def revocation(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        """A key is withdrawn."""
        found = wire_revocation.decode(data)
        kid = found.thumbprint[: keys.KID_BYTES]
        about = f"{found.subject} ({kid.hex()})"
        try:
            # 1. By a registrar of this city.
            registrar = self._policies.registrar(signer_of(found.message), index)
            wire_revocation.verify(found, self._realm, registrar.public, self._verify)
            # 2. Of a key that was enrolled before, as this subject.
            enrolled = self._directory.at(kid, index)
            if enrolled is None or keys.thumbprint(enrolled.public) != found.thumbprint:
                raise TrustError("unknown-key-id", "the key was never enrolled")
            if enrolled.subject != found.subject:
                raise TrustError("untrusted", f"the key is enrolled as {enrolled.subject}")
        except WireError as error:
            name = realm_or(found.claims, self._realm, "revocation-untrusted")
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

    def status_list(self, kind: str, index: int, data: bytes, sink: Sink) -> Judged:
        """Which keys are withdrawn."""
        listed = wire_status_list.decode(data)
        about = f"status list {listed.uri}"
        try:
            # 1. By a registrar of this city, under its city's address.
            registrar = self._policies.registrar(signer_of(listed.message), index)
            wire_status_list.verify(listed, self._realm, registrar.public, self._verify)
            if not listed.uri.startswith(f"https://{self._realm}/status-lists/"):
                raise TrustError("untrusted", "it is no address of this city's status lists")
        except WireError as error:
            name = realm_or(listed.claims, self._realm, "status-list-untrusted")
            sink.find(name, about, f"log entry {index}: {error}", index=index, evidence=files(entry=data))
            return Judged(index, kind)
        # 2. It says exactly what the log says before it.
        try:
            said = _set_bits(inflate(listed.compressed, wire_status_list.MAX_KEYS // 8))
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


def _set_bits(bits: bytes) -> set[int]:
    return {8 * at + bit for at, byte in enumerate(bits) if byte for bit in range(8) if byte >> bit & 1}


def _singles(numbers: set[int]) -> list[tuple[int, int]]:
    return [(number, number) for number in sorted(numbers)]
