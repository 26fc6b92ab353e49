/** A check of a claim token in this browser: that the bin which it names signed it, by the key that the city enrolled. */

import { ApiError, fetchDevice, fetchPolicy, fetchProof } from "../api/client.ts";
import type { Device } from "../api/types.ts";
import { toHex } from "../verifier/bytes.ts";
import { type ClaimToken, decodeClaim, parseClaimDigits, verifyClaim } from "../verifier/claim.ts";
import { WireError } from "../verifier/errors.ts";
import { checkProof } from "./check.ts";
import type { PinStore } from "./pin.ts";

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
  /** Whether the server answered. */
  readonly reached: boolean;
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

/** Checks the signature with the key of the bin's newest verified reading. */
export async function checkToken(token: ClaimToken, store: PinStore, signal: AbortSignal): Promise<CheckedToken> {
  let bin: Device | undefined;
  try {
    bin = await fetchDevice(toHex(token.kid));
    const { latest, subject } = bin;
    if (latest === null) return { bin, signature: "unknown", reached: true };
    const expected = { subject, kid: latest.kid, seq: latest.seq };
    const outcome = await checkProof(await fetchProof(latest.proof, signal), await fetchPolicy(signal), store, expected);
    if (outcome.state === "failed") return { bin, signature: "unknown", reached: true };
    return { bin, signature: signedBy(token, outcome.trust.policy.realm, outcome.proof.device.key), reached: true };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { bin, signature: "unknown", reached: error.status !== 0 };
  }
}
