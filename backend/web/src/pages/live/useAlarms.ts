/** The alarms as the server says, asked for every few seconds while somebody looks. */

import { useEffect, useState } from "preact/hooks";
import { ApiError, fetchAlarms } from "../../api/client.ts";
import type { Alarms } from "../../api/types.ts";

const POLL_MS = 5_000; // for as long the server keeps an answer
const PATIENCE_MS = 15_000; // an answer that takes longer is none

export interface KnownAlarms {
  readonly alarms: Alarms;
  /** When they were answered, in milliseconds since 1970. */
  readonly at: number;
  /** False once the server did not answer again: what is shown may be over. */
  readonly fresh: boolean;
}

/** Undefined until it is there; "unavailable" from a server that does not say. */
export type AlarmsState = KnownAlarms | "unavailable" | undefined;

/** What is known after an answer, or after none. */
export function after(before: AlarmsState, answer: Alarms | undefined, now: number): AlarmsState {
  if (answer !== undefined) return { alarms: answer, at: now, fresh: true };
  return typeof before === "object" ? { ...before, fresh: false } : "unavailable";
}

/** The answer, or undefined if there was none. */
async function ask(signal: AbortSignal): Promise<Alarms | undefined> {
  try {
    return await fetchAlarms(signal);
  } catch (error) {
    if (error instanceof ApiError || error instanceof DOMException) return undefined;
    throw error;
  }
}

/** `connected`: whether events come; when they come again, the alarms are asked for at once. */
export function useAlarms(connected: boolean): AlarmsState {
  const [state, setState] = useState<AlarmsState>();
  useEffect(() => {
    const ended = new AbortController();
    let timer: number | undefined;
    let asking = false;
    const poll = async (): Promise<void> => {
      window.clearTimeout(timer);
      if (asking || document.hidden) return; // who comes back to the page asks again
      asking = true;
      const answer = await ask(AbortSignal.any([ended.signal, AbortSignal.timeout(PATIENCE_MS)]));
      asking = false;
      if (ended.signal.aborted) return;
      setState((before) => after(before, answer, Date.now()));
      timer = window.setTimeout(poll, POLL_MS);
    };
    document.addEventListener("visibilitychange", poll);
    void poll();
    return () => {
      ended.abort();
      window.clearTimeout(timer);
      document.removeEventListener("visibilitychange", poll);
    };
  }, [connected]);
  return state;
}
