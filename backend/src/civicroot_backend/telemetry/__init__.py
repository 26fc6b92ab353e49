"""The telemetry store: a projection of the records that can be dropped and rebuilt (store.py has the contract)."""
