/**
 * Anchors in a bundle: somebody outside the city fixed a tree that holds the entry (SPEC.md §7.5).
 *
 * What is anchored is a checkpoint's body; nobody's signature is needed under it. The root is computed from the entry, so the
 * evidence is of a tree with this very entry in it, whatever log the city shows.
 */

import type { CborValue } from "./cbor.ts";
import { type StepReport, WireError } from "./errors.ts";
import { asArray, asBoundedBytes, asBoundedText, asInteger } from "./fields.ts";
import { type Logged, MAX_LOG_INDEX, decodePath } from "./logged.ts";
import { leafHash, rootOfPath } from "./merkle.ts";
import { checkRealm } from "./names.ts";
import type { Checkpoint } from "./note.ts";
import { type Policy, validAt } from "./policy.ts";
import type { AnchorKind, PolicyAnchor } from "./policyanchor.ts";

/** More kinds and names than a city will ever pay for. */
export const MAX_ANCHORS = 8;
/** A receipt proof from a busy block is 4 KiB, a time-stamp with its chain 6. */
export const MAX_EVIDENCE_BYTES = 24 * 1024;
const MAX_NAME = 128;

export interface Evidence {
  /** The anchor's, in the policy. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** A tree of `size` entries, the path from the bundle's main entry to its root, and who fixed it. */
export interface Anchored {
  readonly size: bigint;
  readonly path: readonly Uint8Array[];
  readonly evidence: readonly Evidence[];
}

/** A block to look up. */
export interface Block {
  /** EIP-155 id. */
  readonly chain: bigint;
  readonly number: bigint;
  /** 32 bytes. */
  readonly hash: Uint8Array;
}

/** What one anchor shows. */
export interface AnchorFinding {
  readonly name: string;
  readonly kind: AnchorKind;
  /** Size of the tree that it fixed. */
  readonly size: bigint;
  readonly status: StepReport["status"];
  /** Unix seconds by which the tree existed; if not checked, what the evidence claims. */
  readonly time: bigint | undefined;
  /** One English phrase. */
  readonly says: string;
  /** Of a chain. */
  readonly block: Block | undefined;
}

/** What verifies the evidence of one kind. Throws WireError. */
export type AnchorCheck = (evidence: Uint8Array, tree: Checkpoint, trusted: PolicyAnchor) => AnchorFinding;
/** A kind that is not among them is not checked. */
export type AnchorChecks = Partial<Readonly<Record<AnchorKind, AnchorCheck>>>;

function decodeEvidence(value: CborValue): Evidence {
  const [name, bytes] = asArray(value, "anchor", 2);
  return {
    name: checkRealm(asBoundedText(name, "anchor's name", 1, MAX_NAME)),
    bytes: asBoundedBytes(bytes, "evidence", 1, MAX_EVIDENCE_BYTES),
  };
}

function decodeTree(value: CborValue): Anchored {
  const [size, path, rows] = asArray(value, "anchored tree", 3);
  const evidence = asArray(rows, "evidence", 1, MAX_ANCHORS).map(decodeEvidence);
  if (evidence.some(({ name }, i) => i > 0 && name < (evidence[i - 1] as Evidence).name)) {
    throw new WireError("not-deterministic", "anchors are not ascending by name");
  }
  return { size: asInteger(size, "anchored size", 1n, MAX_LOG_INDEX), path: decodePath(path), evidence };
}

/** Part 11 of a bundle, strictly read; nothing is verified yet. Throws WireError. */
export function decodeAnchors(value: CborValue): readonly Anchored[] {
  const trees = asArray(value, "anchors", 1, MAX_ANCHORS).map(decodeTree);
  // 1. One form: ascending by size, by name within a size.
  if (trees.some(({ size }, i) => i > 0 && size <= (trees[i - 1] as Anchored).size)) {
    throw new WireError("not-deterministic", "anchored trees are not ascending");
  }
  // 2. No anchor speaks twice.
  const names = namesOf(trees);
  if (new Set(names).size !== names.length) throw new WireError("not-deterministic", "an anchor stands in the bundle twice");
  if (names.length > MAX_ANCHORS) throw new WireError("out-of-range", `${names.length} anchors`);
  return trees;
}

/** Names of the anchors that speak in a bundle. */
export function namesOf(trees: readonly Anchored[]): readonly string[] {
  return trees.flatMap(({ evidence }) => evidence.map(({ name }) => name));
}

/** The policy's anchor of that name, accepted for a tree of `size` entries. Throws `untrusted`. */
function trustedAnchor(policy: Policy, name: string, size: bigint): PolicyAnchor {
  const found = policy.anchors.find((anchor) => anchor.name === name && validAt(anchor, size - 1n));
  if (found === undefined) throw new WireError("untrusted", `anchor ${name} for a tree of ${size}`);
  return found;
}

function unchecked({ name, kind }: PolicyAnchor, size: bigint): AnchorFinding {
  const says = `${name}: this verifier cannot check anchors of kind ${kind}`;
  return { name, kind, size, status: "not-checked", time: undefined, says, block: undefined };
}

/**
 * What each anchor shows of a tree with `entry` in the log `origin`.
 *
 * Throws WireError for one that fails: a bundle carries nothing that does not hold.
 */
export function verifyAnchors(
  trees: readonly Anchored[],
  entry: Logged,
  origin: string,
  policy: Policy,
  checks: AnchorChecks,
): readonly AnchorFinding[] {
  return trees.flatMap(({ size, path, evidence }) => {
    // 1. The entry's own path says which tree: evidence of another leads nowhere.
    const tree = { origin, size, root: rootOfPath(leafHash(entry.entry), entry.index, size, path) };
    return evidence.map(({ name, bytes }) => {
      // 2. An anchor that the policy accepts for this tree.
      const trusted = trustedAnchor(policy, name, size);
      // 3. Its evidence leads from this tree to what it claims.
      const check = checks[trusted.kind];
      return check === undefined ? unchecked(trusted, size) : check(bytes, tree, trusted);
    });
  });
}
