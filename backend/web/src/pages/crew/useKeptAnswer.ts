/** An answer of the city that this phone keeps: shown at once as it was, and anew as soon as it comes. */

import { useCallback, useEffect, useState } from "preact/hooks";
import type { Answer } from "../../crew/api.ts";
import type { CrewStore } from "../../crew/store.ts";

export interface KeptAnswer<T> {
  readonly value: T | undefined;
  /** When it came, in milliseconds. */
  readonly at: number | undefined;
  /** Whether it came just now. */
  readonly fresh: boolean;
  /** Of the last attempt; 0: no connection; undefined: there was none yet. */
  readonly status: number | undefined;
  readonly reload: () => void;
}

interface Found<T> {
  readonly key: string | undefined;
  readonly value: T | undefined;
  readonly at: number | undefined;
  readonly fresh: boolean;
  readonly status: number | undefined;
}

/** `key` undefined: nothing is asked for. A 401 is told to `onSignedOut`. */
export function useKeptAnswer<T>(store: CrewStore | undefined, key: string | undefined, fetch: () => Promise<Answer<T>>, onSignedOut: () => void): KeptAnswer<T> {
  const nothing: Found<T> = { key, value: undefined, at: undefined, fresh: false, status: undefined };
  const [found, setFound] = useState<Found<T>>(nothing);
  const current = found.key === key ? found : nothing;
  const load = useCallback(
    async (signal: AbortSignal): Promise<void> => {
      if (store === undefined || key === undefined) return;
      const kept = await store.kept<T>(key);
      if (signal.aborted) return;
      setFound((before) => (before.key === key && before.value !== undefined ? before : { key, value: kept?.value, at: kept?.at, fresh: false, status: undefined }));
      const { status, body } = await fetch();
      if (signal.aborted) return;
      if (status === 401) onSignedOut();
      if (status < 200 || status >= 300 || body === undefined) {
        setFound((before) => ({ ...before, key, fresh: false, status }));
        return;
      }
      const at = Date.now();
      setFound({ key, value: body, at, fresh: true, status });
      await store.keep(key, body, at);
    },
    [store, key],
  );
  const [round, setRound] = useState(0);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  useEffect(() => {
    const abort = new AbortController();
    void load(abort.signal);
    return () => abort.abort();
  }, [load, round]);
  useEffect(() => {
    window.addEventListener("online", reload);
    return () => window.removeEventListener("online", reload);
  }, [reload]);
  return { ...current, reload };
}
