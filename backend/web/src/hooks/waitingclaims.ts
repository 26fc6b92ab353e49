/** Claims that a reader made without a network are sent from any page, as it opens and when the network comes back. */

import { useEffect } from "preact/hooks";
import { browserStore } from "../store.ts";
import { waiting } from "../wallet/queue.ts";

function send(): void {
  if (waiting(browserStore()).length === 0) return;
  // Loaded only then: hardly any page has one to send.
  void import("../wallet/send.ts").then(({ sendWaiting }) => sendWaiting(window.location.hash.slice(1)));
}

export function useWaitingClaims(): void {
  useEffect(() => {
    send();
    window.addEventListener("online", send);
    return () => window.removeEventListener("online", send);
  }, []);
}
