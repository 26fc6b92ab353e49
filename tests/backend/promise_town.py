"""A town whose promise can be kept or broken: a real backend, witnesses, a time-stamp authority and an auditor."""

import base64
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from civicroot_audit.as_json import as_json
from civicroot_audit.auditor import audit
from civicroot_audit.options import Options
from civicroot_audit.source import open_source
from civicroot_backend.genesis import Anchoring, Outside, Witness
from civicroot_backend.service import Backend
from civicroot_wire import batch, record, state
from civicroot_wire.sodium import Signer
from civicroot_wire.state import State

from tests.backend.api_city import Served, serve
from tests.backend.city import REALM, City, batch_message, commit, signed_record
from tests.backend.witness_server import WitnessServer, three_witnesses
from tests.support.tsa import Answer, Stamping, TsaServer, authority, rsa_key, stamper

PROMISE = 600  # seconds in which bin/12 promises to report again


@dataclass
class Town:
    """bin/12 behind gateway/1, three witnesses of which two must cosign, a clock, and an auditor."""

    city: City
    backend: Backend
    witnesses: list[WitnessServer]
    clock: dict[str, bool]
    gateway: Signer
    device: Signer
    report: Path
    served: Served

    def says(self, said: State) -> None:
        """What the gateway's state at the broker says."""
        self.backend.gateways.said(self.gateway.kid, state.encode(said))

    def audit(self, folder: Path) -> None:
        """An auditor with its memory in `folder` writes its report."""
        public = self.city.config.data_directory / "public"
        found = audit(open_source(str(public)), self.backend.policy, folder, options=Options(api="none", jobs=1))
        self.report.write_text(json.dumps(as_json(found)))

    def refuse(self) -> None:
        """A batch comes with a record by a key that nobody enrolled."""
        stranger = signed_record(Signer.generate(), 0, base_time=self.city.now)
        commit(self.backend, self.gateway, batch_message(self.gateway, 1, [stranger], 0, self.city.now))

    def ask(self) -> dict[str, Any]:
        """The API's answer."""
        answer = self.served.client.get("/api/v1/promise")
        assert answer.status_code == 200, answer.text
        assert answer.headers["cache-control"] == "no-store"
        body: dict[str, Any] = answer.json()
        return body


@dataclass
class _Open:
    """What `serve` needs."""

    city: City
    backend: Any


def _clock(url: str, certificates: Path, root: bytes) -> Anchoring:
    item = {"name": "clock.example", "kind": "rfc3161", "first": 0, "certificate": base64.b64encode(root).decode()}
    settings: dict[str, object] = {"url": url, "certificates": str(certificates), "interval_seconds": 1}
    return Anchoring("clock.example", "rfc3161", item, {"kind": "rfc3161", **settings})


@contextmanager
def promising_town(tmp_path: Path, static: Path | None = None) -> Iterator[Town]:
    """Served with the pages in `static`; nothing is published yet."""
    root = authority("Root of the clock", rsa_key())
    signer = stamper("Clock", rsa_key(), root)
    stamping, works = Stamping(tmp_path / "clock", signer), {"works": True}
    pem = tmp_path / "chain.pem"
    pem.write_bytes(signer.pem)

    def stamp(query: bytes) -> Answer:
        return Answer(stamping.reply(query)) if works["works"] else Answer(b"", status=503)

    with three_witnesses() as witnesses, TsaServer(stamp) as clock:
        named = tuple(Witness(item.vkey, item.name, item.url) for item in witnesses)
        city = City(tmp_path / "city", None, REALM, Outside(named, 2, (_clock(clock.url, pem, root.der),)))
        city.now = int(time.time())
        for witness in witnesses:
            witness.logs[f"{REALM}/log"] = city.log_key.public
            witness.clock = lambda: city.now
        report = tmp_path / "audit.json"
        with city.backend(audit_report_file=report) as backend, serve(_Open(city, backend), static) as served:  # type: ignore[arg-type]
            gateway = city.enrolled(backend, "gateway/1", batch.ROLE)
            device = city.enrolled(backend, "bin/12", record.ROLE)
            first = signed_record(device, 0, promised=PROMISE, base_time=city.now)
            commit(backend, gateway, batch_message(gateway, 0, [first], 0, city.now))
            yield Town(city, backend, witnesses, works, gateway, device, report, served)
