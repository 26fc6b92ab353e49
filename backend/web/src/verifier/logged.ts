/** Logged: an entry with its place in the city log and the path to a checkpoint's root (SPEC.md §7). */

import type { CborValue } from "./cbor.ts";
import { MAX_ENTRY_BYTES } from "./claims.ts";
import { asArray, asBoundedBytes, asFixedBytes, asUint } from "./fields.ts";
import { HASH_BYTES, MAX_PATH, leafHash, verifyInclusion } from "./merkle.ts";
import type { Checkpoint } from "./note.ts";

export const MAX_LOG_INDEX = (1n << 63n) - 1n;

export interface Logged {
  readonly entry: Uint8Array;
  readonly index: bigint;
  readonly path: readonly Uint8Array[];
}

export function decodePath(value: CborValue | undefined): readonly Uint8Array[] {
  return asArray(value, "path", 0, MAX_PATH).map((hash) => asFixedBytes(hash, "hash", HASH_BYTES));
}

/** `[entry, log index, [hash, …]]`, strictly read; nothing is verified yet. */
export function decodeLogged(value: CborValue | undefined, what: string): Logged {
  const [entry, index, path] = asArray(value, what, 3);
  return {
    entry: asBoundedBytes(entry, what, 1, MAX_ENTRY_BYTES),
    index: asUint(index, "log index", MAX_LOG_INDEX),
    path: decodePath(path),
  };
}

/** The logged entry, if its path leads to the checkpoint's root. */
export function verifyLogged(logged: Logged, { size, root }: Pick<Checkpoint, "size" | "root">): Logged {
  verifyInclusion(leafHash(logged.entry), logged.index, size, logged.path, root);
  return logged;
}
