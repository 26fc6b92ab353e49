/**
 * Deterministic CBOR, exactly the profile of SPEC.md §1: integers, byte and text strings, arrays, maps with integer or
 * text keys, false, true, null, decimal fractions (tag 4) and the message tags 18 and 98. Integers are `bigint`.
 */

import { compareBytes, concat, equalBytes, fromUtf8, utf8 } from "./bytes.ts";
import { WireError } from "./errors.ts";

/** SPEC.md §10: the deepest message needs 4. */
export const MAX_DEPTH = 8;
const MAX_ARGUMENT = (1n << 64n) - 1n;
const MIN_EXPONENT = -12n;
const MAX_EXPONENT = -1n;
const TAG_DECIMAL = 4;
const MESSAGE_TAGS: readonly number[] = [18, 98];

export type CborKey = bigint | string;
export type CborMap = ReadonlyMap<CborKey, CborValue>;
export type CborArray = readonly CborValue[];
export type CborValue = bigint | boolean | null | string | Uint8Array | CborArray | CborMap | Decimal | Tagged;

/** mantissa × 10^exponent; the exponent states the resolution and is not reduced (SPEC.md §1). */
export class Decimal {
  readonly exponent: number;
  readonly mantissa: bigint;

  constructor(exponent: number, mantissa: bigint) {
    this.exponent = exponent;
    this.mantissa = mantissa;
  }

  /** Exact decimal text: 4([-2, 2150]) is "21.50". */
  toString(): string {
    const places = -this.exponent;
    const digits = (this.mantissa < 0n ? -this.mantissa : this.mantissa).toString().padStart(places + 1, "0");
    const sign = this.mantissa < 0n ? "-" : "";
    return `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}`;
  }
}

/** A message under tag 18 or 98. */
export class Tagged {
  readonly tag: number;
  readonly value: CborValue;

  constructor(tag: number, value: CborValue) {
    this.tag = tag;
    this.value = value;
  }
}

interface Head {
  readonly major: number;
  readonly info: number;
  readonly argument: bigint;
}

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  take(count: number): Uint8Array {
    if (count > this.left) throw new WireError("truncated", `${count} bytes wanted, ${this.left} left`);
    this.#at += count;
    return this.#bytes.subarray(this.#at - count, this.#at);
  }

  /** A length or count in this input; more than is left cannot be satisfied. */
  count(argument: bigint): number {
    if (argument > BigInt(this.left)) throw new WireError("truncated", `${argument} items wanted, ${this.left} bytes left`);
    return Number(argument);
  }

  head(): Head {
    const initial = this.take(1)[0] as number;
    const major = initial >> 5;
    const info = initial & 31;
    if (info < 24) return { major, info, argument: BigInt(info) };
    if (major === 7 && info < 31) throw new WireError("forbidden-item", "float or simple value");
    if (info === 31) throw new WireError("not-deterministic", "indefinite length");
    if (info > 27) throw new WireError("forbidden-item", `reserved additional information ${info}`);
    const width = 1 << (info - 24);
    const argument = this.take(width).reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
    const least = width === 1 ? 24n : 1n << BigInt(4 * width);
    if (argument < least) throw new WireError("not-deterministic", "head longer than needed");
    return { major, info, argument };
  }

  item(depth: number): CborValue {
    if (depth > MAX_DEPTH) throw new WireError("too-deep", `nesting over ${MAX_DEPTH}`);
    const { major, info, argument } = this.head();
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1n - argument;
      case 2:
        return this.take(this.count(argument)).slice();
      case 3:
        return fromUtf8(this.take(this.count(argument)));
      case 4:
        return Array.from({ length: this.count(argument) }, () => this.item(depth + 1));
      case 5:
        return this.map(this.count(argument), depth);
      case 6:
        return this.tagged(argument, depth);
      default:
        return simple(info);
    }
  }

  map(count: number, depth: number): CborMap {
    const map = new Map<CborKey, CborValue>();
    let previous: Uint8Array | undefined;
    for (let i = 0; i < count; i++) {
      const start = this.#at;
      const key = this.item(depth + 1);
      if (typeof key !== "bigint" && typeof key !== "string") throw new WireError("forbidden-item", "map key of another type");
      const encoded = this.#bytes.subarray(start, this.#at);
      if (previous !== undefined && compareBytes(previous, encoded) >= 0) {
        throw new WireError("not-deterministic", "map keys unsorted or repeated");
      }
      previous = encoded;
      map.set(key, this.item(depth + 1));
    }
    return map;
  }

  tagged(tag: bigint, depth: number): CborValue {
    if (tag === BigInt(TAG_DECIMAL)) return decimal(this.item(depth + 1));
    if (!MESSAGE_TAGS.includes(Number(tag))) throw new WireError("forbidden-item", `tag ${tag}`);
    return new Tagged(Number(tag), this.item(depth + 1));
  }
}

function simple(info: number): boolean | null {
  if (info === 20) return false;
  if (info === 21) return true;
  if (info === 22) return null;
  throw new WireError("forbidden-item", `simple value ${info}`);
}

function decimal(content: CborValue): Decimal {
  if (!Array.isArray(content) || content.length !== 2) throw new WireError("wrong-type", "decimal fraction is a pair");
  const [exponent, mantissa] = content as [CborValue, CborValue];
  if (typeof exponent !== "bigint" || typeof mantissa !== "bigint") {
    throw new WireError("wrong-type", "decimal fraction of integers");
  }
  if (exponent < MIN_EXPONENT || exponent > MAX_EXPONENT) throw new WireError("out-of-range", `exponent ${exponent}`);
  return new Decimal(Number(exponent), mantissa);
}

/**
 * The one item that `bytes` encode.
 *
 * Throws WireError: `too-large`, `truncated`, `trailing-bytes`, `not-deterministic`, `too-deep`, `forbidden-item`, `bad-text`,
 * and for decimal fractions `wrong-type` and `out-of-range`.
 */
export function decode(bytes: Uint8Array, limit: number): CborValue {
  if (bytes.length > limit) throw new WireError("too-large", `${bytes.length} bytes, limit ${limit}`);
  const reader = new Reader(bytes);
  const value = reader.item(1);
  if (reader.left > 0) throw new WireError("trailing-bytes", `${reader.left} bytes after the item`);
  return value;
}

function encodeHead(major: number, argument: bigint): Uint8Array {
  if (argument < 0n || argument > MAX_ARGUMENT) throw new WireError("out-of-range", "integer over 64 bits");
  if (argument < 24n) return Uint8Array.of((major << 5) | Number(argument));
  const width = argument < 1n << 8n ? 1 : argument < 1n << 16n ? 2 : argument < 1n << 32n ? 4 : 8;
  const out = new Uint8Array(1 + width);
  out[0] = (major << 5) | (24 + Math.log2(width));
  for (let i = 0; i < width; i++) out[width - i] = Number((argument >> BigInt(8 * i)) & 0xffn);
  return out;
}

function encodeMap(map: CborMap): Uint8Array {
  const pairs = Array.from(map, ([key, value]) => [encode(key), encode(value)] as const);
  pairs.sort(([a], [b]) => compareBytes(a, b));
  if (pairs.some(([key], i) => i > 0 && equalBytes(key, (pairs[i - 1] as (typeof pairs)[number])[0]))) {
    throw new WireError("not-deterministic", "map keys repeated");
  }
  return concat(encodeHead(5, BigInt(pairs.length)), ...pairs.flat());
}

/** The deterministic encoding of `value` (SPEC.md §1). Throws WireError `out-of-range` for integers over 64 bits. */
export function encode(value: CborValue): Uint8Array {
  if (typeof value === "bigint") return value < 0n ? encodeHead(1, -1n - value) : encodeHead(0, value);
  if (value === false) return Uint8Array.of(0xf4);
  if (value === true) return Uint8Array.of(0xf5);
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === "string") {
    const text = utf8(value);
    return concat(encodeHead(3, BigInt(text.length)), text);
  }
  if (value instanceof Uint8Array) return concat(encodeHead(2, BigInt(value.length)), value);
  if (value instanceof Decimal) {
    return concat(encodeHead(6, BigInt(TAG_DECIMAL)), encode([BigInt(value.exponent), value.mantissa]));
  }
  if (value instanceof Tagged) return concat(encodeHead(6, BigInt(value.tag)), encode(value.value));
  if (value instanceof Map) return encodeMap(value);
  const items = value as CborArray;
  return concat(encodeHead(4, BigInt(items.length)), ...items.map(encode));
}
