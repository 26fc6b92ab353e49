/** Checking the proof of a reading, for components. */

import { useCallback, useEffect, useState } from "preact/hooks";
import type { Reading } from "../api/types.ts";
import { browserStore } from "../store.ts";
import type { Outcome } from "../trust/check.ts";
import { forgetPin } from "../trust/pinstore.ts";

/** The verifier and what uses it, fetched beside the page's own data. */
export function loadChecker(): Promise<typeof import("../trust/check.ts")> {
  return import("../trust/check.ts");
}

export interface Check {
  /** What came of the last finished check. */
  readonly outcome: Outcome | undefined;
  /** The reading that `outcome` is about. */
  readonly reading: Reading | undefined;
  readonly busy: boolean;
  /** The record is not yet covered by a published checkpoint. */
  readonly waiting: boolean;
  readonly again: () => void;
  readonly trustNewRoots: () => void;
}

interface Finished {
  readonly outcome: Outcome;
  readonly reading: Reading;
}

function same(a: Reading, b: Reading): boolean {
  return a.kid === b.kid && a.seq === b.seq;
}

/**
 * Checks `reading` of `subject`, one at a time: a newer reading waits until the check of the one before has ended, and the last
 * outcome stands until then. Nothing happens without a reading.
 */
export function useCheck(subject: string | undefined, reading: Reading | null | undefined): Check {
  const [running, setRunning] = useState<{ readonly reading: Reading; readonly subject: string } | undefined>();
  const [finished, setFinished] = useState<Finished | undefined>();
  const [waiting, setWaiting] = useState(false);

  useEffect(() => {
    if (running !== undefined || subject === undefined || !reading) return;
    if (finished === undefined || !same(finished.reading, reading)) setRunning({ reading, subject });
  });

  useEffect(() => {
    if (running === undefined) return undefined;
    const abort = new AbortController();
    const expected = { subject: running.subject, kid: running.reading.kid, seq: running.reading.seq };
    const done = (outcome: Outcome): void => {
      if (abort.signal.aborted) return;
      setFinished({ outcome, reading: running.reading });
      setWaiting(false);
      setRunning(undefined);
    };
    loadChecker()
      .then(({ checkReading }) => checkReading(running.reading.proof, expected, browserStore(), () => setWaiting(true), abort.signal))
      .then(done, (error: unknown) => {
        // An aborted check has no outcome; anything else is a fault of this page, or its verifier is out of reach, and shown as such.
        if (!abort.signal.aborted) done({ state: "unavailable", detail: String(error) });
      });
    return () => abort.abort();
  }, [running]);

  const again = useCallback(() => setFinished(undefined), []);
  const trustNewRoots = useCallback(() => {
    forgetPin(browserStore());
    setFinished(undefined);
  }, []);
  return { outcome: finished?.outcome, reading: finished?.reading, busy: running !== undefined, waiting, again, trustNewRoots };
}
