"""Trust policies: the log entry, and the file that people pass on."""

import json

from civicroot_wire import policy
from civicroot_wire.errors import WireError

from tests.fuzz.target import AnotherEncodingError, Target
from tests.fuzz.targets.behind import accepts


def _entry(data: bytes) -> bytes:
    found = policy.from_entry(data)
    _judged(found)
    # The file form converts without loss (SPEC.md §6).
    return policy.to_entry(policy.from_file(json.dumps(policy.to_document(found)).encode()))


def _file(data: bytes) -> bytes:
    """JSON has many spellings: what is asked is that the signed form made of it is read as the same policy."""
    found = policy.from_file(data)
    _judged(found)
    entry = policy.to_entry(found)
    if len(entry) <= policy.MAX_POLICY_BYTES:
        read = policy.from_entry(entry)
        if policy.to_document(read) != policy.to_document(found):
            raise AnotherEncodingError(f"another policy: {data!r}")
    return data


def _judged(found: policy.Policy) -> None:
    """Roots' signatures, taken as good, and who is trusted where."""
    try:
        policy.verify(found, accepts, found.roots, found.threshold)
    except WireError as refused:
        assert refused.reason
    for registrar in found.registrars:
        assert found.registrar(registrar.kid, registrar.first).public == registrar.public


TARGETS = (
    Target("policy", ("policy",), _entry),
    Target("policy-file", ("policy_file",), _file, text=True),
)
