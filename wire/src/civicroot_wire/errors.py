"""Errors of the wire format.

WireError                 every refusal; `.reason` is a name of SPEC.md §9, `.detail` says more
├── MalformedError        the bytes are not what the format asks for
├── SignatureError        a key or signature is refused
├── MerkleError           a path does not lead to a root
├── TrustError            the policy, a role or the order of log positions does not cover it
├── AnchorError           the evidence of an external anchor does not hold
└── ProofError            a proof bundle fails; `.step` names the step of SPEC.md §7
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .finding import Finding


class WireError(ValueError):
    """A refusal with a named reason (SPEC.md §9)."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason + ": " + detail if detail else reason)
        self.reason = reason
        self.detail = detail


class MalformedError(WireError):
    """The bytes are not what the format asks for."""


class SignatureError(WireError):
    """A key or signature is refused."""


class MerkleError(WireError):
    """A path does not lead to the root it should."""


class TrustError(WireError):
    """The trust policy, a role or the order of log positions does not cover it."""


class AnchorError(WireError):
    """The evidence of an external anchor does not hold."""


class ProofError(WireError):
    """A proof bundle fails at `step`; `passed` are the findings of the steps before it (finding.Finding)."""

    def __init__(self, step: str, reason: str, detail: str = "", passed: "list[Finding] | None" = None) -> None:
        super().__init__(reason, step + (": " + detail if detail else ""))
        self.step = step
        self.detail = detail
        self.passed = passed or []
