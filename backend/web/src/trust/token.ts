/** A check of a claim token in this browser: that the bin which it names signed it, by the key that the city enrolled. */

import { ApiError, fetchDevice, fetchEntryProof, fetchPolicy } from "../api/client.ts";
import type { Device } from "../api/types.ts";
import { equalBytes, toHex } from "../verifier/bytes.ts";
import { type ClaimToken, decodeClaim, parseClaimDigits, verifyClaim } from "../verifier/claim.ts";
import { WireError } from "../verifier/errors.ts";
import { enrolledKid } from "../verifier/statement.ts";
import type { Failed } from "./check.ts";
import { type EntryVerified, checkEntry } from "./file.ts";
import type { PinStore } from "./pinstore.ts";

/** The token of the digits, or undefined for digits that are none. */
export function tokenOf(digits: string): ClaimToken | undefined {
  try {
    return decodeClaim(parseClaimDigits(digits));
  } catch (error) {
    if (error instanceof WireError) return undefined;
    throw error;
  }
}

export interface CheckedToken {
  /** The bin, as the server describes it; undefined if it does not know it or does not answer. */
  readonly bin: Device | undefined;
  /** `unknown`: no proof of the bin's key could be had. */
  readonly signature: "signed" | "forged" | "unknown";
}

function signedBy(token: ClaimToken, realm: string, key: Uint8Array): "signed" | "forged" {
  try {
    verifyClaim(token, realm, key);
    return "signed";
  } catch (error) {
    if (error instanceof WireError) return "forged";
    throw error;
  }
}

/** The bin's key as its enrolment in the log has it, and the realm; undefined where the entry does not show that. */
function keyIn(outcome: EntryVerified | Failed, kid: Uint8Array): { readonly key: Uint8Array; readonly realm: string } | undefined {
  if (outcome.state === "failed") return undefined;
  const { entry } = outcome.entry;
  if (entry.kind !== "enrolment" || !equalBytes(enrolledKid(entry.content), kid)) return undefined;
  return { key: entry.content.key, realm: outcome.trust.policy.realm };
}

/** Checks the signature with the key that the city enrolled, whose proof is checked first. */
export async function checkToken(token: ClaimToken, store: PinStore, signal: AbortSignal): Promise<CheckedToken> {
  let bin: Device | undefined;
  try {
    bin = await fetchDevice(toHex(token.kid));
    const proof = await fetchEntryProof(BigInt(bin.enrolled_at_index), signal);
    const found = keyIn(await checkEntry(proof, await fetchPolicy(signal), store), token.kid);
    return { bin, signature: found === undefined ? "unknown" : signedBy(token, found.realm, found.key) };
  } catch (error) {
    // A server that does not answer, or does not know the bin.
    if (!(error instanceof ApiError)) throw error;
    return { bin, signature: "unknown" };
  }
}
