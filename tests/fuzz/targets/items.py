"""Plain items: CBOR, records, batches, tiles and entry bundles."""

from civicroot_wire import batch, cbor, record, record_grammar, tile
from civicroot_wire.errors import MalformedError

from tests.fuzz.target import Target
from tests.fuzz.targets.behind import signs_again

ITEM_LIMIT = 1 << 16


def _cbor(data: bytes) -> bytes:
    return cbor.encode(cbor.decode(data, ITEM_LIMIT))


def _record(data: bytes) -> bytes:
    fast = record_grammar.scan(data, 0)
    if fast is not None:  # whatever the grammar takes, the decoder takes, and reads the same
        found = _taken(fast.encoded)
        assert (fast.kid, fast.seq) == (found.kid, found.seq)
        assert (fast.sequence.header(), _seen(fast)) == (found.sequence.header(), _seen(found))
    found = record.decode(data)
    return record.sign(found.kid, found.sequence, found.pack, "a", signs_again(found.message))


def _taken(data: bytes) -> record.Record:
    try:
        return record.decode(data)
    except MalformedError as refused:
        raise AssertionError("the grammar takes what the decoder refuses") from refused


def _seen(found: record.Record) -> list[object]:
    items = [(item.name, str(item.value), item.unit, item.time, item.update_time) for item in found.pack.measurements]
    return [found.pack.base_time, *items]


def _batch_message(data: bytes) -> bytes:
    header, records = batch.decode_message(data)
    try:
        found = batch.decode_header(header)
        batch.check_records(found, records)
    except ValueError:  # of a header: the message was read all the same
        return batch.encode_message(header, records)
    signer = signs_again(found.message)
    again = batch.sign_header(found.kid, found.sequence, records, found.opened, found.closed, "a", signer)
    return batch.encode_message(again, records)


def _tile_path(data: bytes) -> bytes:
    return tile.tile_path(*tile.parse_path(_text(data))).encode()


def _text(data: bytes) -> str:
    """The path of a request, which is text before a decoder meets it."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise MalformedError("bad-text", "a path is text") from error


def _entry_bundle(data: bytes) -> bytes:
    return tile.encode_bundle(tile.decode_bundle(data))


TARGETS = (
    Target("cbor", ("cbor",), _cbor, longest=1024),
    Target("record", ("record",), _record),
    Target("batch-message", ("batch_message",), _batch_message, longest=1024),
    Target("tile-path", ("tile_path",), _tile_path, text=True),
    Target("entry-bundle", ("entry_bundle",), _entry_bundle, longest=1024),
)
