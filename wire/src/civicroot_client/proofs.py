"""Checking what the city says: a proof bundle against the trust policy, in the thirteen steps of SPEC.md §7."""

from civicroot_anchor.checks import anchor_checks
from civicroot_cli.inflating import inflate
from civicroot_wire import policy as policies
from civicroot_wire import sodium, verifier
from civicroot_wire.errors import WireError
from civicroot_wire.policy import Policy
from civicroot_wire.verifier import Report

from .errors import NotProved


def policy_of(content: bytes) -> Policy:
    """The policy in a policy.json that its roots signed. Raises NotProved."""
    try:
        return policies.verify(policies.from_file(content), sodium.verify)
    except WireError as error:
        raise NotProved(f"the policy does not hold: {error}") from error


def check(bundle: bytes, policy: Policy, kid: str, seq: int) -> Report:
    """The verified reading with all that was found. Raises NotProved if a step fails, or it is another reading's."""
    try:
        report = verifier.verify(bundle, policy, sodium.verify, inflate, anchor_checks())
    except WireError as error:
        raise NotProved(str(error)) from error
    if (report.record.kid.hex(), report.record.sequence.seq) != (kid, seq):
        raise NotProved(f"the proof holds, and is of reading {report.record.sequence.seq} of {report.record.kid.hex()}")
    return report
