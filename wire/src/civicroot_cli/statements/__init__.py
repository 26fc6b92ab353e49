"""`civicroot statement`: what organisations put on record, signed, logged and receipted (RFC 9943)."""
