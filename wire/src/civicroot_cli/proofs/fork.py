"""A fork that an upgrade meets: two signed heads of one log that no history has both."""

from ..main import Refused


class LogForked(Refused):
    """The log shows another history than was signed before. `evidence`: both signed heads."""

    def __init__(self, detail: str, evidence: str) -> None:
        super().__init__(f"THE LOG FORKED: {detail}")
        self.evidence = evidence
