/** The checks of external anchors, each fetched only when a bundle has an anchor of its kind: most readers never need them. */

import { ApiError } from "../api/client.ts";
import { type AnchorChecks, decodeAnchors, namesOf } from "../verifier/anchors.ts";
import { decode } from "../verifier/cbor.ts";
import { MAX_ENTRY_PROOF_BYTES } from "../verifier/entryproof.ts";
import { WireError } from "../verifier/errors.ts";
import { optional } from "../verifier/fields.ts";
import type { Policy } from "../verifier/policy.ts";
import type { AnchorKind } from "../verifier/policyanchor.ts";

const ANCHORS = 11n;

const LOADERS: Readonly<Record<AnchorKind, () => Promise<AnchorChecks>>> = {
  evm: async () => ({ evm: (await import("../verifier/anchor/evm.ts")).evmCheck() }),
  opentimestamps: async () => ({ opentimestamps: (await import("../verifier/anchor/opentimestamps.ts")).checkOpenTimestamps }),
  rfc3161: async () => ({ rfc3161: (await import("../verifier/anchor/rfc3161.ts")).checkRfc3161 }),
};

/** The kinds of a bundle's anchors, as the policy has them; none of what is no bundle, which the verifier will say. */
export function kindsIn(bytes: Uint8Array, policy: Policy): readonly AnchorKind[] {
  try {
    const map = decode(bytes, MAX_ENTRY_PROOF_BYTES);
    const names = namesOf((map instanceof Map ? optional(map, ANCHORS, decodeAnchors) : undefined) ?? []);
    const kinds = policy.anchors.filter(({ name }) => names.includes(name)).map(({ kind }) => kind);
    return [...new Set(kinds)];
  } catch (error) {
    if (error instanceof WireError) return [];
    throw error;
  }
}

/** The checks that the bundle `bytes` needs. Throws ApiError where one cannot be fetched: without it nothing is said. */
export async function checksFor(bytes: Uint8Array, policy: Policy): Promise<AnchorChecks> {
  try {
    const loaded = await Promise.all(kindsIn(bytes, policy).map((kind) => LOADERS[kind]()));
    return Object.assign({}, ...loaded) as AnchorChecks;
  } catch (error) {
    // A module that cannot be fetched.
    if (error instanceof TypeError) throw new ApiError(0, error.message);
    throw error;
  }
}
