/** Checks that the log has a line of care exactly as it is shown. */

import type { CareLine } from "../api/types.ts";
import { fromHex } from "../verifier/bytes.ts";
import { statesCare } from "../verifier/care.ts";
import { checkLoggedEntry } from "./file.ts";
import type { PinStore } from "./pinstore.ts";

export type CareProof =
  /** By `issuer`, in log entry `index`. */
  | { readonly state: "verified"; readonly issuer: string; readonly index: number }
  | { readonly state: "failed" | "unavailable" }
  /** The city has not stated it yet. */
  | { readonly state: "waiting" };

function seconds(when: string): bigint {
  return BigInt(Math.floor(Date.parse(when) / 1000));
}

export async function checkCare(line: CareLine, tree: string, store: PinStore, signal: AbortSignal): Promise<CareProof> {
  if (line.entry === null) return { state: "waiting" };
  const outcome = await checkLoggedEntry(BigInt(line.entry), store, () => undefined, signal);
  if (outcome.state !== "entry") return { state: outcome.state };
  const { care: what, note } = line;
  const care = { tree, made: seconds(line.made), received: seconds(line.received), what, note, salt: fromHex(line.salt) };
  const { entry, issuer } = outcome.entry;
  return statesCare(entry, care, outcome.trust.policy.realm) ? { state: "verified", issuer, index: line.entry } : { state: "failed" };
}
