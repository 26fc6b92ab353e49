"""Signing in by another service (OpenID Connect Core 1.0): code flow with PKCE, state and nonce."""
