/** A claim on its way: what is known of the token, and what became of claiming it. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, fetchClaim } from "../../api/client.ts";
import { browserStore } from "../../store.ts";
import { type CheckedToken, checkToken, tokenOf } from "../../trust/token.ts";
import { toHex } from "../../verifier/bytes.ts";
import type { ClaimToken } from "../../verifier/claim.ts";
import { isMine, waiting } from "../../wallet/queue.ts";
import { STATES, type Standing, UNSETTLED, claimNow, depositOf } from "../../wallet/send.ts";

/** While it waits for a network, it is tried again so often, and whenever the browser says that there is one. */
const RETRY_MS = 10_000;

/** How it stands before anybody claims: from what this browser knows, and what the city says. */
async function standingOf(digits: string, token: ClaimToken): Promise<Standing> {
  const store = browserStore();
  if (waiting(store).includes(digits)) return claimNow(digits, token);
  const mine = isMine(store, depositOf(token));
  try {
    const claim = await fetchClaim(toHex(token.kid), token.seq);
    if (claim === undefined) return { state: mine ? "pending" : "offered" };
    return mine ? { state: STATES[claim.state], claim } : { state: "taken" };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { state: mine ? "yours" : "offered" };
  }
}

export interface Claiming {
  readonly token: ClaimToken | undefined;
  readonly checked: CheckedToken | undefined;
  /** Undefined while it is looked up. */
  readonly standing: Standing | undefined;
  readonly busy: boolean;
  readonly claim: () => void;
}

export function useClaim(digits: string): Claiming {
  const [token] = useState(() => tokenOf(digits));
  const [checked, setChecked] = useState<CheckedToken | undefined>();
  const [standing, setStanding] = useState<Standing | undefined>(token === undefined ? { state: "invalid" } : undefined);
  const [busy, setBusy] = useState(false);
  const sending = useRef(false);

  const claim = useCallback(() => {
    if (token === undefined || sending.current) return;
    sending.current = true;
    setBusy(true);
    void claimNow(digits, token).then((found) => {
      sending.current = false;
      setBusy(false);
      setStanding(found);
    });
  }, [digits, token]);

  useEffect(() => {
    if (token === undefined) return undefined;
    const abort = new AbortController();
    void checkToken(token, browserStore(), abort.signal).then((found) => !abort.signal.aborted && setChecked(found), abortedOnly(abort));
    void standingOf(digits, token).then((found) => !abort.signal.aborted && setStanding(found));
    return () => abort.abort();
  }, [digits, token]);

  const again = standing !== undefined && [...UNSETTLED, "pending"].includes(standing.state);
  useEffect(() => {
    if (!again) return undefined;
    window.addEventListener("online", claim);
    const timer = window.setInterval(claim, RETRY_MS);
    return () => {
      window.removeEventListener("online", claim);
      window.clearInterval(timer);
    };
  }, [again, claim]);
  return { token, checked, standing, busy, claim };
}

/** A check that nobody waits for any more ends with its signal's reason; anything else is a defect. */
function abortedOnly(abort: AbortController): (error: unknown) => void {
  return (error) => {
    if (!abort.signal.aborted) throw error;
  };
}
