/** The sequence header `[seq, skip, beacon, thinned]` of records and batch headers (SPEC.md §3.1, §4). */

import type { CborValue } from "./cbor.ts";
import { WireError } from "./errors.ts";
import { asArray, asFixedBytes, asUint } from "./fields.ts";

export const BEACON_BYTES = 8;
export const MAX_SEQ = (1n << 32n) - 1n;
const MAX_SKIP = 64n;
const MAX_THINNED = 16;

export type Range = readonly [first: bigint, last: bigint];

export interface Sequence {
  readonly seq: bigint;
  readonly skip: bigint;
  readonly beacon: Uint8Array | null;
  readonly thinned: readonly Range[];
}

function decodeThinned(value: CborValue, seq: bigint): readonly Range[] {
  let next = 0n;
  return asArray(value, "thinned", 1, MAX_THINNED).map((item) => {
    const pair = asArray(item, "thinned range", 2);
    const [first, last] = [asUint(pair[0], "first"), asUint(pair[1], "last")];
    if (first < next || last < first || last >= seq) throw new WireError("out-of-range", `thinned range ${first} to ${last}`);
    next = last + 2n;
    return [first, last];
  });
}

/** A sequence header of at most `most` elements: 4 in a record, 2 in a batch header. */
export function decodeSequence(value: CborValue | undefined, most: number): Sequence {
  const parts = asArray(value, "sequence", 1, most);
  const seq = asUint(parts[0], "seq", MAX_SEQ);
  const skip = parts[1] === undefined ? 0n : asUint(parts[1], "skip", MAX_SKIP);
  if (skip > seq) throw new WireError("out-of-range", `skip ${skip} over seq ${seq}`);
  const beacon = parts[2] === undefined || parts[2] === null ? null : asFixedBytes(parts[2], "beacon", BEACON_BYTES);
  const thinned = parts[3] === undefined ? [] : decodeThinned(parts[3], seq);
  const last = parts.at(-1);
  if (parts.length > 1 && (last === null || (parts.length === 2 && skip === 0n))) {
    throw new WireError("not-deterministic", "sequence ends in a default");
  }
  return { seq, skip, beacon, thinned };
}
