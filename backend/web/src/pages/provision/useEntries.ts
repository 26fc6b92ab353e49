/** The devices that this browser knows, and the city's word on each: sent, asked after and shown as it comes. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError } from "../../api/client.ts";
import { desk } from "../../provision/api.ts";
import type { Entry, Journal } from "../../provision/entry.ts";
import { openJournal } from "../../provision/journal.ts";
import { brought } from "../../provision/sending.ts";
import type { Session } from "./useSession.ts";

/** A registrar who is there answers in seconds; one who is not, in hours. */
const POLL_MS = 3_000;

export interface Entries {
  readonly journal: Journal | undefined;
  readonly entries: readonly Entry[];
  readonly reload: () => Promise<void>;
  /** Send what waits, and ask what became of the rest. */
  readonly sync: () => Promise<void>;
}

function isOpen({ state }: Entry): boolean {
  return state === "asked" || state === "sent";
}

export function useEntries({ state: session, look }: Session): Entries {
  const [journal, setJournal] = useState<Journal | undefined>();
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const running = useRef(false);
  /** Whether the next one may be tried. */
  const bring = async (entry: Entry, into: Journal): Promise<boolean> => {
    try {
      await brought(entry, desk, into, Date.now());
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.status !== 0 && error.status !== 401) return true; // the next time may be better
      look(); // it is said above, and asked again when there is a network
      return false;
    }
    return true;
  };
  useEffect(() => void openJournal().then(setJournal), []);
  const reload = useCallback(async () => {
    const all = (await journal?.all()) ?? [];
    setEntries([...all].sort((a, b) => b.changed - a.changed));
  }, [journal]);
  const sync = useCallback(async () => {
    if (journal === undefined || running.current) return;
    running.current = true;
    try {
      for (const entry of (await journal.all()).filter(isOpen)) if (!(await bring(entry, journal))) break;
    } finally {
      running.current = false;
      await reload();
    }
  }, [journal, reload, look]);
  useEffect(() => void reload(), [reload]);
  useEffect(() => {
    if (session === "in") void sync();
  }, [session, sync]);
  const open = entries.some(isOpen);
  useEffect(() => {
    if (!open || session !== "in") return undefined;
    const timer = window.setInterval(() => {
      if (!document.hidden) void sync();
    }, POLL_MS);
    return () => window.clearInterval(timer);
  }, [open, session, sync]);
  return { journal, entries, reload, sync };
}
