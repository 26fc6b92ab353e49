"""The `cwt` library, which is somebody else's COSE, verifies statements and receipts that the city serves.

It takes external_aad through COSE.decode, and a detached payload as such: of a receipt that is the tree's root.
"""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import cbor2
import pytest
from cwt import COSE, COSEKey
from cwt.cose_key_interface import COSEKeyInterface
from cwt.exceptions import CWTError

from tests.backend.api_city import OpenCity, serve
from tests.conformance import independent_cbor as cbor
from tests.conformance import independent_cose as cose
from tests.conformance import independent_merkle as merkle
from tests.conformance.independent_tiles import TiledLog
from tests.conformance.town import Town, grown

ED25519 = -19


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = OpenCity(tmp_path_factory.mktemp("cwt"))
    with closing(city), serve(city) as served:
        yield grown(served)


def key_of(public: bytes, name: bytes | None = None) -> COSEKeyInterface:
    """The library's key, under another key's identifier if asked."""
    return COSEKey.new({1: 1, -1: 6, -2: public, 3: ED25519, 2: cose.thumbprint(name or public)[:8]})


def verified(data: bytes, public: bytes, aad: bytes = b"", detached: bytes | None = None) -> Any:
    """The payload, as the library finds it."""
    return COSE.new().decode(data, key_of(public), external_aad=aad, detached_payload=detached)


def registrar_key(town: Town) -> bytes:
    """The registrar's public key, from the policy."""
    return town.served.city.city.registrar.public


def by_typ(town: Town, typ: str) -> list[bytes]:
    """The log's entries of a typ, or without one ("")."""
    entries = TiledLog(town.fetch, town.log_key).entries()[1:]
    return [entry for entry in entries if cose.sign1(entry).headers.get(cose.TYP, "") == typ]


@pytest.mark.parametrize(
    "typ",
    [
        "application/civicroot-enrolment+cwt",
        "application/civicroot-revocation+cwt",
        "application/statuslist+cwt",
    ],
)
def test_registrars_statements(town: Town, typ: str) -> None:
    entries = by_typ(town, typ)
    assert entries
    for entry in entries:
        assert verified(entry, registrar_key(town)) == cose.sign1(entry).payload
        with pytest.raises(CWTError):
            verified(entry[:-1] + bytes([entry[-1] ^ 1]), registrar_key(town))
        with pytest.raises(CWTError):
            COSE.new().decode(entry, key_of(town.log_key.public, registrar_key(town)))


def test_organisations_statements_and_their_claims(town: Town) -> None:
    entries = by_typ(town, "application/vnd.example.inspection")
    assert entries == list(town.statements.values())
    enrolled = [cose.sign1(entry) for entry in by_typ(town, "application/civicroot-enrolment+cwt")]
    (office,) = [item for item in enrolled if item.headers[15][2] == "organisation/works"]
    public = cbor2.loads(office.payload or b"")[8][1][-2]
    for entry in entries[::20]:
        protected, _, payload = COSE.new().decode_with_headers(entry, key_of(public))
        claims = protected[15]
        assert (claims[1], claims[2]) == ("organisation/works", "bridge/7")
        assert payload == cose.sign1(entry).payload


def test_batch_headers_under_their_context(town: Town) -> None:
    headers = by_typ(town, "")
    realm, gateway = town.served.city.city.realm, town.served.city.gateway
    assert len(headers) == 2
    for header in headers:
        assert verified(header, gateway.public, f"civicroot/batch/v1/{realm}".encode())
        with pytest.raises(CWTError):
            verified(header, gateway.public)
        with pytest.raises(CWTError):
            verified(header, gateway.public, b"civicroot/batch/v1/elsewhere.example")


def test_receipts_with_the_root_as_detached_payload(town: Town) -> None:
    log = TiledLog(town.fetch, town.log_key)
    for index in (0, 5, *list(town.statements)[::50]):
        receipt = town.get(f"entries/{index}/receipt").content
        assert verified(receipt, town.log_key.public, detached=log.head.root) == log.head.root
        with pytest.raises(CWTError):
            verified(receipt, town.log_key.public, detached=merkle.leaf_hash(b""))


def test_transparent_statements_still_verify_as_statements(town: Town) -> None:
    """Header 394 is unprotected: another COSE library verifies the statement with the receipt attached."""
    index, entry = next(iter(town.statements.items()))
    bare = cose.sign1(entry)
    receipt = town.get(f"entries/{index}/receipt").content
    parts = [bare.protected, {cose.RECEIPTS: [receipt]}, bare.payload, bare.signature]
    enrolled = [cose.sign1(item) for item in by_typ(town, "application/civicroot-enrolment+cwt")]
    (office,) = [item for item in enrolled if item.headers[15][2] == "organisation/works"]
    public = cbor2.loads(office.payload or b"")[8][1][-2]
    assert verified(cbor.write(cbor.Tagged(18, parts)), public) == bare.payload
