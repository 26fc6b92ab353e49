/** Verdict: the backend's signed answer to a batch message (SPEC.md §4.2). */

import { MAX_BATCH_RECORDS } from "./batch.ts";
import { type CborMap, type CborValue, decode } from "./cbor.ts";
import { ALG, KID, type Sign1, aad, decodeSign1, verifySign1 } from "./cose.ts";
import { WireError } from "./errors.ts";
import { asArray, asBoundedText, asFixedBytes, asInteger, asMap, asUint, checkKeys, optional } from "./fields.ts";
import { HASH_BYTES } from "./merkle.ts";

/** A reason for each of 1,024 records. */
const MAX_VERDICT_BYTES = 64 * 1024;
const MAX_REASON = 32;
const COMMITTED = 0n;
const REFUSED = 1n;

export interface Rejected {
  readonly index: bigint;
  readonly reason: string;
}

export interface Verdict {
  readonly message: Sign1;
  readonly kid: Uint8Array;
  /** SHA-256 of the batch message. */
  readonly digest: Uint8Array;
  readonly outcome:
    | { readonly committed: true; readonly index: bigint; readonly rejected: readonly Rejected[] }
    | { readonly committed: false; readonly reason: string };
}

function decodeRejected(value: CborValue): readonly Rejected[] {
  let next = 0n;
  return asArray(value, "rejected", 1, MAX_BATCH_RECORDS).map((item) => {
    const [position, reason] = asArray(item, "rejected record", 2);
    const index = asUint(position, "index in the batch", BigInt(MAX_BATCH_RECORDS - 1));
    if (index < next) throw new WireError("not-deterministic", "rejected records are not ascending");
    next = index + 1n;
    return { index, reason: asBoundedText(reason, "reason", 1, MAX_REASON) };
  });
}

function decodeOutcome(payload: CborMap): Verdict["outcome"] {
  if (asInteger(payload.get(2n), "status", COMMITTED, REFUSED) === REFUSED) {
    checkKeys(payload, "refusal", [1n, 2n, 5n]);
    return { committed: false, reason: asBoundedText(payload.get(5n), "reason", 1, MAX_REASON) };
  }
  checkKeys(payload, "commitment", [1n, 2n, 3n], [4n]);
  return { committed: true, index: asUint(payload.get(3n), "log index"), rejected: optional(payload, 4n, decodeRejected) ?? [] };
}

/** A verdict, strictly decoded; nothing is verified yet. */
export function decodeVerdict(bytes: Uint8Array): Verdict {
  const message = decodeSign1(bytes, MAX_VERDICT_BYTES, [ALG, KID]);
  const payload = asMap(decode(message.payload, MAX_VERDICT_BYTES), "verdict");
  checkKeys(payload, "verdict", [1n, 2n], [3n, 4n, 5n]);
  const digest = asFixedBytes(payload.get(1n), "digest", HASH_BYTES);
  return { message, kid: message.kid, digest, outcome: decodeOutcome(payload) };
}

/** The verdict, if the backend's `key` signed it in `realm`. */
export function verifyVerdict(verdict: Verdict, realm: string, key: Uint8Array): Verdict {
  verifySign1(verdict.message, key, aad("verdict", realm));
  return verdict;
}
