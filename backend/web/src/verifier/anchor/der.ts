/** DER (X.690 §10): a strict reader for the few structures of a time-stamp; whatever is not DER is refused. */

import { WireError } from "../errors.ts";

export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  time: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;
/** 63 bits: no registered arc is longer. */
const MAX_ARC_BYTES = 9;
const MAX_LENGTH_BYTES = 4;

export interface DerItem {
  readonly tag: number;
  readonly content: Uint8Array;
  /** All of its bytes. */
  readonly encoded: Uint8Array;
}

function hex(tag: number): string {
  return `0x${tag.toString(16)}`;
}

/** Where the content begins and ends. */
function extentAt(data: Uint8Array, start: number): readonly [begin: number, end: number] {
  const [first, begin] = [data[start + 1] as number, start + 2];
  if (first < 0x80) return [begin, begin + first];
  const width = first & 0x7f;
  const digits = data.subarray(begin, begin + width);
  const length = digits.reduce((sum, byte) => sum * 256 + byte, 0);
  // Indefinite, or longer than it need be.
  if (width < 1 || width > MAX_LENGTH_BYTES || digits.length === 0 || digits[0] === 0 || length < 0x80) {
    throw new WireError("not-deterministic", "DER length in another form");
  }
  return [begin + width, begin + width + length];
}

function itemAt(data: Uint8Array, start: number): readonly [item: DerItem, end: number] {
  if (data.length - start < 2) throw new WireError("truncated", "DER ends in the middle");
  const tag = data[start] as number;
  if ((tag & 0x1f) === 0x1f) throw new WireError("malformed", "DER tag of several bytes");
  const [begin, end] = extentAt(data, start);
  if (end > data.length) throw new WireError("truncated", "DER ends in the middle");
  return [{ tag, content: data.subarray(begin, end), encoded: data.subarray(start, end) }, end];
}

/** The item itself, if it has this tag. Throws `malformed`. */
export function tagged(item: DerItem | undefined, tag: number, what: string): DerItem {
  if (item?.tag !== tag) throw new WireError("malformed", `${what} has tag ${hex(item?.tag ?? 0)}, not ${hex(tag)}`);
  return item;
}

/** The one item of `data`. Throws WireError. */
export function only(data: Uint8Array, tag: number, what: string): DerItem {
  const [item, end] = itemAt(data, 0);
  if (end !== data.length) throw new WireError("malformed", `${what}: bytes after its end`);
  return tagged(item, tag, what);
}

/** The items inside a constructed one. Throws WireError. */
export function itemsOf(content: Uint8Array): readonly DerItem[] {
  const found: DerItem[] = [];
  for (let at = 0; at < content.length; ) {
    const [item, end] = itemAt(content, at);
    found.push(item);
    at = end;
  }
  return found;
}

/** Items of a sequence. Throws WireError. */
export function sequenceOf(item: DerItem | undefined, what: string): readonly DerItem[] {
  return itemsOf(tagged(item, TAG.sequence, what).content);
}

/** Items of a sequence that has this many. Throws WireError. */
export function fieldsOf(item: DerItem | undefined, what: string, count: number): readonly DerItem[] {
  const found = sequenceOf(item, what);
  if (found.length !== count) throw new WireError("malformed", `${what} has ${found.length} fields, not ${count}`);
  return found;
}

/** The value of an INTEGER, or of a context item that is one. Throws `not-deterministic`. */
export function integerOf({ content }: DerItem, what: string): bigint {
  const [first, second] = content;
  const padded = second !== undefined && ((first === 0 && second < 0x80) || (first === 0xff && second >= 0x80));
  if (first === undefined || padded) throw new WireError("not-deterministic", `${what} is no DER integer`);
  const value = content.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
  return first < 0x80 ? value : value - (1n << BigInt(8 * content.length));
}

/** The value of a BOOLEAN. Throws `not-deterministic`. */
export function booleanOf({ content }: DerItem, what: string): boolean {
  if (content.length !== 1 || (content[0] !== 0 && content[0] !== 0xff)) {
    throw new WireError("not-deterministic", `${what} is no DER boolean`);
  }
  return content[0] === 0xff;
}

/** The bytes of a BIT STRING of whole bytes, or any if `padded`. Throws `malformed`. */
export function bitsOf(item: DerItem | undefined, what: string, padded = false): Uint8Array {
  const { content } = tagged(item, TAG.bits, what);
  const unused = content[0];
  if (unused === undefined || unused > 7 || (unused > 0 && (!padded || content.length === 1))) {
    throw new WireError("malformed", `${what} is no string of bits`);
  }
  return content.subarray(1);
}

/** The dotted form of an OBJECT IDENTIFIER. Throws WireError. */
export function oidOf(item: DerItem | undefined, what: string): string {
  const arcs: bigint[] = [];
  let [value, width] = [0n, 0];
  for (const byte of tagged(item, TAG.oid, what).content) {
    width += 1;
    if ((width === 1 && byte === 0x80) || width > MAX_ARC_BYTES) {
      throw new WireError("not-deterministic", `${what} is no DER object identifier`);
    }
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) {
      arcs.push(value);
      [value, width] = [0n, 0];
    }
  }
  const [head, ...rest] = arcs;
  if (head === undefined || width > 0) throw new WireError("malformed", `${what} is no object identifier`);
  const first = head < 80n ? head / 40n : 2n;
  return [first, head - 40n * first, ...rest].join(".");
}

/** The OID of an AlgorithmIdentifier without parameters other than NULL. Throws WireError. */
export function algorithmOf(item: DerItem | undefined, what: string): string {
  const [kind, parameters, ...more] = sequenceOf(item, what);
  const isNull = parameters === undefined || (parameters.tag === 0x05 && parameters.content.length === 0);
  if (kind === undefined || !isNull || more.length > 0) throw new WireError("malformed", `${what} has parameters`);
  return oidOf(kind, what);
}
