/** The tree of RFC 9162 §2.1: leaf and node hashes, root, inclusion (§2.1.3) and consistency (§2.1.4). */

import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equalBytes } from "./bytes.ts";
import { WireError } from "./errors.ts";

export const HASH_BYTES = 32;
/** Trees below 2^63. */
export const MAX_PATH = 63;

export function leafHash(leaf: Uint8Array): Uint8Array {
  return sha256(concat(Uint8Array.of(0), leaf));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(Uint8Array.of(1), left, right));
}

/** Root over leaf hashes; of no leaves, the hash of nothing. */
export function rootOf(hashes: readonly Uint8Array[]): Uint8Array {
  if (hashes.length === 0) return sha256(new Uint8Array());
  if (hashes.length === 1) return hashes[0] as Uint8Array;
  let split = 1;
  while (split * 2 < hashes.length) split *= 2;
  return nodeHash(rootOf(hashes.slice(0, split)), rootOf(hashes.slice(split)));
}

function checkHashes(path: readonly Uint8Array[], ...hashes: readonly Uint8Array[]): void {
  if (path.length > MAX_PATH) throw new WireError("out-of-range", `path of ${path.length} hashes`);
  for (const hash of [...path, ...hashes]) {
    if (hash.length !== HASH_BYTES) throw new WireError("bad-length", `hash of ${hash.length} bytes`);
  }
}

/**
 * The root of the tree of `size` leaves to which `path` leads from leaf hash `leaf` at `index`.
 *
 * Throws WireError `bad-path`, `bad-length`, or `out-of-range` for an index outside the tree.
 */
export function rootOfPath(leaf: Uint8Array, index: bigint, size: bigint, path: readonly Uint8Array[]): Uint8Array {
  checkHashes(path, leaf);
  if (index < 0n || index >= size) throw new WireError("out-of-range", `index ${index} in a tree of ${size}`);
  let [node, last, hash] = [index, size - 1n, leaf];
  for (const sibling of path) {
    if (last === 0n) throw new WireError("bad-path", "path is too long");
    if ((node & 1n) === 1n || node === last) {
      hash = nodeHash(sibling, hash);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw new WireError("bad-path", "path is too short");
  return hash;
}

/** Returns if `path` leads from leaf hash `leaf` at `index` to the `root` of a tree of `size` leaves. Throws as `rootOfPath`. */
export function verifyInclusion(
  leaf: Uint8Array,
  index: bigint,
  size: bigint,
  path: readonly Uint8Array[],
  root: Uint8Array,
): void {
  checkHashes([], root);
  if (!equalBytes(rootOfPath(leaf, index, size, path), root)) throw new WireError("bad-path", "path leads to another root");
}

/** Returns if the tree of `size2` leaves begins with the tree of `size1`. Throws `bad-path`, `out-of-range` for size 0. */
export function verifyConsistency(
  size1: bigint,
  root1: Uint8Array,
  size2: bigint,
  root2: Uint8Array,
  path: readonly Uint8Array[],
): void {
  checkHashes(path, root1, root2);
  if (size1 <= 0n || size1 > size2) throw new WireError("out-of-range", `consistency from ${size1} to ${size2}`);
  if (size1 === size2) {
    if (path.length > 0 || !equalBytes(root1, root2)) throw new WireError("bad-path", "trees of one size differ");
    return;
  }
  const exact = (size1 & (size1 - 1n)) === 0n;
  const [start, ...rest] = exact ? [root1, ...path] : path;
  if (start === undefined || path.length === 0) throw new WireError("bad-path", "path is empty");
  let [node, last] = [size1 - 1n, size2 - 1n];
  while ((node & 1n) === 1n) {
    node >>= 1n;
    last >>= 1n;
  }
  let [older, newer] = [start, start];
  for (const hash of rest) {
    if (last === 0n) throw new WireError("bad-path", "path is too long");
    if ((node & 1n) === 1n || node === last) {
      older = nodeHash(hash, older);
      newer = nodeHash(hash, newer);
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      newer = nodeHash(newer, hash);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw new WireError("bad-path", "path is too short");
  if (!equalBytes(older, root1) || !equalBytes(newer, root2)) throw new WireError("bad-path", "path leads to other roots");
}
