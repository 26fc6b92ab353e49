"""Whether a board is to be flashed: one that answers is taken as it is, or plugging it in again would cost its key."""

from .answers import NEW
from .conversation import Conversation, Line
from .errors import Unplugged
from .journal import Journal

PROBE_SECONDS = 8.0  # a board starts in three


def is_blank(line: Line, journal: Journal, version: str | None) -> bool:
    """Whether nobody answers, or a device of another firmware than `version` that is nobody's. Raises CommandError."""
    talk = Conversation(line)
    try:
        about = talk.begin(PROBE_SECONDS)
    except Unplugged as error:
        if error.gone:
            raise
        return True
    if version in (None, about.get("version")) or journal.subject_of(about["kid"]) is not None:
        return False
    state: str = talk.ask("status")["state"]
    return state == NEW
