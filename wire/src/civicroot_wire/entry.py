"""What a log entry is, from its bytes (SPEC.md §5.1)."""

from . import claims, cose, policy
from .cbor import Tag
from .cbor import decode as decode_cbor
from .errors import MalformedError
from .tile import MAX_ENTRY_BYTES

POLICY, BATCH, STATEMENT = "policy", "batch", "statement"
ENROLMENT, REVOCATION, STATUS_LIST = "enrolment", "revocation", "status-list"
CONFIGURATION, RELEASE, PRUNING = "configuration", "release", "pruning"
_BY_TYP = {
    claims.ENROLMENT_TYP: ENROLMENT,
    claims.REVOCATION_TYP: REVOCATION,
    claims.STATUS_LIST_TYP: STATUS_LIST,
    claims.CONFIGURATION_TYP: CONFIGURATION,
    claims.RELEASE_TYP: RELEASE,
    claims.PRUNING_TYP: PRUNING,
}
BY_REGISTRAR = (ENROLMENT, REVOCATION, STATUS_LIST)


def kind_of(data: bytes) -> str:
    """The kind that an entry claims to be; its own decoder says whether it is one. Raises MalformedError."""
    tagged = decode_cbor(data, MAX_ENTRY_BYTES)
    if isinstance(tagged, Tag) and tagged.number == policy.SIGN_TAG:
        return POLICY
    headers = cose.parse(data, MAX_ENTRY_BYTES).headers
    if cose.CWT_CLAIMS not in headers:
        if cose.SEQUENCE in headers:
            return BATCH
        raise MalformedError("wrong-kind", "not an entry of the log")
    typ = headers.get(cose.TYP)
    return _BY_TYP.get(typ, STATEMENT) if isinstance(typ, str) else STATEMENT
