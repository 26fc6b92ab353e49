/**
 * Sighting: the quorum of witnesses had seen a smaller tree with the entry, so it was public before (SPEC.md §7.6).
 *
 * A bundle proves its entries in a recent tree, whose cosignatures are as recent. Those of the first tree that had the entry say
 * since when it has been public.
 */

import type { CborValue } from "./cbor.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedText, asInteger } from "./fields.ts";
import { type Logged, MAX_LOG_INDEX, decodePath } from "./logged.ts";
import { leafHash, rootOfPath } from "./merkle.ts";
import { MAX_NOTE_BYTES, checkpointBody, parseNote } from "./note.ts";
import type { Policy } from "./policy.ts";
import { type TrustedCheckpoint, checkQuorum, verifyCosignatures } from "./treehead.ts";

/** A tree of `size` entries, the path from the bundle's main entry to its root, and the witnesses' signature lines. */
export interface Sighting {
  readonly size: bigint;
  readonly path: readonly Uint8Array[];
  readonly lines: string;
}

/** Part 15 of a bundle, strictly read; nothing is verified yet. Throws WireError. */
export function decodeSighting(value: CborValue): Sighting {
  const [size, path, lines] = asArray(value, "sighting", 3);
  return {
    size: asInteger(size, "size of the sighting", 1n, MAX_LOG_INDEX),
    path: decodePath(path),
    lines: asBoundedText(lines, "lines of the sighting", 1, MAX_NOTE_BYTES),
  };
}

/** The tree as the witnesses saw it, in the log of the `later` checkpoint. Throws WireError. */
export function verifySighting(
  { size, path, lines }: Sighting,
  entry: Logged,
  { checkpoint: later }: TrustedCheckpoint,
  policy: Policy,
): TrustedCheckpoint {
  // 1. Earlier than the bundle's checkpoint: otherwise it says nothing.
  if (size >= later.size) throw new WireError("wrong-order", "a sighting is of a smaller tree than the checkpoint's");
  // 2. The entry's own path says which tree: cosignatures of another do not verify.
  const checkpoint = { origin: later.origin, size, root: rootOfPath(leafHash(entry.entry), entry.index, size, path) };
  const text = checkpointBody(checkpoint);
  const note = parseNote(`${text}\n${lines}`);
  if (note.text !== text) throw new WireError("malformed", "lines of a sighting are signature lines alone");
  // 3. Every line is a known witness's and verifies, and they are as many as the policy asks for.
  const seen = { checkpoint, ...verifyCosignatures(note, size, policy), text };
  checkQuorum(seen.cosignatures, policy);
  return seen;
}
