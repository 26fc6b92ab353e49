"""Whom the gateway believes: the policy, enrolled keys, the newest checkpoint."""
