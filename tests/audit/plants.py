"""Manipulations to be found: each takes a sound copy and does to it what an attacker would, with real keys.

`finds`: the exact set of alarms. `seen`: the auditor had audited the sound copy before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from civicroot_wire import (
    base64,
    batch,
    beacon,
    checkpoint,
    configuration,
    enrolment,
    keys,
    merkle,
    note,
    pruning,
    record,
    revocation,
    status_list,
)
from civicroot_wire import policy as policies
from civicroot_wire.checkpoint import Checkpoint
from civicroot_wire.configuration import Configuration
from civicroot_wire.enrolment import Enrolment
from civicroot_wire.pruning import PrunedKey, Pruning
from civicroot_wire.revocation import Revocation
from civicroot_wire.sequence import Sequence
from civicroot_wire.sodium import Signer

from tests.audit.anchoring import BITCOIN, bitcoin
from tests.audit.copies import LOST_KEY, ORIGIN, SEQS, SUBJECTS, Copy
from tests.backend.city import NOW, signed_record

STRANGER = Signer(b"\x77" * 32)
HOUR = 3600


@dataclass(frozen=True)
class Plant:
    """A manipulation and the alarms that it must raise, no other. `before` makes the sound copy another one."""

    name: str
    do: Callable[[Copy], None]
    finds: frozenset[str]
    seen: bool = False
    before: Callable[[Copy], None] | None = None

    def __str__(self) -> str:
        return self.name


PLANTS: list[Plant] = []


def plant(
    *finds: str, seen: bool = False, before: Callable[[Copy], None] | None = None
) -> Callable[[Callable[[Copy], None]], Callable[[Copy], None]]:
    """Enter a function into the table under its name."""

    def enter(do: Callable[[Copy], None]) -> Callable[[Copy], None]:
        PLANTS.append(Plant(do.__name__.replace("_", " "), do, frozenset(finds), seen, before))
        return do

    return enter


def flip(path: Path, place: int = -1) -> None:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(bytes(content))


# Whoever can write to the store


@plant("batch-damaged", "record-lost")
def a_stored_reading_is_edited(copy: Copy) -> None:
    flip(copy.blob(copy.headers()[3][1]), -100)


@plant("batch-missing", "record-lost")
def a_batch_is_deleted_from_the_store(copy: Copy) -> None:
    copy.blob(copy.headers()[3][1]).unlink()


@plant("batch-missing", seen=True)
def a_batch_is_deleted_after_it_was_audited(copy: Copy) -> None:
    copy.blob(copy.headers()[3][1]).unlink()


@plant("pruned-without-statement")
def a_batch_is_pruned_and_nothing_logged_says_what_it_held(copy: Copy) -> None:
    index, header = copy.headers()[0]
    copy.blob(header).unlink()
    copy.path("log/batch-minimum-index").write_text(f"{index + 1}\n")


@plant("entry-edited")
def an_entry_is_edited(copy: Copy) -> None:
    flip(copy.bundle(), -70)


@plant("entry-edited", seen=True)
def an_entry_is_edited_after_it_was_audited(copy: Copy) -> None:
    flip(copy.bundle(), -70)


@plant("log-unreadable")
def the_entries_are_withheld(copy: Copy) -> None:
    copy.bundle().unlink()


@plant("tile-damaged")
def a_hash_tile_is_damaged(copy: Copy) -> None:
    flip(copy.tile())


@plant("tile-damaged")
def a_hash_tile_is_deleted(copy: Copy) -> None:
    copy.tile().unlink()


@plant("checkpoint-malformed")
def the_checkpoint_is_rubbish(copy: Copy) -> None:
    copy.path("log/checkpoint").write_text("none\n")


@plant("checkpoint-untrusted")
def the_checkpoint_is_signed_by_a_stranger(copy: Copy) -> None:
    head = checkpoint.parse_body(note.parse(copy.path("log/checkpoint").read_bytes()).body)
    copy.show(Checkpoint(ORIGIN, head.size, merkle.EMPTY_ROOT), STRANGER)


# The city, with its log key


@plant("rollback", seen=True)
def the_log_is_cut_and_a_shorter_checkpoint_signed(copy: Copy) -> None:
    copy.sign_again(copy.entries[:-2])


@plant("fork", seen=True)
def the_log_is_forked_at_the_same_size(copy: Copy) -> None:
    copy.sign_again([*copy.entries[:-1], copy.real.city.status_list([4], NOW + 9)])


@plant("fork", seen=True)
def a_batch_is_removed_and_the_log_grown_again(copy: Copy) -> None:
    at = copy.headers()[2][0]
    more = [copy.real.city.status_list([4], NOW + number) for number in (7, 8, 9)]
    copy.sign_again([*copy.entries[:at], *copy.entries[at + 1 :], *more])


@plant("rollback", "fork", seen=True)
def a_shorter_history_of_its_own_is_signed(copy: Copy) -> None:
    copy.sign_again([*copy.entries[:4], copy.real.city.status_list([], NOW + 9)])


@plant("batch-lost", "record-lost")
def a_batch_is_removed_from_a_log_that_is_signed_anew(copy: Copy) -> None:
    at = copy.headers()[2][0]
    copy.sign_again([*copy.entries[:at], *copy.entries[at + 1 :]])


@plant("split-view")
def a_mirror_was_shown_another_history(copy: Copy) -> None:
    other = copy.mirror(copy.public.parent / "mirror")
    other.sign_again([*copy.entries[:-1], copy.real.city.status_list([4], NOW + 9)])


@plant("split-view")
def a_mirror_was_shown_another_and_longer_history(copy: Copy) -> None:
    other = copy.mirror(copy.public.parent / "mirror")
    more = [copy.real.city.status_list([4], NOW + number) for number in (7, 8, 9)]
    other.sign_again([*copy.entries[:-1], *more])


@plant("split-view")
def a_mirror_was_shown_another_and_shorter_history(copy: Copy) -> None:
    other = copy.mirror(copy.public.parent / "mirror")
    other.sign_again([*copy.entries[:4], copy.real.city.status_list([], NOW + 9)])


@plant("stale")
def nothing_newer_is_shown(copy: Copy) -> None:
    copy.options = ["--stale-after", "3600"]


@plant("quorum-missed")
def too_few_witnesses_cosigned(copy: Copy) -> None:
    copy.let_witnesses_in(3, 2)
    copy.witnesses = copy.witnesses[:1]
    copy.sign_again(copy.entries)


@plant("cosignature-bad")
def a_cosignature_is_forged(copy: Copy) -> None:
    copy.let_witnesses_in(3, 2)
    key, _ = copy.witnesses[2]
    copy.witnesses[2] = (key, STRANGER)
    copy.sign_again(copy.entries)


@plant("cosignature-time")
def a_witness_goes_back_in_time(copy: Copy) -> None:
    copy.let_witnesses_in(2, 2)
    mirror = copy.mirror(copy.public.parent / "mirror")
    mirror.cosigned_at = NOW + HOUR
    mirror.sign_again(copy.entries[:-1])


@plant("entry-repeated")
def an_entry_is_logged_twice(copy: Copy) -> None:
    copy.append(copy.entries[-1])


@plant("entry-unreadable")
def an_entry_is_of_no_kind(copy: Copy) -> None:
    copy.append(b"\x83\x01\x02\x03")


@plant("entry-wrong-realm")
def an_entry_is_replayed_from_another_city(copy: Copy) -> None:
    copy.append(copy.enrolment_by(copy.real.city.registrar, STRANGER, "bin/99", "other.example"))


@plant("batch-untrusted")
def a_batch_is_replayed_from_another_city(copy: Copy) -> None:
    key = copy.real.gateway
    records = [signed_record(copy.real.devices["bin/1"], SEQS)]
    copy.append(batch.sign_header(key.kid, Sequence(copy.real.next_batch), records, NOW, NOW, "other.example", key))


@plant("policy-chain-broken")
def the_log_does_not_begin_with_its_policy(copy: Copy) -> None:
    copy.sign_again([*copy.entries[1:3], copy.entries[0], *copy.entries[3:]])


@plant("policy-chain-broken")
def a_policy_is_swapped_in_without_the_roots_before(copy: Copy) -> None:
    roots = {"threshold": 1, "keys": [base64.encode(STRANGER.public)]}
    taken = policies.sign({**copy.policy.model, "version": 2, "roots": roots}, [(STRANGER.public, STRANGER)])
    copy.append(policies.to_entry(taken))


@plant("policy-not-logged")
def the_auditor_is_given_a_policy_that_is_in_no_log(copy: Copy) -> None:
    extra = {"name": "stranger", "key": base64.encode(STRANGER.public), "first": 0}
    registrars = copy.policy.model["registrars"]
    assert isinstance(registrars, list)
    copy.use(copy.with_policy(registrars=[*registrars, extra]))


@plant("policy-not-logged")
def the_city_serves_a_policy_that_is_in_no_log(copy: Copy) -> None:
    policy = copy.with_policy(version=2)
    before = copy.policy_file.read_bytes()
    copy.use(policy)
    copy.path("policy.json").write_bytes(copy.policy_file.read_bytes())
    copy.policy_file.write_bytes(before)


# Registrars and who pretends to be one


@plant("enrolment-untrusted", "record-unknown-device")
def a_device_is_invented_by_an_unknown_registrar(copy: Copy) -> None:
    device = Signer(b"\x55" * 32)
    copy.append(copy.enrolment_by(STRANGER, device, "bin/99"), copy.batch([signed_record(device, 0)]))


@plant("enrolment-untrusted")
def a_key_is_enrolled_that_did_not_ask(copy: Copy) -> None:
    request = copy.real.city.possession(copy.real.devices["bin/1"], "bin/1", record.ROLE)
    found = Enrolment("bin/99", STRANGER.public, record.ROLE, request)
    registrar = copy.real.city.registrar
    copy.append(enrolment.sign(found, registrar.kid, "the registrar", copy.realm, registrar))


@plant("enrolled-after-revocation")
def a_withdrawn_key_is_enrolled_again(copy: Copy) -> None:
    copy.append(copy.enrolment(copy.real.devices[LOST_KEY], LOST_KEY, label="again"))


@plant("status-index-shared")
def two_keys_share_a_place_in_the_status_list(copy: Copy) -> None:
    copy.append(copy.enrolment(STRANGER, "bin/99", status=(1, copy.real.city.status_uri)))


@plant("revocation-untrusted")
def a_key_is_withdrawn_by_a_stranger(copy: Copy) -> None:
    found = Revocation("bin/1", keys.thumbprint(copy.real.devices["bin/1"].public), revocation.COMPROMISED)
    copy.append(revocation.sign(found, STRANGER.kid, "somebody", copy.realm, STRANGER))


@plant("status-list-wrong")
def a_status_list_hides_a_revocation(copy: Copy) -> None:
    copy.append(copy.real.city.status_list([], NOW + 9))


@plant("status-list-wrong")
def a_status_list_withdraws_a_key_that_is_not(copy: Copy) -> None:
    copy.append(copy.real.city.status_list([1, 4], NOW + 9))


@plant("status-list-untrusted")
def a_status_list_is_signed_by_a_stranger(copy: Copy) -> None:
    listed = status_list.decode(copy.real.city.status_list([4], NOW + 9))
    copy.append(status_list.sign(listed, STRANGER.kid, "somebody", copy.realm, STRANGER))


# Those who sign statements


@plant("statement-untrusted")
def a_statement_is_made_in_another_organisations_name(copy: Copy) -> None:
    copy.append(copy.real.city.statement(copy.real.organisation, "organisation/health", "bin/1", b"{}"))


@plant("statement-untrusted")
def a_device_configures_another(copy: Copy) -> None:
    key = copy.real.devices["bin/2"]
    copy.append(configuration.sign(Configuration("bin/1", 1, {}), key.kid, "bin/2", copy.realm, key))


@plant("version-not-ascending")
def an_old_configuration_is_logged_again(copy: Copy) -> None:
    key = copy.real.operator
    copy.append(
        *(
            configuration.sign(Configuration("bin/1", version, {"interval": version}), key.kid, "op", copy.realm, key)
            for version in (1, 3, 2)
        )
    )


# Gateways


@plant("record-lost")
def a_gateway_drops_one_reading(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading(seq=SEQS + 1)]))


@plant("batch-lost")
def a_batch_of_a_gateway_is_withheld(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading()], seq=copy.real.next_batch + 1))


@plant("batch-equivocation")
def a_gateway_repeats_a_number_with_other_content(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading()], seq=2))


@plant("batch-skipped-number")
def a_gateway_uses_a_number_that_it_skipped(copy: Copy) -> None:
    number = copy.real.next_batch
    copy.append(
        copy.batch([copy.reading()], seq=number + 3, skip=3),
        copy.batch([copy.reading(seq=SEQS + 1)], seq=number + 1),
    )


@plant("batch-back-dated")
def a_batch_is_back_dated(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading()], closed=NOW - 2 * HOUR))


@plant("batch-back-dated")
def a_batch_is_older_than_the_beacon_in_it(copy: Copy) -> None:
    copy.let_witnesses_in(3, 2)
    copy.cosigned_at = NOW + 2 * HOUR
    copy.sign_again(copy.entries)
    shown = note.parse(copy.path("log/checkpoint").read_bytes())
    told = beacon.of(shown, [key for key, _ in copy.witnesses])
    copy.mirror(copy.public.parent / "mirror")  # through which the auditor knows that checkpoint
    copy.cosigned_at = NOW + 3 * HOUR
    copy.append(copy.batch([copy.reading(beacon=told)]))


@plant("batch-post-dated")
def a_batch_is_of_after_it_was_witnessed(copy: Copy) -> None:
    copy.let_witnesses_in(3, 2)
    copy.append(copy.batch([copy.reading()], closed=NOW + 2 * HOUR))


@plant("record-forged")
def a_record_is_forged(copy: Copy) -> None:
    forged = bytearray(copy.reading())
    forged[-1] ^= 1
    copy.append(copy.batch([bytes(forged)]))


@plant("record-forged")
def a_record_is_replayed_from_another_city(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading(realm_name="other.example")]))


@plant("record-unknown-device")
def a_device_is_invented(copy: Copy) -> None:
    copy.append(copy.batch([signed_record(STRANGER, 0)]))


@plant("record-unreadable")
def a_record_is_none(copy: Copy) -> None:
    copy.append(copy.batch([b"no record"]))


@plant("record-forged", "record-lost")
def a_forgery_stands_in_for_a_dropped_reading(copy: Copy) -> None:
    forged = bytearray(copy.reading())
    forged[-1] ^= 1
    copy.append(copy.batch([bytes(forged), copy.reading(seq=SEQS + 1)]))


@plant("batch-revoked")
def a_withdrawn_gateway_goes_on(copy: Copy) -> None:
    copy.append(
        copy.real.city.revocation(copy.real.gateway, "gateway/1"),
        copy.batch([copy.reading()]),
    )


# Devices


@plant("record-revoked")
def a_withdrawn_device_goes_on(copy: Copy) -> None:
    copy.append(copy.batch([signed_record(copy.real.devices[LOST_KEY], 1)]))


@plant("record-equivocation")
def a_device_key_was_cloned(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading(seq=2, fill=99)]))


@plant("record-skipped-number")
def a_device_uses_a_number_that_it_skipped(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading(seq=SEQS + 3, skip=3), copy.reading(seq=SEQS + 1)]))


@plant("record-skipped-number")
def a_device_skips_a_number_that_it_used(copy: Copy) -> None:
    copy.append(copy.batch([copy.reading(seq=SEQS, skip=2)]))


# Retention


def stated(copy: Copy, first: int, end: int, hidden: tuple[str, int] | None = None) -> bytes:
    """The backend's pruning of all batches, which says that one more reading was received."""
    keys = {copy.real.gateway.kid: [(0, SEQS)], copy.real.devices[LOST_KEY].kid: [(0, 0)]}
    for subject in SUBJECTS:
        keys[copy.real.devices[subject].kid] = [(0, SEQS - 1)]
    if hidden:
        keys[copy.real.devices[hidden[0]].kid] = [(0, hidden[1])]
    said = Pruning(first, end, [PrunedKey(kid, spans) for kid, spans in sorted(keys.items())])
    signer = copy.real.city.backend_key
    return pruning.sign(said, signer.kid, "backend/1", ORIGIN, copy.realm, signer)


def prune(copy: Copy, first: int = 0, hidden: tuple[str, int] | None = None) -> None:
    """Log a pruning and delete the batches."""
    size = len(copy.entries)
    gone = [copy.blob(header) for _, header in copy.headers()]
    copy.append(stated(copy, first, size, hidden))
    for path in gone:
        path.unlink()
    copy.path("log/batch-minimum-index").write_text(f"{size}\n")


@plant("pruning-wrong", seen=True)
def a_pruning_hides_a_loss_from_those_who_saw(copy: Copy) -> None:
    prune(copy, hidden=("bin/1", SEQS))


@plant("pruning-wrong")
def a_pruning_says_more_than_the_headers_signed_for(copy: Copy) -> None:
    prune(copy, hidden=("bin/1", SEQS))


@plant("pruning-gap")
def a_pruning_leaves_batches_out(copy: Copy) -> None:
    copy.append(stated(copy, 1, len(copy.entries)))


@plant("pruning-untrusted")
def a_pruning_is_signed_by_a_gateway(copy: Copy) -> None:
    signer = copy.real.gateway
    said = Pruning(0, len(copy.entries), [])
    copy.append(pruning.sign(said, signer.kid, "gateway/1", ORIGIN, copy.realm, signer))


# Witnesses


def two_of_three(copy: Copy) -> None:
    """A city with witnesses, who cosigned what devices were told of."""
    copy.let_witnesses_in(3, 2)


def another_history(copy: Copy) -> list[bytes]:
    """As long, with another last entry."""
    return [*copy.entries[:-1], copy.real.city.status_list([4], NOW + 9)]


@plant("fork", "witness-forked", seen=True, before=two_of_three)
def witnesses_cosign_a_fork(copy: Copy) -> None:
    copy.sign_again(another_history(copy))


@plant("fork", "quorum-missed", seen=True, before=two_of_three)
def honest_witnesses_refuse_a_fork(copy: Copy) -> None:
    copy.witnesses = []
    copy.sign_again(another_history(copy))


@plant("split-view", "witness-forked")
def one_witness_cosigns_what_only_a_mirror_is_shown(copy: Copy) -> None:
    copy.let_witnesses_in(3, 1)
    other = copy.mirror(copy.public.parent / "mirror")
    other.witnesses = copy.witnesses[:1]
    other.sign_again(another_history(copy))


# Beacons


def told(copy: Copy, beacon_of: bytes) -> None:
    """A device repeats a beacon; the batch is witnessed an hour later."""
    copy.cosigned_at = NOW + HOUR
    copy.append(copy.batch([copy.reading(beacon=beacon_of)], closed=NOW + 60))


@plant("beacon-wrong")
def another_checkpoint_is_kept_under_a_beacon(copy: Copy) -> None:
    two_of_three(copy)
    right = copy.keep_beacon()
    copy.cosigned_at = NOW + 60
    copy.show(copy.tree(), copy.real.city.log_key)
    wrong = copy.keep_beacon()
    copy.kept_beacon(wrong).replace(copy.kept_beacon(right))
    told(copy, right)


@plant("beacon-wrong")
def a_kept_checkpoint_is_no_checkpoint(copy: Copy) -> None:
    two_of_three(copy)
    right = copy.keep_beacon()
    copy.kept_beacon(right).write_text("none\n")
    told(copy, right)


@plant("quorum-missed")
def a_beacon_is_made_up_before_the_witnesses_sign(copy: Copy) -> None:
    two_of_three(copy)
    known, copy.witnesses = copy.witnesses, []
    copy.show(copy.tree(), copy.real.city.log_key)
    early = copy.keep_beacon()
    copy.witnesses = known
    told(copy, early)


@plant("fork", "witness-forked")
def devices_were_told_of_another_history(copy: Copy) -> None:
    two_of_three(copy)
    copy.show(Checkpoint(ORIGIN, 5, merkle.EMPTY_ROOT), copy.real.city.log_key)
    told(copy, copy.keep_beacon())


@plant("batch-back-dated")
def a_batch_is_older_than_a_beacon_that_the_city_keeps(copy: Copy) -> None:
    two_of_three(copy)
    copy.cosigned_at = NOW + 2 * HOUR
    copy.show(copy.tree(), copy.real.city.log_key)
    late = copy.keep_beacon()
    copy.cosigned_at = NOW + 3 * HOUR
    copy.append(copy.batch([copy.reading(beacon=late)]))


# Anchors


def mined(copy: Copy) -> None:
    """A city whose log a Bitcoin block fixed."""
    copy.let_in(anchors=[BITCOIN])
    copy.keep_anchor("bitcoin", 5, bitcoin(copy.tree(5)))


@plant("anchor-wrong", before=mined)
def an_anchor_is_of_another_history(copy: Copy) -> None:
    size = len(copy.entries)
    copy.keep_anchor("bitcoin", size, bitcoin(Checkpoint(ORIGIN, size, merkle.EMPTY_ROOT)))


@plant("anchor-wrong", before=mined)
def an_anchor_is_of_another_log(copy: Copy) -> None:
    size = len(copy.entries)
    copy.keep_anchor("bitcoin", size, bitcoin(Checkpoint("other.example/log", size, copy.tree().root)))


@plant("anchor-wrong", before=mined)
def an_anchor_shows_too_little_work(copy: Copy) -> None:
    copy.keep_anchor("bitcoin", len(copy.entries), bitcoin(copy.tree(), work=0))


@plant("anchor-wrong", before=mined)
def an_anchor_is_rubbish(copy: Copy) -> None:
    copy.keep_anchor("bitcoin", len(copy.entries), b"rubbish")


@plant("anchor-wrong")
def a_history_is_rewritten_that_nobody_but_a_block_remembers(copy: Copy) -> None:
    """No auditor had seen it, and there are no witnesses: the anchor alone exposes it."""
    mined(copy)
    copy.sign_again([*copy.entries[:4], copy.real.city.status_list([], NOW - 5), *copy.entries[4:]])


@plant("anchor-late", before=mined)
def nothing_was_anchored_for_long(copy: Copy) -> None:
    copy.options = ["--anchor-after", "3600"]
