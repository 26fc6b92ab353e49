"""The MicroPython end of tests/support/micropython.py: answers calls on standard input until it is closed.

A request is a decimal length, a newline, and that many bytes of JSON `{"call": "module.name", "args": [...],
"kwargs": {...}}`, `{"get": "module.name"}` or `{"run": source, "kwargs": {...}}`. (The length lets the body
be read in one system call; MicroPython's readline makes one for every byte.)
A reply is one line: REPLY, then JSON `{"result": ...}` or `{"error": class, "reason": ..., "message": ...}`.
Any other line on standard output is something that the called code printed.

JSON has no bytes, tuples or non-string keys, so those travel as one-key objects: `{"hex": "00ff"}`,
`{"tuple": [...]}`, `{"dict": [[key, value], ...]}`; an instance of a class comes back as
`{"object": [class name, fields]}`, fields being its attributes in the encoding of a dict.
"""

import binascii
import json
import sys

REPLY = "\x02="


def decode(value):
    """The Python value of a decoded JSON value."""
    if isinstance(value, list):
        return [decode(item) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, body),) = value.items()
    if kind == "hex":
        return binascii.unhexlify(body)
    if kind == "tuple":
        return tuple([decode(item) for item in body])
    if kind == "dict":
        return {decode(key): decode(item) for key, item in body}
    raise ValueError("unknown encoding " + kind)


def encode(value):
    """The JSON-able form of a Python value."""
    if value is None or value is True or value is False or isinstance(value, (int, str, float)):
        return value
    if isinstance(value, (bytes, bytearray, memoryview)):
        return {"hex": binascii.hexlify(value).decode()}
    if isinstance(value, list):
        return [encode(item) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [encode(item) for item in value]}
    if isinstance(value, dict):
        return {"dict": [[encode(key), encode(item)] for key, item in value.items()]}
    if hasattr(value, "__dict__"):
        return {"object": [type(value).__name__, encode(dict(value.__dict__))]}
    raise TypeError("no encoding for " + type(value).__name__)


def resolve(path):
    """The object that a dotted path names: the longest importable prefix, then attributes."""
    parts = path.split(".")
    for size in range(len(parts) - 1, 0, -1):
        name = ".".join(parts[:size])
        try:
            found = __import__(name, None, None, ["*"])
        except ImportError as failure:
            # Only "no such module" means "try a shorter prefix"; a broken import inside it is reported.
            if size == 1 or name not in str(failure):
                raise
            continue
        for attribute in parts[size:]:
            found = getattr(found, attribute)
        return found
    raise ValueError("no module in " + path)


def answer(request):
    """Run one call and describe its outcome; every exception of the called code is part of the outcome."""
    try:
        return {"result": encode(perform(request))}
    except Exception as failure:  # noqa: BLE001 (reported to the caller, whatever it is)
        return describe(failure)


def perform(request):
    """The value that a request asks for."""
    if "get" in request:
        return resolve(request["get"])
    kwargs = {name: decode(value) for name, value in request["kwargs"].items()}
    if "run" in request:
        exec(request["run"], kwargs)
        return kwargs.get("result")
    return resolve(request["call"])(*[decode(item) for item in request["args"]], **kwargs)


def describe(failure):
    """Class name, `reason` attribute (None without one), text, and base class names of an exception."""
    reason = getattr(failure, "reason", None)
    return {
        "error": type(failure).__name__,
        "bases": bases(type(failure)),
        "reason": reason if reason is None or isinstance(reason, (str, int)) else str(reason),
        "message": str(failure),
    }


def bases(cls):
    """Names of every class that cls derives from, itself included."""
    found = [cls.__name__]
    for base in cls.__bases__ if hasattr(cls, "__bases__") else ():
        found.extend(bases(base))
    return found


def serve():
    """Answer requests until standard input ends."""
    while True:
        size = sys.stdin.buffer.readline()
        if not size:
            return
        reply = answer(json.loads(sys.stdin.buffer.read(int(size))))
        sys.stdout.write(REPLY + json.dumps(reply) + "\n")


serve()
