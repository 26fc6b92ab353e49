"""Kinds of log entries, as the column `log_entries.kind` names them."""

POLICY = "policy"
ENROLMENT = "enrolment"
BATCH = "batch"
