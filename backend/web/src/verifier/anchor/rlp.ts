/**
 * RLP, Ethereum's encoding of byte strings and lists: a decoder that takes the one encoding of each item only.
 *
 * https://ethereum.org/en/developers/docs/data-structures-and-encoding/rlp/
 */

import { concat } from "../bytes.ts";
import { WireError } from "../errors.ts";

/** A receipt's topics are at depth 4; bounds recursion. */
const MAX_DEPTH = 8;
/** Bytes of a payload whose length stands in the first byte. */
const SHORT = 55;
const MAX_UINT_BYTES = 8;

export type RlpItem = Uint8Array | readonly RlpItem[];

function malformed(detail: string): WireError {
  return new WireError("malformed", `RLP: ${detail}`);
}

/** Unsigned, the first byte the highest. */
export function bigEndian(bytes: Uint8Array): bigint {
  return bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
}

/** Where the payload begins, and how many bytes it has. */
function payloadOf(data: Uint8Array, at: number, length: number, end: number): readonly [begin: number, size: bigint] {
  if (length <= SHORT) return [at + 1, BigInt(length)];
  const begin = at + 1 + length - SHORT;
  if (begin > end) throw malformed("cut short");
  const digits = data.subarray(at + 1, begin);
  const size = bigEndian(digits);
  if (digits[0] === 0 || size <= BigInt(SHORT)) throw malformed("a length in a longer form than it needs");
  return [begin, size];
}

function listOf(data: Uint8Array, start: number, end: number, depth: number): readonly RlpItem[] {
  if (depth > MAX_DEPTH) throw malformed(`lists nest deeper than ${MAX_DEPTH}`);
  const found: RlpItem[] = [];
  for (let at = start; at < end; ) {
    const [item, next] = itemAt(data, at, end, depth);
    found.push(item);
    at = next;
  }
  return found;
}

/** The item at `at`, and where it ends, which is not beyond `end`. */
function itemAt(data: Uint8Array, at: number, end: number, depth: number): readonly [item: RlpItem, end: number] {
  if (at >= end) throw malformed("cut short");
  const first = data[at] as number;
  if (first < 0x80) return [data.slice(at, at + 1), at + 1];
  const isList = first >= 0xc0;
  const [begin, size] = payloadOf(data, at, first - (isList ? 0xc0 : 0x80), end);
  if (size > BigInt(end - begin)) throw malformed("cut short");
  const stop = begin + Number(size);
  if (isList) return [listOf(data, begin, stop, depth + 1), stop];
  if (size === 1n && (data[begin] as number) < 0x80) throw malformed("a byte in a longer form than it needs");
  return [data.slice(begin, stop), stop];
}

/** The list that `data` is, with `least` to `most` items. Throws `malformed`. */
export function rlpItems(data: Uint8Array, what: string, least: number, most: number = least): readonly RlpItem[] {
  const [item, end] = itemAt(data, 0, data.length, 0);
  if (end !== data.length) throw malformed("something follows the item");
  return rlpList(item, what, least, most);
}

/** `item`, if it is a list of `least` to `most` items. Throws `malformed`. */
export function rlpList(item: RlpItem | undefined, what: string, least: number, most: number = least): readonly RlpItem[] {
  if (!Array.isArray(item) || item.length < least || item.length > most) {
    throw malformed(`${what} is not a list of ${least} to ${most} items`);
  }
  return item as readonly RlpItem[];
}

/** `item`, if it is a string of `least` to `most` bytes. Throws `malformed`. */
export function rlpBytes(item: RlpItem | undefined, what: string, least: number, most: number = least): Uint8Array {
  if (!(item instanceof Uint8Array) || item.length < least || item.length > most) {
    throw malformed(`${what} is not a string of ${least} to ${most} bytes`);
  }
  return item;
}

/** `item`, if it is an integer below 2^64 without leading zeros. Throws `malformed`. */
export function rlpUint(item: RlpItem | undefined, what: string): bigint {
  const digits = rlpBytes(item, what, 0, MAX_UINT_BYTES);
  if (digits[0] === 0) throw malformed(`${what} has a leading zero`);
  return bigEndian(digits);
}

/** The encoding of an integer below 2^64. */
export function encodeUint(value: bigint): Uint8Array {
  if (value > 0n && value < 0x80n) return Uint8Array.of(Number(value));
  const digits: number[] = [];
  for (let rest = value; rest > 0n; rest >>= 8n) digits.unshift(Number(rest & 0xffn));
  return concat(Uint8Array.of(0x80 + digits.length), Uint8Array.from(digits));
}
