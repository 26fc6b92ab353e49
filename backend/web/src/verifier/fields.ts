/** Readers for decoded CBOR: each returns the typed value or throws the reason of SPEC.md §9. */

import { utf8 } from "./bytes.ts";
import { type CborArray, type CborKey, type CborMap, type CborValue, Decimal } from "./cbor.ts";
import { WireError } from "./errors.ts";

export const MAX_UINT32 = (1n << 32n) - 1n;
export const MAX_UINT64 = (1n << 64n) - 1n;

export function asMap(value: CborValue | undefined, what: string): CborMap {
  if (value instanceof Map) return value;
  throw new WireError("wrong-type", `${what} is not a map`);
}

/** An array of `least` to `most` elements. */
export function asArray(value: CborValue | undefined, what: string, least: number, most: number = least): CborArray {
  if (!Array.isArray(value)) throw new WireError("wrong-type", `${what} is not an array`);
  if (value.length < least || value.length > most) throw new WireError("out-of-range", `${what} has ${value.length} elements`);
  return value as CborArray;
}

export function asBytes(value: CborValue | undefined, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw new WireError("wrong-type", `${what} is not a byte string`);
}

/** A byte string of `least` to `most` bytes (`out-of-range`). */
export function asBoundedBytes(value: CborValue | undefined, what: string, least: number, most: number): Uint8Array {
  const bytes = asBytes(value, what);
  if (bytes.length < least || bytes.length > most) throw new WireError("out-of-range", `${what} has ${bytes.length} bytes`);
  return bytes;
}

/** A key, hash, signature or identifier of a fixed length (`bad-length`). */
export function asFixedBytes(value: CborValue | undefined, what: string, length: number): Uint8Array {
  const bytes = asBytes(value, what);
  if (bytes.length !== length) throw new WireError("bad-length", `${what} has ${bytes.length} bytes, not ${length}`);
  return bytes;
}

export function asText(value: CborValue | undefined, what: string): string {
  if (typeof value === "string") return value;
  throw new WireError("wrong-type", `${what} is not text`);
}

/** Text of `least` to `most` bytes in UTF-8 (`out-of-range`). */
export function asBoundedText(value: CborValue | undefined, what: string, least: number, most: number): string {
  const text = asText(value, what);
  const length = utf8(text).length;
  if (length < least || length > most) throw new WireError("out-of-range", `${what} has ${length} bytes`);
  return text;
}

/** An integer between `least` and `most`, inclusive. */
export function asInteger(value: CborValue | undefined, what: string, least: bigint, most: bigint): bigint {
  if (typeof value !== "bigint") throw new WireError("wrong-type", `${what} is not an integer`);
  if (value < least || value > most) throw new WireError("out-of-range", `${what} is ${value}`);
  return value;
}

export function asUint(value: CborValue | undefined, what: string, most: bigint = MAX_UINT64): bigint {
  return asInteger(value, what, 0n, most);
}

/** A number of SPEC.md §1: integer or decimal fraction. */
export function asNumber(value: CborValue | undefined, what: string): bigint | Decimal {
  if (typeof value === "bigint" || value instanceof Decimal) return value;
  throw new WireError("wrong-type", `${what} is not a number`);
}

/** Checks that `map` has every key of `required` and otherwise only keys of `optional`. */
export function checkKeys(map: CborMap, what: string, required: readonly CborKey[], optional: readonly CborKey[] = []): void {
  for (const key of map.keys()) {
    if (!required.includes(key) && !optional.includes(key)) throw new WireError("unknown-key", `${what} has ${key}`);
  }
  for (const key of required) {
    if (!map.has(key)) throw new WireError("missing-key", `${what} lacks ${key}`);
  }
}

/** `read(value)` if `map` has `key`, else undefined. */
export function optional<T>(map: CborMap, key: CborKey, read: (value: CborValue) => T): T | undefined {
  const value = map.get(key);
  return value === undefined ? undefined : read(value);
}
