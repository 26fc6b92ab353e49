/** Wire values as the vectors' JSON has them (tests/vectors/README.md, "Typed form"). */

import { compareBytes, toHex } from "../../src/verifier/bytes.ts";
import { type CborArray, type CborMap, type CborValue, Decimal, Tagged, encode } from "../../src/verifier/cbor.ts";

const SAFE = BigInt(Number.MAX_SAFE_INTEGER);

function integer(value: bigint): unknown {
  return value >= -SAFE && value <= SAFE ? Number(value) : { integer: String(value) };
}

function pairs(map: CborMap): readonly (readonly [unknown, unknown])[] {
  const sorted = Array.from(map).sort(([a], [b]) => compareBytes(encode(a), encode(b)));
  return sorted.map(([key, value]) => [typed(key), typed(value)]);
}

/** A CBOR value in the typed form. */
export function typed(value: CborValue | CborMap): unknown {
  if (typeof value === "bigint") return integer(value);
  if (value instanceof Uint8Array) return { bytes: toHex(value) };
  if (value instanceof Decimal) return { decimal: [value.exponent, integer(value.mantissa)] };
  if (value instanceof Tagged) return { tag: [value.tag, typed(value.value)] };
  if (value instanceof Map) return { map: pairs(value) };
  if (Array.isArray(value)) return (value as CborArray).map(typed);
  return value;
}

/** Fields as plain JSON: bytes as hex, integers as numbers, what is absent as null. */
export function plain(value: unknown): unknown {
  if (value === undefined) return null;
  if (typeof value === "bigint") return integer(value);
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]));
  }
  return value;
}
