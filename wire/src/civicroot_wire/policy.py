"""Trust policy: what a verifier trusts, signed by the city's roots (SPEC.md §6)."""

import json

from . import base64, cose, keys, note, shape
from .cbor import Tag, encode
from .cbor import decode as decode_cbor
from .errors import MalformedError, SignatureError, TrustError
from .names import realm as check_realm
from .policy_anchor import Anchor
from .trusted import Trusted, range_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from .cose import Sign, Verify

FORMAT = "civicroot/policy/v1"
KIND = "policy"
TYP = "application/civicroot-policy+cbor"
SIGN_TAG = 98
MAX_POLICY_BYTES = 65535  # a log entry
MAX_FILE_BYTES = 256 * 1024  # the same as JSON, which may spell one character with six
MAX_ROOTS = 16
MAX_KEYS = 64
MAX_VKEY = 256
_FIELDS = ("format", "realm", "version", "roots", "logs", "registrars", "witnesses", "quorum", "anchors")


class TrustedKey(Trusted):
    """A trusted `public` key with its `kid`; `key` is its form for notes, if it signs them."""

    __slots__ = ("key", "kid", "public")

    def __init__(
        self, name: str, public: bytes, first: int, last: "int | None", key: "note.VerifierKey | None" = None
    ) -> None:
        super().__init__(name, first, last)
        self.public = public
        self.kid = keys.kid(public)
        self.key = key


class Policy:
    """A read policy. `model` is the data it was read from; `signatures` maps root kid to signature."""

    def __init__(self, model: "dict[int | str, object]", signatures: "dict[bytes, bytes]") -> None:
        fields = shape.mapping(model, "policy", _FIELDS)
        if fields["format"] != FORMAT:
            raise MalformedError("wrong-kind", "format is not " + FORMAT)
        self.model = model
        self.signatures = signatures
        self.realm = check_realm(shape.text(fields["realm"], "realm"))
        self.version = shape.integer(fields["version"], "version", 1, shape.UINT32)
        roots = shape.mapping(fields["roots"], "roots", ("threshold", "keys"))
        self.roots = [_public(item) for item in shape.array(roots["keys"], "root keys", 1, MAX_ROOTS)]
        _unique(self.roots, "root keys")
        self.threshold = shape.integer(roots["threshold"], "threshold", 1, len(self.roots))
        self.logs = _named(fields["logs"], "logs", note.ED25519, 1)
        self.witnesses = _named(fields["witnesses"], "witnesses", note.COSIGNATURE, 0)
        self.registrars = _registrars(fields["registrars"])
        self.quorum = shape.integer(fields["quorum"], "quorum", 0, len(self.witnesses))
        self.anchors = _anchors(fields["anchors"])

    def registrar(self, kid: bytes, index: int) -> TrustedKey:
        """The registrar with `kid`, trusted at log `index`; raises TrustError."""
        for candidate in self.registrars:
            if candidate.kid == kid and candidate.covers(index):
                return candidate
        raise TrustError("untrusted", "registrar %s at index %d" % (kid.hex(), index))

    def anchor(self, name: str, index: int) -> Anchor:
        """The anchor `name`, accepted for a tree whose newest entry has this log `index`; raises TrustError."""
        for candidate in self.anchors:
            if candidate.name == name and candidate.covers(index):
                return candidate
        raise TrustError("untrusted", "anchor %s at index %d" % (name, index))


def _unique(values: "list[bytes]", what: str) -> None:
    if len(set(values)) != len(values):
        raise MalformedError("not-deterministic", what + " repeat")


def _check_keys(trusted: "list[TrustedKey]", what: str) -> None:
    """Each key once; keys of one name follow one another."""
    _unique([item.public for item in trusted], what)
    _check_ranges(trusted, what)


def _check_ranges(trusted: "Sequence[Trusted]", what: str) -> None:
    """Those of one name follow one another."""
    for position, item in enumerate(trusted):
        for other in trusted[:position]:
            if other.name == item.name and (other.covers(item.first) or item.covers(other.first)):
                raise MalformedError("out-of-range", "%s: two of %s at once" % (what, item.name))


def _public(value: object) -> bytes:
    return shape.octets(base64.decode(shape.text(value, "public key")), "public key", 32, 32)


def _named(value: object, what: str, algorithm: int, least: int) -> "list[TrustedKey]":
    found = []
    for item in shape.array(value, what, least, MAX_KEYS):
        fields = shape.mapping(item, what, ("vkey", "first"), ("last",))
        key = note.parse_key(shape.text(fields["vkey"], "vkey", 1, MAX_VKEY))
        if key.algorithm != algorithm:
            raise MalformedError("wrong-algorithm", "%s is no key for %s" % (key.name, what))
        first, last = range_of(fields)
        found.append(TrustedKey(key.name, key.public, first, last, key))
    _check_keys(found, what)
    _unique([item.key.key_id for item in found if item.key is not None], what)
    return found


def _registrars(value: object) -> "list[TrustedKey]":
    found = []
    for item in shape.array(value, "registrars", 0, MAX_KEYS):
        fields = shape.mapping(item, "registrar", ("name", "key", "first"), ("last",))
        first, last = range_of(fields)
        found.append(TrustedKey(shape.text(fields["name"], "name"), _public(fields["key"]), first, last))
    _check_keys(found, "registrars")
    _unique([item.kid for item in found], "registrars")
    return found


def _anchors(value: object) -> "list[Anchor]":
    found = [Anchor(item) for item in shape.array(value, "anchors", 0, MAX_KEYS)]
    _check_ranges(found, "anchors")
    return found


def _body_protected() -> bytes:
    return encode({cose.TYP: TYP})


def _sign_protected(kid: bytes) -> bytes:
    return encode({cose.ALG: cose.ED25519, cose.KID: kid})


def _to_be_signed(model: "dict[int | str, object]", kid: bytes) -> bytes:
    """Sig_structure of a COSE_Signature (RFC 9052 §4.4)."""
    realm = shape.text(model.get("realm"), "realm")
    return encode(["Signature", _body_protected(), _sign_protected(kid), cose.aad(KIND, realm), encode(model)])


def sign(model: "dict[int | str, object]", roots: "list[tuple[bytes, Sign]]") -> Policy:
    """Sign `model` with each (public key, signer) of `roots`."""
    kids = [(keys.kid(public), signer) for public, signer in roots]
    return Policy(model, {kid: signer(_to_be_signed(model, kid)) for kid, signer in kids})


def verify(policy: Policy, verifier: "Verify", roots: "list[bytes] | None" = None, threshold: int = 0) -> Policy:
    """Return the policy if its own roots, and the earlier `roots` if given, signed it by their thresholds."""
    known = {keys.kid(public): public for public in policy.roots + (roots or [])}
    # 1. Every root's signature verifies; other keys' say nothing, and somebody new to the city cannot know them.
    for kid, signature in policy.signatures.items():
        if kid in known:
            verifier(known[kid], _to_be_signed(policy.model, kid), signature)
    # 2. Enough of its own roots signed: they accept it.
    _check_threshold(policy, policy.roots, policy.threshold)
    # 3. Enough of the roots before it signed: they handed over.
    if roots is not None:
        _check_threshold(policy, roots, threshold)
    return policy


def _check_threshold(policy: Policy, roots: "list[bytes]", threshold: int) -> None:
    signed = sum(1 for public in roots if keys.kid(public) in policy.signatures)
    if signed < threshold:
        raise SignatureError("quorum-missed", "%d of %d roots signed, %d needed" % (signed, len(roots), threshold))


def to_entry(policy: Policy) -> bytes:
    """The signed form, a COSE_Sign: what the log carries."""
    rows = [[_sign_protected(kid), {}, signature] for kid, signature in sorted(policy.signatures.items(), key=_first)]
    return encode(Tag(SIGN_TAG, [_body_protected(), {}, encode(policy.model), rows]))


def _first(pair: "tuple[bytes, bytes]") -> bytes:
    return pair[0]


def from_entry(data: bytes) -> Policy:
    """Read the signed form strictly; nothing is verified yet."""
    tagged = decode_cbor(data, MAX_POLICY_BYTES)
    if not isinstance(tagged, Tag) or tagged.number != SIGN_TAG:
        raise MalformedError("wrong-type", "not a tagged COSE_Sign")
    body, unprotected, payload, rows = shape.array(tagged.value, "COSE_Sign", 4, 4)
    if body != _body_protected():
        raise MalformedError("wrong-kind", "not a policy")
    shape.mapping(unprotected, "unprotected header", ())
    model = decode_cbor(shape.octets(payload, "payload", 1, MAX_POLICY_BYTES), MAX_POLICY_BYTES)
    if not isinstance(model, dict):
        raise MalformedError("wrong-type", "policy is not a map")
    policy = Policy(model, _signatures(rows))
    if to_entry(policy) != data:
        raise MalformedError("not-deterministic", "signatures are not ascending")
    return policy


def _signatures(rows: object) -> "dict[bytes, bytes]":
    found = {}
    for row in shape.array(rows, "signatures", 1, 2 * MAX_ROOTS):
        protected, unprotected, signature = shape.array(row, "COSE_Signature", 3, 3)
        headers = shape.mapping(
            decode_cbor(shape.octets(protected, "protected", 1, 64), 64), "protected", (cose.ALG, cose.KID)
        )
        if headers[cose.ALG] != cose.ED25519:
            raise MalformedError("wrong-algorithm", "alg is not %d" % cose.ED25519)
        shape.mapping(unprotected, "unprotected header", ())
        kid = shape.octets(headers[cose.KID], "kid", keys.KID_BYTES, keys.KID_BYTES)
        found[kid] = shape.octets(signature, "signature", 64, 64)
    return found


def to_document(policy: Policy) -> "dict[str, object]":
    """The data of `policy.json`."""
    rows = [
        {"kid": kid.hex(), "signature": base64.encode(signature)}
        for kid, signature in sorted(policy.signatures.items(), key=_first)
    ]
    return {"policy": policy.model, "signatures": rows}


def from_file(content: bytes) -> Policy:
    """Read the bytes of `policy.json` strictly; nothing is verified yet. Raises MalformedError."""
    if len(content) > MAX_FILE_BYTES:
        raise MalformedError("too-large", "policy file over %d bytes" % MAX_FILE_BYTES)
    try:
        document = json.loads(content)
    except (ValueError, RuntimeError) as error:  # RuntimeError: nested deeper than the interpreter's stack
        raise MalformedError("malformed", "not JSON: %s" % error) from error
    return from_document(document)


def from_document(document: object) -> Policy:
    """Read the data of `policy.json` strictly; nothing is verified yet."""
    fields = shape.mapping(document, "policy file", ("policy", "signatures"))
    model = fields["policy"]
    if not isinstance(model, dict):
        raise MalformedError("wrong-type", "policy is not an object")
    signatures: "dict[bytes, bytes]" = {}
    for row in shape.array(fields["signatures"], "signatures", 1, 2 * MAX_ROOTS):
        entry = shape.mapping(row, "signature", ("kid", "signature"))
        kid = _hex(shape.text(entry["kid"], "kid"))
        if kid in signatures:
            raise MalformedError("not-deterministic", "two signatures by root " + kid.hex())
        signatures[kid] = shape.octets(base64.decode(shape.text(entry["signature"], "signature")), "signature", 64, 64)
    return Policy(model, signatures)


def _hex(text: str) -> bytes:
    if len(text) != 2 * keys.KID_BYTES or any(letter not in "0123456789abcdef" for letter in text):
        raise MalformedError("malformed", "not a kid: " + text)
    return bytes.fromhex(text)
