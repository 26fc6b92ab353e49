"""Kinds of log entries, as the column `log_entries.kind` names them: the names of `civicroot_wire.entry`."""

from civicroot_wire import entry

POLICY = entry.POLICY
BATCH = entry.BATCH
ENROLMENT = entry.ENROLMENT
REVOCATION = entry.REVOCATION
STATUS_LIST = entry.STATUS_LIST
CONFIGURATION = entry.CONFIGURATION
RELEASE = entry.RELEASE
STATEMENT = entry.STATEMENT
PRUNING = entry.PRUNING
