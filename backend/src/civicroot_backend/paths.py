"""Paths of the API and the pages, as far as others refer to them; QR codes do."""

API = "/api/v1"
PAGE_OF_KIND = {"bin": "/b/", "tree": "/t/"}  # short, since they stand in QR codes


def page_of(subject: str) -> str | None:
    """The subject's page, if its kind has one."""
    kind, _, name = subject.partition("/")
    prefix = PAGE_OF_KIND.get(kind)
    return None if prefix is None else prefix + name


def proof_of(kid: str, seq: int) -> str:
    """The proof file of a record; `kid` in hexadecimal."""
    return f"{API}/devices/{kid}/records/{seq}/proof"


def entry_path(index: int) -> str:
    """A log entry's exact bytes."""
    return f"/entries/{index}"


def entry_proof(index: int) -> str:
    """The proof file of a log entry."""
    return f"{entry_path(index)}/proof"


def number_path(kid: str, seq: int) -> str:
    """What became of one number of a device, and what shows it; `kid` in hexadecimal."""
    return f"{API}/devices/{kid}/numbers/{seq}"
