"""A device that broke after it had asked to be enrolled, and before it was configured: its row becomes another one's.

Its key may be in the log, or on its way there. So whoever gives it up says which one it is, and a key that is enrolled
is withdrawn first: nothing of that device counts any more, wherever it is.
"""

from collections.abc import Callable

from civicroot_wire import entry, keys, revocation
from civicroot_wire.errors import WireError

from civicroot_cli import logged
from civicroot_cli.main import CommandError
from civicroot_cli.submission import City

from .errors import WrongDevice
from .journal import Journal
from .registrar import Registrar

GIVEN_UP = "given_up"  # in the journal: keys of devices that this subject had
MAX_WITHDRAWALS = 100  # of one place that are looked through


def free(kid: str, journal: Journal, registrar: Registrar, url: str, say: Callable[[str], None]) -> None:
    """Free the row of the device with this key. Raises WrongDevice if that cannot be, CommandError.

    Once more does nothing: the same command is run again after an interruption.
    """
    if any(kid in known.get(GIVEN_UP, []) for known in journal.found.values()):
        return
    subject = journal.subject_of(kid)
    if subject is None:
        raise WrongDevice(f"--broken {kid}: no row has this device")
    known = journal.of(subject)
    if known.get("committed"):
        raise WrongDevice(f"--broken {kid}: {subject} is configured; `civicroot device replace` puts another one there")
    if registrar.has(kid, subject) and not _is_withdrawn(url, kid, subject):
        raise WrongDevice(
            f"--broken {kid}: this key is enrolled as {subject}; withdraw it first: "
            f"civicroot device retire {kid} --registrar-key FILE --url {url}"
        )
    journal.note(subject, kid=None, state=None, request=None, **{GIVEN_UP: [*known.get(GIVEN_UP, []), kid]})
    registrar.write_requests()
    say(f"  {subject}: device {kid} is given up; the next one takes its row")


def _is_withdrawn(url: str, kid: str, subject: str) -> bool:
    with City(url) as city:
        for index in logged.indices(city, subject, entry.REVOCATION, MAX_WITHDRAWALS):
            try:
                found = revocation.decode(logged.entry(city, index))
            except WireError as error:
                raise CommandError(f"the city answers what no city answers: {error}") from error
            if found.thumbprint[: keys.KID_BYTES].hex() == kid:
                return True
    return False
