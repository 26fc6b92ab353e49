/** Witnesses and anchors as the server says, fetched again when something is published or anchored, but not with each of many. */

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiError, fetchAnchorings, fetchNewestCheckpoint, fetchWitnesses } from "../../api/client.ts";
import type { Anchoring, PublishedCheckpoint, Witness } from "../../api/types.ts";

const REFRESH_MS = 3_000;

export interface Outside {
  readonly newest: PublishedCheckpoint | undefined;
  readonly witnesses: readonly Witness[];
  readonly anchorings: readonly Anchoring[];
}

/** Undefined until it is there; "unavailable" from a server that does not say. */
export type OutsideState = Outside | "unavailable" | undefined;

/** The newest anchoring of each anchor that is confirmed, and the newest that is not, if it is newer; by name. */
export function newestOf(anchorings: readonly Anchoring[]): readonly Anchoring[] {
  const names = [...new Set(anchorings.map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const own = anchorings.filter((item) => item.name === name).sort((a, b) => b.size - a.size);
    const confirmed = own.find(({ state }) => state === "confirmed");
    const later = own.find(({ state, size }) => state !== "confirmed" && size > (confirmed?.size ?? 0));
    return [confirmed, later].filter((item) => item !== undefined);
  });
}

async function fetchOutside(): Promise<Outside> {
  const [newest, witnesses, anchorings] = await Promise.all([fetchNewestCheckpoint(), fetchWitnesses(), fetchAnchorings()]);
  return { newest, witnesses, anchorings };
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
