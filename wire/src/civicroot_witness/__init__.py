"""Witness: sees to it that a log shows everybody one history, and says so with its own key (c2sp.org/tlog-witness)."""
