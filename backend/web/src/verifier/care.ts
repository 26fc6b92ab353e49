/** What was done for a tree, as the log has it: a salted hash that an organisation of the city states about the tree. */

import { sha256 } from "@noble/hashes/sha2.js";
import { equalBytes } from "./bytes.ts";
import { encode } from "./cbor.ts";
import type { Entry } from "./entry.ts";

const FORMAT = "civicroot/care/v1";
const TYP = "application/vnd.civicroot.care";

/** A line as it is shown; times are Unix seconds. */
export interface Care {
  readonly tree: string;
  readonly made: bigint;
  readonly received: bigint;
  readonly what: readonly string[];
  readonly note: string;
  readonly salt: Uint8Array;
}

export function careDigest({ tree, made, received, what, note, salt }: Care, realm: string): Uint8Array {
  return sha256(encode([FORMAT, realm, tree, made, received, what, note, salt]));
}

/** Whether the verified entry is a statement of exactly this line, about this tree. */
export function statesCare(entry: Entry, care: Care, realm: string): boolean {
  if (entry.kind !== "statement" || !entry.content.detached) return false;
  const { typ, claims, payload } = entry.content;
  return typ === TYP && claims.subject === care.tree && equalBytes(payload, careDigest(care, realm));
}
