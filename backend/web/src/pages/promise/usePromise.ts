/** The server's answer, asked for again whenever an event says that something changed, and every few seconds anyway. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, json } from "../../api/client.ts";
import { listen } from "../../api/events.ts";
import type { Promised } from "./types.ts";

const POLL_MS = 10_000; // ages and waiting readings change without an event
const GATHER_MS = 500; // events come in groups
const PATIENCE_MS = 15_000; // an answer that takes longer is none
const EVENTS = ["checkpoint", "anchored", "alarms"];

export type PromiseState =
  | { readonly state: "loading" }
  | { readonly state: "error"; readonly detail: string }
  /** `at`: when it was answered; `fresh`: false once the server did not answer again, and then nothing is said to hold. */
  | { readonly state: "ready"; readonly promised: Promised; readonly at: number; readonly fresh: boolean };

function without(before: PromiseState, detail: string): PromiseState {
  return before.state === "ready" ? { ...before, fresh: false } : { state: "error", detail };
}

async function ask(): Promise<Promised | string> {
  try {
    return await json<Promised>("/api/v1/promise", AbortSignal.timeout(PATIENCE_MS));
  } catch (error) {
    if (error instanceof ApiError || error instanceof DOMException) return error.message;
    throw error;
  }
}

interface Followed {
  readonly state: PromiseState;
  /** Whether events come. */
  readonly connected: boolean;
  readonly reload: () => void;
}

export function usePromise(): Followed {
  const [state, setState] = useState<PromiseState>({ state: "loading" });
  const [connected, setConnected] = useState(false);
  const asking = useRef(false);
  const poll = useCallback(async (): Promise<void> => {
    if (asking.current || document.hidden) return; // who comes back to the page asks again
    asking.current = true;
    const answer = await ask();
    asking.current = false;
    setState((before) =>
      typeof answer === "string" ? without(before, answer) : { state: "ready", promised: answer, at: Date.now(), fresh: true },
    );
  }, []);
  useEffect(() => {
    let soon: number | undefined;
    const changed = (): void => {
      window.clearTimeout(soon);
      soon = window.setTimeout(() => void poll(), GATHER_MS);
    };
    void poll();
    const timer = window.setInterval(() => void poll(), POLL_MS);
    const tell = (now: boolean): void => {
      setConnected(now);
      changed();
    };
    const close = listen({ reading: changed, checkpoint: changed, anchored: changed, alarms: changed, connected: tell }, undefined, EVENTS);
    document.addEventListener("visibilitychange", changed);
    return () => {
      close();
      window.clearInterval(timer);
      window.clearTimeout(soon);
      document.removeEventListener("visibilitychange", changed);
    };
  }, [poll]);
  return { state, connected, reload: () => void poll() };
}
