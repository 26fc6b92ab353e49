/** Multiproof: several entries of one tree with one list of hashes, since their paths meet on the way up (SPEC.md §7.1). */

import type { CborValue } from "./cbor.ts";
import { MAX_ENTRY_BYTES } from "./claims.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asUint } from "./fields.ts";
import { type Logged, MAX_LOG_INDEX } from "./logged.ts";
import { HASH_BYTES, MAX_PATH, leafHash, nodeHash } from "./merkle.ts";

/** No bundle has more entries than eight. */
const MAX_HASHES = 8 * MAX_PATH;

/** An entry whose path is still to come from the hashes. */
export interface Placed extends Logged {
  readonly path: Uint8Array[];
}

/** `[entry, log index]`, strictly read. */
export function decodePlaced(value: CborValue | undefined, what: string): Placed {
  const [entry, index] = asArray(value, what, 2);
  return {
    entry: asBoundedBytes(entry, what, 1, MAX_ENTRY_BYTES),
    index: asUint(index, `${what} index`, MAX_LOG_INDEX - 1n),
    path: [],
  };
}

/**
 * Gives each of `entries` the path in the tree of `size` that the hashes in `value` make up for it.
 *
 * Throws WireError unless they are exactly the hashes that these places need. Whether the paths lead to a root is not looked at.
 */
export function spreadHashes(value: CborValue | undefined, entries: readonly Placed[], size: bigint): void {
  const table = asBoundedBytes(value, "hashes", 0, MAX_HASHES * HASH_BYTES);
  if (table.length % HASH_BYTES !== 0) throw new WireError("bad-length", `hashes of ${table.length} bytes`);
  // 1. Every place is in the tree, and nobody else's.
  if (entries.some(({ index }) => index >= size)) throw new WireError("out-of-range", `an entry beyond the tree of ${size}`);
  if (new Set(entries.map(({ index }) => index)).size !== entries.length) {
    throw new WireError("not-deterministic", "an entry stands in the bundle twice");
  }
  // 2. Compute the tree from the bottom; on the way up every half is the other's neighbour.
  let used = 0;
  const walk = (low: bigint, high: bigint, inside: readonly Placed[]): Uint8Array => {
    const [first] = inside;
    if (first === undefined) {
      if (used === table.length) throw new WireError("bad-path", "too few hashes for these places in the tree");
      used += HASH_BYTES;
      return table.slice(used - HASH_BYTES, used);
    }
    if (high - low === 1n) return leafHash(first.entry);
    const middle = low + splitOf(high - low);
    const left = inside.filter(({ index }) => index < middle);
    const right = inside.filter(({ index }) => index >= middle);
    const leftRoot = walk(low, middle, left);
    const rightRoot = walk(middle, high, right);
    for (const { path } of left) path.push(rightRoot);
    for (const { path } of right) path.push(leftRoot);
    return nodeHash(leftRoot, rightRoot);
  };
  if (entries.length > 0) walk(0n, size, entries);
  // 3. Nothing is left that no step would look at.
  if (used !== table.length) throw new WireError("bad-path", "more hashes than these places in the tree need");
}

/** The largest power of two smaller than `size` (RFC 9162 §2.1.1). */
function splitOf(size: bigint): bigint {
  return 1n << BigInt((size - 1n).toString(2).length - 1);
}
