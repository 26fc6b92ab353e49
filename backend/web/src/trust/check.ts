/** A check of proof bytes in this browser, and what came of it. */

import { ApiError, fetchPolicy, fetchProof } from "../api/client.ts";
import { toHex } from "../verifier/bytes.ts";
import { ProofError, type Reason, type StepId, type StepReport, WireError } from "../verifier/errors.ts";
import { type VerifiedProof, verifyProof } from "../verifier/verifier.ts";
import { checksFor } from "./anchorchecks.ts";
import { type PinnedPolicy, PolicyChangedError, trustPolicy } from "./pin.ts";
import type { PinStore } from "./pinstore.ts";

/** Which reading a proof is expected to be of. */
export interface Expected {
  readonly subject: string;
  readonly kid: string;
  readonly seq: number;
}

/** Which list of steps a check goes through. */
export type Track = "reading" | "entry" | "tlog-proof" | "transparent";

export interface Verified {
  readonly state: "verified";
  readonly proof: VerifiedProof;
  readonly trust: PinnedPolicy;
  /** The proof file itself. */
  readonly file: Uint8Array;
}

export interface Failed {
  readonly state: "failed";
  readonly track: Track;
  /** A step of the proof; `policy` where the trust policy failed, `match` where the proof is of another reading or entry. */
  readonly step: StepId | "policy" | "match";
  readonly reason: Reason | "policy-changed" | "other-reading" | "other-entry";
  readonly detail: string;
  readonly passed: readonly StepReport[];
  /** The file that failed, where it is a reading's. */
  readonly file?: Uint8Array;
}

export interface Unavailable {
  readonly state: "unavailable";
  readonly detail: string;
}

export type Outcome = Verified | Failed | Unavailable;

const DEFAULT_RETRY_SECONDS = 3;
const MAX_RETRY_SECONDS = 30;

/** Verifies proof `bytes` under the policy file `served`; with `expected`, also that it is of that reading. Throws ApiError. */
export async function checkProof(bytes: Uint8Array, served: string, store: PinStore, expected?: Expected): Promise<Verified | Failed> {
  const trust = trusted(served, store, "reading");
  if (trust.state === "failed") return trust;
  const checks = await checksFor(bytes, trust.policy);
  try {
    const proof = verifyProof(bytes, trust.policy, checks);
    const other = mismatch(proof, expected);
    return other === undefined ? { state: "verified", proof, trust, file: bytes } : { ...other, file: bytes };
  } catch (error) {
    return { ...failure(error, "reading"), file: bytes };
  }
}

/** A ProofError as an outcome; anything else is a fault of this page. */
export function failure(error: unknown, track: Track): Failed {
  if (!(error instanceof ProofError)) throw error;
  const { step, reason, detail, passed } = error;
  return { state: "failed", track, step, reason, detail, passed };
}

/** The policy file `served` as this browser trusts it, or that it does not. */
export function trusted(served: string, store: PinStore, track: Track): PinnedPolicy | Failed {
  try {
    return trustPolicy(served, store);
  } catch (error) {
    const step = "policy";
    if (error instanceof PolicyChangedError) {
      return { state: "failed", track, step, reason: "policy-changed", detail: error.detail, passed: [] };
    }
    if (error instanceof WireError) return { state: "failed", track, step, reason: error.reason, detail: error.detail, passed: [] };
    throw error;
  }
}

/** A server may answer with the good proof of another reading; that proves nothing here. */
function mismatch(proof: VerifiedProof, expected: Expected | undefined): Failed | undefined {
  if (expected === undefined) return undefined;
  const found = `${proof.device.claims.subject}, key ${toHex(proof.record.kid)}, number ${proof.record.sequence.seq}`;
  const wanted = `${expected.subject}, key ${expected.kid}, number ${expected.seq}`;
  if (found === wanted) return undefined;
  const detail = `proof of ${found}; asked for ${wanted}`;
  return { state: "failed", track: "reading", step: "match", reason: "other-reading", detail, passed: proof.steps };
}

function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal.addEventListener("abort", stop);
  });
}

/**
 * Fetches policy and proof and checks them; while the record is not yet published, says so to `waiting` and asks again.
 * Ends with an outcome, or with the signal's reason when aborted.
 */
export async function checkReading(
  path: string,
  expected: Expected,
  store: PinStore,
  waiting: () => void,
  signal: AbortSignal,
): Promise<Outcome> {
  const check = async (): Promise<Verified | Failed> => {
    const bytes = await fetchProof(path, signal);
    return checkProof(bytes, await fetchPolicy(signal), store, expected);
  };
  return whenPublished(check, waiting, signal);
}

/** What `check` comes to; while the server says that it is not yet published, says so to `waiting` and tries again. */
export async function whenPublished<T>(check: () => Promise<T>, waiting: () => void, signal: AbortSignal): Promise<T | Unavailable> {
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 409) return { state: "unavailable", detail: error.message };
      waiting();
      await wait(Math.min(Math.max(error.retryAfter ?? DEFAULT_RETRY_SECONDS, 1), MAX_RETRY_SECONDS), signal);
    }
  }
}
