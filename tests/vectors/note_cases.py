"""Families verifier_key, note, checkpoint, cosignature, beacon and head (SPEC.md §5.2 to §5.4)."""

import hashlib
from collections.abc import Iterator
from typing import Any

from civicroot_wire import base64, note, policy
from civicroot_wire.sodium import Signer

from tests.vectors import city, citylog
from tests.vectors.case import Case, invalid, valid
from tests.vectors.citylog import LOG, WITNESSES, Log, cosigned, log_key, witness_key

DASH = "\u2014 "
LOG_OF_FIVE = Log([b"entry %d" % i for i in range(5)])
HEAD = LOG_OF_FIVE.head()
BODY = note.parse(HEAD).body
A, B, C = WITNESSES
_MOST = (1 << 63) - 1


# Every White_Space of Unicode that is not in ASCII.
SPACES = "\x85\xa0\u1680" + "".join(chr(code) for code in range(0x2000, 0x200B)) + "\u2028\u2029\u202f\u205f\u3000"


def verifier_key_cases() -> Iterator[Case]:
    """Verifier keys of logs and witnesses."""
    unusual = [note.VerifierKey(name, LOG.public) for name in ("ümlaut/name", "\ufeffmark\u200b", "delete\x7f")]
    for key in (log_key(), witness_key(A), *unusual):
        decoded = {
            "name": key.name,
            "key_id": key.key_id.hex(),
            "algorithm": key.algorithm,
            "public": key.public.hex(),
        }
        yield valid(f"key {key.name}", text=str(key), decoded=decoded)
    name, key_id, material = str(log_key()).split("+", 2)
    other = witness_key(A).key_id.hex()
    for flaw, text in (
        ("empty", ""),
        ("no key", f"{name}+{key_id}"),
        ("name empty", f"+{key_id}+{material}"),
        ("name with a space", f"a b+{key_id}+{material}"),
        *((f"name with U+{ord(space):04X}", _vkey("a" + space + "b", LOG.public, 1)) for space in SPACES),
        ("key id of another key", f"{name}+{other}+{material}"),
        ("key id in capitals", f"{name}+{key_id.upper()}+{material}"),
        ("key id of 9 digits", f"{name}+0{key_id}+{material}"),
        ("key of 31 bytes", _vkey(name, LOG.public[:31], 1)),
        ("key of 33 bytes", _vkey(name, LOG.public + b"\x00", 1)),
        ("algorithm 2", _vkey(name, LOG.public, 2)),
        ("base64 without padding", f"{name}+{key_id}+{material.rstrip('=')}AA"),
        ("base64 with a newline", str(log_key()) + "\n"),
        ("base64 of the URL alphabet", f"{name}+{key_id}+-_{material[2:]}"),
    ):
        yield invalid(flaw, "malformed", text=text)


def _vkey(name: str, public: bytes, algorithm: int) -> str:
    key_id = hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).hexdigest()[:8]
    return f"{name}+{key_id}+{base64.encode(bytes([algorithm]) + public)}"


def note_cases() -> Iterator[Case]:
    """Parsing alone; nothing is verified."""
    line = DASH + "name " + base64.encode(b"\x01\x02\x03\x04" + bytes(64)) + "\n"
    decoded_line = {"name": "name", "key_id": "01020304", "signature": bytes(64).hex()}
    filled = "a" * (16384 - 2 - len(line.encode())) + "\n"
    short = {"name": "n", "key_id": "01020304", "signature": "05"}
    for name, body, lines, written in (
        ("one line", "text\n", [line], [decoded_line]),
        ("exactly 16 KiB", filled, [line], [decoded_line]),
        ("sixteen lines", "text\n", [line] * 16, [decoded_line] * 16),
        ("text with an empty line", "a\n\nb\n", [line], [decoded_line]),
        ("text that is not ASCII", "Grüße 🌳\n", [line], [decoded_line]),
        ("text with a control character above U+0020", "a\x7f\x85\n", [line], [decoded_line]),
        ("signature of one byte", "text\n", [DASH + "n AQIDBAU=\n"], [short]),
    ):
        yield valid(name, text=body + "\n" + "".join(lines), decoded={"body": body, "lines": written})
    yield from _bad_notes(line)


def _bad_notes(line: str) -> Iterator[Case]:
    good = "text\n\n" + line
    blob = base64.encode(b"\x01\x02\x03\x04" + bytes(64))
    for name, text in (
        ("empty", ""),
        ("only text", "text\n"),
        ("no signature line", "text\n\n"),
        ("no final newline", good[:-1]),
        ("no empty line", "text\n" + line),
        ("seventeen lines", "text\n\n" + line * 17),
        ("empty line after the signatures", good + "\n"),
        ("empty line between signatures", good + "\n" + "x\n"),
        ("carriage return", good.replace("\n", "\r\n")),
        ("tab in the text", "te\txt\n\n" + line),
        ("NUL in the text", "te\x00xt\n\n" + line),
        ("hyphen instead of dash", "text\n\n- name " + blob + "\n"),
        ("dash without space", "text\n\n\u2014name " + blob + "\n"),
        ("en dash", "text\n\n\u2013 name " + blob + "\n"),
        ("no name", "text\n\n" + DASH + " " + blob + "\n"),
        ("name with plus", "text\n\n" + DASH + "na+me " + blob + "\n"),
        ("name with a next line", "text\n\n" + DASH + "na\x85me " + blob + "\n"),
        ("name with an em space", "text\n\n" + DASH + "na\u2003me " + blob + "\n"),
        ("two spaces", "text\n\n" + DASH + "name  " + blob + "\n"),
        ("space at the end", "text\n\n" + DASH + "name " + blob + " \n"),
        ("no base64", "text\n\n" + DASH + "name\n"),
        ("base64 empty", "text\n\n" + DASH + "name \n"),
        ("only a key id", "text\n\n" + DASH + "name AQIDBA==\n"),
        ("key id cut", "text\n\n" + DASH + "name AQID\n"),
        ("base64 without padding", "text\n\n" + DASH + "name AQIDBAU\n"),
        ("base64 with unused bits set", "text\n\n" + DASH + "name AQIDBAV=\n"),
        ("base64 with a stray character", "text\n\n" + DASH + "name AQID*BAU=\n"),
        ("base64 of the URL alphabet", "text\n\n" + DASH + "name AQIDBA-_\n"),
        ("base64 goes on after padding", "text\n\n" + DASH + "name AQIDBAU=AQIDBAU=\n"),
        ("base64 with extra padding", "text\n\n" + DASH + "name AQIDBAUG====\n"),
    ):
        yield invalid(name, "malformed", text=text)
    yield invalid("one byte over 16 KiB", "too-large", text="a" * (16384 - 1 - len(line.encode())) + "\n\n" + line)
    yield invalid("text that is not UTF-8", "bad-text", b"te\xffxt\n\n" + line.encode())
    yield invalid("overlong newline", "bad-text", b"text\xc0\x8a\n\n" + line.encode())
    yield invalid("surrogate", "bad-text", b"te\xed\xa0\x80xt\n\n" + line.encode())


def _log_note(body: str, key: note.VerifierKey | None = None, signer: Signer = LOG) -> str:
    return note.sign(body, key or log_key(), signer)


def checkpoint_cases() -> Iterator[Case]:
    """A log's signed tree head, verified with its key."""
    inputs = {"vkey": str(log_key())}
    empty = Log().head()
    for name, text, size, root in (
        ("five entries", HEAD, 5, LOG_OF_FIVE.root()),
        ("no entry", empty, 0, Log().root()),
        (
            "largest",
            _log_note(f"{city.ORIGIN}\n{(1 << 63) - 1}\n{base64.encode(bytes(32))}\n"),
            (1 << 63) - 1,
            bytes(32),
        ),
        ("with cosignatures of others", cosigned(HEAD, A, B), 5, LOG_OF_FIVE.root()),
    ):
        number: Any = size if size < 1 << 53 else {"integer": str(size)}
        yield valid(name, text=text, decoded={"origin": city.ORIGIN, "size": number, "root": root.hex()}, **inputs)
    root = base64.encode(LOG_OF_FIVE.root())
    for name, reason, body in _bad_bodies(root):
        yield invalid(name, reason, text=_log_note(body), **inputs)
    yield from _badly_signed(root, inputs)
    seen = {"vkey": str(witness_key(A))}
    yield invalid("a witness's key", "wrong-algorithm", text=cosigned(HEAD, A), **seen)


def _bad_bodies(root: str) -> Iterator[tuple[str, str, str]]:
    origin = city.ORIGIN
    yield "size with a leading zero", "malformed", f"{origin}\n05\n{root}\n"
    yield "size 00", "malformed", f"{origin}\n00\n{base64.encode(Log().root())}\n"
    yield "size negative", "malformed", f"{origin}\n-5\n{root}\n"
    yield "size with a plus", "malformed", f"{origin}\n+5\n{root}\n"
    yield "size with a space", "malformed", f"{origin}\n 5\n{root}\n"
    yield "size hexadecimal", "malformed", f"{origin}\n0x5\n{root}\n"
    yield "size with an underscore", "malformed", f"{origin}\n1_0\n{root}\n"
    yield "size in digits that are not ASCII", "malformed", f"{origin}\n٥\n{root}\n"
    yield "size empty", "malformed", f"{origin}\n\n{root}\n"
    yield "size 2^63", "malformed", f"{origin}\n{1 << 63}\n{root}\n"
    yield "size of twenty digits", "malformed", f"{origin}\n{10**19}\n{root}\n"
    yield "extension line", "malformed", f"{origin}\n5\n{root}\nextension\n"
    yield "empty extension line", "malformed", f"{origin}\n5\n{root}\n\n"
    yield "no root", "malformed", f"{origin}\n5\n"
    yield "origin with a space", "malformed", f"{origin} x\n5\n{root}\n"
    yield "origin with a plus", "malformed", f"{origin}+x\n5\n{root}\n"
    yield "root of 31 bytes", "bad-length", f"{origin}\n5\n{base64.encode(bytes(31))}\n"
    yield "root of 33 bytes", "bad-length", f"{origin}\n5\n{base64.encode(bytes(33))}\n"
    yield "root without padding", "malformed", f"{origin}\n5\n{root.rstrip('=')}\n"
    yield "root with unused bits set", "malformed", f"{origin}\n5\n{root[:42]}{unused_bit(root[42])}=\n"
    yield "empty tree with another root", "bad-path", f"{origin}\n0\n{root}\n"


def unused_bit(letter: str) -> str:
    """A base64 letter before `=`, with a bit set that canonical base64 leaves zero."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return alphabet[alphabet.index(letter) | 1]


def _badly_signed(root: str, inputs: dict[str, Any]) -> Iterator[Case]:
    other = city.key("somebody else")
    edited = HEAD.replace("\n5\n", "\n6\n")
    wrong_id = relined(HEAD, lambda blob: bytes([blob[0] ^ 1]) + blob[1:])
    for name, reason, text in (
        ("size edited", "bad-signature", edited),
        ("root edited", "bad-signature", HEAD.replace(root, base64.encode(bytes(32)))),
        ("signed by another key under the name", "untrusted", _log_note(BODY, log_key(key=other), other)),
        ("signature by another key under the key id", "bad-signature", _log_note(BODY, log_key(), other)),
        ("wrong key id", "untrusted", wrong_id),
        ("only cosignatures", "untrusted", cosigned(BODY + "\n" + note.line(witness_key(B), bytes(72)), A)),
        ("signed twice by the log", "not-deterministic", HEAD + HEAD.splitlines(keepends=True)[-1]),
        ("signature of 63 bytes", "bad-length", relined(HEAD, lambda blob: blob[:-1])),
        ("signature of 65 bytes", "bad-length", relined(HEAD, lambda blob: blob + b"\x00")),
        (
            "bit flipped in the signature",
            "bad-signature",
            relined(HEAD, flip),
        ),
        ("origin of another log", "untrusted", Log(LOG_OF_FIVE.entries, "elsewhere.example").head()),
    ):
        yield invalid(name, reason, text=text, **inputs)


def relined(text: str, change: Any) -> str:
    """The note with the key id and signature of its last line changed."""
    lines = text.splitlines(keepends=True)
    dash, name, encoded = lines[-1].rstrip("\n").split(" ")
    lines[-1] = f"{dash} {name} {base64.encode(change(base64.decode(encoded)))}\n"
    return "".join(lines)


def flip(blob: bytes) -> bytes:
    """One bit of the signature's S flipped."""
    return blob[:-20] + bytes([blob[-20] ^ 1]) + blob[-19:]


def cosignature_cases() -> Iterator[Case]:
    """A witness's line, verified with its key."""
    inputs = {"vkey": str(witness_key(A))}
    for name, time in (("a cosignature", city.NOW), ("time 0", 0), ("latest time", (1 << 63) - 1)):
        number: Any = time if time < 1 << 53 else {"integer": str(time)}
        yield valid(name, text=cosigned(HEAD, A, time=time), decoded={"time": number}, **inputs)
    good = cosigned(HEAD, A)
    plain = HEAD + note.line(witness_key(A), city.NOW.to_bytes(8, "big") + city.key(A)(BODY.encode()))
    late = HEAD + note.line(witness_key(A), (1 << 63).to_bytes(8, "big") + bytes([5] * 64))
    for name, reason, text in (
        ("time edited", "bad-signature", relined(good, lambda blob: blob[:11] + bytes([blob[11] ^ 1]) + blob[12:])),
        ("body edited", "bad-signature", good.replace("\n5\n", "\n6\n")),
        ("signed without time", "bad-signature", plain),
        ("time of 2^63", "out-of-range", late),
        ("cut", "bad-length", relined(good, lambda blob: blob[:-1])),
        ("one byte more", "bad-length", relined(good, lambda blob: blob + b"\x00")),
        ("time missing", "bad-length", relined(good, lambda blob: blob[:4] + blob[12:])),
        ("wrong key id", "key-mismatch", relined(good, lambda blob: bytes([blob[0] ^ 1]) + blob[1:])),
        ("another witness", "key-mismatch", cosigned(HEAD, B)),
    ):
        yield invalid(name, reason, text=text, **inputs)
    as_log = note.VerifierKey(A, city.key(A).public)
    line = HEAD + note.line(as_log, city.key(A)(BODY.encode()))
    yield invalid("key of the plain algorithm", "key-mismatch", text=line, vkey=str(as_log))


def beacon_cases() -> Iterator[Case]:
    """The beacon of a checkpoint for a set of witnesses; lines of others and the order of lines change nothing."""
    for name, text, names in (
        ("no witness", HEAD, ()),
        ("one of one", cosigned(HEAD, A), (A,)),
        ("two of three", cosigned(HEAD, A, C), WITNESSES),
        ("three of three", cosigned(HEAD, A, B, C), WITNESSES),
        (
            "lines in another order",
            HEAD + "".join(reversed(cosigned(HEAD, A, B, C).splitlines(keepends=True)[5:])),
            WITNESSES,
        ),
        ("a line of an unknown witness", cosigned(HEAD, A, B, C), (A, C)),
    ):
        yield valid(
            name, text=text, vkeys=[str(witness_key(each)) for each in names], decoded={"beacon": _beacon(text, names)}
        )


def _beacon(text: str, names: tuple[str, ...]) -> str:
    """SPEC.md §5.4 word for word."""
    blobs = []
    for line in text.split("\n\n")[1].splitlines():
        _, name, encoded = line.split(" ")
        if name in names:
            blobs.append(base64.decode(encoded))
    return hashlib.sha256(BODY.encode() + b"".join(sorted(blobs))).hexdigest()[:16]


def head_cases() -> Iterator[Case]:
    """A checkpoint judged by a trust policy; `strict` as in a proof bundle."""
    document = policy.to_document(citylog.signed_policy(citylog.model()))
    loose: dict[str, Any] = {"policy": document, "strict": False}
    strict = {**loose, "strict": True}
    for name, text, names, inputs in (
        ("three witnesses", cosigned(HEAD, A, B, C), (A, B, C), strict),
        ("no witness: the quorum is judged elsewhere", HEAD, (), strict),
        ("an unknown witness is ignored", cosigned(HEAD, A, "unknown.example"), (A,), loose),
    ):
        decoded = {"origin": city.ORIGIN, "size": 5, "root": LOG_OF_FIVE.root().hex()}
        seen = [[each, city.NOW + late] for late, each in enumerate(names)]
        yield valid(name, text=text, decoded={**decoded, "cosigned": seen}, **inputs)
    flipped = relined(cosigned(HEAD, A), flip)
    other = city.key("somebody else")
    for name, reason, text, inputs in (
        ("an unknown witness, strictly", "untrusted", cosigned(HEAD, A, "unknown.example"), strict),
        ("a known witness's line does not verify", "bad-signature", flipped, loose),
        ("a witness twice", "not-deterministic", cosigned(cosigned(HEAD, A), A, time=city.NOW + 9), loose),
        (
            "a log that the policy does not know",
            "untrusted",
            Log(LOG_OF_FIVE.entries, "elsewhere.example").head(),
            loose,
        ),
        ("another key under the log's name", "untrusted", LOG_OF_FIVE.head(key=other), loose),
        ("an edited size", "bad-signature", HEAD.replace("\n5\n", "\n4\n"), loose),
    ):
        yield invalid(name, reason, text=text, **inputs)
    yield from _ranges()


def _ranges() -> Iterator[Case]:
    """Keys are judged by index size - 1 = 4."""
    vkey, last = str(log_key()), [{"vkey": str(witness_key(A)), "first": 0, "last": 4}]
    for name, reason, logs, witnesses in (
        ("log key until index 4", None, [{"vkey": vkey, "first": 4, "last": 4}], last),
        ("log key until index 3", "untrusted", [{"vkey": vkey, "first": 0, "last": 3}], last),
        ("log key from index 5", "untrusted", [{"vkey": vkey, "first": 5}], last),
        (
            "witness from index 5, strictly",
            "untrusted",
            [{"vkey": vkey, "first": 0}],
            [{**last[0], "first": 5, "last": 9}],
        ),
    ):
        content = citylog.model(logs=logs, witnesses=witnesses, quorum=0)
        inputs = {"policy": policy.to_document(citylog.signed_policy(content)), "strict": True}
        decoded = {"origin": city.ORIGIN, "size": 5, "root": LOG_OF_FIVE.root().hex(), "cosigned": [[A, city.NOW]]}
        text = cosigned(HEAD, A)
        yield (
            invalid(name, reason, text=text, **inputs) if reason else valid(name, text=text, decoded=decoded, **inputs)
        )
