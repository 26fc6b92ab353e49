/** Pruning: which numbers the batches held whose blobs may be gone (SPEC.md §3.9). */

import { compareBytes } from "./bytes.ts";
import type { CborValue } from "./cbor.ts";
import { type Statement, decodeStatement } from "./claims.ts";
import { WireError } from "./errors.ts";
import { asArray, asFixedBytes, asInteger, asUint, checkKeys } from "./fields.ts";
import { KID_BYTES } from "./keys.ts";
import { MAX_LOG_INDEX } from "./logged.ts";
import { MAX_SEQ } from "./sequence.ts";

export const TYP_PRUNING = "application/civicroot-pruning+cbor";
/** What a log entry can carry, at 15 bytes a key. */
const MAX_KEYS = 4096;
/** Ranges of one key, at 4 bytes a range. */
const MAX_SPANS = 16_384;

/** First and last number of a range, both inclusive. */
export type Span = readonly [first: bigint, last: bigint];

export interface PrunedKey {
  readonly kid: Uint8Array;
  readonly received: readonly Span[];
  readonly skipped: readonly Span[];
  readonly thinned: readonly Span[];
  readonly rejected: readonly Span[];
}

export interface Pruning extends Statement {
  /** Log indices of the batch headers whose blobs may be gone: `first` to below `end`. */
  readonly first: bigint;
  readonly end: bigint;
  readonly keys: readonly PrunedKey[];
}

function decodeSpans(value: CborValue | undefined): readonly Span[] {
  let least = 0n;
  return asArray(value, "ranges", 0, MAX_SPANS).map((item) => {
    const pair = asArray(item, "range", 2);
    const first = asInteger(pair[0], "first of a range", least, MAX_SEQ);
    const last = asInteger(pair[1], "last of a range", first, MAX_SEQ);
    // Adjoining ranges would be one range.
    least = last + 2n;
    return [first, last];
  });
}

function decodeKey(value: CborValue): PrunedKey {
  const [kid, received, skipped, thinned, rejected] = asArray(value, "pruned key", 5);
  return {
    kid: asFixedBytes(kid, "kid", KID_BYTES),
    received: decodeSpans(received),
    skipped: decodeSpans(skipped),
    thinned: decodeSpans(thinned),
    rejected: decodeSpans(rejected),
  };
}

/** A pruning statement, strictly decoded; nothing is verified yet. */
export function decodePruning(bytes: Uint8Array): Pruning {
  const { payload, ...statement } = decodeStatement(bytes, TYP_PRUNING);
  checkKeys(payload, "pruning", [1n, 2n]);
  const [low, high] = asArray(payload.get(1n), "pruned range", 2);
  const first = asUint(low, "first pruned index", MAX_LOG_INDEX);
  const end = asInteger(high, "end of the pruned range", first + 1n, MAX_LOG_INDEX);
  const keys = asArray(payload.get(2n), "pruned keys", 0, MAX_KEYS).map(decodeKey);
  if (keys.some(({ kid }, i) => i > 0 && compareBytes(kid, (keys[i - 1] as PrunedKey).kid) <= 0)) {
    throw new WireError("not-deterministic", "pruned keys are not ascending");
  }
  return { ...statement, first, end, keys };
}
