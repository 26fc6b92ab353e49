/** Checking the proof of a log entry, for its page. */

import { useCallback, useEffect, useState } from "preact/hooks";
import { browserStore } from "../../store.ts";
import { type FileOutcome, checkLoggedEntry } from "../../trust/file.ts";
import { forgetPin } from "../../trust/pinstore.ts";

export interface EntryCheck {
  readonly outcome: FileOutcome | undefined;
  /** The entry is not yet covered by a published checkpoint. */
  readonly waiting: boolean;
  readonly again: () => void;
  readonly trustNewRoots: () => void;
}

export function useEntryCheck(index: bigint): EntryCheck {
  const [outcome, setOutcome] = useState<FileOutcome | undefined>();
  const [waiting, setWaiting] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    const abort = new AbortController();
    setOutcome(undefined);
    checkLoggedEntry(index, browserStore(), () => setWaiting(true), abort.signal).then(setOutcome, (error: unknown) => {
      // An aborted check has no outcome; anything else is a fault of this page and shown as such.
      if (!abort.signal.aborted) setOutcome({ state: "unavailable", detail: String(error) });
    });
    return () => abort.abort();
  }, [index, attempt]);
  const again = useCallback(() => setAttempt((count) => count + 1), []);
  const trustNewRoots = useCallback(() => {
    forgetPin(browserStore());
    again();
  }, []);
  return { outcome, waiting, again, trustNewRoots };
}
