"""The signatures of a draft: which roots signed, which have not, and which signatures are wrong."""

from dataclasses import dataclass, field

from civicroot_wire import keys, sodium
from civicroot_wire import policy as policies
from civicroot_wire.errors import SignatureError
from civicroot_wire.policy import Policy
from civicroot_wire.sodium import Signer

from ..main import CommandError


@dataclass
class Standing:
    """Of one set of roots: kids whose signature verifies, those without one, and (kid, why) of wrong ones."""

    threshold: int
    signed: list[bytes] = field(default_factory=list)
    missing: list[bytes] = field(default_factory=list)
    wrong: list[tuple[bytes, str]] = field(default_factory=list)

    @property
    def enough(self) -> bool:
        """Whether the threshold is reached and nothing is wrong."""
        return len(self.signed) >= self.threshold and not self.wrong

    def says(self) -> str:
        """For people, every root by name."""
        total = len(self.signed) + len(self.missing) + len(self.wrong)
        parts = [f"{len(self.signed)} of {total} roots signed, {self.threshold} needed"]
        if self.signed:
            parts.append("signed by " + _listed(self.signed))
        if self.missing:
            parts.append("not signed by " + _listed(self.missing))
        parts.extend(f"WRONG signature by {kid.hex()} ({why})" for kid, why in self.wrong)
        return "; ".join(parts)


def standing(policy: Policy, roots: list[bytes], threshold: int) -> Standing:
    """How far the signatures by `roots` are."""
    found = Standing(threshold)
    for public in roots:
        kid = keys.kid(public)
        if kid not in policy.signatures:
            found.missing.append(kid)
            continue
        why = _fault(policy, public)
        if why is None:
            found.signed.append(kid)
        else:
            found.wrong.append((kid, why))
    return found


def _fault(policy: Policy, public: bytes) -> str | None:
    """Why the root's signature is wrong; None if it verifies."""
    kid = keys.kid(public)
    alone = Policy(policy.model, {kid: policy.signatures[kid]})
    try:
        # Looks at each signature before it counts them: a missed threshold means that this one holds.
        policies.verify(alone, sodium.verify, [public], 1)
    except SignatureError as error:
        return None if error.reason == "quorum-missed" else error.reason
    return None


def strangers(policy: Policy, *root_sets: list[bytes]) -> list[bytes]:
    """Kids of signatures by no root at all."""
    known = {keys.kid(public) for roots in root_sets for public in roots}
    return sorted(kid for kid in policy.signatures if kid not in known)


def add(policy: Policy, signer: Signer, previous: Policy | None) -> Policy:
    """The policy with one more signature. CommandError if the key is no root's, or signatures there are wrong."""
    roots = policy.roots + (previous.roots if previous is not None else [])
    if signer.public not in roots:
        hint = "" if previous is not None else "; a root of the version before signs with --previous"
        raise CommandError(f"key {signer.kid.hex()} is no root of version {policy.version}{hint}")
    refuse_wrong(policy, roots)
    made = policies.sign(policy.model, [(signer.public, signer)])
    return Policy(policy.model, policy.signatures | made.signatures)


def combine(drafts: list[Policy]) -> Policy:
    """One policy with the signatures of all drafts. CommandError unless all are drafts of one model."""
    model = drafts[0].model
    signatures: dict[bytes, bytes] = {}
    for draft in drafts:
        if draft.model != model:
            raise CommandError("these are drafts of different policies: they do not say the same")
        for kid, signature in draft.signatures.items():
            if signatures.setdefault(kid, signature) != signature:
                raise CommandError(f"two different signatures by root {kid.hex()}: one of them is wrong")
    return Policy(model, signatures)


def refuse_wrong(policy: Policy, roots: list[bytes]) -> None:
    """CommandError that names the roots whose signatures do not verify."""
    wrong = standing(policy, list(dict.fromkeys(roots)), 0).wrong
    if wrong:
        raise CommandError("; ".join(f"the signature by root {kid.hex()} is wrong: {why}" for kid, why in wrong))


def _listed(kids: list[bytes]) -> str:
    return ", ".join(kid.hex() for kid in kids)
