/** The trust policy that this browser keeps: pinned on first use, replaced only by what its own roots signed. */

import { equalBytes, toHex } from "../verifier/bytes.ts";
import { WireError } from "../verifier/errors.ts";
import { kidOf } from "../verifier/keys.ts";
import { type Policy, type SignedPolicy, parsePolicyFile, verifyPolicy, verifySuccessor } from "../verifier/policy.ts";
import { PIN_KEY, type PinStore } from "./pinstore.ts";

/** How the policy came to be trusted; `unkept` is a first use that this browser will not remember. */
export type PinState = "first-use" | "unkept" | "known" | "updated";

export interface PinnedPolicy {
  readonly policy: Policy;
  readonly state: PinState;
}

/** The served policy is not the pinned one, nor a next version signed by the pinned roots. */
export class PolicyChangedError extends Error {
  readonly detail: string;

  constructor(why: string, pinned: Policy | undefined, served: Policy) {
    const remembered = pinned === undefined ? "what cannot be read" : describe(pinned);
    const detail = `${why}; remembered ${remembered}, served ${describe(served)}`;
    super(detail);
    this.name = "PolicyChangedError";
    this.detail = detail;
  }
}

function describe({ version, roots }: Policy): string {
  return `version ${version} with roots ${roots.map((key) => toHex(kidOf(key))).join(", ")}`;
}

/**
 * The policy in `served` (the text of policy.json), verified and held against the pin in `store`.
 *
 * Throws WireError if it is no valid policy, PolicyChangedError if it contradicts the pin, which then stays.
 */
export function trustPolicy(served: string, store: PinStore): PinnedPolicy {
  const signed = parsePolicyFile(served);
  const kept = store.getItem(PIN_KEY);
  if (kept === null) {
    const policy = verifyPolicy(signed);
    store.setItem(PIN_KEY, served);
    return { policy, state: store.forgetful === true ? "unkept" : "first-use" };
  }
  const pinned = readPin(kept, signed.policy);
  // Verified when it was pinned; the same content needs no other look.
  if (equalBytes(pinned.payload, signed.payload)) return { policy: pinned.policy, state: "known" };
  try {
    const policy = verifySuccessor(signed, pinned.policy);
    store.setItem(PIN_KEY, served);
    return { policy, state: "updated" };
  } catch (error) {
    if (error instanceof WireError) throw new PolicyChangedError(error.message, pinned.policy, signed.policy);
    throw error;
  }
}

/** The pin; one that cannot be read is for the reader to give up, like one that is contradicted. */
function readPin(kept: string, served: Policy): SignedPolicy {
  try {
    return parsePolicyFile(kept);
  } catch (error) {
    if (error instanceof WireError) throw new PolicyChangedError(error.message, undefined, served);
    throw error;
  }
}
