/** Sends claims: the one of a page, and from whichever page is open those that could not be sent before. */

import { ApiError, claimDeposit } from "../api/client.ts";
import type { Claim } from "../api/types.ts";
import { browserStore } from "../store.ts";
import type { ClaimState } from "../texts/claim.ts";
import { tokenOf } from "../trust/token.ts";
import { toHex } from "../verifier/bytes.ts";
import type { ClaimToken } from "../verifier/claim.ts";
import { keepMine, keepWaiting, settled, waiting } from "./queue.ts";
import { walletOf } from "./wallet.ts";

export interface Standing {
  readonly state: ClaimState;
  readonly claim?: Claim;
  /** The city's own words. */
  readonly detail?: string;
}

/** Claims that are not settled by this answer: they are tried again. */
export const UNSETTLED: readonly ClaimState[] = ["offline", "unavailable", "busy"];

export const STATES: Readonly<Record<Claim["state"], ClaimState>> = { confirmed: "yours", pending: "pending", void: "void" };

export function depositOf(token: ClaimToken): string {
  return `${toHex(token.kid)}/${token.seq}`;
}

/** What an answer that refuses means for the reader. */
export function refused({ status, reason, message }: ApiError): Standing {
  const detail = message;
  if (status === 0) return { state: "offline" };
  if (reason === "already-claimed" || status === 409) return { state: "taken" };
  if (reason === "expired" || status === 410) return { state: "expired" };
  if (status === 429) return { state: "busy" };
  if (status >= 500) return { state: "unavailable" };
  return { state: "invalid", detail };
}

/** Sends the claim and keeps what became of it. */
export async function claimNow(digits: string, token: ClaimToken): Promise<Standing> {
  const store = browserStore();
  keepWaiting(store, digits);
  try {
    const claim = await claimDeposit(digits, walletOf(store));
    settled(store, digits);
    keepMine(store, depositOf(token));
    return { state: STATES[claim.state], claim };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const standing = refused(error);
    if (!UNSETTLED.includes(standing.state)) settled(store, digits);
    return standing;
  }
}

/** Sends all that wait, oldest first, until one cannot be sent; but for `shown`, whose own page sends it. */
export async function sendWaiting(shown: string): Promise<void> {
  const store = browserStore();
  for (const digits of waiting(store)) {
    if (digits === shown) continue;
    const token = tokenOf(digits);
    if (token === undefined) settled(store, digits);
    else if (UNSETTLED.includes((await claimNow(digits, token)).state)) return;
  }
}
