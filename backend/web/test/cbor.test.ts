import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHex, toHex } from "../src/verifier/bytes.ts";
import { type CborValue, Decimal, decode, encode } from "../src/verifier/cbor.ts";
import { WireError } from "../src/verifier/errors.ts";
import { refused } from "./support/refusal.ts";
import { report, sharedText } from "./support/shared.ts";

const LIMIT = 1024;

interface Appendix {
  readonly hex: string;
  readonly roundtrip: boolean;
  readonly decoded?: unknown;
  readonly diagnostic?: string;
}

/** Appendix A items of the profile: no float, no other simple value or tag; those of indefinite length do not round-trip. */
function inProfile({ hex, roundtrip }: Appendix): boolean {
  const lead = Number.parseInt(hex.slice(0, 2), 16);
  return roundtrip && lead >> 5 !== 6 && (lead >> 5 !== 7 || (lead >= 0xf4 && lead <= 0xf6));
}

function plain(value: CborValue): unknown {
  if (value instanceof Map) return Object.fromEntries(Array.from(value, ([key, item]) => [String(key), plain(item)]));
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === "bigint" ? String(value) : value;
}

function stringified(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(stringified);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, stringified(item)]));
  }
  return typeof value === "number" ? String(value) : value;
}

/** JSON.parse would round integers over 2^53, so those are quoted first. */
function parseAppendix(text: string): readonly Appendix[] {
  return JSON.parse(text.replace(/"decoded": (-?\d{16,})(?=\s)/g, '"decoded": "$1"')) as readonly Appendix[];
}

test("RFC 8949 appendix A: the profile's items decode and encode, all others are refused", () => {
  const text = sharedText("cbor/appendix_a.json");
  const cases = text === undefined ? undefined : parseAppendix(text);
  report("cbor appendix A", cases?.length);
  for (const item of cases ?? []) {
    const bytes = fromHex(item.hex);
    if (!inProfile(item)) {
      assert.throws(() => decode(bytes, LIMIT), WireError, item.hex);
      continue;
    }
    const value = decode(bytes, LIMIT);
    assert.equal(toHex(encode(value)), item.hex);
    if (item.decoded !== undefined) assert.deepEqual(plain(value), stringified(item.decoded), item.hex);
  }
});

test("every fault of encoding has its reason", () => {
  const cases = {
    "": "truncated",
    "19": "truncated",
    "4201": "truncated",
    "9b7fffffffffffffff": "truncated",
    "bb7fffffffffffffff": "truncated",
    "0000": "trailing-bytes",
    "1800": "not-deterministic",
    "190017": "not-deterministic",
    "1900ff": "not-deterministic",
    "1a0000ffff": "not-deterministic",
    "1b00000000ffffffff": "not-deterministic",
    "5801aa": "not-deterministic",
    "a201000100": "not-deterministic",
    "a202000100": "not-deterministic",
    "a2616100187b00": "not-deterministic",
    "9fff": "not-deterministic",
    "5f4100ff": "not-deterministic",
    "ff": "not-deterministic",
    "1c": "forbidden-item",
    "f7": "forbidden-item",
    "f90000": "forbidden-item",
    "fb3ff8000000000000": "forbidden-item",
    "f820": "forbidden-item",
    "c100": "forbidden-item",
    "a1f500": "forbidden-item",
    "a1410000": "forbidden-item",
    "61ff": "bad-text",
    "62c080": "bad-text",
    "63eda080": "bad-text",
    "c48221f5": "wrong-type",
    "c400": "wrong-type",
    "c4820001": "out-of-range",
    "c4822c01": "out-of-range",
  } as const;
  for (const [hex, reason] of Object.entries(cases)) refused(reason, () => decode(fromHex(hex), LIMIT), hex);
});

test("nesting of 8 is read and of 9 refused", () => {
  assert.deepEqual(decode(fromHex("8181818181818180"), LIMIT), [[[[[[[[]]]]]]]]);
  refused("too-deep", () => decode(fromHex("818181818181818100"), LIMIT));
});

test("input over the limit is refused before it is read", () => {
  refused("too-large", () => decode(new Uint8Array(11), 10));
});

test("a decimal fraction keeps its resolution", () => {
  assert.equal(String(decode(fromHex("c48221190866"), LIMIT)), "21.50");
  assert.equal(String(new Decimal(-1, -5n)), "-0.5");
  assert.equal(String(new Decimal(-3, 0n)), "0.000");
  assert.equal(toHex(encode(new Decimal(-1, 215n))), "c4822018d7");
});
