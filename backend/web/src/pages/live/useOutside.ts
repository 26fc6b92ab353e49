/** Witnesses and anchors as the server says, fetched again when something is published or anchored, but not with each of many. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, fetchAnchors, fetchNewestCheckpoint, fetchWitnesses } from "../../api/client.ts";
import type { AnchorReport, PublishedCheckpoint, Witness } from "../../api/types.ts";

const REFRESH_MS = 3_000;

export interface Outside {
  readonly newest: PublishedCheckpoint | undefined;
  readonly witnesses: readonly Witness[];
  readonly anchors: readonly AnchorReport[];
}

/** Undefined until it is there; "unavailable" from a server that does not say. */
export type OutsideState = Outside | "unavailable" | undefined;

async function fetchOutside(): Promise<Outside> {
  const [newest, witnesses, anchors] = await Promise.all([fetchNewestCheckpoint(), fetchWitnesses(), fetchAnchors()]);
  return { newest, witnesses, anchors };
}

/** `refresh` asks again, soon: one request for all that ask meanwhile. */
export function useOutside(): readonly [OutsideState, refresh: () => void] {
  const [outside, setOutside] = useState<OutsideState>();
  const [timer, last] = [useRef<number | undefined>(undefined), useRef(0)];
  const refresh = useCallback(() => {
    timer.current ??= window.setTimeout(
      () => {
        timer.current = undefined;
        last.current = Date.now();
        fetchOutside().then(setOutside, (error: unknown) => {
          if (!(error instanceof ApiError)) throw error;
          // What was known stays.
          setOutside((known) => known ?? "unavailable");
        });
      },
      Math.max(0, last.current + REFRESH_MS - Date.now()),
    );
  }, []);
  useEffect(() => {
    refresh();
    return () => window.clearTimeout(timer.current);
  }, [refresh]);
  return [outside, refresh];
}
