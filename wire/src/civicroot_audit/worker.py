"""A worker process of an audit (workers.py): examines batches until its standard input ends."""

import signal
import sys

from civicroot_wire import sodium
from civicroot_wire.errors import WireError

from .directory import Directory, Enrolled
from .examine import examine
from .workers import public_of, receive, send


def main(realm: str) -> None:
    """Answer (enrolments, task, message) with the examined records, or with the WireError."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the audit, which then closes our input
    directory = Directory()
    public = public_of(directory)
    while True:
        try:
            news, task, message = receive(sys.stdin.buffer)
        except EOFError:
            return
        for kid, index, role, key in news:
            directory.enrol(Enrolled(index, kid, key, "", role, "", None, None, False))
        try:
            found = examine(task, message, realm, public, sodium.verify)
            answer: object = (found.header, [tuple(item) for item in found.records])
        except WireError as error:
            answer = error
        send(sys.stdout.buffer, answer)


if __name__ == "__main__":
    main(sys.argv[1])
