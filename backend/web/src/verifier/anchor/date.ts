/** What findings of all kinds of anchors say alike. */

import { WireError } from "../errors.ts";
import type { PolicyAnchor } from "../policyanchor.ts";

/** What a calendar of four-digit years reaches, in Unix seconds. */
const LAST_SECOND = 253_402_300_799n;

/** Unix seconds as the verifier writes them. */
export function dateOf(seconds: bigint): string {
  if (seconds > LAST_SECOND) return `second ${seconds}`;
  return new Date(Number(seconds) * 1000).toISOString().replace("T", " ").replace(".000Z", " UTC");
}

/** A check was given an anchor of another kind. */
export function kindMismatch({ name, kind }: PolicyAnchor): WireError {
  return new WireError("wrong-kind", `anchor ${name} is of kind ${kind}`);
}
