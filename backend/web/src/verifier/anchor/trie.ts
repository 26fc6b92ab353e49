/**
 * Proof that a block's receipts hold a value: the nodes of a Merkle Patricia trie from its root to one leaf.
 *
 * https://ethereum.org/en/developers/docs/data-structures-and-encoding/patricia-merkle-trie/
 * The key of a receipt is RLP(index of its transaction). A receipt has more than 32 bytes, so every node on the way to one is
 * named by its hash; a node that stands inside its parent is on no such way.
 */

import { keccak_256 } from "@noble/hashes/sha3.js";
import { equalBytes } from "../bytes.ts";
import { WireError } from "../errors.ts";
import { type RlpItem, encodeUint, rlpItems } from "./rlp.ts";

const HASH_BYTES = 32;
/** Items of a node: sixteen children and a value; a path and a child or value. */
const BRANCH = 17;
const PAIR = 2;
/** Flags of a path. */
const LEAF = 2;
const ODD = 1;

function wrong(detail: string): WireError {
  return new WireError("bad-anchor", detail);
}

function nibblesOf(data: Uint8Array): readonly number[] {
  return Array.from(data).flatMap((byte) => [byte >> 4, byte & 15]);
}

function partsOf(node: Uint8Array): readonly RlpItem[] {
  const parts = asBadAnchor(() => rlpItems(node, "trie node", PAIR, BRANCH));
  if (parts.length !== PAIR && parts.length !== BRANCH) throw wrong(`a trie node has ${parts.length} items`);
  return parts;
}

/** What `read` returns; what it cannot read leads nowhere. */
export function asBadAnchor<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WireError) throw wrong(error.detail);
    throw error;
  }
}

function stringOf(item: RlpItem | undefined): Uint8Array {
  if (!(item instanceof Uint8Array)) throw wrong("a node inside its parent holds no receipt");
  return item;
}

interface Followed {
  readonly child: RlpItem | undefined;
  /** Place in the key behind it. */
  readonly place: number;
  readonly leaf: boolean;
}

/** What a leaf or an extension leads to. */
function follow(parts: readonly RlpItem[], key: readonly number[], place: number): Followed {
  const path = nibblesOf(stringOf(parts[0]));
  const [flags, padding] = path;
  if (flags === undefined || flags > LEAF + ODD || ((flags & ODD) === 0 && padding !== 0)) {
    throw wrong("a node's path has unknown flags");
  }
  const leaf = (flags & LEAF) !== 0;
  const rest = path.slice((flags & ODD) !== 0 ? 1 : 2);
  const end = place + rest.length;
  const matches = end <= key.length && rest.every((nibble, i) => nibble === key[place + i]);
  if (!matches || (leaf && end !== key.length)) throw wrong("the proof is of another transaction");
  return { child: parts[1], place: end, leaf };
}

function step(parts: readonly RlpItem[], key: readonly number[], place: number): Followed {
  if (parts.length !== BRANCH) return follow(parts, key, place);
  const nibble = key[place];
  if (nibble === undefined) throw wrong("the key ends in a branch, where no receipt is");
  return { child: parts[nibble], place: place + 1, leaf: false };
}

/**
 * The value under RLP(`index`) in the trie with this root hash. `nodes`: exactly those on the way, from the root.
 *
 * Throws WireError `bad-anchor`.
 */
export function trieValue(root: Uint8Array, index: bigint, nodes: readonly Uint8Array[]): Uint8Array {
  const key = nibblesOf(encodeUint(index));
  let [expected, place] = [root, 0];
  for (const [depth, node] of nodes.entries()) {
    // 1. The node is the one that its parent names: excludes a node of another trie.
    if (!equalBytes(keccak_256(node), expected)) throw wrong(`node ${depth} is not the one that its parent names`);
    // 2. The way goes on along the key: excludes a proof of another transaction.
    const next = step(partsOf(node), key, place);
    if (next.leaf) {
      // 3. The way ends here: nothing that nobody looked at travels along.
      if (depth !== nodes.length - 1) throw wrong("nodes follow the leaf");
      return stringOf(next.child);
    }
    [expected, place] = [stringOf(next.child), next.place];
    if (expected.length !== HASH_BYTES) throw wrong("no receipt of that transaction is in the block");
  }
  throw wrong("the proof ends before the receipt");
}
