/** The outbox for components: what is in it, and sending it by itself whenever that may work. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { sendVisit, sendVisitPhoto } from "../../crew/api.ts";
import { type Draft, type Entry, added, dropped, fresh, sentAnyway } from "../../crew/outbox.ts";
import { newName } from "../../crew/names.ts";
import type { CrewStore } from "../../crew/store.ts";
import { type Stopped, alone, send } from "../../crew/sync.ts";
import type { Written } from "../../crew/types.ts";

/** While something waits it is tried again so often, and whenever the browser says that there is a network. */
const RETRY_MS = 15_000;

export interface Outbox {
  readonly entries: readonly Entry[];
  readonly sending: boolean;
  readonly sync: () => void;
  /** Keeps it durably; then it is tried. */
  readonly add: (draft: Omit<Draft, "photos" | "key">, photos: readonly Blob[]) => Promise<void>;
  readonly sendAnyway: (entry: Entry, written: Written) => Promise<void>;
  readonly drop: (entry: Entry) => Promise<void>;
}

interface Given {
  readonly store: CrewStore | undefined;
  /** Who may send now; undefined: nobody is signed in, or that is not known. */
  readonly account: number | undefined;
  readonly onStopped: (why: Stopped) => void;
  /** Something came to the city. */
  readonly onSent: () => void;
}

export function useOutbox({ store, account, onStopped, onSent }: Given): Outbox {
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [sending, setSending] = useState(false);
  const again = useRef(false);
  const busy = useRef(false);

  const load = useCallback(async (): Promise<void> => {
    if (store !== undefined) setEntries(await store.change((all) => fresh(all, Date.now())));
  }, [store]);

  const sync = useCallback((): void => {
    if (store === undefined || account === undefined) return;
    again.current = true;
    if (busy.current) return;
    busy.current = true;
    setSending(true);
    const sends = { visit: sendVisit, photo: sendVisitPhoto };
    const changed = (): void => {
      void load();
      onSent();
    };
    const run = async (): Promise<void> => {
      let stopped: Stopped | undefined = "done";
      while (again.current && stopped === "done") {
        again.current = false;
        stopped = await alone(() => send(store, account, sends, changed, Date.now));
      }
      if (stopped !== undefined) onStopped(stopped);
    };
    void run().finally(() => {
      busy.current = false;
      setSending(false);
      void load();
    });
  }, [store, account, load, onStopped, onSent]);

  useEffect(() => void load(), [load]);
  useEffect(() => {
    const shown = (): void => {
      if (!document.hidden) void load().then(sync);
    };
    sync();
    window.addEventListener("online", sync);
    document.addEventListener("visibilitychange", shown);
    return () => {
      window.removeEventListener("online", sync);
      document.removeEventListener("visibilitychange", shown);
    };
  }, [sync, load]);
  const waits = entries.some((entry) => entry.state === "waiting" && entry.account === account);
  useEffect(() => {
    if (!waits) return undefined;
    const timer = window.setInterval(sync, RETRY_MS);
    return () => window.clearInterval(timer);
  }, [waits, sync]);

  const change = async (make: (all: readonly Entry[]) => readonly Entry[]): Promise<void> => {
    if (store === undefined) throw new Error("the store is not open");
    setEntries(await store.change(make));
    sync();
  };
  return {
    entries,
    sending,
    sync,
    add: async (draft, photos) => {
      const named = photos.map((photo) => ({ id: newName(), photo }));
      for (const { id, photo } of named) await store?.putPhoto(id, photo);
      await change((all) => added(all, { ...draft, key: newName(), photos: named.map(({ id }) => id) }));
    },
    sendAnyway: (entry, written) => change((all) => sentAnyway(all, entry.key, newName(), written)),
    drop: async (entry) => {
      await change((all) => dropped(all, entry.key));
      for (const { id } of entry.photos) await store?.removePhoto(id);
    },
  };
}
