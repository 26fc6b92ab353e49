/** A check of any file that claims to prove something: a reading's or entry's bundle, a tlog-proof, a transparent statement. */

import { ApiError, fetchEntryProof, fetchPolicy } from "../api/client.ts";
import { equalBytes } from "../verifier/bytes.ts";
import { MAX_ENTRY_PROOF_BYTES } from "../verifier/entryproof.ts";
import { type VerifiedEntry, verifyEntryProof } from "../verifier/entryverifier.ts";
import type { StepReport } from "../verifier/errors.ts";
import { type VerifiedInclusion, verifyTlogProof, verifyTransparent } from "../verifier/inclusion.ts";
import type { Policy } from "../verifier/policy.ts";
import { MAX_PROOF_BYTES } from "../verifier/proof.ts";
import { MAX_TRANSPARENT_BYTES } from "../verifier/receipt.ts";
import { MAX_TLOG_PROOF_BYTES } from "../verifier/tlogproof.ts";
import { checksFor } from "./anchorchecks.ts";
import { type Failed, type Outcome, type Track, type Unavailable, checkProof, failure, trusted, whenPublished } from "./check.ts";
import type { PinnedPolicy } from "./pin.ts";
import type { PinStore } from "./pinstore.ts";

/** A byte more is enough for every verifier to refuse a file; one may have gigabytes. */
export const MAX_FILE_BYTES =
  Math.max(MAX_PROOF_BYTES, MAX_ENTRY_PROOF_BYTES, MAX_TRANSPARENT_BYTES, MAX_TLOG_PROOF_BYTES) + 1;
/** Where a bundle's format stands: within its first bytes. */
const HEAD_BYTES = 48;
const TAG_18 = 0xd2;

/** An entry whose signer was checked. */
export interface EntryVerified {
  readonly state: "entry";
  readonly entry: VerifiedEntry;
  /** The form in which it was handed over. */
  readonly track: Exclude<Track, "reading">;
  /** Steps of that form, where it is not the bundle itself. */
  readonly form: readonly StepReport[] | undefined;
  readonly trust: PinnedPolicy;
}

/** An entry that is in the log, though who signed it could not be checked. */
export interface OnlyLogged {
  readonly state: "logged";
  readonly inclusion: VerifiedInclusion;
  readonly track: "tlog-proof" | "transparent";
  /** Why the bundle that says who signed it could not be had. */
  readonly why: string;
  readonly trust: PinnedPolicy;
}

export type FileOutcome = Outcome | EntryVerified | OnlyLogged;

/** The bundle of the entry at `index`. Throws ApiError where there is none to be had. */
export type FetchEntryProof = (index: bigint) => Promise<Uint8Array>;

/** What a file claims to be; whether it is, its own decoder says. */
export function trackOf(bytes: Uint8Array): Track {
  const head = Array.from(bytes.subarray(0, HEAD_BYTES), (byte) => String.fromCharCode(byte)).join("");
  if (head.startsWith("c2sp.org/tlog-proof@")) return "tlog-proof";
  if (bytes[0] === TAG_18) return "transparent";
  return head.includes("civicroot/entry-proof/") ? "entry" : "reading";
}

const VERIFY_INCLUSION = { "tlog-proof": verifyTlogProof, transparent: verifyTransparent } as const;

/** Verifies an entry's bundle under the policy file `served`. Throws ApiError. */
export async function checkEntry(bytes: Uint8Array, served: string, store: PinStore): Promise<EntryVerified | Failed> {
  const trust = trusted(served, store, "entry");
  if (trust.state === "failed") return trust;
  const checks = await checksFor(bytes, trust.policy);
  try {
    return { state: "entry", entry: verifyEntryProof(bytes, trust.policy, checks), track: "entry", form: undefined, trust };
  } catch (error) {
    return failure(error, "entry");
  }
}

/** Fetches policy and bundle of the entry at `index` and checks them, also that it is of that entry. */
export async function checkLoggedEntry(
  index: bigint,
  store: PinStore,
  waiting: () => void,
  signal: AbortSignal,
): Promise<EntryVerified | Failed | Unavailable> {
  const check = async (): Promise<EntryVerified | Failed> => {
    const bytes = await fetchEntryProof(index, signal);
    const outcome = await checkEntry(bytes, await fetchPolicy(signal), store);
    if (outcome.state === "failed" || outcome.entry.bundle.entry.index === index) return outcome;
    const detail = `proof of entry ${outcome.entry.bundle.entry.index}; asked for ${index}`;
    return { state: "failed", track: "entry", step: "match", reason: "other-entry", detail, passed: outcome.entry.steps };
  };
  return whenPublished(check, waiting, signal);
}

/** Verifies a file under the policy file `served`; where the file does not say who signed the entry, the log's bundle does. Throws ApiError. */
export async function checkFile(bytes: Uint8Array, served: string, store: PinStore, fetch: FetchEntryProof): Promise<FileOutcome> {
  const track = trackOf(bytes);
  if (track === "reading") return checkProof(bytes, served, store);
  if (track === "entry") return checkEntry(bytes, served, store);
  const trust = trusted(served, store, track);
  if (trust.state === "failed") return trust;
  try {
    return await completed(VERIFY_INCLUSION[track](bytes, trust.policy), track, trust, fetch);
  } catch (error) {
    return failure(error, track);
  }
}

/** The inclusion with who signed it, as the log's bundle of the same entry shows it. */
async function completed(
  inclusion: VerifiedInclusion,
  track: OnlyLogged["track"],
  trust: PinnedPolicy,
  fetch: FetchEntryProof,
): Promise<EntryVerified | OnlyLogged | Failed> {
  const found = await bundleOf(inclusion.index, fetch);
  if (typeof found === "string") return { state: "logged", inclusion, track, why: found, trust };
  const entry = await verifyBundle(found, trust.policy);
  if ("state" in entry) return entry;
  if (!equalBytes(entry.bundle.entry.entry, inclusion.bytes)) {
    const detail = `the server shows another entry at index ${inclusion.index}`;
    return { state: "failed", track, step: "match", reason: "other-entry", detail, passed: inclusion.steps };
  }
  return { state: "entry", entry, track, form: inclusion.steps, trust };
}

async function verifyBundle(bytes: Uint8Array, policy: Policy): Promise<VerifiedEntry | Failed> {
  const checks = await checksFor(bytes, policy);
  try {
    return verifyEntryProof(bytes, policy, checks);
  } catch (error) {
    return failure(error, "entry");
  }
}

/** The bundle's bytes, or why there are none. */
async function bundleOf(index: bigint, fetch: FetchEntryProof): Promise<Uint8Array | string> {
  try {
    return await fetch(index);
  } catch (error) {
    if (error instanceof ApiError) return error.message;
    throw error;
  }
}
