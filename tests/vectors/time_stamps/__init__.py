"""Time-stamps for the family anchor_rfc3161: made once, since neither OpenSSL nor ECDSA make the same ones twice."""
