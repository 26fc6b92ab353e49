"""Findings: what an audit has to say, under names that do not change (docs/auditing.md explains each)."""

import hashlib
from dataclasses import dataclass, field

ALARM, NOTICE = "alarm", "notice"
MAX_PER_NAME = 1000  # kept of one name: who forges a million records must not fill the auditor's disk
MAX_DETAIL = 1000  # characters


@dataclass(frozen=True)
class Kind:
    """A kind of finding: its severity, what it means, and who answers for it."""

    severity: str
    means: str
    who: str


CATALOGUE: dict[str, Kind] = {
    # What the log shows to whom
    "fork": Kind(ALARM, "one source signed two histories that contradict each other", "city"),
    "split-view": Kind(ALARM, "city and mirror show different histories under the log's signature", "city"),
    "rollback": Kind(ALARM, "a source shows a smaller log than it showed before", "city or mirror"),
    "checkpoint-malformed": Kind(ALARM, "the checkpoint is no signed note of a tree head", "city or mirror"),
    "checkpoint-untrusted": Kind(ALARM, "no log key of the policy signed the checkpoint", "city or mirror"),
    "quorum-missed": Kind(ALARM, "fewer witnesses cosigned the checkpoint than the policy asks for", "city, witnesses"),
    "cosignature-bad": Kind(ALARM, "a line under a known witness's key does not verify", "city or witness"),
    "cosignature-time": Kind(ALARM, "a witness's times do not go forward with the log", "witness"),
    "witness-forked": Kind(ALARM, "a witness cosigned two histories that contradict each other", "witness"),
    "mirror-unreachable": Kind(NOTICE, "a mirror could not be read, so it was not compared", "mirror"),
    "source-behind": Kind(NOTICE, "the city shows less of the log than a mirror does", "city"),
    "stale": Kind(NOTICE, "the log shows nothing newer than the stated time", "city"),
    # What devices were told, and what was fixed outside
    "beacon-wrong": Kind(ALARM, "what the city keeps under a beacon is not the checkpoint that it names", "city"),
    "beacon-unknown": Kind(NOTICE, "records name a beacon of no checkpoint that is known: it bounds nothing", "city"),
    "anchor-wrong": Kind(ALARM, "the evidence of an anchor does not hold for the log that is served", "city"),
    "anchor-missing": Kind(ALARM, "an anchor is listed as confirmed, and its evidence is not served", "city"),
    "anchor-fork": Kind(ALARM, "a contract recorded another tree than the log that is served", "city"),
    "anchor-ahead": Kind(ALARM, "a contract recorded a larger tree than the one that is served", "city"),
    "anchor-epoch": Kind(NOTICE, "a contract's owner let sizes start again", "city"),
    "anchor-late": Kind(NOTICE, "an anchor that the policy accepts fixed nothing new for a week", "city"),
    # What the log is made of
    "tile-damaged": Kind(ALARM, "a hash tile is missing, or not the one that the signed root asks for", "city"),
    "entry-edited": Kind(ALARM, "an entry is not the one that the signed tree commits to", "city"),
    "log-unreadable": Kind(ALARM, "entries of the signed tree are not served", "city"),
    "entry-unreadable": Kind(ALARM, "an entry is of no kind that the log may have", "city"),
    "entry-repeated": Kind(ALARM, "the same entry stands in the log twice", "city"),
    "entry-wrong-realm": Kind(ALARM, "an entry that was made for another city", "city"),
    # Trust policy
    "policy-chain-broken": Kind(ALARM, "a policy in the log does not follow from the one before", "city"),
    "policy-not-logged": Kind(ALARM, "the trust policy at hand, or the one served, is not in the log", "city"),
    "policy-outdated": Kind(NOTICE, "the log has a newer trust policy than the one at hand", "you"),
    # Keys
    "enrolment-untrusted": Kind(ALARM, "an enrolment that no registrar of the policy made, or without the key", "city"),
    "kid-taken": Kind(ALARM, "another key was enrolled under a kid that was enrolled before", "registrar"),
    "enrolled-after-revocation": Kind(ALARM, "a key was enrolled again after it was withdrawn", "registrar"),
    "status-index-shared": Kind(ALARM, "two keys share a place in a status list", "registrar"),
    "subject-rekeyed": Kind(NOTICE, "a subject got another key while its key before is not withdrawn", "registrar"),
    "revocation-untrusted": Kind(ALARM, "a revocation that no registrar made, or of a key never enrolled", "city"),
    "revocation-repeated": Kind(NOTICE, "a key was withdrawn again; the first time counts", "registrar"),
    "status-list-untrusted": Kind(ALARM, "a status list that is not its registrar's own", "city"),
    "status-list-wrong": Kind(
        ALARM, "a status list hides a revocation, or names a key that is not withdrawn", "registrar"
    ),
    "revocation-unlisted": Kind(NOTICE, "a key was withdrawn and no status list was logged since", "registrar"),
    # Statements
    "statement-untrusted": Kind(ALARM, "a statement, configuration or release by a key that may not sign it", "city"),
    "version-not-ascending": Kind(
        ALARM, "a configuration does not have a higher version than the one before", "operator"
    ),
    # Pruning
    "pruning-untrusted": Kind(ALARM, "a pruning that no backend of this log signed", "city"),
    "pruning-gap": Kind(ALARM, "a pruning does not begin where the one before ended", "city"),
    "pruning-wrong": Kind(ALARM, "a pruning says other numbers than its batches had: it may hide a loss", "city"),
    "pruned-without-statement": Kind(ALARM, "a batch is gone as pruned, and no pruning in the log covers it", "city"),
    # Batches
    "batch-untrusted": Kind(ALARM, "a batch header that no enrolled gateway signed", "city"),
    "batch-revoked": Kind(ALARM, "a batch of a gateway whose key was withdrawn before", "city"),
    "batch-equivocation": Kind(ALARM, "a gateway signed two batches under one number", "gateway key"),
    "batch-skipped-number": Kind(ALARM, "a gateway used a number that it said it skipped", "gateway key"),
    "batch-back-dated": Kind(ALARM, "a batch says it closed before something that it follows", "gateway"),
    "batch-post-dated": Kind(ALARM, "a batch says it closed after it was already published", "gateway"),
    "batch-missing": Kind(ALARM, "the records behind a header are not served, and not pruned", "city"),
    "batch-damaged": Kind(ALARM, "what is served as a batch does not hash to the signed header", "city"),
    "batch-lost": Kind(ALARM, "batch numbers that nothing explains: a batch is withheld", "city or gateway"),
    # Records
    "record-unreadable": Kind(ALARM, "a record in a batch that is none", "gateway"),
    "record-forged": Kind(ALARM, "a record in a batch that the device did not sign", "gateway"),
    "record-unknown-device": Kind(ALARM, "a record of a key that was not enrolled as a device before", "gateway"),
    "record-revoked": Kind(ALARM, "a record of a device whose key was withdrawn before", "device key"),
    "record-equivocation": Kind(ALARM, "a device key signed two readings under one number", "device key"),
    "record-skipped-number": Kind(ALARM, "a device used a number that it said it skipped", "device key"),
    "record-too-early": Kind(ALARM, "a record knows a checkpoint that is younger than its batch", "city"),
    "record-lost": Kind(ALARM, "reading numbers that nothing explains: a reading is withheld", "city or gateway"),
    "silent": Kind(NOTICE, "a device is overdue against its own promise", "device or gateway"),
    # What the city tells others
    "api-disagrees": Kind(ALARM, "the city's API shows something else than the signed records", "city"),
    # About this audit
    "more": Kind(ALARM, f"more than {MAX_PER_NAME} findings of one name; the others are counted only", "see the name"),
}


@dataclass(frozen=True)
class Finding:
    """One finding. `about` says of what; `identity` tells it from others of its name, in every audit the same.

    `evidence`: file names with their content, for others to check. `index` is a log index.
    """

    name: str
    about: str
    detail: str
    identity: str
    index: int | None = None
    evidence: dict[str, bytes] = field(default_factory=dict)
    severity: str = ""  # that of the kind, unless said otherwise

    @property
    def fingerprint(self) -> str:
        """What it is acknowledged by: 12 hexadecimal digits."""
        return hashlib.sha256(f"{self.name}\0{self.identity}".encode()).hexdigest()[:12]

    @property
    def weight(self) -> str:
        """ALARM or NOTICE."""
        return self.severity or CATALOGUE[self.name].severity
