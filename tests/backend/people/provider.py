"""An OpenID provider with real keys, codes and tokens, that keeps every rule but those that a test has it break."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

CLIENT, SECRET = "civicroot", "a secret of two: words"


@dataclass
class Provider:
    """`claims`, `header`: laid over those of the next token; `now`: its clock. `broken`: paths that do not work."""

    now: int
    issuer: str = ""
    key: RSAKey | ECKey | OctKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    signs_with: RSAKey | ECKey | OctKey | None = None
    claims: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, tuple[int, bytes]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        """Discovery."""
        names = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        names |= {"userinfo_endpoint": "userinfo"}
        return {"issuer": self.issuer, **{key: f"{self.issuer}/{path}" for key, path in names.items()}} | self.metadata

    def authorize(self, url: str) -> str:
        """Somebody signs in there; where the browser goes back to."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        assert "openid" in asked["scope"].split()
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def token(self, fields: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        """The token endpoint: the client's secret, the code once, the same address, and PKCE."""
        pair = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        if [unquote(part) for part in pair.split(":")] != [CLIENT, SECRET]:
            return 401, {"error": "invalid_client"}
        asked = self.codes.pop(fields["code"], None)
        verifier = base64.urlsafe_b64encode(hashlib.sha256(fields["code_verifier"].encode()).digest()).rstrip(b"=")
        if asked is None or asked["redirect_uri"] != fields["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if asked["code_challenge"] != verifier.decode():
            return 400, {"error": "invalid_grant"}
        usual = {"iss": self.issuer, "aud": CLIENT, "sub": "248289761001", "iat": self.now, "exp": self.now + 300}
        claims = usual | {"nonce": asked["nonce"]} | self.claims
        return 200, {"access_token": "at", "token_type": "Bearer", "id_token": self.signed(claims)}

    def signed(self, claims: dict[str, Any]) -> str:
        """An ID token."""
        header = {"alg": "ES256", "kid": "one"} | self.header
        kept = {name: value for name, value in claims.items() if value is not None}
        if header["alg"] == "none":
            parts = (json.dumps(part).encode() for part in (header, kept))
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode(header, kept, self.signs_with or self.key, [header["alg"]])

    def answer(self, method: str, url: str, body: bytes, headers: Any) -> tuple[int, bytes]:
        """Any request; for a redirect, where to."""
        path = urlsplit(url).path
        self.asked.append(path)
        if path in self.broken:
            return self.broken[path]
        if path == "/authorize":
            return 302, self.authorize(url).encode()
        if path == "/.well-known/openid-configuration":
            return 200, json.dumps(self.document()).encode()
        if path == "/keys":
            return 200, json.dumps({"keys": [self.key.as_dict(private=False)]}).encode()
        if path == "/token" and method == "POST":
            fields = {name: values[0] for name, values in parse_qs(body.decode()).items()}
            status, found = self.token(fields, headers["Authorization"] or "")
            return status, json.dumps(found).encode()
        if path == "/userinfo" and headers["Authorization"] == "Bearer at":
            return 200, json.dumps(self.userinfo).encode()
        return 404, b"{}"


@contextmanager
def run(now: int) -> Iterator[Provider]:
    """A provider that listens on this machine."""
    provider = Provider(now)

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            status, content = provider.answer(self.command, self.path, body, self.headers)
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            if status == 302:
                self.send_header("location", content.decode())
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _handle

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="provider")
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
