"""What stands in the way of a request; `reason` is what programs read.

BackendError
└── Conflict    somebody else has the place or the key, it was withdrawn, or it is elsewhere: nothing is overwritten
"""

from civicroot_backend.errors import BackendError

KEY_REVOKED = "revoked"  # nobody comes back after a revocation
KEY_ENROLLED = "already-enrolled"  # as what it asks for: there is nothing to be done
KEY_ELSEWHERE = "enrolled-elsewhere"  # as something else: a move is the registrar's errand
SUBJECT_TAKEN = "subject-taken"  # another device is there: a replacement is the registrar's errand
ASKED_ELSEWHERE = "asked-elsewhere"  # the same device asks for another place
SUBJECT_ASKED = "subject-asked"  # another device asks for the same place
ASKED_OTHERWISE = "asked-otherwise"  # the same request with other words or another place waits
OTHER_DISTRICT = "other-district"  # the inventory has the place in another one
DECIDED = "decided"  # the registrar, or the crew, has decided already
ALL = (
    KEY_REVOKED,
    KEY_ENROLLED,
    KEY_ELSEWHERE,
    SUBJECT_TAKEN,
    ASKED_ELSEWHERE,
    SUBJECT_ASKED,
    ASKED_OTHERWISE,
    OTHER_DISTRICT,
    DECIDED,
)


class Conflict(BackendError):
    """`reason` is one of ALL; the message says who is in the way."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
