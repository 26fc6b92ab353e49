"""Signs many messages on MicroPython: micropython ed25519_many.py ENGINE CASES ANSWERS (also when it was compiled).

CASES holds, one after the other: what is asked for (1 byte), seed (32), public key (32), signature (64), length of the
message (2, big-endian), message. ANSWERS gets one for each: of SIGN and KEY the signature or the public key, of VERIFY
the reason of the refusal, padded with spaces to 16 bytes, all spaces for none. The last line printed says in JSON from
which files the code came.
"""

import json
import sys

from civicroot_device.crypto import ed25519

SIGN, KEY, VERIFY = 0, 1, 2
REASON_BYTES = 16
HEAD = 131  # bytes of a case before its message


def main() -> None:
    """Answer all cases."""
    name, cases, answers = sys.argv[1:]
    engine = __import__("civicroot_device.crypto." + name, None, None, (name,))
    with open(cases, "rb") as source, open(answers, "wb") as target:  # noqa: PTH123 (MicroPython has no pathlib)
        while True:
            head = source.read(HEAD)
            if not head:
                break
            message = source.read(int.from_bytes(head[129:131], "big"))
            seed, public, signature = head[1:33], head[33:65], head[65:129]
            if head[0] == SIGN:
                target.write(ed25519.sign(seed, public, message, engine=engine))
            elif head[0] == KEY:
                target.write(ed25519.public_key(seed, engine=engine))
            else:
                target.write(verdict(public, message, signature, engine))
    files = [module.__file__ for module in sys.modules.values() if hasattr(module, "__file__")]
    print(json.dumps({"files": files, "fastest": ed25519._fastest.__name__}))


def verdict(public: bytes, message: bytes, signature: bytes, engine: "ed25519.Engine") -> bytes:
    """Why the signature is refused."""
    reason = ""
    try:
        ed25519.verify(public, message, signature, engine=engine)
    except ed25519.SignatureError as refusal:
        reason = str(refusal.reason)
    return (reason + " " * REASON_BYTES)[:REASON_BYTES].encode()


main()
